//! Taking inputs in: each month that a delivery touches is computed anew from all that its deliveries showed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use foldhash::fast::FixedState;

use super::decode::read_rows;
use super::described::component_usages_note;
use super::encode::encode;
use super::fold::{Folded, fold};
use super::frames::Names;
use super::history::{Complete, History, shown_file};
use super::manifest::{
    Closing, Counts, Delivery, Evidence, FileKind, Input, Manifest, Month, ParentsInput, Slice, State,
    StoredFile, TimeSource, Total,
};
use super::rows::{MonthRows, Rows, Texts, by_month};
use super::store::sha256;
use super::time_text;
use super::version::{DeliveryId, ID_DIGITS};
use super::writer::{BookWriter, Change, NewFile};
use super::{evidence, vanished};
use crate::error::{Error, Remedy, Result};
use crate::ingest::{DumpFacts, InputFile, Intake, SeenAs};
use crate::notice::{Code, Notice};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::report::Status;
use crate::text::{grouped, parse_uuid, uuid_text};

/// What is known of inputs besides what stands in them.
#[derive(Clone, Debug, Default)]
pub struct AddRequest {
    /// When the server said so, where somebody says that.
    pub pulled_at: Option<DateTime<Utc>>,
    /// The time now; counts where nothing says another.
    pub clock: DateTime<Utc>,
    /// Takes a delivery whose time is after the clock.
    pub accepts_future: bool,
    /// The months of which the inputs hold every record.
    pub complete: BTreeSet<BillingPeriod>,
    /// The customers that the inputs are complete for in these months; empty for all.
    pub customers: BTreeSet<u128>,
    /// Takes inputs as complete that are known not to be.
    pub accepts_incomplete: bool,
    /// How many records of a month may be retired; a tenth of them where nothing is said.
    pub retire_up_to: Option<u64>,
    /// The user's own word for the delivery, for people alone.
    pub label: Option<String>,
    /// Files of component usages, as messages name them, with their bytes.
    pub parents: Vec<(String, Vec<u8>)>,
}

/// What a taking-in did.
#[derive(Clone, Debug)]
pub struct Added {
    /// The delivery as the book knows it now; the earlier one if it did know it.
    pub delivery: Delivery,
    /// Whether the book did not know the inputs yet. Where it did, nothing was changed.
    pub is_new: bool,
    /// The months of which the inputs have records or are complete, in order; none if nothing was changed.
    pub months: Vec<AddedMonth>,
    /// What is to be known of the delivery, in the order of the months.
    pub notices: Vec<Notice>,
}

/// What a taking-in did to a month.
#[derive(Clone, Debug)]
pub struct AddedMonth {
    /// The month.
    pub period: BillingPeriod,
    /// What became of the month's records.
    pub counts: Counts,
    /// Whether it counts as complete, so that records it lacks were retired.
    pub is_complete: bool,
    /// The customers that it is complete for; empty for all.
    pub customers: Vec<u128>,
    /// What the server's counts prove of it.
    pub evidence: Evidence,
    /// What the evidence is, in words.
    pub reason: String,
    /// The month's state afterwards.
    pub state: Status,
    /// How many records differ from the closed version that did not before; 0 for an open month.
    pub late: u64,
}

impl BookWriter {
    /// Takes in what was read, with its details and the SHA-256 of each file.
    ///
    /// # Errors
    /// Inputs that are said to be complete and are known not to be; more retired records than are allowed; damage; the
    /// disk. Nothing is changed then.
    pub fn add(&mut self, intake: &Intake, request: &AddRequest) -> Result<Added> {
        self.prepare_add(intake, request)?.commit()
    }

