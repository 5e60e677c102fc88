//! One share of the whole, read until every record that the server counted in it was seen.
//!
//! Proof: all pages are read after the count. What was made before the count and is seen afterwards was among what
//! was counted; so if there are as many of them as were counted, they are all of them. Whatever else happens on the
//! server meanwhile does not touch this.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::endpoint::Splitter;
use super::fetch::{Answer, Page};
use super::folder::{Folder, PagePlace};
use super::index::ShareOutcome;
use super::ledger::Ledger;
use super::progress::PullProgress;
use super::server::Server;
use super::slice::{PAGE_SIZE, Pass, Slice};
use super::stop::Stop;
use super::transport::Request;
use super::verdict::Lacking;

/// How far the clock that writes `created` may stand behind the one that writes `Date`, which has no fraction either.
pub const CLOCK_MARGIN: TimeDelta = TimeDelta::seconds(2);

/// A part of what is asked for that is proved by itself: a month, or everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub name: String,
    pub slice: Slice,
}

/// Reads one share.
pub struct ShareReader<'r, 'a> {
    pub server: &'r mut Server<'a>,
    pub folder: &'r mut Folder,
    pub progress: &'r PullProgress,
    pub share: &'r Share,
    /// When the pull began, by the server's clock.
    pub pull_started: DateTime<Utc>,
    /// A slice of more records is split before it is read.
    pub direct_max: u64,
    pub ledger: Ledger,
    seen: Seen,
}

/// What was noticed while reading.
#[derive(Debug, Default)]
struct Seen {
    /// When the share was first counted, and how many there were.
    start: Option<(DateTime<Utc>, u64)>,
    /// A count was another one later.
    is_moved: bool,
    /// It came on one page, which the server made in one go.
    is_one_page: bool,
    /// How many records the server really puts on a page.
    page_size: usize,
    lacking: Vec<Lacking>,
}

/// A page's own numbers.
#[derive(Clone, Copy, Debug)]
struct PageNumbers {
    count: u64,
    rows: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    /// The parts add up to the whole.
    Exhaustive,
    /// Some records have a value that was never seen, or none.
    Partial,
}

impl<'r, 'a> ShareReader<'r, 'a> {
    pub fn new(
        server: &'r mut Server<'a>,
        folder: &'r mut Folder,
        progress: &'r PullProgress,
        share: &'r Share,
        pull_started: DateTime<Utc>,
        direct_max: u64,
    ) -> Self {
        let (ledger, seen) = (Ledger::default(), Seen { page_size: PAGE_SIZE, ..Seen::default() });
        Self { server, folder, progress, share, pull_started, direct_max, ledger, seen }
    }

    /// Reads the share, from the folder where pages are there already.
    pub fn read(&mut self) -> Result<ShareOutcome, Stop> {
        let slice = self.share.slice.clone();
        self.settle(&slice, &Splitter::ALL)?;
        let (started, count) = self.seen.start.expect("a share that was read was counted");
        let since = started - CLOCK_MARGIN;
        Ok(ShareOutcome {
            query: slice.query(self.server.endpoint),
            started,
            count,
            records: self.ledger.len(),
            records_before: self.ledger.count_created_before(self.pull_started - CLOCK_MARGIN),
            records_written: self.ledger.count_written_since(self.pull_started - CLOCK_MARGIN),
            whole: self.is_proved(),
            moved: self.seen.is_moved
                || self.ledger.is_remade()
                || self.ledger.count_written_since(since) > 0,
            lacking: std::mem::take(&mut self.seen.lacking),
        })
    }

    /// Whether everything that the server counted at first was seen.
    fn is_proved(&self) -> bool {
        let Some((started, count)) = self.seen.start.filter(|_| !self.ledger.is_remade()) else {
            return false;
        };
        self.ledger.len() >= count
            && (self.seen.is_one_page && self.ledger.len() == count
                || self.ledger.count_created_before(started - CLOCK_MARGIN) == count)
    }

