//! What was found in an input, piece by piece as it is read: a report of a capture is never whole in memory.

pub mod frames;
pub mod human;
pub mod json;
pub mod summary;

use std::time::{Duration, UNIX_EPOCH};

use super::Report;
use crate::http::{Carries, Outcome, Place, Within};
use crate::rpc::web;

/// A call that was found.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The number of its connection.
    pub connection: u64,
    /// Its stream; 0 where there is none.
    pub stream: u32,
    /// Where its first frame stands.
    pub place: Option<Place>,
    /// When that was seen, since the Unix epoch.
    pub at: Option<Duration>,
    /// From its first frame to its last, where it ended.
    pub took: Option<Duration>,
    /// What kind of exchange it is.
    pub kind: Kind,
    /// Of gRPC-Web: what the response body holds.
    pub web: Option<&'a web::Body>,
    /// All else.
    pub report: &'a Report<'a>,
}

/// What kind of exchange a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// gRPC, as the ladder judges it.
    Grpc,
    /// gRPC-Web, whose status travels in the body: shown, and not judged.
    GrpcWeb,
    /// Other HTTP/2: shown, and not judged.
    Other,
    /// TLS that was not decrypted: what of the ladder it shows.
    Sealed,
}

impl Kind {
    /// The kind in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::GrpcWeb => "grpc-web",
            Self::Other => "other",
            Self::Sealed => "tls",
        }
    }
}

/// An input that was read to its end, or as far as it could be, and what was reported of it.
#[derive(Debug, Default)]
pub struct Input {
    /// Its name, as it was given.
    pub name: String,
    /// What was read.
    pub outcome: Outcome,
    /// Connections that were reported.
    pub connections: u64,
    /// Frames.
    pub frames: u64,
    /// Calls, and those with an error.
    pub calls: (u64, u64),
}

/// The content of a connection in words.
const fn carries_text(carries: Carries) -> &'static str {
    match carries {
        Carries::Http2 | Carries::Guessed => "HTTP/2",
        Carries::Upgraded => "HTTP/2 after an upgrade",
        Carries::Tls => "TLS",
        Carries::LoggedFrames => "HTTP/2 frames of a log",
        Carries::Messages => "HTTP messages of a log",
        Carries::Body => "an HTTP body",
    }
}

/// A place in words: `packet 12`, `line 3`, `byte 1,024`.
pub(super) fn place_text(place: Place) -> String {
    match place.within {
        Within::Packet(number) | Within::Encrypted(number) => format!("packet {number}"),
        Within::Line(number) => format!("line {number}"),
        Within::Entry(number) => format!("entry {number}"),
        Within::Bytes => format!("byte {}", place.offset),
    }
}

/// A time in the form of RFC 3339, in UTC, with microseconds.
fn time_text(at: Duration) -> Option<String> {
    let time = UNIX_EPOCH.checked_add(at)?;
    // Times beyond the year 9999 have no such form, and make the formatter panic.
    (at.as_secs() < 253_402_300_800).then(|| humantime::format_rfc3339_micros(time).to_string())
}
