//! What a body's bytes are: framed right, framed in one of the wrong ways that are known, or something else.

use crate::http;
use crate::rpc::compression::{self, Encoding};
use crate::rpc::envelope::{Message, Messages, PREFIX_LENGTH, Rest};
use crate::rpc::progress::Remainder;
use crate::schema::raw;
use crate::wire::frame::{self, FrameHeader};
use crate::wire::{Flags, FrameType};

use super::body::Decode;
use super::mangle::{self, Mangling};

/// The flag octet of a gRPC-Web trailer frame (PROTOCOL-WEB).
pub const WEB_TRAILERS_FLAG: u8 = 0x80;

/// What a body is, past its encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No bytes.
    Empty,
    /// Whole length-prefixed messages and nothing else.
    Framed,
    /// Text.
    Text(Text),
    /// One protobuf message without prefix.
    Bare,
    /// The length is little-endian.
    LittleEndian(Message),
    /// The length counts bytes of the prefix itself: how many, 4 or 5.
    SelfCounting(Message, u32),
    /// The length is a base-128 varint of the given size; `flag` tells whether a flag octet precedes it.
    VarintPrefix {
        /// Whether a flag octet precedes the varint.
        flag: bool,
        /// The varint's size in bytes.
        size: usize,
    },
    /// A four-byte length without a flag octet.
    WithoutFlag,
    /// The length fits and the flag octet has bits that are not defined.
    ReservedFlags(Message),
    /// A gRPC-Web trailer frame, on its own or after whole messages.
    WebTrailers(Message),
    /// The last prefix promises more bytes than there are.
    Truncated(Message),
    /// The body ends within a prefix.
    PartialPrefix,
    /// The one message goes on after the length that its prefix gives.
    TooShort(Message),
    /// Bytes follow the last whole message.
    Trailing,
    /// It went through text, which changed its bytes.
    Mangled(Mangling),
    /// An HTTP/2 connection's first bytes, from its SETTINGS frame on.
    RelayedPreface,
    /// Compressed as a whole, by a coding that is not seen through.
    Packed,
    /// None of these.
    Unrecognised,
}

/// Kinds of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// A JSON value.
    Json,
    /// An HTML page.
    Html,
    /// Other XML.
    Xml,
    /// Anything else.
    Plain,
}

impl Text {
    /// What it is called: "JSON", "an HTML page".
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Html => "an HTML page",
            Self::Xml => "XML",
            Self::Plain => "plain text",
        }
    }
}

/// How the messages of a body are read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'m> {
    /// Decodes one by the schema.
    pub(super) decode: Decode<'m>,
    /// The coding that `grpc-encoding` names, where it is known and more than identity.
    pub(super) coding: Option<Encoding>,
    /// Whether the body is all there was to come. One that was cut off has no length that a prefix could fit.
    pub(super) ended: bool,
}

impl Reading<'_> {
    /// Whether bytes are a message behind a flag octet that may say that they are compressed.
    pub(super) fn is_message(&self, flag: u8, payload: &[u8]) -> bool {
        match self.coding.filter(|_| flag & 1 == 1) {
            Some(coding) => compression::decompress(coding, payload).is_ok_and(|plain| {
                plain.bytes.is_empty() || is_bare_message(&plain.bytes, self.decode)
            }),
            None => is_bare_message(payload, self.decode),
        }
    }
}

/// Whether bytes are a protobuf message: by the schema without a field left over, else by their looks.
pub(super) fn is_bare_message(bytes: &[u8], decode: Decode<'_>) -> bool {
    match decode(bytes) {
        Some(Ok(decoded)) => !bytes.is_empty() && !decoded.unknown_fields,
        Some(Err(error)) if !error.ours => false,
        _ => raw::decode(bytes).plausible(),
    }
}

/// The shape of a whole body.
pub(super) fn of(bytes: &[u8], messages: &Messages, reading: &Reading<'_>) -> Shape {
    let fits = |from: usize| {
        bytes
            .get(from..)
            .is_some_and(|rest| is_bare_message(rest, reading.decode))
    };
    match messages.rest {
        Rest::Nothing if bytes.is_empty() => return Shape::Empty,
        Rest::Nothing => return Shape::Framed,
        Rest::Undefined(Some(frame))
            if frame.flag & WEB_TRAILERS_FLAG != 0 && is_whole_at_end(bytes, frame) =>
        {
            return Shape::WebTrailers(frame);
        }
        _ if settings_frame(bytes).is_some() => return Shape::RelayedPreface,
        _ => {}
    }
    match messages.rest {
        Rest::PartialMessage(message) if !reading.ended => return Shape::Truncated(message),
        Rest::PartialPrefix if !reading.ended => return Shape::PartialPrefix,
        _ => {}
    }
    if messages.count > 0 {
        return after_whole_messages(bytes, messages, reading);
    }
    if let Some(shape) = wrong_length(bytes, messages.rest) {
        return shape;
    }
    // Text of the right length begins with a character that is a varint too: `{`, and 123 more.
    if !fits(0)
        && let Some((shape, start)) = varint_prefix(bytes)
        && (fits(start) || text_kind(bytes).is_none())
    {
        return shape;
    }
    match messages.rest {
        _ if !fits(0) && mangle::is_replaced(bytes, messages) => Shape::Mangled(Mangling::Replaced),
        Rest::PartialMessage(message) => Shape::Truncated(message),
        Rest::PartialPrefix => Shape::PartialPrefix,
        _ => match text_kind(bytes) {
            // Text that parses as a message is one where control characters give its tags away.
            Some(text) if !(bytes.iter().any(u8::is_ascii_control) && fits(0)) => Shape::Text(text),
            _ if fits(0) => Shape::Bare,
            _ => Shape::Unrecognised,
        },
    }
}

