//! Calls handed out one by one as they end, so that a connection of many keeps no more than those under way.

use std::collections::VecDeque;

use super::connection::{Connection, NotKept, Shown};
use super::exchange::Call;
use super::frames::FrameRecord;
use super::http2::State;
use super::room::{Room, side};
use super::stream::Stream;
use crate::wire::{Direction, FrameType};

/// How many frames of the connection itself are kept with each call: the first of each side, their settings, and what
/// announces the end. Rules on limits and on the opening look at these.
const KEPT: usize = 32;

/// How many other frames of the connection may wait for the next call to be told of with it.
const WAITING: usize = 1_000;

/// How many streams of a connection are followed at a time.
const CALLS_KEPT: usize = 1_000;

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
    not_kept: NotKept,
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

impl State {
    /// The stream of that number; `opens` says that the client opens it with this frame.
    pub(super) fn stream(
        &mut self,
        direction: Direction,
        id: u32,
        opens: bool,
    ) -> Option<&mut Stream> {
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
    pub(super) fn note_over(&mut self, id: u32) {
        if let Some(own) = &mut self.by_call
            && self.streams.get(&id).is_some_and(|it| it.is_over())
            && !own.over.contains(&id)
        {
            own.over.push(id);
        }
    }

    /// Hands out the calls that have ended, of those streams that are asked for.
    pub(super) fn release(&mut self, wanted: impl Fn(u32) -> bool) {
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
    pub(super) fn hand_out_all(&mut self) {
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
