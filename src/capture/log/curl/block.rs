//! A block of a trace: a label with a length, and rows of bytes.

use std::time::Duration;

use crate::capture::log::cursor::Cursor;
use crate::http::part::Place;
use crate::wire::Direction;

/// Bytes of a block that are kept: 1 MiB. curl hands on at most 16 KiB of a body at a time, and header sections of
/// 300 KiB.
const BLOCK_MAX: usize = 1 << 20;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Data,
    /// TLS records' headers and handshake messages.
    Tls,
}

/// The direction, the content and the length of a block, as its label has them.
pub(super) fn label(text: &[u8]) -> Option<(Direction, Kind, u64)> {
    let mut c = Cursor(text);
    let direction = if c.eat("=> Send ") {
        Direction::Sent
    } else {
        c.eat("<= Recv ").then_some(Direction::Received)?
    };
    let kind = match c.until(b",") {
        b"header" => Kind::Header,
        b"data" => Kind::Data,
        b"SSL data" => Kind::Tls,
        _ => return None,
    };
    let length = c.number_after(", ")?;
    c.eat(" bytes (0x").then_some((direction, kind, length))
}

/// A block whose rows are being read.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) direction: Direction,
    pub(super) kind: Kind,
    pub(super) length: u64,
    pub(super) transfer: String,
    pub(super) at: Option<Duration>,
    pub(super) place: Place,
    rows: Rows,
    content: Vec<u8>,
}

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// None has come.
    Unknown,
    /// Bytes, and the same as text.
    Exact,
    /// Text in which a dot stands for what cannot be printed.
    Text,
    /// Something was amiss; what came before is kept.
    Broken,
}

impl Block {
    pub(super) fn new(
        direction: Direction,
        kind: Kind,
        length: u64,
        transfer: &str,
        at: Option<Duration>,
        place: Place,
    ) -> Self {
        Self {
            direction,
            kind,
            length,
            transfer: transfer.to_owned(),
            at,
            place,
            rows: Rows::Unknown,
            content: Vec::new(),
        }
    }

    /// Takes in a line, if it is a row.
    pub(super) fn take(&mut self, line: &[u8]) -> bool {
        let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let row = line[digits..].strip_prefix(b": ").filter(|_| digits >= 4);
        // Where blanks at the ends of lines were lost, so was that of an empty row.
        let row = row.or_else(|| (digits >= 4 && &line[digits..] == b":").then_some(b""));
        let (Some(row), Ok(text)) = (row, std::str::from_utf8(&line[..digits])) else {
            return false;
        };
        let Ok(offset) = u64::from_str_radix(text, 16) else {
            return false;
        };
        if self.rows == Rows::Unknown {
            self.rows = match self.exact(row) {
                Some(_) => Rows::Exact,
                None => Rows::Text,
            };
        }
        match self.rows {
            Rows::Exact => match self.exact(row) {
                Some(bytes) if offset == self.content.len() as u64 => {
                    self.content.extend_from_slice(&bytes);
                }
                _ => self.rows = Rows::Broken,
            },
            Rows::Text => {
                self.end_line(offset);
                self.content.extend_from_slice(row);
            }
            Rows::Unknown | Rows::Broken => {}
        }
        if self.content.len() > BLOCK_MAX {
            self.rows = Rows::Broken;
        }
        true
    }

    /// The bytes of a row that has 16, or the last of them, and the same as text.
    fn exact(&self, row: &[u8]) -> Option<Vec<u8>> {
        let left = self.length.checked_sub(self.content.len() as u64)?;
        let count = left.min(16) as usize;
        let mut bytes = vec![0; count];
        for (byte, digits) in bytes.iter_mut().zip(row.chunks(3)) {
            hex::decode_to_slice(digits.get(..2)?, std::slice::from_mut(byte)).ok()?;
            digits.get(2).is_none_or(|b| *b == b' ').then_some(())?;
        }
        // What is missing are blanks that a line ended with.
        let text = row.get(16 * 3..).unwrap_or_default();
        let same = bytes.iter().enumerate().all(|(at, byte)| {
            let shown = text.get(at).unwrap_or(&b' ');
            *shown
                == if matches!(byte, 0x20..=0x7e) {
                    *byte
                } else {
                    b'.'
                }
        });
        (row.len() >= count * 3 - 1 && same && text.len() <= count).then_some(bytes)
    }

    /// A row of text starts where the one before ends, or after a line's end, which is not shown.
    fn end_line(&mut self, offset: u64) {
        match offset.checked_sub(self.content.len() as u64) {
            Some(0) => {}
            Some(2) => self.content.extend_from_slice(b"\r\n"),
            _ => self.rows = Rows::Broken,
        }
    }

    /// No more rows come.
    pub(super) fn end(&mut self) {
        if self.rows == Rows::Text && self.kind == Kind::Header {
            self.end_line(self.length);
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.rows == Rows::Exact && self.content.len() as u64 == self.length
    }

    /// Whether less of it is there than its label says, or something was amiss.
    pub(super) fn is_cut(&self) -> bool {
        self.rows == Rows::Broken || self.content.len() as u64 != self.length
    }

    pub(super) fn is_broken(&self) -> bool {
        self.rows == Rows::Broken
    }

    /// The bytes, where they are shown as they were.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        let none = self.rows == Rows::Text || self.content.is_empty() && self.length > 0;
        (!none).then_some(&self.content)
    }

    /// The lines of a header section, one that is empty at its end included. Of a block that is cut, the last line is left
    /// out where nothing ends it.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let cut = self.is_cut();
        self.content
            .split_inclusive(|b| *b == b'\n')
            .filter(move |line| !cut || line.ends_with(b"\n"))
            .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
    }
}
