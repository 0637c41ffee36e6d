//! Frames in, a connection and its calls out.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Place;
use super::connection::{Closed, Closing, Connection, Shown};
use super::exchange::{Call, Unseen};
use super::exchanges::{ByCall, Ended};
use super::http2::State;
use super::places::Places;
use super::room::side;
use super::stream::Stream;
use crate::wire::frame::HEADER_LENGTH;
use crate::wire::{Decoder, Direction, Event, Frame, HeaderBlock, Span, What};

/// How many frames of a connection are kept. A unary call takes about ten; a reply of 4 MiB in frames of 16 KiB takes
/// 256; a record is about 150 bytes beside its payload and its fields, so that this many are 3 MiB.
pub const FRAMES_KEPT: usize = 20_000;

/// How much of one DATA payload a frame record keeps. The whole body is kept with the call.
pub const DATA_KEPT: usize = 4 * 1024;

/// How many bytes the records of a connection take together, payloads included: [`FRAMES_KEPT`] small ones, and the starts
/// of the frames of a body of [`super::exchange::BODY_KEPT`].
pub const PAYLOADS_KEPT: usize = 6 * 1024 * 1024;

/// How many bytes the header blocks of a connection take together, but for the headers and trailers of a call that the
/// client opened, which are always kept: a block may be [`crate::wire::hpack::LIST_LIMIT`] bytes, and there may be one
/// for each frame.
pub const FIELDS_KEPT: usize = 2 * 1024 * 1024;

/// Decodes both directions of one connection and assembles its calls.
#[derive(Debug)]
pub struct Assembler {
    sent: Decoder,
    received: Decoder,
    places: [Places; 2],
    state: State,
}

/// What came of a direction, as it is seen: frames, and bytes that are none.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// Which way.
    pub direction: Direction,
    /// How many frames of the connection were seen before it.
    pub index: usize,
    /// Where it starts in the input.
    pub place: Option<Place>,
    /// What it is.
    pub event: &'a Event<'a>,
}

