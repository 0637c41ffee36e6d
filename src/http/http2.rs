//! An HTTP/2 connection: frames in, exchanges out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Place;
use super::connection::{Closed, Closing, Connection, Cut, Foreign, Goaway, Overrun, Shown};
use super::exchange::{Call, Data, Ending, Stream, Unseen};
use super::exchanges::{ByCall, CALLS_KEPT, Ended, Room, side};
use super::frames::FrameRecord;
use super::part::{Anchor, Origin, Places};
use super::windows::Windows;
use crate::wire::frame::HEADER_LENGTH;
use crate::wire::{
    Decoder, Direction, Event, Flags, Frame, FrameHeader, FrameType, HeaderBlock, Payload, Span,
    What,
};

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

/// How many GOAWAY frames are kept, the last always being one of them.
const GOAWAYS_KEPT: usize = 16;

/// How much of the debug data of a GOAWAY frame is kept.
const DEBUG_KEPT: usize = 4 * 1024;

/// How much of an unfinished frame is kept.
const CUT_KEPT: usize = 4 * 1024;

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
        stream.end_by_data(
            Direction::Sent,
            Origin {
                anchor: Anchor::None,
                at: Duration::ZERO,
                span: None,
                place: None,
            },
        );
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
            let origin = Origin {
                anchor: Anchor::Frame(frame),
                at,
                span: None,
                place: None,
            };
            it.end_without_frame(direction, origin);
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

/// A connection as its frames come: what is kept of it, and the streams under way.
#[derive(Debug)]
struct State {
    connection: Connection,
    streams: BTreeMap<u32, Box<Stream>>,
    windows: Windows,
    room: Room,
    /// Per direction, whether all of it was seen so far.
    whole: [bool; 2],
    /// Per direction, whether a frame was seen in it.
    begun: [bool; 2],
    upgraded: bool,
    /// Whether a DATA frame was seen.
    data: bool,
    /// Per direction, the frame that opened the header block still open.
    open: [Option<Opener>; 2],
    /// Where calls are handed out as they end.
    by_call: Option<ByCall>,
}

#[derive(Clone, Copy, Debug)]
struct Opener {
    frame: usize,
    /// Bytes of the direction before it.
    start: u64,
    place: Option<Place>,
    /// The stream that the frame stands on, and the one that the block opens, which a pushed one is not.
    carrier: u32,
    stream: u32,
    end_stream: bool,
    pushed: bool,
}

/// Where and when a frame is.
#[derive(Clone, Copy, Debug)]
struct Spot {
    direction: Direction,
    index: usize,
    span: Span,
    at: Duration,
    place: Option<Place>,
}

impl Spot {
    const fn origin(self) -> Origin {
        Origin {
            anchor: Anchor::Frame(self.index),
            at: self.at,
            span: Some(self.span),
            place: self.place,
        }
    }
}

impl Opener {
    /// The source of the header block that ends at `end`.
    const fn origin(self, end: Spot) -> Origin {
        Origin {
            anchor: Anchor::Frame(self.frame),
            at: end.at,
            span: Some(Span {
                offset: self.start,
                length: end.span.end() - self.start,
            }),
            place: self.place,
        }
    }
}

impl State {
    /// The start of a connection.
    fn new() -> Self {
        Self {
            connection: Connection::default(),
            streams: BTreeMap::new(),
            windows: Windows::default(),
            room: Room::WHOLE,
            whole: [true; 2],
            begun: [false; 2],
            upgraded: false,
            data: false,
            open: [None; 2],
            by_call: None,
        }
    }

