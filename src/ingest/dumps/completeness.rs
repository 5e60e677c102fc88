//! The completeness alarm: a dump that was paged over an unstable order repeats records and loses as many.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::index::{Claim, Index, Query, SeenAs};
use super::pages::{self, Numbering};
use super::source::{Dump, Sources};
use crate::ingest::formats::envelope::{self, Envelope, Shortfall};
use crate::ingest::notes::doing;
use crate::ingest::records::merged::Merged;
use crate::ingest::records::versions::Verdict;
use crate::notice::{Code, Notice};
use crate::quantity::Quantity;
use crate::text::{counted, grouped};

/// What is known of the completeness of one dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DumpFacts {
    /// The folder or file, as messages name it.
    pub(crate) label: String,
    /// What was asked for, by its index: the filters of each query, `type=cpu`; none if there is no index.
    pub(crate) asked: Vec<Vec<String>>,
    /// How much of the portal the token showed, by its index; `None` if unknown.
    pub(crate) seen_as: Option<SeenAs>,
    /// Why records are missing or may be; none if nothing points to it, or another dump of the same query is whole.
    pub(crate) alarm: Option<String>,
}

/// What is to be said about the completeness of each dump of records, and what is known of it.
pub(crate) fn check(
    sources: &Sources,
    merged: &Merged,
    verdict: &Verdict,
    accepts_incomplete: bool,
) -> (Vec<Notice>, Vec<DumpFacts>) {
    let tallies = tally(sources, merged, verdict);
    let mut records = vec![0; sources.files.len()];
    for chunk in &merged.chunks {
        records[chunk.key.file as usize] += chunk.records;
    }
    let envelopes: Vec<(u32, Envelope)> =
        merged.envelopes.iter().map(|(file, envelope)| (*file, envelope.clone())).collect();
    check_tallies(sources, &tallies, &records, &envelopes, accepts_incomplete)
}

/// The same of records that were counted: in each dump, in each file with its number, and as envelopes of files say.
pub(crate) fn check_tallies(
    sources: &Sources,
    tallies: &[Tally],
    records: &[u64],
    envelopes: &[(u32, Envelope)],
    accepts_incomplete: bool,
) -> (Vec<Notice>, Vec<DumpFacts>) {
    let dump_of = |file: &u32| sources.files[*file as usize].dump;
    let envelopes: Vec<(usize, Envelope)> =
        envelopes.iter().map(|(file, envelope)| (dump_of(file), envelope.clone())).collect();
    let (mut notices, facts) =
        judge(sources, tallies, records, &envelopes, &Kind::RECORDS, accepts_incomplete);
    let is_empty = tallies.iter().all(|tally| tally.records == 0);
    notices.extend(sources.dumps.iter().filter_map(|dump| no_records(dump, is_empty)));
    (notices, facts)
}

/// What is reported of a dump whose index says that there is no record: a token that sees nothing gets the same answer
/// as one of a portal without usage.
fn no_records(dump: &Dump, is_everything_empty: bool) -> Option<Notice> {
    let (Claim::Counted(0) | Claim::Proved(0)) = Kind::RECORDS.claim(dump)? else { return None };
    let seen_as = dump.index.as_ref().and_then(Index::seen_as);
    let why = match seen_as {
        Some(SeenAs::All) => "its token sees the whole portal",
        Some(SeenAs::Part) => "its token sees only a part of the portal",
        None => "its token may see only a part of the portal, or nothing",
    };
    let text = format!("{}: the portal counted no records; {why}.", dump.label);
    let is_explained = seen_as == Some(SeenAs::All) || !is_everything_empty;
    Some(match is_explained {
        true => Notice::note(Code::NoRecords, 1, text),
        false => Notice::warning(Code::NoRecords, 1, text),
    })
}

/// What dumps are of, in words.
pub(crate) struct Kind {
    /// Reads what an index says of such a dump.
    pub claim: fn(&Index) -> Claim<'_>,
    /// Of one.
    pub noun: &'static str,
    /// What their being incomplete means, and what to do.
    pub remedy: &'static str,
}

impl Kind {
    const RECORDS: Self = Self {
        claim: Index::claim,
        noun: "record",
        remedy: "Usage is probably missing from these figures. Fetch the dump again with `usagebook pull`, or in slices \
                 that fit on one page.",
    };

    fn claim<'d>(&self, dump: &'d Dump) -> Option<Claim<'d>> {
        dump.index.as_ref().map(self.claim)
    }
}

/// Whether an index says of every dump of records how many there are.
pub(crate) fn is_counted(sources: &Sources) -> bool {
    let is_counted =
        |dump| Kind::RECORDS.claim(dump).is_some_and(|claim| !matches!(claim, Claim::OfNoRecords));
    sources.dumps.iter().all(is_counted)
}