impl Default for Assembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Assembler {
    /// An assembler at the start of a connection, of which every byte is seen.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sent: Decoder::new(Direction::Sent),
            received: Decoder::new(Direction::Received),
            places: Default::default(),
            state: State::new(),
        }
    }

    /// An assembler of a connection that was captured and may carry many calls: each is handed out by
    /// [`Self::ended`] once it has ended, with the frames that are its own.
    #[must_use]
    pub fn by_call() -> Self {
        let mut assembler = Self::new();
        assembler.state.by_call = Some(ByCall::default());
        assembler
    }

    /// Tells, before the first byte, that a direction is captured from its middle, or not at all.
    pub fn begins_late(&mut self, direction: Direction) {
        self.state.whole[side(direction)] = false;
        self.state.connection.begins_late[side(direction)] = true;
        *self.decoder(direction) = Decoder::in_the_middle(direction);
    }

    /// Tells, before the first byte, that nothing will be seen of a direction.
    pub fn is_unseen(&mut self, direction: Direction) {
        self.state.whole[side(direction)] = false;
    }

    /// Tells, before the first byte, that the connection was upgraded from HTTP/1.1, so that stream 1 is the request made
    /// there (RFC 7540, 3.2).
    pub fn was_upgraded(&mut self) {
        self.state.upgraded = true;
        let mut stream = Stream::new(1, false);
        // The client has sent all of it.
        stream.end_by_data(Direction::Sent, 0, Duration::ZERO);
        self.state.streams.insert(1, Box::new(stream));
    }

    /// Tells, before the first, that no frames are in the source but what they carry: headers, bodies, trailers. Each is
    /// given to [`Self::logged`] as the frame that would carry it.
    pub fn has_no_frames(&mut self) {
        self.state.connection.shown = Shown::Messages;
    }

    /// Tells what the source does not show of the halves of a call.
    pub fn hide(&mut self, stream: u32, request: Unseen, response: Unseen) {
        if let Some(stream) = self.state.streams.get_mut(&stream) {
            stream.call.request.unseen = request;
            stream.call.response.unseen = response;
        }
    }

    /// Takes bytes of one direction, in any chunking; `at` is the time since the first byte sent.
    pub fn feed(&mut self, direction: Direction, bytes: &[u8], at: Duration) {
        self.follow(direction, bytes, at, None, &mut |_| {});
    }

    /// Takes bytes of one direction that stand at `place` in the input, and shows each event that comes of them.
    pub fn follow(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        at: Duration,
        place: Option<Place>,
        each: &mut dyn FnMut(Seen<'_>),
    ) {
        let seen = self.state.connection.seen(direction);
        if let Some(place) = place {
            self.places[side(direction)].add(*seen, place);
        }
        *seen += bytes.len() as u64;
        let mut rest = bytes;
        let (state, places) = (&mut self.state, &mut self.places[side(direction)]);
        let decoder = match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        while let Some(event) = decoder.next(&mut rest, at) {
            state.event(direction, &event, places.of(event.span.offset), each);
        }
    }

    /// Tells that the next bytes of a direction are missing from the input.
    pub fn miss(
        &mut self,
        direction: Direction,
        bytes: u64,
        at: Duration,
        each: &mut dyn FnMut(Seen<'_>),
    ) {
        *self.state.connection.seen(direction) += bytes;
        self.decoder(direction).miss(bytes);
        self.follow(direction, &[], at, None, each);
    }

    /// Tells that bytes of a direction are missing from the input here, nobody knows how many.
    pub fn lose(&mut self, direction: Direction, at: Duration, each: &mut dyn FnMut(Seen<'_>)) {
        self.state.miss(direction, 0);
        self.decoder(direction).lose();
        self.follow(direction, &[], at, None, each);
    }

    /// Takes a frame that a log shows: it has no bytes of its own, its payload may be shown in part, and its fields
    /// are known where they are given.
    pub fn logged(
        &mut self,
        direction: Direction,
        frame: Frame<'_>,
        fields: Option<&HeaderBlock>,
        at: Duration,
        place: Place,
        each: &mut dyn FnMut(Seen<'_>),
    ) {
        let seen = self.state.connection.seen(direction);
        let span = Span {
            offset: *seen,
            length: HEADER_LENGTH as u64 + u64::from(frame.header.length),
        };
        *seen = span.end();
        if self.state.connection.shown == Shown::Bytes {
            self.state.connection.shown = Shown::Frames;
        }
        let what = What::Frame {
            frame,
            block: fields,
        };
        let event = Event { span, at, what };
        self.state.event(direction, &event, Some(place), each);
    }

    /// Ends a half of a call, where the source shows that nothing more comes of it, but no frame.
    pub fn end_half(&mut self, stream: u32, direction: Direction, at: Duration) {
        let frame = self.state.connection.frames_seen.saturating_sub(1);
        if let Some(it) = self.state.streams.get_mut(&stream) {
            it.end_without_frame(direction, frame, at);
        }
        self.state.note_over(stream);
    }

    /// How many calls are under way, or have ended and were not handed out.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.state.streams.len()
    }

    /// The connection so far.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.state.connection
    }

    /// The call on `stream` so far.
    #[must_use]
    pub fn call(&self, stream: u32) -> Option<&Call> {
        Some(&self.state.streams.get(&stream)?.call)
    }

    /// What the peer speaks instead of HTTP/2, as soon as its first bytes tell.
    #[must_use]
    pub fn foreign(&self) -> Option<crate::wire::Protocol> {
        self.received.foreign()
    }

    /// The next call that has ended, where they are handed out: once something else came after it, so that frames
    /// which follow its end are still its own.
    pub fn ended(&mut self) -> Option<Box<Ended>> {
        self.state.by_call.as_mut()?.ended.pop_front()
    }

    /// Hands out every call that has ended, since nothing more comes for a while.
    pub fn settle(&mut self) {
        self.state.release(|_| true);
    }

    /// Whether a call has ended and was not handed out yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let own = self.state.by_call.as_ref();
        own.is_some_and(|own| !own.over.is_empty())
    }

    /// Gives up payloads and bodies that are kept of calls under way, but for the start of each body, and what is held
    /// of frames that are not whole. The former counts as not kept, the latter as missing.
    pub fn shed(&mut self) {
        for stream in self.state.streams.values_mut() {
            let dropped = stream.shed(&mut self.state.room);
            self.state.connection.not_kept.body += dropped as u64;
        }
        self.sent.shed();
        self.received.shed();
    }

    /// How much memory it takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let places: usize = self.places.iter().map(Places::memory).sum();
        let decoders = self.sent.memory() + self.received.memory();
        size_of::<Self>() + decoders + places + self.state.room.used()
    }

    /// The connection and its calls, by stream, once no more bytes come.
    #[must_use]
    pub fn finish(mut self, at: Duration, how: Closing) -> (Connection, BTreeMap<u32, Call>) {
        self.end(at, how, &mut |_| {});
        let calls = self.state.streams.into_iter();
        (
            self.state.connection,
            calls.map(|(stream, it)| (stream, it.call)).collect(),
        )
    }

    /// Ends the connection, since no more bytes come. Where calls are handed out, those that are left are then.
    pub fn end(&mut self, at: Duration, how: Closing, each: &mut dyn FnMut(Seen<'_>)) {
        for (direction, decoder) in [
            (Direction::Sent, &mut self.sent),
            (Direction::Received, &mut self.received),
        ] {
            if direction == Direction::Received {
                self.state.connection.open_block = decoder.open_block();
            }
            while let Some(event) = decoder.finish(at) {
                let place = self.places[side(direction)].of(event.span.offset);
                self.state.event(direction, &event, place, each);
            }
        }
        self.state.connection.closed = Some(Closed { at, how });
        self.state.hand_out_all();
    }

    fn decoder(&mut self, direction: Direction) -> &mut Decoder {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }
}
