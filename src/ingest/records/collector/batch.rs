//! Records looked up together, and compared with what is known of their parents.

use super::{Collector, Found};
use crate::ingest::formats::plain::{plain_end, plain_head, plain_tail};
use crate::ingest::records::parents::{Attributes, NamedEntity};
use crate::ingest::records::raw::{Raw, RawRecord};
use crate::ingest::records::values::{is_text, parent_uuid, plain_period, plain_time};
use crate::usage::Field;

/// How many records are looked up together.
pub(crate) const BATCH_RECORDS_MAX: usize = 16;

/// A record that is about to be pushed, with its place and text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pending<'a> {
    pub record: RawRecord<'a>,
    /// In bytes from the start of the (decompressed) file.
    pub offset: Option<u64>,
    /// Empty where the format has no text.
    pub text: &'a [u8],
    /// Where in the text that begins which the parent determines, if it is still to be read.
    tail: Option<usize>,
}

/// What was found of a record beforehand.
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    /// The parent, where the record repeats what is known of it.
    pub parent: Option<u32>,
    pub username: Option<u32>,
}

impl<'a> Pending<'a> {
    /// Reads the first part of a record that is written in the server's way, and guesses that it ends at the first
    /// brace behind it; where none of `followers` stands there, reads all of it. Gives its length.
    ///
    /// None if the record is written in another way, or none of `followers` stands behind it.
    pub(crate) fn read_plain(&mut self, text: &'a [u8], offset: u64, followers: &[u8]) -> Option<usize> {
        let is_end = |end: usize| text.get(end).is_none_or(|next| followers.contains(next));
        let tail = plain_head(text, &mut self.record)?;
        let mut length = tail + memchr::memchr(b'}', &text[tail..])? + 1;
        self.tail = Some(tail).filter(|_| is_end(length));
        if self.tail.is_none() {
            length = plain_tail(text, tail, &mut self.record).filter(|end| is_end(*end))?;
        }
        self.text = &text[..length];
        self.offset = Some(offset);
        Some(length)
    }
}

impl Collector {
    /// Takes records that follow each other; gives how many, which is less than all where the next one is not
    /// written in the server's way, or ends elsewhere than was guessed.
    ///
    /// Their parents and usernames are looked up first, all together, so that the waits for memory overlap.
    /// `found` returns the text and line of a faulty record.
    pub(crate) fn push_batch<F: Into<Found>>(
        &mut self,
        batch: &mut [Pending],
        found: impl Fn(&Pending) -> F,
    ) -> usize {
        self.make_room();
        if !self.folders().has_fields() {
            return self.push_whole_batch(batch, found);
        }
        let folders = self.folders.clone();
        let mut batch: Vec<Pending> = batch.to_vec();
        batch.iter_mut().for_each(|pending| folders.fill(&mut pending.record));
        self.push_whole_batch(&mut batch, found)
    }

    fn push_whole_batch<F: Into<Found>>(
        &mut self,
        batch: &mut [Pending],
        found: impl Fn(&Pending) -> F,
    ) -> usize {
        let mut uuids = [None; BATCH_RECORDS_MAX];
        for (uuid, pending) in uuids.iter_mut().zip(&*batch) {
            *uuid = parent_uuid(&pending.record).ok();
        }
        let parents = self.parents.find_all(&uuids);
        let mut known = parents.map(|parent| Known { parent, username: None });
        for (known, pending) in known.iter_mut().zip(&*batch) {
            if let Raw::Text(name) = pending.record.get(Field::Username) {
                known.username = self.usernames.find(name);
            }
        }
        for (taken, (known, pending)) in known.iter_mut().zip(&mut *batch).enumerate() {
            let parent = known.parent.take();
            if let Some(place) = parent
                && self.is_as_known(pending, place)
            {
                known.parent = parent;
            } else if !pending.read_tail() {
                return taken;
            }
            self.push_known(&pending.record, *known, pending.offset, || found(pending));
        }
        batch.len()
    }

