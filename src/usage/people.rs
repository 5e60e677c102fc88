//! The people behind usernames.
//!
//! A username belongs to an offering: the same one may be another person elsewhere. So which people it names depends on
//! the records at hand.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{AttributeColumn, AttributeTable, UsageFrame};
use crate::dimension::{Attribute, Dimension};

/// What separates the names of several people who have one username in different offerings.
const SEPARATOR: &str = "; ";

/// The names of people by the uuid of an offering and a username.
type Names = HashMap<(u128, Box<str>), BTreeSet<Box<str>>>;

/// The people of a dump of offering users.
#[derive(Clone, Debug)]
pub(crate) struct People {
    /// The file, as messages name it.
    path: String,
    names: Arc<Names>,
}

impl People {
    /// Of offerings, usernames and names; `None` if nobody has a name.
    pub(crate) fn new<'a>(path: &str, rows: impl Iterator<Item = (u128, &'a str, &'a str)>) -> Option<Self> {
        let mut names = Names::new();
        for (offering, username, name) in rows {
            if !username.is_empty() && !name.is_empty() {
                names.entry((offering, username.into())).or_default().insert(name.into());
            }
        }
        (!names.is_empty()).then(|| Self { path: path.to_owned(), names: Arc::new(names) })
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn attribute() -> Attribute {
        Attribute::new("user_full_name", Dimension::User)
    }

    /// The people behind each username that the frame's records have.
    pub(crate) fn of_frame(&self, frame: &UsageFrame) -> AttributeTable {
        let offerings = frame.parents.offering();
        let pairs = frame.records.username().iter().zip(frame.records.parent());
        let pairs: HashSet<(u32, u32)> =
            pairs.map(|(username, parent)| (*username, offerings[*parent as usize])).collect();
        let mut named: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
        for (username, offering) in pairs {
            let key = (frame.offerings[offering as usize].uuid, frame.usernames[username as usize].clone());
            let names = self.names.get(&key).into_iter().flatten().map(|name| &**name);
            named.entry(username).or_default().extend(names);
        }
        let (mut values, mut places) = (vec![Box::from("")], vec![0; frame.usernames.len()]);
        let mut known: HashMap<String, u32> = HashMap::from([(String::new(), 0)]);
        for (username, names) in named {
            let text = names.into_iter().collect::<Vec<_>>().join(SEPARATOR);
            places[username as usize] = *known.entry(text).or_insert_with_key(|text| {
                values.push(text.as_str().into());
                values.len() as u32 - 1
            });
        }
        AttributeTable {
            file: self.path.clone(),
            owner: Dimension::User,
            is_matched: places.iter().map(|place| *place > 0).collect(),
            columns: vec![AttributeColumn { attribute: Self::attribute(), values, places }],
            waiting: HashMap::new(),
            people: Some(self.clone()),
        }
    }
}
