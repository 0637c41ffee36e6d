//! The environment's variables.

/// The value of a variable; `None` where it is not set, or no text.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
