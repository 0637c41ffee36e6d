//! Values that a report does not show: credentials, wherever they would appear.
//!
//! A secret is known by the name of the header field that carries it, or by what stands before it in a text. Its value
//! is then kept out of every text, and its bytes out of every dump: those of its encoded field by their place, the same
//! bytes elsewhere by comparison.

mod collect;
mod scrub;

use std::borrow::Cow;

use super::Report;
use crate::diagnosis::Evidence;
use crate::wire::frame::HEADER_LENGTH;
use crate::wire::{Direction, FrameType, Protocol, Span};

/// Values shorter than this are kept out of texts only where their field's name stands before them: as a word of its
/// own, a shorter one is no secret.
const WORD_MIN: usize = 4;

/// From this length on a value is found within longer words too, and by its start alone, since texts quote the first
/// bytes of long values.
const START: usize = 8;

/// Values are searched for in bytes by their first so many, and hidden as far as they go on: the search stays linear
/// however long a value is.
const KEY: usize = 64;

/// Whether the values of header fields called `name` are secret.
#[must_use]
pub fn is_secret(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    let is = |word: &[u8]| name.eq_ignore_ascii_case(word);
    is(b"cookie") || is(b"set-cookie") || (0..name.len()).any(|at| begins_secret(&name[at..]))
}

/// Whether a name begins with a word that names of secrets hold. Its first letter rules out most.
fn begins_secret(name: &[u8]) -> bool {
    let words: &[&[u8]] = match name {
        [b'a' | b'A', ..] => &[b"authorization", b"apikey", b"api-key", b"api_key"],
        [b'p' | b'P', ..] => &[b"password"],
        [b's' | b'S', ..] => &[b"secret", b"session"],
        [b't' | b'T', ..] => &[b"token"],
        _ => return false,
    };
    words.iter().any(|word| {
        let start = name.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    })
}

/// What stands in the place of a secret.
#[must_use]
pub fn placeholder(length: usize) -> String {
    let unit = if length == 1 { "byte" } else { "bytes" };
    format!("<redacted, {length} {unit}>")
}

