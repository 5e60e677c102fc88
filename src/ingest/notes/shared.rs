//! Names that several entities have, usernames of several customers and units that look alike: the same of a dump and of
//! a book.

use std::collections::BTreeMap;

use crate::ingest::notes::{doing, examples, quoted};
use crate::notice::{Code, EXAMPLES_MAX, Notice};
use crate::period::BillingPeriod;
use crate::usage::{Entity, UsageFrame};

/// Notes about names and units that do not tell which one is meant, in the months asked for, and about usernames of
/// several customers.
pub(crate) fn shared(frame: &UsageFrame, is_asked: impl Fn(BillingPeriod) -> bool) -> Vec<Notice> {
    let asked = asked_parents(frame, is_asked);
    let mut notices = shared_by(frame, &asked);
    notices.extend(usernames(shared_usernames(frame, &asked)));
    notices
}

/// The same where it is known how many usernames several customers have, in the months asked for.
pub(crate) fn shared_but_for_usernames(
    frame: &UsageFrame,
    is_asked: impl Fn(BillingPeriod) -> bool,
    shared_usernames: u64,
) -> Vec<Notice> {
    let mut notices = shared_by(frame, &asked_parents(frame, is_asked));
    notices.extend(usernames(shared_usernames));
    notices
}

/// Whether each parent has records and is of a month that was asked for.
fn asked_parents(frame: &UsageFrame, is_asked: impl Fn(BillingPeriod) -> bool) -> Vec<bool> {
    let has_records = frame.has_records().into_iter().zip(frame.parents.periods());
    has_records.map(|(has_records, month)| has_records && is_asked(month)).collect()
}

fn shared_by(frame: &UsageFrame, asked: &[bool]) -> Vec<Notice> {
    let parents = &frame.parents;
    let used = |numbers: &[u32], count: usize| {
        let mut used = vec![false; count];
        let numbers = numbers.iter().zip(asked).filter(|(_, asked)| **asked);
        numbers.for_each(|(number, _)| used[*number as usize] = true);
        used
    };
    let entities = [
        ("customer", &frame.customers, parents.customer()),
        ("project", &frame.projects, parents.project()),
        ("offering", &frame.offerings, parents.offering()),
        ("resource", &frame.resources, parents.resource()),
    ];
    let mut notices = Vec::new();
    for (kind, entities, numbers) in entities {
        let used = used(numbers, entities.len());
        let used = entities.iter().zip(used).filter(|(_, used)| *used).map(|(entity, _)| entity);
        notices.extend(shared_names(kind, used));
    }
    let units = frame.measured_units.iter().zip(used(parents.measured_unit(), frame.measured_units.len()));
    notices.extend(similar_units(units.filter(|(_, used)| *used).map(|(unit, _)| &**unit)));
    notices
}

fn shared_names<'f>(kind: &str, entities: impl Iterator<Item = &'f Entity>) -> Option<Notice> {
    let mut bearers: BTreeMap<&str, Vec<&Entity>> = BTreeMap::new();
    for entity in entities {
        bearers.entry(&entity.name).or_default().push(entity);
    }
    bearers.retain(|_, bearers| bearers.len() > 1);
    let names: Vec<String> = bearers.keys().map(|name| quoted(name.as_bytes())).collect();
    let count = names.len() as u64;
    (count > 0).then(|| {
        let text = format!(
            "{} shared by several {kind}s, told apart by their uuids: {}.",
            doing(count, &format!("{kind} name"), ["is", "are"]),
            examples(&names)
        );
        bearers.values_mut().for_each(|bearers| bearers.sort_unstable_by_key(|entity| entity.uuid));
        let examples = bearers
            .values()
            .flatten()
            .take(EXAMPLES_MAX)
            .map(|entity| super::named_example(kind, entity.name.to_string(), entity.uuid));
        Notice::note(Code::SharedName, count, text).with_examples(examples.collect())
    })
}

fn similar_units<'f>(units: impl Iterator<Item = &'f str>) -> Option<Notice> {
    let mut alike: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for unit in units {
        let letters = unit.to_lowercase().chars().filter(|character| character.is_alphanumeric()).collect();
        alike.entry(letters).or_default().push(quoted(unit.as_bytes()));
    }
    let mut groups: Vec<Vec<String>> = alike.into_values().filter(|units| units.len() > 1).collect();
    groups.iter_mut().for_each(|units| units.sort());
    let count = groups.len() as u64;
    (count > 0).then(|| {
        let groups: Vec<String> = groups.iter().map(|units| units.join(" and ")).collect();
        let text = format!("units that look alike are kept apart, byte for byte: {}.", examples(&groups));
        Notice::note(Code::SimilarUnits, count, text)
    })
}

/// How many usernames several customers have: a username is no person.
fn shared_usernames(frame: &UsageFrame, asked_parents: &[bool]) -> u64 {
    #[derive(Clone, Copy, PartialEq)]
    enum Customers {
        None,
        One(u32),
        Several,
    }
    let customer_of = frame.parents.customer();
    let records = frame.records.parent().iter().zip(frame.records.username());
    let mut customers = vec![Customers::None; frame.usernames.len()];
    for (parent, username) in records.filter(|(parent, _)| asked_parents[**parent as usize]) {
        let customer = customer_of[*parent as usize];
        let seen = &mut customers[*username as usize];
        *seen = match *seen {
            Customers::None => Customers::One(customer),
            Customers::One(known) if known == customer => continue,
            _ => Customers::Several,
        };
    }
    customers.iter().filter(|customers| **customers == Customers::Several).count() as u64
}

fn usernames(count: u64) -> Option<Notice> {
    let text = format!(
        "{} several customers; a username is not a person, so counts of users do not add up.",
        doing(count, "username", ["belongs to", "belong to"])
    );
    (count > 0).then(|| Notice::note(Code::SharedUsername, count, text))
}
