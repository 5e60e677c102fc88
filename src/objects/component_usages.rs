//! Component usages, the parents of records: dumps of `/api/marketplace-component-usages/`.
//!
//! Of a component usage in several dumps the latest dump's counts: there is no `modified` to tell versions by.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::dumps::{Dumps, Form, read_sources};
use super::object::{Columns, Object, Placement, json_text};
use crate::error::Result;
use crate::fault::{Faults, Reason};
use crate::ingest::dumps::completeness::{Kind, Tally};
use crate::ingest::dumps::index::Index;
use crate::ingest::dumps::source::{self, Sources};
use crate::ingest::records::collector::RecordFault;
use crate::ingest::records::folder_month::period_of;
use crate::ingest::records::folders::Folders;
use crate::ingest::records::raw::{Raw, RawRecord};
use crate::ingest::records::values::{
    IMPRECISE, optional_text, optional_time, required_text, required_usage, required_uuid,
};
use crate::ingest::{InputFile, Progress};
use crate::notice::Notice;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::tabular::Writing;
use crate::text::uuid_text;
use crate::usage::Field;

/// The usage of a component on a resource in a month, by all users together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComponentUsage {
    pub(crate) uuid: u128,
    pub(crate) usage: Quantity,
    /// The usage was printed as a float that may have lost its hundredths.
    pub(crate) is_imprecise: bool,
    /// `type` at the endpoint.
    pub(crate) component_type: Box<str>,
    pub(crate) measured_unit: Box<str>,
    pub(crate) billing_period: BillingPeriod,
    /// Microseconds since 1970, UTC.
    pub(crate) date: Option<i64>,
    pub(crate) resource_uuid: u128,
    pub(crate) resource_name: Box<str>,
    /// `None` if the dump does not have it, as the uuids of the project and the customer.
    pub(crate) offering_uuid: Option<u128>,
    /// Empty if the dump does not have it.
    pub(crate) offering_name: Box<str>,
    pub(crate) project_uuid: Option<u128>,
    /// Empty if the dump does not have it.
    pub(crate) project_name: Box<str>,
    pub(crate) customer_uuid: Option<u128>,
    /// Empty if the dump does not have it.
    pub(crate) customer_name: Box<str>,
    /// `missing_usage_policy` is `reuse`: for a month without a report, the portal makes a total as that of the month
    /// before. Such a total has no users. (With `zero` it makes a total of 0, with `none` none.)
    pub(crate) reuses_missing_usage: bool,
    /// Empty if single component usages are not asked for.
    pub(crate) fields: RenderedFields,
}

impl ComponentUsage {
    /// What its own dump says that it is: `cpu (hours) of vm-12 in 2026-10`.
    pub(crate) fn described(&self) -> String {
        let Self { component_type, measured_unit, resource_name, billing_period, .. } = self;
        format!("{component_type} ({measured_unit}) of {resource_name} in {billing_period}")
    }
}

/// The fields of an object by their names, each as JSON.
pub(crate) type RenderedFields = Box<[(Box<str>, Box<str>)]>;

/// Dumps of component usages, as they count.
#[derive(Clone, Debug, Default)]
pub struct ComponentUsages {
    /// One a uuid, sorted by uuid.
    pub(crate) rows: Vec<ComponentUsage>,
    /// In the order of files and objects.
    pub faults: Faults,
    /// What is to be said about the dumps.
    pub notices: Vec<Notice>,
    /// The files in their order.
    pub files: Vec<InputFile>,
    /// Component usages are missing, or some could not be used.
    pub(crate) is_incomplete: bool,
}

impl ComponentUsages {
    /// Whether any is of a month.
    pub(crate) fn has_month(&self, month: BillingPeriod) -> bool {
        self.rows.iter().any(|usage| usage.billing_period == month)
    }

    /// How many component usages of a month are new, gone or different in a later state; 0 if this one has none of the
    /// month.
    pub(crate) fn differences(&self, later: &Self, month: BillingPeriod) -> u64 {
        let (before, after) = (self.of_month(month), later.of_month(month));
        let changed = after.iter().filter(|(uuid, usage)| before.get(uuid) != Some(usage)).count();
        let gone = before.keys().filter(|uuid| !after.contains_key(uuid)).count();
        if before.is_empty() { 0 } else { (changed + gone) as u64 }
    }

    fn of_month(&self, month: BillingPeriod) -> HashMap<u128, &ComponentUsage> {
        let usages = self.rows.iter().filter(|usage| usage.billing_period == month);
        usages.map(|usage| (usage.uuid, usage)).collect()
    }
}

const FORM: Form = Form {
    kind: Kind {
        claim: Index::claim_of_pages,
        noun: "component usage",
        remedy: "Component usages are probably missing. Fetch them again with usagebook pull.",
    },
    name: field_name,
    expected: "component usages, as /api/marketplace-component-usages/ lists them",
    columns: Columns {
        known: &[
            "uuid",
            "usage",
            "type",
            "measured_unit",
            "billing_period",
            "date",
            "resource_uuid",
            "resource_name",
            "offering_uuid",
            "offering_name",
            "project_uuid",
            "project_name",
            "customer_uuid",
            "customer_name",
        ],
        numbers: &["usage"],
        days: &[],
        writing: Writing::Program,
    },
};

/// How component usages are read.
#[derive(Clone, Copy, Debug)]
pub struct ComponentUsageReading {
    /// The zone of `date`, whose month is the billing period if that is missing.
    pub timezone: Tz,
    /// Makes the alarm that some are missing a note.
    pub accepts_incomplete: bool,
    /// Keeps all fields of each of them, to show it.
    pub keeps_fields: bool,
}

