//! One HTTP body, told as the response of a call of which nothing else is known.

use std::time::Duration;

use super::frameless::header;
use crate::http::connection::Closing;
use crate::http::{Assembler, Carries, Event, EventSink, Opened, Place, Unseen, Within};
use crate::wire::{Direction, Flags, Frame, FrameType};

/// The stream that a body is shown on: it has none of its own.
const STREAM: u32 = 1;

/// How much of a body is gathered before it is handed on, in bytes: pieces of it may be as small as a line of text.
const GATHERED_MAX: usize = 1024 * 1024;

/// A body as it comes.
#[derive(Debug)]
pub(super) struct Body {
    number: u64,
    assembler: Assembler,
    /// What was not handed on yet.
    gathered: Vec<u8>,
    /// Where that begins; `None` while there is nothing.
    place: Option<Place>,
    opened: bool,
}

impl Body {
    /// Nothing yet of the body that is shown on the connection of that number.
    pub(super) fn new(number: u64) -> Self {
        let mut assembler = Assembler::by_call();
        assembler.has_no_frames();
        assembler.is_unseen(Direction::Sent);
        Self {
            number,
            assembler,
            gathered: Vec::new(),
            place: None,
            opened: false,
        }
    }

    /// Takes the next bytes.
    pub(super) fn take(&mut self, bytes: &[u8], place: Place, emit: EventSink<'_>) {
        self.open(Some(place), emit);
        self.place.get_or_insert(place);
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHERED_MAX {
            self.hand_on(0);
        }
    }

    /// Ends the body, and tells of it.
    pub(super) fn finish(mut self, emit: EventSink<'_>) {
        self.open(None, emit);
        self.hand_on(Flags::END_STREAM);
        let response = Unseen {
            headers: true,
            body: false,
            trailers: true,
        };
        let assembler = &mut self.assembler;
        assembler.hide(STREAM, Unseen::ALL, response);
        assembler.end(Duration::ZERO, Closing::Unseen, &mut |_| {});
        while let Some(ended) = assembler.ended() {
            emit(Event::Ended {
                connection: self.number,
                ended,
            });
        }
        emit(Event::Closed {
            connection: self.number,
            facts: assembler.connection(),
        });
    }

    fn open(&mut self, place: Option<Place>, emit: EventSink<'_>) {
        if !std::mem::replace(&mut self.opened, true) {
            emit(Event::Opened(&Opened {
                number: self.number,
                ends: None,
                name: None,
                at: None,
                place,
                carries: Carries::Body,
                tls: None,
            }));
        }
    }

    /// Hands on what was gathered.
    fn hand_on(&mut self, flags: u8) {
        let length = self.gathered.len() as u64;
        let frame = Frame {
            header: header(FrameType::DATA, flags, length, STREAM),
            payload: &self.gathered,
        };
        let start = Place {
            offset: 0,
            within: Within::Bytes,
        };
        let place = self.place.take().unwrap_or(start);
        let direction = Direction::Received;
        self.assembler
            .logged(direction, frame, None, Duration::ZERO, place, &mut |_| {});
        self.gathered.clear();
    }
}