    fn event(
        &mut self,
        direction: Direction,
        event: &Event<'_>,
        place: Option<Place>,
        each: &mut dyn FnMut(Seen<'_>),
    ) {
        let index = self.connection.frames_seen;
        match &event.what {
            What::Preface => {
                self.connection.from_start |= direction == Direction::Sent && !self.upgraded;
            }
            What::Frame { frame, block } => {
                self.release(|stream| stream != frame.header.stream);
                let spot = Spot {
                    direction,
                    index,
                    span: event.span,
                    at: event.at,
                    place,
                };
                self.frame(spot, *frame, *block);
            }
            What::Missing | What::Skipped { .. } => self.miss(direction, event.span.length),
            What::Foreign { protocol, bytes } if direction == Direction::Received => {
                self.connection.foreign = Some(Foreign {
                    protocol: *protocol,
                    bytes: bytes.to_vec(),
                    span: event.span,
                    at: event.at,
                });
            }
            What::Cut { header, bytes } if direction == Direction::Received => {
                if let Some((header, payload)) = header.zip(bytes.get(HEADER_LENGTH..)) {
                    self.cut_data(header, payload, event.span);
                }
                let bytes = bytes[..bytes.len().min(CUT_KEPT)].to_vec();
                self.connection.cut = Some(Cut {
                    header: *header,
                    bytes,
                    span: event.span,
                });
            }
            What::Foreign { .. } | What::Cut { .. } => {}
        }
        each(Seen {
            direction,
            index,
            place,
            event,
        });
    }

    /// What did arrive of a DATA frame that was not finished belongs to the body too. Its place among the frames is
    /// the one after the last.
    fn cut_data(&mut self, header: FrameHeader, payload: &[u8], span: Span) {
        if header.kind != FrameType::DATA || header.stream == 0 {
            return;
        }
        let (start, padding) = match payload.first() {
            Some(padding) if header.flags.has(Flags::PADDED) => (1, usize::from(*padding)),
            _ => (0, 0),
        };
        let end = (header.length as usize)
            .saturating_sub(padding)
            .min(payload.len());
        if let Some(bytes) = payload.get(start..end) {
            let data = Data {
                frame: self.connection.frames_seen,
                offset: span.offset + (HEADER_LENGTH + start) as u64,
                bytes,
                unseen: 0,
            };
            self.data(Direction::Received, header.stream, data);
        }
    }

    /// Takes bytes into account that are missing from a direction, or belong to frames that cannot be told.
    fn miss(&mut self, direction: Direction, bytes: u64) {
        let side = side(direction);
        self.connection.missing[side] += bytes;
        self.whole[side] = false;
        let early = !self.begun[side];
        for stream in self.streams.values_mut() {
            stream.miss(direction, early);
        }
        self.open[side] = None;
        self.windows.lose();
    }

    fn frame(&mut self, spot: Spot, frame: Frame<'_>, block: Option<&HeaderBlock>) {
        self.connection.frames_seen += 1;
        let direction = spot.direction;
        let overrun = self.windows.take(direction, frame);
        if let Some((stream, bytes)) = overrun
            && self.connection.from_start
            && self.connection.overrun.is_none()
        {
            self.connection.overrun = Some(Overrun {
                frame: spot.index,
                stream,
                bytes,
            });
        }
        self.connection_level(spot, frame);
        self.stream_level(spot, frame);
        self.begun[side(direction)] = true;
        self.record(spot, frame);
        // A log shows the fields of a header block, or else nothing of it.
        let from_log = self.connection.shown != Shown::Bytes;
        let cut = frame.payload.len() < frame.header.length as usize;
        let unseen = block.is_none() && (cut || from_log);
        if let Some(block) = block {
            self.block(spot, block);
        } else if unseen {
            self.unseen_block(spot, frame);
        }
    }

    fn record(&mut self, spot: Spot, frame: Frame<'_>) {
        let list = match &mut self.by_call {
            None => Some((&mut self.connection.frames, None)),
            Some(own) => match self.streams.get_mut(&frame.header.stream) {
                Some(stream) => Some((&mut stream.frames, Some(&mut stream.taken))),
                // What follows the end of a call that was handed out is no part of the next one.
                None if own.is_closed(frame.header.stream) => return,
                None => own.has_room().then_some((&mut own.frames, None)),
            },
        };
        let Some((frames, taken)) = list.filter(|(frames, _)| frames.len() < FRAMES_KEPT) else {
            self.connection.not_kept.frames += 1;
            return;
        };
        let wanted = if frame.header.kind == FrameType::DATA {
            DATA_KEPT
        } else {
            usize::MAX
        };
        // The record itself counts too: of small frames it is the most.
        let record = Room::take(&mut self.room.payloads, size_of::<FrameRecord>());
        if record < size_of::<FrameRecord>() {
            self.room.payloads += record;
            self.connection.not_kept.frames += 1;
            return;
        }
        let kept = Room::take(&mut self.room.payloads, frame.payload.len().min(wanted));
        if let Some(taken) = taken {
            taken.payloads += record + kept;
        }
        frames.push(FrameRecord {
            index: spot.index,
            direction: spot.direction,
            at: spot.at,
            span: spot.span,
            header: frame.header,
            payload: frame.payload[..kept].into(),
            block: None,
            place: spot.place,
            told: false,
        });
    }

    fn connection_level(&mut self, spot: Spot, frame: Frame<'_>) {
        let view = frame.view();
        if let Payload::Settings(_) = view
            && !frame.header.flags.has(Flags::ACK)
        {
            self.connection.settings[side(spot.direction)].take(spot.index, view.settings());
        }
        if let Payload::Goaway {
            last_stream,
            code,
            debug,
        } = view
            && spot.direction == Direction::Received
        {
            let goaways = &mut self.connection.goaways;
            goaways.truncate(GOAWAYS_KEPT - 1);
            let debug = debug[..debug.len().min(DEBUG_KEPT)].to_vec();
            goaways.push(Goaway {
                frame: spot.index,
                last_stream,
                code,
                debug,
            });
        }
    }

    fn stream_level(&mut self, spot: Spot, frame: Frame<'_>) {
        let (direction, header) = (spot.direction, frame.header);
        let opener = |stream: u32, pushed: bool| Opener {
            frame: spot.index,
            start: spot.span.offset,
            place: spot.place,
            carrier: header.stream,
            stream,
            end_stream: !pushed && header.flags.has(Flags::END_STREAM),
            pushed,
        };
        match (frame.view(), header.kind) {
            // On stream 0 it opens no call, and its fields are nobody's.
            (Payload::Headers { .. }, _) | (Payload::Unknown(_), FrameType::HEADERS) => {
                let by_client = direction == Direction::Sent;
                if header.stream != 0 && (by_client || self.by_call.is_some()) {
                    self.stream(direction, header.stream, by_client);
                }
                self.open[side(direction)] =
                    (header.stream != 0).then(|| opener(header.stream, false));
            }
            (Payload::PushPromise { promised, .. }, _) => {
                self.open[side(direction)] = Some(opener(promised, true));
            }
            _ if header.stream == 0 => {}
            (view @ Payload::Data { .. }, _) | (view @ Payload::Unknown(_), FrameType::DATA) => {
                self.data = true;
                // A log may say that a frame is padded, and not by how much.
                let (data, padding) = match view {
                    Payload::Data { data, padding } => (data, padding),
                    _ => (&[][..], None),
                };
                let pad = u64::from(padding.unwrap_or(0));
                let before = HEADER_LENGTH as u64 + u64::from(padding.is_some());
                let whole = (spot.span.length - before).saturating_sub(pad);
                let data = &data[..data.len().min(usize::try_from(whole).unwrap_or(usize::MAX))];
                let data = Data {
                    frame: spot.index,
                    offset: spot.span.offset + before,
                    bytes: data,
                    unseen: whole.saturating_sub(data.len() as u64),
                };
                self.data(direction, header.stream, data);
                if header.flags.has(Flags::END_STREAM)
                    && let Some(stream) = self.stream(direction, header.stream, false)
                {
                    stream.end_by_data(direction, spot.origin());
                }
            }
            (Payload::RstStream(code), _) => {
                if let Some(stream) = self.stream(direction, header.stream, false) {
                    stream.reset(direction, spot.origin(), code);
                }
            }
            _ => {}
        }
        self.note_over(header.stream);
    }

    fn data(&mut self, direction: Direction, id: u32, data: Data<'_>) {
        let mut room = self.room;
        if let Some(stream) = self.stream(direction, id, false) {
            let not_kept = stream.data(direction, data, &mut room);
            self.room = room;
            self.connection.not_kept.body += not_kept as u64;
        }
    }

    fn block(&mut self, spot: Spot, block: &HeaderBlock) {
        let direction = spot.direction;
        let Some(opener) = self.open[side(direction)].take() else {
            return;
        };
        let fields = Arc::new(block.clone());
        let kept = block.memory() <= self.room.fields;
        if kept {
            self.room.fields -= block.memory();
        } else {
            self.connection.not_kept.blocks += 1;
        }
        let own = match &mut self.by_call {
            None => Some((&mut self.connection.frames, None)),
            Some(own) => match self.streams.get_mut(&opener.carrier) {
                Some(stream) => Some((&mut stream.frames, Some(&mut stream.taken))),
                None => Some((&mut own.frames, None)),
            },
        };
        if let Some((frames, taken)) = own.filter(|_| kept) {
            if let Some(taken) = taken {
                taken.fields += block.memory();
            }
            let mut latest = frames.iter_mut().rev();
            if let Some(record) = latest.find(|record| record.index == opener.frame) {
                record.block = Some(Arc::clone(&fields));
            }
        }
        let ours = self
            .streams
            .get(&opener.stream)
            .is_some_and(|stream| stream.call.request.headers.is_some());
        if opener.pushed || !(kept || ours || direction == Direction::Sent) {
            return;
        }
        let ending = Ending {
            origin: opener.origin(spot),
            end_stream: opener.end_stream,
            fields: Some(fields),
            kept,
        };
        if let Some(stream) = self.stream(direction, opener.stream, false) {
            stream.block(direction, ending);
        }
        self.note_over(opener.stream);
    }

    /// Takes a frame of a header block into account whose bytes the source does not show.
    fn unseen_block(&mut self, spot: Spot, frame: Frame<'_>) {
        let direction = spot.direction;
        if !matches!(
            frame.header.kind,
            FrameType::HEADERS | FrameType::CONTINUATION
        ) {
            return;
        }
        let Some(opener) = self.open[side(direction)].take().filter(|it| !it.pushed) else {
            return;
        };
        let ending = Ending {
            origin: opener.origin(spot),
            end_stream: opener.end_stream,
            fields: None,
            kept: true,
        };
        if let Some(stream) = self.stream(direction, opener.stream, false) {
            stream.block(direction, ending);
        }
        self.note_over(opener.stream);
    }

    /// The stream of that number; `opens` says that the client opens it with this frame.
    fn stream(&mut self, direction: Direction, id: u32, opens: bool) -> Option<&mut Stream> {
        if !self.streams.contains_key(&id) {
            if self.by_call.as_ref().is_some_and(|own| own.is_closed(id)) {
                self.connection.late += 1;
                return None;
            }
            if self.streams.len() >= CALLS_KEPT {
                self.connection.not_kept.streams += 1;
                self.by_call.as_ref()?;
                self.hand_out_oldest();
            }
            let whole = self.whole[side(Direction::Sent)];
            let began = opens || whole;
            if let Some(own) = self.by_call.as_mut().filter(|_| opens && whole) {
                own.highest = own.highest.max(id);
            }
            let mut stream = Stream::new(id, began);
            if direction == Direction::Sent && !opens && !self.whole[side(direction)] {
                stream.miss(Direction::Received, false);
            }
            self.streams.insert(id, Box::new(stream));
        }
        self.streams.get_mut(&id).map(Box::as_mut)
    }

    /// Hands out the oldest call, to make room for another. What follows of it is not told.
    fn hand_out_oldest(&mut self) {
        if let Some((id, mut stream)) = self.streams.pop_first() {
            stream.miss(Direction::Sent, false);
            stream.miss(Direction::Received, false);
            if let Some(own) = &mut self.by_call {
                own.over.retain(|over| *over != id);
            }
            self.hand_out(stream);
        }
    }

    /// Notes a stream on which nothing more is to come.
    fn note_over(&mut self, id: u32) {
        if let Some(own) = &mut self.by_call
            && self.streams.get(&id).is_some_and(|it| it.is_over())
            && !own.over.contains(&id)
        {
            own.over.push(id);
        }
    }

    /// Hands out the calls that have ended, of those streams that are asked for.
    fn release(&mut self, wanted: impl Fn(u32) -> bool) {
        let Some(own) = self.by_call.as_mut().filter(|own| !own.over.is_empty()) else {
            return;
        };
        let mut over = std::mem::take(&mut own.over);
        over.retain(|id| {
            if !wanted(*id) {
                return true;
            }
            if let Some(stream) = self.streams.remove(id) {
                self.hand_out(stream);
            }
            false
        });
        if let Some(own) = &mut self.by_call {
            own.over = over;
        }
    }

    /// Hands out every call, since the connection has ended.
    fn hand_out_all(&mut self) {
        if self.by_call.is_none() {
            return;
        }
        for (_, stream) in std::mem::take(&mut self.streams) {
            self.hand_out(stream);
        }
        if let Some(own) = &mut self.by_call {
            own.over.clear();
            // What no call was told with is told with the connection itself.
            let rest = std::mem::take(&mut own.frames).into_iter();
            self.connection.frames = rest.filter(|record| !record.told).collect();
            self.connection.not_kept = own.not_kept;
        }
    }

    fn hand_out(&mut self, mut stream: Box<Stream>) {
        self.windows.forget(stream.call.stream);
        self.connection.not_kept.frames += stream.not_kept;
        if self.connection.shown == Shown::Frames && !self.data {
            stream.body_is_unseen();
        }
        if let Some(own) = &mut self.by_call {
            own.hand_out(&self.connection, stream, &mut self.room);
            // It was told with this call, and is nothing of the next one.
            own.not_kept
                .add(std::mem::take(&mut self.connection.not_kept));
        }
    }
}
