//! What the portal knows of customers and projects: dumps of `/api/customers/` and `/api/projects/`.

use std::collections::HashMap;

use super::RecordFault;
use super::completeness::{Kind, Tally};
use super::index::Index;
use super::objects::{Columns, Object};
use super::others::{Dumps, Form, read_dumps};
use super::progress::Progress;
use super::raw::Raw;
use super::token::parse_uuid;
use super::values::{decoded, shown};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::fault::{Faults, Reason};
use crate::notice::Notice;
use crate::usage::Field;

/// Customers or projects, with what the portal knows of them.
#[derive(Debug, Default)]
pub struct Entities {
    /// None without any of them.
    pub kind: Option<Dimension>,
    /// The fields in the order of the values.
    pub fields: &'static [&'static str],
    /// One a uuid, sorted by uuid.
    pub rows: Vec<(u128, Vec<String>)>,
    pub faults: Faults,
    pub notices: Vec<Notice>,
    pub files: Vec<String>,
}

/// Fields of customers that reports are asked for by.
const OF_CUSTOMERS: &[&str] = &["country", "agreement_number"];

/// Fields of projects that reports are asked for by.
const OF_PROJECTS: &[&str] = &["oecd_fos_2007_code"];

const FORM: Form = Form {
    kind: Kind {
        claim: Index::claim_of_pages,
        noun: "customers or projects",
        remedy: "Some have no attributes because of that. Fetch the dump again in slices that fit on one page.",
    },
    name: Field::name,
    expected: "customers or projects, as /api/customers/ and /api/projects/ list them",
    columns: Columns {
        known: &["uuid", "url", "customer_uuid", "country", "agreement_number", "oecd_fos_2007_code"],
        numbers: &[],
    },
};

/// Reads one dump: a file, or a folder of pages.
///
/// # Errors
/// Inputs that are not there or cannot be read, an index that is none, an interruption.
pub fn read_entities(input: &str, progress: &Progress) -> Result<Entities> {
    let mut kind = None;
    let mut rows: HashMap<u128, Vec<String>> = HashMap::new();
    let dumps = read_dumps(&[input.to_owned()], &FORM, false, progress, |object, _, _, tally| {
        let own = kind_of(object)?;
        let known = *kind.get_or_insert(own);
        if own != known {
            return Err(not_entity(
                format!("a {own} among {known}s"),
                "customers or projects in one dump, not both",
            ));
        }
        let uuid = uuid(object)?;
        let values = fields_of(own).iter().map(|field| text(object.get(field)));
        count(rows.insert(uuid, values.collect::<std::result::Result<_, _>>()?).is_none(), tally);
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
    if kind == Dimension::Project { OF_PROJECTS } else { OF_CUSTOMERS }
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
    if object.has("component_usage") || object.has("username") || object.has("offering_uuid") {
        return Err(not_entity("an object of another endpoint".to_owned(), FORM.expected));
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
    let bytes = match value {
        Raw::Text(_) | Raw::Escaped(_) => decoded(value, Field::Description)?,
        Raw::Number(digits) => digits.into(),
        Raw::Other(word @ (b"true" | b"false")) => word.into(),
        _ => (&b""[..]).into(),
    };
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn not_entity(value: String, expected: &'static str) -> RecordFault {
    RecordFault { reason: Reason::NotRecords, field: None, value, expected: expected.into() }
}
