//! What is worth knowing about the records that were read: rewritten history, renamed entities, digits, derived months.

pub(crate) mod owners;
pub(crate) mod shared;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::dumps::source::Sources;
use super::records::merged::Merged;
use super::records::parents::{Parent, ParentTable, Rewritten};
use super::records::values::{DERIVED, IMPRECISE, SINGLE, ZONELESS};
use super::records::versions::Fate;
use crate::notice::{Code, EXAMPLES_MAX, Example, Notice};
use crate::period::BillingPeriod;
use crate::text::{counted, grouped, uuid_text};

/// How many names a message gives.
const NAMES_SHOWN_MAX: usize = 3;

/// All notices about the records of the months asked for that only reading dumps can tell.
pub(crate) fn about_records(
    merged: &Merged,
    fates: &[Fate],
    is_asked: impl Fn(BillingPeriod) -> bool,
    sources: &Sources,
) -> Vec<Notice> {
    let is_asked = |parent: &Parent| is_asked(BillingPeriod::from_number(parent.attributes.billing_period));
    let mut notices = rewritten(&merged.parents, is_asked);
    let entities = [
        &merged.parents.customers,
        &merged.parents.projects,
        &merged.parents.offerings,
        &merged.parents.resources,
    ];
    let names = entities.map(|table| {
        let renamed = table.iter().filter(|entity| entity.is_renamed);
        renamed.map(|entity| (entity.name(), entity.uuid)).collect()
    });
    notices.extend(all_renamed(names));
    notices.extend(flagged(&flags(merged, fates, is_asked), sources));
    notices.extend(unknown_fields(&merged.unknown_fields));
    notices.extend(respelled_columns(&merged.respelled_columns));
    notices
}

/// What customers, projects, offerings and resources are noted for that have several names.
pub(super) fn all_renamed(names: [Vec<(&[u8], u128)>; 4]) -> impl Iterator<Item = Notice> {
    let kinds = ["customer", "project", "offering", "resource"].into_iter().zip(names);
    kinds.filter_map(|(kind, names)| renamed(kind, names))
}

/// What can have been rewritten about a component usage, in words.
pub(super) const REWRITTEN: [(Code, &str); 3] = [
    (Code::OwnerRewritten, "customer, project, offering or resource"),
    (Code::UnitRewritten, "measured unit"),
    (Code::ParentRewritten, "component type or billing period"),
];

fn rewritten(table: &ParentTable, is_asked: impl Fn(&Parent) -> bool) -> Vec<Notice> {
    let kinds: [fn(&Rewritten) -> bool; 3] = [
        |rewritten: &Rewritten| rewritten.owner,
        |rewritten: &Rewritten| rewritten.unit,
        |rewritten: &Rewritten| rewritten.identity,
    ];
    let warning = |(kind, is_rewritten): (usize, fn(&Rewritten) -> bool)| {
        let parents = table.parents.iter();
        let mut parents: Vec<&Parent> =
            parents.filter(|parent| is_rewritten(&parent.rewritten) && is_asked(parent)).collect();
        parents.sort_unstable_by_key(|parent| (Reverse(parent.attributes.billing_period), parent.uuid));
        let examples = parents.iter().take(EXAMPLES_MAX).map(|parent| parent_example(table, parent));
        rewritten_notice(kind, parents.len() as u64, examples)
    };
    kinds.into_iter().enumerate().filter_map(warning).collect()
}

/// The warning about component usages of which one of [`REWRITTEN`] was.
pub(super) fn rewritten_notice(
    kind: usize,
    count: u64,
    examples: impl Iterator<Item = Example>,
) -> Option<Notice> {
    let (code, what) = REWRITTEN[kind];
    let text = format!(
        "{} more than one {what}: history was rewritten on the server. The latest dump's is used for all \
         {} records; figures differ from those reported before.",
        doing(count, "component usage", ["has", "have"]),
        if count == 1 { "its" } else { "their" }
    );
    (count > 0).then(|| Notice::warning(code, count, text).with_examples(examples.collect()))
}

/// A parent as the latest dump shows it.
fn parent_example(table: &ParentTable, parent: &Parent) -> Example {
    let attributes = &parent.attributes;
    let labels = vec![
        ("customer_name", text(table.customers.get(attributes.customer).name())),
        ("project_name", text(table.projects.get(attributes.project).name())),
        ("resource_name", text(table.resources.get(attributes.resource).name())),
        ("component_type", text(table.component_types.get(attributes.component_type))),
        ("measured_unit", text(table.measured_units.get(attributes.measured_unit))),
        ("component_usage", uuid_text(parent.uuid)),
    ];
    let period = Some(BillingPeriod::from_number(attributes.billing_period));
    let about = vec![
        ("customer_uuid", uuid_text(table.customers.get(attributes.customer).uuid)),
        ("resource_uuid", uuid_text(table.resources.get(attributes.resource).uuid)),
    ];
    Example { period, labels, about, ..Example::default() }
}

