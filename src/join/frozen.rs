//! Attributes that months were closed with: the values of each entity, as a table that can be kept and compared.
//!
//! ```text
//! owner,uuid,attribute,value
//! customer,68c9…,cost_centre,4100
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::dimension::{Attribute, Dimension};
use crate::error::{Error, Result};
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::text::{counted, parse_uuid, uuid_text};
use crate::usage::{AttributeColumn, AttributeTable, UsageFrame};

/// What the entities of a month have in columns of the user's own; an empty text for no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeValues {
    /// In the order in which they were joined.
    columns: Vec<(Attribute, BTreeMap<u128, String>)>,
}

/// What closed months say of the entities of a frame.
#[derive(Clone, Debug, Default)]
pub struct FrozenAttributes {
    /// All months that were closed with attributes, the earliest first.
    pub months: Vec<FrozenMonth>,
    /// The months that were asked for, whose values count before those of the others; `None` for all.
    pub period: Option<PeriodRange>,
    /// What figures are grouped by: it cannot have two values in the closed months that were asked for.
    pub grouped: Vec<Attribute>,
}

/// What a month was closed with.
#[derive(Clone, Debug)]
pub struct FrozenMonth {
    /// The month.
    pub period: BillingPeriod,
    /// Whether it is read as it was closed, so that no table may say otherwise.
    pub is_binding: bool,
    /// Its values.
    pub values: Arc<AttributeValues>,
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

    /// What entities of both have in another way: the attribute, the entity, and its value here and there.
    pub(crate) fn differences<'v>(&'v self, later: &'v Self) -> Vec<(Attribute, u128, &'v str, &'v str)> {
        let mut found = Vec::new();
        for (attribute, values) in &self.columns {
            let Some((_, others)) = later.columns.iter().find(|(other, _)| other == attribute) else {
                continue;
            };
            let differing = values.iter().filter_map(|(uuid, value)| {
                let other = others.get(uuid).filter(|other| *other != value)?;
                Some((*attribute, *uuid, value.as_str(), other.as_str()))
            });
            found.extend(differing);
        }
        found
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

/// The values that months have for one column, the earliest month first.
type OfMonths<'a> = Vec<(BillingPeriod, &'a BTreeMap<u128, String>)>;

/// A column of closed months.
struct FrozenColumn<'a> {
    attribute: Attribute,
    /// Of the closed months that were asked for.
    asked: OfMonths<'a>,
    /// Of other months; those that were asked for and are not read as they were closed are the last.
    others: OfMonths<'a>,
}

/// What became of a column.
#[derive(Default)]
struct Filled {
    /// How many values that were joined are others than the closed months that were asked for have.
    replaced: usize,
    /// Values that differ between closed months that were asked for, in words.
    changed: Vec<String>,
}

/// How many changed values a note names.
const NAMED_MAX: usize = 5;

impl FrozenAttributes {
    /// Gives entities what the closed months that were asked for have, the latest first, in place of what was joined;
    /// entities that have nothing there get what the latest other month has.
    ///
    /// # Errors
    /// A value that changed between closed months that were asked for, if figures are grouped by it. A column that
    /// belongs to customers in a closed month and to projects in the table that was named, or the like.
    pub(crate) fn put(&self, frame: &mut UsageFrame) -> Result<Vec<Notice>> {
        let (mut replaced, mut names, mut changed) = (0, BTreeSet::new(), Vec::new());
        for name in self.names() {
            let mut filled = Filled::default();
            let column = self.column(name, frame, &mut filled.changed);
            let (table, at) = place(frame, column.attribute)?;
            let mut joined = frame.attributes.remove(table);
            self.fill(frame, &mut joined, at, &column, &mut filled);
            frame.attributes.insert(table, joined);
            let is_grouped = self.grouped.iter().any(|grouped| grouped.name() == name);
            if let Some(difference) = filled.changed.first().filter(|_| is_grouped) {
                let difference = difference.clone();
                return Err(Error::FrozenAttributesDiffer { attribute: name.to_owned(), difference });
            }
            if filled.replaced > 0 {
                replaced += filled.replaced;
                names.insert(name);
            }
            changed.extend(filled.changed);
        }
        Ok(other_table(replaced, &names).into_iter().chain(other_months(&changed)).collect())
    }

