//! All that a month's deliveries ever showed: rows, each once, and which delivery showed which of them.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;

use super::decode::read_rows;
use super::manifest::{FileKind, Month, StoredFile};
use super::rows::{Record, Rows, Texts};
use super::store::{Store, damaged};
use super::version::DeliveryId;
use crate::error::Result;
use crate::text::parse_uuid;

/// The rows of all slices of a month, one slice's behind the other's, in the order in which they were taken in.
#[derive(Default)]
pub(crate) struct History {
    /// Parents stand in it once for each slice.
    pub rows: Rows,
    pub slices: Vec<SliceRows>,
}

/// What one delivery showed of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SliceRows {
    pub delivery: DeliveryId,
    pub is_complete: bool,
    /// The customers that it is complete for; empty for all.
    pub customers: Vec<u128>,
    /// The rows that it was the first to show.
    pub own: Range<u32>,
    /// The number of the input of each of them.
    pub inputs: Vec<u32>,
    /// Which of the rows before its own it showed again.
    pub again: Marks,
}

/// One bit for each row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    bits: Vec<u8>,
    length: u32,
}

impl Marks {
    pub(crate) fn none(length: u32) -> Self {
        Self { bits: vec![0; (length as usize).div_ceil(8)], length }
    }

    pub(crate) fn set(&mut self, at: u32) {
        self.bits[at as usize / 8] |= 1 << (at % 8);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let is_set = |at: &u32| self.bits[*at as usize / 8] & (1 << (at % 8)) != 0;
        (0..self.length).filter(is_set)
    }
}

impl SliceRows {
    /// How many records of the month the delivery holds.
    pub(crate) fn records(&self) -> u64 {
        self.own.len() as u64 + self.again.iter().count() as u64
    }

    /// All rows that it showed.
    pub(crate) fn shown(&self) -> impl Iterator<Item = u32> {
        self.own.clone().chain(self.again.iter())
    }

    /// `zstd(rows before, marks, own rows, their inputs)`, numbers of 32 bits, the least byte first.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.again.length.to_le_bytes().to_vec();
        bytes.extend(&self.again.bits);
        bytes.extend((self.inputs.len() as u32).to_le_bytes());
        bytes.extend(self.inputs.iter().flat_map(|input| input.to_le_bytes()));
        zstd::bulk::compress(&bytes, 0).expect("memory takes all bytes")
    }
}

/// The marks and the inputs out of a file.
fn decode(bytes: &[u8], before: u32, own: u32) -> Option<(Marks, Vec<u32>)> {
    let marks = (before as usize).div_ceil(8);
    let length = 8 + marks + own as usize * 4;
    let bytes = zstd::bulk::decompress(bytes, length).ok()?;
    let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    if bytes.len() != length || number(0)? != before || number(4 + marks)? != own {
        return None;
    }
    let inputs = (0..own as usize).map(|at| number(8 + marks + at * 4)).collect::<Option<_>>()?;
    Some((Marks { bits: bytes[4..4 + marks].to_vec(), length: before }, inputs))
}

impl History {
    /// Reads all that a month's deliveries showed.
    pub(crate) fn read(store: &Store, month: &Month, texts: &mut Texts) -> Result<Self> {
        let mut history = Self::default();
        let slices = read_slices(store, month, |file| {
            let rows = read_rows(store.open(file)?, texts)?;
            history.append(&rows);
            Ok(rows.records.len())
        })?;
        Ok(Self { slices, ..history })
    }

    /// Takes in what a delivery shows: what is known in this very form is marked, the rest becomes the slice's own.
    ///
    /// Gives the rows that are its own. `inputs` says where each row comes from.
    pub(crate) fn take_in(
        &mut self,
        delivery: DeliveryId,
        complete: Complete,
        rows: &Rows,
        inputs: &[u32],
    ) -> Rows {
        let before = self.rows.records.len() as u32;
        let mut again = Marks::none(before);
        let known = self.by_uuid();
        let mut own = Vec::new();
        for (at, record) in (0..).zip(&rows.records) {
            match self.find(&known, rows, record) {
                Some(row) => again.set(row),
                None => own.push(at),
            }
        }
        let own_inputs = own.iter().map(|at: &u32| inputs[*at as usize]).collect();
        let own = rows.arranged(&own);
        self.append(&own);
        let range = before..self.rows.records.len() as u32;
        let Complete { is_complete, customers } = complete;
        self.slices.push(SliceRows {
            delivery,
            is_complete,
            customers,
            own: range,
            inputs: own_inputs,
            again,
        });
        own
    }

