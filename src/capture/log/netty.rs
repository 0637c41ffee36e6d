//! Netty's `Http2FrameLogger` and grpc-java's `OkHttpFrameLogger`, which has the same words without the channel.
//!
//! Values of fields stand in the line as they are, so that where one ends has to be guessed.

use super::build::{self, Fields, error_code, push_setting, setting_id};
use super::connections::{Connections, Entry, Role};
use super::cursor::{Cursor, contains, decimal, hexadecimal, said, split_once};
use super::{Logged, Notes, Out, What};
use crate::capture::text::lines::Line;
use crate::wire::{ErrorCode, Flags, FrameHeader, FrameType, SettingId};

/// What tells of something worth showing in the lines between.
const TELLING: &[&str] = &[
    "StatusRuntimeException",
    "StatusException",
    "Http2Exception",
];

/// Reads a log of Netty's or of OkHttp's.
#[derive(Debug, Default)]
pub(super) struct Netty {
    connections: Connections,
}

impl Netty {
    pub(super) fn read(&mut self, line: &Line<'_>, notes: &mut Notes, out: &mut Out<'_>) {
        let text = line.text();
        let Some((prefix, wrote, body)) = message(text) else {
            if notes.pass_over(line) {
                return;
            }
            let at = notes.stamps.read(text);
            if TELLING.iter().any(|needle| contains(text, needle)) {
                out(Logged {
                    connection: "",
                    at,
                    place: line.place,
                    what: What::Said(said(text)),
                });
            }
            return;
        };
        // Java's own logger has the time in a line before the message.
        let at = notes.stamps.read(prefix).or(notes.stamps.latest());
        let Some(frame) = Frame::read(body) else {
            return notes.lose(line.place);
        };
        let role = if contains(prefix, "ClientHandler") || contains(prefix, "ClientTransport") {
            Some(Role::Client)
        } else if contains(prefix, "ServerHandler") || contains(prefix, "ServerTransport") {
            Some(Role::Server)
        } else {
            None
        };
        let channel = split_once(prefix, "[id: ").map(|(_, id)| Cursor(id).until(b",]"));
        let entry = Entry {
            at,
            place: line.place,
            wrote,
            role,
            header: frame.header,
            payload: frame.payload,
            length_known: frame.length_known,
            fields: frame.fields,
            incomplete: false,
            guessed: frame.guessed,
        };
        let channel = String::from_utf8_lossy(channel.unwrap_or_default());
        self.connections.push(&channel, entry, false, out);
    }

    pub(super) fn finish(&mut self, out: &mut Out<'_>) {
        self.connections.finish(out);
    }
}

/// What precedes a message, whether the log's writer wrote the frame, and what it says of the frame.
pub(super) fn message(text: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let (prefix, wrote, body) = match split_once(text, "OUTBOUND ") {
        Some((prefix, body)) => (prefix, true, body),
        None => {
            let (prefix, body) = split_once(text, "INBOUND ")?;
            (prefix, false, body)
        }
    };
    let name = Cursor(body).until(b":");
    let is_name = !name.is_empty() && name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    (is_name && body[name.len()..].starts_with(b": ")).then_some((prefix, wrote, body))
}

/// A frame as a message shows it.
struct Frame {
    header: FrameHeader,
    payload: Vec<u8>,
    fields: Option<Fields>,
    length_known: bool,
    guessed: bool,
}

impl Frame {
    fn read(body: &[u8]) -> Option<Self> {
        let (name, rest) = split_once(body, ": ")?;
        let values = Values(rest);
        let kind = match name {
            b"GO_AWAY" => FrameType::GOAWAY,
            b"UNKNOWN" => FrameType(values.number("frameType")?),
            _ => build::frame_type(name)?,
        };
        let mut frame = Self {
            header: FrameHeader {
                length: 0,
                kind,
                flags: Flags(0),
                reserved: false,
                stream: 0,
            },
            payload: Vec::new(),
            fields: None,
            length_known: true,
            guessed: false,
        };
        if !matches!(
            kind,
            FrameType::SETTINGS | FrameType::PING | FrameType::GOAWAY
        ) {
            frame.header.stream = values.number("streamId")?;
        }
        match kind {
            FrameType::DATA => frame.data(values)?,
            FrameType::HEADERS | FrameType::PUSH_PROMISE => frame.headers(rest)?,
            _ => {
                frame.payload = match kind {
                    FrameType::SETTINGS => frame.settings(values)?,
                    FrameType::PING => frame.ping(values)?,
                    FrameType::PRIORITY => build::priority(
                        values.number("streamDependency")?,
                        values.number("weight")?,
                        values.is("exclusive"),
                    )?,
                    FrameType::RST_STREAM => values.code()?.0.to_be_bytes().to_vec(),
                    FrameType::GOAWAY => {
                        let debug = values.bytes()?;
                        build::goaway(values.number("lastStreamId")?, values.code()?, &debug)
                    }
                    FrameType::WINDOW_UPDATE => {
                        let increment: u32 = values.number("windowSizeIncrement")?;
                        increment.to_be_bytes().to_vec()
                    }
                    _ => {
                        frame.header.flags = Flags(values.number("flags")?);
                        values.bytes()?
                    }
                };
                // The length of what may be cut is that of the part alone.
                let part: Option<u32> = values.number("length");
                let before = if kind == FrameType::GOAWAY { 8 } else { 0 };
                frame.header.length = match part {
                    Some(part) => part.checked_add(before)?,
                    None => frame.payload.len() as u32,
                };
            }
        }
        Some(frame)
    }

