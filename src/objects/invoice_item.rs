//! One item of an invoice: what it bills, and whether that can be compared with usage.

use chrono_tz::Tz;

use super::invoice_quantity::InvoiceQuantity;
use super::object::Object;
use crate::fault::Reason;
use crate::ingest::records::collector::RecordFault;
use crate::ingest::records::folder_month::YEARS;
use crate::ingest::records::raw::{Raw, RawRecord};
use crate::ingest::records::values::{
    ALL_DIGITS, decoded, derived_period, has_lost_digits, optional_text, parse_period, required_text,
    required_time, required_uuid, shown, written_period,
};
use crate::period::BillingPeriod;
use crate::text::{parse_uri_uuid, parse_uuid};
use crate::usage::Field;

/// What an invoice bills of a component on a resource in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvoiceItem {
    pub(crate) resource_uuid: u128,
    /// Empty if the dump does not have it.
    pub(crate) resource_name: Box<str>,
    /// `details.offering_component_type` at the endpoint.
    pub(crate) component_type: Box<str>,
    /// Empty if the dump does not have it.
    pub(crate) measured_unit: Box<str>,
    pub(crate) billing_period: BillingPeriod,
    pub(crate) quantity: InvoiceQuantity,
    /// What it costs without tax; `None` if the dump does not have it, or has lost digits of it.
    pub(crate) amount: Option<InvoiceQuantity>,
    /// The price is 0 because the resource's plan has none for the component: `plan_component` is null.
    pub(crate) has_no_price: bool,
    /// The quantity is in hours or GB-hours, the usage in minutes: the portal's old SLURM plugin.
    pub(crate) is_of_old_slurm: bool,
}

/// What an item that cannot be used is about, if it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnusableItem {
    pub(crate) resource_uuid: u128,
    /// `None` if the item does not say it: it may be any.
    pub(crate) component_type: Option<Box<str>>,
    pub(crate) billing_period: BillingPeriod,
}

impl UnusableItem {
    /// `None` if the item does not say its resource or month.
    pub(crate) fn of(object: &Object, month: Option<i32>, timezone: Tz) -> Option<Self> {
        let details = object.object("details");
        let mut record = RawRecord::default();
        record.set(Field::ResourceUuid, resource(object, &details));
        record.set(Field::ComponentType, component(object, &details));
        record.set(Field::Date, object.get("start"));
        let month = match month {
            Some(month) => month,
            None => derived_period(required_time(&record, Field::Date).ok()?, timezone),
        };
        let component = required_text(&record, Field::ComponentType).ok();
        Some(Self {
            resource_uuid: required_uuid(&record, Field::ResourceUuid).ok()?,
            component_type: component.map(|bytes| String::from_utf8_lossy(&bytes).into()),
            billing_period: BillingPeriod::from_number(month),
        })
    }
}

/// What became of an item.
pub(crate) enum Taken {
    /// It bills usage.
    Usage(InvoiceItem),
    /// It bills what was used beyond a prepaid balance.
    Overage,
    /// It bills something else: a fixed price, a limit, a credit, a discount or a compensation.
    Other,
}

