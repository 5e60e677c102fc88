//! A report to bytes, in every format; a pack likewise.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use usagebook::pack::{Pack, PackSpec};
use usagebook::usecase::{Preparation, Prepared};
use usagebook::write::{Format, PackFormat, write, write_pack};

use crate::aggregate::{self, default_report};
use crate::data::Form;
use crate::ingest::intake;

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

/// Rows of the flat detail, and bytes of the output.
#[divan::bench(args = pack_formats(), sample_count = 10)]
fn pack_to(bencher: Bencher, format: PackFormat) {
    let pack = default_pack();
    let mut out = Vec::new();
    write_pack(&pack, format, &mut out).expect("memory takes all bytes");
    let counters = (ItemsCount::new(pack.detail.rows.len()), BytesCount::new(out.len()));
    bencher.counter(counters.0).counter(counters.1).bench_local(|| {
        out.clear();
        write_pack(&pack, format, &mut out)
    });
}

/// Those that this build can write.
fn pack_formats() -> impl Iterator<Item = PackFormat> {
    PackFormat::ALL.into_iter().filter(|format| cfg!(feature = "bill") || *format != PackFormat::Pdf)
}

fn default_pack() -> Pack {
    let intake = intake(Form::Parquet, None);
    let spec = PackSpec {
        report: aggregate::default_spec(),
        has_users: false,
        is_pseudonymous: false,
        letterhead: Default::default(),
    };
    let prepared = Prepared::new(intake, &Preparation::of_pack(&spec)).expect("records");
    prepared.pack(&spec).expect("a pack")
}
