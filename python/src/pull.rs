//! A dump from the portal, proved whole or called what it is.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use serde_json::json;
use usagebook::error::{Error, Result};
use usagebook::files::access::Access;
use usagebook::period::{BillingPeriod, Calendar, PeriodRange};
use usagebook::pull::{
    DIRECT_MAX, Endpoint, HttpTransport, PullProgress, PullRequest, SystemClock, pull as pull_from,
    read_token,
};
use usagebook::usecase;
use usagebook::usecase::places::{self, Place};

use crate::ask::bad;
use crate::work::{Counted, work_of};

/// What is pulled. Each field is a keyword of the package.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct PullAsked {
    url: String,
    to: PathBuf,
    token: Option<String>,
    token_file: Option<PathBuf>,
    period: Vec<String>,
    parents: bool,
    invoices: bool,
    attributes: bool,
    resume: bool,
    jobs: usize,
    rate: Option<u32>,
    ca_file: Option<PathBuf>,
    group_readable: bool,
}

impl Counted for PullProgress {
    /// Records, all records, slices, all slices, pages, requests, repeated requests.
    fn counts(&self) -> Vec<u64> {
        let Self { records, records_total, slices, slices_total, pages, requests, retries, .. } = self;
        let counters = [records, records_total, slices, slices_total, pages, requests, retries];
        counters.map(|counter| counter.load(Ordering::Relaxed)).to_vec()
    }

    fn interrupt(&self) {
        Self::interrupt(self);
    }
}

/// Pulls; returns a verdict for each list, as JSON.
#[pyfunction]
pub fn pull(py: Python<'_>, asked: PullAsked, progress: Option<Py<PyAny>>) -> PyResult<String> {
    let counters = PullProgress::default();
    work_of(py, progress.as_ref(), &counters, || asked.pulled(&counters))
}

impl PullAsked {
    fn pulled(&self, progress: &PullProgress) -> Result<String> {
        places::check_outside_books(&Place::Folder(&self.to))?;
        let request = self.request()?;
        let token = match &self.token {
            Some(token) if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                // What it has is not repeated.
                return Err(bad("token", "(not shown)", "one word, the token"));
            }
            Some(token) => Some(token.clone()),
            None => read_token(self.token_file.as_deref())?,
        };
        let transport = HttpTransport::new(&request.portal, token.as_deref(), self.ca_file.as_deref())?;
        let pulled = pull_from(&request, &transport, &SystemClock, progress)?;
        let lists = pulled.lists.iter().map(|list| {
            json!({
                "folder": list.endpoint.folder(),
                "is_whole": list.verdict.is_whole(),
                "is_empty_for_rights": list.is_empty_for_rights(),
                "message": list.to_string(),
                "verdict": list.verdict,
                "seen_as": list.seen_as,
            })
        });
        let lists: Vec<serde_json::Value> = lists.collect();
        Ok(json!({"is_sound": pulled.is_sound(), "lists": lists}).to_string())
    }

    fn request(&self) -> Result<PullRequest> {
        if !(1..=64).contains(&self.jobs) {
            return Err(bad("jobs", &self.jobs.to_string(), "a number from 1 to 64"));
        }
        if self.rate.is_some_and(|rate| !(1..=1000).contains(&rate)) {
            return Err(bad("rate", &self.rate.unwrap_or_default().to_string(), "a number from 1 to 1000"));
        }
        let is_asked_for = |endpoint: &Endpoint| match endpoint {
            Endpoint::UserUsages => false,
            Endpoint::ComponentUsages => self.parents,
            Endpoint::Invoices => self.invoices,
            Endpoint::Customers | Endpoint::Projects | Endpoint::OfferingUsers => self.attributes,
        };
        Ok(PullRequest {
            portal: self.url.parse()?,
            to: self.to.clone(),
            periods: self.periods()?,
            filters: Vec::new(),
            others: Endpoint::OTHERS.into_iter().filter(is_asked_for).collect(),
            jobs: self.jobs,
            rate: self.rate,
            direct_max: DIRECT_MAX,
            is_resumed: self.resume,
            access: if self.group_readable { Access::Group } else { Access::Private },
        })
    }

    /// All months of all periods, each once.
    fn periods(&self) -> Result<Vec<BillingPeriod>, Error> {
        let calendar = Calendar { as_of: usecase::now()?.date_naive(), fiscal_year_start: 1 };
        let mut periods = Vec::new();
        for text in &self.period {
            periods.extend(PeriodRange::parse(text, calendar)?.periods());
        }
        periods.sort();
        periods.dedup();
        Ok(periods)
    }
}