/// A text without the secrets that it names itself: for texts that stand outside of a report.
#[must_use]
pub fn scrub(text: &str) -> String {
    let found = scrub::find(text.as_bytes());
    if found.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for range in found {
        // What marks a secret is ASCII, so that it never begins or ends within a character.
        out.push_str(text.get(from..range.start).unwrap_or_default());
        out.push_str(&placeholder(range.len()));
        from = range.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// A text without these values, as far as they are secrets: those of three characters or less stand in too many words.
#[must_use]
pub fn without_values(text: &str, values: &[String]) -> String {
    let secrets = Secrets::of_values(values);
    secrets.text(text)
}

/// How many values texts and dumps are searched for. A call has one or two; a peer that sends thousands of cookies
/// would make the search the work of the run. Those beyond are hidden in their fields all the same.
const VALUES_KEPT: usize = 64;

/// The secrets of one report: none where they are to be shown.
#[derive(Debug, Default)]
pub struct Secrets {
    shown: bool,
    values: Vec<Vec<u8>>,
    /// The values as texts have them, and by how many bytes: the longest first.
    texts: Vec<(String, usize)>,
    /// `name: value` for those values that texts are not searched for.
    readings: Vec<(String, String)>,
    /// Where secrets stand that are known by their place: encoded fields, values that what precedes them names. Once
    /// collected they do not overlap, and are in order.
    places: Vec<(Direction, Span)>,
}

impl Secrets {
    /// Whether the values of fields called `name` are hidden.
    #[must_use]
    pub fn hides(&self, name: &[u8]) -> bool {
        !self.shown && is_secret(name)
    }

    /// A text without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut text = Cow::Borrowed(text);
        for (start, value) in &self.readings {
            let reading = format!("{start}{value}");
            if let Some(rest) = text.strip_prefix(&reading) {
                text = format!("{start}{}{rest}", placeholder(value.len())).into();
            }
        }
        for (secret, length) in &self.texts {
            text = without(text, secret, *length);
        }
        if self.shown {
            text.into_owned()
        } else {
            scrub(&text)
        }
    }

    /// Wire bytes without secrets: `None` where one stands. `offset` is the place of the first in its direction.
    #[must_use]
    pub fn bytes(
        &self,
        direction: Direction,
        offset: Option<u64>,
        bytes: &[u8],
    ) -> Vec<Option<u8>> {
        let mut masked: Vec<Option<u8>> = bytes.iter().copied().map(Some).collect();
        if self.shown {
            return masked;
        }
        if let Some(offset) = offset {
            let end = offset + bytes.len() as u64;
            let here = |(way, span): &(Direction, Span)| {
                (is_sent(*way), span.end()) > (is_sent(direction), offset)
            };
            let first = self.places.partition_point(|place| !here(place));
            let here = self.places[first..].iter();
            for (_, span) in here.take_while(|(way, span)| *way == direction && span.offset < end) {
                let first = span.offset.saturating_sub(offset);
                hide(&mut masked, first, span.end().saturating_sub(offset));
            }
        }
        for value in &self.values {
            let key = &value[..value.len().min(KEY)];
            let mut from = 0;
            while let Some(at) = find(&bytes[from..], key) {
                let first = from + at;
                let alike = bytes[first..].iter().zip(value);
                let length = alike.take_while(|(a, b)| a == b).count();
                hide(&mut masked, first as u64, (first + length) as u64);
                from = first + length;
            }
        }
        for range in scrub::find(bytes) {
            hide(&mut masked, range.start as u64, range.end as u64);
        }
        masked
    }

    /// The first `shown` of wire bytes that hold no header block, without secrets. `offset` is as for
    /// [`Self::bytes`].
    #[must_use]
    pub fn first(
        &self,
        direction: Direction,
        offset: Option<u64>,
        bytes: &[u8],
        shown: usize,
    ) -> Vec<Option<u8>> {
        // A secret that goes on beyond what is shown is found by the start of what follows.
        let near = bytes.len().min(shown.saturating_add(KEY));
        let mut masked = self.bytes(direction, offset, &bytes[..near]);
        masked.truncate(shown);
        masked
    }

    /// The bytes of a piece of evidence.
    #[must_use]
    pub fn evidence(&self, report: &Report<'_>, evidence: &Evidence) -> Vec<Option<u8>> {
        let record = evidence
            .frame
            .and_then(|index| report.case.connection.frame(index));
        // Evidence of a whole frame is placed at the frame's header and holds its payload.
        let whole = record.is_some_and(|record| {
            record.span.offset == evidence.offset && record.span.length == evidence.length
        });
        let offset = evidence.offset + if whole { HEADER_LENGTH as u64 } else { 0 };
        if let Some(record) = record
            && !self.shown
            && record.block.is_none()
            && record.header.kind != FrameType::CONTINUATION
            && holds_block(record.header.kind)
        {
            return vec![None; evidence.bytes.len()];
        }
        self.bytes(evidence.direction, Some(offset), &evidence.bytes)
    }

    /// Whether bytes of such a frame, which was cut off before its header block could be decoded, may be shown.
    #[must_use]
    pub fn may_show_cut(&self, kind: Option<FrameType>) -> bool {
        self.shown || !kind.is_some_and(holds_block)
    }

    /// Whether foreign bytes are text whose lines can be shown once values are taken out.
    #[must_use]
    pub const fn is_text(protocol: Protocol) -> bool {
        matches!(
            protocol,
            Protocol::Http1Response
                | Protocol::Http1Request
                | Protocol::Ssh
                | Protocol::Greeting
                | Protocol::Text
        )
    }
}

fn holds_block(kind: FrameType) -> bool {
    matches!(
        kind,
        FrameType::HEADERS | FrameType::PUSH_PROMISE | FrameType::CONTINUATION
    )
}

/// Directions in the order of places.
const fn is_sent(direction: Direction) -> bool {
    matches!(direction, Direction::Sent)
}

fn hide(masked: &mut [Option<u8>], first: u64, end: u64) {
    let length = masked.len() as u64;
    let (first, end) = (first.min(length) as usize, end.min(length) as usize);
    if let Some(hidden) = masked.get_mut(first..end) {
        hidden.fill(None);
    }
}

fn find(bytes: &[u8], value: &[u8]) -> Option<usize> {
    bytes.windows(value.len()).position(|part| part == value)
}

/// `text` with every occurrence of `secret` replaced, also where only its start is quoted.
fn without<'a>(text: Cow<'a, str>, secret: &str, length: usize) -> Cow<'a, str> {
    let key_end = secret
        .char_indices()
        .nth(START)
        .map_or(secret.len(), |(end, _)| end);
    let key = &secret[..key_end];
    let whole_words = key_end == secret.len();
    if !text.contains(key) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find(key) {
        let matched: usize = rest[at..]
            .chars()
            .zip(secret.chars())
            .take_while(|(a, b)| a == b)
            .map(|(a, _)| a.len_utf8())
            .sum();
        let before = out.chars().chain(rest[..at].chars()).next_back();
        let after = rest[at + matched..].chars().next();
        let in_word = [before, after]
            .into_iter()
            .flatten()
            .any(|c| c.is_alphanumeric());
        out.push_str(&rest[..at]);
        if whole_words && in_word {
            out.push_str(&rest[at..at + matched]);
        } else {
            out.push_str(&placeholder(length));
        }
        rest = &rest[at + matched..];
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests;
