//! Calls assembled from frames: headers, length-prefixed messages, trailers, and how each half ended.
//!
//! Like [`crate::wire`] this layer takes bytes and times as arguments and does not judge. What the peer did wrong
//! stays visible in what is recorded.

pub mod assembler;
mod by_call;
pub mod call;
pub mod certificate;
pub mod compression;
pub mod connection;
pub mod content_type;
pub mod dial;
pub mod message;
pub mod metadata;
pub mod place;
mod places;
mod room;
mod state;
pub mod status;
mod stream;
pub mod timeout;
pub mod typed_field;
pub mod web;
mod window;

pub use assembler::{Assembler, Seen};
pub use by_call::Ended;
pub use call::{Block, Body, Call, End, Half, Piece, Unseen};
pub use connection::{Closed, Closing, Connection, FrameRecord, Witness};
pub use dial::Dial;
pub use message::Message;
pub use place::{Place, Within};
pub use status::Code;
