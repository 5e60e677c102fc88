//! What became of records between two states, by numbers that one can add in the head, and by laws.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use insta::assert_snapshot;
use proptest::prelude::*;
use usagebook::UsageFrame;
use usagebook::compare::{
    ClosedMonth, Difference, DifferenceStatement, Explanation, Kind, Ledger, Origins, Scope,
};
use usagebook::statement::{Caption, Statement};
use usagebook::usage::Field;
use usagebook::write::{Format, write_statement};

use crate::records::{Dumps, Record, page, records, uuid};

/// The records of lines, with their details.
fn state(lines: &str) -> UsageFrame {
    state_of(&records(lines))
}

fn state_of(records: &[Record]) -> UsageFrame {
    let folder = Dumps::new();
    let mut request = crate::frames::request(&[folder.write("page.json", page(records))]);
    request.reading.keeps_details = true;
    let intake = usagebook::read(&request, &Default::default()).expect("the records can be read");
    assert!(intake.faults.is_empty(), "{:?}", intake.faults);
    intake.frame
}

fn difference(before: &str, after: &str) -> Difference {
    Difference::between(&state(before), &state(after)).expect("two states")
}

fn drawn(statement: &dyn Statement, format: Format) -> String {
    let mut out = Vec::new();
    write_statement(statement, &format.with_defaults(), &mut out).expect("memory");
    String::from_utf8(out).expect("text")
}

/// The table of what differs, without its title.
fn table(before: &str, after: &str) -> String {
    let difference = difference(before, after);
    let caption = Caption { nothing: "nothing changed", ..Caption::default() };
    drawn(&DifferenceStatement { difference: &difference, caption }, Format::Table).trim_start().to_owned()
}

#[test]
fn two_states_alike_have_no_difference() {
    let state = "acme cpu hour 2026-10 alice 5.00";
    assert!(difference(state, state).is_empty());
    assert_eq!(table(state, state), "nothing changed\n");
}

#[test]
fn a_record_that_changed_without_its_usage_is_no_difference() {
    let touched = "acme cpu hour 2026-10 alice 5.00 modified=2026-11-09T00:00:00Z description=x";
    assert!(difference("acme cpu hour 2026-10 alice 5.00", touched).is_empty());
}

