//! Parts of an exchange, and where they come from.

use std::collections::VecDeque;
use std::time::Duration;

use crate::wire::Span;

/// How many chunks are remembered of a direction: those that hold a frame of 16 KiB, the most that peers send unless
/// told otherwise, with 64 bytes in each.
const KEPT_MAX: usize = 256;

/// The source of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The thing that evidence points at.
    pub anchor: Anchor,
    /// The time of its last byte, since the first byte sent.
    pub at: Duration,
    /// Its bytes in their direction: those of a header block from HEADERS to END_HEADERS. `None` if the source has none.
    pub span: Option<Span>,
    /// Its place in the input; `None` on a live connection.
    pub place: Option<Place>,
}

/// The thing that evidence points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// A frame, by the number of frames of the connection that were seen before it.
    Frame(usize),
    /// A part of an exchange, by its number, in a source that has no frames.
    Part(usize),
    /// Nothing that has a number.
    None,
}

impl Anchor {
    /// The index of the frame.
    #[must_use]
    pub const fn frame(self) -> Option<usize> {
        match self {
            Self::Frame(index) => Some(index),
            Self::Part(_) | Self::None => None,
        }
    }
}

/// A place in an input: a capture file, a log. Live connections have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Bytes of the input before it. In a compressed capture, of what that unpacks to.
    pub offset: u64,
    /// What holds it.
    pub within: Within,
}

/// What holds a place in an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Within {
    /// Nothing but the input's own bytes.
    #[default]
    Bytes,
    /// A packet, by its number in the capture, from 1.
    Packet(u64),
    /// A packet, from 1, that holds the end of what the bytes were decrypted from; the offset is that of its payload.
    Encrypted(u64),
    /// A line of text, by its number, from 1.
    Line(u64),
    /// An entry of an archive, by its number, from 1; no offset of it is known.
    Entry(u64),
}

/// The places of the chunks of a direction of which not every byte is accounted for.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Bytes of the direction before a chunk, and where it stands; `None` where that is not remembered.
    chunks: VecDeque<(u64, Option<Place>)>,
}

impl Places {
    /// Notes where a chunk stands that begins at `offset`. Where nothing is asked for a long time, the chunks between the
    /// first ones and the last are forgotten: frames that are so large begin in the first, and the next one in the last.
    pub(super) fn add(&mut self, offset: u64, place: Place) {
        if self.chunks.len() >= KEPT_MAX
            && let Some((start, _)) = self.chunks.pop_back()
            && let Some((_, Some(_))) = self.chunks.back()
        {
            self.chunks.pop_back();
            self.chunks.push_back((start, None));
        }
        self.chunks.push_back((offset, Some(place)));
    }

    /// How much memory they take beside themselves, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.chunks.capacity() * size_of::<(u64, Option<Place>)>()
    }

    /// Where the byte at `offset` stands, as far as that is known. Offsets asked for must not descend.
    pub(super) fn of(&mut self, offset: u64) -> Option<Place> {
        while self
            .chunks
            .get(1)
            .is_some_and(|(start, _)| *start <= offset)
        {
            self.chunks.pop_front();
        }
        let (start, place) = *self.chunks.front()?;
        let place = place?;
        let within = match place.within {
            // Text has more than one character a byte, and what is encrypted has none that stands for one.
            Within::Line(_) | Within::Encrypted(_) | Within::Entry(_) => 0,
            Within::Bytes | Within::Packet(_) => offset.saturating_sub(start),
        };
        Some(Place {
            offset: place.offset + within,
            ..place
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chunk_that_holds_a_byte() {
        let packet = |offset, number| Place {
            offset,
            within: Within::Packet(number),
        };
        let mut places = Places::default();
        assert_eq!(places.of(0), None);
        places.add(0, packet(100, 1));
        places.add(10, packet(200, 2));
        assert_eq!(places.of(0), Some(packet(100, 1)));
        assert_eq!(places.of(9), Some(packet(109, 1)));
        places.add(20, packet(300, 3));
        assert_eq!(places.of(25), Some(packet(305, 3)));
        assert_eq!(places.chunks.len(), 1);
    }

    #[test]
    fn a_long_frame_in_many_chunks_takes_no_more_room() {
        let packet = |number: u64| Place {
            offset: 1_000 * number,
            within: Within::Packet(number),
        };
        let mut places = Places::default();
        for number in 0..10_000 {
            places.add(10 * number, packet(number));
            assert!(places.chunks.len() <= KEPT_MAX, "{number}");
        }
        let at = |number: u64, offset| Place {
            offset: 1_000 * number + offset,
            within: Within::Packet(number),
        };
        assert_eq!(places.of(3), Some(at(0, 3)));
        assert_eq!(places.of(15), Some(at(1, 5)));
        // What was forgotten is not said to stand in the chunk before it.
        assert_eq!(places.of(50_000), None);
        assert_eq!(places.of(99_989), None);
        assert_eq!(places.of(99_993), Some(at(9_999, 3)));
        places.add(100_000, packet(10_000));
        assert_eq!(places.of(100_001), Some(at(10_000, 1)));
        assert_eq!(places.chunks.len(), 1);
    }

    #[test]
    fn a_line_has_one_place() {
        let line = Place {
            offset: 40,
            within: Within::Line(2),
        };
        let mut places = Places::default();
        places.add(0, line);
        assert_eq!(places.of(7), Some(line));
    }
}
