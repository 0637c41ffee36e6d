//! `nghttp -v` and `nghttpd -v`: a line for each frame, and indented lines of what is in it. Fields that are received stand
//! in lines before their frame, and the bytes of received DATA just before theirs, as they are.

mod between;

use std::collections::BTreeMap;
use std::time::Duration;

use self::between::Between;
use super::build::{self, Fields, frame_type, push_setting};
use super::colour::{place_of, plain};
use super::cursor::{Cursor, decimal, hexadecimal, said};
use super::{Logged, LoggedFrame, Notes, Out, What};
use crate::capture::text::lines::Line;
use crate::http::part::Place;
use crate::wire::{Direction, ErrorCode, Flags, FrameHeader, FrameType, SettingId};

/// What precedes a line that belongs to the frame before it.
const INDENT: &[u8] = b"          ";

/// Header blocks whose lines come before their frames that are kept in mind: 16. Those of a block stand together but
/// where nghttpd has several threads.
const BLOCKS_MAX: usize = 16;

/// Reads a log of nghttp's.
#[derive(Debug, Default)]
pub(super) struct Nghttp {
    /// The frame whose lines are being read.
    open: Option<Open>,
    /// Fields that were received, by connection and stream.
    fields: BTreeMap<(String, u32), Fields>,
    between: Between,
    /// How often nghttp connected: a log may be of several runs.
    runs: u32,
    /// Whether something put a carriage return before every line feed, those of bodies too.
    returns: bool,
}

/// A frame whose lines are being read.
#[derive(Debug)]
struct Open {
    connection: String,
    at: Duration,
    place: Place,
    /// Whether the log's writer received it.
    received: bool,
    frame: LoggedFrame,
    /// The fields, where it has some.
    fields: Option<Fields>,
    /// What came before its line.
    between: Between,
    /// Bytes of padding, with the Pad Length octet.
    padding: usize,
}

impl Nghttp {
    pub(super) fn read(&mut self, line: &Line<'_>, notes: &mut Notes, out: &mut Out<'_>) {
        let text = plain(line.text());
        let head = if line.starts { Head::read(&text) } else { None };
        if let Some(head) = head.or_else(|| Head::find(&text)) {
            let before = place_of(line.raw, head.start);
            self.keep(&line.raw[..before]);
            self.returns = line.raw.ends_with(b"\r\n");
            return self.event(&head, line.place, notes, out);
        }
        let message = text.strip_prefix(b"[ERROR]").filter(|_| line.starts);
        if message.is_some() || line.starts && text.starts_with(b"Some requests were not processed")
        {
            self.emit(notes, out);
            return out(Logged {
                connection: "",
                at: None,
                place: line.place,
                what: What::Said(said(&text)),
            });
        }
        let attribute = text.strip_prefix(INDENT).filter(|_| line.starts);
        match (attribute, &mut self.open) {
            (Some(attribute), Some(open)) if open.owns(attribute) => {
                // A line that is cut may give a part of a value for all of it.
                if !line.is_terminated() || open.take(attribute).is_none() {
                    open.miss_field();
                    notes.lose(line.place);
                }
            }
            _ => {
                let start = self.between.length();
                self.keep(line.raw);
                if line.starts
                    && let Some(other) = notes.other(&text)
                {
                    self.between.suspect(start, other, line.place);
                }
            }
        }
    }

    pub(super) fn finish(&mut self, notes: &mut Notes, out: &mut Out<'_>) {
        // Fields that are sent come after their frame, so that more of them may be missing.
        if let Some(open) = self.open.as_mut().filter(|open| !open.received) {
            open.miss_field();
        }
        self.emit(notes, out);
        std::mem::take(&mut self.between).none(notes);
    }

    /// Keeps bytes that may be those of DATA.
    fn keep(&mut self, bytes: &[u8]) {
        let (bytes, end) = match bytes.strip_suffix(b"\r\n") {
            Some(bytes) if self.returns => (bytes, &b"\n"[..]),
            _ => (bytes, &b""[..]),
        };
        self.between.keep(bytes);
        self.between.keep(end);
    }

