//! Names in filters: the uuids that they belong to, and those that nothing has.

use super::{Condition, Filters};
use crate::error::{Error, Result};
use crate::notice::{Code, Notice};
use crate::text::{near, uuid_text};
use crate::usage::{Entity, UsageFrame};

/// A name that nothing has that was read.
struct Unknown {
    kind: &'static str,
    name: String,
    /// Names that are near, the nearest first.
    similar: Vec<String>,
}

impl Filters {
    /// Turns names into uuids, and returns a warning for each name and type that nothing has. `elsewhere` reads what else
    /// there is, which the frame may lack; it is asked only if something is unknown. Types are what they are where the portal's
    /// own list is answered: `checks_types` is false there.
    ///
    /// # Errors
    /// A name that several uuids share. If nothing would be left because no value of a filter is known: a name or type to
    /// which another one is near.
    pub fn resolve_names(
        &mut self,
        frame: &UsageFrame,
        checks_types: bool,
        elsewhere: impl Fn() -> Result<Option<UsageFrame>>,
    ) -> Result<Vec<Notice>> {
        let mut warnings = Vec::new();
        let mut all = None;
        for (_, values) in &mut self.given {
            let mut unknown = Vec::new();
            let is_checked =
                |condition: &Condition| checks_types || !matches!(condition, Condition::ComponentType(_));
            for (_, condition) in values.iter_mut().filter(|(_, condition)| is_checked(condition)) {
                match condition.resolved(frame)? {
                    Ok(resolved) => *condition = resolved,
                    Err(Unknown { kind, name, similar }) => {
                        if all.is_none() {
                            all = Some(elsewhere()?);
                        }
                        // A name of another month is no mistake: this one has nothing of it.
                        let known = all.iter().flatten().find_map(|frame| condition.resolved(frame).ok());
                        *condition = match known {
                            Some(Ok(resolved)) => resolved,
                            Some(Err(Unknown { similar, .. })) => {
                                unknown.push(Unknown { kind, name, similar });
                                Condition::Nothing
                            }
                            None => {
                                unknown.push(Unknown { kind, name, similar });
                                Condition::Nothing
                            }
                        };
                    }
                }
            }
            let is_nothing_left = values.iter().all(|(_, condition)| *condition == Condition::Nothing);
            for Unknown { kind, name, similar } in unknown {
                if is_nothing_left && !similar.is_empty() {
                    return Err(Error::UnknownName { kind, name, similar });
                }
                let calls = match similar.first() {
                    Some(nearest) => format!(" The data calls it {nearest}."),
                    None => String::new(),
                };
                let text = format!("Nothing was found for {kind} {name:?}.{calls}");
                warnings.push(Notice::warning(Code::UnknownName, 1, text));
            }
        }
        Ok(warnings)
    }
}

impl Condition {
    /// The same with a uuid instead of a name, or the name that nothing has.
    fn resolved(&self, frame: &UsageFrame) -> Result<std::result::Result<Self, Unknown>> {
        Ok(match self {
            Self::CustomerName(name) => named("customer", name, &frame.customers)?.map(Self::Customer),
            Self::ProjectName(name) => named("project", name, &frame.projects)?.map(Self::Project),
            Self::OfferingName(name) => named("offering", name, &frame.offerings)?.map(Self::Offering),
            Self::ComponentType(wanted) if !frame.component_types.iter().any(|known| **known == **wanted) => {
                let known = frame.component_types.iter().map(|known| &**known);
                Err(Unknown { kind: "component", name: wanted.clone(), similar: near(wanted, known) })
            }
            known => Ok(known.clone()),
        })
    }
}

fn named(kind: &'static str, name: &str, entities: &[Entity]) -> Result<std::result::Result<u128, Unknown>> {
    let named: Vec<u128> =
        entities.iter().filter(|entity| *entity.name == *name).map(|entity| entity.uuid).collect();
    match named[..] {
        [uuid] => Ok(Ok(uuid)),
        [] => {
            let similar = near(name, entities.iter().map(|entity| &*entity.name));
            Ok(Err(Unknown { kind, name: name.to_owned(), similar }))
        }
        _ => {
            let mut uuids: Vec<String> = named.into_iter().map(uuid_text).collect();
            uuids.sort();
            Err(Error::AmbiguousName { kind, name: name.to_owned(), uuids: uuids.join(", ") })
        }
    }
}
