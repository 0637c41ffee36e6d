//! Bytes as an array in source code: Wireshark's C arrays, `xxd -i`, Go's `%#v`.

use super::Misread;
use super::lines::Line;
use crate::wire::Direction;

const EXPECTED: &str = "bytes such as 0x0a, with commas between them";

/// Characters of a declaration that are kept, the last: enough for the name that Wireshark gives an array.
const NAME_MAX: usize = 64;

/// Reads the elements of arrays, and from their names which peer sent them.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    state: State,
    direction: Option<Direction>,
    /// What stands before the array.
    name: Vec<u8>,
    element: Vec<u8>,
    comment: Comment,
    /// Whether a new array begins.
    pub(super) begins: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// In a declaration, or between two.
    #[default]
    Outside,
    /// After a bracket, which begins an array of elements where one follows.
    Bracket,
    Inside,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Comment {
    #[default]
    No,
    /// After a slash.
    Slash,
    /// To the end of the line.
    Line,
    /// To the mark.
    Block,
    /// After an asterisk in it.
    Asterisk,
}

impl Arrays {
    pub(super) fn direction(&self) -> Option<Direction> {
        self.direction
    }

    pub(super) fn read(&mut self, line: &Line<'_>, bytes: &mut Vec<u8>) -> Misread {
        let mut misread = None;
        for &byte in line.text() {
            if self.is_comment(byte) {
                continue;
            }
            if !self.take(byte, bytes) {
                misread = Some(EXPECTED);
            }
        }
        if line.ends {
            if matches!(self.comment, Comment::Slash | Comment::Line) {
                self.comment = Comment::No;
            }
            if !self.take(b' ', bytes) {
                misread = Some(EXPECTED);
            }
        }
        misread
    }

    fn is_comment(&mut self, byte: u8) -> bool {
        self.comment = match (self.comment, byte) {
            (Comment::No, b'/') => Comment::Slash,
            (Comment::Slash, b'/') => Comment::Line,
            (Comment::Slash, b'*') => Comment::Block,
            (Comment::No | Comment::Slash, _) => Comment::No,
            (Comment::Line, _) => Comment::Line,
            (Comment::Block | Comment::Asterisk, b'*') => Comment::Asterisk,
            (Comment::Asterisk, b'/') => {
                self.comment = Comment::No;
                return true;
            }
            (Comment::Block | Comment::Asterisk, _) => Comment::Block,
        };
        self.comment != Comment::No
    }

    /// Takes in a character, and says whether it fits.
    fn take(&mut self, byte: u8, bytes: &mut Vec<u8>) -> bool {
        match (self.state, byte) {
            (State::Inside, b',' | b' ' | b'\t') => self.end_element(bytes),
            (State::Inside, b'}' | b']') => {
                self.state = State::Outside;
                self.name.clear();
                self.end_element(bytes)
            }
            // An element of four characters is whole; what is longer is none, and need not be kept.
            (State::Inside, _) if self.element.len() <= 4 => {
                self.element.push(byte);
                true
            }
            (State::Inside, _) => true,
            (State::Bracket, b' ' | b'\t') => true,
            (State::Bracket, b'0') => {
                self.open();
                self.element.push(byte);
                true
            }
            (State::Outside | State::Bracket, b'{') => {
                self.open();
                true
            }
            (State::Outside | State::Bracket, b'[') => {
                self.state = State::Bracket;
                true
            }
            (State::Outside | State::Bracket, _) => {
                self.state = State::Outside;
                if self.name.len() == NAME_MAX {
                    self.name.remove(0);
                }
                self.name.push(byte);
                true
            }
        }
    }

    fn open(&mut self) {
        let names = |peer: &[u8]| self.name.windows(peer.len()).any(|part| part == peer);
        self.direction = if names(b"peer0_") {
            Some(Direction::Sent)
        } else if names(b"peer1_") {
            Some(Direction::Received)
        } else {
            None
        };
        self.state = State::Inside;
        self.begins = true;
        self.name.clear();
        self.element.clear();
    }

    fn end_element(&mut self, bytes: &mut Vec<u8>) -> bool {
        let element = std::mem::take(&mut self.element);
        if element.is_empty() {
            return true;
        }
        let digits = element
            .strip_prefix(b"0x")
            .or_else(|| element.strip_prefix(b"0X"))
            .filter(|digits| digits.len() <= 2 && digits.iter().all(u8::is_ascii_hexdigit));
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.extend(byte);
        byte.is_some()
    }
}
