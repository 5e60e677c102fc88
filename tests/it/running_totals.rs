//! Lifetime totals reported as months, and a month's last hours in the next month: how surely they are found, and how
//! rarely clean months are taken for them. The simulated portals are the same in every run.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use usagebook::notice::Code;
use usagebook::period::BillingPeriod;
use usagebook::verdict::Verdict;

use crate::checks::{Case, figures, told};

/// The months before and up to this one, the last one being 2026-10.
fn month(back: usize) -> String {
    let number = 2026 * 12 + 9 - back;
    format!("{:04}-{:02}", number / 12, number % 12 + 1)
}

/// A resource of the offering by its usage in each month, in hundredths; none for no record.
pub fn lines(offering: &str, resource: &str, months: &[Option<i64>]) -> String {
    let mut text = String::new();
    for (at, usage) in months.iter().enumerate() {
        if let Some(usage) = usage {
            let month = month(months.len() - 1 - at);
            let usage = format!("{}.{:02}", usage / 100, usage % 100);
            writeln!(
                text,
                "{offering}-{resource} {offering} hour {month} user {usage} offering_uuid={} offering_name={offering}",
                crate::records::uuid(offering)
            )
            .expect("memory takes all text");
        }
    }
    text
}

fn told_of(resources: &[&[i64]]) -> Vec<String> {
    let lines = resources.iter().enumerate().map(|(number, months)| {
        let months: Vec<Option<i64>> =
            months.iter().map(|usage| (*usage > 0).then_some(usage * 100)).collect();
        lines("cluster", &format!("r{number}"), &months)
    });
    let records: String = lines.collect();
    let mut told = Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.told();
    told.retain(|line| line.contains("running_total") || line.contains("shifted_hours"));
    told
}

#[test]
fn totals_that_never_fall_and_grow_by_months_are_found() {
    let totals: [&[i64]; 5] =
        [&[10, 21, 30, 42], &[5, 9, 15, 20], &[100, 220, 300, 410], &[7, 7, 16, 20], &[50, 80, 140, 180]];
    assert_eq!(told_of(&totals), ["warning running_total 1"]);
    assert_eq!(told_of(&totals[..4]), Vec::<String>::new(), "four resources take five months");
    let falls: [&[i64]; 5] = [totals[0], totals[1], totals[2], totals[3], &[50, 80, 140, 139]];
    assert_eq!(told_of(&falls), Vec::<String>::new(), "one that falls once clears them all");
    let constant: [&[i64]; 5] = [&[10; 4]; 5];
    assert_eq!(told_of(&constant), Vec::<String>::new(), "the same every month is no running total");
    let leaps: [&[i64]; 5] = [&[10, 11, 12, 40]; 5];
    assert_eq!(told_of(&leaps), Vec::<String>::new(), "growth that is of no one size");
    let slow: [&[i64]; 5] = [&[100, 105, 110, 115]; 5];
    assert_eq!(told_of(&slow), Vec::<String>::new(), "storage that fills slowly");
    let three: [&[i64]; 3] = [&[10, 20, 30, 40, 50, 60]; 3];
    assert_eq!(told_of(&three), ["warning running_total 1"]);
}

#[test]
fn a_running_total_is_told_with_its_growth() {
    let lines = (0..5).map(|number| {
        lines("hpc", &format!("r{number}"), &[Some(10_000), Some(20_000), Some(30_000), Some(40_000)])
    });
    let records: String = lines.collect();
    let verdict = Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.verdict();
    let expected = [
        ("usage", "2000.00"),
        ("growth in the month", "500.00"),
        ("usage in the first month", "500.00"),
        ("months", "4"),
        ("resources", "5"),
    ];
    let expected: Vec<_> = expected.iter().map(|(name, figure)| (*name, (*figure).to_owned())).collect();
    assert_eq!(figures(&verdict, Code::RunningTotal), expected);
    assert!(verdict.passed.contains(&Code::Spike) || !told(&verdict).is_empty());
}

#[test]
fn small_rests_after_resources_ended_with_a_month_are_found() {
    let rests: [&[i64]; 4] = [&[700, 700, 3, 0], &[500, 500, 2, 0], &[900, 900, 4, 0], &[700, 700, 700, 700]];
    assert_eq!(told_of(&rests), ["warning shifted_hours 3"]);
    assert_eq!(told_of(&rests[1..]), Vec::<String>::new(), "two are an accident");
    let clean: [&[i64]; 4] = [&[700, 700, 0, 0], &[500, 500, 0, 0], &[900, 900, 0, 0], &[700, 700, 700, 700]];
    assert_eq!(told_of(&clean), Vec::<String>::new());
    let midway: [&[i64]; 3] = [&[700, 700, 300, 0], &[500, 500, 100, 0], &[900, 900, 20, 0]];
    assert_eq!(told_of(&midway), Vec::<String>::new(), "they ended some time in the month");
}

