//! Where each warning and note can be found: dumps and a book made of them show the same, or say that they cannot.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use usagebook::check::{Origin, origin};
use usagebook::notice::Code;

use crate::binary::{run, stdout};
use crate::records::{Dumps, page, records};

/// Small dumps that show a code in October 2026.
struct Sample {
    code: Code,
    dumps: Vec<String>,
    /// Whether all dumps are pages of one.
    is_one_dump: bool,
}

fn sample(code: Code, dumps: &[&str]) -> Sample {
    Sample { code, dumps: dumps.iter().map(|lines| (*lines).to_owned()).collect(), is_one_dump: false }
}

fn pages(code: Code, pages: &[&str]) -> Sample {
    Sample { is_one_dump: true, ..sample(code, pages) }
}

const ALICE: &str = "acme cpu hour 2026-10 alice 1.00";

/// A component's usage in months up to October 2026.
fn series(usages: &[&str]) -> String {
    let first = 11 - usages.len();
    let months = usages.iter().enumerate().filter(|(_, usage)| **usage != "-");
    let line = |(at, usage)| format!("acme cpu hour 2026-{:02} alice {usage}\n", first + at);
    months.map(line).collect::<String>() + "acme ram GB 2026-10 alice 1.00"
}

fn cluster(resources: &[&[i64]]) -> String {
    let lines = resources.iter().enumerate().map(|(number, months)| {
        let months: Vec<Option<i64>> =
            months.iter().map(|usage| (*usage > 0).then_some(usage * 100)).collect();
        crate::running_totals::lines("cluster", &format!("r{number}"), &months)
    });
    lines.collect()
}

/// One sample for each code that records show.
fn of_records() -> Vec<Sample> {
    let with = |code, line: &str| sample(code, &[&format!("{ALICE}\n{line}")]);
    vec![
        with(Code::TwoOwners, "acme gpu hour 2026-10 bob 2.00 customer_uuid=zeta customer_name=zeta"),
        with(Code::SharedName, "beta cpu hour 2026-10 bob 2.00 customer_name=acme"),
        with(Code::SharedUsername, "beta cpu hour 2026-10 alice 2.00"),
        with(Code::SimilarUnits, "acme gpu Hour 2026-10 bob 2.00"),
        with(Code::ImpreciseUsage, "acme gpu hour 2026-10 bob 1234567890123456.0"),
        with(Code::UnitChanged, "beta cpu minute 2026-10 bob 2.00"),
        with(Code::NegativeUsage, "acme cpu hour 2026-10 bob -1.00"),
        with(Code::NegativeTotal, "acme gpu hour 2026-10 bob -1.00"),
        with(Code::ZeroUsage, "acme cpu hour 2026-10 bob 0.00"),
        with(Code::FuturePeriod, "acme cpu hour 2027-10 alice 1.00"),
        with(Code::PartialPeriod, "acme cpu hour 2026-11 alice 1.00"),
        with(Code::EmptyPeriod, "acme cpu hour 2026-08 alice 1.00"),
        with(Code::DateBeforePeriod, "acme gpu hour 2026-10 bob 2.00 date=2026-09-03T00:00:00Z"),
        with(Code::DateLongAfterPeriod, "acme gpu hour 2026-10 bob 2.00 date=2026-12-03T00:00:00Z"),
        sample(Code::MissingUsage, &[&series(&["3.00", "3.00", "3.00", "-"])]),
        sample(Code::Spike, &[&series(&["1.00", "1.00", "1.00", "1.00", "900.00"])]),
        sample(
            Code::RunningTotal,
            &[&cluster(&[
                &[10, 21, 30, 42],
                &[5, 9, 15, 20],
                &[100, 220, 300, 410],
                &[7, 7, 16, 20],
                &[50, 80, 140, 180],
            ])],
        ),
        sample(
            Code::ShiftedHours,
            &[&cluster(&[&[700, 700, 3, 0], &[500, 500, 2, 0], &[900, 900, 4, 0], &[700, 700, 700, 700]])],
        ),
    ]
}

