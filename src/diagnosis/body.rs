//! What a response body is, seen through its defects: encodings peeled off, the prefix read in every wrong way that
//! is known, and the messages that come to light.

use std::borrow::Cow;

use super::encoding::{self, TextEncoding};
use super::mangle::{self, Mangling};
use super::packed::{self, Packed};
use super::shape::{self, Reading, Shape, Text};
use crate::http;
use crate::rpc::compression::{self, DECOMPRESSED_MAX, DecompressError, Decompressed, Encoding};
use crate::rpc::envelope::{self, Messages, PREFIX_LENGTH, Rest};
use crate::schema::{DecodeError, Decoded, Method, raw};

/// How many encodings are peeled off: base64 twice within a JSON string.
const ENCODINGS_MAX: usize = 3;

/// How many messages of one body are decompressed and decoded.
const SEEN_MAX: usize = 16;

/// A body, read.
#[derive(Debug)]
pub struct Body<'a> {
    /// The body as it came.
    pub outer: &'a [u8],
    /// Whether `outer` is all of it, or the start of a body that was too large to keep.
    pub whole: bool,
    /// Whether it is compressed as a whole.
    pub packed: Packed,
    /// The encodings peeled off, outermost first.
    pub encodings: Vec<TextEncoding>,
    /// What is inside all that, as the sender wrote it where what text did to it could be undone; `outer` where
    /// there is nothing to see through.
    pub bytes: Cow<'a, [u8]>,
    /// `bytes` cut at prefixes, as a client does it.
    pub messages: Messages,
    /// What `bytes` is.
    pub shape: Shape,
    /// The messages that come to light, through whatever defect of the prefix; at most sixteen.
    pub seen: Vec<Seen>,
}

/// A message that came to light.
#[derive(Debug)]
pub struct Seen {
    /// Where its bytes start in [`Body::bytes`].
    pub start: usize,
    /// How many there are.
    pub length: usize,
    /// Whether its flag octet says that it is compressed.
    pub compressed: bool,
    /// Its bytes decompressed, where it is compressed by a coding that is known.
    pub decompressed: Option<Result<Decompressed, DecompressError>>,
    /// Its contents by the schema; `None` without a schema, or where the bytes could not be had.
    pub decoded: Option<Result<Decoded, DecodeError>>,
    /// Without a schema: whether its bytes are a whole protobuf message. Empty ones are.
    pub is_protobuf: bool,
}

impl Seen {
    /// The message's bytes, decompressed where that is needed; `None` where they could not be had.
    #[must_use]
    pub fn plain<'b>(&'b self, body: &'b Body<'_>) -> Option<&'b [u8]> {
        match &self.decompressed {
            Some(Ok(decompressed)) => Some(&decompressed.bytes),
            Some(Err(_)) => None,
            None if self.compressed => None,
            None => body.bytes.get(self.start..self.start + self.length),
        }
    }

    /// The fields of a message that was not decoded by a schema, on one line of at most `limit` characters; `None`
    /// where its bytes are no protobuf, or could not be had.
    #[must_use]
    pub fn raw_text(&self, body: &Body<'_>, limit: usize) -> Option<String> {
        Some(self.raw(body)?.text(limit))
    }

    /// The same fields as [`raw::RawMessage::to_json`] has them.
    #[must_use]
    pub fn raw_json(&self, body: &Body<'_>) -> Option<serde_json::Value> {
        Some(self.raw(body)?.to_json())
    }

    fn raw<'b>(&'b self, body: &'b Body<'_>) -> Option<raw::RawMessage<'b>> {
        let undecoded = self.is_protobuf && !matches!(self.decoded, Some(Ok(_)));
        undecoded.then(|| self.plain(body).map(raw::decode))?
    }
}

/// Decodes the messages of one direction.
pub(super) type Decode<'m> = &'m dyn Fn(&[u8]) -> Option<Result<Decoded, DecodeError>>;

impl<'a> Body<'a> {
    /// Reads the body of a response, with its `grpc-encoding` and `content-encoding`.
    #[must_use]
    pub fn read(response: &'a http::Half, method: Option<&Method>) -> Self {
        let packing = response.header("content-encoding");
        Self::read_by(
            &response.body,
            response.header("grpc-encoding"),
            packing,
            &|bytes| method.map(|method| method.decode_reply(bytes)),
        )
    }

    /// Reads a request body.
    #[must_use]
    pub fn read_request(
        body: &'a http::Body,
        coding: Option<&[u8]>,
        method: Option<&Method>,
    ) -> Self {
        Self::read_by(body, coding, None, &|bytes| {
            method.map(|method| method.decode_request(bytes))
        })
    }

    fn read_by(
        body: &'a http::Body,
        coding: Option<&[u8]>,
        packing: Option<&[u8]>,
        decode: Decode<'_>,
    ) -> Self {
        let coding = coding
            .and_then(Encoding::parse)
            .filter(|coding| *coding != Encoding::Identity);
        let reading = Reading {
            decode,
            coding,
            ended: body.ended,
        };
        let outer = body.bytes.as_slice();
        let whole = body.is_whole();
        let (packed, unpacked) = packed::open(outer, whole, packing);
        let inner = unpacked.map_or(Cow::Borrowed(outer), Cow::Owned);
        let peeled = peel_at(&inner, ENCODINGS_MAX, &reading).filter(|_| whole);
        let (encodings, mut bytes) = match peeled {
            Some((mut encodings, bytes)) => {
                encodings.reverse();
                (encodings, Cow::Owned(bytes))
            }
            None => (Vec::new(), inner),
        };
        let mut messages = envelope::split(&bytes);
        let shape = match packed {
            Packed::Opaque => Shape::Packed,
            _ if !whole => shape::of_start(body, &messages),
            _ => match mangle::undo(&bytes, &messages, &reading).filter(|_| body.ended) {
                Some((mangling, mended)) => {
                    messages = envelope::split(&mended);
                    bytes = Cow::Owned(mended);
                    Shape::Mangled(mangling)
                }
                None => shape::of(&bytes, &messages, &reading),
            },
        };
        let mut body = Self {
            outer,
            whole,
            packed,
            encodings,
            bytes,
            messages,
            shape,
            seen: Vec::new(),
        };
        // What all messages together decompress to is bounded like one of them; those after that are not opened.
        let mut opened = 0;
        for place in body.messages_seen() {
            let seen = body.open(place, &reading);
            opened += seen
                .decompressed
                .as_ref()
                .and_then(|result| result.as_ref().ok())
                .map_or(0, |decompressed| decompressed.bytes.len());
            body.seen.push(seen);
            if opened > DECOMPRESSED_MAX {
                break;
            }
        }
        body
    }