    /// A line that begins with a time.
    fn event(&mut self, head: &Head<'_>, place: Place, notes: &mut Notes, out: &mut Out<'_>) {
        self.emit(notes, out);
        let mut c = Cursor(head.rest);
        // With -vv, this comes before each part of the bytes.
        if c.0.ends_with(b") DATA") {
            return;
        }
        if c.eat("[INVALID; ") {
            out(Logged {
                connection: head.connection,
                at: Some(head.at),
                place,
                what: What::Said(said(head.rest)),
            });
            c.until(b"]");
            c.eat("] ");
        }
        let received = c.eat("recv ");
        if !received && !c.eat("send ") {
            if c.0 == b"Connected" {
                self.runs += 1;
                self.fields.clear();
            }
            return;
        }
        // A frame may be sent between two parts of one that is received, but none is received there.
        let between = if received {
            std::mem::take(&mut self.between)
        } else {
            Between::default()
        };
        if received && c.eat("(stream_id=") {
            between.none(notes);
            if self.field(head, c).is_none() {
                notes.lose(place);
            }
            return;
        }
        match frame(c) {
            Some(header) => self.open_frame(head, place, received, header, between),
            None => {
                between.none(notes);
                notes.lose(place);
            }
        }
    }

    /// `N) name: value`, or `N, sensitive) name: value`.
    fn field(&mut self, head: &Head<'_>, mut c: Cursor<'_>) -> Option<()> {
        let stream = c.number()?;
        c.eat(", sensitive");
        if !c.eat(") ") {
            return None;
        }
        let key = (head.connection.to_owned(), stream);
        if self.fields.len() == BLOCKS_MAX && !self.fields.contains_key(&key) {
            self.fields.pop_first();
        }
        let fields = self.fields.entry(key).or_default();
        fields.push_line(c.0).then_some(())
    }

    fn open_frame(
        &mut self,
        head: &Head<'_>,
        place: Place,
        received: bool,
        header: FrameHeader,
        between: Between,
    ) {
        let carries = [FrameType::HEADERS, FrameType::PUSH_PROMISE].contains(&header.kind);
        let key = (head.connection.to_owned(), header.stream);
        let before = if received {
            self.fields.remove(&key)
        } else {
            None
        };
        // nghttpd names its sessions, nghttp has but one.
        let server = !head.connection.is_empty();
        let connection = match self.runs {
            0 | 1 => key.0,
            run => format!("run {run}"),
        };
        self.open = Some(Open {
            connection,
            at: head.at,
            place,
            received,
            frame: LoggedFrame {
                direction: if received == server {
                    Direction::Sent
                } else {
                    Direction::Received
                },
                header,
                payload: Vec::new(),
                fields: None,
                incomplete: false,
                length_known: true,
                guessed: false,
            },
            fields: carries.then(|| before.unwrap_or_default()),
            between,
            padding: 0,
        });
    }

    /// Hands on the frame whose lines have all come.
    fn emit(&mut self, notes: &mut Notes, out: &mut Out<'_>) {
        let Some(mut open) = self.open.take() else {
            return;
        };
        open.complete(notes);
        out(Logged {
            connection: &open.connection,
            at: Some(open.at),
            place: open.place,
            what: What::Frame(open.frame),
        });
    }
}

impl Open {
    /// Whether an indented line may be one of the frame's, and not of a body.
    fn owns(&self, attribute: &[u8]) -> bool {
        let named = self.fields.is_some() && !self.received;
        named
            || attribute.starts_with(b"; ")
            || attribute.starts_with(b"(")
            || attribute.starts_with(b"[")
    }

    /// Takes in an indented line.
    fn take(&mut self, attribute: &[u8]) -> Option<()> {
        let mut c = Cursor(attribute);
        let payload = &mut self.frame.payload;
        match self.frame.header.kind {
            _ if c.eat("; ") => {}
            FrameType::DATA | FrameType::HEADERS | FrameType::PUSH_PROMISE if c.eat("(padlen=") => {
                self.padding = c.number()?;
            }
            FrameType::HEADERS | FrameType::PUSH_PROMISE => {
                self.fields.as_mut()?.push_line(attribute).then_some(())?;
            }
            FrameType::SETTINGS if c.eat("(niv=") => {}
            FrameType::SETTINGS => {
                c.until(b"(");
                c.eat("(");
                let id = SettingId(u16::try_from(hexadecimal(c.until(b")"))?).ok()?);
                push_setting(payload, id, c.number_after("):")?);
            }
            FrameType::PRIORITY => {
                let dependency = c.number_after("(dep_stream_id=")?;
                let weight = c.number_after(", weight=")?;
                *payload = build::priority(dependency, weight, c.eat(", exclusive=1"))?;
            }
            FrameType::RST_STREAM => {
                c.eat("(error_code=").then_some(())?;
                *payload = code(&mut c)?.0.to_be_bytes().to_vec();
            }
            FrameType::PING => {
                c.eat("(opaque_data=").then_some(())?;
                *payload = hex::decode(c.until(b")")).ok()?;
            }
            FrameType::GOAWAY => {
                let last_stream = c.number_after("(last_stream_id=")?;
                c.eat(", error_code=").then_some(())?;
                let code = code(&mut c)?;
                let length: usize = c.number_after(", opaque_data(")?;
                c.eat(")=[").then_some(())?;
                // A dot may be one, or a byte that cannot be printed: from there on it is not known.
                let shown = c.0.get(..length)?;
                *payload = build::goaway(last_stream, code, Cursor(shown).until(b"."));
            }
            FrameType::WINDOW_UPDATE => {
                let increment: u32 = c.number_after("(window_size_increment=")?;
                *payload = increment.to_be_bytes().to_vec();
            }
            _ => {}
        }
        Some(())
    }