    /// What is known of a record that comes alone.
    pub(super) fn known(&self, record: &RawRecord) -> Known {
        let parent = parent_uuid(record).ok().and_then(|uuid| self.parents.find(uuid)).filter(|&place| {
            let known = &self.parents.parents[place as usize].attributes;
            self.is_owner_known(record, known) && self.is_rest_known(record, known)
        });
        Known { parent, username: None }
    }

    /// Whether a record repeats, byte for byte, what is known of its parent.
    fn is_as_known(&self, pending: &mut Pending, place: u32) -> bool {
        let known = &self.parents.parents[place as usize].attributes;
        let is_owner_known = match pending.tail {
            None => self.is_owner_known(&pending.record, known),
            Some(tail) => self.strip_owner(&pending.text[tail..], known).is_some_and(|rest| {
                let end = pending.text.len() - rest.len();
                plain_end(pending.text, end, &mut pending.record) == Some(pending.text.len())
            }),
        };
        is_owner_known && self.is_rest_known(&pending.record, known)
    }

    /// The text behind resource, offering, project and customer, if they are those that are known.
    fn strip_owner<'a>(&self, tail: &'a [u8], known: &Attributes) -> Option<&'a [u8]> {
        let table = &self.parents;
        let rest = table.resources.get(known.resource).strip_from(tail)?;
        let rest = table.offerings.get(known.offering).strip_from(rest)?;
        let rest = table.projects.get(known.project).strip_from(rest)?;
        table.customers.get(known.customer).strip_from(rest)
    }

    fn is_owner_known(&self, record: &RawRecord, known: &Attributes) -> bool {
        let table = &self.parents;
        let names = |entity: &NamedEntity, uuid: Field, name: Field| {
            is_text(record.get(name), entity.name())
                && match record.get(uuid) {
                    Raw::Text(text) => text == entity.hex(),
                    Raw::Uuid(uuid) => uuid == entity.uuid,
                    _ => false,
                }
        };
        names(table.resources.get(known.resource), Field::ResourceUuid, Field::ResourceName)
            && names(table.offerings.get(known.offering), Field::OfferingUuid, Field::OfferingName)
            && names(table.projects.get(known.project), Field::ProjectUuid, Field::ProjectName)
            && names(table.customers.get(known.customer), Field::CustomerUuid, Field::CustomerName)
    }

    fn is_rest_known(&self, record: &RawRecord, known: &Attributes) -> bool {
        let table = &self.parents;
        let is_known_date = match record.get(Field::Date) {
            Raw::Missing | Raw::Null => known.date.get().is_none(),
            value => plain_time(value).is_some_and(|date| known.date.get() == Some(date)),
        };
        is_known_date
            && self.is_known_period(record, known.billing_period)
            && is_text(record.get(Field::ComponentType), table.component_types.get(known.component_type))
            && is_text(record.get(Field::MeasuredUnit), table.measured_units.get(known.measured_unit))
    }

    fn is_known_period(&self, record: &RawRecord, known: i32) -> bool {
        let Some(folder) = &self.folders.month else {
            return plain_period(record) == Some(known);
        };
        let own = match record.get(Field::BillingPeriod) {
            Raw::Missing | Raw::Null => folder.period(),
            _ => plain_period(record),
        };
        own == Some(known) && folder.allows(known)
    }

    /// Notes that a dump shows what is known of a parent.
    pub(super) fn confirm(&mut self, place: u32, dump: u32) {
        let table = &mut self.parents;
        let parent = &mut table.parents[place as usize];
        if parent.dump < dump {
            parent.dump = dump;
        }
        let known = parent.attributes;
        table.resources.confirm(known.resource, dump);
        table.offerings.confirm(known.offering, dump);
        table.projects.confirm(known.project, dump);
        table.customers.confirm(known.customer, dump);
    }
}

impl Pending<'_> {
    /// Reads what is still to be read; false where it is not written in the server's way up to the guessed end.
    fn read_tail(&mut self) -> bool {
        let Some(tail) = self.tail.take() else { return true };
        plain_tail(self.text, tail, &mut self.record) == Some(self.text.len())
    }
}
