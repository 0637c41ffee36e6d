//! One direction of a connection.

use std::time::Duration;

use super::Event;
use super::held::{Held, Piece, advance};
use crate::http::Place;

/// How much is held for a direction, in bytes. As much is ahead of a segment that was lost and comes again as its
/// receiver has room for: on Linux 6 MiB at most unless told otherwise, of which half is offered to the sender.
pub(super) const HELD_MAX: usize = 4 * 1024 * 1024;

/// How far ahead of what came last anything of a direction can be, in bytes: the largest window (RFC 7323, 2.3).
const WINDOW_MAX: i32 = 1 << 30;

/// How long a gap is waited at after its receiver acknowledged what is missing, in segments of the connection and in the
/// capture's time, whichever ends first. What was received and does not come now was not captured; but where a machine
/// captures its directions or its processors apart, an acknowledgement can stand before the bytes that it is for. What
/// is out of order by that is out by one batch of a network card, of 64 packets, or less.
const ACKNOWLEDGED_SEGMENTS: u64 = 64;
const ACKNOWLEDGED_TIME: Duration = Duration::from_millis(100);

/// How long a gap is waited at without an acknowledgement, in the capture's time, as where only one direction was
/// captured: five retransmissions after the first 200 ms, each twice as late as the one before (RFC 6298, 5.5), come to
/// 6.2 seconds.
const UNACKNOWLEDGED_TIME: Duration = Duration::from_secs(10);

/// A point in a connection.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// How many segments of the connection came.
    pub(super) segments: u64,
    pub(super) at: Duration,
}

/// A FIN that came.
#[derive(Clone, Copy)]
struct Fin {
    /// The position behind the last byte.
    position: u64,
    at: Duration,
    place: Place,
}

/// The bytes of one direction. They are counted by positions, which are sequence numbers that do not wrap.
pub(super) struct Direction {
    from_client: bool,
    /// The sequence number of its first byte, once it is known.
    first: Option<u32>,
    /// What its receiver acknowledged before any of its bytes came.
    expected: Option<u32>,
    /// The position of the next byte to tell.
    next: u64,
    /// The position up to which its receiver has everything.
    acknowledged: u64,
    /// The first time that a gap was acknowledged, and up to where that went.
    covered: Option<(Moment, u64)>,
    /// Since when the gap is waited at.
    waiting: Option<Duration>,
    held: Held,
    fin: Option<Fin>,
    ended: bool,
}

impl Direction {
    pub(super) fn new(from_client: bool) -> Self {
        Self {
            from_client,
            first: None,
            expected: None,
            next: 0,
            acknowledged: 0,
            covered: None,
            waiting: None,
            held: Held::default(),
            fin: None,
            ended: false,
        }
    }

    /// The sequence number of its first byte.
    pub(super) const fn first(&self) -> Option<u32> {
        self.first
    }

    /// Whether its receiver waits for this sequence number, as far as is known from before its first byte.
    pub(super) fn is_expected(&self, sequence: u32) -> bool {
        self.first.is_none() && self.expected == Some(sequence)
    }

    /// What is held, in bytes.
    pub(super) const fn held(&self) -> usize {
        self.held.size()
    }

    /// Whether it ended in order.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Whether none of its bytes were told.
    pub(super) fn is_untold(&self) -> bool {
        self.first.is_none_or(|first| first == self.next as u32)
    }

    /// Whether a sequence number is of what was told, or the next, as far as is known.
    pub(super) fn has_told(&self, sequence: u32) -> bool {
        let told = |first: u32| (self.next as u32).wrapping_sub(first);
        self.first
            .is_none_or(|first| sequence.wrapping_sub(first) <= told(first))
    }

    /// The position of a sequence number: the one that is nearest to what is to come. The first number asked for is that
    /// of the first byte.
    pub(super) fn position(&mut self, sequence: u32) -> u64 {
        if self.first.is_none() {
            self.first = Some(sequence);
            // Numbers from before the first byte have positions as well.
            self.next = u64::from(sequence) + (1 << 32);
            self.acknowledged = self.next;
        }
        self.next.saturating_add_signed(self.ahead(sequence).into())
    }

    /// How far a sequence number is ahead of what is to come, in bytes.
    const fn ahead(&self, sequence: u32) -> i32 {
        sequence.wrapping_sub(self.next as u32).cast_signed()
    }

    /// Takes the receiver's word for what it has.
    pub(super) fn acknowledge(&mut self, sequence: u32) {
        if self.first.is_none() {
            self.expected.get_or_insert(sequence);
        }
        let ahead = self.ahead(sequence);
        if self.first.is_some() && (1..=WINDOW_MAX).contains(&ahead) {
            let position = self.next.saturating_add_signed(ahead.into());
            self.acknowledged = self.acknowledged.max(position);
        }
    }

