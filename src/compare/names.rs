//! The names of two states under one numbering, in the order in which they are shown.

use std::collections::HashMap;
use std::mem::take;

use crate::usage::{Entity, UsageFrame};

/// What numbers stand for, sorted by name and then by uuid, so that numbers sort as names do.
///
/// An entity has the name that the later state gives it.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// All customers of both states.
    pub customers: Vec<Entity>,
    /// All projects of both states.
    pub projects: Vec<Entity>,
    /// All offerings of both states.
    pub offerings: Vec<Entity>,
    /// All resources of both states.
    pub resources: Vec<Entity>,
    /// All component types of both states.
    pub component_types: Vec<Box<str>>,
    /// All measured units of both states, byte for byte.
    pub measured_units: Vec<Box<str>>,
    /// All usernames of both states.
    pub usernames: Vec<Box<str>>,
}

/// From the numbers of one frame to those of [`Names`].
#[derive(Debug)]
pub(crate) struct Numbers {
    pub customers: Vec<u32>,
    pub projects: Vec<u32>,
    pub offerings: Vec<u32>,
    pub resources: Vec<u32>,
    pub component_types: Vec<u32>,
    pub measured_units: Vec<u32>,
    pub usernames: Vec<u32>,
}

impl Names {
    /// Unites the names of two frames; also gives the numbers of each.
    pub(crate) fn united(before: &UsageFrame, after: &UsageFrame) -> (Self, [Numbers; 2]) {
        let mut customers = Union::of_entities(&before.customers, &after.customers);
        let mut projects = Union::of_entities(&before.projects, &after.projects);
        let mut offerings = Union::of_entities(&before.offerings, &after.offerings);
        let mut resources = Union::of_entities(&before.resources, &after.resources);
        let mut component_types = Union::of_texts(&before.component_types, &after.component_types);
        let mut measured_units = Union::of_texts(&before.measured_units, &after.measured_units);
        let mut usernames = Union::of_texts(&before.usernames, &after.usernames);
        let numbers = [0, 1].map(|side| Numbers {
            customers: take(&mut customers.numbers[side]),
            projects: take(&mut projects.numbers[side]),
            offerings: take(&mut offerings.numbers[side]),
            resources: take(&mut resources.numbers[side]),
            component_types: take(&mut component_types.numbers[side]),
            measured_units: take(&mut measured_units.numbers[side]),
            usernames: take(&mut usernames.numbers[side]),
        });
        let names = Self {
            customers: customers.items,
            projects: projects.items,
            offerings: offerings.items,
            resources: resources.items,
            component_types: component_types.items,
            measured_units: measured_units.items,
            usernames: usernames.items,
        };
        (names, numbers)
    }
}

/// The items of two lists, each once and in order, and where those of each list have gone.
struct Union<T> {
    items: Vec<T>,
    numbers: [Vec<u32>; 2],
}

impl Union<Entity> {
    fn of_entities(before: &[Entity], after: &[Entity]) -> Self {
        let named: HashMap<u128, &Entity> =
            before.iter().chain(after).map(|entity| (entity.uuid, entity)).collect();
        let mut items: Vec<Entity> = named.into_values().cloned().collect();
        items.sort_unstable_by(|one, other| (&one.name, one.uuid).cmp(&(&other.name, other.uuid)));
        let places: HashMap<u128, u32> = items.iter().map(|entity| entity.uuid).zip(0..).collect();
        let numbers =
            [before, after].map(|entities| entities.iter().map(|entity| places[&entity.uuid]).collect());
        Self { items, numbers }
    }
}

impl Union<Box<str>> {
    fn of_texts(before: &[Box<str>], after: &[Box<str>]) -> Self {
        let mut sorted: Vec<&str> = before.iter().chain(after).map(|text| &**text).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let place =
            |text: &str| sorted.binary_search(&text).expect("each text is among the sorted ones") as u32;
        let numbers = [before, after].map(|texts| texts.iter().map(|text| place(text)).collect());
        Self { items: sorted.into_iter().map(Box::from).collect(), numbers }
    }
}
