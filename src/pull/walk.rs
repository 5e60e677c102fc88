//! The whole pull of one list: into shares, through them, again where the server changed, to a verdict.

use super::contradictions::Owners;
use super::effort::Effort;
use super::endpoint::Endpoint;
use super::fetch::Fetcher;
use super::folder::Folder;
use super::index::{AskedFor, ShareOutcome};
use super::progress::PullProgress;
use super::scope;
use super::server::Server;
use super::share::{Share, ShareReader};
use super::shares;
use super::slice::Slice;
use super::stop::Stop;
use super::verdict::{Lacking, Verdict, Wholeness};
use super::{PullRequest, PulledList};
use crate::error::{Error, Result};
use crate::ingest::SeenAs;

/// How often shares are read that the server changes while they are read.
const SWEEPS: usize = 3;

/// How often the shares are counted until their counts add up.
const LOOKS: usize = 3;

/// Pulls one list into one folder.
///
/// # Errors
/// Nothing was pulled: the folder, the disk, or a server that did not even give a first count.
pub(crate) fn walk(
    request: &PullRequest,
    endpoint: Endpoint,
    fetcher: &Fetcher,
    scope: &mut Option<Option<SeenAs>>,
    progress: &PullProgress,
) -> Result<PulledList> {
    let address = request.portal.as_str();
    let own_periods = if endpoint.period_filters().is_empty() { &[][..] } else { &request.periods };
    let asked_for = AskedFor {
        url: format!("{address}{}", endpoint.path()),
        periods: own_periods.iter().map(ToString::to_string).collect(),
        filters: endpoint.own_filters(&request.filters),
    };
    let to = request.to.join(endpoint.folder());
    let folder = Folder::open(&to, asked_for, request.is_resumed, request.access)?;
    if let Some(verdict) = folder.index.verdict.clone()
        && verdict.is_whole()
    {
        return Ok(PulledList { endpoint, verdict, seen_as: folder.index.seen_as });
    }
    let server = Server::new(fetcher, address.to_owned(), endpoint);
    let (owners, effort) = (Owners::default(), Effort::new(0));
    Walk { request, server, folder, progress, scope, owners, effort, end: End::default() }.run()
}

