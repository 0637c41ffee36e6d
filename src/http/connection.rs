//! One connection: how it was reached, its frames in both directions, and how it ended.

use std::time::Duration;

use super::Dial;
use super::frames::{FrameRecord, Frames};
use super::tls::{Security, Tls};
use crate::wire::{Direction, ErrorCode, FrameHeader, Protocol, Setting, SettingId, Span};

/// A connection as recorded by an [`super::Assembler`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Whether we are its client or saw another's.
    pub role: Role,
    /// True if frames of both directions are in the order in which they went by. A capture may have them a little out of
    /// step.
    pub ordered: bool,
    /// How it was reached; `None` in captures, which do not show it.
    pub reach: Option<Dial>,
    /// What protects it.
    pub security: Security,
    /// Frames of both directions in the order in which they were seen, at most [`super::http2::FRAMES_KEPT`]. With
    /// a call that was taken out of a connection of many: those of its stream and of the connection.
    pub frames: Vec<FrameRecord>,
    /// How many frames there were, kept or not.
    pub frames_seen: usize,
    /// Bytes sent, HTTP/2 or not.
    pub sent: u64,
    /// Bytes received, HTTP/2 or not.
    pub received: u64,
    /// Per direction (sent, received), the settings that its sender announced.
    pub settings: [Settings; 2],
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
    /// Whether the client's connection preface was seen, so that the client sent nothing before it.
    pub from_start: bool,
    /// Per direction (sent, received), whether more may have come before what was seen.
    pub begins_late: [bool; 2],
    /// What its source shows of it.
    pub shown: Shown,
    /// Per direction (sent, received), how many bytes are missing from the input, or belong to frames whose start is.
    pub missing: [u64; 2],
    /// The first DATA frame of the peer that was larger than a window allowed.
    pub overrun: Option<Overrun>,
    /// Frames of calls and resets that came on a stream after its call had been handed out.
    pub late: usize,
    /// What was not kept for want of room.
    pub not_kept: NotKept,
}

/// The settings that one side announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The parameters of its first SETTINGS frame, in wire order; `None` if none was seen.
    pub first: Option<Vec<Setting>>,
    /// The parameters of later frames, each with the index of its frame; at most 64.
    pub later: Vec<(usize, Setting)>,
}

/// The number of later parameters that are kept: each known one ten times over.
const LATER_KEPT: usize = 64;

impl Settings {
    /// Takes the parameters of the SETTINGS frame at `index`.
    pub(super) fn take(&mut self, index: usize, parameters: impl Iterator<Item = Setting>) {
        match self.first {
            None => self.first = Some(parameters.collect()),
            Some(_) => {
                let room = LATER_KEPT.saturating_sub(self.later.len());
                let parameters = parameters.take(room);
                self.later.extend(parameters.map(|it| (index, it)));
            }
        }
    }

    /// The values of a setting, in the order in which they were announced.
    pub fn values(&self, id: SettingId) -> impl Iterator<Item = u32> {
        let first = self.first.iter().flatten();
        let all = first.chain(self.later.iter().map(|(_, setting)| setting));
        all.filter(move |it| it.id == id).map(|it| it.value)
    }
}

/// The part that we have in a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Its client.
    Caller,
    /// None: it was captured, or relayed.
    #[default]
    Observer,
}

/// What the source of a connection shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Its bytes.
    #[default]
    Bytes,
    /// Its frames, as a log writes them: no byte of a header block, and no offsets. Those that stand with the frames are
    /// a count of lengths.
    Frames,
    /// What the frames carry, and no frames: each that stands here is a header block or a piece of a body.
    Messages,
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

impl NotKept {
    /// Adds what was not kept elsewhere.
    pub(super) const fn add(&mut self, other: Self) {
        self.frames += other.frames;
        self.blocks += other.blocks;
        self.streams += other.streams;
        self.body += other.body;
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
    /// We closed it: we had what we came for, or nothing more could come.
    GaveUp,
    /// The client that was observed closed it.
    Client,
    /// The capture ends before the connection does.
    Unseen,
}

impl Connection {
    /// Makes it one that we are the client of, reached in this way.
    pub fn called(&mut self, reach: Dial) {
        self.role = Role::Caller;
        self.ordered = true;
        self.reach = Some(reach);
    }

    /// The TLS handshake that we made ourselves.
    #[must_use]
    pub fn own_tls(&self) -> Option<&Tls> {
        let tls = self.security.tls();
        tls.filter(|_| self.role == Role::Caller)
    }

    /// How many bytes of a direction there were so far.
    pub(super) const fn seen(&mut self, direction: Direction) -> &mut u64 {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    /// The settings that the sender of a direction announced.
    #[must_use]
    pub const fn settings(&self, direction: Direction) -> &Settings {
        let [sent, received] = &self.settings;
        match direction {
            Direction::Sent => sent,
            Direction::Received => received,
        }
    }

    /// The frames that were kept.
    #[must_use]
    pub fn frames(&self) -> Frames<'_> {
        Frames::of(&self.frames)
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
