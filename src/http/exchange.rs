//! Exchanges, the two halves of a stream each, and how frames become their headers, body and trailers.

use std::sync::Arc;

use super::exchanges::{Room, side};
use super::frames::FrameRecord;
use super::http2::FRAMES_KEPT;
use super::part::{Anchor, Origin};
use crate::rpc::progress::Scanner;
use crate::wire::{Direction, ErrorCode, Field, HeaderBlock};

/// How much is kept of the bodies of one direction: twice the 4 MiB that clients take by default, so that a reply which
/// they refuse can still be read whole, and an eighth of what one run may hold, since a body may stand there decoded
/// and decompressed too.
pub const BODY_KEPT: usize = 8 * 1024 * 1024;

/// How many frames out of turn are kept with a half of a call, of each kind.
const OUT_OF_TURN_KEPT: usize = 64;

/// How much of a body stays when what is kept is given up, in bytes: enough to tell what it is.
const START_KEPT: usize = 4 * 1024;

/// How many of its frames stay with it then.
const RECORDS_KEPT: usize = 64;

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
    /// Its source. The anchor is the frame that opens it, the time is that of its end.
    pub origin: Origin,
    /// True if the opening frame carries END_STREAM.
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
    /// END_STREAM on a HEADERS frame; the source is that of its header block.
    Headers(Origin),
    /// END_STREAM on a DATA frame.
    Data(Origin),
    /// RST_STREAM from this side.
    Reset(Origin, ErrorCode),
}

impl End {
    /// Its source.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        match self {
            Self::Headers(origin) | Self::Data(origin) | Self::Reset(origin, _) => *origin,
        }
    }
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
    /// The DATA frames, at most [`super::http2::FRAMES_KEPT`].
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
    /// The frame.
    pub anchor: Anchor,
    /// Bytes of the body before it.
    pub start: u64,
    /// Its bytes.
    pub length: u64,
    /// The place of the first of them in the direction.
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

/// A call under way.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) call: Call,
    /// Its frames, where they are kept by call.
    pub(super) frames: Vec<FrameRecord>,
    /// How many of them were given up.
    pub(super) not_kept: usize,
    /// What it took of the connection's room.
    pub(super) taken: Room,
    /// Whether it is seen from its beginning.
    began: bool,
}

/// Data of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Data<'a> {
    /// Index of the frame.
    pub(super) frame: usize,
    /// Where the first byte stands in its direction.
    pub(super) offset: u64,
    /// The bytes that the source shows.
    pub(super) bytes: &'a [u8],
    /// How many more there are.
    pub(super) unseen: u64,
}

/// A header block that ended.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) origin: Origin,
    pub(super) end_stream: bool,
    /// The fields; `None` where the source does not show them.
    pub(super) fields: Option<Arc<HeaderBlock>>,
    /// Whether there was room for it.
    pub(super) kept: bool,
}

impl Stream {
    /// A stream that is seen from now on; `began` says whether that is its beginning.
    pub(super) fn new(stream: u32, began: bool) -> Self {
        let mut call = Call {
            stream,
            ..Call::default()
        };
        if !began {
            call.request.unseen = Unseen::ALL;
        }
        Self {
            call,
            began,
            ..Self::default()
        }
    }

