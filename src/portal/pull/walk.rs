//! The whole pull of one list: into shares, through them, again where the server changed, to a verdict.

use std::path::Path;

use super::PullRequest;
use super::endpoint::Endpoint;
use super::fetch::Fetcher;
use super::folder::Folder;
use super::index::{AskedFor, ShareOutcome};
use super::progress::PullProgress;
use super::server::Server;
use super::share::{Share, ShareReader};
use super::shares;
use super::slice::Slice;
use super::stop::Stop;
use super::transport::{Clock, Transport};
use super::verdict::{Lacking, Verdict, Wholeness};
use crate::error::{Error, Result};

/// How often shares are read that the server changes while they are read.
const SWEEPS: usize = 3;

/// Pulls one list into one folder.
///
/// # Errors
/// Nothing was pulled: the folder, the disk, or a server that did not even give a first count.
pub fn walk(
    request: &PullRequest,
    endpoint: Endpoint,
    to: &Path,
    transport: &dyn Transport,
    clock: &dyn Clock,
    progress: &PullProgress,
) -> Result<Verdict> {
    let address = request.address()?;
    let asked_for = AskedFor {
        url: format!("{address}{}", endpoint.path()),
        periods: request.periods.iter().map(ToString::to_string).collect(),
        filters: request.filters.clone(),
    };
    let folder = Folder::open(to, asked_for, request.is_resumed)?;
    if let Some(verdict) = &folder.index.verdict
        && verdict.is_whole()
    {
        return Ok(verdict.clone());
    }
    let fetcher = Fetcher::new(transport, clock, progress, request.jobs, request.rate);
    let server = Server::new(fetcher, address, endpoint);
    Walk { request, server, folder, progress, end: End::default() }.run()
}

struct Walk<'a> {
    request: &'a PullRequest,
    server: Server<'a>,
    folder: Folder,
    progress: &'a PullProgress,
    end: End,
}

/// What was learnt after all shares were read.
#[derive(Debug, Default)]
struct End {
    count: Option<u64>,
    /// The shares' counts add up to the whole's.
    is_covered: bool,
    /// Different records of a share that was not read to its end.
    partial: u64,
    /// How many records the server counts that are in no share.
    uncovered: u64,
}