    /// Whether as many records were seen of a slice as it has. In the share itself nothing but proof counts.
    fn is_settled(&self, slice: &Slice, count: u64) -> bool {
        self.is_proved() || *slice != self.share.slice && self.ledger.count_in(slice) >= count
    }

    fn settle(&mut self, slice: &Slice, splitters: &[Splitter]) -> Result<(), Stop> {
        let best = self.best_pass()?;
        let Some(first) = self.first_page(slice, best)? else { return Ok(()) };
        let count = first.count;
        if first.rows as u64 >= count {
            return Ok(());
        }
        let mut split = None;
        if count > self.direct_max {
            self.look_around(slice)?;
            split = Some(self.split(slice, count, splitters)?);
        }
        if !self.is_settled(slice, count) {
            self.read_pass(slice, best, first)?;
        }
        if !self.is_settled(slice, count) && split.is_none() {
            split = Some(self.split(slice, count, splitters)?);
        }
        if !self.is_settled(slice, count) && split != Some(Split::Exhaustive) {
            self.read_other_passes(slice, count)?;
            if !self.is_settled(slice, count) {
                let query = slice.query(self.server.endpoint);
                self.seen.lacking.push(Lacking { query, count, records: self.ledger.count_in(slice) });
            }
        }
        Ok(())
    }

    /// Learns values to split by.
    fn look_around(&mut self, slice: &Slice) -> Result<(), Stop> {
        for pass in self.other_passes()? {
            if pass.page_size == PAGE_SIZE {
                self.first_page(slice, pass)?;
            }
        }
        Ok(())
    }

    /// Counts the parts of a slice, and reads those of which more are counted than were seen.
    fn split(&mut self, slice: &Slice, count: u64, splitters: &[Splitter]) -> Result<Split, Stop> {
        for (at, &splitter) in splitters.iter().enumerate() {
            if slice.picks(splitter) {
                continue;
            }
            let mut known = BTreeSet::new();
            let mut sum = 0;
            loop {
                let mut values = self.ledger.values(slice, splitter);
                values.retain(|value| !known.contains(value));
                let is_one = known.is_empty() && values.len() < 2;
                if is_one || values.is_empty() || !self.server.knows(splitter.filter())? {
                    break;
                }
                let parts: Vec<Slice> = values.iter().map(|value| slice.with(splitter, value)).collect();
                let counts = self.server.counts(&parts)?;
                sum += counts.iter().sum::<u64>();
                for (part, count) in parts.iter().zip(counts) {
                    if self.is_proved() {
                        return Ok(Split::Exhaustive);
                    }
                    if self.ledger.count_in(part) != count {
                        self.settle(part, &splitters[at + 1..])?;
                    }
                }
                known.extend(values);
            }
            if sum >= count || self.is_settled(slice, count) {
                return Ok(Split::Exhaustive);
            }
        }
        Ok(Split::Partial)
    }

    /// Reads a slice in other orders, and with pages that end elsewhere, until nothing is missing.
    fn read_other_passes(&mut self, slice: &Slice, count: u64) -> Result<(), Stop> {
        for pass in self.other_passes()? {
            if let Some(first) = self.first_page(slice, pass)? {
                self.read_pass(slice, pass, first)?;
            }
            if self.is_settled(slice, count) {
                break;
            }
        }
        Ok(())
    }

    fn best_pass(&mut self) -> Result<Pass, Stop> {
        let order = if self.server.knows_orders()? { self.server.endpoint.orders()[0] } else { "" };
        Ok(Pass { order, page_size: PAGE_SIZE })
    }

