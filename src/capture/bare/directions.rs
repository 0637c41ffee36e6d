//! Both directions of a connection, or of several one after another, each from its own input.

use std::io::{self, Read};

use super::Bare;
use crate::capture::beginnings::{Beginnings, Piece};
use crate::capture::portions::Portions;
use crate::capture::told::Tell;
use crate::capture::{Options, Outcome, Unread};
use crate::http::{Place, Within};
use crate::wire::Direction;

/// How much of a direction is read at a time where both are read in turn, in bytes: no more than some hundred requests.
const IN_TURN: usize = 4 * 1024;

/// How many calls may be under way before the answers to them are read: as many as a client may have at a time for the
/// order of what both sides sent to be kept, and with those that a portion may open less than are followed, 1,000.
const UNDER_WAY_MAX: usize = 750;

/// What one side sent, as it is read.
struct Side<'a> {
    portions: Portions<Box<dyn Read + 'a>>,
    /// The portion that was read last, and how much of it was handed on.
    portion: Vec<u8>,
    handed_on: usize,
    /// Where the next byte stands.
    place: Place,
    beginnings: Beginnings,
}

impl<'a> Side<'a> {
    fn new(reader: Option<Box<dyn Read + 'a>>, side: Direction) -> Self {
        Self {
            portions: Portions::new(reader.unwrap_or(Box::new(io::empty())), IN_TURN),
            portion: Vec::new(),
            handed_on: 0,
            place: Place {
                offset: 0,
                within: Within::Bytes,
            },
            beginnings: Beginnings::new(side),
        }
    }

    /// What comes next. `None` is no end.
    fn next(&mut self) -> Option<Piece<'_>> {
        if self.handed_on == self.portion.len() {
            self.portion.clear();
            self.handed_on = 0;
            let Some((_, bytes)) = self.portions.next() else {
                return self.beginnings.rest();
            };
            self.portion.extend_from_slice(bytes);
        }
        let mut rest = &self.portion[self.handed_on..];
        let piece = self.beginnings.next(&mut rest, &mut self.place);
        self.handed_on = self.portion.len() - rest.len();
        piece
    }

    /// Whether all was handed on.
    fn is_ended(&self) -> bool {
        let all = self.handed_on == self.portion.len() && !self.beginnings.holds();
        self.portions.is_ended() && all
    }
}

impl Bare {
    /// Reads both directions, each from its own input.
    ///
    /// What one side sent is read no further ahead of the other than it has to be, since nothing tells how they were
    /// interleaved: what the client sent until calls are under way, then what the server answered to those. Where the
    /// client begins another connection, what the server sent on the one before is read first.
    pub(in crate::capture) fn directions(
        mut self,
        sent: Option<Box<dyn Read + '_>>,
        received: Option<Box<dyn Read + '_>>,
        options: &mut Options,
        tell: Tell<'_>,
    ) -> Result<Outcome, Unread> {
        let both = sent.is_some() && received.is_some();
        let mut sent = Side::new(sent, Direction::Sent);
        let mut received = Side::new(received, Direction::Received);
        let mut client_next = true;
        // Whether the client begins another connection, and how many of them the server did not.
        let (mut begins, mut unanswered) = (false, 0);
        while begins || !(sent.is_ended() && received.is_ended()) {
            if begins && received.is_ended() {
                self.hand_on(true, Piece::Begins(sent.place), options, tell);
                begins = false;
                unanswered += u64::from(both);
                continue;
            }
            if sent.is_ended() && !begins {
                match sent.beginnings.take_acknowledged() {
                    0 => {}
                    acknowledged => received.beginnings.seek(acknowledged),
                }
            }
            let of_client = match self.under_way() {
                _ if begins || sent.is_ended() => false,
                _ if received.is_ended() => true,
                Some(calls) => calls < UNDER_WAY_MAX,
                // Before HTTP/2, a handshake goes to and fro.
                None => {
                    client_next = !client_next;
                    !client_next
                }
            };
            let from = if of_client { &mut sent } else { &mut received };
            match from.next() {
                Some(Piece::Begins(_)) if of_client => {
                    begins = true;
                    received.beginnings.seek(sent.beginnings.take_acknowledged());
                }
                // The client may have acknowledged no more because it was not captured to its end.
                Some(Piece::Begins(at)) if !begins => self.notes.push(format!(
                    "the server sent SETTINGS at byte {} that the client does not acknowledge: if another connection begins there, its calls are not told",
                    at.offset
                )),
                Some(piece) => {
                    begins &= !matches!(piece, Piece::Begins(_));
                    self.hand_on(of_client, piece, options, tell);
                }
                None => {}
            }
        }
        let read = [&sent, &received].map(|side| side.portions.read());
        self.bytes = read.iter().sum();
        if both && self.connections > 1 {
            self.notes.push(paired(self.connections, unanswered));
        }
        let failures = [sent, received].map(|side| side.portions.failure());
        let sides = ["the client", "the server"].into_iter().zip(read);
        let mut stopped = sides
            .zip(failures)
            .filter_map(|((side, read), failure)| Some((read, side, failure?)));
        let first = stopped.next();
        if read == [0, 0] {
            return Err(first.map_or(Unread::Empty, |(_, _, error)| error.into()));
        }
        let also = stopped.next().map(|(read, side, error)| {
            format!("what {side} sent could not be read beyond byte {read}: {error}")
        });
        self.notes.extend(also);
        let mut outcome = self.finish(options, tell);
        outcome.stopped = first.map(|(read, side, error)| {
            (read, format!("what {side} sent cannot be read on: {error}"))
        });
        Ok(outcome)
    }
}

/// How the bytes of several connections were put together.
fn paired(connections: u64, unanswered: u64) -> String {
    let how = format!(
        "{connections} connections stand one after another: the server's side of each is taken to begin at the first SETTINGS that the client had not acknowledged before"
    );
    match unanswered {
        0 => how,
        1 => format!("{how}; what the server sent ends before the last of them"),
        _ => format!("{how}; what the server sent ends before the last {unanswered} of them"),
    }
}
