//! Lists of bytes as decimal numbers, as programs print them: Rust's and Python's, Go's `%v`, Java's, whose bytes have
//! signs.

use super::Misread;
use super::lines::Line;

const EXPECTED: &str = "numbers from -128 to 255, in brackets or braces";

/// Reads numbers that brackets or braces enclose, with commas or blanks between them.
#[derive(Debug, Default)]
pub(super) struct Decimal {
    /// What closes the list that is open.
    closing: Option<u8>,
    number: Number,
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
        for &byte in line.text() {
            if !self.take(byte, bytes) {
                misread = Some(EXPECTED);
            }
        }
        if line.ends && !self.number.end(bytes) {
            misread = Some(EXPECTED);
        }
        misread
    }

    /// Takes in a character, and says whether it fits.
    fn take(&mut self, byte: u8, bytes: &mut Vec<u8>) -> bool {
        match (self.closing, byte) {
            (None, b'[') => self.closing = Some(b']'),
            (None, b'{') => self.closing = Some(b'}'),
            (_, b' ' | b'\t' | b',') => return self.number.end(bytes),
            (Some(closing), _) if byte == closing => {
                self.closing = None;
                return self.number.end(bytes);
            }
            (Some(_), _) => return self.number.take(byte),
            (None, _) => return false,
        }
        true
    }
}

impl Number {
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
