//! What became of records between two states: matched by uuid, compared, added up.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use polars::prelude::{IntoColumn, IntoSeries, NamedFrom, Series};
use usagebook::compare::Difference;
use usagebook::ingest::{Progress, ReadRequest, read};
use usagebook::usage::{Records, UsageFrame};

use crate::data::{Data, Form};

/// Where every so many records have another usage.
#[divan::bench(args = [1, 100], sample_count = 20)]
fn usage_changed_of_one_in(bencher: Bencher, one_in: usize) {
    let before = detailed();
    let after = changed(&before, one_in);
    bencher
        .counter(ItemsCount::new(before.records.len()))
        .bench_local(|| Difference::between(&before, &after).expect("two states"));
}

fn detailed() -> UsageFrame {
    let mut request = ReadRequest::new([Data::shared().path(Form::Parquet).to_string_lossy()]);
    request.reading.keeps_details = true;
    read(&request, &Arc::new(Progress::default())).expect("inputs that can be read").frame
}

/// The same records in another order, with a hundredth more on one in so many.
fn changed(frame: &UsageFrame, one_in: usize) -> UsageFrame {
    let records = frame.records.to_polars();
    let usages = records.column("usage").expect("a usage").decimal().expect("decimals");
    let more = |(row, usage)| usage + i128::from(row % one_in == 0);
    let usages: Vec<i128> = usages.physical().into_no_null_iter().enumerate().map(more).collect();
    let usages = Series::new("usage".into(), usages);
    let usages = usages.i128().expect("numbers").clone().into_decimal_unchecked(38, 2).into_series();
    let mut changed = records;
    changed.with_column(usages.into_column()).expect("a column of the same length");
    let records = Records::from_polars(&changed.reverse()).expect("the columns of records");
    UsageFrame { records, ..frame.clone() }
}
