//! How much of a month the queries of a dump asked for, and which months the server has no record of.

use super::completeness::DumpFacts;
use crate::period::BillingPeriod;
use crate::text::parse_uuid;

/// How much of a month a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Another month.
    Other,
    Whole,
    /// What passes this filter too.
    Part(String),
}

/// The filters of the endpoint that leave records of a month out. The server ignores what it does not know.
const NARROWING: [&str; 8] = [
    "customer_uuid",
    "project_uuid",
    "offering_uuid",
    "resource_uuid",
    "resource",
    "date_after",
    "date_before",
    "username",
];

impl Reach {
    /// What a query with these filters, `type=cpu`, asks for of a month, or of one customer's records in it.
    pub(crate) fn of(filters: &[String], period: BillingPeriod, customer: Option<u128>) -> Self {
        let mut reach = Reach::Whole;
        let is_of_customer = |value: &str| customer.is_some() && parse_uuid(value.as_bytes()) == customer;
        let asks_for_customer =
            filters.iter().filter_map(|filter| filter.strip_prefix("customer_uuid=")).any(is_of_customer);
        for (name, value) in filters.iter().filter_map(|filter| filter.split_once('=')) {
            let is_of_month = match name {
                "billing_period_year" => value.parse() == Ok(period.year()),
                "billing_period_month" => value.parse() == Ok(period.month()),
                "component_usage__billing_period" => value == period.first_day().to_string(),
                _ => true,
            };
            if !is_of_month {
                return Reach::Other;
            }
            let is_narrowing = NARROWING.contains(&name) || name == "type";
            if is_narrowing && !value.is_empty() && !(name == "customer_uuid" && asks_for_customer) {
                reach = Reach::Part(name.to_owned());
            }
        }
        reach
    }
}

/// The months without a record that a query asked for by name, of dumps that are whole.
pub(crate) fn empty_months(dumps: &[DumpFacts], months: &[i32]) -> Vec<i32> {
    let whole = dumps.iter().filter(|dump| dump.alarm.is_none()).flat_map(|dump| &dump.asked);
    let counted = whole.filter_map(|filters| {
        let month = month_of(filters)?;
        (Reach::of(filters, month, None) == Reach::Whole && months.binary_search(&month.number()).is_err())
            .then_some(month.number())
    });
    let mut counted: Vec<i32> = counted.collect();
    counted.sort_unstable();
    counted.dedup();
    counted
}

/// The one month that a query asks for.
fn month_of(filters: &[String]) -> Option<BillingPeriod> {
    let value = |wanted: &str| {
        let mut pairs = filters.iter().filter_map(|filter| filter.split_once('='));
        pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
    };
    match value("component_usage__billing_period") {
        Some(day) => day.strip_suffix("-01")?.parse().ok(),
        None => {
            let (year, month) = (value("billing_period_year")?, value("billing_period_month")?);
            BillingPeriod::new(year.parse().ok()?, month.parse().ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(queries: &[(&str, bool)]) -> Vec<String> {
        let dump = |(query, is_alarmed): &(&str, bool)| DumpFacts {
            label: "dump".to_owned(),
            asked: vec![query.split('&').map(str::to_owned).collect()],
            seen_as: None,
            alarm: is_alarmed.then(|| "records missing".to_owned()),
        };
        let dumps: Vec<DumpFacts> = queries.iter().map(dump).collect();
        let september = BillingPeriod::new(2026, 9).unwrap().number();
        empty_months(&dumps, &[september])
            .into_iter()
            .map(|month| BillingPeriod::from_number(month).to_string())
            .collect()
    }

    #[test]
    fn a_month_that_was_asked_for_by_name_and_has_no_record_is_known_to_be_empty() {
        assert_eq!(empty(&[("component_usage__billing_period=2026-08-01", false)]), ["2026-08"]);
        assert_eq!(empty(&[("billing_period_month=8&billing_period_year=2026&x=1", false)]), ["2026-08"]);
        assert_eq!(
            empty(&[("component_usage__billing_period=2026-09-01", false)]),
            [""; 0],
            "it has records"
        );
    }

    #[test]
    fn a_month_that_was_not_counted_in_full_is_not_known_to_be_empty() {
        for query in ["", "billing_period_year=2026", "billing_period_month=8"] {
            assert_eq!(empty(&[(query, false)]), [""; 0], "{query}");
        }
        assert_eq!(empty(&[("component_usage__billing_period=2026-08-01", true)]), [""; 0]);
        assert_eq!(empty(&[("component_usage__billing_period=2026-08-01&type=cpu", false)]), [""; 0]);
    }
}
