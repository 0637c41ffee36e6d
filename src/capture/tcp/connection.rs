//! One connection.

use std::cmp::Reverse;
use std::time::Duration;

use super::direction::{Direction, Moment};
use super::held::Piece;
use super::roles::Ends;
use super::{ConnectionId, Endpoints, Event, Segment};
use crate::http::{Place, Within};

/// How long a connection that ended is remembered, so that what still comes of it opens none: the time for which Linux
/// keeps its ports from being used again.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Both directions of a connection.
pub(super) struct Connection {
    id: ConnectionId,
    endpoints: Endpoints,
    ends: Ends,
    sent: Direction,
    received: Direction,
    /// How many segments of it came.
    segments: u64,
    /// Which segment of the capture was the last of it.
    last_segment: u64,
    /// When and where that was.
    last: (Duration, Place),
    closed: bool,
}

impl Connection {
    pub(super) fn new(id: ConnectionId, endpoints: Endpoints, ends: Ends) -> Self {
        let nowhere = Place {
            offset: 0,
            within: Within::default(),
        };
        Self {
            id,
            endpoints,
            ends,
            sent: Direction::new(true),
            received: Direction::new(false),
            segments: 0,
            last_segment: 0,
            last: (Duration::ZERO, nowhere),
            closed: false,
        }
    }

    pub(super) const fn id(&self) -> ConnectionId {
        self.id
    }

    pub(super) const fn endpoints(&self) -> Endpoints {
        self.endpoints
    }

    /// What is held for it, in bytes.
    pub(super) const fn held(&self) -> usize {
        self.sent.held() + self.received.held()
    }

    /// Orders connections from those to keep to those to give up.
    pub(super) const fn idleness(&self) -> (bool, Reverse<u64>) {
        (self.closed, Reverse(self.last_segment))
    }

    /// Whether a segment between its ends is of this connection, and not of a later one on the same ports.
    pub(super) fn owns(&self, segment: &Segment<'_>, at: Duration) -> bool {
        if !segment.syn {
            return !self.closed || at.saturating_sub(self.last.0) < REMEMBERED;
        }
        let (own, other) = self.directions(segment);
        let first = segment.sequence.wrapping_add(1);
        match (own.first(), segment.acknowledgement) {
            // It comes again, or has another initial sequence number.
            (Some(known), _) => known == first,
            (None, _) if self.closed => false,
            // It answers the SYN of this one, or that of another.
            (None, Some(acknowledgement)) => other.has_told(acknowledgement),
            // Nothing can have been sent in answer to it, unless that answers it by its number: packets may be captured
            // out of their order.
            (None, None) => other.is_untold() || own.is_expected(first),
        }
    }

    fn directions(&self, segment: &Segment<'_>) -> (&Direction, &Direction) {
        if self.is_of_client(segment) {
            (&self.sent, &self.received)
        } else {
            (&self.received, &self.sent)
        }
    }

    fn is_of_client(&self, segment: &Segment<'_>) -> bool {
        segment.source == self.ends.client
    }

    /// Takes a segment of it, the capture's `number`th.
    pub(super) fn segment(
        &mut self,
        segment: &Segment<'_>,
        number: u64,
        at: Duration,
        tell: &mut impl FnMut(Event<'_>, Duration, Place),
    ) {
        if self.closed {
            return;
        }
        self.segments += 1;
        self.last_segment = number;
        self.last = (at, segment.place);
        let from_client = self.is_of_client(segment);
        let (own, other) = if from_client {
            (&mut self.sent, &mut self.received)
        } else {
            (&mut self.received, &mut self.sent)
        };
        if segment.rst {
            own.flush(self.last, tell);
            other.flush(self.last, tell);
            let ended = Event::Ended {
                from_client,
                reset: true,
            };
            tell(ended, at, segment.place);
            self.shut(tell);
            return;
        }
        let first = segment.sequence.wrapping_add(segment.syn.into());
        let length = segment.payload.len() as u64 + u64::from(segment.missing);
        if segment.syn || segment.fin || length > 0 {
            let start = own.position(first);
            let piece = Piece {
                start,
                bytes: segment.payload,
                missing: segment.missing.into(),
                at,
                place: segment.place,
            };
            own.take(piece, segment.fin, tell);
        }
        if let Some(acknowledgement) = segment.acknowledgement {
            other.acknowledge(acknowledgement);
        }
        let now = Moment {
            segments: self.segments,
            at,
        };
        own.wait(now, tell);
        other.wait(now, tell);
        if own.ended() && other.ended() {
            self.shut(tell);
        }
    }

    /// Gives up a gap; `false` if there is none.
    pub(super) fn give_up(&mut self, tell: &mut impl FnMut(Event<'_>, Duration, Place)) -> bool {
        self.sent.give_up(tell) || self.received.give_up(tell)
    }

    /// Tells what is held and closes it, unless it is closed.
    pub(super) fn close(&mut self, tell: &mut impl FnMut(Event<'_>, Duration, Place)) {
        if !self.closed {
            self.sent.flush(self.last, tell);
            self.received.flush(self.last, tell);
            self.shut(tell);
        }
    }

    fn shut(&mut self, tell: &mut impl FnMut(Event<'_>, Duration, Place)) {
        self.closed = true;
        tell(Event::Closed, self.last.0, self.last.1);
    }
}