/// One sample for each code that only reading dumps shows.
fn of_dumps() -> Vec<Sample> {
    let twice = |code, change: &str| sample(code, &[ALICE, &format!("{ALICE} {change}")]);
    let bob = "acme cpu hour 2026-10 bob 1.00";
    vec![
        twice(Code::OwnerRewritten, "customer_uuid=zeta customer_name=zeta"),
        twice(Code::UnitRewritten, "measured_unit=minute"),
        twice(Code::ParentRewritten, "component_type=gpu"),
        twice(Code::Renamed, "project_name=Other"),
        pages(Code::RepeatedPage, &[ALICE, ALICE]),
        pages(Code::MissingPage, &[ALICE, "", bob]),
        pages(Code::DuplicateKey, &[&format!("{ALICE}\n{ALICE} uuid=another\n{bob}")]),
        pages(Code::Unusable, &[&format!("{ALICE}\nacme cpu hour 2026-10 bob 0.001")]),
    ]
}

impl Sample {
    /// Its dumps, and a book that they were added to one after the other.
    fn written(&self) -> (Dumps, Vec<String>, String) {
        let folder = Dumps::new();
        let mut deliveries = Vec::new();
        for (at, lines) in self.dumps.iter().enumerate().filter(|(_, lines)| !lines.is_empty()) {
            let name =
                if self.is_one_dump { format!("dump/page-{}.json", at + 1) } else { format!("{at}.json") };
            deliveries.push(folder.write(&name, page(&records(lines))));
        }
        if self.is_one_dump {
            deliveries = vec![folder.path("dump").display().to_string()];
        }
        let book = folder.path("usage.book").display().to_string();
        for (at, delivery) in deliveries.iter().enumerate() {
            let rejects = folder.path(&format!("rejects-{at}")).display().to_string();
            let options = format!("--pulled-at 2026-11-{:02}T08:00:00Z --rejects '{rejects}'", at + 2);
            let added = run(&format!(
                "{} '{delivery}' --book '{book}' {options} --accept-incomplete",
                crate::binary::adding(&book)
            ));
            assert!(matches!(added.code, 0 | 3), "{}: {}", self.code.name(), added.stderr);
        }
        (folder, deliveries, book)
    }
}

/// What a verdict says of each code.
struct Told {
    found: BTreeMap<String, u64>,
    passed: BTreeSet<String>,
    not_checked: BTreeSet<String>,
}

fn names(codes: &Value) -> impl Iterator<Item = String> {
    let name = |code: &Value| code.as_str().expect("a code").to_owned();
    codes.as_array().expect("codes").iter().map(name).collect::<Vec<_>>().into_iter()
}

/// How many things each code was found for.
fn counts(notices: &Value) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for notice in notices.as_array().expect("notices") {
        let code = notice["code"].as_str().expect("a code").to_owned();
        *counts.entry(code).or_default() += notice["count"].as_u64().expect("a count");
    }
    counts
}

fn json(line: &str) -> Value {
    serde_json::from_str(&stdout(line)).expect("JSON")
}

fn verdict(source: &str) -> Told {
    let json = json(&format!("check {source} --as-of 2026-11-20 --format json"));
    let not_checked = json["not_checked"].as_array().expect("a list");
    Told {
        found: counts(&json["checks"]),
        passed: names(&json["passed"]).collect(),
        not_checked: not_checked.iter().flat_map(|entry| names(&entry["codes"])).collect(),
    }
}

/// All codes of some origins.
fn of(origins: &[Origin]) -> BTreeSet<String> {
    let codes = Code::ALL.into_iter().filter(|code| origins.contains(&origin(*code)));
    codes.map(|code| code.name().to_owned()).collect()
}

fn quoted(files: &[String]) -> String {
    files.iter().map(|file| format!("'{file}' ")).collect()
}

impl Told {
    /// Each code that the source can show is found, looked for or not checked, and no other one is.
    fn assert_complete(&self, shown: &[Origin], not_shown: &[Origin]) {
        let found: BTreeSet<String> = self.found.keys().cloned().collect();
        let all: BTreeSet<String> =
            found.iter().chain(&self.passed).chain(&self.not_checked).cloned().collect();
        let always = [Origin::Records, Origin::ComponentUsages, Origin::Invoices, Origin::Dumps];
        let known = of(&[&always, shown].concat());
        let missing: Vec<&String> = known.difference(&all).collect();
        assert!(missing.is_empty(), "nothing is said of {missing:?}");
        assert!(found.is_disjoint(&self.passed), "{found:?} {:?}", self.passed);
        for hidden in of(not_shown) {
            assert!(!found.contains(&hidden) && !self.passed.contains(&hidden), "{hidden} cannot be known");
        }
    }
}

