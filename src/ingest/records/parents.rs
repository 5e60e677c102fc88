//! What a component usage (the parent of a record) determines: owner, component, unit and time.
//!
//! A record repeats all of it. It is read once for each parent; for the parent's other records the bytes are
//! compared with what is known already.

use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::ops::Range;
use uuid::Uuid;

use super::interner::Interner;
use super::places::Places;
use crate::ingest::formats::plain::is_plain_text;

/// A parent's attributes, by the numbers that stand for them in [`ParentTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub customer: u32,
    pub project: u32,
    pub offering: u32,
    pub resource: u32,
    pub component_type: u32,
    pub measured_unit: u32,
    /// The month's running number.
    pub billing_period: i32,
    pub date: OptionalTime,
}

/// Microseconds since 1970, UTC, or nothing; in no more room than the time itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OptionalTime(i64);

impl OptionalTime {
    /// No record has that time: it lies far before the year 1.
    const NONE: i64 = i64::MIN;

    pub(crate) fn new(micros: Option<i64>) -> Self {
        Self(micros.unwrap_or(Self::NONE))
    }

    pub(crate) fn get(self) -> Option<i64> {
        (self.0 != Self::NONE).then_some(self.0)
    }
}

/// Which of a parent's attributes were seen with two values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub owner: bool,
    pub unit: bool,
    /// Component type or billing period.
    pub identity: bool,
}

impl Rewritten {
    fn join(&mut self, other: Self) {
        self.owner |= other.owner;
        self.unit |= other.unit;
        self.identity |= other.identity;
    }
}

/// What is known of a parent. It fills one cache line: to find it and to compare with it is one access of memory.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Parent {
    pub uuid: u128,
    pub attributes: Attributes,
    /// The rank of the latest dump that shows these attributes.
    pub dump: u32,
    pub rewritten: Rewritten,
}

/// A uuid with a name that may change from dump to dump.
#[derive(Clone, Debug)]
pub(crate) struct NamedEntity {
    pub uuid: u128,
    /// Both as the server writes them: `,"project_name":"Research","project_uuid":"0a1b…"`.
    text: Box<[u8]>,
    /// Where the name stands in the text.
    name: Range<u32>,
    /// Whether the server writes the name as it is, without escapes.
    is_plain: bool,
    /// The rank of the latest dump that shows this name.
    pub dump: u32,
    pub is_renamed: bool,
}

impl NamedEntity {
    fn new(keys: Keys, uuid: u128, name: &[u8], dump: u32) -> Self {
        let mut hex = [0; 32];
        Uuid::from_u128(uuid).simple().encode_lower(&mut hex);
        let text = [keys.name, name, keys.uuid, &hex, b"\""].concat().into();
        let start = keys.name.len() as u32;
        let name_place = start..start + name.len() as u32;
        Self { uuid, text, name: name_place, is_plain: is_plain_text(name), dump, is_renamed: false }
    }

    pub(crate) fn name(&self) -> &[u8] {
        &self.text[self.name.start as usize..self.name.end as usize]
    }

    /// The uuid as the server writes it, to compare bytes with.
    pub(crate) fn hex(&self) -> &[u8] {
        &self.text[self.text.len() - 33..self.text.len() - 1]
    }

    /// What stands behind this entity's name and uuid; none if others stand there, or they are written otherwise.
    pub(crate) fn strip_from<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        text.strip_prefix(&*self.text).filter(|_| self.is_plain)
    }

    fn rename(&mut self, keys: Keys, name: &[u8], dump: u32) {
        if self.name() == name {
            self.dump = self.dump.max(dump);
            return;
        }
        if (dump, name) > (self.dump, self.name()) {
            *self = Self::new(keys, self.uuid, name, dump);
        }
        self.is_renamed = true;
    }
}

/// How the server introduces a name, and the uuid behind it.
#[derive(Clone, Copy)]
struct Keys {
    name: &'static [u8],
    uuid: &'static [u8],
}

macro_rules! keys {
    ($entity:literal) => {
        Keys {
            name: concat!(",\"", $entity, "_name\":\"").as_bytes(),
            uuid: concat!("\",\"", $entity, "_uuid\":\"").as_bytes(),
        }
    };
}

