//! Files that appear whole or not at all, who can read them, and what a run that was killed leaves behind.

pub mod access;
pub mod atomic;
pub mod folder;
pub mod hashing;
pub mod leftovers;

/// The bytes that go to a file at once.
pub(crate) const BUFFER_SIZE: usize = 1 << 18;
