//! Where connections begin in the bytes of one direction, when those of several stand one after another.
//!
//! A client begins a connection with its preface, which is none of its frames: as a frame's header it would announce 5 MB
//! of an unknown type. A server begins one with SETTINGS, which it may send later, too; what the client acknowledged tells
//! how many of them belong to a connection.

use crate::http::{Place, Within};
use crate::wire::foreign::PREFACE;
use crate::wire::frame::{FrameHeader, HEADER_LENGTH};
use crate::wire::{Direction, Flags, FrameType};

/// The longest head that has to be whole to tell what begins with it.
const HEAD_MAX: usize = PREFACE.len();

/// Follows a direction from frame to frame.
#[derive(Debug)]
pub(super) struct Beginnings {
    side: Direction,
    /// The first bytes of what begins at the end of the bytes that came: they tell nothing yet, and are held back.
    head: [u8; HEAD_MAX],
    held: usize,
    /// Where the first of them stands.
    place: Place,
    /// How many bytes are left of the frame.
    left: u64,
    /// Whether nothing has begun yet.
    fresh: bool,
    /// SETTINGS: those that a client acknowledged, or that a server sent on the connection.
    settings: u64,
    /// Of a server that is sought to begin another connection: how many SETTINGS belong to the one before.
    sought_after: Option<u64>,
}

/// What comes next in a direction.
#[derive(Debug)]
pub(super) enum Piece<'b> {
    /// Bytes as they came.
    Bytes(&'b [u8], Place),
    /// So many bytes that were held back.
    Held([u8; HEAD_MAX], usize, Place),
    /// The bytes of another connection come next.
    Begins(Place),
}

/// What a head begins, and how many bytes it has.
enum Begun {
    Frame(u64),
    Connection(u64),
}

impl Beginnings {
    /// At the first byte of what one side sent.
    pub(super) const fn new(side: Direction) -> Self {
        Self {
            side,
            head: [0; HEAD_MAX],
            held: 0,
            place: Place {
                offset: 0,
                within: Within::Bytes,
            },
            left: 0,
            fresh: true,
            settings: 0,
            sought_after: None,
        }
    }

    /// Has a server's next connection begin at the first SETTINGS after so many, and after one at least.
    pub(super) fn seek(&mut self, acknowledged: u64) {
        self.sought_after = Some(acknowledged.max(1));
    }

    /// How many SETTINGS a client acknowledged since this was asked last.
    pub(super) fn take_acknowledged(&mut self) -> u64 {
        std::mem::take(&mut self.settings)
    }

    /// The next piece of `bytes`, which are moved past it; `None` once all were taken in.
    pub(super) fn next<'b>(
        &mut self,
        bytes: &mut &'b [u8],
        place: &mut Place,
    ) -> Option<Piece<'b>> {
        while self.held > 0 && self.left == 0 {
            let (&byte, rest) = bytes.split_first()?;
            *bytes = rest;
            advance(place, 1);
            self.head[self.held] = byte;
            self.held += 1;
            let head = self.head;
            if let Some(begun) = self.begun(&head[..self.held])
                && self.enter(&head, &begun)
            {
                return Some(Piece::Begins(self.place));
            }
        }
        if self.held > 0 {
            return self.rest();
        }
        let (all, start) = (*bytes, *place);
        let mut at = 0;
        while at < all.len() {
            let head = &all[at..];
            if self.left == 0 {
                match self.begun(head) {
                    Some(Begun::Connection(_)) if at > 0 => break,
                    Some(begun) => {
                        if self.enter(head, &begun) {
                            return Some(Piece::Begins(start));
                        }
                    }
                    None => {
                        self.head[..head.len()].copy_from_slice(head);
                        self.held = head.len();
                        self.place = start;
                        advance(&mut self.place, at);
                        *bytes = &[];
                        advance(place, all.len());
                        return (at > 0).then_some(Piece::Bytes(&all[..at], start));
                    }
                }
            }
            let passed = usize::try_from(self.left).map_or(head.len(), |left| left.min(head.len()));
            self.left -= passed as u64;
            at += passed;
        }
        *bytes = &all[at..];
        advance(place, at);
        (at > 0).then_some(Piece::Bytes(&all[..at], start))
    }

    /// The bytes that are held back: no more come to tell what they are, or they are told.
    pub(super) fn rest<'b>(&mut self) -> Option<Piece<'b>> {
        let held = std::mem::take(&mut self.held);
        self.left = self.left.saturating_sub(held as u64);
        (held > 0).then_some(Piece::Held(self.head, held, self.place))
    }

    /// Whether bytes are held back.
    pub(super) const fn holds(&self) -> bool {
        self.held > 0
    }

    /// What begins with a head, if that can be told yet.
    fn begun(&self, head: &[u8]) -> Option<Begun> {
        if self.side == Direction::Sent {
            let length = PREFACE.len() as u64;
            match head.starts_with(PREFACE) {
                true if self.fresh => return Some(Begun::Frame(length)),
                true => return Some(Begun::Connection(length)),
                false if PREFACE.starts_with(head) => return None,
                false => {}
            }
        }
        let header = FrameHeader::parse(head.first_chunk()?);
        let length = HEADER_LENGTH as u64 + u64::from(header.length);
        let sought = self
            .sought_after
            .is_some_and(|after| self.settings >= after);
        Some(if sought && self.counts(head) {
            Begun::Connection(length)
        } else {
            Begun::Frame(length)
        })
    }

    /// Goes into what begins with a head, and says whether it is another connection.
    fn enter(&mut self, head: &[u8], begun: &Begun) -> bool {
        self.fresh = false;
        let (another, length) = match *begun {
            Begun::Frame(length) => (false, length),
            Begun::Connection(length) => (true, length),
        };
        if another && self.sought_after.take().is_some() {
            self.settings = 0;
        }
        self.left = length;
        self.settings += u64::from(self.counts(head));
        another
    }

    /// Whether a head is that of SETTINGS which are counted.
    fn counts(&self, head: &[u8]) -> bool {
        head.first_chunk().is_some_and(|header| {
            let header = FrameHeader::parse(header);
            header.kind == FrameType::SETTINGS
                && header.flags.has(Flags::ACK) == (self.side == Direction::Sent)
        })
    }
}

/// Moves a place on by so many bytes. A line stays where it is.
fn advance(place: &mut Place, bytes: usize) {
    if place.within == Within::Bytes {
        place.offset += bytes as u64;
    }
}
