//! One call: the two halves of a stream.

use std::sync::Arc;
use std::time::Duration;

use crate::rpc::progress::Scanner;
use crate::wire::{ErrorCode, Field, HeaderBlock};

/// How much is kept of the bodies of one direction: twice the 4 MiB that clients take by default, so that a reply which
/// they refuse can still be read whole, and an eighth of what one run may hold, since a body may stand there decoded
/// and decompressed too.
pub const BODY_KEPT: usize = 8 * 1024 * 1024;

/// One call, both halves of one stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The stream; 0 where the call never got one.
    pub stream: u32,
    /// What the client sent.
    pub request: Half,
    /// What the server sent.
    pub response: Half,
}

/// What one side sent on a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Half {
    /// Interim responses (1xx), in order.
    pub informational: Vec<Block>,
    /// The header block: the request's, or the final response's.
    pub headers: Option<Block>,
    /// Message bytes.
    pub body: Body,
    /// The header block after the headers; the last, where there are several.
    pub trailers: Option<Block>,
    /// Header blocks between headers and trailers, which a stream has no place for.
    pub misplaced: Vec<Block>,
    /// How this side ended.
    pub end: Option<End>,
    /// Frames on the stream after its end: indexes.
    pub after_end: Vec<usize>,
    /// DATA frames before the headers: indexes.
    pub before_headers: Vec<usize>,
    /// What the source does not show of it.
    pub unseen: Unseen,
}

/// Parts of a half that its source does not show: a capture that begins late or misses packets, a log that leaves them
/// out. What is not there because nobody sent it is no such part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unseen {
    /// The fields of the header block that opens it.
    pub headers: bool,
    /// Bytes of the body, so that it is not known where its messages begin and end.
    pub body: bool,
    /// The fields of the trailers, or whether there were any.
    pub trailers: bool,
}

impl Unseen {
    /// All of it.
    pub const ALL: Self = Self {
        headers: true,
        body: true,
        trailers: true,
    };
}

impl Half {
    /// The first value of a header field, by lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.as_ref()?.fields.get(name)
    }

    /// The block that ends the stream with a status: the trailers, or headers that carry END_STREAM
    /// (Trailers-Only).
    #[must_use]
    pub fn closing_block(&self) -> Option<&Block> {
        self.trailers
            .as_ref()
            .or_else(|| self.headers.as_ref().filter(|block| block.end_stream))
    }

    /// Whether headers carry END_STREAM, as a Trailers-Only response does.
    #[must_use]
    pub fn is_trailers_only(&self) -> bool {
        self.trailers.is_none() && self.headers.as_ref().is_some_and(|block| block.end_stream)
    }
}

/// A header block on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Index of the frame that opens it.
    pub frame: usize,
    /// When it was complete.
    pub at: Duration,
    /// Whether the opening frame carries END_STREAM.
    pub end_stream: bool,
    /// The fields.
    pub fields: Arc<HeaderBlock>,
}

impl Block {
    /// The first field of that lower-case name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'_>> {
        self.fields
            .iter()
            .find(|field| field.name == name.as_bytes())
    }
}

/// How one side of a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// END_STREAM on a HEADERS frame.
    Headers {
        /// Index of the frame.
        frame: usize,
        /// When.
        at: Duration,
    },
    /// END_STREAM on a DATA frame.
    Data {
        /// Index of the frame.
        frame: usize,
        /// When.
        at: Duration,
    },
    /// RST_STREAM from this side.
    Reset {
        /// Index of the frame.
        frame: usize,
        /// When.
        at: Duration,
        /// Why.
        code: ErrorCode,
    },
}

/// The DATA of one side, put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The bytes without padding, at most [`BODY_KEPT`].
    pub bytes: Vec<u8>,
    /// How many there were.
    pub length: u64,
    /// How many of them the source does not show.
    pub unseen: u64,
    /// The DATA frames, at most [`super::assembler::FRAMES_KEPT`].
    pub pieces: Vec<Piece>,
    /// How many of its DATA frames have no data.
    pub empty_frames: u64,
    /// Whether END_STREAM came after it, so that it is all there was to come.
    pub ended: bool,
    /// Where the prefixes of all of it lead, kept or not.
    pub scanner: Scanner,
}

/// The part of a body that one DATA frame carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Index of the frame.
    pub frame: usize,
    /// Bytes of the body before it.
    pub start: u64,
    /// Its bytes.
    pub length: u64,
    /// Where the first of them stands in the direction.
    pub offset: u64,
}

impl Body {
    /// Whether all of it was kept.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.bytes.len() as u64 == self.length
    }

    /// The piece that holds the byte at `position`.
    #[must_use]
    pub fn piece_at(&self, position: u64) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.start <= position);
        self.pieces[..after]
            .iter()
            .rev()
            .find(|piece| position < piece.start + piece.length)
    }
}
