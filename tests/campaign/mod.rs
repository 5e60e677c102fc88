//! Books under attack: power cuts, kills and rot, by seeds.
//!
//! `USAGEBOOK_CAMPAIGN` says how long: 1, the default, runs in seconds as a part of the tests; 100 runs for minutes.
//! `USAGEBOOK_SEED` chooses other cases. Each test prints how many states it tried (`cargo test campaign -- --nocapture`).

mod kill;
pub mod money;
mod power;
mod power_cut;
mod rot;

/// How many times as much is tried.
pub fn scale() -> u64 {
    number("USAGEBOOK_CAMPAIGN").unwrap_or(1).max(1)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a whole number"))
}

/// Numbers that a seed determines.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The seed of the run, and of a test in it.
    pub fn new(test: u64) -> Self {
        Self(number("USAGEBOOK_SEED").unwrap_or(0).wrapping_mul(1_000_003).wrapping_add(test))
    }

    /// splitmix64
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}
