//! The server: what it counts, and which filters and orders it really knows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::endpoint::{Endpoint, impossible_value};
use super::fetch::{Answer, Fetcher, Page};
use super::slice::{Pass, Slice, url};
use super::stop::Stop;
use super::transport::Request;

/// One list of one server.
pub(crate) struct Server<'a> {
    pub fetcher: &'a Fetcher<'a>,
    /// Scheme and host, without a slash behind.
    pub address: String,
    pub endpoint: Endpoint,
    known_filters: HashMap<String, bool>,
    refused_orders: HashMap<&'static str, bool>,
}

impl<'a> Server<'a> {
    pub(crate) fn new(fetcher: &'a Fetcher<'a>, address: String, endpoint: Endpoint) -> Self {
        Self { fetcher, address, endpoint, known_filters: HashMap::new(), refused_orders: HashMap::new() }
    }

    /// How many records a slice has, and when that was so by the server's clock.
    pub(crate) fn count(&self, slice: &Slice) -> Result<(u64, DateTime<Utc>), Stop> {
        let url = slice.count_url(&self.address, self.endpoint);
        let page = self.expect(self.fetcher.fetch(&Request::head(url))?)?;
        Ok((page.count, page.server_time))
    }

    /// How many records each slice has.
    pub(crate) fn counts(&self, slices: &[Slice]) -> Result<Vec<u64>, Stop> {
        let request = |slice: &Slice| Request::head(slice.count_url(&self.address, self.endpoint));
        let requests: Vec<Request> = slices.iter().map(request).collect();
        let mut counts = vec![0; slices.len()];
        self.fetcher.fetch_all(&requests, |at, answer| {
            counts[at] = self.expect(answer)?.count;
            Ok(())
        })?;
        Ok(counts)
    }

    /// A page that is only looked at.
    pub(crate) fn look(&self, slice: &Slice, pass: Pass, page: usize) -> Result<Option<Page>, Stop> {
        let url = slice.page_url(&self.address, self.endpoint, pass, page);
        match self.fetcher.fetch(&Request::get(url))? {
            Answer::Gone => Ok(None),
            answer => self.expect(answer).map(Some),
        }
    }

    /// Whether the server filters by it: one that does not gives everything for a value that nothing has.
    pub(crate) fn knows(&mut self, filter: &str) -> Result<bool, Stop> {
        if let Some(is_known) = self.known_filters.get(filter) {
            return Ok(*is_known);
        }
        let is_known = match self.ask(filter, impossible_value(filter))? {
            Answer::Page(page) => page.count == 0,
            Answer::Gone | Answer::Refused(_) => true,
        };
        self.known_filters.insert(filter.to_owned(), is_known);
        Ok(is_known)
    }

    /// Whether the server filters by month.
    pub(crate) fn knows_periods(&mut self) -> Result<bool, Stop> {
        let filters = self.endpoint.period_filters();
        for filter in filters {
            if !self.knows(filter)? {
                return Ok(false);
            }
        }
        Ok(!filters.is_empty())
    }

    /// Whether the server orders by `o`: one that does refuses an order that is none.
    pub(crate) fn knows_orders(&mut self) -> Result<bool, Stop> {
        self.refuses_order("no-such-order")
    }

    /// The best order in which the server can list; empty where it knows none.
    pub(crate) fn best_order(&mut self) -> Result<&'static str, Stop> {
        if self.knows_orders()? {
            for order in self.endpoint.orders() {
                if !self.refuses_order(order)? {
                    return Ok(order);
                }
            }
        }
        Ok("")
    }

    /// The orders in which the server can list; `None` if it knows none.
    pub(crate) fn orders(&mut self) -> Result<Vec<&'static str>, Stop> {
        let mut orders = Vec::new();
        if self.knows_orders()? {
            for order in self.endpoint.orders() {
                if !self.refuses_order(order)? {
                    orders.push(*order);
                }
            }
        }
        Ok(orders)
    }

    fn refuses_order(&mut self, order: &'static str) -> Result<bool, Stop> {
        if let Some(is_refused) = self.refused_orders.get(order) {
            return Ok(*is_refused);
        }
        let is_refused = matches!(self.ask("o", order)?, Answer::Refused(_));
        self.refused_orders.insert(order, is_refused);
        Ok(is_refused)
    }

    fn ask(&self, parameter: &str, value: &str) -> Result<Answer, Stop> {
        let parameters =
            [(parameter, value), ("page_size", "1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.fetcher.fetch(&Request::head(url(&self.address, self.endpoint, &parameters)))
    }

    fn expect(&self, answer: Answer) -> Result<Page, Stop> {
        match answer {
            Answer::Page(page) => Ok(page),
            Answer::Gone => Err(Stop::NotTheEndpoint { path: self.endpoint.path() }),
            Answer::Refused(detail) => Err(Stop::Refused { status: 400, detail }),
        }
    }
}
