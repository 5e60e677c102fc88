//! Runs a decoder that may panic on damaged input. That it did is an error of the input, not of the program.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread decodes input, so that a panic becomes an error. The library sets no panic hook; a program's own may ask
/// this, and print nothing then.
pub fn is_decoding() -> bool {
    IS_QUIET.get()
}

/// What the decoder returns, or `None` if it panicked. Do not use values that it changed after a panic.
pub(crate) fn quietly<T>(decode: impl FnOnce() -> T) -> Option<T> {
    IS_QUIET.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(decode));
    IS_QUIET.set(false);
    outcome.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing_and_a_value_is_itself() {
        assert_eq!(quietly(|| 1), Some(1));
        assert_eq!(quietly(|| -> u8 { panic!("not to be seen") }), None);
        assert!(!IS_QUIET.get());
    }
}
