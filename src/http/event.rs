//! Reports of a source while it runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::tls::Tls;
use super::{Connection, Ended, Place, Seen};

/// A thing that was found in an input.
#[derive(Debug)]
pub enum Event<'a> {
    /// A connection carries something that is read. Emitted once for each, before all else of it.
    Opened(&'a Opened),
    /// A frame of HTTP/2 on a connection, or bytes that are none.
    Seen {
        /// The connection's number.
        connection: u64,
        /// What was seen.
        seen: Seen<'a>,
    },
    /// A call that ended, or that can be followed no further.
    Ended {
        /// The connection's number.
        connection: u64,
        /// The call.
        ended: Box<Ended>,
    },
    /// Nothing more comes of a connection that was opened.
    Closed {
        /// The connection's number.
        connection: u64,
        /// All that is known of it; its frames are not among that.
        facts: &'a Connection,
    },
    /// A sentence on the input, or on a connection of it.
    Note {
        /// The connection's number, where it is one's.
        connection: Option<u64>,
        /// Where.
        place: Option<Place>,
        /// The sentence.
        text: String,
    },
}

/// Receives events.
pub type EventSink<'a> = &'a mut dyn FnMut(Event<'_>);

/// A connection that is read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its number, from 1, in the order in which connections appear in the input. Those that carry something else have
    /// one too.
    pub number: u64,
    /// The client's address and the server's, where the input has them.
    pub ends: Option<(SocketAddr, SocketAddr)>,
    /// How a log calls it, where it does.
    pub name: Option<String>,
    /// When its first byte was seen, since the Unix epoch; `None` where the input has no times.
    pub at: Option<Duration>,
    /// Where.
    pub place: Option<Place>,
    /// What it carries, as far as the layers beneath HTTP/2 show.
    pub carries: Carries,
    /// The TLS handshake around it.
    pub tls: Option<Arc<Tls>>,
}

/// How HTTP/2 was found on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// By the client's connection preface, or the server's first frame.
    Http2,
    /// After an `Upgrade: h2c` of HTTP/1.1.
    Upgraded,
    /// By the looks of its frames: the input begins in its middle. A guess.
    Guessed,
    /// TLS that could not be decrypted, or not to HTTP/2.
    Tls,
    /// Frames, as a log shows them.
    LoggedFrames,
    /// Messages of HTTP, as a log or an archive shows them.
    Messages,
    /// One HTTP body.
    Body,
}

/// An input that was read to its end, or as far as it could be.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Its format, in words: `pcapng`, `a log of Go's http2debug`.
    pub format: String,
    /// Bytes that were read, unpacked.
    pub bytes: u64,
    /// Packets, where it has any.
    pub packets: Option<u64>,
    /// Connections that were seen, whatever they carry.
    pub connections: u64,
    /// What stopped the reading before its end: where, and why.
    pub stopped: Option<(u64, String)>,
    /// What was lost or passed over, in sentences.
    pub notes: Vec<String>,
}
