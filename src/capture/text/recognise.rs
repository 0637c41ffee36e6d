//! Which dress a text has, told from its start: each is tried, and has to fit better than by chance.

use super::lines::BYTE_ORDER_MARK;
use super::{Dress, Dressed, Reader};
use crate::wire::{FrameHeader, FrameType, frame::HEADER_LENGTH};

/// Of the lines of a text at most one in so many may not fit.
const LINES_PER_MISFIT: u64 = 10;

/// The client's connection preface (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The dress of a text that starts with `start`, and goes on where it is not `whole`. Wants some tens of lines to tell a
/// conversation from one side of it.
#[must_use]
pub fn recognise(start: &[u8], whole: bool) -> Option<Dress> {
    let start = start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(start);
    let start = if whole { start } else { cut(start) };
    let tabs = is_indented(start, |line| line.starts_with(b"\t"));
    let blanks = is_indented(start, |line| {
        line.starts_with(b"\t") || line.starts_with(b"    ")
    });
    [
        Dress::Dump { indented: blanks },
        Dress::Arrays,
        Dress::Decimal,
        Dress::Quoted,
        Dress::Hex { indented: tabs },
        Dress::Base64,
    ]
    .into_iter()
    .find(|dress| Trial::of(*dress, start).fits(start, whole))
}

/// The start of a text up to where a line, a word or at least a pair and a group of digits ends.
fn cut(start: &[u8]) -> &[u8] {
    let end = memchr::memrchr(b'\n', start)
        .or_else(|| memchr::memrchr2(b' ', b',', start))
        .map_or(start.len() & !3, |at| at + 1);
    &start[..end]
}

/// Whether some lines are indented, and others are not.
fn is_indented(start: &[u8], indented: impl Fn(&[u8]) -> bool) -> bool {
    let mut lines = start
        .split(|b| *b == b'\n')
        .filter(|line| line.trim_ascii().first().is_some_and(u8::is_ascii_hexdigit));
    let Some(first) = lines.next().map(&indented) else {
        return false;
    };
    lines.any(|line| indented(line) != first)
}

/// What reading the start in a dress has come to.
struct Trial {
    reader: Reader,
    /// The first bytes.
    bytes: Vec<u8>,
    /// How many there are.
    length: usize,
}

impl Trial {
    /// Bytes that are looked at: the preface and the header of the frame after it.
    const LOOK: usize = PREFACE.len() + HEADER_LENGTH;

    fn of(dress: Dress, start: &[u8]) -> Self {
        let mut trial = Self {
            reader: Reader::new(dress),
            bytes: Vec::new(),
            length: 0,
        };
        let mut out = |chunk: super::Chunk<'_>| {
            let room = Self::LOOK - trial.bytes.len();
            let kept = chunk.bytes.len().min(room);
            trial.bytes.extend_from_slice(&chunk.bytes[..kept]);
            trial.length += chunk.bytes.len();
        };
        trial.reader.feed(start, &mut out);
        trial.reader.finish(&mut out);
        trial
    }

    fn fits(&self, start: &[u8], whole: bool) -> bool {
        let inner = &self.reader.inner;
        let misfits = inner.misfits.map_or(0, |misfits| misfits.lines);
        // The end that is not there may be missing in the only line.
        let allowed = inner.content / LINES_PER_MISFIT + u64::from(!whole && inner.content == 1);
        // What a program leaves out at the end, or a hand that copies, says nothing against the rest.
        let cut = match &inner.dressed {
            Dressed::Hex(hex) => hex.cut,
            Dressed::Decimal(decimal) => decimal.left_out,
            _ => false,
        };
        let allowed = allowed + u64::from(cut);
        if self.length == 0 || misfits > allowed {
            return false;
        }
        match &inner.dressed {
            Dressed::Dump(dump) => dump.certain,
            Dressed::Arrays(_) => true,
            Dressed::Decimal(_) => self.is_decimal(),
            Dressed::Quoted(quoted) => quoted.foreign_to_json,
            Dressed::Hex(_) => self.is_hex(start),
            Dressed::Base64(_) => self.is_base64(start),
        }
    }

    /// Whether digits are bytes: decimal numbers are digits, too, but have no letters, and do not begin with zeros.
    fn is_hex(&self, start: &[u8]) -> bool {
        let letters = start.iter().any(u8::is_ascii_alphabetic);
        let prefixed = start.iter().any(|b| b.eq_ignore_ascii_case(&b'x'));
        // A single number may have a prefix, too.
        let least = if prefixed { 2 } else { 4 };
        // A length-prefixed message, and a frame, begin so where they are short.
        self.length >= least && (letters || self.bytes.starts_with(&[0, 0]))
    }

    /// Whether numbers are bytes: JSON has lists of them, too, but seldom one that begins as HTTP/2, a length-prefixed
    /// message, or a message with a field of bytes does.
    fn is_decimal(&self) -> bool {
        // A tag of a field from 1 to 15, whose wire type is LEN.
        let field = self
            .bytes
            .first()
            .is_some_and(|b| (0x08..0x80).contains(b) && b & 7 == 2);
        self.length >= 4 && (field || self.bytes.starts_with(&[0, 0]) || self.is_plausible())
    }

    /// Whether letters are base64: words are, too, but stand for nothing, and do not mix capitals, letters and digits.
    fn is_base64(&self, start: &[u8]) -> bool {
        let text = start.trim_ascii();
        let has = |is: fn(&u8) -> bool| text.iter().any(is);
        let mixed = has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(|b| b.is_ascii_digit() || b"+/=".contains(b));
        let words = has(|b| b" \t".contains(b));
        !words && text.len() >= 8 && (self.is_plausible() || mixed && text.len() >= 16)
    }

    /// Whether the bytes begin as HTTP/2 does, or as a length-prefixed message.
    fn is_plausible(&self) -> bool {
        if self.bytes.starts_with(&PREFACE[..4]) {
            return true;
        }
        let prefix = match self.bytes.first_chunk::<5>() {
            // The flags of gRPC, and gRPC-Web's trailers.
            Some(&[0 | 1 | 0x80 | 0x81, a, b, c, d]) => {
                u32::from_be_bytes([a, b, c, d]) as usize <= self.length
            }
            _ => false,
        };
        let frame = self.bytes.first_chunk::<HEADER_LENGTH>().is_some_and(|b| {
            let header = FrameHeader::parse(b);
            header.kind <= FrameType::CONTINUATION && !header.reserved && header.length <= 1 << 14
        });
        prefix || frame
    }
}