#[test]
fn records_are_added_removed_and_changed_and_the_rest_is_unchanged() {
    let before = "
        acme cpu hour 2026-10 alice 5.00
        acme cpu hour 2026-10 bob 2.00
        beta cpu hour 2026-10 carol 100.00
    ";
    let after = "
        acme cpu hour 2026-10 alice 6.50
        acme cpu hour 2026-10 dave 1.00
        beta cpu hour 2026-10 carol 100.00
    ";
    assert_snapshot!(table(before, after), @"
    kind                 customer  project       offering  resource       component  user   unit  usage before   usage  change
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    added                acme      acme-project  cluster   acme-resource  cpu        dave   hour                  1.00    1.00
    removed              acme      acme-project  cluster   acme-resource  cpu        bob    hour          2.00           -2.00
    usage changed        acme      acme-project  cluster   acme-resource  cpu        alice  hour          5.00    6.50    1.50
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total added                                                                             hour                  1.00    1.00
    Total removed                                                                           hour          2.00           -2.00
    Total usage changed                                                                     hour          5.00    6.50    1.50
    Total                acme                                                               hour          7.00    7.50    0.50
    Other customers                                                                         hour        100.00  100.00    0.00
    Total                                                                                   hour        107.00  107.50    0.50
    ");
}

#[test]
fn a_project_that_moved_is_a_minus_of_one_customer_and_a_plus_of_the_other() {
    let before = "
        acme cpu hour 2026-10 alice 5.00
        acme cpu hour 2026-10 bob 2.00
        beta cpu hour 2026-10 carol 100.00
    ";
    let after = "
        acme cpu hour 2026-10 alice 5.00 customer_uuid=beta customer_name=beta
        acme cpu hour 2026-10 bob 2.00 customer_uuid=beta customer_name=beta
        beta cpu hour 2026-10 carol 100.00
    ";
    assert_snapshot!(table(before, after), @"
    kind         customer  project       offering  component  value before → value  unit  usage before   usage  change
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    moved        acme      acme-project  cluster   cpu        acme → beta           hour          7.00           -7.00
                 beta      acme-project  cluster   cpu        acme → beta           hour                  7.00    7.00
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total moved                                                                     hour          7.00    7.00    0.00
    Total        acme                                                               hour          7.00           -7.00
    Total        beta                                                               hour        100.00  107.00    7.00
    Total                                                                           hour        107.00  107.00    0.00
    ");
}

#[test]
fn a_resource_that_moved_to_another_project_is_named() {
    let before = "acme cpu hour 2026-10 alice 5.00";
    let after = "acme cpu hour 2026-10 alice 5.00 project_uuid=apollo project_name=apollo";
    assert_snapshot!(table(before, after), @"
    kind         customer  project       offering  resource       component  value before → value   unit  usage before  usage  change
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    moved        acme      acme-project  cluster   acme-resource  cpu        acme-project → apollo  hour          5.00          -5.00
                           apollo        cluster   acme-resource  cpu        acme-project → apollo  hour                 5.00    5.00
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total moved                                                                                     hour          5.00   5.00    0.00
    Total        acme                                                                               hour          5.00   5.00    0.00
    Total                                                                                           hour          5.00   5.00    0.00
    ");
}

#[test]
fn a_move_is_told_at_the_usage_before_and_the_new_usage_where_the_record_is_now() {
    let before = "acme cpu hour 2026-10 alice 5.00";
    let after = "acme cpu hour 2026-10 alice 7.00 customer_uuid=beta customer_name=beta";
    assert_snapshot!(table(before, after), @"
    kind                 customer  project       offering  resource       component  user   value before → value  unit  usage before  usage  change
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    usage changed        beta      acme-project  cluster   acme-resource  cpu        alice                        hour          5.00   7.00    2.00
    moved                acme      acme-project  cluster                  cpu               acme → beta           hour          5.00          -5.00
                         beta      acme-project  cluster                  cpu               acme → beta           hour                 5.00    5.00
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total usage changed                                                                                           hour          5.00   7.00    2.00
    Total moved                                                                                                   hour          5.00   5.00    0.00
    Total                acme                                                                                     hour          5.00          -5.00
    Total                beta                                                                                     hour                 7.00    7.00
    Total                                                                                                         hour          5.00   7.00    2.00
    ");
}

#[test]
fn a_unit_that_was_relabelled_is_a_minus_in_one_unit_and_a_plus_in_the_other() {
    let before = "acme storage GB 2026-10 alice 5.00";
    let after = "acme storage GB-hours 2026-10 alice 5.00";
    assert_snapshot!(table(before, after), @"
    kind              customer  project       offering  component  value before → value  unit      usage before  usage  change
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    relabelled        acme      acme-project  cluster   storage    GB → GB-hours         GB                5.00          -5.00
                                                                                         GB-hours                 5.00    5.00
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total relabelled                                                                     GB                5.00          -5.00
    Total relabelled                                                                     GB-hours                 5.00    5.00
    Total             acme                                                               GB                5.00          -5.00
    Total             acme                                                               GB-hours                 5.00    5.00
    Total                                                                                GB                5.00          -5.00
    Total                                                                                GB-hours                 5.00    5.00
    ");
}

#[test]
fn names_that_changed_are_told_once_and_change_no_figure() {
    let before = "
        acme cpu hour 2026-10 alice 5.00 offering_name=Cluster
        acme cpu hour 2026-10 bob 2.00 offering_name=Cluster
    ";
    let after = "
        acme cpu hour 2026-10 alice 5.00 customer_name=ACME resource_name=node project_name=Apollo
        acme cpu hour 2026-10 bob 2.00 customer_name=ACME resource_name=node project_name=Apollo
    ";
    assert_snapshot!(table(before, after), @"
    kind     customer  project  offering  resource  value before → value   unit  usage before  usage  change
    ────────────────────────────────────────────────────────────────────────────────────────────────────────
    renamed  ACME                                   acme → ACME
                       Apollo                       acme-project → Apollo
                                cluster             Cluster → cluster
                                          node      acme-resource → node
    ────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total                                                                  hour          7.00   7.00    0.00
    ");
}

#[test]
fn a_record_that_was_deleted_and_created_again_is_one_record() {
    let before = "acme cpu hour 2026-10 alice 5.00";
    let after = "acme cpu hour 2026-10 alice 6.00 uuid=another";
    assert_snapshot!(table(before, after), @"
    kind                 customer  project       offering  resource       component  user   unit  usage before  usage  change
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    usage changed        acme      acme-project  cluster   acme-resource  cpu        alice  hour          5.00   6.00    1.00
    recreated            acme      acme-project  cluster   acme-resource  cpu        alice  hour          5.00   5.00    0.00
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total usage changed                                                                     hour          5.00   6.00    1.00
    Total recreated                                                                         hour          5.00   5.00    0.00
    Total                acme                                                               hour          5.00   6.00    1.00
    Total                                                                                   hour          5.00   6.00    1.00
    ");
}

#[test]
fn whatever_else_of_a_record_is_rewritten_is_told_by_its_field() {
    let before = "
        acme cpu hour 2026-10 alice 5.00
        acme gpu hour 2026-10 bob 1.00 uuid=bob
    ";
    let after = "
        acme cpu hour 2026-10 alice 5.00 component_type=cores
        acme gpu hour 2026-10 robert 1.00 uuid=bob
    ";
    assert_snapshot!(table(before, after), @"
    kind             customer  project       offering  resource       component  user    value before → value  unit  usage before  usage  change
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    rewritten        acme      acme-project  cluster   acme-resource  gpu        robert  bob → robert          hour          1.00   1.00    0.00
                                                                      cpu                cpu → cores           hour          5.00          -5.00
                                                                      cores              cpu → cores           hour                 5.00    5.00
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total rewritten                                                                                            hour          6.00   6.00    0.00
    Total            acme                                                                                      hour          6.00   6.00    0.00
    Total                                                                                                      hour          6.00   6.00    0.00
    ");
}

#[test]
fn a_record_of_another_component_usage_is_told_even_on_the_same_line() {
    let after =
        format!("acme cpu hour 2026-10 alice 5.00 component_usage=another uuid={}", "acme/cpu/2026-10/alice");
    let before = "acme cpu hour 2026-10 alice 5.00 uuid=acme/cpu/2026-10/alice";
    let difference = difference(before, &after);
    assert_eq!(difference.records.len(), 1);
    assert!(difference.parts.iter().all(|part| part.sides.change() == Some(Default::default())));
}

#[test]
fn customers_of_one_name_are_told_apart_in_every_column() {
    let before = "
        acme cpu hour 2026-10 alice 5.00
        acme cpu hour 2026-10 bob 2.00
    ";
    let after = "
        acme cpu hour 2026-10 alice 5.00 customer_uuid=twin
        acme cpu hour 2026-10 bob 2.00 customer_uuid=twin
    ";
    let (acme, twin) = (&uuid("acme")[..8], &uuid("twin")[..8]);
    let table = table(before, after);
    let marks = |uuid: &str| table.matches(&format!("acme [{uuid}]")).count();
    assert_eq!((marks(acme), marks(twin)), (4, 4), "{table}");
}

#[test]
fn names_in_changes_never_act_on_a_terminal() {
    let record = |name: &str| {
        let mut record = Record::new("acme cpu hour 2026-10 alice 5.00");
        record.set(Field::CustomerName, name);
        state_of(&[record])
    };
    let [before, after] = [r#""a\u001b[31m""#, r#""b\u202e""#].map(record);
    let difference = Difference::between(&before, &after).expect("two states");
    let statement = DifferenceStatement { difference: &difference, caption: Caption::default() };
    let table = drawn(&statement, Format::Table);
    assert!(table.contains(r"a\u{1b}[31m → b\u{202e}"), "{table}");
    for format in [Format::Table, Format::Markdown, Format::Json, Format::Ndjson] {
        let text = drawn(&statement, format);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }
}

/// The ledger of one month that was closed on the 5th of November.
fn ledger(closed: &str, now: &str) -> Ledger {
    let month = ClosedMonth {
        billing_period: "2026-10".parse().expect("a month"),
        cut_off: "2026-11-05T12:00:00Z".parse().expect("a time"),
        retracted: HashSet::new(),
        difference: difference(closed, now),
    };
    Ledger::new(vec![month], Caption { nothing: "nothing came late", ..Caption::default() })
}

#[test]
fn the_ledger_says_why_and_only_usage_enters_its_totals() {
    let closed = "
        acme cpu hour 2026-10 alice 5.00
        acme cpu hour 2026-10 bob 2.00
        acme cpu hour 2026-10 carol 1.00
        beta storage GB 2026-10 dave 50.00
        gamma cpu hour 2026-10 eve 30.00
    ";
    let now = "
        acme cpu hour 2026-10 alice 6.50 modified=2026-11-05T12:00:00.000001Z
        acme cpu hour 2026-10 bob 2.25 modified=2026-11-05T12:00:00Z
        acme cpu hour 2026-10 frank 4.00 modified=2026-11-07T00:00:00Z
        acme cpu hour 2026-10 grace 8.00 modified=2026-10-31T00:00:00Z
        beta storage TB 2026-10 dave 50.00
        gamma cpu hour 2026-10 eve 30.00 customer_uuid=beta customer_name=beta
    ";
    assert_snapshot!(drawn(&ledger(closed, now), Format::Table).trim_start(), @"
    cause             period   customer  project        offering  resource       component  user   value before → value  unit  usage before  usage  change
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    late              2026-10  acme      acme-project   cluster   acme-resource  cpu        frank                        hour                 4.00    4.00
                                                                                            alice                        hour          5.00   6.50    1.50
    missed            2026-10  acme      acme-project   cluster   acme-resource  cpu        grace                        hour                 8.00    8.00
                                                                                            bob                          hour          2.00   2.25    0.25
    retired           2026-10  acme      acme-project   cluster   acme-resource  cpu        carol                        hour          1.00          -1.00
    moved             2026-10  gamma     gamma-project  cluster                  cpu               gamma → beta          hour         30.00         -30.00
                               beta      gamma-project  cluster                  cpu               gamma → beta          hour                30.00   30.00
    relabelled        2026-10  beta      beta-project   cluster                  storage           GB → TB               GB           50.00         -50.00
                                                                                                                         TB                  50.00   50.00
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total late                                                                                                           hour          5.00  10.50    5.50
    Total missed                                                                                                         hour          2.00  10.25    8.25
    Total retired                                                                                                        hour          1.00          -1.00
    Total moved                                                                                                          hour         30.00  30.00    0.00
    Total relabelled                                                                                                     GB           50.00         -50.00
    Total relabelled                                                                                                     TB                  50.00   50.00
    Total             2026-10  acme                                                                                      hour          8.00  20.75   12.75
    Total                                                                                                                hour          8.00  20.75   12.75
    ");
}

#[test]
fn a_ledger_without_changes_says_so() {
    let state = "acme cpu hour 2026-10 alice 5.00";
    assert_eq!(drawn(&ledger(state, state), Format::Table).trim_start(), "nothing came late\n");
}

#[test]
fn json_and_csv_have_every_column_and_the_same_rows() {
    let before = "acme cpu hour 2026-10 alice 5.00 modified=2026-10-20T08:30:00.25Z";
    let after = "acme cpu hour 2026-10 alice 6.50 modified=2026-11-02T08:30:00.25Z";
    let difference = difference(before, after);
    let caption = Caption { facts: vec![("period", "2026-10".into())], ..Caption::default() };
    let statement = DifferenceStatement { difference: &difference, caption };
    assert_snapshot!(drawn(&statement, Format::Csv), @"
    kind,period,customer_uuid,customer_name,project_uuid,project_name,offering_uuid,offering_name,resource_uuid,resource_name,component_type,username,uuid,modified,field,value_before_uuid,value_before,value_uuid,value,measured_unit,usage_before,usage,change,records_before,records
    usage_changed,2026-10,0724d383f4f6de0fd325a7686dcea0ff,acme,445eae1fa06ab63728202a0070bf8347,acme-project,72bd87d332d5304d99ff631f795be19d,cluster,8e78471f0fdf9f9e849c218d8b22366e,acme-resource,cpu,alice,6d7555f37afdffe06a091354503b5810,2026-11-02T08:30:00.250000Z,,,,,,hour,5.00,6.50,1.50,1,1
    ");
    let json: serde_json::Value = serde_json::from_str(&drawn(&statement, Format::Json)).expect("JSON");
    let line = drawn(&statement, Format::Ndjson);
    let row: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(json["rows"], serde_json::json!([row]));
    assert_eq!(json["period"], "2026-10");
    assert_eq!(json["parts"][0]["kind"], "usage_changed");
    assert_eq!(json["parts"][0]["change"], "1.50");
    assert_eq!(json["totals"][0]["customer_name"], "acme");
    assert_eq!(json["totals"][1]["usage"], "6.50");
    let columns: Vec<&str> = json["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|column| column["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(drawn(&statement, Format::Csv).lines().next(), Some(&*columns.join(",")));
    assert!(write_statement(&statement, &Format::Parquet.with_defaults(), &mut Vec::new()).is_err());
}

#[test]
fn every_column_and_every_word_of_changes_is_documented() {
    let text = std::fs::read_to_string("docs/reference/columns.md").expect("the columns are documented");
    let (_, text) = text.split_once("## Changes").expect("a part on changes");
    let state = "acme cpu hour 2026-10 alice 5.00";
    let difference = difference(state, state);
    let statement = DifferenceStatement { difference: &difference, caption: Caption::default() };
    let (frame, origins) = (self::state(state), Origins::default());
    let explanation = Explanation::new(&frame, &origins, Caption::default()).expect("a frame with details");
    let columns = [statement.columns(), ledger(state, state).columns(), explanation.columns()].concat();
    let names = columns.into_iter().map(|column| column.name().into_owned());
    let words = Kind::ALL.into_iter().map(Kind::name).chain([
        "late",
        "missed",
        "retired",
        "retracted",
        "total",
        "other_customers",
    ]);
    for word in names.chain(words.map(str::to_owned)) {
        assert!(text.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn a_frame_without_details_is_refused() {
    let folder = Dumps::new();
    let file = folder.write("page.json", page(&records("acme cpu hour 2026-10 alice 5.00")));
    let frame = crate::frames::intake(&[file]).frame;
    assert!(Difference::between(&frame, &frame).is_err());
}

/// A parent's line as numbers: customer, project, component, unit, month, and which names it shows.
type Line = (u8, u8, u8, u8, u8, u8);

/// Records by parent, user and number of their uuid, with their hundredths.
type Numbers = (Vec<Line>, BTreeMap<(u8, u8), (u8, i32)>);

/// A state of three parents and up to nine records.
fn some_state() -> impl Strategy<Value = Numbers> {
    let line = (0..2_u8, 0..2_u8, 0..2_u8, 0..2_u8, 9..11_u8, 0..2_u8);
    let records = prop::collection::btree_map((0..3_u8, 0..3_u8), (0..2_u8, -300..300_i32), 0..9);
    (prop::collection::vec(line, 3), records)
}

fn frame((lines, records): &Numbers) -> UsageFrame {
    let record = |(&(parent, user), &(version, hundredths)): (&(u8, u8), &(u8, i32))| {
        let (customer, project, component, unit, month, _) = lines[usize::from(parent)];
        let usage = usagebook::quantity::Quantity::from_hundredths(i128::from(hundredths));
        let mut record = Record::new(&format!(
            "c{customer} component{component} unit{unit} 2026-{month:02} user{user} {usage} project_uuid=p{project} \
             project_name=p{project} component_usage=parent{parent} uuid={parent}/{user}/{version}",
        ));
        // A name is its uuid's in all of a state: the first line's choice holds for all.
        record.set(Field::CustomerName, format!("\"c{customer} {}\"", lines[0].5));
        record
    };
    state_of(&records.iter().map(record).collect::<Vec<_>>())
}

/// Hundredths and records of each month, customer and unit.
fn sums((lines, records): &Numbers) -> BTreeMap<(u8, u8, u8), (i128, i64)> {
    let mut sums: BTreeMap<(u8, u8, u8), (i128, i64)> = BTreeMap::new();
    for ((parent, _), (_, hundredths)) in records {
        let (customer, _, _, unit, month, _) = lines[usize::from(*parent)];
        let sum = sums.entry((month, customer, unit)).or_default();
        sum.0 += i128::from(*hundredths);
        sum.1 += 1;
    }
    sums
}

/// The number at a name's first digit.
fn digit(name: &str) -> u8 {
    name.bytes().find(u8::is_ascii_digit).expect("a digit") - b'0'
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_changes_add_up_to_the_difference_of_the_totals(before in some_state(), after in some_state()) {
        let difference = Difference::between(&frame(&before), &frame(&after)).expect("two states");
        let names = &difference.names;
        let unit = |number: u32| digit(&names.measured_units[number as usize]);
        let mut expected = sums(&after);
        for (cell, (hundredths, records)) in sums(&before) {
            let sum = expected.entry(cell).or_default();
            *sum = (sum.0 - hundredths, sum.1 - records);
        }
        let mut found: BTreeMap<(u8, u8, u8), (i128, i64)> = expected.keys().map(|cell| (*cell, (0, 0))).collect();
        for (_, place, sides) in difference.entries() {
            let customer = digit(&names.customers[place.customer as usize].name);
            let sum = found.entry((place.billing_period.month() as u8, customer, unit(place.measured_unit))).or_default();
            sum.0 += sides.change().expect("a change has a side").hundredths();
            sum.1 += sides.records as i64 - sides.records_before as i64;
        }
        // A record that passes through a line on its way leaves nothing there.
        found.retain(|cell, sum| expected.contains_key(cell) || *sum != (0, 0));
        prop_assert_eq!(&found, &expected);

        let mut by_unit: BTreeMap<u8, i128> = BTreeMap::new();
        for ((_, _, unit), (hundredths, _)) in expected {
            *by_unit.entry(unit).or_default() += hundredths;
        }
        let all = |wanted: fn(&Scope) -> bool| {
            let mut sums: BTreeMap<u8, i128> = by_unit.keys().map(|unit| (*unit, 0)).collect();
            for total in difference.totals.iter().filter(|total| wanted(&total.scope)) {
                *sums.entry(unit(total.measured_unit)).or_default() += total.sides.change().unwrap().hundredths();
            }
            sums
        };
        prop_assert_eq!(&all(|scope| *scope == Scope::All), &by_unit);
        prop_assert_eq!(&all(|scope| *scope != Scope::All), &by_unit);
        let mut parts: BTreeMap<u8, i128> = by_unit.keys().map(|unit| (*unit, 0)).collect();
        for part in &difference.parts {
            *parts.entry(unit(part.measured_unit)).or_default() += part.sides.change().unwrap().hundredths();
        }
        prop_assert_eq!(&parts, &by_unit);
    }

    #[test]
    fn the_way_back_is_the_same_way(before in some_state(), after in some_state()) {
        let (before, after) = (frame(&before), frame(&after));
        let there = Difference::between(&before, &after).expect("two states");
        let back = Difference::between(&after, &before).expect("two states");
        let kinds = |difference: &Difference| {
            let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
            for change in &difference.records {
                *kinds.entry(change.kind.name()).or_default() += 1;
            }
            kinds
        };
        let (mut there_kinds, back_kinds) = (kinds(&there), kinds(&back));
        let (added, removed) = (there_kinds.remove("added"), there_kinds.remove("removed"));
        there_kinds.extend(added.map(|count| ("removed", count)));
        there_kinds.extend(removed.map(|count| ("added", count)));
        prop_assert_eq!(there_kinds, back_kinds);
        prop_assert_eq!(there.renames.len(), back.renames.len());
        let changes = |difference: &Difference| difference
            .totals
            .iter()
            .filter(|total| total.scope == Scope::All)
            .map(|total| total.sides.change().unwrap())
            .collect::<Vec<_>>();
        let negated: Vec<_> = changes(&back).into_iter().map(|change| -change).collect();
        prop_assert_eq!(changes(&there), negated);
    }

    #[test]
    fn a_state_does_not_differ_from_itself(state in some_state()) {
        let frame = frame(&state);
        prop_assert!(Difference::between(&frame, &frame).expect("two states").is_empty());
    }

    #[test]
    fn every_record_is_told_of_once_for_each_way_in_which_it_changed(before in some_state(), after in some_state()) {
        let difference = Difference::between(&frame(&before), &frame(&after)).expect("two states");
        let told: Vec<(usagebook::compare::Kind, u128, bool)> = difference
            .records
            .iter()
            .map(|change| (change.kind, change.uuid, change.earlier.is_some()))
            .collect();
        let distinct: BTreeSet<_> = told.iter().collect();
        prop_assert_eq!(distinct.len(), told.len());
        let keys = |numbers: &Numbers| numbers.1.keys().copied().collect::<BTreeSet<_>>();
        let count = |name: &str| difference.records.iter().filter(|change| change.kind.name() == name).count();
        prop_assert_eq!(count("added"), keys(&after).difference(&keys(&before)).count());
        prop_assert_eq!(count("removed"), keys(&before).difference(&keys(&after)).count());
        let recreated = keys(&after).intersection(&keys(&before)).filter(|key| before.1[key].0 != after.1[key].0).count();
        prop_assert_eq!(count("recreated"), recreated);
    }
}
