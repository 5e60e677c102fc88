//! The record, spelled once, and the frame that many of them make.

mod people;
mod to_polars;

use std::collections::HashMap;

use polars::prelude::{DataFrame, DataType, TimeUnit};

pub use self::people::People;
use crate::amount::Amount;
use crate::dimension::{Attribute, Dimension};
use crate::error::Result;
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
    /// One row a record: see [`record_column`].
    pub records: DataFrame,
    /// One row a parent: see [`parent_column`].
    pub parents: DataFrame,
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
    pub fn refresh_people(&mut self) -> Result<()> {
        for at in 0..self.attributes.len() {
            if let Some(people) = self.attributes[at].people.clone() {
                self.attributes[at] = people.of_frame(self)?;
            }
        }
        Ok(())
    }

    /// All columns of the user's own.
    pub fn attribute_columns(&self) -> impl Iterator<Item = &AttributeColumn> {
        self.attributes.iter().flat_map(|table| &table.columns)
    }
}

/// The columns of [`UsageFrame::records`].
pub mod record_column {
    /// `UInt32`: the row in the parents.
    pub const PARENT: &str = "parent";
    /// `UInt32`: the place in the usernames.
    pub const USERNAME: &str = "username";
    /// `Decimal(38, 2)`.
    pub const USAGE: &str = "usage";
    /// `Decimal(38, 3)`: the record's part of its parent's amount, 0 without a price; only where usage has prices.
    pub const AMOUNT: &str = "amount";
    /// `UInt128`; like the columns below only where single records are asked for.
    pub const UUID: &str = "uuid";
    /// `Datetime` in microseconds, UTC.
    pub const MODIFIED: &str = "modified";
    /// `Datetime` in microseconds, UTC; null where missing.
    pub const CREATED: &str = "created";
    /// `UInt32`: the place in the texts; null where the source has null or nothing.
    pub const USER: &str = "user";
    /// `UInt32`, as the one below: the place in the texts, which is an empty one where the source has nothing.
    pub const DESCRIPTION: &str = "description";
    pub const BACKEND_ID: &str = "backend_id";
}

/// The columns of [`UsageFrame::parents`].
pub mod parent_column {
    /// `UInt128`.
    pub const UUID: &str = "uuid";
    /// `String`: the URI as the source wrote it; only where single records are asked for.
    pub const COMPONENT_USAGE: &str = "component_usage";
    /// `UInt32`, as the five below: the place in the list of that name.
    pub const CUSTOMER: &str = "customer";
    pub const PROJECT: &str = "project";
    pub const OFFERING: &str = "offering";
    pub const RESOURCE: &str = "resource";
    pub const COMPONENT_TYPE: &str = "component_type";
    pub const MEASURED_UNIT: &str = "measured_unit";
    /// `Datetime` in microseconds, UTC; null where missing.
    pub const DATE: &str = "date";
    /// `Int32`: the month as [`BillingPeriod::number`](crate::period::BillingPeriod::number) counts.
    pub const BILLING_PERIOD: &str = "billing_period";
    /// `UInt32`: the place in the currencies, null where there is none; as the one below only where usage has prices.
    pub const CURRENCY: &str = "currency";
    /// `Boolean`: whether a price was found.
    pub const IS_PRICED: &str = "is_priced";

    /// The column that points to the entities of a dimension; none of what has no uuids.
    pub fn of_entities(dimension: super::Dimension) -> Option<&'static str> {
        match dimension {
            super::Dimension::Customer => Some(CUSTOMER),
            super::Dimension::Project => Some(PROJECT),
            super::Dimension::Offering => Some(OFFERING),
            super::Dimension::Resource => Some(RESOURCE),
            _ => None,
        }
    }
}

/// The type of every time in a frame.
pub fn time_type() -> DataType {
    DataType::Datetime(TimeUnit::Microseconds, None)
}
