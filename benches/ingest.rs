//! Bytes to records: all of it, from the listing of files to the newest version of each record.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use usagebook::ingest::{Intake, Progress, ReadRequest, Reading, read};

use crate::data::{Data, Form};

/// On every core.
#[divan::bench(args = Form::ALL, sample_count = 20)]
fn on_all_threads(bencher: Bencher, form: Form) {
    measure(bencher, form, None);
}

/// On one: what one core parses, checks and merges.
#[divan::bench(args = Form::ALL, sample_count = 20)]
fn on_one_thread(bencher: Bencher, form: Form) {
    measure(bencher, form, Some(1));
}

/// Reads the shared records as a report does.
pub fn intake(form: Form, threads: Option<usize>) -> Intake {
    let data = Data::shared();
    let request = ReadRequest {
        inputs: vec![data.path(form).to_string_lossy().into_owned()],
        reading: Reading { timezone: chrono_tz::UTC, keeps_details: false, keeps_raw: true },
        accepts_incomplete: false,
        hashes_files: false,
        threads,
    };
    let intake = read(&request, &Arc::new(Progress::default())).expect("inputs that can be read");
    assert!(intake.faults.is_empty(), "{form:?}: {:?}", intake.faults.first()[0]);
    assert_eq!(intake.accounting.kept, data.records as u64, "{form:?}");
    intake
}

fn measure(bencher: Bencher, form: Form, threads: Option<usize>) {
    let data = Data::shared();
    bencher
        .counter(ItemsCount::new(data.records))
        .counter(BytesCount::new(data.bytes(form)))
        .bench_local(|| intake(form, threads));
}
