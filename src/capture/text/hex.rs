//! Plain hexadecimal digits.

use super::Misread;
use super::lines::Line;
use crate::wire::Direction;

const EXPECTED: &str = "pairs of hexadecimal digits";

/// What is missing behind half a byte.
const HALF: &str = "another digit for the half of a byte at its end";

/// How Node prints bytes: `<Buffer 0a 0d>`, and `<Buffer 0a 0d ... 12 more bytes>` where they are more than 50.
const BUFFER: &[u8] = b"<Buffer";

/// What is missing where a buffer has `...`.
const LEFT_OUT: &str = "the bytes that were left out (those after them, in the line, are not read)";

/// What is missing where Node ends a buffer with `... 12 more bytes`.
const LEFT_OUT_BY_NODE: &str = "the bytes that Node left out (print toString('hex') of the Buffer)";

/// Reads digits in pairs, which blanks, commas, colons and semicolons part, and `0x` or `\x` may precede. Dashes part them,
/// too, but single pairs only, since dates and UUIDs have others. `#` begins a comment; `>` and `<` at the start of a line
/// begin what the client sent and what it received.
#[derive(Debug)]
pub(super) struct Hex {
    /// Whether lines that a tab indents are what the client received, and the others what it sent.
    indented: bool,
    direction: Option<Direction>,
    token: Token,
    /// Whether the line has had nothing but blanks.
    blank: bool,
    /// Whether the rest of the line is not read.
    skipping: bool,
    /// Whether the line is one of Node's.
    buffer: bool,
    /// Whether the last line that was not empty lacks bytes at its end, or half of one.
    pub(super) cut: bool,
}

/// Digits without anything between them.
#[derive(Debug, Default)]
struct Token {
    /// The first digit of a pair whose second is awaited.
    high: Option<u8>,
    digits: u64,
    /// Whether `0x` or `\x` precedes the digits.
    prefixed: bool,
    /// Whether a backslash awaits its `x`.
    escaped: bool,
}

impl Hex {
    pub(super) fn new(indented: bool) -> Self {
        Self {
            indented,
            direction: None,
            token: Token::default(),
            blank: true,
            skipping: false,
            buffer: false,
            cut: false,
        }
    }

    pub(super) fn direction(&self) -> Option<Direction> {
        self.direction
    }

    pub(super) fn read(&mut self, line: &Line<'_>, bytes: &mut Vec<u8>) -> Misread {
        let mut misread = None;
        if line.starts && self.indented {
            self.direction = Some(match line.raw.first() {
                Some(b'\t') => Direction::Received,
                _ => Direction::Sent,
            });
        }
        let mut text = line.text();
        if line.starts {
            self.cut &= text.trim_ascii().is_empty();
            let rest = text.trim_ascii_start().strip_prefix(BUFFER);
            self.buffer = rest.is_some();
            text = rest.unwrap_or(text);
        }
        for &byte in text {
            if self.skipping {
                break;
            }
            if self.buffer && matches!(byte, b'.' | b'>') {
                self.cut |= byte == b'.';
                let by_node = memchr::memmem::find(text, b"more byte").is_some();
                let left_out = if by_node { LEFT_OUT_BY_NODE } else { LEFT_OUT };
                misread = (byte == b'.').then_some(left_out);
                self.skipping = true;
            } else if !self.take(byte, bytes) {
                misread = Some(EXPECTED);
                self.skipping = true;
            }
        }
        if line.ends {
            let half = self.token.high.is_some();
            if !self.token.end(bytes) && !self.skipping {
                misread = Some(if half { HALF } else { EXPECTED });
                self.cut |= half;
            }
            self.token = Token::default();
            self.blank = true;
            self.skipping = false;
        }
        misread
    }

    /// Takes in a character, and says whether it fits.
    fn take(&mut self, byte: u8, bytes: &mut Vec<u8>) -> bool {
        let first = self.blank;
        self.blank = first && byte.is_ascii_whitespace();
        match byte {
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' => self.token.digit(byte, bytes),
            b'x' | b'X' => self.token.prefix(),
            b'\\' => {
                let fits = self.token.end(bytes);
                self.token.escaped = true;
                fits
            }
            b' ' | b'\t' | b',' | b':' | b';' => self.token.end(bytes),
            b'-' => self.token.is_pair() && self.token.end(bytes),
            b'#' => {
                let fits = self.token.end(bytes);
                self.skipping = true;
                fits
            }
            b'>' if first => {
                self.direction = Some(Direction::Sent);
                true
            }
            b'<' if first => {
                self.direction = Some(Direction::Received);
                true
            }
            _ => false,
        }
    }
}

impl Token {
    fn digit(&mut self, byte: u8, bytes: &mut Vec<u8>) -> bool {
        // The caller has seen that it is a digit.
        let digit = char::from(byte).to_digit(16).unwrap_or_default() as u8;
        match self.high.take() {
            Some(high) => bytes.push(high << 4 | digit),
            None => self.high = Some(digit),
        }
        self.digits += 1;
        !self.escaped
    }

    fn is_pair(&self) -> bool {
        self.digits == 2 && !self.prefixed
    }

    fn prefix(&mut self) -> bool {
        let fits = self.escaped || !self.prefixed && self.digits == 1 && self.high == Some(0);
        *self = Self {
            prefixed: true,
            ..Self::default()
        };
        fits
    }

    /// Ends the digits; a single one after `0x` is a byte, too.
    fn end(&mut self, bytes: &mut Vec<u8>) -> bool {
        let Self {
            high,
            digits,
            prefixed,
            escaped,
        } = std::mem::take(self);
        match high {
            Some(digit) if prefixed && digits == 1 => bytes.push(digit),
            Some(_) => return false,
            None => {}
        }
        !escaped && (!prefixed || digits > 0)
    }
}
