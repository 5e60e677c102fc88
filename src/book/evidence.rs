//! Whether inputs hold every record of a month: what the indexes of their pages prove.

use super::manifest::Evidence;
use crate::ingest::{DumpFacts, Reach};
use crate::period::BillingPeriod;

/// What is known of the completeness of a month in inputs, and why, in words.
pub fn of_month(period: BillingPeriod, dumps: &[DumpFacts]) -> (Evidence, String) {
    let concerned: Vec<(&DumpFacts, Vec<Reach>)> = dumps
        .iter()
        .map(|dump| (dump, dump.asked.iter().map(|filters| Reach::of(filters, period)).collect()))
        .filter(|(dump, reaches): &(&DumpFacts, Vec<Reach>)| {
            dump.asked.is_empty() || reaches.iter().any(|reach| *reach != Reach::Other)
        })
        .collect();
    let whole =
        concerned.iter().find(|(dump, reaches)| dump.alarm.is_none() && reaches.contains(&Reach::Whole));
    if let Some((dump, _)) = whole {
        let reason = format!("{}: there are as many different records as the server counted", dump.label);
        return (Evidence::Proved, reason);
    }
    if let Some(alarm) = concerned.iter().find_map(|(dump, _)| dump.alarm.clone()) {
        return (Evidence::Disproved, alarm);
    }
    for (dump, reaches) in &concerned {
        if let Some(Reach::Part(filter)) = reaches.iter().find(|reach| matches!(reach, Reach::Part(_))) {
            let reason = format!("{}: its pages were filtered by {filter}", dump.label);
            return (Evidence::Disproved, reason);
        }
    }
    (Evidence::Unproved, "no index of pages gives the server's count".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn october(dumps: &[(&[&str], bool)]) -> Evidence {
        let dump = |(queries, is_alarmed): &(&[&str], bool)| DumpFacts {
            seen_as: None,
            label: "dump".to_owned(),
            asked: queries.iter().map(|query| query.split('&').map(str::to_owned).collect()).collect(),
            alarm: is_alarmed.then(|| "records missing".to_owned()),
        };
        let dumps: Vec<DumpFacts> = dumps.iter().map(dump).collect();
        of_month("2026-10".parse().unwrap(), &dumps).0
    }

    const OCTOBER: &str = "billing_period_month=10&billing_period_year=2026";

    #[test]
    fn an_index_of_the_month_or_of_everything_proves_it() {
        for query in
            [OCTOBER, "", "billing_period_year=2026", "component_usage__billing_period=2026-10-01", "x=1"]
        {
            assert_eq!(october(&[(&[query], false)]), Evidence::Proved, "{query}");
        }
    }

    #[test]
    fn an_alarm_or_a_narrower_filter_disproves_it() {
        assert_eq!(october(&[(&[OCTOBER], true)]), Evidence::Disproved);
        assert_eq!(october(&[(&[], true)]), Evidence::Disproved);
        for filter in ["customer_uuid=1", "username=a", "type=cpu", "date_after=2026-10-02"] {
            assert_eq!(
                october(&[(&[&format!("{filter}&{OCTOBER}")], false)]),
                Evidence::Disproved,
                "{filter}"
            );
        }
    }

    #[test]
    fn without_an_index_of_the_month_nothing_is_proved() {
        assert_eq!(october(&[(&[], false)]), Evidence::Unproved);
        assert_eq!(october(&[]), Evidence::Unproved);
        assert_eq!(october(&[(&["billing_period_month=9"], false)]), Evidence::Unproved);
        assert_eq!(october(&[(&["billing_period_month=9"], true), (&[], false)]), Evidence::Unproved);
    }

    #[test]
    fn one_whole_dump_is_enough() {
        assert_eq!(october(&[(&[OCTOBER, "customer_uuid=1"], false), (&[], true)]), Evidence::Proved);
    }
}
