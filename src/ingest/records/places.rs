//! Places by hash: open addressing over numbers of four bytes, half of them empty at least.
//!
//! A look-up reads one number and then what stands at that place. Both can be done for many keys at a time, so that
//! the waits for memory overlap; a general hash table hides the first step.

/// Finds the places in a list of what the list holds.
#[derive(Default)]
pub(crate) struct Places {
    /// A place and one, or nothing; as many as a power of two.
    slots: Vec<u32>,
    len: usize,
}

impl Places {
    /// The place that a look-up comes to first; what is looked for may stand elsewhere.
    pub(crate) fn first(&self, hash: u64) -> Option<u32> {
        self.slots.get(self.start(hash))?.checked_sub(1)
    }

    pub(crate) fn find(&self, hash: u64, is_wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.start(hash);
        loop {
            let place = self.slots.get(at)?.checked_sub(1)?;
            if is_wanted(place) {
                return Some(place);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Adds a place that is not there yet. `hash_of` gives the hashes of all that are.
    pub(crate) fn insert(&mut self, hash: u64, place: u32, hash_of: impl Fn(u32) -> u64) {
        if 2 * (self.len + 1) > self.slots.len() {
            let length = (2 * self.slots.len()).max(64);
            let places = std::mem::replace(&mut self.slots, vec![0; length]);
            for place in places.into_iter().filter_map(|slot| slot.checked_sub(1)) {
                self.put(hash_of(place), place);
            }
        }
        self.put(hash, place);
        self.len += 1;
    }

    /// Forgets all places; keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(0);
        self.len = 0;
    }

    fn put(&mut self, hash: u64, place: u32) {
        let mut at = self.start(hash);
        while self.slots[at] != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = place + 1;
    }

    fn start(&self, hash: u64) -> usize {
        (hash >> 32) as usize & self.slots.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_even_where_hashes_are_equal() {
        let keys: Vec<u64> = (0..1000).map(|key| key % 10).collect();
        let mut places = Places::default();
        assert_eq!(places.find(7 << 32, |_| true), None);
        for place in 0..1000 {
            places.insert(keys[place as usize] << 32, place, |place| keys[place as usize] << 32);
        }
        for place in 0..1000 {
            let found = places.find(keys[place as usize] << 32, |other| other == place);
            assert_eq!(found, Some(place));
        }
        assert_eq!(places.find(3 << 32, |other| other == 1000), None);
    }

    #[test]
    fn nothing_is_found_after_all_was_forgotten() {
        let mut places = Places::default();
        places.insert(0, 5, |_| 0);
        assert_eq!(places.first(0), Some(5));
        places.clear();
        assert_eq!((places.first(0), places.find(0, |_| true)), (None, None));
    }
}