struct Walk<'a> {
    request: &'a PullRequest,
    server: Server<'a>,
    folder: Folder,
    progress: &'a PullProgress,
    /// What the token shows, once somebody has asked.
    scope: &'a mut Option<Option<SeenAs>>,
    owners: Owners,
    effort: Effort,
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
    fn run(mut self) -> Result<PulledList> {
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
            _ => {
                Ok(PulledList { endpoint: self.server.endpoint, verdict, seen_as: self.folder.index.seen_as })
            }
        }
    }

    fn read_everything(&mut self) -> Result<(), Stop> {
        let bases = shares::bases(self.request, self.server.endpoint);
        self.begin(&bases)?;
        let shares = shares::plan(&mut self.server, &bases)?;
        self.effort = Effort::new(self.folder.index.count.unwrap_or_default());
        self.forget_unproved(&shares)?;
        PullProgress::add(&self.progress.slices_total, shares.len() as u64);
        for sweep in 1..=SWEEPS {
            for share in &shares {
                self.read_share(share)?;
            }
            let changed = self.look_back(&bases, &shares)?;
            let torn = self.owners.torn_shares();
            let is_again = |share: &&Share| changed.contains(share) || torn.contains(&share.name);
            let changed: Vec<&Share> = shares.iter().filter(is_again).collect();
            let records = changed.iter().map(|share| self.folder.index.slices[&share.name].records).sum();
            if changed.is_empty() || sweep == SWEEPS || !self.effort.spend(records) {
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
        let is_new = index.started.is_none() || index.count.is_none();
        if is_new {
            (index.started, index.count) = (started, Some(total));
        }
        index.verdict = None;
        let seen_as = match *self.scope {
            Some(seen_as) => seen_as,
            None => *self.scope.insert(scope::ask(self.server.fetcher, &self.server.address)?),
        };
        index.seen_as = if is_new { seen_as } else { scope::joined(index.seen_as, seen_as) };
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
        for share in shares.iter().filter(|share| self.folder.index.slices.contains_key(&share.name)) {
            for facts in self.folder.stored_facts(&share.name) {
                self.owners.add(&share.name, &facts.values);
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
        self.owners.forget(&share.name);
        Ok(self.folder.forget(&share.name)?)
    }

    fn read_share(&mut self, share: &Share) -> Result<(), Stop> {
        if self.folder.index.slices.contains_key(&share.name) {
            return Ok(());
        }
        let Some(started) = self.folder.index.started else { return Ok(()) };
        let mut reader = ShareReader::new(
            &mut self.server,
            &mut self.folder,
            self.progress,
            &mut self.effort,
            share,
            started,
            self.request.direct_max,
        );
        let outcome = reader.read();
        for values in reader.ledger.combinations() {
            self.owners.add(&share.name, values);
        }
        self.end.partial = reader.ledger.len();
        let outcome = outcome?;
        self.end.partial = 0;
        self.folder.index.slices.insert(share.name.clone(), outcome);
        PullProgress::add(&self.progress.slices, 1);
        Ok(self.folder.save()?)
    }

    /// Counts once more, and returns the shares that are not whole because the server changed them.
    fn look_back<'s>(&mut self, bases: &[Slice], shares: &'s [Share]) -> Result<Vec<&'s Share>, Stop> {
        let total = |counts: Vec<u64>| counts.iter().sum::<u64>();
        let slices: Vec<Slice> = shares.iter().map(|share| share.slice.clone()).collect();
        let mut before = total(self.server.counts(bases)?);
        let outcome = |share: &Share| &self.folder.index.slices[&share.name];
        let records: u64 = shares.iter().map(|share| outcome(share).records).sum();
        let is_still = |share: &Share| outcome(share).whole && !outcome(share).moved;
        self.end = End { count: Some(before), ..End::default() };
        if before == records && shares.iter().all(is_still) {
            self.end.is_covered = true;
            return Ok(Vec::new());
        }
        let mut counts = Vec::new();
        for _ in 0..LOOKS {
            counts = self.server.counts(&slices)?;
            let sum = counts.iter().sum::<u64>();
            let after = total(self.server.counts(bases)?);
            self.end.count = Some(after);
            self.end.is_covered = before == after && sum == after;
            self.end.uncovered = if before == after { after.saturating_sub(sum) } else { 0 };
            if self.end.is_covered {
                break;
            }
            before = after;
        }
        let outcome = |share: &Share| &self.folder.index.slices[&share.name];
        let is_changed = |(share, count): &(&Share, &u64)| {
            !outcome(share).whole && (outcome(share).moved || outcome(share).count != **count)
        };
        Ok(shares.iter().zip(&counts).filter(is_changed).map(|(share, _)| share).collect())
    }

    fn verdict(&self, stop: Option<&Stop>) -> Verdict {
        let index = &self.folder.index;
        let outcomes: Vec<&ShareOutcome> = index.slices.values().collect();
        let sum =
            |number: fn(&ShareOutcome) -> u64| outcomes.iter().map(|outcome| number(outcome)).sum::<u64>();
        let count = index.count.unwrap_or_default();
        let before = sum(|outcome| outcome.records_before);
        let is_covered = before == count || self.end.is_covered;
        let is_whole = stop.is_none() && is_covered && outcomes.iter().all(|outcome| outcome.whole);
        let records = sum(|outcome| outcome.records) + self.end.partial;
        let known = sum(|outcome| outcome.records_written) + before.abs_diff(count);
        let changed = known.max(self.end.count.map_or(0, |count| count.abs_diff(records)));
        let lacking: Vec<Lacking> = outcomes.iter().flat_map(|outcome| outcome.lacking.clone()).collect();
        let verdict = match (is_whole, changed) {
            (true, 0) => Wholeness::Whole,
            (true, _) => Wholeness::WholeAtStart,
            (false, _) => Wholeness::Incomplete,
        };
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
            time: index.started.unwrap_or_default(),
            records,
            changed: if is_whole { changed } else { sum(|outcome| outcome.records_written) },
            missing,
            count: self.end.count,
            lacking,
            reason,
            contradictions: self.owners.described(),
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