    fn is_asked(&self, month: BillingPeriod) -> bool {
        self.period.is_none_or(|period| period.contains(month))
    }

    /// Whether the values of a month count before all others.
    fn decides(&self, month: &FrozenMonth) -> bool {
        month.is_binding && self.is_asked(month.period)
    }

    /// The names of all columns, each once.
    fn names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for attribute in self.months.iter().flat_map(|month| month.values.list()) {
            if !names.contains(&attribute.name()) {
                names.push(attribute.name());
            }
        }
        names
    }

    /// The column of that name, which belongs to what it belongs to in the latest month that was asked for, or else in the
    /// table that was joined, or else in the latest other month.
    fn column(&self, name: &str, frame: &UsageFrame, changed: &mut Vec<String>) -> FrozenColumn<'_> {
        let of_month = |month: &FrozenMonth| {
            let attribute = month.values.list().into_iter().find(|attribute| attribute.name() == name)?;
            Some((month.period, attribute))
        };
        let last_asked = self.months.iter().rev().filter(|month| self.decides(month)).find_map(of_month);
        let last = || self.months.iter().rev().find_map(of_month).expect("a month has the name").1;
        let joined = frame.attribute_columns().find(|column| column.attribute.name() == name);
        let attribute = match (last_asked, joined) {
            (Some((_, attribute)), _) => attribute,
            (None, Some(joined)) => joined.attribute,
            (None, None) => last(),
        };
        let mut column = FrozenColumn { attribute, asked: Vec::new(), others: Vec::new() };
        for month in &self.months {
            let Some((own, values)) = month.values.columns.iter().find(|(own, _)| own.name() == name) else {
                continue;
            };
            match (last_asked.filter(|_| self.decides(month)), *own == attribute) {
                (Some(_), true) => column.asked.push((month.period, values)),
                (None, true) => column.others.push((month.period, values)),
                (Some((last_asked, _)), false) => changed.push(format!(
                    "{name} belongs to {}s in {} and to {}s in {}",
                    own.owner(),
                    month.period.in_words(),
                    attribute.owner(),
                    last_asked.in_words()
                )),
                (None, false) => {}
            }
        }
        column.others.sort_by_key(|(month, _)| (self.is_asked(*month), *month));
        column
    }

    /// Puts the values of closed months into a column.
    fn fill(
        &self,
        frame: &UsageFrame,
        table: &mut AttributeTable,
        at: usize,
        column: &FrozenColumn<'_>,
        filled: &mut Filled,
    ) {
        let FrozenColumn { attribute, asked, others } = column;
        let entities = frame.entities(attribute.owner());
        let has_usage = self.has_usage(frame, *attribute);
        let known: HashMap<u128, usize> = (0..).zip(entities).map(|(at, one)| (one.uuid, at)).collect();
        // Those who have no usage get their place when a credit names them.
        let uuids: BTreeSet<u128> =
            asked.iter().chain(others).flat_map(|(_, values)| values.keys().copied()).collect();
        let columns = table.columns.len();
        let mut values = Values::new(&mut table.columns[at]);
        for uuid in uuids {
            let entity = known.get(&uuid).copied();
            let joined = match entity {
                Some(entity) => values.column.places[entity],
                None => table.waiting.get(&uuid).map_or(0, |row| row[at]),
            };
            let is_joined = joined != 0 && entity.is_none_or(|entity| has_usage[entity]);
            let place = match (latest(asked, uuid), latest(others, uuid)) {
                (Some((month, value)), _) => {
                    let place = values.place(value);
                    filled.replaced += usize::from(joined != 0 && place != joined);
                    filled.changed.extend(changed(asked, uuid, (month, value)).map(|change| {
                        let name = entity.map(|entity| format!("{:?} ", &*entities[entity].name));
                        let name = name.unwrap_or_default();
                        let (attribute, owner) = (attribute.name(), attribute.owner());
                        format!("{attribute} of {owner} {name}({}) is {change}", uuid_text(uuid))
                    }));
                    place
                }
                (None, Some((_, value))) if !is_joined => values.place(value),
                _ => continue,
            };
            match entity {
                Some(entity) => {
                    values.column.places[entity] = place;
                    table.is_matched[entity] = true;
                }
                None => table.waiting.entry(uuid).or_insert_with(|| vec![0; columns])[at] = place,
            }
        }
    }

    /// For each entity whether it has records in the months that were asked for.
    fn has_usage(&self, frame: &UsageFrame, attribute: Attribute) -> Vec<bool> {
        let mut has_usage = vec![false; frame.entities(attribute.owner()).len()];
        let of_parents = frame.parents.entity(attribute.owner()).into_iter().flatten();
        for ((entity, month), has_records) in of_parents.zip(frame.parents.periods()).zip(frame.has_records())
        {
            has_usage[*entity as usize] |= has_records && self.is_asked(month);
        }
        has_usage
    }
}

