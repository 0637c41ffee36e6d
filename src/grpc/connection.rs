//! One connection: how it was reached, its frames in both directions, and how it ended.

use std::sync::Arc;
use std::time::Duration;

use super::Dial;
use crate::wire::{
    Direction, ErrorCode, Frame, FrameHeader, HeaderBlock, Payload, Protocol, Setting, Span,
};

/// A connection as recorded by an [`super::Assembler`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// How it was reached; `None` in captures, which do not show it.
    pub dial: Option<Dial>,
    /// Frames of both directions in the order in which they were seen, at most [`super::assembler::FRAMES_KEPT`].
    pub frames: Vec<FrameRecord>,
    /// How many frames there were, kept or not.
    pub frames_seen: usize,
    /// Bytes sent, HTTP/2 or not.
    pub sent: u64,
    /// Bytes received, HTTP/2 or not.
    pub received: u64,
    /// The parameters of the peer's first SETTINGS frame, in wire order; `None` where none was seen.
    pub settings: Option<Vec<Setting>>,
    /// What the peer sent instead of HTTP/2.
    pub foreign: Option<Foreign>,
    /// The last frame that the peer began and did not finish.
    pub cut: Option<Cut>,
    /// The peer's GOAWAY frames.
    pub goaways: Vec<Goaway>,
    /// How it ended.
    pub closed: Option<Closed>,
    /// The stream of a header block that the peer opened and never ended.
    pub open_block: Option<u32>,
    /// What a strict client, the h2 crate, said when it gave up. Never the ground of a finding.
    pub witness: Option<Witness>,
    /// Whether the client's connection preface was seen, so that nothing came before what was seen.
    pub from_start: bool,
    /// The first DATA frame of the peer that was larger than a window allowed.
    pub overrun: Option<Overrun>,
    /// What was not kept for want of room.
    pub not_kept: NotKept,
}

/// The word of a strict client on the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its words.
    pub words: String,
    /// Whether it refused, before the response had ended, what the peer sent; else it passes on the peer's refusal.
    pub refused: bool,
}

/// A DATA frame that exceeds a flow-control window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overrun {
    /// Index of the frame.
    pub frame: usize,
    /// The stream whose window it exceeds; 0 for the connection's.
    pub stream: u32,
    /// By how many bytes.
    pub bytes: u64,
}

/// How much of a connection was seen and not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotKept {
    /// Frames.
    pub frames: usize,
    /// Header blocks.
    pub blocks: usize,
    /// Streams.
    pub streams: usize,
    /// Bytes of bodies.
    pub body: u64,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRecord {
    /// Which way.
    pub direction: Direction,
    /// When its last byte was seen, since the first byte sent.
    pub at: Duration,
    /// Where it stands in its direction, header included.
    pub span: Span,
    /// The header.
    pub header: FrameHeader,
    /// The payload, or its start: DATA is cut to [`super::assembler::DATA_KEPT`].
    pub payload: Box<[u8]>,
    /// On the frame that opens a header block: its fields, once the block has ended.
    pub block: Option<Arc<HeaderBlock>>,
}

impl FrameRecord {
    /// The payload taken apart.
    #[must_use]
    pub fn view(&self) -> Payload<'_> {
        self.frame().view()
    }

    /// The record as a frame.
    #[must_use]
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            header: self.header,
            payload: &self.payload,
        }
    }
}

/// Bytes of the peer that are not HTTP/2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What they look like.
    pub protocol: Protocol,
    /// The first of them.
    pub bytes: Vec<u8>,
    /// Where they stand, all of them.
    pub span: Span,
    /// When they ended.
    pub at: Duration,
}

/// A frame that was begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Its header, where that arrived.
    pub header: Option<FrameHeader>,
    /// The bytes that arrived, header included, the first of them.
    pub bytes: Vec<u8>,
    /// Where they stand.
    pub span: Span,
}

/// A GOAWAY frame of the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goaway {
    /// Index of the frame.
    pub frame: usize,
    /// The last stream that the peer acts on.
    pub last_stream: u32,
    /// Why.
    pub code: ErrorCode,
    /// Opaque text.
    pub debug: Vec<u8>,
}

/// The end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When, since the first byte sent.
    pub at: Duration,
    /// How.
    pub how: Closing,
}

/// Ways in which a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The peer closed it.
    Peer,
    /// It broke, in the operating system's words.
    Broken(String),
    /// Our deadline passed while we still waited.
    Deadline,
    /// We had what we came for, or nothing more could come, and closed it.
    Ours,
    /// The capture ends before the connection does.
    Unseen,
}

impl Connection {
    /// The frame at `index`, if it was kept.
    #[must_use]
    pub fn frame(&self, index: usize) -> Option<&FrameRecord> {
        self.frames.get(index)
    }

    /// The peer's frames that were kept, with their indexes.
    pub fn received_frames(&self) -> impl Iterator<Item = (usize, &FrameRecord)> {
        self.frames
            .iter()
            .enumerate()
            .filter(|(_, frame)| frame.direction == Direction::Received)
    }

    /// Whether our deadline ended it.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        matches!(
            &self.closed,
            Some(Closed {
                how: Closing::Deadline,
                ..
            })
        )
    }
}