/// The same usage as component usages without users, beside a record of another offering in each month.
fn told_of_totals(resources: &[&[i64]]) -> Vec<String> {
    let months = resources[0].len();
    let (mut parents, mut records) = (Vec::new(), String::new());
    for back in 0..months {
        writeln!(records, "other cpu core {} user 1.00", month(back)).expect("memory takes all text");
    }
    for (number, usages) in resources.iter().enumerate() {
        for (at, usage) in usages.iter().enumerate().filter(|(_, usage)| **usage > 0) {
            let month = month(months - 1 - at);
            let uuid = |name: &str| crate::records::uuid(name);
            parents.push(format!(
                r#"{{"uuid":"{}","type":"storage","measured_unit":"TB","usage":{usage}.0,"billing_period":"{month}-01","resource_uuid":"{}","resource_name":"r{number}","offering_uuid":"{}","offering_name":"cluster","customer_name":"acme"}}"#,
                uuid(&format!("{number}/{month}")),
                uuid(&format!("r{number}")),
                uuid("cluster"),
            ));
        }
    }
    let dumps = crate::records::Dumps::new();
    let records = dumps.write("page.json", crate::records::page(&crate::records::records(&records)));
    let parents = dumps.write("parents.json", format!("[{}]", parents.join(",")));
    let case = Case { period: Some("2026-10"), ..Case::default() };
    let verdict = case.verdict_of(&[records], &[parents], &[]);
    let mut found = told(&verdict);
    found.retain(|line| line.contains("running_total") || line.contains("shifted_hours"));
    for check in verdict.checks.iter().filter(|check| check.notice.code == Code::RunningTotal) {
        assert!(check.notice.examples[0].labels.contains(&("offering_name", "cluster".to_owned())));
    }
    found
}

#[test]
fn totals_without_users_are_examined_as_those_of_users_are() {
    let totals: [&[i64]; 5] =
        [&[10, 21, 30, 42], &[5, 9, 15, 20], &[100, 220, 300, 410], &[7, 7, 16, 20], &[50, 80, 140, 180]];
    assert_eq!(told_of_totals(&totals), ["warning running_total 1"]);
    let constant: [&[i64]; 5] = [&[10; 4]; 5];
    assert_eq!(told_of_totals(&constant), Vec::<String>::new());
    let rests: [&[i64]; 4] = [&[700, 700, 3, 0], &[500, 500, 2, 0], &[900, 900, 4, 0], &[700, 700, 700, 700]];
    assert_eq!(told_of_totals(&rests), ["warning shifted_hours 3"]);
}

#[test]
fn too_few_months_or_resources_are_not_checked_and_the_verdict_says_what_it_takes() {
    let records = lines("hpc", "r0", &[Some(100), Some(100), Some(100), Some(100)]);
    let verdict = Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.verdict();
    for code in [Code::RunningTotal, Code::ShiftedHours] {
        let reason = verdict.not_checked.iter().find(|not_checked| not_checked.codes.contains(&code));
        let reason = &reason.expect("it is not checked").reason;
        assert!(reason.starts_with("1 of 1 component"), "{reason}");
        assert!(!verdict.passed.contains(&code));
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, with a mean of 0 and a deviation of 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.part()).sum::<f64>() - 6.0
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[(self.part() * values.len() as f64) as usize]
    }
}

/// How resources of an offering are used.
const KINDS: [&str; 8] =
    ["steady", "growing", "seasonal", "level", "flat", "now-and-then", "ramping", "ending"];

/// The usage of a resource in each month, in hundredths.
fn used(kind: &str, months: usize, dice: &mut Dice) -> Vec<Option<i64>> {
    let base = (6.0 + 1.5 * dice.normal()).exp();
    let start =
        if months < 8 || dice.part() < 0.6 { 0 } else { (dice.part() * (months - 4) as f64) as usize };
    // Projects end with a month, or at any time in it.
    let any_time = 24.0 * dice.part();
    let end = if kind == "ending" { dice.one_of(&[12.0, 12.0, 18.0, any_time]) } else { f64::MAX };
    let (spread, trend, ramp) =
        (0.1 + 0.5 * dice.part(), 0.015 + 0.02 * dice.normal(), 4.0 + 4.0 * dice.part());
    let mut level = base;
    let usage = |at: usize| {
        let age = at.checked_sub(start)? as f64;
        let usage = match kind {
            "growing" => base * (0.04 * age + 0.2 * dice.normal()).exp(),
            "seasonal" => {
                let season = 1.0 + 0.4 * (at as f64 / 12.0 * std::f64::consts::TAU).sin();
                base * season * (0.2 * dice.normal()).exp()
            }
            "level" => {
                let shrinks = dice.part() < 0.05;
                level *=
                    if shrinks { 0.5 + 0.45 * dice.part() } else { (trend + 0.04 * dice.normal()).exp() };
                level
            }
            "flat" => base * if dice.part() < 0.95 { 1.0 } else { dice.one_of(&[0.5, 2.0]) },
            "now-and-then" if dice.part() < 0.3 => 0.0,
            "now-and-then" => base * dice.normal().exp(),
            "ramping" => base * ((age + 1.0) / ramp).min(1.0) * (0.3 * dice.normal()).exp(),
            _ => base * (spread * dice.normal()).exp(),
        };
        let usage = (100.0 * usage * (end - at as f64).clamp(0.0, 1.0)).round() as i64;
        (usage > 0).then_some(usage)
    };
    (0..months).map(usage).collect()
}

