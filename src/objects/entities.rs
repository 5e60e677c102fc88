//! What the portal knows of customers, projects and offering users: dumps of `/api/customers/`, `/api/projects/` and
//! `/api/marketplace-offering-users/`.

use std::collections::HashMap;

use super::dumps::{Dumps, Form, read_dumps};
use super::object::{Columns, Object, not_objects};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::fault::{Faults, Reason};
use crate::ingest::dumps::completeness::{Kind, Tally};
use crate::ingest::dumps::index::Index;
use crate::ingest::records::collector::RecordFault;
use crate::ingest::records::raw::Raw;
use crate::ingest::records::values::{decoded, shown};
use crate::ingest::{InputFile, Progress};
use crate::notice::Notice;
use crate::tabular::Writing;
use crate::text::{parse_uri_uuid, parse_uuid, uuid_text};
use crate::usage::Field;

/// Customers, projects or offering users, with what the portal knows of them.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    /// `None` if the dump has none of them. Offering users are users.
    pub(crate) kind: Option<Dimension>,
    /// The fields in the order of the values.
    pub(crate) fields: &'static [&'static str],
    /// One a uuid, sorted by uuid.
    pub(crate) rows: Vec<(u128, Vec<String>)>,
    pub(crate) faults: Faults,
    pub(crate) notices: Vec<Notice>,
    pub(crate) files: Vec<InputFile>,
}

/// Fields of customers that reports are asked for by.
const OF_CUSTOMERS: &[&str] = &["country", "agreement_number"];

/// Fields of projects that reports are asked for by.
const OF_PROJECTS: &[&str] = &["oecd_fos_2007_code"];

/// What identifies an offering user for records, and the person's name.
const OF_USERS: &[&str] = &["offering_uuid", "username", "user_full_name"];

const FORM: Form = Form {
    kind: Kind {
        claim: Index::claim_of_pages,
        noun: "customer, project or offering user",
        remedy: "Some have no attributes because of that. Fetch the dump again in slices that fit on one page.",
    },
    name: Field::name,
    expected: "customers, projects or offering users, as /api/customers/, /api/projects/ and \
               /api/marketplace-offering-users/ list them",
    columns: Columns {
        known: &[
            "uuid",
            "url",
            "customer_uuid",
            "country",
            "agreement_number",
            "oecd_fos_2007_code",
            "offering",
            "offering_uuid",
            "username",
            "user_full_name",
        ],
        numbers: &[],
        days: &[],
        writing: Writing::Program,
    },
};

/// Reads one dump: a file, or a folder of pages.
///
/// # Errors
/// Inputs that are not there or cannot be read, an index that is none, an interruption.
pub(crate) fn read_entities(input: &str, progress: &Progress) -> Result<Entities> {
    let mut kind = None;
    let mut rows: HashMap<u128, Vec<String>> = HashMap::new();
    let dumps = read_dumps(&[input.to_owned()], &FORM, false, progress, |object, _, _, tally| {
        let own = kind_of(object)?;
        let known = *kind.get_or_insert(own);
        if own != known {
            return Err(not_objects(
                format!("a {own} among {known}s"),
                "one kind in a dump: customers, projects or offering users",
            ));
        }
        let uuid = uuid(object)?;
        count(rows.insert(uuid, values(own, object)?).is_none(), tally);
        Ok(())
    })?;
    let Dumps { faults, notices, files, .. } = dumps;
    let mut rows: Vec<(u128, Vec<String>)> = rows.into_iter().collect();
    rows.sort_unstable();
    Ok(Entities { fields: kind.map_or(&[], fields_of), kind, rows, faults, notices, files })
}

fn count(is_new: bool, tally: &mut Tally) {
    match is_new {
        true => tally.distinct += 1,
        false => tally.repeats += 1,
    }
}

fn fields_of(kind: Dimension) -> &'static [&'static str] {
    match kind {
        Dimension::Project => OF_PROJECTS,
        Dimension::User => OF_USERS,
        _ => OF_CUSTOMERS,
    }
}

fn values(kind: Dimension, object: &Object) -> std::result::Result<Vec<String>, RecordFault> {
    match kind {
        Dimension::User => Ok(vec![
            offering(object)?,
            // Its bytes identify the user: white space counts.
            exact_text(object.get("username"))?,
            text(object.get("user_full_name"))?,
        ]),
        _ => fields_of(kind).iter().map(|field| text(object.get(field))).collect(),
    }
}

/// The uuid of an offering user's offering, which older servers name by its URL only.
fn offering(object: &Object) -> std::result::Result<String, RecordFault> {
    let uuid = match (object.get("offering_uuid"), object.get("offering")) {
        (Raw::Text(uuid), _) => parse_uuid(uuid),
        (_, Raw::Text(uri)) => parse_uri_uuid(uri),
        _ => None,
    };
    let wrong = || {
        let value = shown(object.get("offering_uuid"));
        RecordFault::new(Reason::BadValue, Field::OfferingUuid, value, "the uuid of the user's offering")
    };
    uuid.map(uuid_text).ok_or_else(wrong)
}

/// By the URL of the object, or else by its fields: a project has a customer.
fn kind_of(object: &Object) -> std::result::Result<Dimension, RecordFault> {
    let url = match object.get("url") {
        Raw::Text(url) => String::from_utf8_lossy(url),
        _ => "".into(),
    };
    if url.contains("/api/customers/") {
        return Ok(Dimension::Customer);
    }
    if url.contains("/api/projects/") {
        return Ok(Dimension::Project);
    }
    let is_user = object.has("username") && (object.has("offering_uuid") || object.has("offering"));
    if url.contains("/api/marketplace-offering-users/") || is_user && !object.has("component_usage") {
        return Ok(Dimension::User);
    }
    if object.has("component_usage") || object.has("username") || object.has("offering_uuid") {
        return Err(not_objects("an object of another endpoint".to_owned(), FORM.expected));
    }
    Ok(if object.has("customer_uuid") { Dimension::Project } else { Dimension::Customer })
}

fn uuid(object: &Object) -> std::result::Result<u128, RecordFault> {
    let uuid = match object.get("uuid") {
        Raw::Text(text) => parse_uuid(text),
        _ => None,
    };
    let wrong = || {
        let value = shown(object.get("uuid"));
        RecordFault::new(Reason::BadValue, Field::Uuid, value, "a uuid, 32 hex digits with or without dashes")
    };
    uuid.ok_or_else(wrong)
}

/// What a field says: text, a number or a truth; nothing for null.
fn text(value: Raw) -> std::result::Result<String, RecordFault> {
    exact_text(value).map(|text| text.trim().to_owned())
}

fn exact_text(value: Raw) -> std::result::Result<String, RecordFault> {
    let bytes = match value {
        Raw::Text(_) | Raw::Escaped(_) => decoded(value, Field::Description)?,
        Raw::Number(digits) => digits.into(),
        Raw::Other(word @ (b"true" | b"false")) => word.into(),
        _ => (&b""[..]).into(),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
