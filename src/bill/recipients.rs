//! Who gets a bill, and what attributes say of them.

use std::collections::HashMap;

use super::Recipient;
use super::lacks::MissingRow;
use super::vat::{self, Rate};
use crate::dimension::{Attribute, Dimension};
use crate::error::{Error, Result};
use crate::price::ChargeLine;
use crate::text::{ADDRESSES_EXPECTED, mail_addresses, uuid_text};
use crate::usage::{AttributeColumn, AttributeTable, Credit, UsageFrame};

/// The attribute that has addresses.
pub(super) const ADDRESS: &str = "address";

/// The attribute that has sentences on VAT.
pub(super) const VAT_NOTE: &str = "vat_note";

/// Whose something is, by places in the frame; a credit has no offering and no resource, and may have no project.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub customer: u32,
    pub project: Option<u32>,
    pub offering: Option<u32>,
    pub resource: Option<u32>,
}

impl Owner {
    fn place(self, kind: Dimension) -> Option<u32> {
        match kind {
            Dimension::Customer => Some(self.customer),
            Dimension::Project => self.project,
            Dimension::Offering => self.offering,
            Dimension::Resource => self.resource,
            _ => None,
        }
    }
}

impl From<&ChargeLine> for Owner {
    fn from(line: &ChargeLine) -> Self {
        Self {
            customer: line.customer,
            project: Some(line.project),
            offering: Some(line.offering),
            resource: Some(line.resource),
        }
    }
}

impl From<&Credit> for Owner {
    fn from(credit: &Credit) -> Self {
        Self { customer: credit.customer, project: credit.project, offering: None, resource: None }
    }
}

/// What attributes say, by their names.
pub(super) struct Known<'f> {
    frame: &'f UsageFrame,
    columns: HashMap<&'static str, &'f AttributeColumn>,
}

impl<'f> Known<'f> {
    pub(super) fn new(frame: &'f UsageFrame) -> Self {
        let columns = frame.attribute_columns().map(|column| (column.attribute.name(), column)).collect();
        Self { frame, columns }
    }

    /// What an attribute says; `None` if it says nothing.
    pub(super) fn value(&self, name: &str, owner: Owner) -> Option<&'f str> {
        let column = self.columns.get(name)?;
        let place = owner.place(column.attribute.owner())?;
        let value = &*column.values[column.places[place as usize] as usize];
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// What the attribute says of all of these, each once, in their order.
    pub(super) fn values(&self, name: &str, owners: &[Owner]) -> Vec<&'f str> {
        let mut values: Vec<&str> = Vec::new();
        for value in owners.iter().filter_map(|owner| self.value(name, *owner)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    fn table(&self, name: &str) -> Option<&'f AttributeTable> {
        let has_it = |column: &AttributeColumn| column.attribute.name() == name;
        self.frame.attributes.iter().find(|table| table.columns.iter().any(has_it))
    }

    /// The file that has an attribute.
    fn file(&self, name: &str) -> String {
        self.table(name).map(|table| table.file.clone()).unwrap_or_default()
    }

    /// Why an attribute says nothing of an owner. What the bill is for is called "it".
    pub(super) fn missing_row(&self, name: &str, per: Dimension, owner: Owner) -> MissingRow {
        let Some(table) = self.table(name) else { return MissingRow::NoColumn };
        let (file, kind) = (table.file.clone(), table.owner);
        let place = owner.place(kind).map(|place| place as usize);
        let entity = place.and_then(|place| self.frame.entities(kind).get(place));
        let of = match entity {
            Some(_) if kind == per => "it".to_owned(),
            Some(entity) => format!("the {kind} {:?} ({})", &*entity.name, uuid_text(entity.uuid)),
            None => format!("a credit that names no {kind}"),
        };
        match place.and_then(|place| table.is_matched.get(place)) {
            Some(true) => MissingRow::Empty { file, of },
            _ => MissingRow::NoRow { file, of },
        }
    }

    /// The rate of VAT; `None` if there is none.
    pub(super) fn rate(&self, owner: Owner) -> Result<Option<Rate>> {
        let Some(text) = self.value(Attribute::VAT_RATE, owner) else { return Ok(None) };
        let wrong = || Error::BadBillAttribute {
            path: self.file(Attribute::VAT_RATE),
            attribute: Attribute::VAT_RATE,
            whose: format!("{:?}", self.frame.customers[owner.customer as usize].name),
            found: format!("{text:?}"),
            expected: vat::EXPECTED,
        };
        Rate::parse(text).map(Some).ok_or_else(wrong)
    }

    /// Whether credits have rates of their own, as customers and projects have them.
    pub(super) fn has_rates_of_credits(&self) -> bool {
        let column = self.columns.get(Attribute::VAT_RATE);
        column
            .is_none_or(|column| matches!(column.attribute.owner(), Dimension::Customer | Dimension::Project))
    }

    /// The recipient of all that these own.
    pub(super) fn recipient(&self, per: Dimension, key: &Key, owners: &[Owner]) -> Result<Recipient> {
        let whose = match per {
            Dimension::Attribute(_) => format!("{} {:?}", per.name(), key.name),
            _ => format!("{:?}", key.name),
        };
        let one = |name: &'static str| self.one(name, &whose, owners);
        let mut customers: Vec<&str> = Vec::new();
        for owner in owners {
            let name = &*self.frame.customers[owner.customer as usize].name;
            if !customers.contains(&name) {
                customers.push(name);
            }
        }
        customers.sort_unstable();
        let customers = match per {
            Dimension::Customer => Vec::new(),
            _ => customers.into_iter().map(str::to_owned).collect(),
        };
        let address = one(ADDRESS)?.unwrap_or_default();
        let address = address.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
        let orders = self.values("purchase_order", owners);
        Ok(Recipient {
            kind: per.name(),
            uuid: key.uuid,
            name: key.name.clone(),
            bill_to: one("bill_to")?,
            customers,
            address: address.map(str::to_owned).collect(),
            email: self.email(&whose, owners)?,
            language: one("language")?,
            vat_number: one("vat_number")?,
            debtor: one("debtor")?,
            purchase_orders: orders.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Where mail goes. A text without any `@` says that it goes by other ways; what has one must be addresses and
    /// nothing else, or somebody else might get the bill.
    fn email(&self, whose: &str, owners: &[Owner]) -> Result<Option<String>> {
        let email = self.one("email", whose, owners)?;
        match email {
            Some(text) if text.contains('@') && mail_addresses(&text).is_none() => {
                Err(Error::BadBillAttribute {
                    path: self.file("email"),
                    attribute: "email",
                    whose: whose.to_owned(),
                    found: format!("{text:?}"),
                    expected: ADDRESSES_EXPECTED,
                })
            }
            email => Ok(email),
        }
    }

    /// The one value that an attribute has for a recipient.
    fn one(&self, name: &'static str, whose: &str, owners: &[Owner]) -> Result<Option<String>> {
        match *self.values(name, owners) {
            [] => Ok(None),
            [value] => Ok(Some(value.to_owned())),
            [first, second, ..] => Err(Error::BadBillAttribute {
                path: self.file(name),
                attribute: name,
                whose: whose.to_owned(),
                found: format!("{first:?} and {second:?}"),
                expected: "one value for all that is on a bill",
            }),
        }
    }
}

/// What tells recipients apart: the order is that of the bills.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub name: String,
    pub uuid: Option<u128>,
}
