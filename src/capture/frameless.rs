//! What an input shows without the frames that carried it.

use crate::wire::{Flags, FrameHeader, FrameType};

/// The longest payload that a header can give, in bytes (RFC 9113, 4.1); what is longer goes on in the next frame.
pub(super) const PAYLOAD_MAX: usize = 0x00ff_ffff;

/// The header of a frame that carries what an input shows without one.
pub(super) fn header(kind: FrameType, flags: u8, length: u64, stream: u32) -> FrameHeader {
    FrameHeader {
        length: u32::try_from(length).unwrap_or(u32::MAX),
        kind,
        flags: Flags(flags),
        reserved: false,
        stream,
    }
}
