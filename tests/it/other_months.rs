//! Parts of a Parquet file that hold other months alone stay closed, and no figure tells the difference.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use usagebook::notice::Code;
use usagebook::report::Report;
use usagebook::usecase::{AsOf, Layout, Question, ReportQuestion, Source, report};
use usagebook::{Dimension, Progress, ReadRequest};

use crate::binary::run;
use crate::frames::lines;
use crate::records::{Dumps, Record, parquet, records};

/// August, as the file tells it alone or with all other months read.
fn august(file: &str, reads_all: bool) -> Report {
    let clock = "2026-11-23T00:00:00Z".parse().expect("a time");
    let asked = Question {
        period: Some("2026-08".parse().expect("a month")),
        as_of: Some(AsOf::Time(clock)),
        ..Question::new(Source::Inputs(ReadRequest::new([file])), clock)
    };
    let by = Dimension::parse_list("customer,component,user").expect("dimensions");
    let question = ReportQuestion { reads_all, ..ReportQuestion::new(asked, Layout::by(by)) };
    report(&question, &Arc::new(Progress::default())).expect("a report").result
}

/// Rows by user, how many records of other months were not opened, and how many were read.
fn figures(report: &Report) -> (String, u64, u64) {
    let accounting = report.provenance.accounting;
    assert!(accounting.is_balanced(), "{accounting}");
    (lines(report), accounting.not_opened, accounting.read)
}

const MONTHS: &str = "acme cpu hour 2026-07 alice 1.00
    acme cpu hour 2026-07 bob 2.00
    acme cpu hour 2026-08 alice 3.00
    acme cpu hour 2026-08 bob 4.00
    acme cpu hour 2026-09 alice 5.00
    acme cpu hour 2026-09 bob 6.00";

#[test]
fn row_groups_of_other_months_are_not_opened_and_are_counted() {
    let dumps = Dumps::new();
    let file = dumps.write("usages.parquet", parquet(&records(MONTHS), 2));
    let expected = "acme cpu alice hour 3.00 1 1\nacme cpu bob hour 4.00 1 1";
    assert_eq!(figures(&august(&file, false)), (expected.to_owned(), 4, 2));
    assert_eq!(figures(&august(&file, true)), (expected.to_owned(), 0, 6));
    let said = august(&file, false).provenance.notices;
    let said = said.iter().find(|notice| notice.code == Code::NotOpened).expect("a note");
    assert!(said.message.ends_with(
        "usages.parquet: of 3 row groups, 2 with 4 records of other months were not opened. Names are those of the others, \
         and whether all records of the file are there was not checked."
    ));
}

#[test]
fn a_row_group_of_several_months_is_opened_if_one_is_asked_for() {
    let dumps = Dumps::new();
    let file = dumps.write("usages.parquet", parquet(&records(MONTHS), 3));
    let (_, not_opened, read) = figures(&august(&file, false));
    assert_eq!((not_opened, read), (0, 6));
}

#[test]
fn a_record_that_moved_to_another_month_is_met_there() {
    let moved = format!(
        "{MONTHS}
        acme cpu hour 2026-10 carol 9.00
        acme cpu hour 2026-10 dave 7.00 uuid=bob component_usage=acme/cpu/2026-10 modified=2026-11-01T00:00:00Z"
    )
    .replace("2026-08 bob 4.00", "2026-08 bob 4.00 uuid=bob");
    let dumps = Dumps::new();
    let file = dumps.write("usages.parquet", parquet(&records(&moved), 2));
    let expected = "acme cpu alice hour 3.00 1 1";
    assert_eq!(figures(&august(&file, false)), (expected.to_owned(), 4, 4));
    assert_eq!(figures(&august(&file, true)).0, expected);
}

#[test]
fn corrections_of_several_months_do_not_open_the_parts_of_those_that_are_not_asked_for() {
    let corrected = format!(
        "{MONTHS}
        acme cpu hour 2026-07 alice 1.50 modified=2026-11-01T00:00:00Z
        acme cpu hour 2026-08 bob 4.50 modified=2026-11-01T00:00:00Z"
    );
    let dumps = Dumps::new();
    let file = dumps.write("usages.parquet", parquet(&records(&corrected), 2));
    let expected = "acme cpu alice hour 3.00 1 1\nacme cpu bob hour 4.50 1 1";
    assert_eq!(figures(&august(&file, false)), (expected.to_owned(), 4, 4));
    assert_eq!(figures(&august(&file, true)), (expected.to_owned(), 0, 8));
}

#[test]
fn a_file_without_the_month_is_read_to_the_end() {
    let dumps = Dumps::new();
    let others: Vec<Record> = records(MONTHS).into_iter().take(2).collect();
    let file = dumps.write("usages.parquet", parquet(&others, 1));
    assert_eq!(figures(&august(&file, false)), (String::new(), 0, 2));
}

#[test]
fn the_command_says_what_it_left_closed_and_opens_all_of_it_on_demand() {
    let dumps = Dumps::new();
    let file = dumps.write("usages.parquet", parquet(&records(MONTHS), 2));
    let line = |more: &str| {
        run(&format!(
            "report '{file}' --period 2026-08 --as-of 2026-11-23 --by component --format csv {more}"
        ))
    };
    let (part, all) = (line(""), line("--read-all"));
    assert_eq!((part.code, &part.stdout), (0, &all.stdout), "{}", part.stderr);
    let sentence = "2 records read: 2 used, 0 not asked for, 0 replaced by newer versions, 0 repeated, 0 rejected; \
                    4 of other months not opened";
    assert!(part.stderr.contains(sentence), "{}", part.stderr);
    assert!(!all.stderr.contains("not opened"), "{}", all.stderr);
    let filtered = line("--customer acme");
    assert!(
        !filtered.stderr.contains("not opened"),
        "a name may be one of another month: {}",
        filtered.stderr
    );
}

/// A record as numbers: its uuid, its component usage, the month it is shown in, its version's day.
type Numbers = (u8, u8, u8, u8);

/// Records that move between months, of component usages that do, too.
fn some_records() -> impl Strategy<Value = Vec<Numbers>> {
    let record = (0..12_u8, 0..6_u8, 6..=10_u8, 1..20_u8);
    prop::collection::vec(record, 1..40).prop_map(|records| {
        let mut versions = BTreeSet::new();
        let mut records: Vec<Numbers> =
            records.into_iter().filter(|(uuid, .., day)| versions.insert((*uuid, *day))).collect();
        records.sort_by_key(|(_, _, month, _)| *month);
        records
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_figure_tells_what_stayed_closed(numbers in some_records(), rows_per_group in 1..5_usize) {
        let record = |(uuid, parent, month, day): &Numbers| {
            Record::new(&format!(
                "acme cpu hour 2026-{month:02} user{uuid} {day}.50 uuid=record{uuid} component_usage=parent{parent} \
                 modified=2026-11-{day:02}T00:00:00Z"
            ))
        };
        let dumps = Dumps::new();
        let records: Vec<Record> = numbers.iter().map(record).collect();
        let file = dumps.write("usages.parquet", parquet(&records, rows_per_group));
        let (part, not_opened, read) = figures(&august(&file, false));
        let (all, none, everything) = figures(&august(&file, true));
        prop_assert_eq!(part, all);
        prop_assert_eq!((none, read + not_opened), (0, everything));
    }
}
