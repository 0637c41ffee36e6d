//! Exchanges of HTTP, assembled from frames: headers, body, trailers, and how each half ended; the connection that
//! carries them, and the way to it.
//!
//! Like [`crate::wire`] this layer takes bytes and times as arguments and does not judge. What the peer did wrong
//! stays visible in what is recorded.

pub mod certificate;
pub mod connection;
pub mod event;
pub mod exchange;
mod exchanges;
pub mod frames;
pub mod http2;
pub mod part;
pub mod reach;
pub mod tls;
mod windows;

pub use connection::{Closed, Closing, Connection, Witness};
pub use event::{Carries, Event, EventSink, Opened, Outcome};
pub use exchange::{Block, Body, Call, End, Half, Piece, Unseen};
pub use exchanges::Ended;
pub use frames::FrameRecord;
pub use http2::{Assembler, Seen};
pub use part::{Place, Within};
pub use reach::Dial;
