//! Lists of bytes as decimal numbers, as programs print them: Rust's and Python's, Go's `%v`, Java's, whose bytes have
//! signs, and Node's typed arrays and buffers.

use super::Misread;
use super::lines::Line;

const EXPECTED: &str = "numbers from -128 to 255, in brackets or braces";

/// What is missing where a list has `...`, as Python and numpy print long ones.
const LEFT_OUT: &str =
    "the items that were left out (those after them, up to the bracket, are not read)";

/// What is missing where Node ends a list with `... 12 more items`.
const LEFT_OUT_BY_NODE: &str =
    "the items that Node left out (print Buffer.from(…).toString('hex'))";

/// How Node says so, after their number.
const MORE_ITEMS: &[u8] = b"more item";

/// What may stand before a list. The length that parentheses hold is left out.
const NAMES: [&[u8]; 12] = [
    b"",
    b"[]byte",
    b"[]uint8",
    b"byte",
    b"uint8",
    b"new byte",
    b"vec!",
    b"bytes(",
    b"bytearray(",
    b"Uint8Array()",
    b"Int8Array()",
    b"Uint8ClampedArray()",
];

/// What stands before the list in the JSON of Node's Buffer.
const BUFFER: &[u8] = b"{\"type\":\"Buffer\",\"data\":";

/// Characters of a name that are kept: more than the longest has.
const NAME_MAX: usize = 32;

/// Reads numbers that brackets or braces enclose, with commas or blanks between them.
#[derive(Debug, Default)]
pub(super) struct Decimal {
    /// What closes the list that is open.
    closing: Option<u8>,
    number: Number,
    /// What stands before the list.
    name: Vec<u8>,
    /// Whether the end of a list was left out.
    pub(super) left_out: bool,
    /// Whether this one's is.
    skipping: bool,
}

#[derive(Debug, Default)]
struct Number {
    negative: bool,
    /// The digits so far. What is too large for a byte stays so.
    magnitude: Option<u16>,
}

impl Decimal {
    pub(super) fn read(&mut self, line: &Line<'_>, bytes: &mut Vec<u8>) -> Misread {
        let mut misread = None;
        let mut text = line.text();
        if line.starts {
            text = text.strip_prefix(BUFFER).unwrap_or(text);
        }
        for &byte in text {
            let skipped = self.skipping;
            if !self.take(byte, bytes) {
                misread = Some(EXPECTED);
            }
            if self.skipping && !skipped {
                let by_node = memchr::memmem::find(text, MORE_ITEMS).is_some();
                let left_out = if by_node { LEFT_OUT_BY_NODE } else { LEFT_OUT };
                misread = misread.or(Some(left_out));
            }
        }
        if line.ends {
            let ended = self.number.end(bytes);
            let name = std::mem::take(&mut self.name);
            if !ended || !name.trim_ascii().is_empty() {
                misread = misread.or(Some(EXPECTED));
            }
        }
        misread
    }

    /// Takes in a character, and says whether it fits.
    fn take(&mut self, byte: u8, bytes: &mut Vec<u8>) -> bool {
        match (self.closing, byte) {
            (None, b'[' | b'{') => {
                self.closing = Some(if byte == b'[' { b']' } else { b'}' });
                let name = std::mem::take(&mut self.name);
                return NAMES.contains(&name.trim_ascii());
            }
            (Some(closing), _) if byte == closing => {
                self.closing = None;
                self.skipping = false;
                return self.number.end(bytes);
            }
            (Some(_), _) if self.skipping => {}
            (Some(_), b'.') if self.number.is_none() => {
                self.skipping = true;
                self.left_out = true;
            }
            (Some(_), b' ' | b'\t' | b',') => return self.number.end(bytes),
            (Some(_), _) => return self.number.take(byte),
            (None, b',' | b';') => {}
            (None, b')' | b'}') if self.name.is_empty() => {}
            (None, b'0'..=b'9') if self.name.ends_with(b"(") => {}
            // However far a list is indented.
            (None, b' ' | b'\t') if self.name.is_empty() => {}
            (None, _) if self.name.len() < NAME_MAX => self.name.push(byte),
            (None, _) => return false,
        }
        true
    }
}

impl Number {
    fn is_none(&self) -> bool {
        !self.negative && self.magnitude.is_none()
    }

    fn take(&mut self, byte: u8) -> bool {
        match byte {
            b'-' if !self.negative && self.magnitude.is_none() => self.negative = true,
            b'0'..=b'9' => {
                let before = self.magnitude.unwrap_or_default().saturating_mul(10);
                self.magnitude = Some(before.saturating_add(u16::from(byte - b'0')));
            }
            _ => {
                self.magnitude = Some(u16::MAX);
                return false;
            }
        }
        true
    }

    /// Ends the number, if there is one, and says whether it is a byte.
    fn end(&mut self, bytes: &mut Vec<u8>) -> bool {
        let byte = match std::mem::take(self) {
            Self {
                negative: false,
                magnitude: None,
            } => return true,
            Self {
                negative: false,
                magnitude: Some(magnitude),
            } => u8::try_from(magnitude).ok(),
            // As a byte with a sign has it, in two's complement.
            Self {
                negative: true,
                magnitude,
            } => magnitude
                .filter(|magnitude| *magnitude <= 128)
                .map(|magnitude| (magnitude as u8).wrapping_neg()),
        };
        bytes.extend(byte);
        byte.is_some()
    }
}