impl Walk<'_> {
    fn run(mut self) -> Result<Verdict> {
        let stop = match self.read_everything() {
            Ok(()) => None,
            Err(Stop::Failed(error)) => return Err(error),
            Err(stop) if self.folder.index.started.is_none() => {
                let url = self.server.address.clone();
                return match stop {
                    Stop::Interrupted => Err(Error::PullInterrupted),
                    stop => Err(Error::NotPulled { url, reason: stop.to_string() }),
                };
            }
            Err(stop) => Some(stop),
        };
        let verdict = self.verdict(stop.as_ref());
        self.folder.index.verdict = Some(verdict.clone());
        self.folder.save()?;
        match stop {
            Some(Stop::Interrupted) => Err(Error::PullInterrupted),
            _ => Ok(verdict),
        }
    }

    fn read_everything(&mut self) -> Result<(), Stop> {
        let bases = shares::bases(self.request);
        self.begin(&bases)?;
        let shares = shares::plan(&mut self.server, &bases)?;
        self.forget_unproved(&shares)?;
        PullProgress::add(&self.progress.slices_total, shares.len() as u64);
        for sweep in 1..=SWEEPS {
            for share in &shares {
                self.read_share(share)?;
            }
            let changed = self.look_back(&bases, &shares)?;
            if changed.is_empty() || sweep == SWEEPS {
                break;
            }
            for share in changed {
                self.forget(share)?;
            }
        }
        Ok(())
    }

    /// Takes the first count, unless a pull that goes on has it.
    fn begin(&mut self, bases: &[Slice]) -> Result<(), Stop> {
        let mut total = 0;
        let mut started = None;
        for base in bases {
            let (count, time) = self.server.count(base)?;
            total += count;
            started.get_or_insert(time);
        }
        self.progress.records_total.store(total, std::sync::atomic::Ordering::Relaxed);
        let endpoint = self.server.endpoint;
        for (filter, _) in bases.iter().flat_map(|base| base.filters(endpoint)) {
            if !self.server.knows(&filter)? {
                return Err(Stop::UnknownFilter { filter });
            }
        }
        let index = &mut self.folder.index;
        if index.started.is_none() {
            (index.started, index.count) = (started, Some(total));
        }
        index.verdict = None;
        Ok(self.folder.save()?)
    }

    /// Forgets shares that a pull which goes on has, but that prove nothing or are asked for no more.
    fn forget_unproved(&mut self, shares: &[Share]) -> Result<(), Stop> {
        for name in self.folder.shares() {
            let is_asked_for = shares.iter().any(|share| share.name == name);
            let is_unproved = self.folder.index.slices.get(&name).is_some_and(|outcome| !outcome.whole);
            if !is_asked_for || is_unproved {
                self.folder.forget(&name)?;
            }
        }
        for outcome in self.folder.index.slices.values() {
            PullProgress::add(&self.progress.slices, 1);
            PullProgress::add(&self.progress.records, outcome.records);
        }
        Ok(())
    }

    fn forget(&mut self, share: &Share) -> Result<(), Stop> {
        if let Some(outcome) = self.folder.index.slices.get(&share.name) {
            self.progress.slices.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            self.progress.records.fetch_sub(outcome.records, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(self.folder.forget(&share.name)?)
    }

    fn read_share(&mut self, share: &Share) -> Result<(), Stop> {
        if self.folder.index.slices.contains_key(&share.name) {
            return Ok(());
        }
        let started = self.folder.index.started.expect("a pull begins with a count");
        let direct_max = self.request.direct_max;
        let mut reader =
            ShareReader::new(&mut self.server, &mut self.folder, self.progress, share, started, direct_max);
        let outcome = reader.read();
        self.end.partial = reader.ledger.len();
        let outcome = outcome?;
        self.end.partial = 0;
        self.folder.index.slices.insert(share.name.clone(), outcome);
        PullProgress::add(&self.progress.slices, 1);
        Ok(self.folder.save()?)
    }

    /// Counts once more, and gives the shares that the server changed.
    fn look_back<'s>(&mut self, bases: &[Slice], shares: &'s [Share]) -> Result<Vec<&'s Share>, Stop> {
        let total = |counts: Vec<u64>| counts.iter().sum::<u64>();
        let before = total(self.server.counts(bases)?);
        let outcome = |share: &Share| &self.folder.index.slices[&share.name];
        let records: u64 = shares.iter().map(|share| outcome(share).records).sum();
        let is_still = |share: &Share| outcome(share).whole && !outcome(share).moved;
        self.end = End { count: Some(before), ..End::default() };
        if before == records && shares.iter().all(is_still) {
            self.end.is_covered = true;
            return Ok(Vec::new());
        }
        let slices: Vec<Slice> = shares.iter().map(|share| share.slice.clone()).collect();
        let counts = self.server.counts(&slices)?;
        let sum = counts.iter().sum::<u64>();
        let after = total(self.server.counts(bases)?);
        self.end.count = Some(after);
        self.end.is_covered = before == after && sum == after;
        self.end.uncovered = if before == after { after.saturating_sub(sum) } else { 0 };
        let is_changed = |(share, count): &(&Share, &u64)| {
            let outcome = outcome(share);
            outcome.moved || if outcome.whole { outcome.records != **count } else { outcome.count != **count }
        };
        Ok(shares.iter().zip(&counts).filter(is_changed).map(|(share, _)| share).collect())
    }

    fn verdict(&self, stop: Option<&Stop>) -> Verdict {
        let index = &self.folder.index;
        let outcomes: Vec<&ShareOutcome> = index.slices.values().collect();
        let sum =
            |number: fn(&ShareOutcome) -> u64| outcomes.iter().map(|outcome| number(outcome)).sum::<u64>();
        let count = index.count.expect("a pull begins with a count");
        let before = sum(|outcome| outcome.records_before);
        let is_covered = before == count || self.end.is_covered;
        let is_whole = stop.is_none() && is_covered && outcomes.iter().all(|outcome| outcome.whole);
        let changed = sum(|outcome| outcome.records_written) + before.abs_diff(count);
        let lacking: Vec<Lacking> = outcomes.iter().flat_map(|outcome| outcome.lacking.clone()).collect();
        let verdict = match (is_whole, changed) {
            (true, 0) => Wholeness::Whole,
            (true, _) => Wholeness::WholeAtStart,
            (false, _) => Wholeness::Incomplete,
        };
        let records = sum(|outcome| outcome.records) + self.end.partial;
        let unseen = |outcome: &&ShareOutcome| match outcome.whole {
            true => 0,
            false => outcome.count.saturating_sub(outcome.records),
        };
        let missing = match (is_whole, stop) {
            (true, _) => 0,
            (false, Some(_)) => count.saturating_sub(records),
            (false, None) => outcomes.iter().map(unseen).sum::<u64>() + self.end.uncovered,
        };
        let reason = (!is_whole).then(|| reason(stop, &lacking, self.end.uncovered));
        Verdict {
            verdict,
            time: index.started.expect("a pull begins with a count"),
            records,
            changed: if is_whole { changed } else { sum(|outcome| outcome.records_written) },
            missing,
            count: self.end.count,
            lacking,
            reason,
        }
    }
}

fn reason(stop: Option<&Stop>, lacking: &[Lacking], uncovered: u64) -> String {
    if let Some(stop) = stop {
        return stop.to_string();
    }
    if let Some(first) = lacking.first() {
        let more = match lacking.len() {
            1 => String::new(),
            count => format!(" and {} more slices", count - 1),
        };
        return format!("the server never gave all records of {}{more}, in any order", name(&first.query));
    }
    if uncovered > 0 {
        return "the server counts records that are in none of its months".to_owned();
    }
    "the server changed records as fast as they were read; pull again when it is quiet".to_owned()
}

fn name(query: &str) -> &str {
    if query.is_empty() { "the list" } else { query }
}
