//! Staged records that were settled elsewhere: what is said of them is what a reading here says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::StagedDump;
use super::tables::{StagedTable, tables_of};
use crate::error::{Error, Result};
use crate::fault::Faults;
use crate::ingest::dumps::completeness::{self, Tally};
use crate::ingest::dumps::reach;
use crate::ingest::dumps::source::{self, Place, Sources};
use crate::ingest::notes::owners::two_owners;
use crate::ingest::notes::{self, Flags, shared};
use crate::ingest::{InputFile, Intake, ReadRequest, Role, ServerCounts, skipped_files};
use crate::notice::{EXAMPLES_MAX, Example};
use crate::period::BillingPeriod;
use crate::report::Accounting;
use crate::usage::UsageFrame;

/// Staged dumps of which nothing but their manifests is read.
pub(crate) struct StagedInputs {
    sources: Sources,
    /// In the order in which they were named.
    pub tables: Vec<StagedTable>,
}

/// What the records of staged dumps come to.
pub(crate) struct Settled {
    /// Those that count; its months are those of all of them.
    pub frame: UsageFrame,
    pub kept: u64,
    pub older_versions: u64,
    pub exact_repeats: u64,
    /// Of each dump, in the order in which they were named.
    pub tallies: Vec<DumpTally>,
    pub rewritten: Vec<RewrittenParent>,
    /// The names of customers, projects, offerings and resources that had others, each with its uuid.
    pub renamed: [Vec<(String, u128)>; 4],
    pub flags: Flags,
    /// How many usernames several customers have.
    pub shared_usernames: u64,
}

/// What the records of a dump are among each other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DumpTally {
    pub distinct: u64,
    /// Records that came twice, not counting those of whole pages.
    pub repeats: u64,
    pub copied_pages: u64,
}

