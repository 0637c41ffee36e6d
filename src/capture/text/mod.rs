//! Bytes in the dress of text: hexadecimal digits, dumps, arrays in source code, decimal numbers, quoted strings, base64.
//!
//! A line that does not fit is counted, and said with its number; what was read of it stays, and the next line is read.

mod arrays;
mod base64;
mod decimal;
mod dump;
pub(in crate::capture) mod escape;
mod hex;
pub(in crate::capture) mod lines;
mod quoted;
mod recognise;

pub use recognise::recognise;

use self::arrays::Arrays;
use self::base64::Base64;
use self::decimal::Decimal;
use self::dump::Dump;
use self::hex::Hex;
use self::lines::{Line, Lines};
use self::quoted::Quoted;
use crate::http::part::{Place, Within};
use crate::wire::Direction;

/// The longest piece of a line that is read at once, in bytes: 4 KiB, many times what tools write in a line. Only a dump
/// needs its line whole; the others go on in the next piece.
const PIECE_MAX: usize = 4096;

/// How bytes are dressed as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// Pairs of hexadecimal digits, with `0x` or `\x` before them or without, and blanks, commas, colons, dashes or
    /// nothing between them: `xxd -p`, .NET's `BitConverter`, a Wireshark stream as raw bytes.
    Hex {
        /// Whether lines that a tab indents are the server's, and the others the client's.
        indented: bool,
    },
    /// Lines of an offset and bytes: xxd, `hexdump -C`, `od -t x1`, `tshark -x`, a Wireshark stream as a hex dump.
    Dump {
        /// Whether indented lines are the server's, and the others the client's.
        indented: bool,
    },
    /// Arrays in source code: Wireshark's C arrays, `xxd -i`.
    Arrays,
    /// Lists of decimal numbers, with signs or without: bytes as Rust, Python, Go and Java print them.
    Decimal,
    /// Quoted strings, as Go, C, Python and Rust write bytes.
    Quoted,
    /// Base64, of either alphabet.
    Base64,
}

impl Dress {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex { .. } => "hexadecimal digits",
            Self::Dump { .. } => "hex dump",
            Self::Arrays => "arrays in source code",
            Self::Decimal => "decimal numbers",
            Self::Quoted => "quoted strings",
            Self::Base64 => "base64",
        }
    }
}

/// A run of bytes that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Which way they went, where the text tells.
    pub direction: Option<Direction>,
    /// Whether they are the first of a dump or of an array, or of the text. `tshark -x` has a dump for each packet.
    pub begins: bool,
    /// The bytes.
    pub bytes: &'a [u8],
    /// The line that they stand in, or the part of it, if it is long.
    pub place: Place,
}

/// The lines that did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfits {
    /// How many there are.
    pub lines: u64,
    /// The first.
    pub first: Place,
    /// What was expected there.
    pub expected: &'static str,
}

/// What was expected instead, where a piece of a line does not fit.
type Misread = Option<&'static str>;

/// Reads bytes out of text, in any portions.
#[derive(Debug)]
pub struct Reader {
    lines: Lines,
    inner: Inner,
}

#[derive(Debug)]
struct Inner {
    dressed: Dressed,
    /// The bytes of the piece that is being read.
    bytes: Vec<u8>,
    /// Whether bytes were handed on.
    begun: bool,
    /// Lines that had something in them.
    content: u64,
    misfits: Option<Misfits>,
    /// Whether the line was counted as one that does not fit.
    counted: bool,
    place: Place,
}

#[derive(Debug)]
enum Dressed {
    Hex(Hex),
    Dump(Dump),
    Arrays(Arrays),
    Decimal(Decimal),
    Quoted(Quoted),
    Base64(Base64),
}

