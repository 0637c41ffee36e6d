//! From TCP segments to the bytes of each connection, in their order (RFC 9293).
//!
//! A capture is not what either side received: packets are missing from it, are there twice, or stand in another order.
//! What is in order is passed on as it comes, uncopied; what is ahead of its turn is held until that comes, or until there
//! is reason to believe that the bytes before it are not in the capture.

mod connection;
mod direction;
mod held;
mod roles;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use self::connection::Connection;
use self::roles::Roles;
use super::link::Segment;
use crate::http::Place;

/// How many connections are followed, ended ones included; each takes half a kilobyte beside what is held for it. A busy
/// server has some thousands at a time.
const CONNECTIONS_MAX: usize = 4_096;

/// How many of them stay when there are too many. To give up an eighth at a time makes it cheap to find those.
const CONNECTIONS_KEPT: usize = CONNECTIONS_MAX / 8 * 7;

/// How much is held over all connections, in bytes: an eighth of the 64 MiB that reading a capture may take.
const HELD_MAX: usize = 8 * 1024 * 1024;

/// A connection, by its number in the order of appearance, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What happens on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The connection appears: with its SYN, or else with its first bytes.
    Opened {
        /// Who connected.
        client: SocketAddr,
        /// To whom.
        server: SocketAddr,
        /// Whether that is known from the handshake. Otherwise it is a guess.
        handshake: bool,
    },
    /// The next bytes of a direction.
    Bytes {
        /// Whose they are.
        from_client: bool,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// The next bytes of a direction are not in the capture.
    Missing {
        /// Whose they are.
        from_client: bool,
        /// How many they are. Where nothing of the direction follows, the acknowledgement of a FIN may count as one.
        bytes: u64,
    },
    /// A direction ends. One that ended in order can still be reset.
    Ended {
        /// Whose it is.
        from_client: bool,
        /// Whether that is by a reset, which ends the other direction as well.
        reset: bool,
    },
    /// Nothing more comes of this connection: it ended, its ports are used by another, it was idle for the longest when
    /// there were too many, or the capture is at its end.
    Closed,
}

/// Puts connections together. Events are told to a callback, each with the time and the place of the packet that it
/// comes from; bytes with the place of the first of them.
#[derive(Default)]
pub struct Reassembler {
    connections: Vec<Connection>,
    /// Where each of them is.
    index: HashMap<Endpoints, usize>,
    /// The one that the last segment was of. The next is often of the same.
    latest: usize,
    opened: u64,
    segments: u64,
    held: usize,
    roles: Roles,
}

impl Reassembler {
    /// Takes the next segment of the capture, which was captured `at`.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        at: Duration,
        out: &mut impl FnMut(ConnectionId, Event<'_>, Duration, Place),
    ) {
        self.segments += 1;
        let Some(index) = self.connection(segment, at, out) else {
            return;
        };
        self.latest = index;
        let Some(connection) = self.connections.get_mut(index) else {
            return;
        };
        let id = connection.id();
        let tell = &mut |event: Event<'_>, at, place| out(id, event, at, place);
        self.held -= connection.held();
        connection.segment(segment, self.segments, at, tell);
        while self.held + connection.held() > HELD_MAX && connection.give_up(tell) {}
        self.held += connection.held();
    }

    /// Ends the capture: what is held is told, and every connection closed.
    pub fn finish(&mut self, out: &mut impl FnMut(ConnectionId, Event<'_>, Duration, Place)) {
        self.index.clear();
        self.connections.sort_by_key(Connection::id);
        self.held = 0;
        for mut connection in self.connections.drain(..) {
            close(&mut connection, out);
        }
    }

    /// The connection that a segment belongs to, opened if it has to be; `None` if the segment tells nothing of any.
    fn connection(
        &mut self,
        segment: &Segment<'_>,
        at: Duration,
        out: &mut impl FnMut(ConnectionId, Event<'_>, Duration, Place),
    ) -> Option<usize> {
        let endpoints = Endpoints::of(segment);
        let known = match self.connections.get(self.latest) {
            Some(latest) if latest.endpoints() == endpoints => Some(self.latest),
            _ => self.index.get(&endpoints).copied(),
        };
        let connection = known.and_then(|index| self.connections.get_mut(index));
        if connection.is_some_and(|it| it.owns(segment, at)) {
            return known;
        }
        // An acknowledgement or a reset alone says nothing of what went before it.
        if segment.rst || !(segment.syn || segment.payload.len() + segment.missing as usize > 0) {
            return None;
        }
        self.opened += 1;
        let roles = self.roles.of(segment);
        let opened = Connection::new(ConnectionId(self.opened), endpoints, roles);
        let index = match known {
            Some(index) => {
                let replaced = self.connections.get_mut(index)?;
                self.held -= replaced.held();
                close(replaced, out);
                *replaced = opened;
                index
            }
            None => {
                self.make_room(out);
                self.index.insert(endpoints, self.connections.len());
                self.connections.push(opened);
                self.connections.len() - 1
            }
        };
        let event = Event::Opened {
            client: roles.client,
            server: roles.server,
            handshake: roles.handshake,
        };
        out(ConnectionId(self.opened), event, at, segment.place);
        Some(index)
    }

    /// Closes the connections that were idle for the longest, if there are too many; those that ended go first.
    fn make_room(&mut self, out: &mut impl FnMut(ConnectionId, Event<'_>, Duration, Place)) {
        if self.connections.len() < CONNECTIONS_MAX {
            return;
        }
        self.connections.sort_by_key(Connection::idleness);
        for mut connection in self.connections.drain(CONNECTIONS_KEPT..).rev() {
            self.held -= connection.held();
            close(&mut connection, out);
        }
        let kept = self.connections.iter().map(Connection::endpoints);
        self.index = kept.zip(0..).collect();
    }
}

fn close(
    connection: &mut Connection,
    out: &mut impl FnMut(ConnectionId, Event<'_>, Duration, Place),
) {
    let id = connection.id();
    connection.close(&mut |event: Event<'_>, at, place| out(id, event, at, place));
}

/// The two ends of a connection, whichever of them sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Endpoints {
    lower: SocketAddr,
    upper: SocketAddr,
}

impl Endpoints {
    fn of(segment: &Segment<'_>) -> Self {
        Self {
            lower: segment.source.min(segment.destination),
            upper: segment.source.max(segment.destination),
        }
    }
}

#[cfg(test)]
mod tests;