/// A component usage whose history was rewritten.
pub(crate) struct RewrittenParent {
    pub period: BillingPeriod,
    pub uuid: u128,
    /// Which of [`notes::REWRITTEN`] was.
    pub kinds: [bool; 3],
    pub labels: Vec<(&'static str, String)>,
    /// The uuids of its customer and its resource.
    pub about: Vec<(&'static str, String)>,
}

impl StagedInputs {
    /// # Errors
    /// Inputs that are not there or not staged, a dump that is damaged or was staged in another time zone.
    pub(crate) fn open(request: &ReadRequest) -> Result<Self> {
        let sources = source::list(&request.inputs)?;
        Ok(Self { tables: tables_of(&sources, request.reading.timezone)?, sources })
    }

    /// The latest time that an index gives.
    pub(crate) fn index_time(&self) -> Option<DateTime<Utc>> {
        self.sources.index_time()
    }

    /// How many records and files were rejected when they were staged.
    pub(crate) fn rejected(&self) -> u64 {
        self.tables.iter().map(|table| table.rejected + table.unreadable).sum()
    }

    /// What a reading of these inputs gives that rejects no record, for a question in which months have these roles.
    ///
    /// # Errors
    /// Records that do not add up.
    pub(crate) fn intake(
        self,
        request: &ReadRequest,
        settled: Settled,
        role: impl Fn(BillingPeriod) -> Role,
    ) -> Result<Intake> {
        let Self { sources, tables } = self;
        let Settled { mut frame, kept, older_versions, exact_repeats, tallies, .. } = settled;
        let read = tables.iter().map(|table| table.records).sum();
        let accounting = Accounting {
            read,
            kept,
            older_versions,
            exact_repeats,
            rejected: 0,
            filtered_out: 0,
            not_opened: 0,
        };
        if !accounting.is_balanced() {
            return Err(Error::EngineDisagrees { reason: format!("of the staged records, {accounting}") });
        }
        let tally = |(table, tally): (&StagedTable, &DumpTally)| Tally {
            records: table.records,
            faulty: table.rejected,
            distinct: tally.distinct,
            repeats: tally.repeats,
            copied_pages: tally.copied_pages,
        };
        let tallies: Vec<Tally> = tables.iter().zip(&tallies).map(tally).collect();
        let files = files(&sources, request);
        let records: Vec<u64> = files.iter().map(|file| file.records).collect();
        let about = About::of(&sources);
        let (mut notices, dumps) = completeness::check_tallies(
            &sources,
            &tallies,
            &records,
            &about.envelopes,
            request.accepts_incomplete,
        );
        let is_asked = |month| role(month) == Role::Asked;
        notices.extend((0..3).filter_map(|kind| rewritten(kind, &settled.rewritten, is_asked)));
        let names = settled.renamed.each_ref().map(|names| {
            names.iter().map(|(name, uuid)| (name.as_bytes(), *uuid)).collect::<Vec<(&[u8], u128)>>()
        });
        notices.extend(notes::all_renamed(names));
        notices.extend(notes::flagged(&settled.flags, &sources));
        notices.extend(notes::unknown_fields(&about.unknown_fields));
        notices.extend(notes::respelled_columns(&about.respelled_columns));
        notices.extend(skipped_files(&sources, &about.component_usages));
        frame.empty_months = reach::empty_months(&dumps, &frame.months);
        notices.extend(two_owners(&frame, &role, |_| false));
        notices.extend(shared::shared_but_for_usernames(&frame, is_asked, settled.shared_usernames));
        notices.sort();
        let server_counts = match completeness::is_counted(&sources) {
            true => ServerCounts::Known,
            false => ServerCounts::Unknown,
        };
        Ok(Intake {
            frame,
            accounting,
            faults: Faults::default(),
            rejects: None,
            notices,
            files,
            index_time: sources.index_time(),
            dumps,
            record_files: Vec::new(),
            states: Vec::new(),
            server_counts,
        })
    }
}

fn files(sources: &Sources, request: &ReadRequest) -> Vec<InputFile> {
    let file = |source: &source::Source| {
        let input = match &source.place {
            Place::Staged(dump, at) => dump.inputs().get(*at as usize),
            _ => None,
        };
        InputFile {
            path: source.label.clone(),
            bytes: source.bytes,
            sha256: input.map(|input| input.sha256.clone()).filter(|_| request.hashes_files),
            records: input.map_or(0, |input| input.records),
            identity: source.identity,
        }
    };
    sources.files.iter().map(file).collect()
}

fn rewritten(
    kind: usize,
    parents: &[RewrittenParent],
    is_asked: impl Fn(BillingPeriod) -> bool,
) -> Option<crate::notice::Notice> {
    let is_meant = |parent: &&RewrittenParent| parent.kinds[kind] && is_asked(parent.period);
    let mut parents: Vec<&RewrittenParent> = parents.iter().filter(is_meant).collect();
    parents.sort_unstable_by_key(|parent| (std::cmp::Reverse(parent.period), parent.uuid));
    let examples = parents.iter().take(EXAMPLES_MAX).map(|parent| Example {
        period: Some(parent.period),
        labels: parent.labels.clone(),
        about: parent.about.clone(),
        ..Example::default()
    });
    notes::rewritten_notice(kind, parents.len() as u64, examples)
}

/// What the manifests say of the inputs besides their records.
#[derive(Default)]
struct About {
    unknown_fields: BTreeMap<String, u64>,
    respelled_columns: BTreeSet<String>,
    envelopes: Vec<(u32, crate::ingest::formats::envelope::Envelope)>,
    component_usages: Vec<usize>,
}

impl About {
    fn of(sources: &Sources) -> Self {
        let mut about = Self::default();
        for (file, source) in sources.files.iter().enumerate() {
            let Place::Staged(dump, at) = &source.place else { continue };
            if dump.inputs().get(*at as usize).is_some_and(|input| input.has_component_usages) {
                about.component_usages.push(file);
            }
            if *at == 0 {
                about.add(dump, file as u32);
            }
        }
        about
    }

    fn add(&mut self, dump: &Arc<StagedDump>, first_file: u32) {
        let manifest = dump.manifest();
        for (name, count) in &manifest.unknown_fields {
            *self.unknown_fields.entry(name.clone()).or_default() += count;
        }
        self.respelled_columns.extend(manifest.respelled_columns.iter().cloned());
        let envelopes = manifest.envelopes.iter();
        self.envelopes.extend(envelopes.map(|(file, envelope)| (first_file + file, envelope.clone())));
    }
}
