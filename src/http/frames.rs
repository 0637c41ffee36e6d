//! Records of frames.

use std::sync::Arc;
use std::time::Duration;

use super::Place;
use crate::wire::{Direction, Flags, Frame, FrameHeader, FrameType, HeaderBlock, Payload, Span};

/// Frames of a connection, lent, in the order in which they were seen. Empty if the source has none.
#[derive(Clone, Copy, Debug)]
pub struct Frames<'a>(&'a [FrameRecord]);

impl<'a> Frames<'a> {
    pub(super) const fn of(records: &'a [FrameRecord]) -> Self {
        Self(records)
    }

    /// The number of frames.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Returns true if there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(self) -> std::slice::Iter<'a, FrameRecord> {
        self.0.iter()
    }

    /// The frame at `index`, if it was kept.
    #[must_use]
    pub fn get(self, index: usize) -> Option<&'a FrameRecord> {
        // If all frames were kept, it is at its index.
        let there = self.0.get(index).filter(|record| record.index == index);
        there.or_else(|| {
            let place = self.0.binary_search_by_key(&index, |record| record.index);
            self.0.get(place.ok()?)
        })
    }

    /// The frames after the one at a position among them.
    #[must_use]
    pub fn after(self, position: usize) -> Self {
        Self(self.0.get(position + 1..).unwrap_or_default())
    }

    /// The peer's frames, with their indexes.
    pub fn received(self) -> impl Iterator<Item = (usize, &'a FrameRecord)> {
        self.iter()
            .filter(|frame| frame.direction == Direction::Received)
            .map(|frame| (frame.index, frame))
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRecord {
    /// How many frames of the connection were seen before it.
    pub index: usize,
    /// Which way.
    pub direction: Direction,
    /// When its last byte was seen, since the first byte sent.
    pub at: Duration,
    /// Where it stands in its direction, header included.
    pub span: Span,
    /// The header.
    pub header: FrameHeader,
    /// The payload, or its start: DATA is cut to [`super::http2::DATA_KEPT`], and a source may not show all.
    pub payload: Arc<[u8]>,
    /// On the frame that opens a header block: its fields, once the block has ended.
    pub block: Option<Arc<HeaderBlock>>,
    /// Where it stands in the input; `None` on a live connection.
    pub place: Option<Place>,
    /// Whether it belongs to the connection and was told of with an earlier call.
    pub told: bool,
}

impl FrameRecord {
    /// Whether it acknowledges SETTINGS.
    #[must_use]
    pub fn is_settings_acknowledgement(&self) -> bool {
        self.header.kind == FrameType::SETTINGS && self.header.flags.has(Flags::ACK)
    }

    /// The payload taken apart.
    #[must_use]
    pub fn view(&self) -> Payload<'_> {
        self.frame().view()
    }

    /// The record as a frame.
    #[must_use]
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            header: self.header,
            payload: &self.payload,
        }
    }
}
