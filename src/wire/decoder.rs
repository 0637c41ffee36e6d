//! Bytes of one direction in, frames out.

use std::time::Duration;

use super::blocks::Blocks;
use super::event::{Event, What};
use super::foreign::{self, KEPT, Opening, Protocol};
use super::frame::{Frame, FrameHeader, FrameType, HEADER_LENGTH};
use super::resync::Resync;
use super::{Direction, Span};

/// Room that a decoder keeps for frames that straddle chunks, in bytes: several frames of the initial maximum size
/// of 16 KiB. One of up to 16 MiB is gathered as well, but does not hold its memory for the connection's life.
const RETAINED: usize = 64 * 1024;

/// How much of what is held stays when the rest is given up, in bytes: the header of a frame and the start of it.
const SHED: usize = 1024;

/// Decodes one direction of a connection. Each direction has its own HPACK table, so it needs its own decoder.
///
/// Bytes that mean nothing yet are held back: at most a frame, [`KEPT`] bytes of another protocol, or what it takes to
/// find where frames begin again.
#[derive(Debug)]
pub struct Decoder {
    direction: Direction,
    state: State,
    /// Bytes of the direction before the first that no event covers.
    offset: u64,
    /// Those that no event covers, or else the frame of the last event, where `yielded` says so.
    buffer: Vec<u8>,
    yielded: bool,
    /// Bytes that were looked through for frames. They come before the buffer and the input.
    held: Vec<u8>,
    /// How many of them events cover.
    taken: usize,
    /// How many of them come before the first frame.
    skip: usize,
    /// Bytes that are missing from the input, once those before them are covered.
    missing: u64,
    blocks: Blocks,
}

#[derive(Debug)]
enum State {
    /// Nothing tells yet what the direction carries.
    Start,
    /// It carries HTTP/2.
    Frames,
    /// It carries HTTP/2, and of the frame in the buffer bytes are missing. So many of it, missing or not, are still
    /// to be passed over.
    Holed(u64),
    /// It carries HTTP/2, and nobody knows where a frame begins.
    Lost(Box<Resync>),
    /// It carries something else, of which `length` bytes came.
    Foreign { protocol: Protocol, length: u64 },
    /// It ended.
    Finished,
}

