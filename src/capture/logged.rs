//! A log of frames or of messages, and the connections in it.

use std::collections::HashMap;
use std::io::Read;
use std::time::Duration;

use super::count::{Count, sentence, were};
use super::frameless::header;
use super::kept::{Keeps, Kept, Shed};
use super::log::{self, Clock, Grammar, Logged, Reader, What};
use super::portions::{AT_ONCE, Portions};
use super::{Options, Unread};
use crate::http::connection::Closing;
use crate::http::{Assembler, Carries, Event, EventSink, Opened, Outcome, Place, Within};
use crate::wire::{Direction, Flags, Frame, FrameType, HeaderBlock};

/// How many connections of a log are followed at a time; the one that was heard of least lately ends for another.
const CONNECTIONS_KEPT: usize = 256;

/// How many of the log's other sentences are told; a program that logs an error in a loop writes thousands.
const SAID_MAX: usize = 100;

/// The connections of a log.
#[derive(Debug)]
struct Connections {
    open: Kept<One>,
    /// The number of each by its name.
    names: HashMap<String, u64>,
    /// How many connections the inputs before had.
    before: u64,
    seen: u64,
    /// How many lines were taken.
    lines: u64,
    frames: bool,
    said: usize,
    guessed: bool,
}

/// One connection of a log.
#[derive(Debug)]
struct One {
    name: String,
    /// Which line was the last of it.
    heard: u64,
    number: u64,
    assembler: Assembler,
    epoch: Duration,
    last: Duration,
    /// In a log without frames: the stream that the current call stands for.
    stream: u32,
    /// Whether the current call has ended, per direction.
    ended: [bool; 2],
}

/// Reads a log.
pub(super) fn read(
    grammar: Grammar,
    reader: impl Read,
    options: &Options,
    emit: EventSink<'_>,
) -> Result<Outcome, Unread> {
    let mut log = Reader::new(grammar);
    let mut connections = Connections {
        open: Kept::default(),
        names: HashMap::new(),
        before: options.numbered,
        seen: 0,
        lines: 0,
        frames: grammar != Grammar::Curl,
        said: 0,
        guessed: false,
    };
    let mut portions = Portions::new(reader, AT_ONCE);
    let mut clock = None;
    while let Some((_, bytes)) = portions.next() {
        let dated = clock == Some(Clock::Epoch);
        log.feed(bytes, &mut |logged| connections.take(logged, dated, emit));
        clock = log.clock();
        if bytes.len() < AT_ONCE {
            connections.settle(emit);
        }
    }
    let dated = log.clock() == Some(Clock::Epoch);
    log.finish(&mut |logged| connections.take(logged, dated, emit));
    let mut notes = connections.finish(emit);
    let first = |lost: log::Lost| match lost.first.within {
        Within::Line(line) => format!("not read, the first is line {line}"),
        _ => "not read".to_owned(),
    };
    if let Some(lost) = log.lost() {
        let rest = "like that of a frame";
        notes.extend(sentence(lost.lines, "line", rest, &first(lost)));
    }
    if let Some(lost) = log.strangers() {
        let verb = format!(
            "{}: what stands before the log's own lines is missing there",
            first(lost)
        );
        notes.extend(sentence(lost.lines, "line", "of another writer", &verb));
    }
    for (other, lost) in log.others() {
        let rest = format!("of another log ({})", other.name());
        let verb = format!("{}: --from {} reads those", first(*lost), other.word());
        notes.extend(sentence(lost.lines, "line", &rest, &verb));
    }
    if connections.seen == 0 && connections.said == 0 {
        let why = format!("read as a {}, no line of it is one", grammar.name());
        return Err(Unread::Unfit(why));
    }
    Ok(Outcome {
        format: grammar.name().to_owned(),
        bytes: portions.read(),
        packets: None,
        connections: connections.seen,
        stopped: portions.stopped(),
        notes,
    })
}

impl Connections {
    fn take(&mut self, logged: Logged<'_>, dated: bool, emit: EventSink<'_>) {
        if let What::Said(text) = logged.what {
            self.said += 1;
            if self.said <= SAID_MAX {
                let connection = self.names.get(logged.connection);
                emit(Event::Note {
                    connection: connection.copied(),
                    place: Some(logged.place),
                    text,
                });
            }
            return;
        }
        let number = self.number(logged.connection, logged.at, dated, logged.place, emit);
        self.lines += 1;
        let line = self.lines;
        if let What::Frame(frame) = &logged.what {
            self.guessed |= frame.guessed;
        }
        self.open.with(number, |one| {
            one.heard = line;
            one.take(logged, emit);
        });
        loop {
            match self.open.shed() {
                Shed::Enough => return,
                Shed::Less => {}
                Shed::Close(number) => self.close(number, emit),
            }
        }
    }

    /// The number of the connection of that name, opened where it is not known.
    fn number(
        &mut self,
        name: &str,
        at: Option<Duration>,
        dated: bool,
        place: Place,
        emit: EventSink<'_>,
    ) -> u64 {
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        if self.open.len() >= CONNECTIONS_KEPT
            && let Some(number) = self.open.least_by(|one| one.heard)
        {
            self.close(number, emit);
        }
        self.seen += 1;
        let number = self.before + self.seen;
        emit(Event::Opened(&Opened {
            number,
            ends: None,
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            at: at.filter(|_| dated),
            place: Some(place),
            carries: if self.frames {
                Carries::LoggedFrames
            } else {
                Carries::Messages
            },
            tls: None,
        }));
        self.names.insert(name.to_owned(), number);
        self.open
            .insert(number, One::new(name, number, at, self.frames));
        number
    }