/// What is to be said about the completeness of each dump, counted by a tally each, and what is known of it.
///
/// `records` has those of each file.
pub(crate) fn judge(
    sources: &Sources,
    tallies: &[Tally],
    records: &[u64],
    envelopes: &[(usize, Envelope)],
    kind: &Kind,
    accepts_incomplete: bool,
) -> (Vec<Notice>, Vec<DumpFacts>) {
    let mut notices = Vec::new();
    let mut facts = Vec::new();
    let shortfalls = envelope::shortfalls(envelopes);
    for (place, (dump, tally)) in sources.dumps.iter().zip(tallies).enumerate() {
        let claim = kind.claim(dump);
        let is_proved = claim.is_some_and(|claim| matches!(claim, Claim::Proved(_)));
        if tally.copied_pages > 0 && !is_proved {
            notices.push(Notice::note(Code::RepeatedPage, tally.copied_pages, copies_text(dump, tally)));
        }
        let is_lifted = is_lifted(dump, &sources.dumps, tallies, kind);
        let is_whole = claim.is_some_and(|claim| tally.missing(claim) == 0);
        let mut pages = None;
        let numberings = if is_whole { Vec::new() } else { pages::check(sources, place, records) };
        for numbering in numberings {
            match numbering {
                Numbering::Unnumbered(text) => notices.push(Notice::note(Code::UnnumberedPages, 1, text)),
                // More than one series in a folder is rare: the first that lacks pages is told of.
                Numbering::Missing(count, text) => pages = pages.or(Some((Code::MissingPage, count, text))),
            }
        }
        let alarm = alarm(dump, tally, shortfalls.get(&place), kind)
            .map(|(count, text)| (Code::Incomplete, count, text));
        if claim.is_none_or(|claim| claim != Claim::OfNoRecords) {
            facts.push(DumpFacts {
                label: dump.label.clone(),
                asked: dump.index.as_ref().map(Index::asked).unwrap_or_default(),
                seen_as: dump.index.as_ref().and_then(Index::seen_as),
                alarm: alarm
                    .as_ref()
                    .or(pages.as_ref())
                    .filter(|_| !is_lifted)
                    .map(|(_, _, text)| text.clone()),
            });
        }
        for (code, count, text) in [alarm, pages].into_iter().flatten() {
            match accepts_incomplete || is_lifted {
                true => notices.push(Notice::note(code, count, text)),
                false => notices.push(Notice::warning(code, count, text)),
            }
        }
    }
    (notices, facts)
}

/// The records of one dump, counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Faulty ones included.
    pub records: u64,
    pub faulty: u64,
    /// Different uuids.
    pub distinct: u64,
    /// Records that stand elsewhere in the dump word for word, but for pages that are copies as a whole.
    pub repeats: u64,
    pub copied_pages: u64,
}

impl Tally {
    /// How many records an index points to that are not there; a faulty record is there.
    fn missing(&self, claim: Claim) -> u64 {
        let missing_of = |count: u64| count.saturating_sub(self.distinct + self.faulty);
        match claim {
            Claim::Counted(count) | Claim::Proved(count) => missing_of(count),
            Claim::Lacking { missing, .. } => missing.max(1),
            Claim::Unfinished(count) => missing_of(count).max(1),
            Claim::OfNoRecords => 0,
        }
    }
}

fn tally(sources: &Sources, merged: &Merged, verdict: &Verdict) -> Vec<Tally> {
    let mut dump_of_rank = vec![0; sources.dumps.len()];
    for (dump, rank) in sources.ranks().into_iter().enumerate() {
        dump_of_rank[rank as usize] = dump;
    }
    let dump_of = |record: u32| dump_of_rank[merged.chunk_of(record).dump as usize];
    let mut tallies = vec![Tally::default(); sources.dumps.len()];
    for chunk in &merged.chunks {
        let tally = &mut tallies[dump_of_rank[chunk.dump as usize]];
        tally.records += chunk.records;
        tally.faulty += chunk.faulty_records();
        tally.distinct += chunk.records - chunk.faulty_records();
    }
    let copies = copied_files(merged, verdict);
    for &file in &copies {
        tallies[sources.files[file as usize].dump].copied_pages += 1;
    }
    for versions in &verdict.versions {
        let mut in_dump: BTreeMap<usize, u64> = BTreeMap::new();
        for version in versions {
            let mut uncopied: BTreeMap<usize, u64> = BTreeMap::new();
            for &record in version {
                *in_dump.entry(dump_of(record)).or_default() += 1;
                if !copies.contains(&merged.chunk_of(record).key.file) {
                    *uncopied.entry(dump_of(record)).or_default() += 1;
                }
            }
            for (dump, count) in uncopied {
                tallies[dump].repeats += count - 1;
            }
        }
        for (dump, count) in in_dump {
            tallies[dump].distinct -= count - 1;
        }
    }
    tallies
}

