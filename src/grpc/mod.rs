//! Calls assembled from frames: headers, length-prefixed messages, trailers, and how each half ended.
//!
//! Like [`crate::wire`] this layer takes bytes and times as arguments and does not judge. What the peer did wrong
//! stays visible in what is recorded.

pub mod assembler;
pub mod call;
pub mod compression;
pub mod connection;
pub mod content_type;
pub mod dial;
pub mod message;
pub mod metadata;
pub mod status;
pub mod timeout;
mod window;

pub use assembler::Assembler;
pub use call::{Block, Body, Call, End, Half, Piece};
pub use connection::{Closed, Closing, Connection, FrameRecord, Witness};
pub use dial::Dial;
pub use message::Message;
pub use status::Code;
