//! A report to bytes, in every format.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use usagebook::write::{Format, write};

use crate::aggregate::default_report;

/// Rows of the report, and bytes of the output.
#[divan::bench(args = Format::ALL, sample_count = 50)]
fn to(bencher: Bencher, format: Format) {
    let report = default_report();
    let options = format.with_defaults();
    let mut out = Vec::new();
    write(&report, &options, &mut out).expect("memory takes all bytes");
    bencher.counter(ItemsCount::new(report.rows.len())).counter(BytesCount::new(out.len())).bench_local(
        || {
            out.clear();
            write(&report, &options, &mut out)
        },
    );
}