    fn other_passes(&mut self) -> Result<Vec<Pass>, Stop> {
        let best = self.best_pass()?;
        let mut passes = Vec::new();
        if !best.order.is_empty() {
            let orders = self.server.endpoint.orders()[1..].iter().chain(&[""]);
            passes.extend(orders.map(|order| Pass { order, page_size: PAGE_SIZE }));
        }
        let size = self.seen.page_size;
        for page_size in [size - size / 7, size * 2 / 3, size / 2, size / 3] {
            let pass = Pass { page_size: page_size.max(1), ..best };
            passes.push(pass);
            if !best.order.is_empty() {
                passes.push(Pass { order: "", ..pass });
            }
        }
        Ok(passes)
    }

    /// The first page of a slice; none where the slice is gone.
    fn first_page(&mut self, slice: &Slice, pass: Pass) -> Result<Option<PageNumbers>, Stop> {
        let is_share = *slice == self.share.slice;
        let mut first = None;
        self.read_pages(slice, pass, 1, 1, |numbers| first = Some(numbers))?;
        if first.is_none() && is_share {
            return Err(Stop::NotTheEndpoint { path: self.server.endpoint.path() });
        }
        if let Some(PageNumbers { rows, count }) = first
            && pass.page_size == PAGE_SIZE
        {
            if (rows as u64) < count && rows > 0 {
                self.seen.page_size = rows;
            }
            self.seen.is_one_page |= is_share && rows as u64 == count;
        }
        Ok(first)
    }

    /// The pages behind the first one. Where the slice grows, there are more of them.
    fn read_pass(&mut self, slice: &Slice, pass: Pass, first: PageNumbers) -> Result<(), Stop> {
        let rows = first.rows.max(1) as u64;
        let mut count = first.count;
        let mut read = 1;
        while read < count.div_ceil(rows) as usize {
            let last = count.div_ceil(rows) as usize;
            let mut is_moved = false;
            self.read_pages(slice, pass, read + 1, last, |numbers| {
                is_moved |= numbers.count != first.count;
                count = count.max(numbers.count);
            })?;
            self.seen.is_moved |= is_moved;
            read = last;
        }
        Ok(())
    }

    fn read_pages(
        &mut self,
        slice: &Slice,
        pass: Pass,
        first: usize,
        last: usize,
        mut note: impl FnMut(PageNumbers),
    ) -> Result<(), Stop> {
        let best = self.best_pass()?;
        let Self { server, folder, progress, share, ledger, seen, .. } = self;
        let endpoint = server.endpoint;
        let detail = (*slice != share.slice || pass != best)
            .then(|| format!("{}|{}|{}", slice.query(endpoint), pass.order, pass.page_size));
        let mut take = |page: &Page| -> Result<(), Stop> {
            let known = ledger.len();
            for facts in &page.facts {
                if !slice.holds(facts) {
                    return Err(Stop::WrongRecord { query: slice.query(endpoint) });
                }
                ledger.add(facts.clone());
            }
            seen.start.get_or_insert((page.server_time, page.count));
            PullProgress::add(&progress.pages, 1);
            PullProgress::add(&progress.records, ledger.len() - known);
            note(PageNumbers { count: page.count, rows: page.facts.len() });
            Ok(())
        };
        let mut numbers = Vec::new();
        let mut requests = Vec::new();
        for number in first..=last {
            let url = slice.page_url(&server.address, endpoint, pass, number);
            match folder.stored(&url) {
                Some(page) => take(&page)?,
                None => {
                    numbers.push(number);
                    requests.push(Request::get(url));
                }
            }
        }
        let mut is_gone = false;
        server.fetcher.fetch_all(&requests, |at, answer| {
            let page = match answer {
                Answer::Page(page) => page,
                Answer::Gone => {
                    is_gone = true;
                    return Ok(());
                }
                Answer::Refused(detail) => return Err(Stop::Refused { status: 400, detail }),
            };
            take(&page)?;
            let url = &requests[at].url;
            let place = PagePlace { url, number: numbers[at], slice: &share.name, detail: detail.clone() };
            Ok(folder.store(&place, &page)?)
        })?;
        seen.is_moved |= is_gone;
        Ok(())
    }
}
