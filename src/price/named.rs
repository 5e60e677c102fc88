//! Customers, projects and offerings as a price list names them.

use std::fmt;

use crate::text::uuid_text;
use crate::usage::Entity;

/// By uuid, or by a name that must be one's only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Named {
    Uuid(u128),
    Name(String),
}

/// A name that several bear.
#[derive(Debug)]
pub(crate) struct Ambiguous {
    /// Those who bear it, in order.
    pub uuids: Vec<String>,
}

impl Named {
    /// The place among entities; none if nobody is named so.
    pub(crate) fn place(&self, entities: &[Entity]) -> Result<Option<u32>, Ambiguous> {
        let is_meant = |entity: &Entity| match self {
            Self::Uuid(uuid) => entity.uuid == *uuid,
            Self::Name(name) => *entity.name == **name,
        };
        let meant: Vec<u32> =
            (0..).zip(entities).filter(|(_, entity)| is_meant(entity)).map(|(place, _)| place).collect();
        match meant[..] {
            [] => Ok(None),
            [place] => Ok(Some(place)),
            _ => {
                let mut uuids: Vec<String> =
                    meant.iter().map(|place| uuid_text(entities[*place as usize].uuid)).collect();
                uuids.sort();
                Err(Ambiguous { uuids })
            }
        }
    }
}

/// `"Acme"`, or the uuid.
impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Uuid(uuid) => f.write_str(&uuid_text(*uuid)),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}
