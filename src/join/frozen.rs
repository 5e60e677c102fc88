//! Attributes that months were closed with: the values of each entity, as a table that can be kept and compared.
//!
//! ```text
//! owner,uuid,attribute,value
//! customer,68c9…,cost_centre,4100
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::dimension::{Attribute, Dimension};
use crate::error::{Error, Result};
use crate::notice::{Code, Notice};
use crate::period::BillingPeriod;
use crate::text::{counted, parse_uuid, uuid_text};
use crate::usage::{AttributeColumn, AttributeTable, UsageFrame};

/// What the entities of a month have in columns of the user's own; an empty text for no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeValues {
    /// In the order in which they were joined.
    columns: Vec<(Attribute, BTreeMap<u128, String>)>,
}

const HEADER: [&str; 4] = ["owner", "uuid", "attribute", "value"];

impl AttributeValues {
    /// Those of all entities of a frame. What people have is not among them.
    pub fn of(frame: &UsageFrame) -> Self {
        let columns = frame.attribute_columns().filter(|column| column.attribute.owner() != Dimension::User);
        let values = |column: &AttributeColumn| {
            let entities = frame.entities(column.attribute.owner());
            let value = |place: &u32| column.values[*place as usize].to_string();
            (
                column.attribute,
                entities.iter().map(|one| one.uuid).zip(column.places.iter().map(value)).collect(),
            )
        };
        Self { columns: columns.map(values).collect() }
    }

    /// All columns.
    pub fn list(&self) -> Vec<Attribute> {
        self.columns.iter().map(|(attribute, _)| *attribute).collect()
    }

    /// As a table: the same values are the same bytes.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        let mut write = |row: [&str; 4]| writer.write_record(row).expect("memory takes all bytes");
        write(HEADER);
        for (attribute, values) in &self.columns {
            for (uuid, value) in values {
                write([attribute.owner().name(), &uuid_text(*uuid), attribute.name(), value]);
            }
        }
        writer.into_inner().expect("memory takes all bytes")
    }

    /// Reads such a table; `None` if it is none.
    pub fn parse(table: &[u8]) -> Option<Self> {
        let mut reader = ::csv::Reader::from_reader(table);
        if reader.headers().ok()? != HEADER.as_slice() {
            return None;
        }
        let mut values = Self::default();
        for row in reader.into_records() {
            let row = row.ok()?;
            let (owner, uuid) = (row.get(0)?.parse().ok()?, parse_uuid(row.get(1)?.as_bytes())?);
            let attribute = Attribute::new(row.get(2)?, owner);
            let at = values.columns.iter().position(|(known, _)| *known == attribute);
            let at = at.unwrap_or_else(|| {
                values.columns.push((attribute, BTreeMap::new()));
                values.columns.len() - 1
            });
            values.columns[at].1.insert(uuid, row.get(3)?.to_owned());
        }
        Some(values)
    }
}