    /// Puts the payload of DATA together, where what came before the frame's line has the length of it: a log that went
    /// through a terminal, or an option, may have changed or left out the bytes.
    fn complete(&mut self, notes: &mut Notes) {
        let header = self.frame.header;
        let between = std::mem::take(&mut self.between);
        if header.kind == FrameType::DATA {
            let padded = header.flags.has(Flags::PADDED);
            let length = (header.length as usize).checked_sub(self.padding);
            let body = length.and_then(|length| between.body(length, notes));
            let whole = body.is_some();
            let body = body.unwrap_or_default();
            self.frame.payload = if padded {
                build::padded(&body, self.padding, whole).unwrap_or_default()
            } else {
                body
            };
        } else {
            between.none(notes);
        }
        if let Some(fields) = self.fields.take() {
            self.frame.incomplete = fields.is_incomplete();
            self.frame.fields = Some(fields.block());
        }
    }

    /// A field of it, if it has any, is missing or could not be told.
    fn miss_field(&mut self) {
        if let Some(fields) = &mut self.fields {
            fields.mark_incomplete();
        }
    }
}

/// The beginning of a line of the log's own: `[id=7] [  0.796] `.
struct Head<'a> {
    /// Where it begins in the line.
    start: usize,
    connection: &'a str,
    at: Duration,
    rest: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let mut c = Cursor(text);
        let connection = if c.eat("[id=") {
            let id = std::str::from_utf8(c.until(b"]")).ok()?;
            c.eat("] ").then_some(id)?
        } else {
            ""
        };
        c.eat("[").then_some(())?;
        let seconds = decimal(c.until(b".").trim_ascii_start())?;
        let millis: u32 = decimal(c.0.get(1..4)?)?;
        c.0 = &c.0[4..];
        c.eat("] ").then_some(())?;
        Some(Self {
            start: 0,
            connection,
            at: Duration::new(seconds, millis * 1_000_000),
            rest: c.0,
        })
    }

    /// A line that stands after bytes of DATA: their frame's, or that of a frame that is sent or of more bytes.
    fn find(text: &'a [u8]) -> Option<Self> {
        let at = memchr::memmem::rfind(text, b" frame <length=").or_else(|| {
            let text = text.strip_suffix(b") DATA")?;
            memchr::memmem::rfind(text, b" recv (stream_id=")
        })?;
        let time = memchr::memrchr(b'[', &text[..at])?;
        let named = memchr::memmem::rfind(&text[..time], b"[id=");
        let mut starts = named.into_iter().chain([time]);
        starts.find_map(|start| {
            let head = Self::read(&text[start..])?;
            Some(Self { start, ..head })
        })
    }
}

/// Whether a text begins as a line of the log's own.
pub(super) fn is_head(text: &[u8]) -> bool {
    Head::read(text).is_some()
}

/// `TYPE frame <length=N, flags=0xHH, stream_id=N>`.
fn frame(mut c: Cursor<'_>) -> Option<FrameHeader> {
    let name = c.until(b" ");
    let kind = match name.strip_prefix(b"extension(") {
        Some(number) => FrameType(u8::try_from(hexadecimal(number.strip_suffix(b")")?)?).ok()?),
        None => frame_type(name)?,
    };
    let length = c.number_after(" frame <length=")?;
    c.eat(", flags=").then_some(())?;
    let flags = Flags(u8::try_from(hexadecimal(c.until(b","))?).ok()?);
    let stream = c.number_after(", stream_id=")?;
    c.eat(">").then_some(())?;
    Some(FrameHeader {
        length,
        kind,
        flags,
        reserved: false,
        stream,
    })
}

/// `NAME(0xHH)`.
fn code(c: &mut Cursor<'_>) -> Option<ErrorCode> {
    c.until(b"(");
    c.eat("(").then_some(())?;
    let code = ErrorCode(hexadecimal(c.until(b")"))?);
    c.eat(")").then_some(code)
}
