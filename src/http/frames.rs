//! Records of frames.

use std::sync::Arc;
use std::time::Duration;

use super::Place;
use crate::wire::{Direction, Flags, Frame, FrameHeader, FrameType, HeaderBlock, Payload, Span};

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
