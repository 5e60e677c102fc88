//! A set of small numbers, one bit each.

/// Numbers from 0 to a bound.
#[derive(Debug)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn new(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    pub(crate) fn insert(&mut self, number: u32) {
        self.0[number as usize / 64] |= 1 << (number % 64);
    }

    pub(crate) fn contains(&self, number: u32) -> bool {
        self.0[number as usize / 64] >> (number % 64) & 1 == 1
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.len() * size_of::<u64>()
    }

    /// The numbers in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.0).flat_map(|(word, bits)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros())?;
                bits &= bits - 1;
                Some(word * 64 + bit)
            })
        })
    }
}

/// Sorts distinct numbers below a bound.
pub(crate) fn sort(numbers: &mut [u32], bound: usize) {
    // Below that a pass over all bits costs more than a sort.
    if numbers.len() < bound / 32 {
        return numbers.sort_unstable();
    }
    let mut bits = Bits::new(bound);
    numbers.iter().for_each(|number| bits.insert(*number));
    numbers.iter_mut().zip(bits.iter()).for_each(|(number, sorted)| *number = sorted);
}
