//! One share of the whole, read until every record that the server counted in it was seen.
//!
//! Proof: all pages are read after the count. What was made before the count and is seen afterwards was among what
//! was counted; so if there are as many of them as were counted, they are all of them.
//!
//! What was deleted after the count and before it was read can never be seen, and everything behind it moves up. So
//! a share whose count went down is read anew, from a new count on: that costs as many pages as were read till then,
//! where looking for the missing record in slices and orders would cost many times as many, in vain.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::effort::{Effort, ROUNDS};
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
pub(crate) const CLOCK_MARGIN: TimeDelta = TimeDelta::seconds(2);

/// How many pages are asked for before what they brought is looked at.
const CHUNK: usize = 32;

/// A part of what is asked for that is proved by itself: a month, or everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub name: String,
    pub slice: Slice,
}

/// Reads one share.
pub(crate) struct ShareReader<'r, 'a> {
    pub server: &'r mut Server<'a>,
    pub folder: &'r mut Folder,
    pub progress: &'r PullProgress,
    pub effort: &'r mut Effort,
    pub share: &'r Share,
    /// When the pull began, by the server's clock.
    pub pull_started: DateTime<Utc>,
    /// A slice of more records is split before it is read.
    pub direct_max: u64,
    pub ledger: Ledger,
    seen: Seen,
    /// Records of it were deleted while it was read before.
    is_anew: bool,
    /// It is read to its end, whatever happens.
    is_last_round: bool,
}

/// What was noticed while reading.
#[derive(Debug, Default)]
struct Seen {
    /// When the share was first counted, and how many there were.
    start: Option<(DateTime<Utc>, u64)>,
    /// The greatest count of the share since.
    count_max: u64,
    /// A count was another one later.
    is_moved: bool,
    /// It came on one page, which the server made in one go.
    is_one_page: bool,
    /// How many records the server really puts on a page.
    page_size: usize,
    /// How many records came, those that came before included.
    rows: u64,
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
    pub(crate) fn new(
        server: &'r mut Server<'a>,
        folder: &'r mut Folder,
        progress: &'r PullProgress,
        effort: &'r mut Effort,
        share: &'r Share,
        pull_started: DateTime<Utc>,
        direct_max: u64,
    ) -> Self {
        let (ledger, seen) = (Ledger::default(), Seen { page_size: PAGE_SIZE, ..Seen::default() });
        Self {
            server,
            folder,
            progress,
            effort,
            share,
            pull_started,
            direct_max,
            ledger,
            seen,
            is_anew: false,
            is_last_round: false,
        }
    }

    /// Reads the share, from the folder where pages are there already; anew where records were deleted meanwhile.
    pub(crate) fn read(&mut self) -> Result<ShareOutcome, Stop> {
        let mut round = 1;
        loop {
            self.is_last_round = round == ROUNDS;
            match self.read_once() {
                Err(Stop::Shrunk) if !self.is_last_round && self.effort.spend(self.seen.rows) => {
                    round += 1;
                    self.begin_anew()?;
                }
                Err(Stop::Shrunk) => return self.outcome(),
                outcome => return outcome,
            }
        }
    }

    fn read_once(&mut self) -> Result<ShareOutcome, Stop> {
        let slice = self.share.slice.clone();
        self.settle(&slice, self.server.endpoint.splitters())?;
        let is_in_doubt = !self.is_proved() || self.ledger.is_undated() && !self.seen.is_one_page;
        if is_in_doubt {
            self.check_not_shrunk()?;
        }
        self.outcome()
    }

    /// Counts the share again. What was deleted since it was counted first can be missing, whatever else is read.
    fn check_not_shrunk(&mut self) -> Result<(), Stop> {
        let Some((started, start)) = self.seen.start else { return Ok(()) };
        let (count, _) = self.server.count(&self.share.slice)?;
        let made_since = self.ledger.len() - self.ledger.count_created_before(started - CLOCK_MARGIN);
        let is_shrunk = count < self.seen.count_max || count < start + made_since;
        let is_grown_unseen = self.ledger.is_undated() && count != start;
        self.seen.is_moved |= count != start;
        match is_shrunk || is_grown_unseen || self.ledger.is_remade() {
            true => Err(Stop::Shrunk),
            false => Ok(()),
        }
    }

    /// Forgets what was read.
    fn begin_anew(&mut self) -> Result<(), Stop> {
        self.progress.records.fetch_sub(self.ledger.len(), std::sync::atomic::Ordering::Relaxed);
        self.folder.forget(&self.share.name)?;
        self.ledger = Ledger::default();
        self.seen = Seen { page_size: self.seen.page_size, ..Seen::default() };
        self.is_anew = true;
        Ok(())
    }

