//! The rows of each parent, or of each username.

/// For each key the rows that have it, in order.
#[derive(Debug)]
pub(crate) struct Postings {
    /// Where each key's rows begin; one more for the end.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Postings {
    /// From the key of each row, below `keys_count`.
    pub(crate) fn new(keys: &[u32], keys_count: usize) -> Self {
        let mut starts = vec![0; keys_count + 1];
        for key in keys {
            starts[*key as usize + 1] += 1;
        }
        for key in 1..starts.len() {
            starts[key] += starts[key - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; keys.len()];
        for (row, key) in (0..).zip(keys) {
            let place = &mut next[*key as usize];
            rows[*place as usize] = row;
            *place += 1;
        }
        Self { starts, rows }
    }

    pub(crate) fn rows(&self, key: u32) -> &[u32] {
        let (start, end) = (self.starts[key as usize], self.starts[key as usize + 1]);
        &self.rows[start as usize..end as usize]
    }
}
