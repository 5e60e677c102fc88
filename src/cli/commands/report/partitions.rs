//! A report as a folder of months, which may have months from earlier.

use std::path::Path;

use usagebook::Report;
use usagebook::error::Result;
use usagebook::period::{BillingPeriod, PeriodRange};
use usagebook::write::parquet::ParquetOptions;
use usagebook::write::partitions::{PreparedPartitions, Replaced, prepare_partitions};

use crate::cli::notices::say;
use crate::cli::outputs::Output;

/// Writes the months that the report has rows of, and says what becomes of the others.
pub fn prepare(
    report: &Report,
    period: Option<PeriodRange>,
    (folder, options): (&Path, &ParquetOptions),
    prunes: bool,
) -> Result<Output> {
    let replaced = match period {
        Some(period) => Replaced::Range(period),
        None if prunes => Replaced::All,
        None => Replaced::Written,
    };
    let partitions = prepare_partitions(report, options, folder, replaced)?;
    say_absent(&partitions, folder, period.is_none());
    Ok(Output::of_partitions(partitions))
}

/// Says which months of a folder this report has no rows of, and what becomes of them.
fn say_absent(partitions: &PreparedPartitions, folder: &Path, is_complete: bool) {
    let listed =
        |periods: &[BillingPeriod]| periods.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let folder = folder.display();
    if !partitions.removed().is_empty() {
        let months = listed(partitions.removed());
        say(format_args!("note: {folder} loses {months}: this report has no usage there"));
    }
    if is_complete && !partitions.left().is_empty() {
        let months = listed(partitions.left());
        say(format_args!(
            "note: {folder} also has {months}, of which this report has no usage; --prune removes such months"
        ));
    }
}