/// Reads files and folders of JSON or CSV, packed or not.
///
/// # Errors
/// Inputs that are not there or cannot be read, an index that is none, an interruption.
pub fn read_component_usages(
    inputs: &[String],
    reading: ComponentUsageReading,
    progress: &Progress,
) -> Result<ComponentUsages> {
    read_from(&source::list_others(inputs)?, reading, progress)
}

/// Does the same with sources that are listed.
pub(super) fn read_from(
    sources: &Sources,
    reading: ComponentUsageReading,
    progress: &Progress,
) -> Result<ComponentUsages> {
    let mut shelf = Shelf::default();
    let accepts_incomplete = reading.accepts_incomplete;
    let dumps = read_sources(sources, &FORM, accepts_incomplete, progress, |object, place, rank, tally| {
        let folders = &place.source.folders;
        shelf.put(component_usage(object, folders, reading)?, rank, place, tally)
    })?;
    let Dumps { faults, notices, files, is_incomplete } = dumps;
    let is_incomplete = is_incomplete || !faults.is_empty();
    Ok(ComponentUsages { rows: shelf.into_rows(), faults, notices, files, is_incomplete })
}

/// The component usages that count so far, each with the rank of its dump.
#[derive(Default)]
struct Shelf {
    rows: Vec<(ComponentUsage, u32)>,
    places: HashMap<u128, usize>,
}

impl Shelf {
    fn put(
        &mut self,
        row: ComponentUsage,
        dump: u32,
        place: &Placement,
        tally: &mut Tally,
    ) -> Result<(), RecordFault> {
        let Some(&known) = self.places.get(&row.uuid) else {
            tally.distinct += 1;
            self.places.insert(row.uuid, self.rows.len());
            self.rows.push((row, dump));
            return Ok(());
        };
        let (known, known_dump) = &mut self.rows[known];
        if *known_dump == dump {
            tally.repeats += 1;
            return match known.usage.is_same_double(row.usage) {
                true => Ok(()),
                false => Err(conflict(known, &row, place)),
            };
        }
        tally.distinct += 1;
        if *known_dump < dump {
            (*known, *known_dump) = (row, dump);
        }
        Ok(())
    }

    fn into_rows(self) -> Vec<ComponentUsage> {
        let mut rows: Vec<ComponentUsage> = self.rows.into_iter().map(|(row, _)| row).collect();
        rows.sort_unstable_by_key(|row| row.uuid);
        rows
    }
}

fn conflict(known: &ComponentUsage, row: &ComponentUsage, place: &Placement) -> RecordFault {
    let file = &place.source.label;
    let value = format!(
        "{}, but {} before in the dump of {file}, of uuid {}",
        row.usage,
        known.usage,
        uuid_text(row.uuid)
    );
    RecordFault::new(
        Reason::ConflictingVersions,
        Field::Usage,
        value,
        "one usage for a component usage; fetch the dump again",
    )
}

fn component_usage(
    object: &Object,
    folders: &Folders,
    reading: ComponentUsageReading,
) -> Result<ComponentUsage, RecordFault> {
    let mut record = RawRecord::default();
    for field in FIELDS {
        record.set(field, object.get(field_name(field)));
    }
    folders.fill(&mut record);
    let text = |bytes: &[u8]| -> Box<str> { String::from_utf8_lossy(bytes).into() };
    let (usage, flags) = required_usage(&record)?;
    let date = optional_time(&record, Field::Date)?;
    let (period, _) = period_of(&record, date, folders.month.as_ref(), reading.timezone)?;
    Ok(ComponentUsage {
        uuid: required_uuid(&record, Field::Uuid)?,
        usage,
        is_imprecise: flags & IMPRECISE != 0,
        component_type: text(&required_text(&record, Field::ComponentType)?),
        measured_unit: text(&required_text(&record, Field::MeasuredUnit)?),
        billing_period: BillingPeriod::from_number(period),
        date,
        resource_uuid: required_uuid(&record, Field::ResourceUuid)?,
        resource_name: text(&required_text(&record, Field::ResourceName)?),
        offering_uuid: optional_uuid(&record, Field::OfferingUuid)?,
        offering_name: text(&optional_text(&record, Field::OfferingName)?.unwrap_or_default()),
        project_uuid: optional_uuid(&record, Field::ProjectUuid)?,
        project_name: text(&optional_text(&record, Field::ProjectName)?.unwrap_or_default()),
        customer_uuid: optional_uuid(&record, Field::CustomerUuid)?,
        customer_name: text(&optional_text(&record, Field::CustomerName)?.unwrap_or_default()),
        reuses_missing_usage: object.get("missing_usage_policy") == Raw::Text(b"reuse"),
        fields: match reading.keeps_fields {
            true => object.fields().map(|(name, value)| (name.into(), json_text(value).into())).collect(),
            false => RenderedFields::default(),
        },
    })
}

fn optional_uuid(record: &RawRecord, field: Field) -> Result<Option<u128>, RecordFault> {
    match record.get(field) {
        Raw::Missing | Raw::Null => Ok(None),
        _ => required_uuid(record, field).map(Some),
    }
}

const FIELDS: [Field; 14] = [
    Field::Uuid,
    Field::Usage,
    Field::ComponentType,
    Field::MeasuredUnit,
    Field::BillingPeriod,
    Field::Date,
    Field::ResourceUuid,
    Field::ResourceName,
    Field::OfferingUuid,
    Field::OfferingName,
    Field::ProjectUuid,
    Field::ProjectName,
    Field::CustomerUuid,
    Field::CustomerName,
];

/// A field by its name at this endpoint.
fn field_name(field: Field) -> &'static str {
    match field {
        Field::ComponentType => "type",
        field => field.name(),
    }
}
