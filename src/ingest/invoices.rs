//! Invoice items: dumps of `/api/invoices/` or `/api/invoice-items/`, or a table of the same columns.

use std::collections::HashMap;
use std::fmt;

use chrono_tz::Tz;

use super::RecordFault;
use super::completeness::{Kind, Tally};
use super::index::Index;
use super::objects::Object;
use super::others::{Dumps, Form, read_dumps};
use super::progress::Progress;
use super::raw::{Raw, RawRecord};
use super::token::{parse_uri_uuid, parse_uuid};
use super::values::{
    derived_period, optional_text, parse_period, required_text, required_time, required_uuid, shown,
};
use crate::error::Result;
use crate::fault::{Faults, Reason};
use crate::finding::Notice;
use crate::period::BillingPeriod;
use crate::quantity::{Quantity, parse_exact};
use crate::usage::Field;

/// What an invoice bills of a component on a resource in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceItem {
    pub resource_uuid: u128,
    /// Empty where the dump does not have it.
    pub resource_name: Box<str>,
    /// `details.offering_component_type` at the endpoint.
    pub component_type: Box<str>,
    /// Empty where the dump does not have it.
    pub measured_unit: Box<str>,
    pub billing_period: BillingPeriod,
    pub quantity: InvoiceQuantity,
}

/// Dumps of invoice items, as they count.
#[derive(Clone, Debug, Default)]
pub struct InvoiceItems {
    /// Several of one resource, component and month add up; of one invoice or item in several dumps the latest dump's
    /// counts.
    pub rows: Vec<InvoiceItem>,
    /// Items that bill no usage: fixed prices, limits, credits, discounts, compensations.
    pub skipped: u64,
    pub faults: Faults,
    pub notices: Vec<Notice>,
    pub files: Vec<String>,
}

/// An exact decimal with seven places, as the source has it; kept as whole ten-millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvoiceQuantity(i128);

/// Decimals of a quantity on an invoice.
const DECIMALS: u8 = 7;

/// Ten-millionths of a hundredth.
const PER_HUNDREDTH: i128 = 100_000;

impl From<Quantity> for InvoiceQuantity {
    fn from(quantity: Quantity) -> Self {
        Self(quantity.hundredths() * PER_HUNDREDTH)
    }
}

impl std::ops::AddAssign for InvoiceQuantity {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.checked_add(other.0).expect("a sum of quantities fits 38 digits");
    }
}

/// Prints two decimals, and more where they are not zero: `12.50`, `0.9765625`.
impl fmt::Display for InvoiceQuantity {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let whole = Quantity::from_hundredths(self.0 / PER_HUNDREDTH);
        let rest = (self.0 % PER_HUNDREDTH).unsigned_abs();
        let sign = if self.0 < 0 && whole == Quantity::ZERO { "-" } else { "" };
        match rest {
            0 => write!(f, "{whole}"),
            rest => write!(f, "{sign}{whole}{}", format!("{rest:05}").trim_end_matches('0')),
        }
    }
}

const FORM: Form = Form {
    kind: Kind {
        claim: Index::claim_of_pages,
        noun: "invoices or invoice items",
        remedy: "What is billed is probably missing. Fetch the dump again in slices that fit on one page.",
    },
    name: field_name,
    expected: "invoices or invoice items",
};

/// Reads files and folders of JSON or CSV, packed or not. The month of an item is that of its invoice, else that of
/// its `start` in `timezone`.
///
/// # Errors
/// Inputs that are not there or can not be read, an index that is none, an interruption.
pub fn read_invoice_items(
    inputs: &[String],
    timezone: Tz,
    accepts_incomplete: bool,
    progress: &Progress,
) -> Result<InvoiceItems> {
    let mut shelf = Shelf::default();
    let dumps = read_dumps(inputs, &FORM, accepts_incomplete, progress, |object, _, rank, tally| {
        shelf.put(object, Entry::new(object, rank, timezone)?, tally);
        Ok(())
    })?;
    let Dumps { faults, notices, files } = dumps;
    let skipped = shelf.entries.iter().map(|entry| entry.skipped).sum();
    let rows = shelf.entries.into_iter().flat_map(|entry| entry.items).collect();
    Ok(InvoiceItems { rows, skipped, faults, notices, files })
}

