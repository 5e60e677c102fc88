//! Records to a report: sums, counts, distinct users, sorting.

use chrono::NaiveDate;
use divan::Bencher;
use divan::counter::ItemsCount;
use usagebook::aggregate::aggregate;
use usagebook::dimension::Dimension;
use usagebook::ingest::Intake;
use usagebook::period::Calendar;
use usagebook::report::{Provenance, Report, ReportSpec};

use crate::data::Form;
use crate::ingest::intake;

const BY_DEFAULT: &str = "period,customer,project,offering,component";

/// Over all records, by so many groups.
#[divan::bench(args = [BY_DEFAULT, "customer,component", "period,user", "resource,user,component"], sample_count = 50)]
fn by(bencher: Bencher, by: &str) {
    let intake = intake(Form::Parquet, None);
    let spec = spec(by);
    bencher
        .counter(ItemsCount::new(intake.frame.records.len()))
        .with_inputs(|| provenance(&intake))
        .bench_local_values(|provenance| aggregate(&intake.frame, &spec, provenance));
}

/// The report that is made when nothing else is asked for.
pub fn default_report() -> Report {
    let intake = intake(Form::Parquet, None);
    aggregate(&intake.frame, &spec(BY_DEFAULT), provenance(&intake)).expect("a report")
}

/// What is computed when nothing else is asked for.
pub fn default_spec() -> ReportSpec {
    spec(BY_DEFAULT)
}

fn spec(by: &str) -> ReportSpec {
    ReportSpec {
        by: Dimension::parse_list(by).expect("dimensions"),
        period: None,
        calendar: Calendar { as_of: as_of(), fiscal_year_start: 1 },
        comparison: None,
        is_pivoted: false,
        top: None,
    }
}

/// What a report of all that was read says of itself.
pub fn provenance(intake: &Intake) -> Provenance {
    Provenance {
        tool_version: env!("CARGO_PKG_VERSION"),
        period: None,
        as_of: as_of(),
        timezone: chrono_tz::UTC,
        filters: Vec::new(),
        based: Default::default(),
        accounting: intake.accounting,
        notices: Vec::new(),
        partial_periods: Vec::new(),
        comparison: None,
        states: Vec::new(),
        pricing: None,
    }
}

/// A day after all records, so that no month is partial.
fn as_of() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 1).expect("a date")
}
