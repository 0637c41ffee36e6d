//! The exchanges of a connection: what they may keep together, and how they are handed out one by one as they end, so
//! that a connection of many keeps no more than those under way.

use std::collections::VecDeque;

use super::connection::{Connection, NotKept};
use super::exchange::{BODY_KEPT, Call, Stream};
use super::frames::FrameRecord;
use super::http2::{FIELDS_KEPT, PAYLOADS_KEPT};
use crate::wire::{Direction, FrameType};

/// How many frames of the connection itself are kept with each call: the first of each side, their settings, and what
/// announces the end. Rules on limits and on the opening look at these.
const KEPT: usize = 32;

/// How many other frames of the connection may wait for the next call to be told of with it.
const WAITING: usize = 1_000;

/// How many streams of a connection are followed at a time.
pub(super) const CALLS_KEPT: usize = 1_000;

/// How many streams are remembered after their calls were handed out, so that a late frame is known for one, where the
/// client's highest stream does not tell.
const CLOSED: usize = 4 * CALLS_KEPT;

/// A call that ended, or that can be followed no further.
#[derive(Debug)]
pub struct Ended {
    /// The connection as far as it concerns the call: its own frames, and those of the call's stream.
    pub connection: Connection,
    /// The call.
    pub call: Call,
}

/// What is held for calls that are under way.
#[derive(Debug, Default)]
pub(super) struct ByCall {
    /// Frames of the connection.
    pub(super) frames: Vec<FrameRecord>,
    /// Streams on which nothing more is to come.
    pub(super) over: Vec<u32>,
    /// Calls that wait to be taken.
    pub(super) ended: VecDeque<Box<Ended>>,
    /// What was not kept of calls that were handed out.
    pub(super) not_kept: NotKept,
    /// Streams whose calls were handed out.
    closed: VecDeque<u32>,
    /// The highest stream that the client opened, where all that it sent was seen.
    pub(super) highest: u32,
}

impl ByCall {
    /// Whether the call of a stream was handed out.
    pub(super) fn is_closed(&self, stream: u32) -> bool {
        stream % 2 == 1 && stream <= self.highest || self.closed.contains(&stream)
    }

    /// Hands out the call of a stream.
    pub(super) fn hand_out(
        &mut self,
        connection: &Connection,
        stream: Box<Stream>,
        room: &mut Room,
    ) {
        room.give_back(&stream.taken);
        if self.closed.len() >= CLOSED {
            self.closed.pop_front();
        }
        self.closed.push_back(stream.call.stream);
        let Stream {
            call,
            frames: records,
            ..
        } = *stream;
        let mut frames = Vec::with_capacity(self.frames.len() + records.len());
        let mut own = self.frames.iter().cloned().peekable();
        for record in records {
            while let Some(before) = own.next_if(|it| it.index < record.index) {
                frames.push(before);
            }
            frames.push(record);
        }
        frames.extend(own);
        let mut connection = connection.clone();
        connection.overrun = connection.overrun.filter(|overrun| {
            let mut overrun_by = frames.iter();
            overrun_by.any(|record| record.index == overrun.frame)
        });
        connection.frames = frames;
        self.ended.push_back(Box::new(Ended { connection, call }));
        self.tell(room);
    }

    /// Notes that the frames of the connection were told of. Those that no rule needs again are dropped.
    fn tell(&mut self, room: &mut Room) {
        let (mut kept, mut begun) = (0, [false; 2]);
        self.frames.retain_mut(|record| {
            record.told = true;
            let first = !std::mem::replace(&mut begun[side(record.direction)], true);
            let lasting = matches!(record.header.kind, FrameType::SETTINGS | FrameType::GOAWAY);
            let keep = first || lasting && kept < KEPT;
            kept += usize::from(keep);
            if !keep {
                room.payloads += size_of::<FrameRecord>() + record.payload.len();
                room.fields += record.block.as_ref().map_or(0, |block| block.memory());
            }
            keep
        });
    }

    /// Whether one more frame of the connection may wait.
    pub(super) fn has_room(&self) -> bool {
        self.frames.len() < KEPT + WAITING
    }
}

/// Bytes that may still be kept, of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// Payloads of frames.
    pub(super) payloads: usize,
    /// Header blocks.
    pub(super) fields: usize,
    /// Bodies, per direction.
    pub(super) bodies: [usize; 2],
}

impl Room {
    /// All that a connection may keep.
    pub(super) const WHOLE: Self = Self {
        payloads: PAYLOADS_KEPT,
        fields: FIELDS_KEPT,
        bodies: [BODY_KEPT; 2],
    };

    /// How much is in use, in bytes.
    pub(super) const fn used(self) -> usize {
        let all = Self::WHOLE;
        (all.payloads - self.payloads)
            + (all.fields - self.fields)
            + (all.bodies[0] - self.bodies[0])
            + (all.bodies[1] - self.bodies[1])
    }

    /// Takes up to `wanted` bytes from one kind of room; how many there were.
    pub(super) fn take(kind: &mut usize, wanted: usize) -> usize {
        let taken = wanted.min(*kind);
        *kind -= taken;
        taken
    }

    /// Gives back what was taken for something that is no longer kept.
    pub(super) fn give_back(&mut self, taken: &Self) {
        self.payloads += taken.payloads;
        self.fields += taken.fields;
        self.bodies[0] += taken.bodies[0];
        self.bodies[1] += taken.bodies[1];
    }
}

/// The place of a direction in pairs.
pub(super) const fn side(direction: Direction) -> usize {
    match direction {
        Direction::Sent => 0,
        Direction::Received => 1,
    }
}