/// An item, and whether its name had to tell what it bills, because it has no `billing_type`.
pub(crate) fn take_item(
    object: &Object,
    month: Option<i32>,
    timezone: Tz,
) -> Result<(Taken, bool), RecordFault> {
    let details = object.object("details");
    let (resource, component) = (resource(object, &details), component(object, &details));
    let is_by_name = object.first(&["billing_type"]) == Raw::Missing && object.has("name");
    if resource == Raw::Missing || component == Raw::Missing || is_reduction(object, &details) {
        return Ok((Taken::Other, false));
    }
    if is_set(details.get("is_overage")) {
        return Ok((Taken::Overage, false));
    }
    if !is_for_usage(object, &details)? {
        return Ok((Taken::Other, is_by_name));
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
    let item = InvoiceItem {
        resource_uuid: required_uuid(&record, Field::ResourceUuid)?,
        resource_name: text(Field::ResourceName)?,
        component_type: String::from_utf8_lossy(&required_text(&record, Field::ComponentType)?).into(),
        measured_unit: text(Field::MeasuredUnit)?,
        billing_period: BillingPeriod::from_number(month),
        quantity: quantity(object)?,
        amount: amount(object),
        has_no_price: object.has("details")
            && details.first(&["plan_component_id"]) == Raw::Missing
            && is_zero(object.get("unit_price")),
        is_of_old_slurm: details.get("offering_type") == Raw::Text(b"SlurmInvoices.SlurmPackage"),
    };
    Ok((Taken::Usage(item), is_by_name))
}

fn resource<'a>(object: &Object<'a>, details: &Object<'a>) -> Raw<'a> {
    let resource = match object.first(&["resource_uuid"]) {
        Raw::Missing => details.first(&["resource_uuid"]),
        uuid => uuid,
    };
    match (resource, object.get("resource")) {
        (Raw::Missing, Raw::Text(uri)) => parse_uri_uuid(uri).map_or(Raw::Missing, Raw::Uuid),
        (resource, _) => resource,
    }
}

fn component<'a>(object: &Object<'a>, details: &Object<'a>) -> Raw<'a> {
    match object.first(&["offering_component_type", "component_type", "type"]) {
        Raw::Missing => details.first(&["offering_component_type"]),
        component => component,
    }
}

/// Whether an item gives money back: a credit, a discount or a compensation. The last two copy the details of the
/// item that they reduce.
fn is_reduction(object: &Object, details: &Object) -> bool {
    is_set(object.get("credit"))
        || matches!(object.get("unit_price"), Raw::Text([b'-', ..]) | Raw::Number([b'-', ..]))
        || ["is_discount", "is_compensation"].iter().any(|flag| is_set(details.get(flag)))
}

fn is_set(value: Raw) -> bool {
    match value {
        Raw::Missing | Raw::Null | Raw::Other(b"false") => false,
        Raw::Text(text) => !text.eq_ignore_ascii_case(b"false"),
        _ => true,
    }
}

fn is_zero(value: Raw) -> bool {
    let number = match value {
        Raw::Number(digits) | Raw::Text(digits) => InvoiceQuantity::parse(digits),
        _ => None,
    };
    number == Some(InvoiceQuantity::default())
}

/// Whether an item bills what was used: its `billing_type` says so. If it has none, it must be billed by quantity and
/// its name, if it has one, be that of usage.
fn is_for_usage(object: &Object, details: &Object) -> Result<bool, RecordFault> {
    let billing_type = object.first(&["billing_type"]);
    if billing_type != Raw::Missing {
        return Ok(billing_type == Raw::Text(b"usage"));
    }
    let text = |value| match value {
        Raw::Text(_) | Raw::Escaped(_) => {
            let text = decoded(value, Field::ResourceName)?;
            Ok(Some(String::from_utf8_lossy(&text).into_owned()))
        }
        _ => Ok(None),
    };
    let is_by_quantity = matches!(object.first(&["unit"]), Raw::Missing | Raw::Text(b"quantity"));
    let Some(name) = text(object.get("name"))? else { return Ok(is_by_quantity) };
    let of_details = |name| text(details.get(name));
    let resource = match text(object.first(&["resource_name"]))? {
        None => of_details("resource_name")?,
        name => name,
    };
    let component = of_details("offering_component_name")?;
    let plan = of_details("offering_name")?.zip(of_details("plan_name")?);
    let plan = plan.map(|(offering, plan)| format!(" ({offering} / {plan})"));
    Ok(is_by_quantity && is_name_of_usage(&name, resource.as_deref(), component.as_deref(), plan.as_deref()))
}

/// `resource / component` is usage; `resource (offering / plan) / component` is a fixed price or a limit.
fn is_name_of_usage(name: &str, resource: Option<&str>, component: Option<&str>, plan: Option<&str>) -> bool {
    let of_component = component.and_then(|component| name.strip_suffix(component)?.strip_suffix(" / "));
    let Some(of_resource) = of_component.or_else(|| Some(name.rsplit_once(" / ")?.0)) else { return false };
    if resource == Some(of_resource) {
        return true;
    }
    let ends_with_plan = plan.is_some_and(|plan| of_resource.ends_with(plan));
    let looks_like_plan = of_resource.ends_with(')')
        && of_resource.split_once(" (").is_some_and(|(_, plan)| plan.contains(" / "));
    !ends_with_plan && !looks_like_plan
}

/// The month of an invoice or a line of a table, if it says one.
pub(crate) fn month(object: &Object) -> Result<Option<i32>, RecordFault> {
    let period = object.first(&["billing_period"]);
    if let Raw::Text(text) = period {
        let first_day = if text.len() == 7 { [text, b"-01"].concat() } else { text.to_vec() };
        return match parse_period(&first_day).or_else(|| written_period(text)) {
            Some(period) => Ok(Some(period)),
            None => Err(bad(Field::BillingPeriod, period, "a month, as 2026-10 or 2026-10-01")),
        };
    }
    let (year, month) = (object.first(&["year", "invoice_year"]), object.first(&["month", "invoice_month"]));
    if (year, month) == (Raw::Missing, Raw::Missing) {
        return Ok(None);
    }
    let number = |value: Raw| -> Option<i32> {
        match value {
            Raw::Number(digits) | Raw::Text(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
            _ => None,
        }
    };
    let year_number = number(year).filter(|year| YEARS.contains(year));
    let Some(year_number) = year_number else {
        return Err(bad(Field::BillingPeriod, year, "a year from 2000 to 2100, besides a month"));
    };
    match number(month).and_then(|month| BillingPeriod::new(year_number, u32::try_from(month).ok()?)) {
        Some(period) => Ok(Some(period.number())),
        None => Err(bad(Field::BillingPeriod, month, "a month from 1 to 12, besides a year")),
    }
}

/// The customer of an invoice or an item, if it says one.
pub(crate) fn customer(object: &Object) -> Option<u128> {
    match (object.first(&["customer_uuid"]), object.get("customer")) {
        (Raw::Text(uuid), _) => parse_uuid(uuid),
        (_, Raw::Text(uri)) => parse_uri_uuid(uri),
        _ => None,
    }
}

fn quantity(object: &Object) -> Result<InvoiceQuantity, RecordFault> {
    let value = object.first(&["quantity"]);
    let parsed = match value {
        Raw::Number(digits) | Raw::Text(digits) if has_lost_digits(digits) => {
            return Err(bad(Field::Usage, value, ALL_DIGITS));
        }
        Raw::Number(digits) | Raw::Text(digits) => InvoiceQuantity::parse(digits),
        _ => None,
    };
    parsed.ok_or_else(|| bad(Field::Usage, value, "a decimal of at most 10 digits after the point"))
}

/// The price of an item is its quantity times its unit price, without tax, as the portal rounded it.
fn amount(object: &Object) -> Option<InvoiceQuantity> {
    match object.first(&["price", "amount"]) {
        Raw::Number(digits) | Raw::Text(digits) if !has_lost_digits(digits) => InvoiceQuantity::parse(digits),
        _ => None,
    }
}

fn bad(field: Field, value: Raw, expected: &'static str) -> RecordFault {
    match value {
        Raw::Missing => RecordFault::new(Reason::MissingField, field, "missing", expected),
        value => RecordFault::new(Reason::BadValue, field, shown(value), expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_an_offering_and_a_plan_is_that_of_usage() {
        let plan = Some(" (Object storage, \"cold\" & archive / Standard)");
        for (name, resource, component, expected) in [
            ("\"prod\"-76 / CPU", Some("\"prod\"-76"), Some("CPU"), true),
            ("a / b / CPU", Some("a / b"), Some("CPU"), true),
            ("renamed since / CPU", Some("a"), Some("CPU"), true),
            ("a / CPU / GPU", Some("a"), Some("CPU / GPU"), true),
            ("vm (x / y) / CPU", Some("vm (x / y)"), Some("CPU"), true),
            ("a (Object storage, \"cold\" & archive / Standard) / Setup", Some("a"), Some("Setup"), false),
            ("b (Object storage, \"cold\" & archive / Standard) / Setup", Some("a"), Some("Setup"), false),
            ("a (Cloud VM (old) / Standard (2024)) / Disk", Some("a"), Some("Disk"), false),
            ("a (Cloud VM / Standard) / Disk", None, None, false),
            ("a / Disk", None, None, true),
            ("Consulting", None, None, false),
        ] {
            assert_eq!(is_name_of_usage(name, resource, component, plan), expected, "{name}");
        }
    }
}
