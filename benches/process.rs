//! The whole process, as a user starts it.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use divan::Bencher;

use crate::data::{Data, Form};

static SMALL: LazyLock<Data> = LazyLock::new(|| Data::new(100));

/// `usagebook report` of 100 records as CSV.
#[divan::bench(sample_count = 50)]
fn report_of_100_records(bencher: Bencher) {
    let input = SMALL.path(Form::Ndjson);
    bencher.bench_local(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_usagebook"));
        command.arg("report").arg(&input).args(["--quiet", "--as-of", "2026-06-01", "--format", "csv"]);
        let status =
            command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("a binary that starts");
        assert!(status.success(), "{status}");
    });
}

/// Nothing but the start: what the machine and the binary's size cost.
#[divan::bench(sample_count = 50)]
fn version(bencher: Bencher) {
    bencher.bench_local(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_usagebook"));
        let status = command.arg("--version").stdout(Stdio::null()).status().expect("a binary that starts");
        assert!(status.success(), "{status}");
    });
}
