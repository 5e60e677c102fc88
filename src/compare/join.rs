//! Which records of two states are the same one: by uuid, else by the natural key.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::state::State;

/// The rows of two states, side by side.
pub(crate) struct Pairs {
    pub both: Vec<(u32, u32)>,
    /// Under another uuid, but of the same component usage and username: deleted and created again.
    pub recreated: Vec<(u32, u32)>,
    pub removed: Vec<u32>,
    pub added: Vec<u32>,
}

impl Pairs {
    pub(crate) fn new(before: &State, after: &State) -> Self {
        let rows: HashMap<u128, u32, FixedState> = before.uuids().iter().copied().zip(0..).collect();
        let mut is_found = vec![false; before.uuids().len()];
        let (mut both, mut added) = (Vec::with_capacity(after.uuids().len()), Vec::new());
        for (uuid, row) in after.uuids().iter().zip(0..) {
            match rows.get(uuid) {
                Some(&earlier) => {
                    is_found[earlier as usize] = true;
                    both.push((earlier, row));
                }
                None => added.push(row),
            }
        }
        let removed: Vec<u32> =
            (0..).zip(is_found).filter(|(_, is_found)| !is_found).map(|(row, _)| row).collect();
        Self { both, recreated: Vec::new(), removed, added }.with_recreated(before, after)
    }

    /// Brings those together that were deleted and created again.
    fn with_recreated(mut self, before: &State, after: &State) -> Self {
        let key = |state: &State, row| (state.parent(row).uuid, state.username(row));
        let mut removed: HashMap<(u128, u32), u32, FixedState> =
            self.removed.iter().map(|&row| (key(before, row), row)).collect();
        let recreated = &mut self.recreated;
        self.added.retain(|&row| match removed.remove(&key(after, row)) {
            Some(earlier) => {
                recreated.push((earlier, row));
                false
            }
            None => true,
        });
        if !recreated.is_empty() {
            let again: std::collections::HashSet<u32> =
                recreated.iter().map(|(earlier, _)| *earlier).collect();
            self.removed.retain(|row| !again.contains(row));
        }
        self
    }
}
