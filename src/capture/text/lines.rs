//! Text parted into lines, however it arrives.

use crate::http::part::{Place, Within};

/// What some editors write before a text of UTF-8.
pub(in crate::capture) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line, or a piece of one that is longer than the limit.
#[derive(Clone, Copy, Debug)]
pub(in crate::capture) struct Line<'a> {
    /// Its bytes, with what ends it.
    pub(in crate::capture) raw: &'a [u8],
    /// Where its first byte stands.
    pub(in crate::capture) place: Place,
    /// Whether the line starts with this piece.
    pub(in crate::capture) starts: bool,
    /// Whether the line ends with this piece.
    pub(in crate::capture) ends: bool,
}

impl<'a> Line<'a> {
    /// The bytes without the line feed, the carriage return before it, and the byte order mark that a text may start with.
    pub(in crate::capture) fn text(&self) -> &'a [u8] {
        let start = (self.place.offset == 0).then(|| self.raw.strip_prefix(BYTE_ORDER_MARK));
        let raw = start.flatten().unwrap_or(self.raw);
        let text = raw.strip_suffix(b"\n").unwrap_or(raw);
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    /// Whether something ended the line; the last of a text may be cut where nothing did.
    pub(in crate::capture) fn is_terminated(&self) -> bool {
        self.raw.ends_with(b"\n")
    }

    /// Whether the piece is the line.
    pub(in crate::capture) fn is_whole(&self) -> bool {
        self.starts && self.ends
    }
}

/// Parts text into lines. How they are cut depends on the text alone, never on the portions that it arrives in.
#[derive(Debug)]
pub(in crate::capture) struct Lines {
    /// What has come of a line that has not ended.
    held: Vec<u8>,
    /// The longest piece, in bytes.
    limit: usize,
    next: Place,
    number: u64,
    starts: bool,
}

impl Lines {
    /// Starts at the first line; pieces have at most `limit` bytes.
    pub(in crate::capture) fn new(limit: usize) -> Self {
        let place = Place {
            offset: 0,
            within: Within::Line(1),
        };
        Self {
            held: Vec::new(),
            limit,
            next: place,
            number: 1,
            starts: true,
        }
    }

    /// Takes in bytes, and hands on the lines that end in them.
    pub(in crate::capture) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        while !bytes.is_empty() {
            let window = &bytes[..bytes.len().min(self.limit - self.held.len())];
            let feed = memchr::memchr(b'\n', window);
            let taken = feed.map_or(window.len(), |at| at + 1);
            let (piece, rest) = bytes.split_at(taken);
            bytes = rest;
            let full = self.held.len() + taken == self.limit;
            if feed.is_none() && !full {
                self.held.extend_from_slice(piece);
            } else if self.held.is_empty() {
                each(self.line(piece, feed.is_some()));
            } else {
                let mut held = std::mem::take(&mut self.held);
                held.extend_from_slice(piece);
                each(self.line(&held, feed.is_some()));
                held.clear();
                self.held = held;
            }
        }
    }

    /// Hands on the last line, where nothing ended it.
    pub(in crate::capture) fn finish(&mut self, mut each: impl FnMut(Line<'_>)) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() || !self.starts {
            each(self.line(&held, true));
        }
    }

    fn line<'a>(&mut self, raw: &'a [u8], ends: bool) -> Line<'a> {
        let line = Line {
            raw,
            place: self.next,
            starts: self.starts,
            ends,
        };
        self.starts = ends;
        self.number += u64::from(ends);
        self.next = Place {
            offset: self.next.offset + raw.len() as u64,
            within: Within::Line(self.number),
        };
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a text that is fed in portions: offset, line, text, whether it starts and ends the line.
    fn pieces(text: &[u8], limit: usize, portion: usize) -> Vec<(u64, u64, String, bool, bool)> {
        let mut lines = Lines::new(limit);
        let mut found = Vec::new();
        let mut each = |line: Line<'_>| {
            let Within::Line(number) = line.place.within else {
                unreachable!("lines have numbers")
            };
            let text = String::from_utf8(line.text().to_vec()).unwrap();
            found.push((line.place.offset, number, text, line.starts, line.ends));
        };
        for part in text.chunks(portion) {
            lines.feed(part, &mut each);
        }
        lines.finish(&mut each);
        found
    }

    #[test]
    fn lines_have_places_in_every_portioning() {
        let text = b"one\r\n\nabcdefghij\nabcdefgh\nend";
        let expected = [
            (0, 1, "one", true, true),
            (5, 2, "", true, true),
            (6, 3, "abcdefgh", true, false),
            (14, 3, "ij", false, true),
            (17, 4, "abcdefgh", true, false),
            (25, 4, "", false, true),
            (26, 5, "end", true, true),
        ]
        .map(|(offset, line, text, starts, ends)| (offset, line, text.to_owned(), starts, ends));
        for portion in 1..=text.len() {
            assert_eq!(pieces(text, 8, portion), expected, "{portion}");
        }
        assert!(pieces(b"", 8, 1).is_empty());
        assert_eq!(pieces(b"12345678", 8, 3).len(), 2);
    }
}