#[test]
fn what_records_show_is_found_in_dumps_and_in_a_book_of_them_alike() {
    let samples = of_records();
    let sampled: BTreeSet<String> = samples.iter().map(|sample| sample.code.name().to_owned()).collect();
    let mut expected = of(&[Origin::Records]);
    expected.remove("incomplete");
    assert_eq!(sampled, expected, "completeness has tests of its own");
    for sample in samples {
        let (_folder, files, book) = sample.written();
        let (dumps, book) = (verdict(&quoted(&files)), verdict(&format!("--book '{book}'")));
        assert!(dumps.found.contains_key(sample.code.name()), "{}: {:?}", sample.code.name(), dumps.found);
        assert_eq!(dumps.found, book.found, "{}", sample.code.name());
        dumps.assert_complete(&[], &[Origin::Book]);
        book.assert_complete(&[Origin::Book], &[Origin::Dumps]);
    }
}

#[test]
fn what_only_dumps_show_is_not_checked_in_a_book() {
    let samples = of_dumps();
    let sampled: BTreeSet<String> = samples.iter().map(|sample| sample.code.name().to_owned()).collect();
    assert_eq!(sampled, of(&[Origin::Dumps]));
    for sample in samples {
        let (_folder, files, book) = sample.written();
        let code = sample.code.name();
        let dumps = verdict(&quoted(&files));
        assert!(dumps.found.contains_key(code), "{code}: {:?}", dumps.found);
        let book = verdict(&format!("--book '{book}'"));
        assert!(book.not_checked.contains(code) && !book.found.contains_key(code), "{code}");
        book.assert_complete(&[Origin::Book], &[Origin::Dumps]);
    }
}

#[test]
fn notices_are_about_the_months_asked_for_in_dumps_and_in_a_book() {
    let is_of_one_month = |sample: &Sample| {
        let rest = sample.dumps[0].replace("2026-10", "");
        !rest.contains(" 2026-") && !rest.contains(" 2027-")
    };
    for mut sample in of_records().into_iter().filter(is_of_one_month) {
        let code = sample.code.name();
        let october = sample.dumps[0].clone();
        // The same in September, and more of it.
        let september = october.replace("2026-10", "2026-09").replace("=2026-09-03", "=2026-08-03");
        let more = september.replace("acme", "more").replace("beta", "other").replace("bob", "carol");
        sample.dumps.push(format!("{september}\n{more}"));
        let (_folder, files, book) = sample.written();
        let (alone, both) = (quoted(&files[..1]), quoted(&files));
        for command in ["check", "report"] {
            let key = if command == "check" { "checks" } else { "notices" };
            let found = |source: &str| {
                let options = "--as-of 2026-11-20 --period 2026-10 --format json";
                let mut found = counts(&json(&format!("{command} {source} {options}"))[key]);
                found.retain(|found, _| found == code);
                found
            };
            let expected = found(&alone);
            assert_eq!(expected.is_empty(), command == "report" && !is_reported(sample.code), "{code}");
            assert_eq!(found(&both), expected, "{command} {code}");
            assert_eq!(found(&format!("--book '{book}'")), expected, "{command} {code}");
        }
    }
}

/// Whether a report shows the code, too.
fn is_reported(code: Code) -> bool {
    use Code::{ImpreciseUsage, SharedName, SharedUsername, SimilarUnits, TwoOwners};
    matches!(code, ImpreciseUsage | SharedName | SharedUsername | SimilarUnits | TwoOwners)
}

#[test]
fn real_months_have_the_same_notices_in_dumps_and_in_a_book() {
    let folder = Dumps::new();
    let book = folder.path("usage.book").display().to_string();
    let dumps = "fixtures/real/complete";
    assert!(matches!(run(&format!("add --new {dumps} --book '{book}'")).code, 0 | 3));
    for period in ["2026-08", "2026-09", "2026-10", "2026-08..2026-10"] {
        let options = format!("--as-of 2026-11-23 --period {period} --format json");
        let found = |source: &str| counts(&json(&format!("report {source} {options}"))["notices"]);
        assert_eq!(found(&format!("--book '{book}'")), found(dumps), "{period}");
    }
}