/// The value in the latest of some months.
fn latest<'a>(months: &OfMonths<'a>, uuid: u128) -> Option<(BillingPeriod, &'a str)> {
    months.iter().rev().find_map(|(month, values)| Some((*month, values.get(&uuid)?.as_str())))
}

/// The latest other value and the last one, with their months; `None` if all months have one value.
fn changed(months: &OfMonths<'_>, uuid: u128, (month, value): (BillingPeriod, &str)) -> Option<String> {
    let mut values = months.iter().rev().filter_map(|(month, values)| Some((*month, values.get(&uuid)?)));
    let (other_month, other) = values.find(|(_, other)| *other != value)?;
    Some(format!("{other:?} in {} and {value:?} in {}", other_month.in_words(), month.in_words()))
}

/// A note that a table has other values than closed months.
fn other_table(count: usize, names: &BTreeSet<&str>) -> Option<Notice> {
    let text = format!(
        "The table that was named has other values than closed months were closed with ({} of {}); the figures have \
         those of the closed months.",
        counted(count as u64, "value"),
        names.iter().copied().collect::<Vec<_>>().join(", ")
    );
    (count > 0).then(|| Notice::note(Code::AttributesFrozen, count as u64, text))
}

/// A note that closed months differ.
fn other_months(changed: &[String]) -> Option<Notice> {
    let count = changed.len();
    let more = match count.saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let named = changed.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join("; ");
    let text = format!(
        "Values changed between the months of the period, as they were closed: {named}{more}. The figures have those of the \
         latest month."
    );
    (count > 0).then(|| Notice::note(Code::AttributesFrozen, count as u64, text))
}

/// The table and the column of an attribute; an empty one is made if nothing was joined.
fn place(frame: &mut UsageFrame, attribute: Attribute) -> Result<(usize, usize)> {
    for (at, table) in frame.attributes.iter().enumerate() {
        let named = table.columns.iter().position(|column| column.attribute.name() == attribute.name());
        match named {
            Some(_) if table.owner != attribute.owner() => {
                return Err(Error::BadTable {
                    path: table.file.clone(),
                    line: 1,
                    found: format!("the column {} of {}s", attribute.name(), table.owner),
                    expected: format!(
                        "another name: closed months have a column of this name, of {}s",
                        attribute.owner()
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

/// The values of a column, to which further ones can be added.
struct Values<'a> {
    column: &'a mut AttributeColumn,
    places: HashMap<String, u32>,
}

impl<'a> Values<'a> {
    fn new(column: &'a mut AttributeColumn) -> Self {
        let places = (0..).zip(&column.values).map(|(place, value)| (value.to_string(), place)).collect();
        Self { column, places }
    }

    /// The place of a value, which is added if it is not there.
    fn place(&mut self, value: &str) -> u32 {
        if let Some(place) = self.places.get(value) {
            return *place;
        }
        let place = self.column.values.len() as u32;
        self.column.values.push(value.into());
        self.places.insert(value.to_owned(), place);
        place
    }
}