    /// The same short of its last step, for a caller with files of its own to put in place first.
    ///
    /// # Errors
    /// Those of [`BookWriter::add`].
    pub fn prepare_add(&mut self, intake: &Intake, request: &AddRequest) -> Result<Change<'_, Added>> {
        let delivery = delivery(intake, request, &self.manifest);
        if let Some(known) = self.known(&delivery, intake, request) {
            let outcome = Added { delivery: known, is_new: false, months: Vec::new(), notices: Vec::new() };
            return Ok(Change { writer: self, staged: None, outcome });
        }
        check_time(&delivery, request)?;
        check_scope(&delivery, request)?;
        let mut manifest = self.manifest.clone();
        let place = manifest.deliveries.partition_point(|other| other.order() < delivery.order());
        manifest.deliveries.insert(place, delivery.clone());
        let mut files: Vec<NewFile> = request
            .parents
            .iter()
            .zip(&delivery.parents)
            .map(|((_, bytes), parents)| (parents.file.clone(), pack(bytes)))
            .collect();
        let mut texts = Texts::default();
        let mut by_month = by_month(&intake.frame, &mut texts)?;
        for period in &request.complete {
            by_month.entry(*period).or_default();
        }
        self.check_months(&by_month)?;
        let mut months: Vec<AddedMonth> = Vec::new();
        let mut notices: Vec<Notice> = unknown_scope(&delivery, request).into_iter().collect();
        for (period, rows) in by_month {
            notices.extend(self.older_delivery(period, &delivery));
            let inputs: Vec<u32> = rows.places.iter().map(|row| intake.record_files[*row as usize]).collect();
            let is_complete = request.complete.contains(&period);
            let customers =
                if is_complete { request.customers.iter().copied().collect() } else { Vec::new() };
            let (evidence, reason) = evidence::of_month(period, &intake.dumps, &customers);
            check_evidence(period, is_complete && !request.accepts_incomplete, evidence, &reason)?;
            let part = Part {
                period,
                rows: &rows.rows,
                inputs,
                complete: Complete { is_complete, customers },
                evidence,
                reason,
                filtered_by: evidence::filter(period, &intake.dumps),
            };
            let added = self.add_month(&mut manifest, &delivery.id, part, request, &mut texts, &mut files)?;
            notices.extend(added.1);
            months.push(added.0);
        }
        if !delivery.parents.is_empty() {
            let changed = self.count_changed_component_usages(&mut manifest, &files)?;
            notices.extend(changed.into_iter().map(|(period, count)| component_usages_note(period, count)));
            for month in &mut months {
                month.state = manifest.months[&month.period].describe();
            }
        }
        let staged = Some(self.stage(manifest, files)?);
        Ok(Change { writer: self, staged, outcome: Added { delivery, is_new: true, months, notices } })
    }

    /// The delivery that already brought these inputs.
    fn known(&self, delivery: &Delivery, intake: &Intake, request: &AddRequest) -> Option<Delivery> {
        let is_timed = request.pulled_at.is_some() || intake.index_time.is_some();
        let is_complete = |known: &Delivery, period: &BillingPeriod| {
            let slices = self.manifest.months.get(period).into_iter().flat_map(|month| &month.slices);
            let customers: Vec<String> = request.customers.iter().map(|uuid| uuid_text(*uuid)).collect();
            slices
                .filter(|slice| slice.delivery == known.id)
                .any(|slice| slice.is_complete && slice.customers == customers)
        };
        let is_same = |known: &&Delivery| {
            known.digests() == delivery.digests()
                && (!is_timed || known.time == delivery.time)
                && delivery.parents.iter().all(|parents| known.has_parents(parents))
                && request.complete.iter().all(|period| is_complete(known, period))
        };
        self.manifest.counting().find(is_same).cloned()
    }

    /// A note where the month has a later delivery.
    fn older_delivery(&self, period: BillingPeriod, delivery: &Delivery) -> Option<Notice> {
        let latest = self.manifest.latest_of(period).filter(|latest| latest.order() > delivery.order())?;
        let text = format!(
            "{period}: this delivery of {} is older than the month's latest, {} of {}; where the two differ, the \
             later one counts.",
            time_text(delivery.time),
            latest.id,
            time_text(latest.time)
        );
        Some(Notice::note(Code::OlderDelivery, 1, text))
    }

    /// Refuses customers that neither the inputs nor the book know: the uuid is probably a mistake.
    ///
    /// # Errors
    /// Such a customer; files of the book that are damaged.
    pub fn check_customers(&self, intake: &Intake, customers: &BTreeSet<u128>) -> Result<()> {
        let mut texts = Texts::default();
        let mut unknown = customers.clone();
        for customer in &intake.frame.customers {
            unknown.remove(&customer.uuid);
        }
        // A dump of a customer without usage says whose it is.
        let asked = intake.dumps.iter().flat_map(|dump| dump.asked.iter().flatten());
        for uuid in asked.filter_map(|filter| filter.strip_prefix("customer_uuid=")) {
            if let Some(uuid) = parse_uuid(uuid.as_bytes()) {
                unknown.remove(&uuid);
            }
        }
        for month in self.manifest.months.values() {
            if unknown.is_empty() {
                break;
            }
            let history = History::read(&self.store, month, &mut texts)?;
            for parent in &history.rows.parents {
                unknown.remove(&parent.customer.uuid);
            }
        }
        match unknown.first() {
            Some(uuid) => Err(Error::BadParameter {
                parameter: "customer",
                value: uuid_text(*uuid),
                expected: "the uuid of a customer; neither the inputs nor the book know this one".to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Refuses parents that the book knows in another month: their usage would count in both.
    fn check_months(&self, by_month: &BTreeMap<BillingPeriod, MonthRows>) -> Result<()> {
        let delivered = by_month
            .iter()
            .flat_map(|(period, month)| month.rows.parents.iter().map(|parent| (parent.uuid, *period)));
        let delivered: HashMap<u128, BillingPeriod, FixedState> = delivered.collect();
        for (period, month) in &self.manifest.months {
            let bytes = self.store.read(&month.parents)?;
            let moved = bytes
                .as_chunks()
                .0
                .iter()
                .map(|uuid| u128::from_be_bytes(*uuid))
                .filter(|uuid| delivered.get(uuid).is_some_and(|other| other != period));
            let moved: Vec<u128> = moved.collect();
            if let Some(uuid) = moved.first() {
                return Err(Error::Refused {
                    period: delivered[uuid],
                    reason: format!(
                        "{} component usages of the inputs are in {period} in the book, as {}; their usage would \
                         count in both months",
                        grouped(moved.len() as u64),
                        uuid_text(*uuid)
                    ),
                    remedy: Remedy::ServersTimezone,
                });
            }
        }
        Ok(())
    }

    fn add_month(
        &self,
        manifest: &mut Manifest,
        delivery: &DeliveryId,
        part: Part,
        request: &AddRequest,
        texts: &mut Texts,
        files: &mut Vec<NewFile>,
    ) -> Result<(AddedMonth, Vec<Notice>)> {
        let known = self.manifest.months.get(&part.period);
        let mut history =
            known.map_or(Ok(History::default()), |month| History::read(&self.store, month, texts))?;
        let before = fold(&history, |id| self.manifest.rank(id), texts).rows;
        let own = history.take_in(delivery.clone(), part.complete.clone(), part.rows, &part.inputs);
        let folded = fold(&history, |id| manifest.rank(id), texts);
        let counts = counts(&before, &folded.rows, part.rows, texts);
        check_retired(part.period, counts.retired, before.records.len() as u64, request.retire_up_to)?;

        let rows = match own.records.is_empty() {
            true => None,
            false => Some(store(files, encode(&own, texts, part.period)?, FileKind::Parquet)),
        };
        let slice = history.slices.last().expect("the delivery's was added");
        let (shown, bytes) = shown_file(slice);
        files.push((shown.clone(), bytes));
        let slice = Slice {
            delivery: delivery.clone(),
            records: slice.records(),
            is_complete: part.complete.is_complete,
            customers: part.complete.customers.iter().map(|uuid| uuid_text(*uuid)).collect(),
            filtered_by: part.filtered_by.clone(),
            evidence: part.evidence,
            reason: part.reason.clone(),
            rows,
            row_count: own.records.len() as u64,
            shown,
            counts,
        };
        let (mut slices, closings) =
            known.map(|month| (month.slices.clone(), month.closings.clone())).unwrap_or_default();
        slices.push(slice);
        let Part { period, complete: Complete { is_complete, customers }, evidence, reason, .. } = part;
        let month = self.month_of(manifest, period, (&history, &folded), (slices, closings), texts, files)?;
        let late = month.late_changes.saturating_sub(known.map_or(0, |month| month.late_changes));
        let gone = vanished::of_history(manifest, &month, &history, texts);
        let gone = gone.into_iter().filter(|gone| gone.is_of(delivery)).collect();
        let notices = vanished::notices(manifest, period, gone);
        let state = month.describe();
        manifest.months.insert(period, month);
        Ok((AddedMonth { period, counts, is_complete, customers, evidence, reason, state, late }, notices))
    }

    /// A month anew, from all that its deliveries showed and what it is by those that count.
    pub(super) fn month_of(
        &self,
        manifest: &Manifest,
        period: BillingPeriod,
        (history, folded): (&History, &Folded),
        (slices, closings): (Vec<Slice>, Vec<Closing>),
        texts: &mut Texts,
        files: &mut Vec<NewFile>,
    ) -> Result<Month> {
        let late_changes = match closings.last() {
            Some(closing) => self.changes_since(closing, &folded.rows, texts)?,
            None => 0,
        };
        let now = state(manifest, period, folded, texts, files)?;
        let parents = parents(manifest, history, closings.last(), files);
        let known = self.manifest.months.get(&period);
        let acknowledgements = known.map(|month| month.acknowledgements.clone()).unwrap_or_default();
        let adjustments = known.map(|month| month.adjustments.clone()).unwrap_or_default();
        let component_usages_changed = known.map_or(0, |month| month.component_usages_changed);
        Ok(Month {
            now,
            slices,
            closings,
            late_changes,
            component_usages_changed,
            acknowledgements,
            adjustments,
            parents,
        })
    }

    /// How many records differ between a closed version and others.
    pub(super) fn changes_since(&self, closing: &Closing, rows: &Rows, texts: &mut Texts) -> Result<u64> {
        match &closing.state.file {
            Some(file) => {
                let closed = read_rows(self.store.open(file)?, texts)?;
                Ok(differences(&closed, rows, texts))
            }
            None => Ok(rows.records.len() as u64),
        }
    }
}

/// The parents that no other month can have: those of what counts now, and of what is closed.
pub(super) fn parents(
    manifest: &Manifest,
    history: &History,
    closing: Option<&Closing>,
    files: &mut Vec<NewFile>,
) -> StoredFile {
    let counts = |id: &DeliveryId| {
        manifest.rank(id).is_some() || closing.is_some_and(|closing| closing.deliveries.contains(id))
    };
    let uuids = history.parents(counts).into_iter().flat_map(u128::to_be_bytes).collect();
    store(files, uuids, FileKind::Parents)
}

/// A delivery's part in a month.
struct Part<'a> {
    period: BillingPeriod,
    rows: &'a Rows,
    /// The number of the input of each row.
    inputs: Vec<u32>,
    complete: Complete,
    evidence: Evidence,
    reason: String,
    filtered_by: Option<String>,
}

impl Delivery {
    /// What deliveries are ordered by.
    pub(super) fn order(&self) -> (DateTime<Utc>, &DeliveryId) {
        (self.time, &self.id)
    }

    fn digests(&self) -> Vec<&str> {
        let mut digests: Vec<&str> = self.inputs.iter().map(|input| input.sha256.as_str()).collect();
        digests.sort_unstable();
        digests
    }

    fn has_parents(&self, wanted: &ParentsInput) -> bool {
        self.parents.iter().any(|parents| parents.file.sha256 == wanted.file.sha256)
    }
}

/// How much of the portal the token of all dumps shows.
fn seen_as(dumps: &[DumpFacts]) -> Option<SeenAs> {
    let mut seen = dumps.iter().map(|dump| dump.seen_as);
    match dumps.iter().any(|dump| dump.seen_as == Some(SeenAs::Part)) {
        true => Some(SeenAs::Part),
        false => seen.next().filter(|_| seen.all(|seen| seen.is_some())).flatten(),
    }
}

/// Names the delivery by all that it says: the same said twice is one delivery, on any machine.
fn delivery(intake: &Intake, request: &AddRequest, manifest: &Manifest) -> Delivery {
    let (time, time_source) = match (request.pulled_at, intake.index_time) {
        (Some(time), _) => (time, TimeSource::PulledAt),
        (None, Some(time)) => (time, TimeSource::Index),
        (None, None) => (request.clock, TimeSource::Clock),
    };
    // As fine as the server tells times.
    let time = time.trunc_subsecs(6);
    let input = |file: &InputFile| Input {
        path: file.path.clone(),
        bytes: file.bytes,
        sha256: file.sha256.clone().unwrap_or_default(),
        records: file.records,
    };
    let parents = |(path, bytes): &(String, Vec<u8>)| ParentsInput {
        path: path.clone(),
        file: StoredFile::of(&pack(bytes), FileKind::Zst),
    };
    let mut delivery = Delivery {
        id: DeliveryId::default(),
        time,
        time_source,
        label: request.label.clone(),
        inputs: intake.files.iter().map(input).collect(),
        accounting: intake.accounting,
        seen_as: seen_as(&intake.dumps),
        parents: request.parents.iter().map(parents).collect(),
    };
    let mut said = vec![time.timestamp_micros().to_string()];
    said.extend(delivery.digests().into_iter().map(str::to_owned));
    said.extend(request.complete.iter().map(ToString::to_string));
    said.extend(delivery.parents.iter().map(|parents| parents.file.sha256.clone()));
    said.extend(request.customers.iter().map(|uuid| uuid_text(*uuid)));
    let id = |said: &[String]| DeliveryId(sha256(said.join("\n").as_bytes())[..ID_DIGITS].to_owned());
    delivery.id = id(&said);
    // A delivery that was retracted and comes again is another one.
    while manifest.retraction(&delivery.id).is_some() {
        said.push(delivery.id.to_string());
        delivery.id = id(&said);
    }
    delivery
}

/// Refuses to retire what a token does not see.
fn check_scope(delivery: &Delivery, request: &AddRequest) -> Result<()> {
    match (request.complete.first(), delivery.seen_as) {
        (Some(period), Some(SeenAs::Part)) if request.customers.is_empty() => {
            Err(Error::SeenInPart { period: *period })
        }
        _ => Ok(()),
    }
}

/// A note on months that are complete for a token of which nobody knows what it sees.
fn unknown_scope(delivery: &Delivery, request: &AddRequest) -> Option<Notice> {
    let is_known = delivery.seen_as.is_some() || !request.customers.is_empty();
    let months: Vec<String> = request.complete.iter().map(ToString::to_string).collect();
    let text = format!(
        "{}: complete for what the token of these inputs sees; no index.json says how much of the portal that is \
         (seen_as). If it sees a part only, the records of all other customers are retired.",
        months.join(", ")
    );
    (!is_known && !months.is_empty()).then(|| Notice::note(Code::UnknownScope, months.len() as u64, text))
}

/// How far the clocks of the portal and of this machine may be apart.
const CLOCKS_APART_MAX: TimeDelta = TimeDelta::minutes(5);

/// Refuses a delivery from the future: it would outrank all later ones.
fn check_time(delivery: &Delivery, request: &AddRequest) -> Result<()> {
    let is_future = delivery.time.signed_duration_since(request.clock) > CLOCKS_APART_MAX;
    match is_future && !request.accepts_future {
        true => Err(Error::FutureDelivery {
            time: time_text(delivery.time),
            source_of_time: match delivery.time_source {
                TimeSource::PulledAt => "that time",
                TimeSource::Index => "the time in the index of the pages",
                TimeSource::Clock => "the time",
            },
            clock: time_text(request.clock.trunc_subsecs(0)),
        }),
        false => Ok(()),
    }
}

pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 0).expect("memory takes all bytes")
}

