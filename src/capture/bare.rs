//! Bytes without packets: of one or both directions of a connection, or of one HTTP body.

use std::io::{self, Read};
use std::time::Duration;

use super::beginnings::{Beginnings, Piece};
use super::body::Body;
use super::conversation::{Conversation, Strangers};
use super::opening::{begins_with_settings, looks_like_frames};
use super::portions::{AT_ONCE, Portions};
use super::text::{Dress, Reader};
use super::{Options, Unread, http1, tls};
use crate::http::{Event, EventSink, Outcome, Place, Within};
use crate::wire::Direction;
use crate::wire::foreign::PREFACE;

/// How much is held to tell what bytes are that come without a direction, in bytes.
const HELD_MAX: usize = 64 * 1024;

/// How much of a direction is read at a time where both are read in turn, in bytes: no more than some hundred requests.
const IN_TURN: usize = 4 * 1024;

/// How many calls may be under way before the answers to them are read: as many as a client may have at a time for the
/// order of what both sides sent to be kept, and with those that a portion may open less than are followed, 1,000.
const UNDER_WAY_MAX: usize = 750;

/// Bytes as they come.
#[derive(Debug)]
pub(super) struct Bare {
    /// The connection's number. Connections that were captured one after another are numbered on.
    number: u64,
    connections: u64,
    beginnings: Beginnings,
    strangers: Strangers,
    format: String,
    what: What,
    bytes: u64,
    notes: Vec<String>,
}