/// What makes records repeats of each other: uuid, `modified` and usage.
type Version = (u128, i64, Quantity);

/// Files that hold the same records as an earlier file of their dump, and no other.
fn copied_files(merged: &Merged, verdict: &Verdict) -> HashSet<u32> {
    let mut repeated_records: HashMap<u32, u64> = HashMap::new();
    for version in verdict.versions.iter().flatten().filter(|version| version.len() > 1) {
        for &record in version {
            *repeated_records.entry(merged.chunk_of(record).key.file).or_default() += 1;
        }
    }
    let mut contents: BTreeMap<u32, (u32, Vec<Version>)> = BTreeMap::new();
    let columns = &merged.columns;
    for (chunk, range) in merged.chunk_ranges() {
        if repeated_records.contains_key(&chunk.key.file) {
            let (_, content) = contents.entry(chunk.key.file).or_insert_with(|| (chunk.dump, Vec::new()));
            content.extend(range.map(|at| (columns.uuid[at], columns.modified[at], columns.usage[at])));
        }
    }
    let mut seen = HashSet::new();
    let mut copies = HashSet::new();
    for (file, (dump, mut content)) in contents {
        if repeated_records[&file] == content.len() as u64 {
            content.sort_unstable();
            if !seen.insert((dump, content)) {
                copies.insert(file);
            }
        }
    }
    copies
}

/// How many records are missing or may be, in words; none if nothing points to it.
fn alarm(dump: &Dump, tally: &Tally, shortfall: Option<&Shortfall>, kind: &Kind) -> Option<(u64, String)> {
    let label = &dump.label;
    let Kind { noun, remedy, .. } = kind;
    match kind.claim(dump) {
        Some(claim) => {
            let missing = tally.missing(claim);
            (missing > 0).then(|| (missing, missing_text(label, tally, claim, kind)))
        }
        None if shortfall.is_some() => shortfall.map(|shortfall| {
            (shortfall.missing(), format!("{label}: {} {remedy}", shortfall.text(noun)))
        }),
        None => (tally.repeats > 0).then(|| {
            let repeats = grouped(tally.repeats);
            let others = match tally.repeats {
                1 => "another one".to_owned(),
                _ => format!("up to {repeats} others"),
            };
            let text = format!(
                "{label}: {repeats} of {} came twice, so its pages overlap: {others} may be missing, or two dumps lie in \
                 one folder. {remedy}",
                counted(tally.records, noun),
            );
            (tally.repeats, text)
        }),
    }
}

fn missing_text(label: &str, tally: &Tally, claim: Claim, kind: &Kind) -> String {
    let Kind { noun, remedy, .. } = kind;
    let missing = counted(tally.missing(claim), noun);
    let distinct = grouped(tally.distinct + tally.faulty);
    let go_on = "Usage is missing from these figures. Resume the pull.";
    match claim {
        Claim::Proved(count) => format!(
            "{label}: {missing} missing: the pull left {}, the folder holds {distinct} different ones, so \
             that pages were taken away or changed. Usage is missing from these figures. Fetch them again: resume the pull.",
            grouped(count)
        ),
        Claim::Lacking { missing: 0, reason } => {
            format!("{label}: the pull is incomplete: {reason}. {go_on}")
        }
        Claim::Lacking { reason, .. } => {
            format!("{label}: {missing} missing: the pull is incomplete: {reason}. {go_on}")
        }
        Claim::Unfinished(_) => format!("{label}: {missing} missing: the pull has not ended. {go_on}"),
        Claim::Counted(count) => {
            let repeats = match tally.repeats {
                0 => String::new(),
                repeats => format!(", and {} came twice because the pages overlap", grouped(repeats)),
            };
            format!(
                "{label}: {missing} missing: the server counted {}, the dump holds {distinct} different \
                 ones{repeats}. {remedy}",
                grouped(count)
            )
        }
        Claim::OfNoRecords => unreachable!("of another list nothing is missing"),
    }
}

/// Whether another dump that is whole has all that this one was asked for.
fn is_lifted(dump: &Dump, dumps: &[Dump], tallies: &[Tally], kind: &Kind) -> bool {
    let Some(index) = &dump.index else { return false };
    let queries = index.queries();
    dumps.iter().zip(tallies).any(|(other, tally)| {
        other.index.as_ref().is_some_and(|other| {
            let wider = other.queries();
            let is_within = |query| wider.iter().any(|other| Query::is_within(query, other));
            tally.missing((kind.claim)(other)) == 0 && queries.iter().all(is_within)
        })
    })
}

fn copies_text(dump: &Dump, tally: &Tally) -> String {
    let copies = doing(tally.copied_pages, "page", ["is a copy", "are copies"]);
    format!("{}: {copies} of another page; their records count once.", dump.label)
}
