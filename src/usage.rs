//! The record, spelled once, and the frame that many of them make.

mod columns;
mod parents;
mod people;
mod records;
#[cfg(test)]
mod tests;
mod to_polars;

use std::collections::HashMap;

pub(crate) use self::parents::Links;
pub use self::parents::Parents;
pub use self::people::People;
pub use self::records::{Details, Records};
use crate::amount::Amount;
use crate::dimension::{Attribute, Dimension};
use crate::period::BillingPeriod;

/// A field of a component user usage, in the order in which the endpoint writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    Uuid,
    User,
    Username,
    ComponentUsage,
    Usage,
    MeasuredUnit,
    Description,
    Created,
    Modified,
    BackendId,
    ResourceName,
    ResourceUuid,
    OfferingName,
    OfferingUuid,
    ProjectName,
    ProjectUuid,
    CustomerName,
    CustomerUuid,
    ComponentType,
    Date,
    BillingPeriod,
}

impl Field {
    pub const COUNT: usize = 21;

    pub const ALL: [Self; Self::COUNT] = [
        Self::Uuid,
        Self::User,
        Self::Username,
        Self::ComponentUsage,
        Self::Usage,
        Self::MeasuredUnit,
        Self::Description,
        Self::Created,
        Self::Modified,
        Self::BackendId,
        Self::ResourceName,
        Self::ResourceUuid,
        Self::OfferingName,
        Self::OfferingUuid,
        Self::ProjectName,
        Self::ProjectUuid,
        Self::CustomerName,
        Self::CustomerUuid,
        Self::ComponentType,
        Self::Date,
        Self::BillingPeriod,
    ];

    /// The key in JSON, the header in CSV, the column in Parquet.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::User => "user",
            Self::Username => "username",
            Self::ComponentUsage => "component_usage",
            Self::Usage => "usage",
            Self::MeasuredUnit => "measured_unit",
            Self::Description => "description",
            Self::Created => "created",
            Self::Modified => "modified",
            Self::BackendId => "backend_id",
            Self::ResourceName => "resource_name",
            Self::ResourceUuid => "resource_uuid",
            Self::OfferingName => "offering_name",
            Self::OfferingUuid => "offering_uuid",
            Self::ProjectName => "project_name",
            Self::ProjectUuid => "project_uuid",
            Self::CustomerName => "customer_name",
            Self::CustomerUuid => "customer_uuid",
            Self::ComponentType => "component_type",
            Self::Date => "date",
            Self::BillingPeriod => "billing_period",
        }
    }

    pub fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name().as_bytes() == name)
    }

    /// Whether a record cannot do without it. `billing_period` may be derived from `date`.
    pub fn is_required(self) -> bool {
        !matches!(
            self,
            Self::User
                | Self::Description
                | Self::BackendId
                | Self::Created
                | Self::Date
                | Self::BillingPeriod
        )
    }
}

/// A uuid and the name that the latest dump gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    pub uuid: u128,
    pub name: Box<str>,
}

/// Usage records as columns.
///
/// A star: one row for each record that counts, one for each parent (component usage) that they hang
/// on, and the names that both point to by number. Nothing in it is an older version, a repeat or a fault.
#[derive(Clone, Debug, Default)]
pub struct UsageFrame {
    pub records: Records,
    pub parents: Parents,
    pub customers: Vec<Entity>,
    pub projects: Vec<Entity>,
    pub offerings: Vec<Entity>,
    pub resources: Vec<Entity>,
    pub component_types: Vec<Box<str>>,
    pub measured_units: Vec<Box<str>>,
    pub usernames: Vec<Box<str>>,
    /// Users, descriptions and backend ids; none where single records are not asked for.
    pub texts: Vec<Box<str>>,
    /// Columns of the user's own, a table for each file that they come from.
    pub attributes: Vec<AttributeTable>,
    /// The months of which there were records before any filter, by their running numbers, in order.
    pub months: Vec<i32>,
    /// The months that are known to have no record, because the server counted none or a book has them so; in order.
    pub empty_months: Vec<i32>,
    /// Codes of ISO 4217; none where usage has no prices.
    pub currencies: Vec<Box<str>>,
    /// The decimals that amounts of each currency are shown with.
    pub currency_places: Vec<u8>,
    /// What customers get back beside their usage; none where usage has no prices.
    pub credits: Vec<Credit>,
}

/// Money that a customer gets back in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The place among the customers, as the two below in the list of that name.
    pub customer: u32,
    pub project: Option<u32>,
    pub currency: u32,
    pub period: BillingPeriod,
    /// Below zero.
    pub amount: Amount,
    pub description: Box<str>,
}

/// Columns of the user's own that hang on the entities of one list of a frame.
#[derive(Clone, Debug)]
pub struct AttributeTable {
    /// The file, as messages name it.
    pub file: String,
    /// What they hang on: customer, project, offering, resource or user.
    pub owner: Dimension,
    /// For each entity whether the file has a row for it.
    pub is_matched: Vec<bool>,
    pub columns: Vec<AttributeColumn>,
    /// Rows of uuids that no entity has: for each column the place in its values.
    pub waiting: HashMap<u128, Vec<u32>>,
    /// Where the values of users come from, which depend on the records of the frame.
    pub people: Option<People>,
}

/// One column of the user's own.
#[derive(Clone, Debug)]
pub struct AttributeColumn {
    pub attribute: Attribute,
    /// Distinct values. The first one is the empty text, which stands for no value.
    pub values: Vec<Box<str>>,
    /// For each entity the place in the values.
    pub places: Vec<u32>,
}

impl UsageFrame {
    /// The customers, projects, offerings or resources; none of what has no uuids.
    pub fn entities(&self, dimension: Dimension) -> &[Entity] {
        match dimension {
            Dimension::Customer => &self.customers,
            Dimension::Project => &self.projects,
            Dimension::Offering => &self.offerings,
            Dimension::Resource => &self.resources,
            _ => &[],
        }
    }

    /// Gives entities that were added behind those that attributes were joined to what the files know of them.
    pub fn extend_attributes(&mut self) {
        let mut attributes = std::mem::take(&mut self.attributes);
        for table in &mut attributes {
            let entities = self.entities(table.owner);
            for entity in &entities[table.is_matched.len().min(entities.len())..] {
                let row = table.waiting.remove(&entity.uuid);
                table.is_matched.push(row.is_some());
                for (at, column) in table.columns.iter_mut().enumerate() {
                    column.places.push(row.as_ref().map_or(0, |row| row[at]));
                }
            }
        }
        self.attributes = attributes;
    }

    /// Names the people behind usernames anew, after some records were taken out.
    pub fn refresh_people(&mut self) {
        for at in 0..self.attributes.len() {
            if let Some(people) = self.attributes[at].people.clone() {
                self.attributes[at] = people.of_frame(self);
            }
        }
    }

    /// Whether each parent has records.
    pub fn has_records(&self) -> Vec<bool> {
        let mut has_records = vec![false; self.parents.len()];
        self.records.parent().iter().for_each(|parent| has_records[*parent as usize] = true);
        has_records
    }

    /// All columns of the user's own.
    pub fn attribute_columns(&self) -> impl Iterator<Item = &AttributeColumn> {
        self.attributes.iter().flat_map(|table| &table.columns)
    }
}