    /// Whether the body is text that encodes the real one.
    #[must_use]
    pub fn is_encoded(&self) -> bool {
        !self.encodings.is_empty()
    }

    /// Whether positions in `bytes` are positions in the body as it came.
    #[must_use]
    pub fn is_as_it_came(&self) -> bool {
        matches!(self.bytes, Cow::Borrowed(_))
    }

    /// The flag and length that a client reads from the body as it came, where five bytes are there.
    #[must_use]
    pub fn prefix_read(&self) -> Option<(u8, u32)> {
        let prefix = self.outer.first_chunk::<PREFIX_LENGTH>()?;
        Some((
            prefix[0],
            u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]),
        ))
    }

    /// Where the messages stand, as (start, length, compressed).
    fn messages_seen(&self) -> Vec<(usize, usize, bool)> {
        let total = self.bytes.len();
        let after = |start: usize| vec![(start, total - start, false)];
        match self.shape {
            Shape::Bare => after(0),
            Shape::LittleEndian(message) | Shape::SelfCounting(message, _) => {
                vec![(PREFIX_LENGTH, total - PREFIX_LENGTH, message.flag == 1)]
            }
            Shape::ReservedFlags(message) => {
                vec![(PREFIX_LENGTH, total - PREFIX_LENGTH, message.flag & 1 == 1)]
            }
            Shape::TooShort(message) => {
                vec![(PREFIX_LENGTH, total - PREFIX_LENGTH, message.flag == 1)]
            }
            Shape::WithoutFlag => after(4),
            Shape::VarintPrefix { flag, size } => after(size + usize::from(flag)),
            Shape::Packed | Shape::RelayedPreface | Shape::Mangled(Mangling::Replaced) => {
                Vec::new()
            }
            _ => self
                .messages
                .whole
                .iter()
                .take(SEEN_MAX)
                .map(|message| {
                    (
                        message.payload_start(),
                        message.length as usize,
                        message.flag == 1,
                    )
                })
                .collect(),
        }
    }

    fn open(
        &self,
        (start, length, compressed): (usize, usize, bool),
        reading: &Reading<'_>,
    ) -> Seen {
        let payload = &self.bytes[start..start + length];
        let decompressed = reading
            .coding
            .filter(|_| compressed)
            .map(|coding| compression::decompress(coding, payload));
        let mut seen = Seen {
            start,
            length,
            compressed,
            decompressed,
            decoded: None,
            is_protobuf: false,
        };
        if let Some(plain) = seen.plain(self) {
            let (decoded, is_protobuf) = ((reading.decode)(plain), is_protobuf(plain));
            // A limit of ours says nothing about the bytes.
            seen.decoded = decoded.filter(|result| !matches!(result, Err(error) if error.ours));
            seen.is_protobuf = is_protobuf;
        }
        seen
    }
}

fn is_protobuf(bytes: &[u8]) -> bool {
    bytes.is_empty() || raw::decode(bytes).is_whole()
}

/// What `text` encodes, where what is inside makes more sense, and the encodings, innermost first.
fn peel_at(
    text: &[u8],
    depth: usize,
    reading: &Reading<'_>,
) -> Option<(Vec<TextEncoding>, Vec<u8>)> {
    if depth == 0 {
        return None;
    }
    for (encoding, bytes) in encoding::candidates(text) {
        if let Some((mut encodings, inner)) = peel_at(&bytes, depth - 1, reading) {
            encodings.push(encoding);
            return Some((encodings, inner));
        }
        // A JSON string is peeled only for what it holds: on its own it is JSON.
        if encoding != TextEncoding::JsonString && makes_sense(&bytes, reading) {
            return Some((vec![encoding], bytes));
        }
    }
    None
}

/// Whether decoded bytes are a gRPC body, right or wrong, and not a word that happens to be base64.
fn makes_sense(bytes: &[u8], reading: &Reading<'_>) -> bool {
    let messages = envelope::split(bytes);
    match messages.rest {
        Rest::Nothing => messages.count > 0,
        _ if messages.count > 0 => true,
        // A prefix for less than 16 MiB starts with two zeroes, or 1 and 0: no text decodes to that by chance.
        Rest::PartialMessage(first) if first.length < 1 << 24 => true,
        // Nor to a length that fits to the byte, whatever the flag.
        Rest::Undefined(Some(frame)) if frame.length as usize == bytes.len() - PREFIX_LENGTH => {
            true
        }
        _ => match shape::of(bytes, &messages, reading) {
            Shape::LittleEndian(_) => true,
            Shape::Text(kind) => kind != Text::Plain,
            Shape::VarintPrefix { flag, size } => {
                shape::is_bare_message(&bytes[size + usize::from(flag)..], reading.decode)
            }
            _ => shape::is_bare_message(bytes, reading.decode),
        },
    }
}

#[cfg(test)]
mod tests;