    /// Takes what a segment holds of it, and whether that ends it.
    pub(super) fn take(
        &mut self,
        piece: Piece<'_>,
        fin: bool,
        tell: &mut impl FnMut(Event<'_>, Duration, Place),
    ) {
        if self.ended || piece.start > self.next.saturating_add_signed(WINDOW_MAX.into()) {
            return;
        }
        let ends = |known: Fin| piece.end() < known.position;
        if fin && piece.end() >= self.next && self.fin.is_none_or(ends) {
            self.fin = Some(Fin {
                position: piece.end(),
                at: piece.at,
                place: advance(piece.place, piece.bytes.len()),
            });
        }
        if piece.start <= self.next {
            // It is in order, or else a retransmission, or a probe whether the peer still lives.
            while piece.end() > self.next && !self.ended {
                // What is held came first, and nothing comes behind a FIN.
                let end = self.gap().map_or(piece.end(), |gap| gap.min(piece.end()));
                self.tell(&piece.between(self.next, end), tell);
                self.proceed(tell);
                self.covered = None;
                self.waiting = self.gap().map(|_| piece.at);
            }
            self.end(tell);
        } else {
            self.held.hold(&piece);
            self.waiting.get_or_insert(piece.at);
        }
    }

    /// Tells the next piece.
    fn tell(&mut self, piece: &Piece<'_>, tell: &mut impl FnMut(Event<'_>, Duration, Place)) {
        if !piece.bytes.is_empty() {
            let bytes = Event::Bytes {
                from_client: self.from_client,
                bytes: piece.bytes,
            };
            tell(bytes, piece.at, piece.place);
        }
        if piece.missing > 0 {
            let place = advance(piece.place, piece.bytes.len());
            self.tell_missing(piece.missing, (piece.at, place), tell);
        }
        self.next = piece.end();
    }

    fn tell_missing(
        &self,
        bytes: u64,
        (at, place): (Duration, Place),
        tell: &mut impl FnMut(Event<'_>, Duration, Place),
    ) {
        let missing = Event::Missing {
            from_client: self.from_client,
            bytes,
        };
        tell(missing, at, place);
    }

    /// Tells what is held and has its turn now.
    fn proceed(&mut self, tell: &mut impl FnMut(Event<'_>, Duration, Place)) {
        while let Some(kept) = self.held.pop(self.next) {
            self.tell(&kept.piece(self.next), tell);
        }
        self.end(tell);
    }

    /// Tells the end of the direction, once everything before it is told.
    fn end(&mut self, tell: &mut impl FnMut(Event<'_>, Duration, Place)) {
        if let Some(fin) = self.fin
            && fin.position <= self.next
            && !self.ended
        {
            self.ended = true;
            // What is said to come behind the end is no part of it.
            self.held = Held::default();
            let ended = Event::Ended {
                from_client: self.from_client,
                reset: false,
            };
            tell(ended, fin.at, fin.place);
        }
    }

    /// Where the gap ends that is waited at, if there is one.
    fn gap(&self) -> Option<u64> {
        let fin = self.fin.filter(|_| !self.ended).map(|fin| fin.position);
        [self.held.start(), fin].into_iter().flatten().min()
    }

    /// Gives up the gaps that were waited at for long enough.
    pub(super) fn wait(&mut self, now: Moment, tell: &mut impl FnMut(Event<'_>, Duration, Place)) {
        while let Some(end) = self.gap() {
            if self.covered.is_none_or(|(_, until)| until < end) && self.acknowledged >= end {
                self.covered = Some((now, self.acknowledged));
            }
            let acknowledged = self.covered.is_some_and(|(since, until)| {
                until >= end
                    && (now.segments - since.segments >= ACKNOWLEDGED_SEGMENTS
                        || now.at.saturating_sub(since.at) >= ACKNOWLEDGED_TIME)
            });
            // Who acknowledges a FIN has everything before it, and of its direction nothing comes behind it.
            let complete = self.fin.is_some_and(|fin| self.acknowledged > fin.position);
            let since = *self.waiting.get_or_insert(now.at);
            let patient =
                self.held.size() <= HELD_MAX && now.at.saturating_sub(since) < UNACKNOWLEDGED_TIME;
            if patient && !acknowledged && !complete {
                return;
            }
            self.give_up(tell);
        }
    }

    /// Gives up the gap that is waited at; `false` if there is none.
    pub(super) fn give_up(&mut self, tell: &mut impl FnMut(Event<'_>, Duration, Place)) -> bool {
        let Some(end) = self.gap() else {
            return false;
        };
        let fin = self.fin.map(|fin| (fin.at, fin.place));
        let behind = match self.held.start() {
            Some(start) if start == end => self.held.first(),
            _ => fin,
        };
        if let Some(behind) = behind {
            self.tell_missing(end - self.next, behind, tell);
            self.next = end;
            self.proceed(tell);
            self.waiting = self.gap().map(|_| behind.0);
        }
        true
    }

    /// Tells everything that is held, and what was received beyond that.
    pub(super) fn flush(
        &mut self,
        last: (Duration, Place),
        tell: &mut impl FnMut(Event<'_>, Duration, Place),
    ) {
        while self.give_up(tell) {}
        // One more may be the FIN, which takes a sequence number and need not be captured.
        if !self.ended && self.acknowledged > self.next + 1 {
            self.tell_missing(self.acknowledged - self.next, last, tell);
            self.next = self.acknowledged;
        }
    }
}