    /// Ends a connection.
    fn close(&mut self, number: u64, emit: EventSink<'_>) {
        if let Some(one) = self.open.remove(number) {
            self.names.remove(&one.name);
            one.close(emit);
        }
    }

    /// Hands out the calls that have ended: the log has no more for now, and may be one that still grows.
    fn settle(&mut self, emit: EventSink<'_>) {
        for number in self.open.numbers() {
            self.open.with(number, |one| {
                one.assembler.settle();
                one.hand_out(emit);
            });
        }
    }

    /// Ends all connections; sentences on what was not sure.
    fn finish(&mut self, emit: EventSink<'_>) -> Vec<String> {
        for number in self.open.numbers() {
            self.close(number, emit);
        }
        let mut notes = Vec::new();
        if self.guessed {
            notes.push("header fields stand among lines of several connections, or have commas in them: which belong to which frame is a best guess".to_owned());
        }
        notes.extend(self.open.note());
        let unsaid = self.said.saturating_sub(SAID_MAX);
        if unsaid > 0 {
            let count = Count {
                number: unsaid as u64,
                noun: "more line",
                rest: "not of frames",
            };
            notes.push(format!("{count} {} not told", were(unsaid as u64)));
        }
        notes
    }
}

impl One {
    fn new(name: &str, number: u64, at: Option<Duration>, frames: bool) -> Self {
        let mut assembler = Assembler::by_call();
        assembler.is_unseen(Direction::Sent);
        assembler.is_unseen(Direction::Received);
        if !frames {
            assembler.has_no_frames();
        }
        let at = at.unwrap_or_default();
        Self {
            name: name.to_owned(),
            heard: 0,
            number,
            assembler,
            epoch: at,
            last: at,
            stream: 1,
            ended: [false; 2],
        }
    }

    /// Takes what the log tells of it.
    fn take(&mut self, logged: Logged<'_>, emit: EventSink<'_>) {
        let at = logged.at.unwrap_or(self.last);
        self.last = at.max(self.last);
        let since = at.saturating_sub(self.epoch);
        let place = logged.place;
        match logged.what {
            What::Frame(frame) => {
                let shown = Frame {
                    header: frame.header,
                    payload: &frame.payload,
                };
                let fields = frame.fields.as_ref();
                self.frame(frame.direction, shown, fields, since, place, emit);
            }
            What::Head {
                direction, fields, ..
            } => {
                if direction == Direction::Sent && self.begun() {
                    self.next();
                }
                self.block(direction, &fields, Flags::END_HEADERS, since, place, emit);
            }
            What::Body {
                direction,
                bytes,
                length,
            } => {
                let frame = Frame {
                    header: header(FrameType::DATA, 0, length, self.stream),
                    payload: bytes.unwrap_or_default(),
                };
                self.frame(direction, frame, None, since, place, emit);
            }
            What::Trailers {
                direction, fields, ..
            } => {
                let flags = Flags::END_HEADERS | Flags::END_STREAM;
                self.block(direction, &fields, flags, since, place, emit);
                self.ended[usize::from(direction == Direction::Received)] = true;
            }
            What::End { direction } => {
                let ended = &mut self.ended[usize::from(direction == Direction::Received)];
                if !std::mem::replace(ended, true) {
                    self.assembler.end_half(self.stream, direction, since);
                }
                self.hand_out(emit);
            }
            What::Said(_) => {}
        }
    }

    /// Whether the current call has begun.
    fn begun(&self) -> bool {
        self.assembler.call(self.stream).is_some() || self.ended == [true; 2]
    }

    /// Goes on to the next call.
    fn next(&mut self) {
        self.stream += 2;
        self.ended = [false; 2];
    }

    fn frame(
        &mut self,
        direction: Direction,
        frame: Frame<'_>,
        fields: Option<&HeaderBlock>,
        at: Duration,
        place: Place,
        emit: EventSink<'_>,
    ) {
        let connection = self.number;
        let each = &mut |seen: crate::http::Seen<'_>| emit(Event::Seen { connection, seen });
        self.assembler
            .logged(direction, frame, fields, at, place, each);
        self.hand_out(emit);
    }

    fn block(
        &mut self,
        direction: Direction,
        fields: &HeaderBlock,
        flags: u8,
        at: Duration,
        place: Place,
        emit: EventSink<'_>,
    ) {
        let frame = Frame {
            header: header(FrameType::HEADERS, flags, 0, self.stream),
            payload: &[],
        };
        self.frame(direction, frame, Some(fields), at, place, emit);
    }

    fn hand_out(&mut self, emit: EventSink<'_>) {
        while let Some(ended) = self.assembler.ended() {
            emit(Event::Ended {
                connection: self.number,
                ended,
            });
        }
    }

    fn close(mut self, emit: EventSink<'_>) {
        let connection = self.number;
        let at = self.last.saturating_sub(self.epoch);
        let each = &mut |seen: crate::http::Seen<'_>| emit(Event::Seen { connection, seen });
        self.assembler.end(at, Closing::Unseen, each);
        self.hand_out(emit);
        emit(Event::Closed {
            connection,
            facts: self.assembler.connection(),
        });
    }
}

impl Keeps for One {
    fn kept(&self) -> usize {
        size_of::<Self>() + self.name.capacity() + self.assembler.memory()
    }

    fn shed(&mut self) {
        self.assembler.shed();
    }

    fn is_given_up(&self) -> bool {
        false
    }
}