/// What counts so far: of one invoice or item in several dumps that of the latest.
#[derive(Default)]
struct Shelf {
    entries: Vec<Entry>,
    places: HashMap<u128, usize>,
}

/// An invoice, or an item by itself.
struct Entry {
    /// The rank of its dump.
    dump: u32,
    items: Vec<InvoiceItem>,
    skipped: u64,
}

impl Shelf {
    fn put(&mut self, object: &Object, entry: Entry, tally: &mut Tally) {
        let uuid = match object.get("uuid") {
            Raw::Text(uuid) => parse_uuid(uuid),
            _ => None,
        };
        let known = uuid.and_then(|uuid| self.places.get(&uuid)).map(|&place| &mut self.entries[place]);
        match known {
            Some(known) if known.dump == entry.dump => tally.repeats += 1,
            Some(known) => {
                tally.distinct += 1;
                if known.dump < entry.dump {
                    *known = entry;
                }
            }
            None => {
                tally.distinct += 1;
                self.places.extend(uuid.map(|uuid| (uuid, self.entries.len())));
                self.entries.push(entry);
            }
        }
    }
}

impl Entry {
    fn new(object: &Object, dump: u32, timezone: Tz) -> Result<Self, RecordFault> {
        let mut entry = Self { dump, items: Vec::new(), skipped: 0 };
        let month = month(object)?;
        match object.objects("items") {
            Some(items) => {
                for object in &items {
                    entry.take(item(object, month, timezone)?);
                }
            }
            None => entry.take(item(object, month, timezone)?),
        }
        Ok(entry)
    }

    fn take(&mut self, item: Option<InvoiceItem>) {
        match item {
            Some(item) => self.items.push(item),
            None => self.skipped += 1,
        }
    }
}

/// The item, where it bills usage.
fn item(object: &Object, month: Option<i32>, timezone: Tz) -> Result<Option<InvoiceItem>, RecordFault> {
    let details = object.object("details");
    let resource = match object.first(&["resource_uuid"]) {
        Raw::Missing => details.first(&["resource_uuid"]),
        uuid => uuid,
    };
    let resource = match (resource, object.get("resource")) {
        (Raw::Missing, Raw::Text(uri)) => parse_uri_uuid(uri).map_or(Raw::Missing, Raw::Uuid),
        (resource, _) => resource,
    };
    let component = match object.first(&["offering_component_type", "component_type", "type"]) {
        Raw::Missing => details.first(&["offering_component_type"]),
        component => component,
    };
    let is_for_component = resource != Raw::Missing && component != Raw::Missing;
    if !is_for_component || !is_for_usage(object, &details) {
        return Ok(None);
    }
    let mut record = RawRecord::default();
    record.set(Field::ResourceUuid, resource);
    record.set(Field::ComponentType, component);
    record.set(Field::MeasuredUnit, object.get("measured_unit"));
    record.set(Field::Date, object.get("start"));
    record.set(
        Field::ResourceName,
        match object.first(&["resource_name"]) {
            Raw::Missing => details.get("resource_name"),
            name => name,
        },
    );
    let month = match month {
        Some(month) => month,
        None => derived_period(required_time(&record, Field::Date)?, timezone),
    };
    let text = |field| -> Result<Box<str>, RecordFault> {
        Ok(String::from_utf8_lossy(&optional_text(&record, field)?.unwrap_or_default()).into())
    };
    Ok(Some(InvoiceItem {
        resource_uuid: required_uuid(&record, Field::ResourceUuid)?,
        resource_name: text(Field::ResourceName)?,
        component_type: String::from_utf8_lossy(&required_text(&record, Field::ComponentType)?).into(),
        measured_unit: text(Field::MeasuredUnit)?,
        billing_period: BillingPeriod::from_number(month),
        quantity: quantity(object)?,
    }))
}

