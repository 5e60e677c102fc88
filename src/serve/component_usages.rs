//! The list and retrieve of component usages, the parents of the records, as their own endpoint answers them.

use std::cmp::{Ordering, Reverse};

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::error::Result;
use crate::filter::{Facts, Filters, local_date};
use crate::listing::{ListRequest, Listing, OrderKey, UsageStyle, place_page, time_text, usage_text};
use crate::objects::{ComponentUsage, ComponentUsages};
use crate::text::uuid_text;

/// The fields in the order of the endpoint; the last one only servers from 8.1 on have.
pub(crate) const FIELDS: [&str; 20] = [
    "uuid",
    "created",
    "description",
    "type",
    "name",
    "measured_unit",
    "usage",
    "date",
    "recurring",
    "resource_name",
    "resource_uuid",
    "offering_name",
    "offering_uuid",
    "project_name",
    "project_uuid",
    "customer_name",
    "customer_uuid",
    "billing_period",
    "modified_by",
    "missing_usage_policy",
];

/// Component usages that were read once, with all their fields.
#[derive(Debug)]
pub struct ComponentUsageList {
    /// By uuid.
    rows: Vec<ComponentUsage>,
    /// The calendar date of each.
    dates: Vec<Option<NaiveDate>>,
}

impl ComponentUsageList {
    /// Dates are those of `timezone`.
    pub fn new(usages: ComponentUsages, timezone: Tz) -> Self {
        let dates = usages.rows.iter().map(|row| local_date(row.date, timezone)).collect();
        Self { rows: usages.rows, dates }
    }

    /// How many component usages there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One page. Every order is made total by the uuid.
    ///
    /// # Errors
    /// A page that there is not.
    pub fn list(&self, filters: &Filters, request: &ListRequest) -> Result<Listing> {
        let passing = (0..self.rows.len()).filter(|row| self.passes(*row, filters));
        let mut rows: Vec<u32> = passing.map(|row| row as u32).collect();
        rows.sort_by(|one, other| self.compare(*one as usize, *other as usize, request));
        let (page, pages, window) = place_page(rows.len(), request.paging)?;
        Ok(Listing { total: rows.len(), page, pages, rows: rows[window].to_vec() })
    }

    /// The row of one component usage if the filters let it through.
    pub fn retrieve(&self, uuid: u128, filters: &Filters) -> Option<u32> {
        let row = self.rows.binary_search_by_key(&uuid, |row| row.uuid).ok()?;
        self.passes(row, filters).then_some(row as u32)
    }

    /// The body of the endpoint's list.
    pub fn array(&self, rows: &[u32], fields: &[&str], usage: UsageStyle) -> String {
        let objects: Vec<String> = rows.iter().map(|row| self.object(*row, fields, usage)).collect();
        format!("[{}]", objects.join(","))
    }

    /// The body of the endpoint's retrieve.
    pub fn object(&self, row: u32, fields: &[&str], usage: UsageStyle) -> String {
        let row = &self.rows[row as usize];
        let fields = fields.iter().filter_map(|name| Some(format!("\"{name}\":{}", json(row, name, usage)?)));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }

    fn passes(&self, row: usize, filters: &Filters) -> bool {
        let usage = &self.rows[row];
        filters.is_empty()
            || filters.admits(&Facts {
                period: usage.billing_period,
                customer: usage.customer_uuid,
                project: usage.project_uuid,
                offering: usage.offering_uuid,
                resource: Some(usage.resource_uuid),
                component_type: Some(&usage.component_type),
                date: self.dates[row],
            })
    }

    /// The newest date first and then the component type, if no order is asked for. A missing date is older than any.
    fn compare(&self, one: usize, other: usize, request: &ListRequest) -> Ordering {
        let (one, other) = (&self.rows[one], &self.rows[other]);
        let newest = |row: &ComponentUsage| Reverse(row.date);
        let by = |key, one: &ComponentUsage, other: &ComponentUsage| match key {
            OrderKey::BillingPeriod => one.billing_period.cmp(&other.billing_period),
            OrderKey::Usage => one.usage.cmp(&other.usage),
            // No component usage has a username, and no request can ask for it.
            OrderKey::Username => Ordering::Equal,
        };
        let ordered = request.orders.iter().map(|order| match order.is_descending {
            true => by(order.key, other, one),
            false => by(order.key, one, other),
        });
        let ordering = match request.orders.is_empty() {
            true => {
                newest(one).cmp(&newest(other)).then_with(|| one.component_type.cmp(&other.component_type))
            }
            false => ordered.fold(Ordering::Equal, Ordering::then),
        };
        ordering.then_with(|| one.uuid.cmp(&other.uuid))
    }
}

/// A field as JSON: null if the dump does not have it, nothing if only newer servers have it.
fn json(row: &ComponentUsage, name: &str, usage: UsageStyle) -> Option<String> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let dumped = row.fields.iter().find(|(known, _)| **known == *name).map(|(_, json)| &**json);
    let uuid = |uuid: Option<u128>| uuid.map_or_else(|| "null".to_owned(), |uuid| quoted(&uuid_text(uuid)));
    Some(match name {
        "uuid" => uuid(Some(row.uuid)),
        "resource_uuid" => uuid(Some(row.resource_uuid)),
        "offering_uuid" => uuid(row.offering_uuid),
        "project_uuid" => uuid(row.project_uuid),
        "customer_uuid" => uuid(row.customer_uuid),
        "usage" => match usage {
            UsageStyle::Number => usage_text(row.usage, usage),
            UsageStyle::String => quoted(&usage_text(row.usage, usage)),
        },
        "date" => row.date.and_then(time_text).map_or_else(|| "null".to_owned(), |date| quoted(&date)),
        "billing_period" => quoted(&format!("{}-01", row.billing_period)),
        // A table has them as text.
        "recurring" | "modified_by" => dumped.unwrap_or("null").trim_matches('"').to_ascii_lowercase(),
        "missing_usage_policy" => dumped?.to_owned(),
        _ => dumped.unwrap_or("null").to_owned(),
    })
}
