//! The record, spelled once, and the frame that many of them make.

mod cells;
mod columns;
mod lists;
mod parents;
mod people;
mod records;
#[cfg(test)]
mod tests;
mod to_arrow;
mod to_polars;

use std::collections::HashMap;

pub(crate) use self::cells::{Cells, CountedLevel, CountedUsers, Counts};
pub(crate) use self::lists::Lists;
pub(crate) use self::parents::Links;
pub use self::parents::Parents;
pub(crate) use self::people::People;
pub use self::records::{Details, Records};
pub use self::to_arrow::RecordBatches;
use crate::amount::Amount;
use crate::dimension::{Attribute, Dimension};
use crate::period::BillingPeriod;

/// The table: the fields of a record with their names, in the order in which the endpoint writes them.
macro_rules! fields {
    ($(#[$doc:meta] $field:ident $name:literal;)*) => {
        /// A field of a component user usage, in the order in which the endpoint writes them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field {
            $(#[$doc] $field,)*
        }

        impl Field {
            /// How many fields a record has.
            pub const COUNT: usize = [$(Self::$field),*].len();

            /// In the order in which the endpoint writes them.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$field),*];

            /// The key in JSON, the header in CSV, the column in Parquet.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $name,)*
                }
            }
        }
    };
}

fields! {
    /// The record's own uuid.
    Uuid "uuid";
    /// The URL of the offering user, the person behind the username; null where the portal knows none.
    User "user";
    /// Who used it; a username may be another person's on another offering.
    Username "username";
    /// The URL of the parent: the usage of all users of the resource's component in the month.
    ComponentUsage "component_usage";
    /// How much was used: at most 18 digits before the point and 2 after it.
    Usage "usage";
    /// The unit of the usage.
    MeasuredUnit "measured_unit";
    /// Free text that came with the usage.
    Description "description";
    /// When the portal made the record.
    Created "created";
    /// When the portal changed the record last: of two versions the later one counts.
    Modified "modified";
    /// What the provider's own system calls it.
    BackendId "backend_id";
    /// The name of the resource.
    ResourceName "resource_name";
    /// The uuid of the resource.
    ResourceUuid "resource_uuid";
    /// The name of the offering that the resource is an instance of.
    OfferingName "offering_name";
    /// The uuid of the offering.
    OfferingUuid "offering_uuid";
    /// The name of the project that has the resource.
    ProjectName "project_name";
    /// The uuid of the project.
    ProjectUuid "project_uuid";
    /// The name of the customer that pays for the project.
    CustomerName "customer_name";
    /// The uuid of the customer.
    CustomerUuid "customer_uuid";
    /// What is measured on the resource.
    ComponentType "component_type";
    /// When the usage was reported. It decides the month where there is no billing period.
    Date "date";
    /// The first day of the month that the usage counts for.
    BillingPeriod "billing_period";
}

impl Field {
    /// The field of that name, letter for letter.
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

    /// Whether all records of a parent have the same.
    pub fn is_of_parent(self) -> bool {
        !matches!(
            self,
            Self::Uuid
                | Self::User
                | Self::Username
                | Self::Usage
                | Self::Description
                | Self::Created
                | Self::Modified
                | Self::BackendId
        )
    }
}

/// A uuid and the name that the latest dump gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// The 32 hex digits as a number; [`uuid_text`](crate::text::uuid_text) spells them.
    pub uuid: u128,
    /// Byte for byte; another entity may have the same.
    pub name: Box<str>,
}

/// Usage records as columns.
///
/// A star: one row for each record that counts, one for each parent (component usage) that they hang
/// on, and the names that both point to by number. Nothing in it is an older version, a repeat or a fault.
#[derive(Clone, Debug, Default)]
pub struct UsageFrame {
    /// One row for each record that counts.
    pub records: Records,
    /// One row for each component usage that has records, and for no other.
    pub parents: Parents,
    /// Who pays. Parents point to places in this list, as in the five below.
    pub customers: Vec<Entity>,
    /// What customers have.
    pub projects: Vec<Entity>,
    /// What providers offer.
    pub offerings: Vec<Entity>,
    /// What projects have of offerings.
    pub resources: Vec<Entity>,
    /// What is measured on resources, each type once.
    pub component_types: Vec<Box<str>>,
    /// What it is measured in, each unit once, byte for byte.
    pub measured_units: Vec<Box<str>>,
    /// Who used it, each username once. Records point to places in this list.
    pub usernames: Vec<Box<str>>,
    /// The place among the usernames that means no user: rows that point to it are no records, but what a component
    /// usage has more than its users, or less. `None` if there is no such row.
    pub no_user: Option<u32>,
    /// Users, descriptions and backend ids; none if single records are not asked for.
    pub texts: Vec<Box<str>>,
    /// Columns of the user's own, a table for each file that they come from.
    pub attributes: Vec<AttributeTable>,
    /// The months of which there were records before any filter, by their running numbers, in order.
    pub months: Vec<i32>,
    /// The months that are known to have no record, because the server counted none or a book has them so; in order.
    pub empty_months: Vec<i32>,
    /// Codes of ISO 4217; none if usage has no prices.
    pub currencies: Vec<Box<str>>,
    /// The decimals that amounts of each currency are shown with.
    pub currency_places: Vec<u8>,
    /// What customers get back beside their usage; none if usage has no prices.
    pub credits: Vec<Credit>,
}

/// Money that a customer gets back in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The place among the customers, as the two below in the list of that name.
    pub customer: u32,
    /// `None` for a credit of the customer as a whole.
    pub project: Option<u32>,
    /// What the amount is in.
    pub currency: u32,
    /// The month whose bill the credit is on.
    pub period: BillingPeriod,
    /// Below zero for what the customer gets back.
    pub amount: Amount,
    /// What the price list, or the adjustment, says that it is for.
    pub description: Box<str>,
    /// The amount in another currency and the rate that it was converted at, as `-6 JPY at 0.0061`.
    pub exchange: Option<Box<str>>,
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
    /// In the order of the file.
    pub columns: Vec<AttributeColumn>,
    /// Rows of uuids that no entity has: for each column the place in its values.
    pub(crate) waiting: HashMap<u128, Vec<u32>>,
    /// Where the values of users come from, which depend on the records of the frame.
    pub(crate) people: Option<People>,
}

/// One column of the user's own.
#[derive(Clone, Debug)]
pub struct AttributeColumn {
    /// Its name, and what it hangs on.
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

    /// Whether a place among the usernames is that of a user.
    pub fn is_user(&self, username: u32) -> bool {
        self.no_user != Some(username)
    }

    /// The number of records. Rows that no user has are none.
    pub fn record_count(&self) -> u64 {
        if let Some(cells) = self.records.cells() {
            let rows = self.records.username().iter().zip(&cells.counts);
            return rows.filter(|(place, _)| self.is_user(**place)).map(|(_, counts)| counts.records).sum();
        }
        match self.no_user {
            None => self.records.len() as u64,
            Some(no_user) => self.records.username().iter().filter(|place| **place != no_user).count() as u64,
        }
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
