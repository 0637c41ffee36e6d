//! Pieces of a direction that are ahead of their turn.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http::Place;

/// What a piece takes beside its bytes, in bytes: its place in the map and its allocation, and a run of its own.
const OVERHEAD: usize = 160;

/// A run of a direction's bytes.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    /// The position of the first byte.
    pub(super) start: u64,
    /// Those that were captured.
    pub(super) bytes: &'a [u8],
    /// How many after these were not.
    pub(super) missing: u64,
    pub(super) at: Duration,
    /// Where the first byte stands.
    pub(super) place: Place,
}

impl<'a> Piece<'a> {
    /// The position behind the last byte.
    pub(super) const fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64 + self.missing
    }

    /// The part of it between two positions, both within it.
    pub(super) fn between(&self, from: u64, until: u64) -> Self {
        let length = self.bytes.len();
        let index = |position: u64| {
            usize::try_from(position - self.start).map_or(length, |it| it.min(length))
        };
        let bytes: &'a [u8] = self
            .bytes
            .get(index(from)..index(until))
            .unwrap_or_default();
        Self {
            start: from,
            bytes,
            missing: until - from - bytes.len() as u64,
            at: self.at,
            place: advance(self.place, index(from)),
        }
    }
}

/// The place of what stands `by` bytes behind.
pub(super) const fn advance(place: Place, by: usize) -> Place {
    Place {
        offset: place.offset + by as u64,
        within: place.within,
    }
}

/// A piece that is held.
pub(super) struct Kept {
    bytes: Vec<u8>,
    missing: u64,
    at: Duration,
    place: Place,
}

impl Kept {
    /// The piece again, which starts where it was held.
    pub(super) fn piece(&self, start: u64) -> Piece<'_> {
        Piece {
            start,
            bytes: &self.bytes,
            missing: self.missing,
            at: self.at,
            place: self.place,
        }
    }
}

/// Pieces by where they start. No two overlap: of what comes twice the first is kept.
#[derive(Default)]
pub(super) struct Held {
    pieces: BTreeMap<u64, Kept>,
    /// The runs of pieces that touch, each by where it starts, with where it ends: what comes again is found to be held
    /// without a look at each piece of it.
    runs: BTreeMap<u64, u64>,
    size: usize,
}

impl Held {
    /// How much memory they take, in bytes.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Where the first piece starts.
    pub(super) fn start(&self) -> Option<u64> {
        self.pieces.keys().next().copied()
    }

    /// When and where the first piece came.
    pub(super) fn first(&self) -> Option<(Duration, Place)> {
        self.pieces
            .values()
            .next()
            .map(|kept| (kept.at, kept.place))
    }

    /// Takes out the piece that starts at `position`.
    pub(super) fn pop(&mut self, position: u64) -> Option<Kept> {
        // To look at what is empty is what is done most.
        if self.pieces.is_empty() {
            return None;
        }
        let kept = self.pieces.remove(&position)?;
        self.size -= OVERHEAD + kept.bytes.len();
        let end = kept.piece(position).end();
        if let Some(last) = self.runs.remove(&position)
            && end < last
        {
            self.runs.insert(end, last);
        }
        Some(kept)
    }

    /// Holds what is new of a piece.
    pub(super) fn hold(&mut self, piece: &Piece<'_>) {
        let before = self.runs.range(..=piece.start).next_back();
        let before = before.map(|(start, end)| (*start, *end));
        let (start, mut end) = before
            .filter(|(_, end)| *end >= piece.start)
            .unwrap_or((piece.start, piece.start));
        if piece.end() <= end {
            return;
        }
        while end < piece.end() {
            let next = self.runs.range(end..).next();
            let next = next.map(|(start, end)| (*start, *end));
            let next = next.filter(|(start, _)| *start <= piece.end());
            let until = next.map_or(piece.end(), |(start, _)| start);
            if end < until {
                self.insert(&piece.between(end, until));
            }
            end = until;
            if let Some((joined, last)) = next {
                self.runs.remove(&joined);
                end = last;
            }
        }
        self.runs.insert(start, end);
    }

    fn insert(&mut self, piece: &Piece<'_>) {
        let kept = Kept {
            bytes: piece.bytes.to_vec(),
            missing: piece.missing,
            at: piece.at,
            place: piece.place,
        };
        self.size += OVERHEAD + kept.bytes.len();
        self.pieces.insert(piece.start, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Within;

    fn piece(start: u64, bytes: &[u8], missing: u64) -> Piece<'_> {
        Piece {
            start,
            bytes,
            missing,
            at: Duration::ZERO,
            place: Place {
                offset: 0,
                within: Within::default(),
            },
        }
    }

    #[test]
    fn pieces_that_touch_are_one_run() {
        let mut held = Held::default();
        for start in (0..1_000).map(|number| 10 + 2 * number) {
            held.hold(&piece(start, b"a", 0));
        }
        assert_eq!(held.runs.len(), 1_000);
        // What is said to be there and was not captured fills the holes, once.
        held.hold(&piece(5, b"", 2_500));
        assert_eq!((held.pieces.len(), held.runs.len()), (2_001, 1));
        let size = held.size();
        held.hold(&piece(7, b"bbb", 2_000));
        assert_eq!((held.pieces.len(), held.size()), (2_001, size));
        let mut next = 5;
        while let Some(kept) = held.pop(next) {
            next = kept.piece(next).end();
        }
        assert_eq!((next, held.size(), held.runs.len()), (2_505, 0, 0));
    }

    #[test]
    fn runs_are_joined_at_both_ends() {
        let mut held = Held::default();
        held.hold(&piece(10, b"aaa", 0));
        held.hold(&piece(16, b"ccc", 0));
        held.hold(&piece(13, b"bbb", 0));
        assert_eq!(held.runs, BTreeMap::from([(10, 19)]));
        held.hold(&piece(30, b"e", 0));
        held.hold(&piece(8, b"xxxxxxxxxxxxxx", 0));
        assert_eq!(held.runs, BTreeMap::from([(8, 22), (30, 31)]));
        let starts: Vec<u64> = held.pieces.keys().copied().collect();
        assert_eq!(starts, [8, 10, 13, 16, 19, 30]);
    }
}
