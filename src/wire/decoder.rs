//! Bytes of one direction in, frames out.

use std::time::Duration;

use super::blocks::Blocks;
use super::foreign::{self, KEPT, Opening, Protocol};
use super::frame::{Frame, FrameHeader, HEADER_LENGTH};
use super::hpack::HeaderBlock;
use super::{Direction, Span};

/// Room that a decoder keeps for frames that straddle chunks, in bytes: several frames of the initial maximum size
/// of 16 KiB. One of up to 16 MiB is gathered as well, but does not hold its memory for the connection's life.
const RETAINED: usize = 64 * 1024;

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
    /// CONTINUATION) and holds all of the block's fields.
    Frame {
        /// The frame.
        frame: Frame<'a>,
        /// The header block that this frame ends.
        block: Option<&'a HeaderBlock>,
    },
    /// The direction does not carry HTTP/2. Holds everything from its first byte to the end of input, the
    /// bytes cut to [`super::foreign::KEPT`]; yielded by [`Decoder::finish`].
    Foreign {
        /// What it looks like.
        protocol: Protocol,
        /// The first bytes of it.
        bytes: &'a [u8],
    },
    /// Input ended inside a frame (or the preface). Yielded by [`Decoder::finish`].
    Cut {
        /// The frame's header, where all nine bytes of it arrived.
        header: Option<FrameHeader>,
        /// The bytes that did arrive, header included.
        bytes: &'a [u8],
    },
}

/// Decodes one direction of a connection. Each direction has its own HPACK table, so it needs its own decoder.
///
/// Bytes that mean nothing yet are held back: at most a frame, or [`KEPT`] bytes of another protocol.
#[derive(Debug)]
pub struct Decoder {
    direction: Direction,
    state: State,
    /// Bytes of the direction before the first that no event covers.
    offset: u64,
    /// Those that no event covers, or else the frame of the last event, where `yielded` says so.
    buffer: Vec<u8>,
    yielded: bool,
    blocks: Blocks,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing tells yet what the direction carries.
    Start,
    /// It carries HTTP/2.
    Frames,
    /// It carries something else, of which `length` bytes came.
    Foreign { protocol: Protocol, length: u64 },
    /// It ended.
    Finished,
}

/// Where a whole frame is.
enum Found<'a> {
    Input(&'a [u8]),
    Buffer,
}

impl Decoder {
    /// A decoder at the start of a connection.
    #[must_use]
    pub fn new(direction: Direction) -> Self {
        Self {
            direction,
            state: State::Start,
            offset: 0,
            buffer: Vec::new(),
            yielded: false,
            blocks: Blocks::default(),
        }
    }

