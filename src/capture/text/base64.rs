//! Base64 text (RFC 4648, 4 and 5): wrapped or not, padded or not, several encodings one after the other.

use super::Misread;
use super::lines::Line;

/// Reads digits of either alphabet.
#[derive(Debug, Default)]
pub(super) struct Base64 {
    /// The bits of digits that have not made a byte, in the low end.
    bits: u32,
    /// How many digits there are of the group of four.
    digits: u8,
    /// Whether padding ends the group.
    padded: bool,
}

impl Base64 {
    pub(super) fn read(&mut self, line: &Line<'_>, bytes: &mut Vec<u8>) -> Misread {
        let mut misread = None;
        for &byte in line.text() {
            let fits = match byte {
                b' ' | b'\t' => true,
                // As programs print strings.
                b'"' | b'\'' => true,
                b'=' => self.pad(bytes),
                _ => match digit(byte) {
                    Some(digit) => self.digit(digit, bytes),
                    None => false,
                },
            };
            if !fits {
                misread = Some("base64 digits");
            }
        }
        misread
    }

    /// The text ends: so does a group that nobody padded.
    pub(super) fn finish(&mut self, bytes: &mut Vec<u8>) -> Misread {
        let lone = self.digits == 1;
        self.end(bytes);
        lone.then_some("a whole group of base64 digits at the end")
    }

    fn digit(&mut self, digit: u8, bytes: &mut Vec<u8>) -> bool {
        if self.padded {
            self.end(bytes);
        }
        self.bits = self.bits << 6 | u32::from(digit);
        self.digits += 1;
        if self.digits == 4 {
            bytes.extend_from_slice(&self.bits.to_be_bytes()[1..]);
            *self = Self::default();
        }
        true
    }

    fn pad(&mut self, bytes: &mut Vec<u8>) -> bool {
        match (self.digits, self.padded) {
            // The second of two characters of padding.
            (2, true) => self.end(bytes),
            (3, false) => self.end(bytes),
            (2, false) => self.padded = true,
            _ => return false,
        }
        true
    }

    /// Ends a group of less than four digits.
    fn end(&mut self, bytes: &mut Vec<u8>) {
        match self.digits {
            2 => bytes.push((self.bits >> 4) as u8),
            3 => bytes.extend_from_slice(&((self.bits >> 2) as u16).to_be_bytes()),
            _ => {}
        }
        *self = Self::default();
    }
}

/// What a digit of the standard or the URL-safe alphabet stands for.
fn digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}
