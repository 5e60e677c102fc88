//! Equal bytes, one number.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Numbers distinct texts from 0 in the order of their first appearance.
#[derive(Default)]
pub struct Interner {
    places: HashTable<u32>,
    hasher: FixedState,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Interner {
    /// The number of a text that was seen before.
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        self.find_hashed(self.hasher.hash_one(text), text)
    }

    pub fn intern(&mut self, text: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(text);
        if let Some(place) = self.find_hashed(hash, text) {
            return place;
        }
        let place = u32::try_from(self.ends.len()).expect("fewer than four billion names");
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.places.insert_unique(hash, place, |&place| hasher.hash_one(slice(bytes, ends, place)));
        place
    }

    fn find_hashed(&self, hash: u64, text: &[u8]) -> Option<u32> {
        self.places.find(hash, |&place| slice(&self.bytes, &self.ends, place) == text).copied()
    }

    pub fn get(&self, place: u32) -> &[u8] {
        slice(&self.bytes, &self.ends, place)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len() as u32).map(|place| self.get(place))
    }

    /// The texts as strings, in the order of their numbers.
    pub fn into_texts(self) -> Vec<Box<str>> {
        self.iter().map(|text| std::str::from_utf8(text).expect("readers pass on UTF-8").into()).collect()
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[usize], place: u32) -> &'a [u8] {
    let place = place as usize;
    let start = if place == 0 { 0 } else { ends[place - 1] };
    &bytes[start..ends[place]]
}
