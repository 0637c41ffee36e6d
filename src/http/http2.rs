//! A connection as its frames come: what is kept of it, and the streams under way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Place;
use super::assembler::{DATA_KEPT, FRAMES_KEPT, Seen};
use super::connection::{Connection, Cut, Foreign, Goaway, Overrun, Shown};
use super::exchanges::ByCall;
use super::frames::FrameRecord;
use super::room::{Room, side};
use super::stream::{Data, Ending, Stream};
use super::window::Windows;
use crate::wire::frame::HEADER_LENGTH;
use crate::wire::{
    Direction, Event, Flags, Frame, FrameHeader, FrameType, HeaderBlock, Payload, Span, What,
};

/// How many GOAWAY frames are kept, the last always being one of them.
const GOAWAYS_KEPT: usize = 16;

/// How much of the debug data of a GOAWAY frame is kept.
const DEBUG_KEPT: usize = 4 * 1024;

/// How much of an unfinished frame is kept.
const CUT_KEPT: usize = 4 * 1024;

#[derive(Debug)]
pub(super) struct State {
    pub(super) connection: Connection,
    pub(super) streams: BTreeMap<u32, Box<Stream>>,
    pub(super) windows: Windows,
    pub(super) room: Room,
    /// Per direction, whether all of it was seen so far.
    pub(super) whole: [bool; 2],
    /// Per direction, whether a frame was seen in it.
    pub(super) begun: [bool; 2],
    pub(super) upgraded: bool,
    /// Whether a DATA frame was seen.
    pub(super) data: bool,
    /// Per direction, the frame that opened the header block still open.
    pub(super) open: [Option<Opener>; 2],
    /// Where calls are handed out as they end.
    pub(super) by_call: Option<ByCall>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Opener {
    frame: usize,
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

impl State {
    /// The start of a connection.
    pub(super) fn new() -> Self {
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

    pub(super) fn event(
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
    pub(super) fn miss(&mut self, direction: Direction, bytes: u64) {
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
        if spot.direction != Direction::Received {
            return;
        }
        match frame.view() {
            payload @ Payload::Settings(_) => {
                let acknowledges = frame.header.flags.has(Flags::ACK);
                if self.connection.settings.is_none() && !acknowledges {
                    self.connection.settings = Some(payload.settings().collect());
                }
            }
            Payload::Goaway {
                last_stream,
                code,
                debug,
            } => {
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
            _ => {}
        }
    }

    fn stream_level(&mut self, spot: Spot, frame: Frame<'_>) {
        let (direction, header) = (spot.direction, frame.header);
        let opener = |stream: u32, pushed: bool| Opener {
            frame: spot.index,
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
                    stream.end_by_data(direction, spot.index, spot.at);
                }
            }
            (Payload::RstStream(code), _) => {
                if let Some(stream) = self.stream(direction, header.stream, false) {
                    stream.reset(direction, spot.index, spot.at, code);
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
            frame: opener.frame,
            at: spot.at,
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
            frame: opener.frame,
            at: spot.at,
            end_stream: opener.end_stream,
            fields: None,
            kept: true,
        };
        if let Some(stream) = self.stream(direction, opener.stream, false) {
            stream.block(direction, ending);
        }
        self.note_over(opener.stream);
    }
}
