//! The connections that are followed at a time, within the memory that there is for them.

use std::collections::BTreeMap;

use super::count::sentence;

/// How many bytes all connections together may keep before the one that keeps the most gives them up: half of the
/// 64 MiB that one run may take. The other half is for a block of the capture (16 MiB at most), what TCP holds (8 MiB),
/// and the room around it all.
pub(super) const KEPT_MAX: usize = 32 * 1024 * 1024;

/// What keeps bytes.
pub(super) trait Keeps {
    /// How much memory it takes, in bytes.
    fn kept(&self) -> usize;

    /// Gives up bytes that are kept of calls under way, or all that is in it.
    fn shed(&mut self);

    /// Whether it is followed no further for that.
    fn is_given_up(&self) -> bool;
}

/// Connections by number.
#[derive(Debug)]
pub(super) struct Kept<T> {
    /// Each with what it keeps.
    open: BTreeMap<u64, (T, usize)>,
    /// What all of them keep.
    kept: usize,
    given_up: u64,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            kept: 0,
            given_up: 0,
        }
    }
}

impl<T: Keeps> Kept<T> {
    /// How many were followed no further for want of memory, in a sentence.
    pub(super) fn note(&self) -> Option<String> {
        let why = "not followed to the end: there are more at a time than is kept";
        sentence(self.given_up, "connection", "", why)
    }

    /// The same, as a number.
    #[cfg(test)]
    pub(super) const fn given_up(&self) -> u64 {
        self.given_up
    }

    /// How much memory all of them take, in bytes.
    #[cfg(test)]
    pub(super) const fn kept(&self) -> usize {
        self.kept
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn insert(&mut self, number: u64, it: T) {
        let kept = it.kept();
        self.kept += kept;
        self.open.insert(number, (it, kept));
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<T> {
        let (it, kept) = self.open.remove(&number)?;
        self.kept -= kept;
        Some(it)
    }

    /// Has the connection of that number do something, if there is one.
    pub(super) fn with<R>(&mut self, number: u64, then: impl FnOnce(&mut T) -> R) -> Option<R> {
        let (it, kept) = self.open.get_mut(&number)?;
        let done = then(it);
        let before = std::mem::replace(kept, it.kept());
        self.kept = self.kept - before + *kept;
        Some(done)
    }

    /// The number of the one that has the least of something.
    pub(super) fn least_by(&self, what: impl Fn(&T) -> u64) -> Option<u64> {
        let least = self.open.iter().min_by_key(|(_, (it, _))| what(it));
        least.map(|(number, _)| *number)
    }

    /// All of their numbers, in order.
    pub(super) fn numbers(&self) -> Vec<u64> {
        self.open.keys().copied().collect()
    }

    /// Where all together keep too much: has the one that keeps the most give it up. Where there is little to give up,
    /// there are many that keep a little each, and that one is followed no further: its number is given, for it to be
    /// removed. To be asked until nothing is too much.
    pub(super) fn shed(&mut self) -> Shed {
        if self.kept <= KEPT_MAX {
            return Shed::Enough;
        }
        // Of those that keep as much as another, the last.
        let most = self.open.iter_mut().max_by_key(|(_, (_, kept))| *kept);
        let Some((&number, (it, kept))) = most else {
            return Shed::Enough;
        };
        let was_given_up = it.is_given_up();
        it.shed();
        let before = std::mem::replace(kept, it.kept());
        self.kept = self.kept - before + *kept;
        let ends = *kept > before / 2;
        if !was_given_up && (ends || it.is_given_up()) {
            self.given_up += 1;
        }
        if ends {
            Shed::Close(number)
        } else {
            Shed::Less
        }
    }
}

/// What came of giving up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shed {
    /// Nothing had to be given up.
    Enough,
    /// Something was given up.
    Less,
    /// The connection of this number is to be followed no further.
    Close(u64),
}
