//! Quoted strings with escapes.

use super::Misread;
use super::escape::{ESCAPE_MAX, Escape, Value, escape};
use super::lines::Line;

/// What Python puts around the bytes of a `bytearray`.
const BYTEARRAY: &[u8] = b"bytearray(";

/// Reads the strings of a text that has nothing else but what parts them, and the letters that languages put before the
/// quotation mark (Python's `b`, the shell's `$`).
#[derive(Debug, Default)]
pub(super) struct Quoted {
    /// The quotation mark of the string that is open.
    quote: Option<u8>,
    /// An escape that is not whole.
    escape: Vec<u8>,
    skipping: bool,
    /// Whether a string has something that JSON does not have.
    pub(super) foreign_to_json: bool,
}

impl Quoted {
    pub(super) fn read(&mut self, line: &Line<'_>, bytes: &mut Vec<u8>) -> Misread {
        let mut misread = None;
        let mut text = line.text();
        if line.starts {
            text = text.strip_prefix(BYTEARRAY).unwrap_or(text);
        }
        for &byte in text {
            if self.skipping {
                break;
            }
            if let Some(expected) = self.take(byte, bytes) {
                misread = Some(expected);
                self.skipping = true;
            }
        }
        if line.ends {
            if !self.skipping && self.quote.is_some() {
                misread = Some("a closing quotation mark");
            }
            self.quote = None;
            self.escape.clear();
            self.skipping = false;
        }
        misread
    }

    fn take(&mut self, byte: u8, bytes: &mut Vec<u8>) -> Misread {
        if !self.escape.is_empty() {
            return self.take_escaped(byte, bytes);
        }
        match (self.quote, byte) {
            (Some(quote), _) if byte == quote => self.quote = None,
            (Some(_), b'\\') => self.escape.push(byte),
            (Some(_), _) => bytes.push(byte),
            (None, b'"' | b'\'') => self.quote = Some(byte),
            // What joins strings, what precedes one, and what ends a line of them.
            (None, b' ' | b'\t' | b',' | b';' | b'+' | b')' | b'\\' | b'b' | b'B' | b'$') => {}
            (None, _) => return Some("a quoted string"),
        }
        None
    }

    fn take_escaped(&mut self, byte: u8, bytes: &mut Vec<u8>) -> Misread {
        self.escape.push(byte);
        match escape(&self.escape) {
            Escape::Cut if self.escape.len() < ESCAPE_MAX => None,
            Escape::Whole(value, taken) => {
                let json = b"bfnrtu\\\"/".contains(&self.escape[1]);
                // A JSON text that is one string seldom starts with a control character; a length or a tag does.
                let control = bytes.is_empty() && matches!(value, Value::Byte(0..0x20));
                self.foreign_to_json |= !json || control;
                value.append_to(bytes);
                let ahead = self.escape.len() > taken;
                self.escape.clear();
                // An octal number ends before the character that shows its end.
                if ahead { self.take(byte, bytes) } else { None }
            }
            Escape::Cut | Escape::Bad => Some("an escape that Go, C, Python or Rust has"),
        }
    }
}