    fn data(&mut self, values: Values<'_>) -> Option<()> {
        let (data, length): (_, u32) = (values.bytes()?, values.number("length")?);
        // The Pad Length octet is counted as padding.
        let padding: u16 = values.number("padding").unwrap_or(0);
        self.header.length = length.checked_add(padding.into())?;
        self.header.flags = Flags(if values.is("endStream") {
            Flags::END_STREAM
        } else {
            0
        });
        let whole = data.len() == length as usize;
        if data.len() > length as usize {
            return None;
        }
        self.payload = if padding == 0 {
            data
        } else {
            self.header.flags.0 |= Flags::PADDED;
            build::padded(&data, padding.into(), whole)?
        };
        Some(())
    }

    /// A whole header block, whatever frames it came in; the length is not in the log.
    fn headers(&mut self, rest: &[u8]) -> Option<()> {
        let (_, list) = split_once(rest, " headers=")?;
        let (_, list) = split_once(list, "[")?;
        // What follows the list has no brackets.
        let end = memchr::memrchr(b']', list)?;
        let after = Values(&list[end..]);
        let (fields, guessed) = split_fields(&list[..end])?;
        self.fields = Some(fields);
        self.guessed = guessed;
        self.length_known = false;
        let padding: u16 = after.number("padding").unwrap_or(0);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        self.header.flags = Flags(
            Flags::END_HEADERS
                | flag(after.is("endStream"), Flags::END_STREAM)
                | flag(padding > 0, Flags::PADDED)
                | flag(after.get("weight").is_some(), Flags::PRIORITY),
        );
        Some(())
    }

    fn settings(&mut self, values: Values<'_>) -> Option<Vec<u8>> {
        let mut payload = Vec::new();
        if values.is("ack") {
            self.header.flags = Flags(Flags::ACK);
            return Some(payload);
        }
        let (_, list) = split_once(values.0, "settings={")?;
        let list = list.strip_suffix(b"}")?;
        for setting in list.split(|b| *b == b',').filter(|s| !s.is_empty()) {
            let (name, value) = split_once(setting.trim_ascii(), "=")?;
            let id = match hexadecimal(name) {
                Some(id) => SettingId(u16::try_from(id).ok()?),
                None => setting_id(name)?,
            };
            let value = match value {
                b"true" => 1,
                b"false" => 0,
                _ => decimal(value)?,
            };
            push_setting(&mut payload, id, value);
        }
        Some(payload)
    }

    fn ping(&mut self, values: Values<'_>) -> Option<Vec<u8>> {
        if values.is("ack") {
            self.header.flags = Flags(Flags::ACK);
        }
        let opaque = values.get("bytes")?;
        // A number, and in earlier versions the bytes, of which some are letters.
        if let Some(number) = decimal::<i64>(opaque) {
            return Some(number.to_be_bytes().to_vec());
        }
        values.bytes().filter(|bytes| bytes.len() == 8)
    }
}

/// `name=value` pairs with blanks between them.
#[derive(Clone, Copy)]
struct Values<'a>(&'a [u8]);

impl<'a> Values<'a> {
    fn get(self, name: &str) -> Option<&'a [u8]> {
        let value = |word: &'a [u8]| word.strip_prefix(name.as_bytes())?.strip_prefix(b"=");
        self.0.split(|b| *b == b' ').find_map(value)
    }

    fn number<T: std::str::FromStr>(self, name: &str) -> Option<T> {
        self.get(name).and_then(decimal)
    }

    fn is(self, name: &str) -> bool {
        self.get(name) == Some(b"true")
    }

    fn code(self) -> Option<ErrorCode> {
        let code = self.get("errorCode")?;
        match code {
            // OkHttp's name of it.
            b"FRAME_TOO_LARGE" => Some(ErrorCode::FRAME_SIZE_ERROR),
            _ => decimal(code).map(ErrorCode).or_else(|| error_code(code)),
        }
    }

    /// The bytes, of which the first 64 are shown.
    fn bytes(self) -> Option<Vec<u8>> {
        let digits = self.get("bytes")?;
        hex::decode(digits.strip_suffix(b"...").unwrap_or(digits)).ok()
    }
}

/// The fields of `name: value, name: value`, and whether a comma of theirs may have been part of a value: one is taken to
/// part fields where something that looks like a name follows.
fn split_fields(list: &[u8]) -> Option<(Fields, bool)> {
    let mut fields = Fields::default();
    let mut guessed = false;
    let mut start = 0;
    for comma in memchr::memmem::find_iter(list, ", ") {
        if comma < start {
            continue;
        }
        if is_field(&list[comma + 2..]) {
            fields.push_line(&list[start..comma]).then_some(())?;
            start = comma + 2;
        } else {
            guessed = true;
        }
    }
    let last = &list[start..];
    if !last.is_empty() {
        fields.push_line(last).then_some(())?;
    }
    Some((fields, guessed))
}

/// Whether a text starts with a field's name and a colon.
fn is_field(text: &[u8]) -> bool {
    let (pseudo, rest) = match text.strip_prefix(b":") {
        Some(rest) => (1, rest),
        None => (0, text),
    };
    let name = rest
        .iter()
        .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(b))
        .count();
    name > 0 && text[pseudo + name..].starts_with(b": ")
}