/// Where the bytes of the next event are.
enum Found<'a> {
    /// A frame in the input.
    Input(&'a [u8]),
    /// A frame in the buffer, of so many bytes.
    Buffer(u64),
    /// A frame in the bytes held, of so many bytes.
    Held(usize),
    /// The first so many bytes held, which are no frame.
    Skipped(usize),
    /// So many bytes that are missing.
    Missing(u64),
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
            held: Vec::new(),
            taken: 0,
            skip: 0,
            missing: 0,
            blocks: Blocks::default(),
        }
    }

    /// A decoder in the middle of a connection that carries HTTP/2: the first byte may stand anywhere in a frame.
    #[must_use]
    pub fn in_the_middle(direction: Direction) -> Self {
        let mut decoder = Self::new(direction);
        decoder.state = State::Lost(Box::default());
        decoder.blocks.miss();
        decoder
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
                span: self.advance(foreign::PREFACE.len() as u64),
                at,
                what: What::Preface,
            });
        }
        let found = self.find(input)?;
        Some(self.event(found, at))
    }

    /// What is left when the direction ends: a frame cut short, or bytes that never were HTTP/2. To be called until
    /// it yields nothing more.
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
        if let State::Lost(resync) = &mut self.state
            && self.held.is_empty()
            && self.missing == 0
        {
            match resync.at_end() {
                Some(start) => self.found_again(start),
                None => {
                    self.held = resync.take();
                    self.skip = self.held.len();
                }
            }
        }
        if !matches!(self.state, State::Holed(1..))
            && let Some(found) = self.find(&mut &[][..])
        {
            return Some(self.event(found, at));
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
            State::Start | State::Frames | State::Lost(_) if bytes.is_empty() => return None,
            State::Start => (
                span,
                What::Cut {
                    header: None,
                    bytes,
                },
            ),
            State::Frames | State::Lost(_) => {
                let header = bytes.first_chunk().map(FrameHeader::parse);
                (span, What::Cut { header, bytes })
            }
            State::Holed(left) => {
                let header = bytes.first_chunk().map(FrameHeader::parse);
                let whole = bytes.first_chunk().map_or(0, length) as u64;
                let length = (whole - left.min(whole)) + std::mem::take(&mut self.missing);
                (Span { length, ..span }, What::Cut { header, bytes })
            }
        };
        Some(Event { span, at, what })
    }

    /// What this direction carries, as far as its first bytes tell: `None` while they could still be HTTP/2.
    #[must_use]
    pub fn foreign(&self) -> Option<Protocol> {
        match self.state {
            State::Foreign { protocol, .. } => Some(protocol),
            _ => None,
        }
    }

    /// The stream whose header block awaits its END_HEADERS, so that it can be told that a connection ended in one.
    #[must_use]
    pub const fn open_block(&self) -> Option<u32> {
        self.blocks.open()
    }

    /// The event of what was found.
    fn event<'a>(&'a mut self, found: Found<'a>, at: Duration) -> Event<'a> {
        let length = match found {
            Found::Input(bytes) => bytes.len() as u64,
            Found::Held(bytes) | Found::Skipped(bytes) => bytes as u64,
            Found::Buffer(bytes) | Found::Missing(bytes) => bytes,
        };
        let span = self.advance(length);
        let start = self.taken;
        let bytes: &'a [u8] = match found {
            Found::Input(bytes) => bytes,
            Found::Buffer(_) => {
                self.yielded = true;
                &self.buffer
            }
            Found::Held(bytes) | Found::Skipped(bytes) => {
                self.taken += bytes;
                &self.held[start..self.taken]
            }
            Found::Missing(_) => &[],
        };
        let what = match (found, bytes.split_first_chunk()) {
            (Found::Missing(_), _) => What::Missing,
            (Found::Skipped(_), _) | (_, None) => What::Skipped { bytes },
            (_, Some((header, payload))) => {
                let frame = Frame {
                    header: FrameHeader::parse(header),
                    payload,
                };
                let whole = payload.len() >= frame.header.length as usize;
                let ended = whole && self.blocks.take(&frame, span.offset);
                if !whole && holds_block(frame.header.kind) {
                    self.blocks.miss();
                }
                let block = ended.then_some(self.blocks.decoded());
                What::Frame { frame, block }
            }
        };
        Event { span, at, what }
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

    /// What the next event is of; `None` when all of `input` was taken in.
    fn find<'a>(&mut self, input: &mut &'a [u8]) -> Option<Found<'a>> {
        loop {
            if self.skip > 0 {
                return Some(Found::Skipped(std::mem::take(&mut self.skip)));
            }
            match &mut self.state {
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
                State::Frames => return self.frame(input),
                State::Holed(left) => {
                    let passed =
                        usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
                    *left -= passed as u64;
                    *input = &input[passed..];
                    if *left > 0 {
                        return None;
                    }
                    let whole = self.buffer.first_chunk().map_or(0, length) as u64;
                    self.state = if self.missing > 0 {
                        State::Lost(Box::default())
                    } else {
                        State::Frames
                    };
                    return Some(Found::Buffer(whole));
                }
                State::Lost(_) if self.missing > 0 => {
                    return Some(Found::Missing(std::mem::take(&mut self.missing)));
                }
                State::Lost(resync) => {
                    if let Some(start) = resync.feed(input) {
                        self.found_again(start);
                        continue;
                    }
                    self.held = resync.give_up();
                    self.skip = self.held.len();
                    if self.held.is_empty() {
                        return None;
                    }
                }
            }
        }
    }

    /// Takes over what was looked through for frames, which begin at `start`.
    fn found_again(&mut self, start: usize) {
        if let State::Lost(resync) = &mut self.state {
            self.held = resync.take();
            self.skip = start;
            self.state = State::Frames;
        }
    }

    /// The next frame, once it is whole; `None` when all of `input` was taken in.
    fn frame<'a>(&mut self, input: &mut &'a [u8]) -> Option<Found<'a>> {
        if let Some(rest) = self.held.get(self.taken..).filter(|rest| !rest.is_empty()) {
            let whole = rest.first_chunk().map(length);
            if let Some(whole) = whole.filter(|whole| *whole <= rest.len()) {
                return Some(Found::Held(whole));
            }
            self.buffer.extend_from_slice(rest);
            self.taken = self.held.len();
        }
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
        (self.buffer.len() == length).then_some(Found::Buffer(length as u64))
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
        if self.taken > 0 && self.taken == self.held.len() {
            self.held = Vec::new();
            self.taken = 0;
        }
    }

    /// The span of the next `length` bytes, which an event now covers.
    const fn advance(&mut self, length: u64) -> Span {
        let span = Span {
            offset: self.offset,
            length,
        };
        self.offset = span.end();
        span
    }

    /// Tells that the next `bytes` bytes of the direction are missing from the input. To be called once all that came
    /// before is taken in. Where lengths still hold, only the frame that they stand in is lost.
    pub fn miss(&mut self, bytes: u64) {
        self.release();
        match &mut self.state {
            State::Foreign { length, .. } => *length += bytes,
            State::Finished => {}
            State::Holed(left) => {
                let within = bytes.min(*left);
                *left -= within;
                self.missing += bytes - within;
            }
            State::Frames if self.missing == 0 && self.buffer.len() >= HEADER_LENGTH => {
                let whole = self.buffer.first_chunk().map_or(0, length);
                let left = whole.saturating_sub(self.buffer.len()) as u64;
                let within = bytes.min(left);
                self.state = State::Holed(left - within);
                self.missing = bytes - within;
            }
            State::Lost(resync) => {
                self.held = resync.take();
                self.skip = self.held.len();
                self.missing += bytes;
            }
            State::Start | State::Frames => {
                // The start of a header, or of the preface, is of no use without its end.
                self.held = std::mem::take(&mut self.buffer);
                self.skip = self.held.len();
                self.state = State::Lost(Box::default());
                self.missing += bytes;
            }
        }
        if self.missing > 0 {
            self.blocks.miss();
        }
    }

    /// Tells that bytes of the direction are missing from the input here, and nobody knows how many. Offsets go on without
    /// them.
    pub fn lose(&mut self) {
        self.release();
        match &mut self.state {
            State::Foreign { .. } | State::Finished => return,
            State::Lost(resync) => self.held = resync.take(),
            State::Start | State::Frames | State::Holed(_) => {
                if let State::Holed(left) = self.state {
                    // What was passed over of the frame is missing too.
                    let whole = self.buffer.first_chunk().map_or(0, length);
                    let passed = whole.saturating_sub(self.buffer.len()) as u64;
                    self.missing += passed.saturating_sub(left);
                }
                self.held = std::mem::take(&mut self.buffer);
                self.state = State::Lost(Box::default());
            }
        }
        self.skip = self.held.len();
        self.blocks.miss();
    }

    /// How much memory it takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let looked_through = match &self.state {
            State::Lost(resync) => resync.memory(),
            _ => 0,
        };
        size_of::<Self>()
            + self.buffer.capacity()
            + self.held.capacity()
            + looked_through
            + self.blocks.memory()
    }

    /// Gives up bytes that are held back, to save memory. What stands in them counts as missing from the input.
    pub fn shed(&mut self) {
        self.release();
        match &mut self.state {
            State::Frames if self.held.is_empty() && self.buffer.len() > SHED => {
                let whole = self.buffer.first_chunk().map_or(0, length);
                self.state = State::Holed(whole.saturating_sub(self.buffer.len()) as u64);
                self.buffer.truncate(SHED);
            }
            State::Foreign { .. } | State::Holed(_) => self.buffer.truncate(SHED),
            State::Lost(resync) => {
                self.missing += resync.take().len() as u64;
            }
            State::Start | State::Frames | State::Finished => {}
        }
        if self.blocks.shed() {
            self.blocks.miss();
        }
        self.buffer.shrink_to_fit();
    }
}

/// Whether frames of a type hold a part of a header block.
const fn holds_block(kind: FrameType) -> bool {
    matches!(
        kind,
        FrameType::HEADERS | FrameType::PUSH_PROMISE | FrameType::CONTINUATION
    )
}

/// The length of the frame with this header, header included, in bytes.
const fn length(header: &[u8; HEADER_LENGTH]) -> usize {
    HEADER_LENGTH + FrameHeader::parse(header).length as usize
}

#[cfg(test)]
mod tests;