    pub(super) fn half(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::Sent => &mut self.call.request,
            Direction::Received => &mut self.call.response,
        }
    }

    /// Takes the data of one frame; how many bytes of it there was no room for.
    pub(super) fn data(&mut self, direction: Direction, data: Data<'_>, room: &mut Room) -> usize {
        let began = self.began;
        let half = self.half(direction);
        if half.end.is_some() {
            note(&mut half.after_end, Anchor::Frame(data.frame));
            return 0;
        }
        if half.headers.is_none() && !half.unseen.headers {
            if began {
                note(&mut half.before_headers, Anchor::Frame(data.frame));
            } else {
                // The headers came before what was seen, and so may some of the body.
                half.unseen.headers = true;
                half.unseen.body = true;
            }
        }
        let body = &mut half.body;
        let piece = Room::take(&mut room.payloads, size_of::<Piece>());
        if body.pieces.len() < FRAMES_KEPT && piece == size_of::<Piece>() {
            body.pieces.push(Piece {
                anchor: Anchor::Frame(data.frame),
                start: body.length,
                length: data.bytes.len() as u64,
                offset: data.offset,
            });
        }
        body.empty_frames += u64::from(data.bytes.is_empty() && data.unseen == 0);
        body.scanner.feed(data.bytes);
        // A byte is kept only where every byte before it was, so that positions in the body hold.
        let wanted = if body.is_whole() { data.bytes.len() } else { 0 };
        let kept = Room::take(&mut room.bodies[side(direction)], wanted);
        body.bytes.extend_from_slice(&data.bytes[..kept]);
        body.length += data.bytes.len() as u64;
        if data.unseen > 0 {
            body.length += data.unseen;
            body.unseen += data.unseen;
            half.unseen.body |= !body.scanner.skip(data.unseen);
        }
        self.taken.bodies[side(direction)] += kept;
        self.taken.payloads += piece;
        data.bytes.len() - kept
    }

    /// Ends the body with a DATA frame that carries END_STREAM.
    pub(super) fn end_by_data(&mut self, direction: Direction, origin: Origin) {
        let half = self.half(direction);
        if half.end.is_none() {
            half.end = Some(End::Data(origin));
            half.body.ended = true;
        }
    }

    /// Ends a half where the source shows that it has ended, and no frame. Headers with a status and no body are a
    /// response of headers alone, whose HEADERS frame carries END_STREAM.
    pub(super) fn end_without_frame(&mut self, direction: Direction, origin: Origin) {
        let half = self.half(direction);
        let alone = half.body.length == 0 && half.trailers.is_none();
        if let Some(headers) = half
            .headers
            .as_mut()
            .filter(|_| alone && half.end.is_none())
            && headers.fields.get("grpc-status").is_some()
        {
            headers.end_stream = true;
            half.end = Some(End::Headers(Origin {
                at: origin.at,
                ..headers.origin
            }));
            half.body.ended = true;
        }
        self.end_by_data(direction, origin);
    }

    /// Takes an RST_STREAM frame.
    pub(super) fn reset(&mut self, direction: Direction, origin: Origin, code: ErrorCode) {
        // A client that gives up has mostly sent all of its request: what ends the call is that.
        let gives_up = direction == Direction::Sent && self.call.response.end.is_none();
        let half = self.half(direction);
        let reset_before = matches!(half.end, Some(End::Reset(..)));
        if half.end.is_none() || gives_up && !reset_before {
            half.end = Some(End::Reset(origin, code));
        } else {
            note(&mut half.after_end, origin.anchor);
        }
    }

    /// Takes a header block that ended.
    pub(super) fn block(&mut self, direction: Direction, ending: Ending) {
        let began = self.began;
        let half = self.half(direction);
        let (origin, end_stream) = (ending.origin, ending.end_stream);
        if half.end.is_some() {
            note(&mut half.after_end, origin.anchor);
            return;
        }
        match ending.fields {
            None if half.headers.is_none() && !half.unseen.headers => half.unseen.headers = true,
            None => half.unseen.trailers = true,
            Some(fields) => {
                let block = Block {
                    origin,
                    end_stream,
                    fields,
                };
                place(half, block, direction, ending.kept, began);
            }
        }
        if end_stream {
            half.end = Some(End::Headers(origin));
            half.body.ended = true;
        }
    }

    /// Tells that frames may be missing in a direction, nobody knows which. Those that came before all that was seen of
    /// the direction are `early`: they are not of a stream that began later, unless its headers never show.
    pub(super) fn miss(&mut self, direction: Direction, early: bool) {
        let early = early && self.began;
        let half = self.half(direction);
        if half.end.is_none() {
            half.unseen.headers |= half.headers.is_none();
            half.unseen.body |= !early;
            half.unseen.trailers |= !early;
        }
    }

    /// Tells that the source shows no body, where one has to be: clients of gRPC send at least a length prefix.
    pub(super) fn body_is_unseen(&mut self) {
        let headers_only =
            |half: &Half| half.headers.as_ref().is_some_and(|block| block.end_stream);
        for half in [&mut self.call.request, &mut self.call.response] {
            if !headers_only(half) {
                half.unseen.body = true;
            }
        }
    }

    /// Gives up what is kept of payloads and bodies; how many bytes of bodies that were.
    pub(super) fn shed(&mut self, room: &mut Room) -> usize {
        let mut dropped = 0;
        for direction in [Direction::Sent, Direction::Received] {
            let bytes = &mut self.half(direction).body.bytes;
            let given_up = bytes.len().saturating_sub(START_KEPT);
            bytes.truncate(START_KEPT);
            bytes.shrink_to_fit();
            let pieces = &mut self.half(direction).body.pieces;
            pieces.truncate(RECORDS_KEPT);
            pieces.shrink_to_fit();
            dropped += given_up;
            let given_back = given_up.min(self.taken.bodies[side(direction)]);
            self.taken.bodies[side(direction)] -= given_back;
            room.bodies[side(direction)] += given_back;
        }
        self.not_kept += self.frames.len().saturating_sub(RECORDS_KEPT);
        self.frames.truncate(RECORDS_KEPT);
        self.frames.shrink_to_fit();
        for record in &mut self.frames {
            record.payload = [].into();
        }
        room.payloads += std::mem::take(&mut self.taken.payloads);
        dropped
    }

    /// Whether nothing more is to come on it: both halves have ended, or one was reset.
    pub(super) const fn is_over(&self) -> bool {
        match (&self.call.request.end, &self.call.response.end) {
            (Some(End::Reset(..)), _) | (_, Some(End::Reset(..))) => true,
            (request, response) => request.is_some() && response.is_some(),
        }
    }
}

/// Puts a block where it belongs.
fn place(half: &mut Half, block: Block, direction: Direction, kept: bool, began: bool) {
    let status = block.fields.get(":status");
    if half.headers.is_none() {
        let interim = direction == Direction::Received && status.is_some_and(is_informational);
        // One that ends the stream is no final response either, though none can follow it.
        if interim {
            if kept && half.informational.len() < OUT_OF_TURN_KEPT {
                half.informational.push(block);
            }
            return;
        }
        let first = match direction {
            Direction::Sent => block.fields.get(":method"),
            Direction::Received => status,
        };
        // Where the source misses what came before, a block without the fields that headers begin with is trailers.
        if first.is_none() && block.end_stream && (half.unseen.headers || !began) {
            half.unseen.headers = true;
            half.trailers = Some(block);
            return;
        }
        half.unseen.headers = false;
        half.headers = Some(block);
    } else {
        half.unseen.trailers = false;
        if let Some(earlier) = half.trailers.replace(block)
            && kept
            && half.misplaced.len() < OUT_OF_TURN_KEPT
        {
            half.misplaced.push(earlier);
        }
    }
}

/// Notes a frame that came out of turn.
fn note(frames: &mut Vec<usize>, anchor: Anchor) {
    if frames.len() < OUT_OF_TURN_KEPT {
        frames.extend(anchor.frame());
    }
}

fn is_informational(status: &[u8]) -> bool {
    matches!(status, [b'1', b'0'..=b'9', b'0'..=b'9'])
}
