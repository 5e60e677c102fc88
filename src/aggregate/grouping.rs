//! Rows with equal keys to dense numbers, in the order of the keys.

use rayon::prelude::*;

/// One part of a key: a value for each row, and how many values there can be.
pub(crate) struct KeyPart {
    pub values: Vec<u32>,
    /// One more than the greatest value.
    pub cardinality: u32,
}

impl KeyPart {
    /// The value of each group, as one of its rows has it.
    pub(crate) fn of_groups(&self, grouping: &Grouping) -> Self {
        let values = grouping.representatives.iter().map(|row| self.values[*row as usize]).collect();
        Self { values, cardinality: self.cardinality }
    }

    /// Whether all rows have one value.
    pub(crate) fn is_constant(&self) -> bool {
        self.values.windows(2).all(|pair| pair[0] == pair[1])
    }
}

/// Rows brought into groups.
pub(crate) struct Grouping {
    /// The group of each row. Groups are numbered from 0 in the order of their keys.
    pub group_of: Vec<u32>,
    /// One row of each group.
    pub representatives: Vec<u32>,
}

impl Grouping {
    /// Groups `rows` rows by parts, the first one weighing most. Without parts all rows are one group.
    pub(crate) fn new(rows: usize, parts: &[&KeyPart]) -> Self {
        let mut keys = vec![0_u64; rows];
        let mut bits = 0;
        for part in parts {
            let part_bits = u32::BITS - part.cardinality.leading_zeros();
            if bits + part_bits > u64::BITS {
                bits = make_dense(&mut keys);
            }
            for (key, value) in keys.iter_mut().zip(&part.values) {
                *key = (*key << part_bits) | u64::from(*value);
            }
            bits += part_bits;
        }
        Self::of_keys(&keys)
    }

    /// Each row is a group of its own.
    pub(crate) fn identity(rows: usize) -> Self {
        let all: Vec<u32> = (0..rows as u32).collect();
        Self { group_of: all.clone(), representatives: all }
    }

    fn of_keys(keys: &[u64]) -> Self {
        let mut sorted: Vec<(u64, u32)> = keys.iter().zip(0..).map(|(key, row)| (*key, row)).collect();
        sorted.par_sort_unstable();
        let mut group_of = vec![0; keys.len()];
        let mut representatives = Vec::new();
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            for (_, row) in group {
                group_of[*row as usize] = representatives.len() as u32;
            }
            representatives.push(group[0].1);
        }
        Self { group_of, representatives }
    }

    pub(crate) fn len(&self) -> usize {
        self.representatives.len()
    }
}

/// Replaces keys by their dense ranks; gives the bits that these need.
fn make_dense(keys: &mut [u64]) -> u32 {
    let grouping = Grouping::of_keys(keys);
    for (key, group) in keys.iter_mut().zip(&grouping.group_of) {
        *key = u64::from(*group);
    }
    u64::BITS - (grouping.len() as u64).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn groups_are_those_of_sorted_tuples_however_wide_the_values(
            rows in prop::collection::vec((0..4_u32, 0..3_u32, 0..4_u32), 0..40),
        ) {
            let part = |values: Vec<u32>| KeyPart { values, cardinality: u32::MAX };
            let scale = |value: u32| value * 1_000_000_000;
            let parts = [
                part(rows.iter().map(|row| scale(row.0)).collect()),
                part(rows.iter().map(|row| scale(row.1)).collect()),
                part(rows.iter().map(|row| scale(row.2)).collect()),
            ];
            let grouping = Grouping::new(rows.len(), &[&parts[0], &parts[1], &parts[2]]);
            let mut distinct = rows.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(grouping.len(), distinct.len());
            for (row, group) in rows.iter().zip(&grouping.group_of) {
                prop_assert_eq!(&distinct[*group as usize], row);
            }
        }
    }
}