#[derive(Debug)]
enum What {
    /// It is not clear yet: what came, each piece with its place.
    Untold(Vec<(Vec<u8>, Place)>, usize),
    /// A connection; whether what has no direction is the client's.
    Connection(Box<Conversation>, bool),
    /// A body.
    Body(Box<Body>),
    /// HTTP/1.1, which is told of and not read.
    Http1,
}

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
    fn new(format: &str, what: What, options: &Options) -> Self {
        Self {
            number: options.numbered + 1,
            connections: 1,
            beginnings: Beginnings::new(Direction::Sent),
            strangers: Strangers::default(),
            format: format.to_owned(),
            what,
            bytes: 0,
            notes: Vec::new(),
        }
    }

    /// The bytes of a connection, the directions apart: which of them there are, the client's first.
    pub(super) fn of_directions([sent, received]: [bool; 2], options: &Options) -> Self {
        let format = match (sent, received) {
            (true, true) => "HTTP/2 bytes, both directions",
            (true, false) => "HTTP/2 bytes, the client's",
            _ => "HTTP/2 bytes, the server's",
        };
        let number = options.numbered + 1;
        Self::new(format, What::Connection(connection(number), true), options)
    }

    /// The bytes of one direction, whose is told by them.
    pub(super) fn of_stream(options: &Options) -> Self {
        Self::new("HTTP/2 bytes", What::Untold(Vec::new(), 0), options)
    }

    /// An HTTP body.
    pub(super) fn of_body(options: &Options) -> Self {
        let body = Body::new(options.numbered + 1);
        Self::new("HTTP body", What::Body(Box::new(body)), options)
    }

    /// Whether the start of an input looks like HTTP/2, or like TLS around it.
    pub(super) fn looks_like_http2(start: &[u8], ended: bool) -> bool {
        start.starts_with(PREFACE)
            || begins_with_settings(start)
            || tls::is_tls(start) == Some(true)
            || looks_like_frames(start, ended)
    }

    /// How many calls are under way; `None` where it is not clear that these are calls.
    fn under_way(&mut self) -> Option<usize> {
        match &mut self.what {
            What::Connection(conversation, _) => conversation.under_way(),
            _ => None,
        }
    }

    /// Reads an input to its end.
    pub(super) fn whole(
        mut self,
        reader: impl Read,
        options: &mut Options,
        emit: EventSink<'_>,
    ) -> Result<Outcome, Unread> {
        let mut portions = Portions::new(reader, AT_ONCE);
        while let Some((offset, bytes)) = portions.next() {
            let within = Within::Bytes;
            let place = Place { offset, within };
            self.take(None, bytes, place, options, emit);
        }
        let mut outcome = self.finish(options, emit);
        outcome.stopped = portions.stopped();
        Ok(outcome)
    }

    /// Reads an input that is text to its end.
    pub(super) fn undress(
        mut self,
        dress: Dress,
        reader: impl Read,
        options: &mut Options,
        emit: EventSink<'_>,
    ) -> Result<Outcome, Unread> {
        let mut text = Reader::new(dress);
        let mut portions = Portions::new(reader, AT_ONCE);
        while let Some((_, bytes)) = portions.next() {
            text.feed(bytes, &mut |chunk| {
                self.take(chunk.direction, chunk.bytes, chunk.place, options, emit);
            });
        }
        text.finish(&mut |chunk| {
            self.take(chunk.direction, chunk.bytes, chunk.place, options, emit);
        });
        if let Some(misfits) = text.misfits() {
            if self.bytes == 0 {
                let why = format!(
                    "read as {}, no line of it could be used: {} should stand there",
                    dress.name(),
                    misfits.expected
                );
                return Err(Unread::Unfit(why));
            }
            let line = match misfits.first.within {
                Within::Line(line) => line,
                _ => 0,
            };
            let lines = misfits.lines;
            let plural = if lines == 1 { "line does" } else { "lines do" };
            let expected = misfits.expected;
            self.notes.push(format!(
                "{lines} {plural} not fit, the first is line {line}, where {expected} should stand"
            ));
        }
        let mut outcome = self.finish(options, emit);
        outcome.format = format!("{} as {}", outcome.format, dress.name());
        outcome.bytes = portions.read();
        outcome.stopped = portions.stopped();
        Ok(outcome)
    }

    /// Takes bytes.
    fn take(
        &mut self,
        direction: Option<Direction>,
        bytes: &[u8],
        place: Place,
        options: &mut Options,
        emit: EventSink<'_>,
    ) {
        self.bytes += bytes.len() as u64;
        if direction.is_some()
            && let What::Untold(held, _) = &mut self.what
            && held.is_empty()
        {
            self.what = What::Connection(connection(self.number), true);
        }
        match &mut self.what {
            What::Connection(_, unnamed_from_client) => {
                let from_client =
                    direction.map_or(*unnamed_from_client, |it| it == Direction::Sent);
                if !from_client {
                    return self.hand_on(false, Piece::Bytes(bytes, place), options, emit);
                }
                let (mut bytes, mut place) = (bytes, place);
                while let Some(piece) = self.beginnings.next(&mut bytes, &mut place) {
                    self.hand_on(true, piece, options, emit);
                }
            }
            What::Body(body) => body.take(bytes, place, emit),
            What::Http1 => {}
            What::Untold(held, length) => {
                held.push((bytes.to_vec(), place));
                *length += bytes.len();
                if *length >= HELD_MAX {
                    self.decide(false, options, emit);
                }
            }
        }
    }

    /// Hands on what comes next of one side of the connection.
    fn hand_on(
        &mut self,
        from_client: bool,
        piece: Piece<'_>,
        options: &mut Options,
        emit: EventSink<'_>,
    ) {
        let What::Connection(conversation, _) = &mut self.what else {
            return;
        };
        match piece {
            Piece::Bytes(bytes, place) => {
                feed(conversation, from_client, bytes, place, options, emit);
            }
            Piece::Held(bytes, count, place) => {
                let bytes = &bytes[..count];
                feed(conversation, from_client, bytes, place, options, emit);
            }
            Piece::Begins(_) => {
                self.number += 1;
                self.connections += 1;
                let before = std::mem::replace(conversation, connection(self.number));
                end(before, &mut self.strangers, options, emit);
            }
        }
    }

    /// Tells what the bytes held are: HTTP/2 of the client or of the server, or else a body.
    fn decide(&mut self, ended: bool, options: &mut Options, emit: EventSink<'_>) {
        let What::Untold(held, _) = &mut self.what else {
            return;
        };
        let held = std::mem::take(held);
        let start: Vec<u8> = held
            .iter()
            .flat_map(|(bytes, _)| bytes.iter().copied())
            .collect();
        // A ClientHello is a handshake message of type 1.
        let hello = tls::is_tls(&start) == Some(true) && start.get(5) == Some(&1);
        let from_client = start.starts_with(PREFACE) || hello;
        let http2 = Self::looks_like_http2(&start, ended);
        self.what = if let Some(text) = http1_text(&start) {
            "HTTP/1.1".clone_into(&mut self.format);
            emit(Event::Note {
                connection: None,
                place: held.first().map(|(_, place)| *place),
                text,
            });
            What::Http1
        } else if http2 {
            let late =
                !from_client && !begins_with_settings(&start) && tls::is_tls(&start) != Some(true);
            let conversation = Box::new(Conversation::untimed(self.number, !late));
            What::Connection(conversation, from_client)
        } else {
            "HTTP body".clone_into(&mut self.format);
            What::Body(Box::new(Body::new(self.number)))
        };
        self.bytes -= start.len() as u64;
        for (bytes, place) in held {
            self.take(None, &bytes, place, options, emit);
        }
    }

    /// Ends the reading.
    pub(super) fn finish(mut self, options: &mut Options, emit: EventSink<'_>) -> Outcome {
        self.decide(true, options, emit);
        if let Some(rest) = self.beginnings.rest() {
            self.hand_on(true, rest, options, emit);
        }
        match self.what {
            What::Connection(conversation, _) => {
                end(conversation, &mut self.strangers, options, emit);
                self.notes.extend(self.strangers.notes());
            }
            What::Body(body) => body.finish(emit),
            What::Untold(..) | What::Http1 => {}
        }
        Outcome {
            format: self.format,
            bytes: self.bytes,
            packets: None,
            connections: self.connections,
            stopped: None,
            notes: self.notes,
        }
    }

    /// Reads both directions, each from its own input.
    ///
    /// What one side sent is read no further ahead of the other than it has to be, since nothing tells how they were
    /// interleaved: what the client sent until calls are under way, then what the server answered to those. Where the
    /// client begins another connection, what the server sent on the one before is read first.
    pub(super) fn directions(
        mut self,
        sent: Option<Box<dyn Read + '_>>,
        received: Option<Box<dyn Read + '_>>,
        options: &mut Options,
        emit: EventSink<'_>,
    ) -> Result<Outcome, Unread> {
        let both = sent.is_some() && received.is_some();
        let mut sent = Side::new(sent, Direction::Sent);
        let mut received = Side::new(received, Direction::Received);
        let mut client_next = true;
        // Whether the client begins another connection, and how many of them the server did not.
        let (mut begins, mut unanswered) = (false, 0);
        while begins || !(sent.is_ended() && received.is_ended()) {
            if begins && received.is_ended() {
                self.hand_on(true, Piece::Begins(sent.place), options, emit);
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
                    self.hand_on(of_client, piece, options, emit);
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
        let mut outcome = self.finish(options, emit);
        outcome.stopped = first.map(|(read, side, error)| {
            (read, format!("what {side} sent cannot be read on: {error}"))
        });
        Ok(outcome)
    }
}

/// What there is to say of bytes of HTTP/1.1: whoever sent them does not speak HTTP/2.
fn http1_text(start: &[u8]) -> Option<String> {
    /// As much of the first line as a sentence takes.
    const SHOWN: usize = 80;
    let what = match start {
        _ if http1::is_request(start) => "a request of HTTP/1.1",
        _ if start.starts_with(b"HTTP/1.") => "a response of HTTP/1.1",
        _ => return None,
    };
    let line = start.split(|byte| *byte == b'\r' || *byte == b'\n').next();
    let line = line.unwrap_or_default();
    let line = String::from_utf8_lossy(&line[..line.len().min(SHOWN)]);
    Some(format!(
        "these bytes are {what} (\"{line}\"): whoever sent them does not speak HTTP/2 here"
    ))
}

fn connection(number: u64) -> Box<Conversation> {
    Box::new(Conversation::untimed(number, true))
}

/// Ends a connection of which nothing more comes.
fn end(
    conversation: Box<Conversation>,
    strangers: &mut Strangers,
    options: &mut Options,
    emit: EventSink<'_>,
) {
    if let Some(copy) = &mut options.copy {
        copy.close(conversation.number());
    }
    conversation.close(&options.keys, strangers, emit);
}

fn feed(
    conversation: &mut Conversation,
    from_client: bool,
    bytes: &[u8],
    place: Place,
    options: &mut Options,
    emit: EventSink<'_>,
) {
    if let Some(copy) = &mut options.copy {
        let number = conversation.number();
        copy.open_once(number);
        copy.bytes(number, from_client, bytes, Duration::ZERO);
    }
    let when = (Duration::ZERO, Some(place));
    conversation.bytes(from_client, bytes, when, &options.keys, emit);
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
