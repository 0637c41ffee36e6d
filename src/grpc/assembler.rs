//! Frames in, a connection and its calls out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::call::{BODY_KEPT, Block, Call, End, Half, Piece};
use super::connection::{Closed, Closing, Connection, Cut, Foreign, FrameRecord, Goaway, Overrun};
use super::window::Windows;
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

/// How many payload bytes all records of a connection keep together.
pub const PAYLOADS_KEPT: usize = 8 * 1024 * 1024;

/// How many bytes the header blocks of a connection take together, but for the headers and trailers of a call that the
/// client opened, which are always kept: a block may be [`crate::wire::hpack::LIST_LIMIT`] bytes, and there may be one
/// for each frame.
pub const FIELDS_KEPT: usize = 2 * 1024 * 1024;

/// How many GOAWAY frames are kept, the last always being one of them.
const GOAWAYS_KEPT: usize = 16;

/// How much of the debug data of a GOAWAY frame is kept.
const DEBUG_KEPT: usize = 4 * 1024;

/// How many frames out of turn are kept with a half of a call, of each kind.
const OUT_OF_TURN_KEPT: usize = 64;

/// How many streams of a connection are followed at a time.
const CALLS_KEPT: usize = 1_000;

/// How much of an unfinished frame is kept.
const CUT_KEPT: usize = 4 * 1024;

/// Decodes both directions of one connection and assembles its calls.
#[derive(Debug)]
pub struct Assembler {
    sent: Decoder,
    received: Decoder,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    connection: Connection,
    calls: BTreeMap<u32, Call>,
    windows: Windows,
    payloads_kept: usize,
    fields_kept: usize,
    /// Per direction, body bytes kept.
    bodies_kept: [usize; 2],
    /// Per direction (sent, received): index of the frame that opened the header block still open, and its stream.
    open: [Option<Opener>; 2],
}

#[derive(Clone, Copy, Debug)]
struct Opener {
    frame: usize,
    stream: u32,
    end_stream: bool,
    pushed: bool,
}

impl Default for Assembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Assembler {
    /// An assembler at the start of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sent: Decoder::new(Direction::Sent),
            received: Decoder::new(Direction::Received),
            state: State::default(),
        }
    }

    /// Takes bytes of one direction, in any chunking; `at` is the time since the first byte sent.
    pub fn feed(&mut self, direction: Direction, bytes: &[u8], at: Duration) {
        let decoder = match direction {
            Direction::Sent => {
                self.state.connection.sent += bytes.len() as u64;
                &mut self.sent
            }
            Direction::Received => {
                self.state.connection.received += bytes.len() as u64;
                &mut self.received
            }
        };
        let mut rest = bytes;
        while let Some(event) = decoder.next(&mut rest, at) {
            self.state.event(direction, &event);
        }
    }

    /// The connection so far.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.state.connection
    }

    /// The call on `stream` so far.
    #[must_use]
    pub fn call(&self, stream: u32) -> Option<&Call> {
        self.state.calls.get(&stream)
    }

    /// What the peer speaks instead of HTTP/2, as soon as its first bytes tell.
    #[must_use]
    pub fn foreign(&self) -> Option<crate::wire::Protocol> {
        self.received.foreign()
    }

    /// The connection and its calls, by stream, once no more bytes come.
    #[must_use]
    pub fn finish(mut self, at: Duration, how: Closing) -> (Connection, BTreeMap<u32, Call>) {
        for (direction, decoder) in [
            (Direction::Sent, &mut self.sent),
            (Direction::Received, &mut self.received),
        ] {
            if direction == Direction::Received {
                self.state.connection.open_block = decoder.open_block();
            }
            if let Some(event) = decoder.finish(at) {
                self.state.event(direction, &event);
            }
        }
        self.state.connection.closed = Some(Closed { at, how });
        (self.state.connection, self.state.calls)
    }
}

