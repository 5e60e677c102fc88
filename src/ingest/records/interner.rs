//! Equal bytes, one number.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Numbers distinct texts from 0 in the order of their first appearance.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    places: HashTable<Entry>,
    hasher: FixedState,
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

/// A number and its text's span: what a look-up needs, in one place of memory.
#[derive(Debug)]
struct Entry {
    span: Span,
    place: u32,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u64,
    length: u32,
}

impl Span {
    fn of(self, bytes: &[u8]) -> &[u8] {
        let start = self.start as usize;
        &bytes[start..start + self.length as usize]
    }
}

impl Interner {
    /// The number of a text that was seen before.
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        self.find_hashed(self.hasher.hash_one(text), text)
    }

    pub(crate) fn intern(&mut self, text: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(text);
        if let Some(place) = self.find_hashed(hash, text) {
            return place;
        }
        let place = u32::try_from(self.spans.len()).expect("fewer than four billion names");
        let length = u32::try_from(text.len()).expect("a text is shorter than a record may be");
        let span = Span { start: self.bytes.len() as u64, length };
        self.bytes.extend_from_slice(text);
        self.spans.push(span);
        let (bytes, hasher) = (&self.bytes, &self.hasher);
        self.places.insert_unique(hash, Entry { span, place }, |entry| hasher.hash_one(entry.span.of(bytes)));
        place
    }

    fn find_hashed(&self, hash: u64, text: &[u8]) -> Option<u32> {
        self.places.find(hash, |entry| entry.span.of(&self.bytes) == text).map(|entry| entry.place)
    }

    pub(crate) fn get(&self, place: u32) -> &[u8] {
        self.spans[place as usize].of(&self.bytes)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.spans.iter().map(|span| span.of(&self.bytes))
    }

    /// The texts as strings, in the order of their numbers.
    pub(crate) fn into_texts(self) -> Vec<Box<str>> {
        self.iter().map(|text| std::str::from_utf8(text).expect("readers pass on UTF-8").into()).collect()
    }
}