    fn outcome(&mut self) -> Result<ShareOutcome, Stop> {
        let slice = &self.share.slice;
        let Some((started, count)) = self.seen.start else {
            return Err(Stop::NotTheEndpoint { path: self.server.endpoint.path() });
        };
        let since = started - CLOCK_MARGIN;
        Ok(ShareOutcome {
            query: slice.query(self.server.endpoint),
            started,
            count,
            records: self.ledger.len(),
            records_before: self.ledger.count_created_before(self.pull_started - CLOCK_MARGIN),
            records_written: self.ledger.count_written_since(self.pull_started - CLOCK_MARGIN),
            whole: self.is_proved()
                && !(self.ledger.is_undated() && self.seen.is_moved && !self.seen.is_one_page),
            moved: self.is_anew
                || self.seen.is_moved
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
            if !self.is_settled(slice, count) && *slice == self.share.slice {
                self.check_not_shrunk()?;
            }
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
            if slice.picks(self.server.endpoint, splitter) {
                continue;
            }
            let mut known = BTreeSet::new();
            let mut sum = 0;
            loop {
                let mut values = self.ledger.values(slice, splitter);
                values.retain(|value| !known.contains(value));
                let is_one = known.is_empty() && values.len() < 2;
                if is_one || values.is_empty() || !self.server.knows(self.server.endpoint.filter(splitter))? {
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
        Ok(Pass { order: self.server.best_order()?, page_size: PAGE_SIZE })
    }

    fn other_passes(&mut self) -> Result<Vec<Pass>, Stop> {
        let best = self.best_pass()?;
        let mut passes = Vec::new();
        if !best.order.is_empty() {
            let others = self.server.orders()?.into_iter().filter(|order| *order != best.order);
            passes.extend(others.chain([""]).map(|order| Pass { order, page_size: PAGE_SIZE }));
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

    /// The first page of a slice; `None` if the slice is gone.
    fn first_page(&mut self, slice: &Slice, pass: Pass) -> Result<Option<PageNumbers>, Stop> {
        let is_share = *slice == self.share.slice;
        let mut first = None;
        self.read_pages(slice, pass, 1, 1, |numbers, _| first = Some(numbers))?;
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

    /// The pages after the first one, a few at a time. Where the slice grows, there are more of them; where they
    /// bring nothing but what this pass had already, a count that promises more is not believed.
    fn read_pass(&mut self, slice: &Slice, pass: Pass, first: PageNumbers) -> Result<(), Stop> {
        let rows = first.rows.max(1) as u64;
        let mut count = first.count;
        let mut read = 1;
        let mut had = HashSet::new();
        while read < page_count(count, rows) {
            let last = page_count(count, rows).min(read + CHUNK);
            let had_before = had.len();
            let mut is_moved = false;
            self.read_pages(slice, pass, read + 1, last, |numbers, page| {
                is_moved |= numbers.count != first.count;
                count = count.max(numbers.count);
                had.extend(page.facts.iter().map(|facts| facts.uuid));
            })?;
            self.seen.is_moved |= is_moved;
            read = last;
            if had.len() == had_before {
                break;
            }
        }
        Ok(())
    }

    fn read_pages(
        &mut self,
        slice: &Slice,
        pass: Pass,
        first: usize,
        last: usize,
        mut note: impl FnMut(PageNumbers, &Page),
    ) -> Result<(), Stop> {
        let best = self.best_pass()?;
        let Self { server, folder, progress, effort, share, ledger, seen, .. } = self;
        let endpoint = server.endpoint;
        let is_share = *slice == share.slice;
        let may_stop = !self.is_last_round;
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
            if ledger.len() > known {
                server.fetcher.note_new_records();
            }
            let (_, count) = *seen.start.get_or_insert((page.server_time, page.count));
            seen.rows += page.facts.len() as u64;
            PullProgress::add(&progress.pages, 1);
            PullProgress::add(&progress.records, ledger.len() - known);
            note(PageNumbers { count: page.count, rows: page.facts.len() }, page);
            if is_share {
                seen.count_max = seen.count_max.max(page.count);
                if may_stop && page.count < count && effort.allows(seen.rows) {
                    return Err(Stop::Shrunk);
                }
            }
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

fn page_count(records: u64, rows: u64) -> usize {
    usize::try_from(records.div_ceil(rows)).unwrap_or(usize::MAX)
}
