//! What comes of the bytes of a direction.

use std::time::Duration;

use super::Span;
use super::foreign::Protocol;
use super::frame::{Frame, FrameHeader};
use super::hpack::HeaderBlock;

/// One event: a run of bytes and what it is. The spans of one decoder's events tile its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Where the bytes stand in their direction.
    pub span: Span,
    /// When the last of them arrived, since the connection's epoch.
    pub at: Duration,
    /// What they are.
    pub what: What<'a>,
}

/// What a run of bytes is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// The client connection preface (RFC 9113, 3.4).
    Preface,
    /// A whole frame. `block` is set on the frame that ends a header block (END_HEADERS on HEADERS, PUSH_PROMISE or
    /// CONTINUATION) and holds all of the block's fields. Where bytes within the frame are missing from the input, its
    /// payload is shorter than its header says, and there is no block.
    Frame {
        /// The frame.
        frame: Frame<'a>,
        /// The header block that this frame ends.
        block: Option<&'a HeaderBlock>,
    },
    /// Bytes that are missing from the input and belong to no frame that is known.
    Missing,
    /// Bytes of frames whose start is missing, up to where frames can be told again.
    Skipped {
        /// The bytes.
        bytes: &'a [u8],
    },
    /// The direction does not carry HTTP/2. Holds everything from its first byte to the end of input, the
    /// bytes cut to [`super::foreign::KEPT`]; yielded by [`super::Decoder::finish`].
    Foreign {
        /// What it looks like.
        protocol: Protocol,
        /// The first bytes of it.
        bytes: &'a [u8],
    },
    /// Input ended inside a frame (or the preface). Yielded by [`super::Decoder::finish`].
    Cut {
        /// The frame's header, where all nine bytes of it arrived.
        header: Option<FrameHeader>,
        /// The bytes that did arrive, header included.
        bytes: &'a [u8],
    },
}