impl State {
    fn event(&mut self, direction: Direction, event: &Event<'_>) {
        match &event.what {
            What::Preface => self.connection.from_start |= direction == Direction::Sent,
            What::Frame { frame, block } => {
                self.frame(direction, event.span, event.at, *frame, *block)
            }
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
        if let Some(data) = payload.get(start..end) {
            let piece = (
                self.connection.frames_seen,
                span.offset + (HEADER_LENGTH + start) as u64,
            );
            self.data(Direction::Received, header.stream, piece, data);
        }
    }

    fn frame(
        &mut self,
        direction: Direction,
        span: Span,
        at: Duration,
        frame: Frame<'_>,
        block: Option<&HeaderBlock>,
    ) {
        let index = self.connection.frames_seen;
        self.connection.frames_seen += 1;
        self.record(direction, span, at, frame);
        let overrun = self.windows.take(direction, frame);
        if let Some((stream, bytes)) = overrun
            && self.connection.from_start
            && self.connection.overrun.is_none()
        {
            self.connection.overrun = Some(Overrun {
                frame: index,
                stream,
                bytes,
            });
        }
        self.connection_level(direction, index, frame);
        self.stream_level(direction, index, span, at, frame);
        if let Some(block) = block {
            self.block(direction, at, block);
        }
    }

    fn record(&mut self, direction: Direction, span: Span, at: Duration, frame: Frame<'_>) {
        if self.connection.frames.len() >= FRAMES_KEPT {
            self.connection.not_kept.frames += 1;
            return;
        }
        let wanted = if frame.header.kind == FrameType::DATA {
            DATA_KEPT
        } else {
            usize::MAX
        };
        let kept = frame
            .payload
            .len()
            .min(wanted)
            .min(PAYLOADS_KEPT - self.payloads_kept);
        self.payloads_kept += kept;
        self.connection.frames.push(FrameRecord {
            direction,
            at,
            span,
            header: frame.header,
            payload: frame.payload[..kept].into(),
            block: None,
        });
    }

    fn connection_level(&mut self, direction: Direction, index: usize, frame: Frame<'_>) {
        if direction != Direction::Received {
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
                    frame: index,
                    last_stream,
                    code,
                    debug,
                });
            }
            _ => {}
        }
    }

    fn stream_level(
        &mut self,
        direction: Direction,
        index: usize,
        span: Span,
        at: Duration,
        frame: Frame<'_>,
    ) {
        let header = frame.header;
        let opener = |stream: u32, pushed: bool| Opener {
            frame: index,
            stream,
            end_stream: !pushed && header.flags.has(Flags::END_STREAM),
            pushed,
        };
        match frame.view() {
            // On stream 0 it opens no call, and its fields are nobody's.
            Payload::Headers { .. } => {
                self.open[side(direction)] =
                    (header.stream != 0).then(|| opener(header.stream, false));
            }
            Payload::PushPromise { promised, .. } => {
                self.open[side(direction)] = Some(opener(promised, true));
            }
            _ if header.stream == 0 => {}
            Payload::Data { data, padding } => {
                let offset = span.end() - data.len() as u64 - u64::from(padding.unwrap_or(0));
                self.data(direction, header.stream, (index, offset), data);
                let ends = header.flags.has(Flags::END_STREAM);
                if let Some(half) = self
                    .half(direction, header.stream)
                    .filter(|half| ends && half.end.is_none())
                {
                    half.end = Some(End::Data { frame: index, at });
                    half.body.ended = true;
                }
            }
            Payload::RstStream(code) => {
                let Some(half) = self.half(direction, header.stream) else {
                    return;
                };
                if half.end.is_none() {
                    half.end = Some(End::Reset {
                        frame: index,
                        at,
                        code,
                    });
                } else {
                    note(&mut half.after_end, index);
                }
            }
            _ => {}
        }
    }

    /// Takes the data of one frame, which has this index and stands at this offset.
    fn data(
        &mut self,
        direction: Direction,
        stream: u32,
        (frame, offset): (usize, u64),
        data: &[u8],
    ) {
        let room = BODY_KEPT - self.bodies_kept[side(direction)];
        let Some(half) = self.half(direction, stream) else {
            return;
        };
        if half.end.is_some() {
            note(&mut half.after_end, frame);
            return;
        }
        if half.headers.is_none() {
            note(&mut half.before_headers, frame);
        }
        let body = &mut half.body;
        if body.pieces.len() < FRAMES_KEPT {
            body.pieces.push(Piece {
                frame,
                start: body.length,
                length: data.len() as u64,
                offset,
            });
        }
        body.scanner.feed(data);
        // A byte is kept only where every byte before it was, so that positions in the body hold.
        let kept = if body.is_whole() {
            data.len().min(room)
        } else {
            0
        };
        body.bytes.extend_from_slice(&data[..kept]);
        body.length += data.len() as u64;
        self.bodies_kept[side(direction)] += kept;
        self.connection.not_kept.body += (data.len() - kept) as u64;
    }

    fn block(&mut self, direction: Direction, at: Duration, block: &HeaderBlock) {
        let Some(opener) = self.open[side(direction)].take() else {
            return;
        };
        let fields = Arc::new(block.clone());
        let kept = self.fields_kept + block.memory() <= FIELDS_KEPT;
        if kept {
            self.fields_kept += block.memory();
            if let Some(record) = self.connection.frames.get_mut(opener.frame) {
                record.block = Some(Arc::clone(&fields));
            }
        } else {
            self.connection.not_kept.blocks += 1;
        }
        let ours = self
            .calls
            .get(&opener.stream)
            .is_some_and(|call| call.request.headers.is_some());
        if opener.pushed || !(kept || ours || direction == Direction::Sent) {
            return;
        }
        let Some(half) = self.half(direction, opener.stream) else {
            return;
        };
        if half.end.is_some() {
            note(&mut half.after_end, opener.frame);
            return;
        }
        let block = Block {
            frame: opener.frame,
            at,
            end_stream: opener.end_stream,
            fields,
        };
        if half.headers.is_none() {
            let interim = block.fields.get(":status").is_some_and(is_informational);
            // One that ends the stream is no final response either, though none can follow it.
            if !(interim && direction == Direction::Received) {
                half.headers = Some(block);
            } else if kept && half.informational.len() < OUT_OF_TURN_KEPT {
                half.informational.push(block);
            }
        } else if let Some(earlier) = half.trailers.replace(block)
            && kept
            && half.misplaced.len() < OUT_OF_TURN_KEPT
        {
            half.misplaced.push(earlier);
        }
        if opener.end_stream {
            half.end = Some(End::Headers {
                frame: opener.frame,
                at,
            });
            half.body.ended = true;
        }
    }

    fn half(&mut self, direction: Direction, stream: u32) -> Option<&mut Half> {
        if self.calls.len() >= CALLS_KEPT && !self.calls.contains_key(&stream) {
            self.connection.not_kept.streams += 1;
            return None;
        }
        let call = self.calls.entry(stream).or_insert_with(|| Call {
            stream,
            ..Call::default()
        });
        Some(match direction {
            Direction::Sent => &mut call.request,
            Direction::Received => &mut call.response,
        })
    }
}

/// Notes a frame that came out of turn.
fn note(frames: &mut Vec<usize>, index: usize) {
    if frames.len() < OUT_OF_TURN_KEPT {
        frames.push(index);
    }
}

const fn side(direction: Direction) -> usize {
    match direction {
        Direction::Sent => 0,
        Direction::Received => 1,
    }
}

fn is_informational(status: &[u8]) -> bool {
    matches!(status, [b'1', b'0'..=b'9', b'0'..=b'9'])
}
