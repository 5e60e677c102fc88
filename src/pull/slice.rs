//! A slice: the records that a set of filters lets through, and how it is asked for.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::endpoint::{Endpoint, Splitter};
use super::page::Facts;
use crate::period::BillingPeriod;

/// How many records the endpoint gives at most on a page.
pub(crate) const PAGE_SIZE: usize = 300;

/// What does not stand for itself in a query.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b',');

/// A set of filters, each with one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slice {
    /// As the user asked.
    pub base: Vec<(String, String)>,
    pub period: Option<BillingPeriod>,
    pub picks: Vec<(Splitter, String)>,
}

/// One way to read a slice: its order (empty for the server's own) and the page's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    pub order: &'static str,
    pub page_size: usize,
}

impl Slice {
    pub(crate) fn with(&self, splitter: Splitter, value: &str) -> Self {
        let mut slice = self.clone();
        slice.picks.push((splitter, value.to_owned()));
        slice
    }

    /// Whether the slice is bound to one value of it already.
    pub(crate) fn picks(&self, endpoint: Endpoint, splitter: Splitter) -> bool {
        self.picks.iter().any(|(picked, _)| *picked == splitter)
            || self.base.iter().any(|(name, _)| name == endpoint.filter(splitter))
    }

    /// Whether a record that the server gave for this slice belongs to it, as far as the record tells.
    pub(crate) fn holds(&self, facts: &Facts) -> bool {
        let is_period = match (self.period, facts.period) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        is_period && self.picks.iter().all(|(splitter, value)| facts.values[*splitter as usize] == *value)
    }

    /// The filters as parameters, in the order in which they were chosen.
    pub(crate) fn filters(&self, endpoint: Endpoint) -> Vec<(String, String)> {
        let mut filters = self.base.clone();
        filters.extend(self.period.into_iter().flat_map(|period| endpoint.in_period(period)));
        let pick =
            |(splitter, value): &(Splitter, String)| (endpoint.filter(*splitter).to_owned(), value.clone());
        filters.extend(self.picks.iter().map(pick));
        filters
    }

    /// What is asked for, without server, order and page: `component_usage__billing_period=2026-10-01&type=cpu`.
    pub(crate) fn query(&self, endpoint: Endpoint) -> String {
        query(&self.filters(endpoint))
    }

    /// The URL of a page.
    pub(crate) fn page_url(&self, address: &str, endpoint: Endpoint, pass: Pass, page: usize) -> String {
        let mut parameters = self.filters(endpoint);
        parameters.extend(fields(endpoint));
        if !pass.order.is_empty() {
            parameters.push(("o".to_owned(), pass.order.to_owned()));
        }
        parameters.push(("page".to_owned(), page.to_string()));
        parameters.push(("page_size".to_owned(), pass.page_size.to_string()));
        url(address, endpoint, &parameters)
    }

    /// The URL that gives the count with as little else as possible.
    pub(crate) fn count_url(&self, address: &str, endpoint: Endpoint) -> String {
        let mut parameters = self.filters(endpoint);
        parameters.extend(fields(endpoint));
        parameters.push(("page_size".to_owned(), "1".to_owned()));
        url(address, endpoint, &parameters)
    }
}

fn fields(endpoint: Endpoint) -> impl Iterator<Item = (String, String)> {
    endpoint.fields().iter().map(|field| ("field".to_owned(), (*field).to_owned()))
}

/// The URL of a list with parameters.
pub(crate) fn url(address: &str, endpoint: Endpoint, parameters: &[(String, String)]) -> String {
    format!("{address}{}?{}", endpoint.path(), query(parameters))
}

fn query(parameters: &[(String, String)]) -> String {
    let encoded: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ENCODED)))
        .collect();
    encoded.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice() -> Slice {
        Slice {
            base: vec![("username".to_owned(), "josé & co".to_owned())],
            period: BillingPeriod::new(2026, 10),
            picks: vec![(Splitter::Type, "cpu".to_owned())],
        }
    }

    #[test]
    fn a_page_is_asked_for_with_all_filters_encoded() {
        let pass = Pass { order: "username,-usage", page_size: 300 };
        assert_eq!(
            slice().page_url("https://h", Endpoint::UserUsages, pass, 2),
            "https://h/api/marketplace-component-user-usages/?username=jos%C3%A9%20%26%20co\
             &component_usage__billing_period=2026-10-01&type=cpu&o=username,-usage&page=2&page_size=300"
        );
    }

    #[test]
    fn the_servers_own_order_has_no_parameter() {
        let pass = Pass { order: "", page_size: 300 };
        let url = Slice::default().page_url("http://h", Endpoint::ComponentUsages, pass, 1);
        assert_eq!(url, "http://h/api/marketplace-component-usages/?page=1&page_size=300");
    }

    #[test]
    fn of_people_only_the_fields_that_are_used_are_asked_for() {
        let pass = Pass { order: "", page_size: 300 };
        let fields = "field=url&field=uuid&field=created&field=modified&field=offering&field=offering_uuid\
                      &field=username&field=user_full_name";
        let path = "http://h/api/marketplace-offering-users/";
        let slice = Slice::default();
        let url = slice.page_url("http://h", Endpoint::OfferingUsers, pass, 1);
        assert_eq!(url, format!("{path}?{fields}&page=1&page_size=300"));
        let url = slice.count_url("http://h", Endpoint::OfferingUsers);
        assert_eq!(url, format!("{path}?{fields}&page_size=1"));
    }

    #[test]
    fn what_the_user_filters_by_splits_nothing() {
        let slice = Slice { base: vec![("type".to_owned(), "cpu".to_owned())], ..Slice::default() };
        let picks = |splitter| slice.picks(Endpoint::UserUsages, splitter);
        assert!(picks(Splitter::Type) && !picks(Splitter::Customer));
    }

    #[test]
    fn a_month_of_invoices_has_two_filters() {
        let slice = Slice { period: BillingPeriod::new(2026, 9), ..Slice::default() };
        assert_eq!(slice.query(Endpoint::Invoices), "year=2026&month=9");
        assert_eq!(slice.query(Endpoint::Projects), "", "no project has a month");
    }
}
