//! Dumps: lines of an offset, bytes, and often the bytes as text: xxd, `hexdump -C`, `od -t x1`, Wireshark.

use super::Misread;
use crate::wire::Direction;

const EXPECTED: &str = "an offset and pairs of hexadecimal digits";

/// Bytes of repeated rows that are written out for a text: 16 MiB, a thousand of the largest frames that peers accept by
/// default. A few characters can stand for gigabytes.
const REPEATED_MAX: u64 = 16 << 20;

/// Reads dumps, of one direction or of a conversation.
#[derive(Debug, Default)]
pub(super) struct Dump {
    /// Whether indented lines are what the client received, and the others what it sent.
    indented: bool,
    direction: Option<Direction>,
    /// What the lines of either margin have come to.
    sides: [Side; 2],
    /// Bytes of repeated rows so far.
    repeated: u64,
    /// Whether a new dump begins.
    pub(super) begins: bool,
    /// Whether something was seen that plain digits do not have: a colon, a column of text, an offset that counts.
    pub(super) certain: bool,
}

#[derive(Debug, Default)]
struct Side {
    /// The offset of the byte after the last one, where there was one.
    next: Option<u64>,
    /// The base that offsets are written in, once two of them have shown it.
    radix: Option<u32>,
    /// The row before, which an asterisk repeats.
    row: Vec<u8>,
    repeats: bool,
}

impl Dump {
    pub(super) fn new(indented: bool) -> Self {
        Self {
            indented,
            ..Self::default()
        }
    }

    pub(super) fn direction(&self) -> Option<Direction> {
        self.direction
    }

    /// Takes in a line.
    pub(super) fn read(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Misread {
        let text = line.trim_ascii();
        if text.is_empty() {
            return None;
        }
        let margin = usize::from(self.indented && !line.starts_with(&text[..1]));
        if self.indented {
            self.direction = Some([Direction::Sent, Direction::Received][margin]);
        }
        let side = &mut self.sides[margin];
        if text == b"*" {
            side.repeats = !side.row.is_empty();
            return (!side.repeats).then_some("a row before the asterisk that repeats it");
        }
        let digits = text.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let (offset, rest) = text.split_at(digits);
        let (colon, rest) = match rest.strip_prefix(b":") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        // Four digits are the least that any of them writes; 16 are 64 bits.
        if !(4..=16).contains(&digits) || !rest.first().is_none_or(u8::is_ascii_whitespace) {
            return Some(EXPECTED);
        }
        let row = match Row::read(rest, colon) {
            Ok(row) => row,
            Err(expected) => return Some(expected),
        };
        let before = bytes.len();
        let left = REPEATED_MAX - self.repeated;
        let fits = side.place(offset, colon, row.bytes.len(), left, bytes);
        self.repeated += (bytes.len() - before) as u64;
        self.begins |= fits == Fits::First;
        self.certain |= colon || row.text || fits == Fits::Counts;
        bytes.extend_from_slice(&row.bytes);
        if !row.bytes.is_empty() {
            side.row = row.bytes;
        }
        match fits {
            Fits::First | Fits::Counts => None,
            Fits::Not => Some("the offset that follows from the row before"),
            Fits::TooLong => Some("repetitions of no more than 16 MiB"),
        }
    }
}

/// How an offset goes with what was before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fits {
    /// Nothing was, or a dump begins anew.
    First,
    /// It counts the bytes.
    Counts,
    Not,
    /// What the asterisk stands for is more than is written out.
    TooLong,
}

impl Side {
    /// Places a row of `length` bytes, and writes out the repetition before it, if it is no longer than `left`.
    fn place(
        &mut self,
        offset: &[u8],
        colon: bool,
        length: usize,
        left: u64,
        bytes: &mut Vec<u8>,
    ) -> Fits {
        // Seven digits without a colon are od's, and octal where it was not asked for another base.
        let bases: &[u32] = match self.radix {
            Some(16) => &[16],
            Some(10) => &[10],
            Some(_) => &[8],
            None if offset.len() == 7 && !colon => &[8, 10, 16],
            None => &[16, 10],
        };
        let read = |radix: &u32| {
            let text = std::str::from_utf8(offset).ok()?;
            Some((*radix, u64::from_str_radix(text, *radix).ok()?))
        };
        let mut readings = bases.iter().filter_map(read);
        let repeats = std::mem::take(&mut self.repeats);
        let length = length as u64;
        let first = readings.clone().next();
        let (fits, at) = match (self.next, first) {
            (None, Some((_, at))) => (Fits::First, at),
            (Some(next), Some((_, at))) if repeats => (self.repeat(next, at, left, bytes), at),
            (Some(next), Some((_, at))) => {
                if let Some((radix, at)) = readings.find(|(_, at)| *at == next) {
                    // The offset 0 is the same in all of them.
                    self.radix = (at != 0).then_some(radix).or(self.radix);
                    (Fits::Counts, at)
                } else if at == 0 {
                    self.radix = None;
                    (Fits::First, 0)
                } else {
                    (Fits::Not, at)
                }
            }
            (_, None) => (Fits::Not, self.next.unwrap_or_default()),
        };
        self.next = Some(at.saturating_add(length));
        fits
    }

    fn repeat(&self, next: u64, at: u64, left: u64, bytes: &mut Vec<u8>) -> Fits {
        let row = self.row.len() as u64;
        let Some(gap) = at.checked_sub(next).filter(|gap| gap.is_multiple_of(row)) else {
            return Fits::Not;
        };
        if gap > left {
            return Fits::TooLong;
        }
        for _ in 0..gap / row {
            bytes.extend_from_slice(&self.row);
        }
        Fits::Counts
    }
}

/// What stands after an offset.
struct Row {
    bytes: Vec<u8>,
    /// Whether the bytes stand there as text, too.
    text: bool,
}

impl Row {
    /// Reads groups of digits up to the text beside them. A blank parts groups, and two part the halves of a row of 16
    /// where no colon follows the offset; whatever comes after more is the text, as is what stands in bars or brackets.
    fn read(rest: &[u8], colon: bool) -> Result<Self, &'static str> {
        let mut rest = rest.trim_ascii_start();
        let mut row = Self {
            bytes: Vec::new(),
            text: false,
        };
        loop {
            let end = rest.iter().position(u8::is_ascii_whitespace);
            let (group, after) = rest.split_at(end.unwrap_or(rest.len()));
            match group.first() {
                None => return Ok(row),
                Some(b'|' | b'>') => break,
                Some(_) => {}
            }
            if !colon && group.len() == 4 && group.iter().all(u8::is_ascii_hexdigit) {
                return Err(
                    "bytes: words of four digits do not tell which of two bytes is the first (use hexdump -C or od -t x1)",
                );
            }
            if !colon && group.len() != 2 {
                return Err(EXPECTED);
            }
            let start = row.bytes.len();
            row.bytes.resize(start + group.len() / 2, 0);
            hex::decode_to_slice(group, &mut row.bytes[start..]).map_err(|_| EXPECTED)?;
            rest = after.trim_ascii_start();
            let gap = after.len() - rest.len();
            let halves = gap == 2 && !colon && row.bytes.len() == 8;
            if gap != 1 && !halves {
                break;
            }
        }
        row.text = !rest.is_empty();
        Ok(row)
    }
}
