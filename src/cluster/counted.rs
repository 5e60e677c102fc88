//! Distinct users of the groups of a report, counted by an engine; and whether its levels agree with what was added up here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::connection::Cluster;
use super::levels::Levels;
use super::settled::Desk;
use super::text::without_comments;
use super::{Asked, conditions};
use crate::aggregate::time_number;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::ingest::Progress;
use crate::period::PeriodRange;
use crate::usage::{CountedLevel, CountedUsers, Entity, UsageFrame};

/// Usage in hundredths and records, by unit.
type Totals = BTreeMap<Box<str>, (i128, u64)>;

/// What each level comes to, by unit.
#[derive(Debug)]
pub(crate) struct LevelTotals(Vec<Totals>);

impl Cluster<'_> {
    /// Lets the engine count the users of the groups of a report, and puts them into the frame.
    ///
    /// # Errors
    /// An engine that refuses, or whose results are not of the frame.
    pub(crate) fn count_users(
        &self,
        frame: &mut UsageFrame,
        asked: &Asked<'_>,
        progress: &Progress,
    ) -> Result<LevelTotals> {
        let desk = Desk::new(self.connection, progress, "");
        desk.define(&[conditions::asked(asked)?])?;
        let levels = Levels::new(asked.spec)?;
        let width = asked.spec.by.len();
        let results = desk.query("levels", &without_comments(&levels.counted()), width + 6)?;
        let places = FramePlaces::of(frame);
        let sets = levels.sets();
        let mut counted: Vec<CountedLevel> = sets
            .iter()
            .map(|(_, set)| CountedLevel {
                period: asked.spec.period,
                by: asked
                    .spec
                    .by
                    .iter()
                    .zip(set.iter())
                    .filter(|(_, is_shown)| **is_shown)
                    .map(|(by, _)| *by)
                    .collect(),
                users: HashMap::new(),
            })
            .collect();
        let mut totals = vec![Totals::new(); sets.len()];
        for row in results.rows() {
            let grain = row.count(0)?;
            let at = sets.iter().position(|(number, _)| *number == grain);
            let at = at.ok_or_else(|| Error::EngineDisagrees { reason: format!("a level {grain}") })?;
            let mut key = Vec::with_capacity(width + 1);
            for (column, dimension) in asked.spec.by.iter().enumerate().filter(|(by, _)| sets[at].1[*by]) {
                key.push(match dimension {
                    Dimension::Component => places.component_type(row.text(column + 1)?)?,
                    _ if dimension.is_time() => {
                        time_number(*dimension, row.month(width + 2)?, &asked.spec.calendar)
                    }
                    _ => places.entity(*dimension, row.uuid(column + 1)?)?,
                });
            }
            let unit = row.text(width + 1)?;
            key.push(places.unit(unit)?);
            let (usage, records) = totals[at].entry(unit.into()).or_default();
            *usage += row.usage(width + 3)?;
            *records += row.count(width + 4)?;
            if counted[at].users.insert(key.into(), row.count(width + 5)?).is_some() {
                return Err(Error::EngineDisagrees { reason: "a group came twice".to_owned() });
            }
        }
        if let Some(cells) = frame.records.cells_mut() {
            cells.users = Some(Arc::new(CountedUsers(counted)));
        }
        Ok(LevelTotals(totals))
    }
}

impl LevelTotals {
    /// # Errors
    /// A level that does not come to what the frame of the report has, unit by unit.
    pub(crate) fn check(&self, frame: &UsageFrame, period: Option<PeriodRange>) -> Result<()> {
        let mut expected = Totals::new();
        let rows = frame.records.usage_by_parent().zip(frame.records.username()).enumerate();
        for (at, ((parent, usage), username)) in rows {
            let is_reported = period.is_none_or(|range| range.contains(frame.parents.period(parent)));
            if is_reported && frame.is_user(*username) {
                let unit = frame.measured_units[frame.parents.measured_unit()[parent] as usize].clone();
                let (sum, records) = expected.entry(unit).or_default();
                *sum += usage.hundredths();
                *records += frame.records.counts(at).records;
            }
        }
        match self.0.iter().find(|totals| **totals != expected) {
            None => Ok(()),
            Some(_) => Err(Error::EngineDisagrees {
                reason: "the groups do not come to the usage and records of the component usages".to_owned(),
            }),
        }
    }
}

/// What things are called in results → their indexes in the frame.
struct FramePlaces<'f> {
    entities: [HashMap<u128, u32>; 4],
    component_types: HashMap<&'f str, u32>,
    units: HashMap<&'f str, u32>,
}

impl<'f> FramePlaces<'f> {
    fn of(frame: &'f UsageFrame) -> FramePlaces<'f> {
        let uuids = |entities: &[Entity]| entities.iter().map(|entity| entity.uuid).zip(0..).collect();
        let texts = |texts: &'f [Box<str>]| texts.iter().map(|text| &**text).zip(0..).collect();
        Self {
            entities: [
                uuids(&frame.customers),
                uuids(&frame.projects),
                uuids(&frame.offerings),
                uuids(&frame.resources),
            ],
            component_types: texts(&frame.component_types),
            units: texts(&frame.measured_units),
        }
    }

    fn entity(&self, dimension: Dimension, uuid: u128) -> Result<u32> {
        let at = match dimension {
            Dimension::Customer => 0,
            Dimension::Project => 1,
            Dimension::Offering => 2,
            _ => 3,
        };
        known(self.entities[at].get(&uuid), dimension.name())
    }

    fn component_type(&self, text: &str) -> Result<u32> {
        known(self.component_types.get(text), "component")
    }

    fn unit(&self, text: &str) -> Result<u32> {
        known(self.units.get(text), "unit")
    }
}

fn known(place: Option<&u32>, what: &str) -> Result<u32> {
    place.copied().ok_or_else(|| Error::EngineDisagrees { reason: format!("a group of an unknown {what}") })
}