/// A customer, project, offering or resource by its name.
fn named_example(kind: &str, name: String, uuid: u128) -> Example {
    let uuid = uuid_text(uuid);
    let field = match kind {
        "customer" => Some("customer_uuid"),
        "resource" => Some("resource_uuid"),
        _ => None,
    };
    let about = field.map(|field| (field, uuid.clone())).into_iter().collect();
    Example { labels: vec![("name", name), ("uuid", uuid)], about, ..Example::default() }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn renamed(kind: &str, mut renamed: Vec<(&[u8], u128)>) -> Option<Notice> {
    renamed.sort_unstable();
    let names: Vec<String> = renamed.iter().map(|(name, _)| quoted(name)).collect();
    let count = names.len() as u64;
    (count > 0).then(|| {
        let note = format!(
            "{} more than one name; the latest dump's is shown: {}.",
            doing(count, kind, ["has", "have"]),
            examples(&names)
        );
        let example = |(name, uuid): &(&[u8], u128)| named_example(kind, text(name), *uuid);
        let examples = renamed.iter().take(EXAMPLES_MAX).map(example);
        Notice::note(Code::Renamed, count, note).with_examples(examples.collect())
    })
}

/// How many records of the months asked for count and were read in some special way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    /// Those of 32-bit floats among them.
    pub imprecise: u64,
    pub single: u64,
    pub zoneless: u64,
    pub derived: u64,
}

fn flags(merged: &Merged, fates: &[Fate], is_asked: impl Fn(&Parent) -> bool) -> Flags {
    let columns = &merged.columns;
    let count = |flag: u8| {
        let records = fates.iter().zip(&columns.flags).zip(&columns.parent);
        let flagged = records.filter(|((fate, flags), _)| **fate == Fate::Kept && **flags & flag != 0);
        flagged.filter(|(_, parent)| is_asked(&merged.parents.parents[**parent as usize])).count() as u64
    };
    Flags {
        imprecise: count(IMPRECISE),
        single: count(SINGLE),
        zoneless: count(ZONELESS),
        derived: count(DERIVED),
    }
}

pub(super) fn flagged(flags: &Flags, sources: &Sources) -> Vec<Notice> {
    let Flags { imprecise, single, zoneless, derived } = *flags;
    let mut notices = Vec::new();
    notices.extend(imprecise_usage(imprecise - single));
    if single > 0 {
        let text = format!(
            "{} a usage of more than 7 digits from a column of 32-bit floats, which keep no more; the value of the \
             column is used. Save usage as DECIMAL or text.",
            having(single)
        );
        notices.push(Notice::note(Code::ImpreciseUsage, single, text));
    }
    if zoneless > 0 {
        let text = format!("{} a time without a zone; it is read as UTC.", having(zoneless));
        notices.push(Notice::note(Code::ZonelessTime, zoneless, text));
    }
    if derived > 0 {
        let unread = match unread_folders(sources).as_slice() {
            [] => String::new(),
            names => format!(
                " The names of folders {} were not read: a month is read from year=2026/month=10 or billing_period=2026-10.",
                examples(names)
            ),
        };
        let text = format!(
            "{} no billing_period; it was derived from date in the time zone asked for.{unread}",
            having(derived)
        );
        notices.push(Notice::note(Code::DerivedPeriod, derived, text));
    }
    notices
}

/// Names of folders that may be meant as months, each key once.
fn unread_folders(sources: &Sources) -> Vec<String> {
    let names = sources.files.iter().flat_map(|source| &source.folders.unknown);
    let by_key = names.filter_map(|name| Some((name.split_once('=')?.0, name)));
    let first: BTreeMap<&str, &String> = by_key.rev().collect();
    first.into_values().map(|name| format!("{name:?}")).collect()
}

/// Usages that may have lost their last digits.
pub(crate) fn imprecise_usage(records: u64) -> Option<Notice> {
    let text = format!(
        "{} a usage of more than 15 digits, printed by the server as a float that may have lost its cents; the \
         printed digits are used.",
        having(records)
    );
    (records > 0).then(|| Notice::note(Code::ImpreciseUsage, records, text))
}

pub(super) fn unknown_fields(fields: &BTreeMap<String, u64>) -> Vec<Notice> {
    let notice = |(name, count): (&String, &u64)| {
        Notice::note(
            Code::UnknownField,
            *count,
            format!("the field {name:?} is none of the endpoint's and is not read."),
        )
    };
    fields.iter().map(notice).collect()
}

pub(super) fn respelled_columns(columns: &BTreeSet<String>) -> Option<Notice> {
    let names: Vec<String> = columns.iter().map(|name| format!("{name:?}")).collect();
    let text = format!(
        "{} not spelled as the endpoint spells its fields; read as the fields they clearly are: {}.",
        doing(names.len() as u64, "column name", ["is", "are"]),
        examples(&names)
    );
    (!names.is_empty()).then(|| Notice::note(Code::RespelledColumn, names.len() as u64, text))
}

fn having(count: u64) -> String {
    doing(count, "record", ["has", "have"])
}

/// `1 username stands`, `2 usernames stand`.
pub(super) fn doing(count: u64, noun: &str, [one, many]: [&str; 2]) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { one } else { many })
}

pub(super) fn quoted(name: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(name))
}

pub(super) fn examples(names: &[String]) -> String {
    match names.len() {
        ..=NAMES_SHOWN_MAX => names.join(", "),
        count => format!(
            "{} and {} more",
            names[..NAMES_SHOWN_MAX].join(", "),
            grouped((count - NAMES_SHOWN_MAX) as u64)
        ),
    }
}