/// Customers, projects, offerings or resources.
pub(crate) struct EntityTable {
    keys: Keys,
    places: Places,
    entities: Vec<NamedEntity>,
    /// Whether a uuid with two names is kept twice.
    keeps_showings: bool,
}

impl EntityTable {
    fn new(keys: Keys) -> Self {
        Self { keys, places: Places::default(), entities: Vec::new(), keeps_showings: false }
    }

    /// The number of a uuid, which a dump shows under a name. The later dump's name holds; within one dump
    /// the greater of two, so that the order of files changes nothing.
    pub(crate) fn claim(&mut self, uuid: u128, name: &[u8], dump: u32) -> u32 {
        let hash = hash_uuid(uuid);
        let is_wanted = |place: u32| {
            let known = &self.entities[place as usize];
            known.uuid == uuid && (!self.keeps_showings || known.name() == name)
        };
        if let Some(place) = self.places.find(hash, is_wanted) {
            self.entities[place as usize].rename(self.keys, name, dump);
            return place;
        }
        let place = self.entities.len() as u32;
        self.entities.push(NamedEntity::new(self.keys, uuid, name, dump));
        let entities = &self.entities;
        self.places.insert(hash, place, |place| hash_uuid(entities[place as usize].uuid));
        place
    }

    pub(crate) fn get(&self, place: u32) -> &NamedEntity {
        &self.entities[place as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &NamedEntity> {
        self.entities.iter()
    }

    /// Notes that a dump shows the name that is already known.
    pub(crate) fn confirm(&mut self, place: u32, dump: u32) {
        let entity = &mut self.entities[place as usize];
        if entity.dump < dump {
            entity.dump = dump;
        }
    }

    /// Takes another table in; gives the numbers here of the numbers there.
    pub(crate) fn absorb(&mut self, other: Self) -> Vec<u32> {
        let absorbed = other.entities.into_iter().map(|entity| {
            let place = self.claim(entity.uuid, entity.name(), entity.dump);
            self.entities[place as usize].is_renamed |= entity.is_renamed;
            place
        });
        absorbed.collect()
    }
}

/// All parents, and everything that they point to.
pub(crate) struct ParentTable {
    places: Places,
    pub parents: Vec<Parent>,
    pub customers: EntityTable,
    pub projects: EntityTable,
    pub offerings: EntityTable,
    pub resources: EntityTable,
    pub component_types: Interner,
    pub measured_units: Interner,
    /// Whether a parent with two owners, units or names is kept twice.
    keeps_showings: bool,
}

impl Default for ParentTable {
    fn default() -> Self {
        Self {
            places: Places::default(),
            parents: Vec::new(),
            customers: EntityTable::new(keys!("customer")),
            projects: EntityTable::new(keys!("project")),
            offerings: EntityTable::new(keys!("offering")),
            resources: EntityTable::new(keys!("resource")),
            component_types: Interner::default(),
            measured_units: Interner::default(),
            keeps_showings: false,
        }
    }
}

impl ParentTable {
    /// A table that decides nothing: everything is kept as it was shown, each showing once.
    pub(crate) fn of_showings() -> Self {
        let mut table = Self { keeps_showings: true, ..Self::default() };
        for entities in
            [&mut table.customers, &mut table.projects, &mut table.offerings, &mut table.resources]
        {
            entities.keeps_showings = true;
        }
        table
    }

    pub(crate) fn find(&self, uuid: u128) -> Option<u32> {
        self.find_hashed(uuid, hash_uuid(uuid))
    }

    fn find_hashed(&self, uuid: u128, hash: u64) -> Option<u32> {
        self.places.find(hash, |place| self.parents[place as usize].uuid == uuid)
    }

    /// The numbers of several parents, each step of the look-up for all of them together.
    pub(crate) fn find_all<const N: usize>(&self, uuids: &[Option<u128>; N]) -> [Option<u32>; N] {
        let hashes = uuids.map(|uuid| uuid.map_or(0, hash_uuid));
        let likely = hashes.map(|hash| self.places.first(hash));
        std::array::from_fn(|at| {
            let uuid = uuids[at]?;
            let is_likely = |place: &u32| self.parents[*place as usize].uuid == uuid;
            likely[at].filter(is_likely).or_else(|| self.find_hashed(uuid, hashes[at]))
        })
    }

    /// Notes that a dump shows a parent with these attributes; gives the parent's number.
    ///
    /// The later dump's attributes hold; within one dump the greater, by content, so that the order of files
    /// changes nothing.
    pub(crate) fn claim(&mut self, uuid: u128, attributes: Attributes, dump: u32) -> u32 {
        let known = match self.keeps_showings {
            true => self.places.find(hash_uuid(uuid), |place| {
                let known = &self.parents[place as usize];
                known.uuid == uuid && known.attributes == attributes
            }),
            false => self.find(uuid),
        };
        match known {
            Some(place) => self.claim_known(place, attributes, dump),
            None => self.insert(uuid, attributes, dump),
        }
    }

    /// Notes that a dump shows a known parent with these attributes.
    pub(crate) fn claim_known(&mut self, place: u32, attributes: Attributes, dump: u32) -> u32 {
        let known = &self.parents[place as usize];
        if known.attributes == attributes {
            let known = &mut self.parents[place as usize];
            known.dump = known.dump.max(dump);
            return place;
        }
        let rewritten = self.differences(&known.attributes, &attributes);
        let is_later = (dump, self.content(&attributes)) > (known.dump, self.content(&known.attributes));
        let known = &mut self.parents[place as usize];
        known.rewritten.join(rewritten);
        if is_later {
            known.attributes = attributes;
            known.dump = dump;
        }
        place
    }

    /// Takes in a parent that is not yet known.
    pub(crate) fn insert(&mut self, uuid: u128, attributes: Attributes, dump: u32) -> u32 {
        let place = self.parents.len() as u32;
        let hash = hash_uuid(uuid);
        self.parents.push(Parent { uuid, attributes, dump, rewritten: Rewritten::default() });
        let parents = &self.parents;
        self.places.insert(hash, place, |place| hash_uuid(parents[place as usize].uuid));
        place
    }

    fn differences(&self, known: &Attributes, other: &Attributes) -> Rewritten {
        Rewritten {
            owner: (known.customer, known.project, known.offering, known.resource)
                != (other.customer, other.project, other.offering, other.resource),
            unit: known.measured_unit != other.measured_unit,
            identity: (known.component_type, known.billing_period)
                != (other.component_type, other.billing_period),
        }
    }

    /// The attributes by content instead of by number, to be ordered the same in every run.
    fn content(&self, attributes: &Attributes) -> impl Ord + use<'_> {
        (
            attributes.date,
            attributes.billing_period,
            self.customers.get(attributes.customer).uuid,
            self.projects.get(attributes.project).uuid,
            self.offerings.get(attributes.offering).uuid,
            self.resources.get(attributes.resource).uuid,
            self.component_types.get(attributes.component_type),
            self.measured_units.get(attributes.measured_unit),
        )
    }

    /// Takes another table in; gives the numbers here of the parents there.
    pub(crate) fn absorb(&mut self, other: Self) -> Vec<u32> {
        let customers = self.customers.absorb(other.customers);
        let projects = self.projects.absorb(other.projects);
        let offerings = self.offerings.absorb(other.offerings);
        let resources = self.resources.absorb(other.resources);
        let component_types = absorb_names(&mut self.component_types, &other.component_types);
        let measured_units = absorb_names(&mut self.measured_units, &other.measured_units);
        let absorbed = other.parents.into_iter().map(|parent| {
            let there = parent.attributes;
            let attributes = Attributes {
                customer: customers[there.customer as usize],
                project: projects[there.project as usize],
                offering: offerings[there.offering as usize],
                resource: resources[there.resource as usize],
                component_type: component_types[there.component_type as usize],
                measured_unit: measured_units[there.measured_unit as usize],
                ..there
            };
            let place = self.claim(parent.uuid, attributes, parent.dump);
            self.parents[place as usize].rewritten.join(parent.rewritten);
            place
        });
        absorbed.collect()
    }
}

/// Takes names in; gives the numbers here of the numbers there.
pub(crate) fn absorb_names(names: &mut Interner, other: &Interner) -> Vec<u32> {
    other.iter().map(|name| names.intern(name)).collect()
}

fn hash_uuid(uuid: u128) -> u64 {
    FixedState::default().hash_one(uuid)
}
