//! Values that a report does not show: credentials, wherever they would appear.
//!
//! A secret is known by the name of the header field that carries it, or by the words before it in a text. Its value
//! is then kept out of every text, and its bytes out of every dump: those of its encoded field by their place, the same
//! bytes elsewhere by comparison. `Secrets::find` alone decides which bytes of a message, header or page those are.

mod collect;
mod credentials;
mod escapes;
mod hidden;
mod names;
mod scrub;
mod trail;
mod values;

use std::ops::Range;
use std::sync::Arc;

use super::Report;
use crate::diagnosis::Evidence;
use crate::wire::frame::HEADER_LENGTH;
use crate::wire::{Direction, FrameType, Protocol, Span};
pub use hidden::Hidden;
pub use names::Names;
pub use trail::Trail;
use values::{Owner, Values};

/// The text in the place of a secret.
#[must_use]
pub fn placeholder(length: usize) -> String {
    let unit = if length == 1 { "byte" } else { "bytes" };
    format!("<redacted, {length} {unit}>")
}

/// Removes the secrets that a text names itself, and those of the user: for texts outside of a report.
#[must_use]
pub fn scrub(text: &str, hidden: &Hidden) -> String {
    Secrets::new(hidden, false).text(text)
}

/// Removes the user's values from a message of ours, whose advice may name secrets.
#[must_use]
pub fn without_values(text: &str, hidden: &Hidden) -> String {
    Secrets::without(text, hidden.known.find(text.as_bytes(), true))
}

/// The number of bytes beyond those that are shown that are searched for the rest of a value.
pub(super) const BEYOND: usize = 64;

/// The secrets of one report: none if they are to be shown.
#[derive(Debug)]
pub struct Secrets {
    shown: bool,
    names: Names,
    /// Values that were known before.
    known: Arc<Values>,
    /// Those of the call.
    values: Values,
    /// `name: value` of fields whose values are too short to be searched for.
    readings: Vec<(String, String)>,
    /// Names and lengths of those that the client sent.
    short: Vec<(String, usize)>,
    /// Places of secrets: encoded fields, values that what precedes them names. Once collected they do not overlap, and
    /// are in order.
    places: Vec<(Direction, Span)>,
}

impl Secrets {
    /// The secrets that the user names; `shown` says that none is hidden.
    #[must_use]
    pub fn new(hidden: &Hidden, shown: bool) -> Self {
        Self {
            shown,
            names: hidden.names.clone(),
            known: Arc::clone(&hidden.known),
            values: Values::default(),
            readings: Vec::new(),
            short: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Takes these for the values that are known from now on.
    pub fn know(&mut self, hidden: &Hidden) {
        self.known = Arc::clone(&hidden.known);
    }

    /// Forgets the values that were known before, which somebody else keeps.
    pub fn forget(&mut self) {
        self.known = Arc::default();
    }

    /// Returns true if the values of fields called `name` are hidden.
    #[must_use]
    pub fn hides(&self, name: &[u8]) -> bool {
        !self.shown && self.names.contain(name)
    }

    /// The secret parts of a message, a header or a page, in order and apart: those that it names itself, and known values
    /// in any encoding. In a text, values of less than eight bytes are found as whole words only.
    fn find(&self, bytes: &[u8], is_text: bool) -> Vec<Range<usize>> {
        let named = scrub::find(bytes, &self.names);
        let known = self.find_values(bytes, is_text);
        if known.is_empty() {
            return named;
        }
        values::merged(known.into_iter().chain(named).collect())
    }

    /// The parts that belong to known values.
    fn find_values(&self, bytes: &[u8], is_text: bool) -> Vec<Range<usize>> {
        let mut found = self.values.find(bytes, is_text);
        if !self.known.is_empty() {
            found.extend(self.known.find(bytes, is_text));
            found = values::merged(found);
        }
        found
    }

    /// A text without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        if self.shown {
            return text.to_owned();
        }
        let mut found = self.find(text.as_bytes(), true);
        for (start, value) in &self.readings {
            let rest = text.strip_prefix(start.as_str());
            if rest.is_some_and(|rest| rest.starts_with(value.as_str())) {
                found.push(start.len()..start.len() + value.len());
                found = values::merged(found);
            }
        }
        Self::without(text, found)
    }

    /// A text without these ranges, which are in order and apart.
    fn without(text: &str, found: Vec<Range<usize>>) -> String {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for range in found {
            // A text that was cut may begin or end within a character.
            let (mut start, mut end) = (range.start, range.end);
            while !text.is_char_boundary(start) {
                start -= 1;
            }
            while !text.is_char_boundary(end) {
                end += 1;
            }
            let start = start.max(from);
            out.push_str(&text[from..start]);
            out.push_str(&placeholder(end - start));
            from = end;
        }
        out.push_str(&text[from..]);
        out
    }

    /// Names and lengths of values that the client sent and that are too short to be searched for elsewhere.
    pub fn short(&self) -> impl Iterator<Item = (&str, usize)> {
        self.short
            .iter()
            .map(|(name, length)| (name.as_str(), *length))
    }

    /// Wire bytes without secrets: `None` for each byte of one. `offset` is the place of the first byte in its direction.
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
        for range in self.find(bytes, false) {
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
        // A value that goes on after the last byte that is shown is found by the bytes that follow.
        let near = bytes.len().min(shown.saturating_add(BEYOND));
        let mut masked = self.bytes(direction, offset, &bytes[..near]);
        masked.truncate(shown);
        masked
    }

    /// The bytes of a piece of evidence.
    #[must_use]
    pub fn evidence(&self, report: &Report<'_>, evidence: &Evidence) -> Vec<Option<u8>> {
        let record = evidence
            .anchor
            .frame()
            .and_then(|index| report.case.frames.get(index));
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

    /// Returns true if a frame that was cut off before its header block could be decoded may be shown.
    #[must_use]
    pub fn may_show_cut(&self, kind: Option<FrameType>) -> bool {
        self.shown || !kind.is_some_and(holds_block)
    }

    /// Returns true if foreign bytes are text whose lines can be shown without the secret values.
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

/// The party that sends in a direction.
const fn owner(direction: Direction) -> Owner {
    match direction {
        Direction::Sent => Owner::Client,
        Direction::Received => Owner::Peer,
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

#[cfg(test)]
mod tests;