    /// The uuids of all parents that some deliveries showed, in order.
    pub(crate) fn parents(&self, is_wanted: impl Fn(&DeliveryId) -> bool) -> Vec<u128> {
        let mut is_shown = vec![false; self.rows.parents.len()];
        for slice in self.slices.iter().filter(|slice| is_wanted(&slice.delivery)) {
            slice.shown().for_each(|row| is_shown[self.rows.records[row as usize].parent as usize] = true);
        }
        let shown = self.rows.parents.iter().zip(is_shown).filter(|(_, is_shown)| *is_shown);
        let mut uuids: Vec<u128> = shown.map(|(parent, _)| parent.uuid).collect();
        uuids.sort_unstable();
        uuids.dedup();
        uuids
    }

    fn append(&mut self, rows: &Rows) {
        let parents = self.rows.parents.len() as u32;
        self.rows.parents.extend_from_slice(&rows.parents);
        let moved = rows.records.iter().map(|record| Record { parent: record.parent + parents, ..*record });
        self.rows.records.extend(moved);
    }

    fn by_uuid(&self) -> HashMap<u128, Vec<u32>, FixedState> {
        let mut known: HashMap<u128, Vec<u32>, FixedState> = HashMap::default();
        for (at, record) in (0..).zip(&self.rows.records) {
            known.entry(record.uuid).or_default().push(at);
        }
        known
    }

    fn find(&self, known: &HashMap<u128, Vec<u32>, FixedState>, rows: &Rows, record: &Record) -> Option<u32> {
        let is_same = |at: &&u32| self.rows.is_same(&self.rows.records[**at as usize], rows, record);
        known.get(&record.uuid)?.iter().find(is_same).copied()
    }

    /// The slice that was the first to show a row, and the number of the input that it came from.
    pub(crate) fn origin(&self, row: u32) -> (&SliceRows, u32) {
        let after = self.slices.partition_point(|slice| slice.own.end <= row);
        let slice = &self.slices[after];
        (slice, slice.inputs[(row - slice.own.start) as usize])
    }
}

/// What a delivery is said to hold every record of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Complete {
    pub is_complete: bool,
    /// The customers that it is complete for; empty for all.
    pub customers: Vec<u128>,
}

/// Reads what each delivery of a month showed. `read_own` reads the rows that a delivery was the first to show, and
/// returns how many they are.
pub(crate) fn read_slices(
    store: &Store,
    month: &Month,
    mut read_own: impl FnMut(&StoredFile) -> Result<usize>,
) -> Result<Vec<SliceRows>> {
    let mut slices = Vec::with_capacity(month.slices.len());
    let mut before = 0;
    for slice in &month.slices {
        let own = slice.rows.as_ref().map_or(Ok(0), &mut read_own)? as u32;
        let path = store.path(&slice.shown);
        let shown = decode(&store.read(&slice.shown)?, before, own);
        let (again, inputs) = shown.ok_or_else(|| damaged(&path, "it does not go with its month"))?;
        let customers = slice.customers.iter().map(|uuid| parse_uuid(uuid.as_bytes()));
        slices.push(SliceRows {
            delivery: slice.delivery.clone(),
            is_complete: slice.is_complete,
            customers: customers.map(Option::unwrap_or_default).collect(),
            own: before..before + own,
            inputs,
            again,
        });
        before += own;
    }
    Ok(slices)
}

/// Packs a slice's part for the store.
pub(crate) fn shown_file(slice: &SliceRows) -> (StoredFile, Vec<u8>) {
    let bytes = slice.encode();
    (StoredFile::of(&bytes, FileKind::Shown), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_delivery_showed_reads_back() {
        let mut again = Marks::none(11);
        [0, 7, 8, 10].into_iter().for_each(|at| again.set(at));
        let slice = SliceRows {
            delivery: DeliveryId::default(),
            is_complete: true,
            customers: Vec::new(),
            own: 11..13,
            inputs: vec![0, 70_000],
            again,
        };
        let (marks, inputs) = decode(&slice.encode(), 11, 2).unwrap();
        assert_eq!((&marks, &inputs), (&slice.again, &slice.inputs));
        assert_eq!(slice.shown().collect::<Vec<_>>(), [11, 12, 0, 7, 8, 10]);
        assert_eq!(slice.records(), 6);
    }

    #[test]
    fn what_does_not_go_with_its_month_is_refused() {
        let slice = SliceRows {
            delivery: DeliveryId::default(),
            is_complete: false,
            customers: Vec::new(),
            own: 3..4,
            inputs: vec![0],
            again: Marks::none(3),
        };
        let bytes = slice.encode();
        assert!(decode(&bytes, 3, 1).is_some());
        assert!(decode(&bytes, 4, 1).is_none());
        assert!(decode(&bytes, 3, 2).is_none());
        assert!(decode(b"x", 3, 1).is_none());
    }
}