/// Whether an item bills what was used. Where it does not say by which it bills, its unit must be the quantity.
fn is_for_usage(object: &Object, details: &Object) -> bool {
    let is = |name: &str, text: &[u8]| object.get(name) == Raw::Text(text);
    let is_credit = object.get("credit") == Raw::Other(b"true") || is("credit", b"true");
    let is_compensation = matches!(object.get("unit_price"), Raw::Text([b'-', ..]) | Raw::Number([b'-', ..]));
    let bills_usage = match object.first(&["billing_type"]) {
        Raw::Missing => object.first(&["unit"]) == Raw::Missing || is("unit", b"quantity"),
        billing_type => billing_type == Raw::Text(b"usage"),
    };
    bills_usage && !is_credit && !is_compensation && !details.has("is_discount")
}

/// The month of an invoice or a line of a table, where it says one.
fn month(object: &Object) -> Result<Option<i32>, RecordFault> {
    let period = object.first(&["billing_period"]);
    if let Raw::Text(text) = period {
        let first_day = if text.len() == 7 { [text, b"-01"].concat() } else { text.to_vec() };
        return match parse_period(&first_day) {
            Some(period) => Ok(Some(period)),
            None => Err(bad(Field::BillingPeriod, period, "a month, as 2026-10 or 2026-10-01")),
        };
    }
    let (year, month) = (object.first(&["year", "invoice_year"]), object.first(&["month", "invoice_month"]));
    if (year, month) == (Raw::Missing, Raw::Missing) {
        return Ok(None);
    }
    let number = |value: Raw| match value {
        Raw::Number(digits) | Raw::Text(digits) => std::str::from_utf8(digits).ok()?.parse::<u32>().ok(),
        _ => None,
    };
    let period = number(year).zip(number(month));
    let period = period.and_then(|(year, month)| BillingPeriod::new(i32::try_from(year).ok()?, month));
    match period {
        Some(period) => Ok(Some(period.number())),
        None => Err(bad(Field::BillingPeriod, month, "a year and a month, 1 to 12")),
    }
}

fn quantity(object: &Object) -> Result<InvoiceQuantity, RecordFault> {
    let value = object.first(&["quantity"]);
    let parsed = match value {
        Raw::Number(digits) | Raw::Text(digits) => parse_exact(digits, DECIMALS).ok(),
        _ => None,
    };
    parsed
        .map(InvoiceQuantity)
        .ok_or_else(|| bad(Field::Usage, value, "a decimal of at most 7 digits after the point"))
}

fn bad(field: Field, value: Raw, expected: &'static str) -> RecordFault {
    match value {
        Raw::Missing => RecordFault::new(Reason::MissingField, field, "missing", expected),
        value => RecordFault::new(Reason::BadValue, field, shown(value), expected),
    }
}

/// A field by its name on an invoice.
fn field_name(field: Field) -> &'static str {
    match field {
        Field::ComponentType => "offering_component_type",
        Field::Usage => "quantity",
        Field::Date => "start",
        field => field.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_printed_with_two_decimals_or_with_all_it_has() {
        let printed =
            |token: &str| InvoiceQuantity(parse_exact(token.as_bytes(), DECIMALS).unwrap()).to_string();
        for (token, text) in
            [("12.5000000", "12.50"), ("0.9765625", "0.9765625"), ("-0.001", "-0.001"), ("7", "7.00")]
        {
            assert_eq!(printed(token), text);
        }
        assert_eq!(InvoiceQuantity::from(Quantity::from_hundredths(-125)).to_string(), "-1.25");
    }
}