/// Gives the entities of closed months what they were closed with, in place of what was joined.
///
/// # Errors
/// An entity that has one value in one month of the frame and another one in another: a frame has one for all.
pub(crate) fn put(
    frame: &mut UsageFrame,
    months: &[(BillingPeriod, &AttributeValues)],
) -> Result<Option<Notice>> {
    let mut attributes: Vec<Attribute> = Vec::new();
    for attribute in months.iter().flat_map(|(_, values)| values.list()) {
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    let mut replaced = BTreeSet::new();
    for attribute in attributes {
        let (table, column) = place(frame, attribute)?;
        let of_months: Vec<_> = months
            .iter()
            .filter_map(|(month, values)| {
                let (_, values) = values.columns.iter().find(|(known, _)| *known == attribute)?;
                Some((*month, values))
            })
            .collect();
        let mut joined = frame.attributes.remove(table);
        let outcome = fill(frame, &mut joined, column, &of_months);
        frame.attributes.insert(table, joined);
        replaced.extend(outcome?);
    }
    let names: BTreeSet<&str> = replaced.iter().map(|(name, _)| *name).collect();
    let text = format!(
        "{} of {} are those that closed months were closed with; the table that was named has others.",
        counted(replaced.len() as u64, "value"),
        names.into_iter().collect::<Vec<_>>().join(", ")
    );
    Ok((!replaced.is_empty()).then(|| Notice::note(Code::AttributesFrozen, replaced.len() as u64, text)))
}

/// The table and the column of an attribute; an empty one is made if nothing was joined.
fn place(frame: &mut UsageFrame, attribute: Attribute) -> Result<(usize, usize)> {
    for (at, table) in frame.attributes.iter().enumerate() {
        let named = table.columns.iter().position(|column| column.attribute.name() == attribute.name());
        match named {
            Some(_) if table.owner != attribute.owner() => {
                return Err(Error::FrozenAttributesDiffer {
                    difference: format!(
                        "{} belongs to {}s there and to {}s in {}",
                        attribute.name(),
                        attribute.owner(),
                        table.owner,
                        table.file
                    ),
                });
            }
            Some(column) => return Ok((at, column)),
            None => {}
        }
    }
    let entities = frame.entities(attribute.owner()).len();
    let column = AttributeColumn { attribute, values: vec!["".into()], places: vec![0; entities] };
    let own = |table: &AttributeTable| table.file == CLOSED && table.owner == attribute.owner();
    if let Some(at) = frame.attributes.iter().position(own) {
        let table = &mut frame.attributes[at];
        table.columns.push(column);
        table.waiting.values_mut().for_each(|places| places.push(0));
        return Ok((at, table.columns.len() - 1));
    }
    frame.attributes.push(AttributeTable {
        file: CLOSED.to_owned(),
        owner: attribute.owner(),
        is_matched: vec![false; entities],
        columns: vec![column],
        waiting: HashMap::new(),
        people: None,
    });
    Ok((frame.attributes.len() - 1, 0))
}

/// What messages call the attributes of closed months.
const CLOSED: &str = "the attributes that months were closed with";

/// Puts the values of closed months into a column; returns which of those that were joined are others.
fn fill(
    frame: &UsageFrame,
    table: &mut AttributeTable,
    column: usize,
    months: &[(BillingPeriod, &BTreeMap<u128, String>)],
) -> Result<Vec<(&'static str, u128)>> {
    let attribute = table.columns[column].attribute;
    let entities = frame.entities(attribute.owner());
    let mut periods: Vec<BTreeSet<i32>> = vec![BTreeSet::new(); entities.len()];
    if let Some(of_parents) = frame.parents.entity(attribute.owner()) {
        for ((entity, month), has_records) in
            of_parents.iter().zip(frame.parents.billing_period()).zip(frame.has_records())
        {
            if has_records {
                periods[*entity as usize].insert(*month);
            }
        }
    }
    let mut replaced = Vec::new();
    for (at, entity) in entities.iter().enumerate() {
        let own = &mut table.columns[column];
        let joined = own.values[own.places[at] as usize].to_string();
        let frozen = |month: i32| {
            let of_month = months.iter().find(|(period, _)| period.number() == month)?;
            of_month.1.get(&entity.uuid)
        };
        let mut value: Option<(i32, &str)> = None;
        for month in periods[at].iter().copied() {
            let here = frozen(month).map_or(joined.as_str(), String::as_str);
            match value {
                Some((other, there)) if there != here => {
                    let words = |number| BillingPeriod::from_number(number).in_words();
                    return Err(Error::FrozenAttributesDiffer {
                        difference: format!(
                            "{} of {} {:?} ({}) is {there:?} in {} and {here:?} in {}",
                            attribute.name(),
                            attribute.owner(),
                            &*entity.name,
                            uuid_text(entity.uuid),
                            words(other),
                            words(month),
                        ),
                    });
                }
                _ => value = Some((month, here)),
            }
        }
        let Some((_, value)) = value.filter(|_| periods[at].iter().any(|month| frozen(*month).is_some()))
        else {
            continue;
        };
        if *value != *joined {
            if !joined.is_empty() {
                replaced.push((attribute.name(), entity.uuid));
            }
            own.places[at] = interned(own, value);
        }
        table.is_matched[at] = true;
    }
    // Those who have no usage get their place when a credit names them.
    let known: BTreeSet<u128> = entities.iter().map(|entity| entity.uuid).collect();
    let columns = table.columns.len();
    for (uuid, value) in months.iter().flat_map(|(_, values)| values.iter()) {
        if !known.contains(uuid) {
            let place = interned(&mut table.columns[column], value);
            table.waiting.entry(*uuid).or_insert_with(|| vec![0; columns])[column] = place;
        }
    }
    Ok(replaced)
}

/// The place of a value, which is added if it is not there.
fn interned(column: &mut AttributeColumn, value: &str) -> u32 {
    let at = column.values.iter().position(|known| **known == *value);
    at.unwrap_or_else(|| {
        column.values.push(value.into());
        column.values.len() - 1
    }) as u32
}
