//! HTTP/2 as bytes: RFC 9113 frames and RFC 7541 header compression.
//!
//! Nothing here judges. A fault of the peer is data with a span, never an error: the decoder takes bytes in any
//! chunking, with the time as an argument, and yields events whose spans tile the input exactly, so that every
//! byte received is accounted for.

pub mod alert;
mod blocks;
pub mod decoder;
pub mod error_code;
pub mod event;
pub mod foreign;
pub mod frame;
pub mod hpack;
pub mod payload;
mod resync;
pub mod settings;

pub use decoder::Decoder;
pub use error_code::ErrorCode;
pub use event::{Event, What};
pub use foreign::Protocol;
pub use frame::{Flags, Frame, FrameHeader, FrameType};
pub use hpack::{Field, HeaderBlock, Representation};
pub use payload::Payload;
pub use settings::{Setting, SettingId};

/// Which way bytes travelled, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server.
    Sent,
    /// From the server to the client.
    Received,
}

/// A run of bytes in one direction of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Bytes of this direction before the first of these.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Span {
    /// The offset just after the last byte.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.offset + self.length
    }
}