pub(super) fn store(files: &mut Vec<NewFile>, bytes: Vec<u8>, kind: FileKind) -> StoredFile {
    let file = StoredFile::of(&bytes, kind);
    files.push((file.clone(), bytes));
    file
}

fn check_evidence(period: BillingPeriod, is_checked: bool, evidence: Evidence, reason: &str) -> Result<()> {
    match is_checked && evidence == Evidence::Disproved {
        true => Err(Error::Refused {
            period,
            reason: format!("the inputs do not hold every record of it: {}", reason.trim_end_matches('.')),
            remedy: Remedy::NotAsComplete,
        }),
        false => Ok(()),
    }
}

/// A complete delivery that lacks many records is more often a mistake than the truth.
fn check_retired(period: BillingPeriod, retired: u64, records: u64, up_to: Option<u64>) -> Result<()> {
    match retired > up_to.unwrap_or(records / 10) {
        true => Err(Error::Refused {
            period,
            reason: format!("{} of its {} records would be retired", grouped(retired), grouped(records)),
            remedy: Remedy::AllowRetiring,
        }),
        false => Ok(()),
    }
}

/// What the records of a month are as a stored state.
pub(super) fn state(
    manifest: &Manifest,
    period: BillingPeriod,
    folded: &Folded,
    texts: &Texts,
    files: &mut Vec<NewFile>,
) -> Result<State> {
    let id = |place: usize| manifest.deliveries[place].id.clone();
    let Names { rank, before } = &folded.names;
    let mut named_before: BTreeMap<DeliveryId, Vec<String>> = BTreeMap::new();
    for (uuid, place) in before {
        named_before.entry(id(*place)).or_default().push(uuid_text(*uuid));
    }
    named_before.values_mut().for_each(|uuids| uuids.sort_unstable());
    let file = match folded.rows.records.is_empty() {
        true => None,
        false => Some(store(files, encode(&folded.rows, texts, period)?, FileKind::Parquet)),
    };
    Ok(State {
        file,
        records: folded.rows.records.len() as u64,
        totals: totals(&folded.rows, texts),
        delivery: rank.map(id),
        time: rank.map(|rank| manifest.deliveries[rank].time),
        named_before,
    })
}

