use super::*;
use crate::amount::Amount;
use crate::period::{BillingPeriod, Calendar};
use crate::price::{PriceList, Tariff};
use crate::report::ColumnId;
use crate::usecase::{Preparation, Prepared};
use crate::{ReadRequest, read};

fn spec(period: Option<&str>, as_of: &str) -> PackSpec {
    let calendar = Calendar { as_of: as_of.parse().unwrap(), fiscal_year_start: 1 };
    let period = period.map(|text| PeriodRange::parse(text, calendar).unwrap());
    let report = ReportSpec { period, ..ReportSpec::monthly(calendar.as_of) };
    PackSpec { report, has_users: false, is_pseudonymous: false, letterhead: Letterhead::default() }
}

fn pack_of(input: &str, spec: &PackSpec) -> Pack {
    let intake = read(&ReadRequest::new([input]), &Default::default()).unwrap();
    Prepared::new(intake, &Preparation::of_pack(spec)).unwrap().pack(spec).unwrap()
}

fn messages(pack: &Pack) -> String {
    pack.provenance.notices.iter().map(|notice| notice.message.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_reports_of_a_pack_come_to_one_usage_and_to_the_records_kept() {
    let pack = pack_of("fixtures/real/complete", &spec(Some("2026-10"), "2026-11-23"));
    assert!(pack.ties.len() > 3 && pack.ties.iter().all(Tie::is_tied), "{:?}", pack.ties);
    let accounting = pack.provenance.accounting;
    assert_eq!(accounting.kept, 1_513);
    assert_eq!(pack.ties.iter().map(|tie| tie.total.records).sum::<u64>(), accounting.kept);
    assert!(accounting.is_balanced());
}

/// October at the prices of a list, a part of which may be in another currency.
fn priced(change: impl Fn(&str) -> String) -> Pack {
    let path = "fixtures/prices/rates.toml";
    let text = change(&std::fs::read_to_string(path).unwrap());
    let card = PriceList::parse(path.as_ref(), text.as_bytes()).unwrap();
    let tariff = Tariff::new(card, None, None, None).unwrap();
    let intake = read(&ReadRequest::new(["fixtures/real/complete"]), &Default::default()).unwrap();
    let spec = spec(Some("2026-10"), "2026-11-23");
    let asked = Preparation { tariff: Some(&tariff), ..Preparation::of_pack(&spec) };
    Prepared::new(intake, &asked).unwrap().pack(&spec).unwrap()
}

#[test]
fn what_an_owner_used_in_a_unit_is_one_figure_whatever_currencies_it_costs() {
    let (one, two) = (priced(str::to_owned), priced(|list| list.replacen("EUR", "SEK", 2)));
    let has_sek = |pack: &Pack| pack.money_ties.iter().any(|tie| tie.currency == "SEK");
    assert!(!has_sek(&one) && has_sek(&two));
    for (one, two) in [(&one.projects, &two.projects), (&one.offerings, &two.offerings)] {
        let owners = |grouped: &Grouped| format!("{:?}", grouped.owners.rows);
        assert_eq!(owners(one), owners(two));
        let subtotals =
            |grouped: &Grouped| grouped.blocks.iter().filter(|block| block.owner.is_some()).count();
        assert_eq!(subtotals(two), two.owners.rows.len());
        assert!(two.money.len() > one.money.len());
    }
}

#[test]
fn all_reports_of_a_pack_come_to_one_amount_in_every_currency_credits_among_them() {
    let pack = priced(str::to_owned);
    let totals: Vec<(&str, String)> =
        pack.money_ties.iter().map(|tie| (tie.currency.as_str(), tie.total.to_string())).collect();
    assert_eq!(totals, [("EUR", "29887.01".to_owned()), ("USD", "4759412.26".to_owned())]);
    assert!(pack.money_ties.iter().all(MoneyTie::is_tied), "{:?}", pack.money_ties);
    assert!(pack.ties.iter().all(Tie::is_tied));
    for grouped in [&pack.projects, &pack.offerings] {
        for tie in &pack.money_ties {
            let of_currency = grouped.money.iter().filter(|money| money.currency == tie.currency);
            assert_eq!(of_currency.map(|money| money.amount).sum::<Amount>(), tie.total);
        }
    }
    let has_amounts = |report: &Report| report.column(ColumnId::Amount).is_some();
    assert!(has_amounts(&pack.detail) && !has_amounts(&pack.trend.report) && !has_amounts(&pack.largest));
}

#[test]
fn every_row_stands_in_one_block_of_its_owner_and_unit() {
    let pack = pack_of("fixtures/real/complete", &spec(Some("2026-10"), "2026-11-23"));
    for grouped in [&pack.projects, &pack.offerings] {
        let mut rows: Vec<usize> = grouped.blocks.iter().flat_map(|block| block.rows.clone()).collect();
        rows.sort_unstable();
        assert!(rows.into_iter().eq(0..grouped.report.rows.len()));
        assert!(grouped.blocks.iter().all(|block| !block.rows.is_empty()));
    }
}

#[test]
fn a_trend_begins_with_the_first_month_that_has_records() {
    let pack = pack_of("fixtures/real/complete", &spec(Some("2026-10"), "2026-10-20"));
    let months: Vec<String> = pack.trend.months.iter().map(|month| month.period.to_string()).collect();
    assert_eq!(months, ["2026-08", "2026-09", "2026-10"]);
    assert_eq!(
        pack.trend.months.iter().map(|month| month.is_partial).collect::<Vec<_>>(),
        [false, false, true]
    );
}

#[test]
fn without_a_period_all_months_are_reported_and_nothing_is_compared() {
    let pack = pack_of("fixtures/real/complete", &spec(None, "2026-11-23"));
    assert_eq!(pack.period.unwrap().to_string(), "2026-08..2026-10");
    assert_eq!(pack.period_before, None);
    assert!(pack.summary.column(ColumnId::UsageBefore).is_none());
    assert_eq!(pack.provenance.accounting.kept, 4_536);
}

#[test]
fn a_period_is_set_against_as_many_months_before_it() {
    let spec = spec(Some("2026-09..2026-10"), "2026-11-23");
    assert_eq!(spec.period_before().unwrap().to_string(), "2026-07..2026-08");
    let start = BillingPeriod::new(2025, 10).unwrap();
    assert_eq!(spec.months_needed()[0].start, start, "thirteen months");
}

#[test]
fn that_no_earlier_month_is_there_is_a_note_and_a_warning_where_it_was_asked_for() {
    let is_warning = |pack: &Pack| {
        pack.provenance.notices.iter().any(|notice| notice.severity == crate::notice::Severity::Warning)
    };
    let mut spec = spec(Some("2026-08"), "2026-11-23");
    let noted = pack_of("fixtures/real/complete", &spec);
    assert!(messages(&noted).contains("(July 2026: not available)"), "{}", messages(&noted));
    assert!(!is_warning(&noted));
    spec.report.comparison = Some(Comparison::PreviousMonth);
    assert!(is_warning(&pack_of("fixtures/real/complete", &spec)));
}

#[test]
fn that_some_earlier_months_are_missing_is_a_warning_though_nobody_asked_for_a_comparison() {
    let pack = pack_of("fixtures/real/complete", &spec(Some("2026-09..2026-10"), "2026-11-23"));
    let text = "(July to August 2026: 1 of 2 months available)";
    let warning = pack.provenance.notices.iter().find(|notice| notice.message.contains(text));
    assert_eq!(warning.map(|notice| notice.severity), Some(crate::notice::Severity::Warning));
    assert!(pack.provenance.comparison.as_ref().is_some_and(crate::report::Compared::is_empty));
    let cells = pack.summary.totals.cells();
    let before = pack.summary.column(ColumnId::UsageBefore).unwrap();
    assert!((0..pack.summary.totals.len()).all(|row| cells.get(row, before) == Cell::Empty));
}
