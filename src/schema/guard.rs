//! Turns a panic inside a protobuf library into a value.
//!
//! Descriptors and messages come from servers and files, so they are hostile, and the libraries that read them
//! assert what they believe about them. What is known to fail is checked first; this is for the rest.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is about to be caught by [`quietly`], so that nobody need read of it.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The work panicked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panicked;

/// Runs `work`, which may panic, and prints nothing about it if it does.
///
/// # Errors
/// [`Panicked`] where `work` did not return.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    outcome.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_work_goes_on() {
        assert_eq!(quietly(|| 7).ok(), Some(7));
        let empty: Vec<u8> = Vec::new();
        assert!(quietly(|| empty[0]).is_err());
        assert!(!QUIET.get());
        assert_eq!(quietly(|| 8).ok(), Some(8));
    }
}