pub(super) fn totals(rows: &Rows, texts: &Texts) -> Vec<Total> {
    let mut of_unit: BTreeMap<&str, (Quantity, u64)> = BTreeMap::new();
    for record in &rows.records {
        let (usage, records) = of_unit.entry(texts.get(rows.parent(record).measured_unit)).or_default();
        *usage += record.usage;
        *records += 1;
    }
    let total =
        |(unit, (usage, records)): (&str, _)| Total { measured_unit: unit.to_owned(), usage, records };
    of_unit.into_iter().map(total).collect()
}

type ByUuid = HashMap<u128, u32, FixedState>;

fn by_uuid(rows: &Rows) -> ByUuid {
    rows.records.iter().zip(0..).map(|(record, at)| (record.uuid, at)).collect()
}

pub(super) fn counts(before: &Rows, after: &Rows, delivered: &Rows, texts: &Texts) -> Counts {
    let places = by_uuid(before);
    let mut counts = Counts::default();
    let mut kept = 0;
    for record in &after.records {
        match places.get(&record.uuid) {
            None => counts.added += 1,
            Some(at) => {
                kept += 1;
                let known = &before.records[*at as usize];
                counts.changed += u64::from(!after.is_same_on_any_host(record, before, known, texts));
            }
        }
    }
    counts.retired = before.records.len() as u64 - kept;
    counts.unchanged = (delivered.records.len() as u64).saturating_sub(counts.added + counts.changed);
    counts
}

/// How many records are in one of two states only, or differ.
pub(super) fn differences(closed: &Rows, now: &Rows, texts: &Texts) -> u64 {
    let Counts { added, changed, retired, .. } = counts(closed, now, now, texts);
    added + changed + retired
}
