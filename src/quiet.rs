//! Runs a decoder that may panic on damaged input, and keeps the panic to itself.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What the decoder returns, or `None` if it panicked. No message is printed then.
///
/// The first call puts a panic hook before the one that is set: it is silent on threads that are in here, and
/// leaves every other panic to the hook before it. Do not use values that the decoder changed after a panic.
pub(crate) fn quietly<T>(decode: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                hook(panic);
            }
        }));
    });
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
