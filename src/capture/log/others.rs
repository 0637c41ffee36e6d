//! Lines of other logs that stand between those of one.

use super::{Grammar, Lost};
use crate::http::part::Place;

/// How many there are, and the first, by whose they are.
#[derive(Debug, Default)]
pub(super) struct Others(Vec<(Grammar, Lost)>);

impl Others {
    /// Counts a line.
    pub(super) fn add(&mut self, whose: Grammar, place: Place) {
        self.of(whose, place).lines += 1;
    }

    /// Counts lines that come after these.
    pub(super) fn append(&mut self, others: Self) {
        for (whose, lost) in others.0 {
            self.of(whose, lost.first).lines += lost.lines;
        }
    }

    pub(super) fn all(&self) -> &[(Grammar, Lost)] {
        &self.0
    }

    fn of(&mut self, whose: Grammar, first: Place) -> &mut Lost {
        let at = self.0.iter().position(|(of, _)| *of == whose);
        let at = at.unwrap_or_else(|| {
            self.0.push((whose, Lost::from(first)));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}
