//! Counts in sentences.

use std::fmt;

/// A number of things: `1 packet`, `3 packets of another protocol`.
pub(super) struct Count<'a> {
    pub(super) number: u64,
    /// One of them.
    pub(super) noun: &'a str,
    /// What kind of them; may be empty.
    pub(super) rest: &'a str,
}

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, noun, rest } = self;
        let plural = if *number == 1 { "" } else { "s" };
        let space = if rest.is_empty() { "" } else { " " };
        write!(f, "{number} {noun}{plural}{space}{rest}")
    }
}

/// The verb that goes with a number.
pub(super) const fn were(number: u64) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

/// A sentence on what was passed over; `None` where nothing was.
pub(super) fn sentence(number: u64, noun: &str, rest: &str, verb: &str) -> Option<String> {
    let count = Count { number, noun, rest };
    (number > 0).then(|| format!("{count} {} {verb}", were(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_several() {
        let said = |number| sentence(number, "UDP packet", "of port 443", "not read");
        assert_eq!(said(0), None);
        assert_eq!(said(1).unwrap(), "1 UDP packet of port 443 was not read");
        assert_eq!(said(2).unwrap(), "2 UDP packets of port 443 were not read");
        assert_eq!(
            sentence(3, "line", "", "lost").unwrap(),
            "3 lines were lost"
        );
    }
}
