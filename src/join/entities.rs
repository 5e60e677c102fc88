//! Customers, projects, offerings and resources as a table names them: by uuids, or by names.

use std::collections::HashMap;

use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::tabular::Table;
use crate::text::{parse_uuid, uuid_text};
use crate::usage::Entity;

/// What has uuids and names.
pub(crate) const KINDS: [Dimension; 4] =
    [Dimension::Customer, Dimension::Project, Dimension::Offering, Dimension::Resource];

/// A column that names entities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyColumn {
    pub kind: Dimension,
    /// Its place among the table's columns.
    pub at: usize,
    /// Whether it holds uuids, not names.
    pub has_uuids: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Uuid(u128),
    Name(String),
}

/// The places of entities by what a table names them by.
pub(crate) struct Bearers(HashMap<Key, Vec<usize>>);

impl Bearers {
    pub(crate) fn new(entities: &[Entity], has_uuids: bool) -> Self {
        let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
        for (at, entity) in entities.iter().enumerate() {
            let key = if has_uuids { Key::Uuid(entity.uuid) } else { Key::Name(entity.name.to_string()) };
            places.entry(key).or_default().push(at);
        }
        Self(places)
    }

    pub(crate) fn of(&self, key: &Key) -> &[usize] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }
}

impl KeyColumn {
    /// The column of that name, where it is one of these.
    pub(crate) fn named(name: &str, at: usize) -> Option<Self> {
        KINDS.into_iter().find_map(|kind| {
            let place = kind.columns().iter().position(|column| *column == name)?;
            Some(Self { kind, at, has_uuids: place == 0 })
        })
    }

    /// What a cell names.
    pub(crate) fn key(&self, table: &Table, line: u64, cell: &str) -> Result<Key> {
        let key = match self.has_uuids {
            true => parse_uuid(cell.trim().as_bytes()).map(Key::Uuid),
            false => Some(Key::Name(cell.to_owned())).filter(|_| !cell.trim().is_empty()),
        };
        let expected = if self.has_uuids { "a uuid, 32 hex digits with or without dashes" } else { "a name" };
        key.ok_or_else(|| table.error(line, format!("{} is {cell:?}", self.name(table)), expected))
    }

    /// That several entities bear a name.
    pub(crate) fn ambiguous(
        &self,
        table: &Table,
        (line, cell): (u64, &str),
        bearers: &[usize],
        entities: &[Entity],
    ) -> Error {
        let mut uuids: Vec<String> = bearers.iter().map(|at| uuid_text(entities[*at].uuid)).collect();
        uuids.sort();
        let found = format!("{} {}s are named {cell:?}: {}", uuids.len(), self.kind, uuids.join(", "));
        table.error(line, found, format!("{} as the key", self.kind.columns()[0]))
    }

    fn name<'t>(&self, table: &'t Table) -> &'t str {
        &table.columns[self.at]
    }
}