impl Reader {
    /// Starts at the beginning of a text.
    #[must_use]
    pub fn new(dress: Dress) -> Self {
        let dressed = match dress {
            Dress::Hex { indented } => Dressed::Hex(Hex::new(indented)),
            Dress::Dump { indented } => Dressed::Dump(Dump::new(indented)),
            Dress::Arrays => Dressed::Arrays(Arrays::default()),
            Dress::Decimal => Dressed::Decimal(Decimal::default()),
            Dress::Quoted => Dressed::Quoted(Quoted::default()),
            Dress::Base64 => Dressed::Base64(Base64::default()),
        };
        Self {
            lines: Lines::new(PIECE_MAX),
            inner: Inner {
                dressed,
                bytes: Vec::new(),
                begun: false,
                content: 0,
                misfits: None,
                counted: false,
                place: Place {
                    offset: 0,
                    within: Within::Line(1),
                },
            },
        }
    }

    /// Takes in text, and hands on the bytes of the lines that end in it.
    pub fn feed(&mut self, text: &[u8], out: &mut dyn FnMut(Chunk<'_>)) {
        self.lines.feed(text, |line| self.inner.read(line, out));
    }

    /// Takes the text as ended.
    pub fn finish(&mut self, out: &mut dyn FnMut(Chunk<'_>)) {
        self.lines.finish(|line| self.inner.read(line, out));
        self.inner.finish(out);
    }

    /// The lines that did not fit, if any did not.
    #[must_use]
    pub fn misfits(&self) -> Option<Misfits> {
        self.inner.misfits
    }
}

impl Inner {
    fn read(&mut self, line: Line<'_>, out: &mut dyn FnMut(Chunk<'_>)) {
        if line.starts {
            self.counted = false;
        }
        self.place = line.place;
        self.content += u64::from(line.starts && !line.raw.trim_ascii().is_empty());
        if line.is_whole() && is_heading(line.text()) {
            return;
        }
        let bytes = &mut self.bytes;
        let expected = match &mut self.dressed {
            Dressed::Hex(hex) => hex.read(&line, bytes),
            Dressed::Dump(dump) if line.is_whole() => dump.read(line.text(), bytes),
            Dressed::Dump(_) => Some("a line of at most 4 KiB"),
            Dressed::Arrays(arrays) => arrays.read(&line, bytes),
            Dressed::Decimal(decimal) => decimal.read(&line, bytes),
            Dressed::Quoted(quoted) => quoted.read(&line, bytes),
            Dressed::Base64(base64) => base64.read(&line, bytes),
        };
        self.deliver(expected, out);
    }

    fn finish(&mut self, out: &mut dyn FnMut(Chunk<'_>)) {
        if let Dressed::Base64(base64) = &mut self.dressed {
            let expected = base64.finish(&mut self.bytes);
            self.counted = false;
            self.deliver(expected, out);
        }
    }

    /// Hands on what was read, and counts the line if it did not fit.
    fn deliver(&mut self, expected: Misread, out: &mut dyn FnMut(Chunk<'_>)) {
        if let Some(expected) = expected
            && !std::mem::replace(&mut self.counted, true)
        {
            let first = Misfits {
                lines: 0,
                first: self.place,
                expected,
            };
            self.misfits.get_or_insert(first).lines += 1;
        }
        if self.bytes.is_empty() {
            return;
        }
        let (direction, begins) = match &mut self.dressed {
            Dressed::Hex(hex) => (hex.direction(), false),
            Dressed::Dump(dump) => (dump.direction(), std::mem::take(&mut dump.begins)),
            Dressed::Arrays(arrays) => (arrays.direction(), std::mem::take(&mut arrays.begins)),
            Dressed::Decimal(_) | Dressed::Quoted(_) | Dressed::Base64(_) => (None, false),
        };
        let first = !std::mem::replace(&mut self.begun, true);
        out(Chunk {
            direction,
            begins: begins || first,
            bytes: &self.bytes,
            place: self.place,
        });
        self.bytes.clear();
    }
}

/// Whether a line is what Wireshark writes around a stream that it follows.
fn is_heading(line: &[u8]) -> bool {
    line.starts_with(b"=====")
        || [&b"Follow: "[..], b"Filter: ", b"Node 0: ", b"Node 1: "]
            .iter()
            .any(|heading| line.starts_with(heading))
}

#[cfg(test)]
mod tests;