/// The shape of a body of which only the start was kept.
pub(super) fn of_start(body: &http::Body, messages: &Messages) -> Shape {
    match (body.scanner.remainder(), messages.rest) {
        (Remainder::Nothing, _) => Shape::Framed,
        (Remainder::PartialMessage(_), Rest::PartialMessage(message)) => Shape::Truncated(message),
        (Remainder::Undefined, Rest::Undefined(_)) if messages.count == 0 => {
            text_kind(&body.bytes).map_or(Shape::Unrecognised, Shape::Text)
        }
        (Remainder::PartialMessage(_) | Remainder::PartialPrefix | Remainder::Undefined, _) => {
            Shape::Trailing
        }
    }
}

fn after_whole_messages(bytes: &[u8], messages: &Messages, reading: &Reading<'_>) -> Shape {
    // Where the length fits a message of its own, it is right, and what follows is not of that message.
    if messages.count == 1
        && let Some(first) = messages.whole.first().copied()
        && reading.is_message(first.flag, &bytes[PREFIX_LENGTH..])
        && reading.is_message(first.flag, &mangle::without_marks(&bytes[PREFIX_LENGTH..]))
        && (first.length == 0 || !reading.is_message(first.flag, first.payload(bytes)))
    {
        return Shape::TooShort(first);
    }
    match messages.rest {
        _ if mangle::is_replaced(bytes, messages) => Shape::Mangled(Mangling::Replaced),
        Rest::PartialMessage(message) if message.length < 1 << 24 => Shape::Truncated(message),
        Rest::PartialPrefix if bytes[messages.end..].iter().any(|b| *b != 0) => Shape::Trailing,
        Rest::PartialPrefix => Shape::PartialPrefix,
        _ => Shape::Trailing,
    }
}

/// A first prefix whose length is wrong in a way that another reading sets right.
fn wrong_length(bytes: &[u8], rest: Rest) -> Option<Shape> {
    let total = u32::try_from(bytes.len()).ok()?;
    let payload = total.checked_sub(5)?;
    let first = match rest {
        Rest::PartialMessage(message) => message,
        Rest::Undefined(Some(message)) if message.length == payload => {
            return Some(Shape::ReservedFlags(message));
        }
        _ => return None,
    };
    let without_flag = bytes
        .first_chunk::<4>()
        .map(|length| u32::from_be_bytes(*length));
    if first.length.swap_bytes() == payload && payload > 0 {
        Some(Shape::LittleEndian(first))
    } else if without_flag == Some(total - 4) {
        Some(Shape::WithoutFlag)
    } else if first.length == total {
        Some(Shape::SelfCounting(first, 5))
    } else if first.length == total - 1 {
        Some(Shape::SelfCounting(first, 4))
    } else {
        None
    }
}

/// A first varint that is the length of what follows it, and where that starts.
fn varint_prefix(bytes: &[u8]) -> Option<(Shape, usize)> {
    let exact = |flag: bool| {
        let start = usize::from(flag);
        let (value, size) = varint(bytes.get(start..)?)?;
        let start = start + size;
        let fits = value > 0 && value == (bytes.len() - start) as u64;
        fits.then_some((Shape::VarintPrefix { flag, size }, start))
    };
    let flagged = bytes.first().is_some_and(|flag| *flag <= 1);
    exact(false).or_else(|| exact(true).filter(|_| flagged))
}

/// A base-128 varint of at most five bytes, and its size.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

/// The SETTINGS frame that bytes begin with: one that opens a connection has no flags, and stands on stream 0.
#[must_use]
pub fn settings_frame(bytes: &[u8]) -> Option<FrameHeader> {
    let header = FrameHeader::parse(bytes.first_chunk::<{ frame::HEADER_LENGTH }>()?);
    let opens = header.kind == FrameType::SETTINGS
        && header.flags == Flags(0)
        && header.stream == 0
        && header.length.is_multiple_of(6);
    (opens && bytes.len() >= frame::HEADER_LENGTH + header.length as usize).then_some(header)
}

fn is_whole_at_end(bytes: &[u8], frame: Message) -> bool {
    frame.payload_start() + frame.length as usize == bytes.len()
}

/// What kind of text bytes are; `None` where they are not text.
#[must_use]
pub fn text_kind(bytes: &[u8]) -> Option<Text> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).ok()?;
    let trimmed = text.trim();
    if trimmed.is_empty()
        || text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
    {
        return None;
    }
    let start: String = trimmed
        .chars()
        .take(14)
        .collect::<String>()
        .to_ascii_lowercase();
    Some(
        if start.starts_with("<!doctype html")
            || start.starts_with("<html")
            || start.starts_with("<head")
        {
            Text::Html
        } else if start.starts_with('<') && trimmed.ends_with('>') {
            if start.starts_with("<?xml") {
                Text::Xml
            } else {
                Text::Html
            }
        } else if !trimmed.starts_with(|first: char| first == '-' || first.is_ascii_digit())
            && serde_json::from_str::<serde::de::IgnoredAny>(trimmed).is_ok()
        {
            Text::Json
        } else {
            Text::Plain
        },
    )
}
