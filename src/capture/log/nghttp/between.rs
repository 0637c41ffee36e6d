//! What stands between the lines of a log of nghttp's: bytes of DATA, as they are, or what others wrote there.

use std::ops::Range;

use crate::capture::log::others::Others;
use crate::capture::log::{Grammar, Notes};
use crate::http::part::Place;

/// Bytes that are kept until their frame's line comes: 1 MiB, 64 times the largest frame that nghttp accepts.
const MAX: usize = 1 << 20;

/// What has come since the last line of the log's own.
#[derive(Debug, Default)]
pub(super) struct Between {
    bytes: Vec<u8>,
    /// Lines that look like another log's. A body may have such lines, too: its length tells.
    others: Others,
    /// Where they stand in the bytes.
    ranges: Vec<Range<usize>>,
}

impl Between {
    /// Keeps bytes. What exceeds the limit shows in the number of those kept.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        let room = MAX - self.bytes.len();
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// How many bytes are kept.
    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Takes what was kept from `start` on for a line of another log, where it is none of a body.
    pub(super) fn suspect(&mut self, start: usize, whose: Grammar, place: Place) {
        self.others.add(whose, place);
        self.ranges.push(start..self.bytes.len());
    }

    /// The bytes of DATA that has so many, where they are here: all, or all but the lines of other logs.
    pub(super) fn body(self, length: usize, notes: &mut Notes) -> Option<Vec<u8>> {
        if self.bytes.len() == length {
            return Some(self.bytes);
        }
        let mut own = Vec::with_capacity(self.bytes.len());
        let mut at = 0;
        for range in &self.ranges {
            own.extend_from_slice(&self.bytes[at..range.start]);
            at = range.end;
        }
        own.extend_from_slice(&self.bytes[at..]);
        self.none(notes);
        (own.len() == length).then_some(own)
    }

    /// There is no body here.
    pub(super) fn none(self, notes: &mut Notes) {
        notes.others.append(self.others);
    }
}
