//! Whether inputs hold every record of a month: what the indexes of their pages prove.

use super::manifest::Evidence;
use crate::ingest::{DumpFacts, Reach};
use crate::period::BillingPeriod;

/// What is known of the completeness of a month in inputs, and why, in words: of all customers, or of those that are named.
pub(crate) fn of_month(period: BillingPeriod, dumps: &[DumpFacts], customers: &[u128]) -> (Evidence, String) {
    let of_customer = |customer: &u128| of_scope(period, dumps, Some(*customer));
    let certainty = |(evidence, _): &(Evidence, String)| match evidence {
        Evidence::Disproved => 0,
        Evidence::Unproved => 1,
        Evidence::Proved => 2,
    };
    let least = customers.iter().map(of_customer).min_by_key(certainty);
    least.unwrap_or_else(|| of_scope(period, dumps, None))
}

/// The filter of the endpoint that narrows a month in all inputs; `None` if one of them has it whole, or may.
pub(crate) fn filter(period: BillingPeriod, dumps: &[DumpFacts]) -> Option<String> {
    let concerned = concerned(period, dumps, None);
    let is_narrow =
        |(_, reaches): &(&DumpFacts, Vec<Reach>)| !reaches.is_empty() && !reaches.contains(&Reach::Whole);
    let mut filters = concerned.iter().flat_map(|(_, reaches)| reaches).filter_map(|reach| match reach {
        Reach::Part(filter) => Some(filter.clone()),
        _ => None,
    });
    filters.next().filter(|_| concerned.iter().all(is_narrow))
}

/// The dumps that may have records of a month, and how much of it each query of theirs asks for.
fn concerned(
    period: BillingPeriod,
    dumps: &[DumpFacts],
    customer: Option<u128>,
) -> Vec<(&DumpFacts, Vec<Reach>)> {
    let is_concerned = |(dump, reaches): &(&DumpFacts, Vec<Reach>)| {
        dump.asked.is_empty() || reaches.iter().any(|reach| *reach != Reach::Other)
    };
    let reaches =
        |dump: &DumpFacts| dump.asked.iter().map(|filters| Reach::of(filters, period, customer)).collect();
    dumps.iter().map(|dump| (dump, reaches(dump))).filter(is_concerned).collect()
}

fn of_scope(period: BillingPeriod, dumps: &[DumpFacts], customer: Option<u128>) -> (Evidence, String) {
    let concerned = concerned(period, dumps, customer);
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
        of_month("2026-10".parse().unwrap(), &dumps, &[]).0
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