/// An offering of every kind, with few or many resources.
fn portal(dice: &mut Dice) -> String {
    let mut text = String::new();
    for kind in KINDS {
        for resource in 0..dice.one_of(&[3, 3, 4, 5, 8, 15]) {
            text += &lines(kind, &format!("r{resource}"), &used(kind, 24, dice));
        }
    }
    text
}

fn flagged(verdict: &Verdict, code: Code) -> BTreeSet<BillingPeriod> {
    let checks = verdict.checks.iter().filter(|check| check.notice.code == code);
    checks.flat_map(|check| check.notice.examples.iter().filter_map(|example| example.period)).collect()
}

/// With 2 of 1,260 months flagged, the share is below 1 in 200 with a confidence of 95 %.
#[test]
fn fewer_than_one_of_two_hundred_clean_months_is_flagged() {
    let mut dice = Dice(11);
    let (mut months, mut flagged_months) = (0, 0);
    for _ in 0..60 {
        let records = portal(&mut dice);
        let verdict = Case { dumps: &[&records], ..Case::default() }.verdict();
        let found = &flagged(&verdict, Code::RunningTotal) | &flagged(&verdict, Code::ShiftedHours);
        months += verdict.months.len() - 3;
        flagged_months += found.len();
        assert!(verdict.passed.contains(&Code::RunningTotal) || !found.is_empty());
    }
    assert!(months >= 1_260, "{months}");
    assert!(flagged_months <= 2, "{flagged_months} of {months}");
}

/// Of 40 offerings whose totals run for so many months before the history begins, how many are found in the last month.
fn found_totals(age: usize, months: usize) -> usize {
    let mut dice = Dice(12);
    let is_found = |_: &usize| {
        let kind = dice.one_of(&["steady", "growing", "seasonal", "now-and-then"]);
        let mut records = String::new();
        for resource in 0..dice.one_of(&[5, 6, 8, 15]) {
            let mut total = 0;
            let running = used(kind, age + months, &mut dice).into_iter().map(|usage| {
                total += usage.unwrap_or(0);
                (total > 0).then_some(total)
            });
            let running: Vec<Option<i64>> = running.skip(age).collect();
            records += &lines(kind, &format!("r{resource}"), &running);
        }
        let verdict = Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.verdict();
        !flagged(&verdict, Code::RunningTotal).is_empty()
    };
    (0..40).filter(is_found).count()
}

#[test]
fn most_running_totals_are_found_while_they_are_young_or_the_history_is_long() {
    for (age, months, least) in [(0, 4, 34), (0, 12, 32), (6, 6, 32), (12, 12, 32), (24, 12, 24)] {
        let found = found_totals(age, months);
        assert!(found >= least, "{found} of 40 after {age} months, {months} months given");
    }
}

#[test]
fn most_shifted_hours_are_found_where_several_resources_end_with_a_month() {
    let mut dice = Dice(13);
    let is_found = |_: &usize| {
        let mut records = String::new();
        let hours = 1.0 + 9.0 * dice.part();
        for resource in 0..dice.one_of(&[4, 5, 8, 15]) {
            let mut months = used("steady", 4, &mut dice);
            let last = months[1].expect("it is used every month") as f64;
            let rest = last * hours / 730.0 * (0.4 * dice.normal()).exp();
            months[2] = Some(rest.round() as i64).filter(|rest| *rest > 0);
            months[3] = None;
            records += &lines("steady", &format!("r{resource}"), &months);
        }
        records += &lines("steady", "goes-on", &[Some(100), Some(100), Some(100), Some(100)]);
        let verdict = Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.verdict();
        !flagged(&verdict, Code::ShiftedHours).is_empty()
    };
    let found = (0..40).filter(is_found).count();
    assert!(found >= 34, "{found} of 40");
}