    /// The next event in `input`, which is moved past the bytes consumed; `None` once all of it was taken in.
    ///
    /// Payloads are borrowed from `input`; only a frame that straddles two chunks is copied.
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8], at: Duration) -> Option<Event<'a>> {
        self.release();
        if let State::Start = self.state
            && let Opening::Preface = self.open(input)?
        {
            self.buffer.clear();
            return Some(Event {
                span: self.advance(foreign::PREFACE.len()),
                at,
                what: What::Preface,
            });
        }
        match &mut self.state {
            State::Frames => {}
            State::Foreign { length, .. } => {
                *length += input.len() as u64;
                let kept = input.len().min(KEPT.saturating_sub(self.buffer.len()));
                self.buffer.extend_from_slice(&input[..kept]);
                *input = &[];
                return None;
            }
            State::Start | State::Finished => {
                *input = &[];
                return None;
            }
        }
        let found = self.find(input)?;
        let span = self.advance(match found {
            Found::Input(bytes) => bytes.len(),
            Found::Buffer => self.buffer.len(),
        });
        self.yielded = matches!(found, Found::Buffer);
        let bytes: &'a [u8] = match found {
            Found::Input(bytes) => bytes,
            Found::Buffer => &self.buffer,
        };
        let (header, payload) = bytes.split_first_chunk()?;
        let frame = Frame {
            header: FrameHeader::parse(header),
            payload,
        };
        let ended = self.blocks.take(&frame, span.offset);
        let block = ended.then_some(self.blocks.decoded());
        Some(Event {
            span,
            at,
            what: What::Frame { frame, block },
        })
    }

    /// What is left when the direction ends: a frame cut short, or bytes that never were HTTP/2.
    ///
    /// To be called once; the decoder yields nothing after it.
    pub fn finish(&mut self, at: Duration) -> Option<Event<'_>> {
        self.release();
        if let State::Start = self.state
            && let Some(protocol) = foreign::cut_short(self.direction, &self.buffer)
        {
            self.state = State::Foreign {
                protocol,
                length: self.buffer.len() as u64,
            };
        }
        let state = std::mem::replace(&mut self.state, State::Finished);
        let bytes = self.buffer.as_slice();
        let span = Span {
            offset: self.offset,
            length: bytes.len() as u64,
        };
        let (span, what) = match state {
            State::Foreign { protocol, length } => {
                (Span { length, ..span }, What::Foreign { protocol, bytes })
            }
            State::Finished => return None,
            State::Start | State::Frames if bytes.is_empty() => return None,
            State::Start => (
                span,
                What::Cut {
                    header: None,
                    bytes,
                },
            ),
            State::Frames => {
                let header = bytes.first_chunk().map(FrameHeader::parse);
                (span, What::Cut { header, bytes })
            }
        };
        Some(Event { span, at, what })
    }

    /// What this direction carries, as far as its first bytes tell: `None` while they could still be HTTP/2.
    #[must_use]
    pub fn foreign(&self) -> Option<Protocol> {
        match self.state {
            State::Foreign { protocol, .. } => Some(protocol),
            State::Start | State::Frames | State::Finished => None,
        }
    }

    /// The stream whose header block awaits its END_HEADERS, so that it can be told that a connection ended in one.
    #[must_use]
    pub const fn open_block(&self) -> Option<u32> {
        self.blocks.open()
    }

    /// Tells what the direction carries, taking from `input` what it needs. Afterwards that is in the buffer, unless
    /// it could be left in `input`: then a first frame that is whole in it needs no copy.
    fn open(&mut self, input: &mut &[u8]) -> Option<Opening> {
        let before = self.buffer.len();
        let whole = *input;
        let opening = loop {
            let (&byte, rest) = input.split_first()?;
            self.buffer.push(byte);
            *input = rest;
            if let Some(opening) = foreign::opening(self.direction, &self.buffer) {
                break opening;
            }
        };
        self.state = match opening {
            Opening::Preface | Opening::Frame => State::Frames,
            Opening::Foreign(protocol) => State::Foreign {
                protocol,
                length: self.buffer.len() as u64,
            },
        };
        if before == 0 && matches!(opening, Opening::Frame) {
            self.buffer.clear();
            *input = whole;
        }
        Some(opening)
    }

    /// The next frame, once it is whole; `None` when all of `input` was taken in.
    fn find<'a>(&mut self, input: &mut &'a [u8]) -> Option<Found<'a>> {
        if self.buffer.is_empty()
            && let Some(header) = input.first_chunk()
            && let Some((frame, rest)) = input.split_at_checked(length(header))
        {
            *input = rest;
            return Some(Found::Input(frame));
        }
        self.gather(input, HEADER_LENGTH);
        let length = length(self.buffer.first_chunk()?);
        self.gather(input, length);
        (self.buffer.len() == length).then_some(Found::Buffer)
    }

    /// Moves bytes from `input` to the buffer until that holds `length`.
    fn gather(&mut self, input: &mut &[u8], length: usize) {
        let wanted = length.saturating_sub(self.buffer.len()).min(input.len());
        let (taken, rest) = input.split_at(wanted);
        // Room grows with what arrived, not with what a frame header promises; but no further than that.
        let grown = (self.buffer.len() * 2)
            .min(length)
            .max(self.buffer.len() + wanted);
        if self.buffer.capacity() < self.buffer.len() + wanted {
            self.buffer.reserve_exact(grown - self.buffer.len());
        }
        self.buffer.extend_from_slice(taken);
        *input = rest;
    }

    /// Empties the buffer of the frame that the last event lent out.
    fn release(&mut self) {
        if self.yielded {
            self.yielded = false;
            self.buffer.clear();
            self.buffer.shrink_to(RETAINED);
        }
    }

    /// The span of the next `length` bytes, which an event now covers.
    const fn advance(&mut self, length: usize) -> Span {
        let span = Span {
            offset: self.offset,
            length: length as u64,
        };
        self.offset = span.end();
        span
    }
}

/// The length of the frame with this header, header included, in bytes.
const fn length(header: &[u8; HEADER_LENGTH]) -> usize {
    HEADER_LENGTH + FrameHeader::parse(header).length as usize
}

#[cfg(test)]
mod tests;
