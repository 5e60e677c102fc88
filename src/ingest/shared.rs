//! Names that several entities have, and usernames of several customers: the same of a dump and of a book.

use std::collections::BTreeMap;

use super::notes::{doing, examples, quoted};
use crate::error::Result;
use crate::notice::{Code, EXAMPLES_MAX, Example, Notice};
use crate::text::uuid_text;
use crate::usage::{Entity, UsageFrame, parent_column, record_column};

/// Notes about names and usernames that do not tell who is meant.
pub fn shared(frame: &UsageFrame) -> Result<Vec<Notice>> {
    let entities = [
        ("customer", &frame.customers),
        ("project", &frame.projects),
        ("offering", &frame.offerings),
        ("resource", &frame.resources),
    ];
    let mut notices: Vec<Notice> =
        entities.iter().filter_map(|(kind, entities)| shared_names(kind, entities)).collect();
    notices.extend(shared_usernames(frame)?);
    Ok(notices)
}

fn shared_names(kind: &str, entities: &[Entity]) -> Option<Notice> {
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
        let examples = bearers.values().flatten().take(EXAMPLES_MAX).map(|entity| example(entity));
        Notice::note(Code::SharedName, count, text).with_examples(examples.collect())
    })
}

fn example(entity: &Entity) -> Example {
    let labels = vec![("name", entity.name.to_string()), ("uuid", uuid_text(entity.uuid))];
    Example { labels, ..Example::default() }
}

/// A username is no person: several customers may have the same one.
fn shared_usernames(frame: &UsageFrame) -> Result<Option<Notice>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Customers {
        None,
        One(u32),
        Several,
    }
    let of_parents: Vec<u32> =
        frame.parents.column(parent_column::CUSTOMER)?.u32()?.into_no_null_iter().collect();
    let parents = frame.records.column(record_column::PARENT)?.u32()?.into_no_null_iter();
    let usernames = frame.records.column(record_column::USERNAME)?.u32()?.into_no_null_iter();
    let mut customers = vec![Customers::None; frame.usernames.len()];
    for (parent, username) in parents.zip(usernames) {
        let customer = of_parents[parent as usize];
        let seen = &mut customers[username as usize];
        *seen = match *seen {
            Customers::None => Customers::One(customer),
            Customers::One(known) if known == customer => continue,
            _ => Customers::Several,
        };
    }
    let count = customers.iter().filter(|customers| **customers == Customers::Several).count() as u64;
    let text = format!(
        "{} several customers; a username is not a person, so counts of users do not add up.",
        doing(count, "username", ["belongs to", "belong to"])
    );
    Ok((count > 0).then(|| Notice::note(Code::SharedUsername, count, text)))
}
