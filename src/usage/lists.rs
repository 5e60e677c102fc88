//! The lists of names of a frame, while some are added to them.

use std::collections::HashMap;

use super::{Entity, UsageFrame};
use crate::dimension::Dimension;

/// The places of names in the lists of one frame, which grow.
pub(crate) struct Lists {
    entities: [HashMap<u128, u32>; 4],
    component_types: HashMap<Box<str>, u32>,
    measured_units: HashMap<Box<str>, u32>,
}

impl Lists {
    pub(crate) fn of(frame: &UsageFrame) -> Self {
        let uuids = |entities: &[Entity]| entities.iter().map(|entity| entity.uuid).zip(0..).collect();
        let texts = |texts: &[Box<str>]| texts.iter().cloned().zip(0..).collect();
        Self {
            entities: [
                uuids(&frame.customers),
                uuids(&frame.projects),
                uuids(&frame.offerings),
                uuids(&frame.resources),
            ],
            component_types: texts(&frame.component_types),
            measured_units: texts(&frame.measured_units),
        }
    }

    /// The place of a customer, project, offering or resource; one that is new gets the name.
    pub(crate) fn entity(
        &mut self,
        frame: &mut UsageFrame,
        dimension: Dimension,
        uuid: u128,
        name: &str,
    ) -> u32 {
        let (at, list) = match dimension {
            Dimension::Customer => (0, &mut frame.customers),
            Dimension::Project => (1, &mut frame.projects),
            Dimension::Offering => (2, &mut frame.offerings),
            _ => (3, &mut frame.resources),
        };
        *self.entities[at].entry(uuid).or_insert_with(|| {
            list.push(Entity { uuid, name: name.into() });
            list.len() as u32 - 1
        })
    }

    pub(crate) fn component_type(&mut self, frame: &mut UsageFrame, text: &str) -> u32 {
        place(&mut self.component_types, &mut frame.component_types, text)
    }

    pub(crate) fn measured_unit(&mut self, frame: &mut UsageFrame, text: &str) -> u32 {
        place(&mut self.measured_units, &mut frame.measured_units, text)
    }

    /// The place of a resource that the frame has.
    pub(crate) fn resource(&self, uuid: u128) -> Option<u32> {
        self.entities[3].get(&uuid).copied()
    }
}

fn place(places: &mut HashMap<Box<str>, u32>, texts: &mut Vec<Box<str>>, text: &str) -> u32 {
    if let Some(place) = places.get(text) {
        return *place;
    }
    texts.push(text.into());
    places.insert(text.into(), texts.len() as u32 - 1);
    texts.len() as u32 - 1
}
