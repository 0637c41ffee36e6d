//! Logs that show frames, or at least messages: Go's `GODEBUG=http2debug=2`, curl's traces, nghttp, Netty, OkHttp.
//!
//! What a log does not show is not made up. None of them has the bytes of header blocks; where it has their fields they
//! are [`Representation::Unseen`](crate::wire::Representation::Unseen). A payload is what the log shows of it, so it may
//! be shorter than the frame's length.

mod build;
mod colour;
mod connections;
mod curl;
mod cursor;
mod go;
mod netty;
mod nghttp;
mod others;
mod prefix;
mod recognise;
mod stamp;

pub use recognise::recognise;
pub use stamp::Clock;

use std::time::Duration;

use self::colour::{place_of, plain};
use self::curl::Curl;
use self::go::Go;
use self::netty::Netty;
use self::nghttp::{Nghttp, is_head};
use self::others::Others;
use self::prefix::Prefix;
use self::recognise::is_curl;
use self::stamp::Stamps;
use super::text::lines::{BYTE_ORDER_MARK, Line, Lines};
use crate::http::part::Place;
use crate::wire::{Direction, FrameHeader, HeaderBlock};

/// The longest piece of a line that is read, in bytes: 1 MiB, room for the 16 KiB of a frame as hexadecimal digits or
/// escapes many times over. What a longer line has beyond is not read.
const LINE_MAX: usize = 1 << 20;

/// Whose log it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// Go's net/http and grpc-go with `GODEBUG=http2debug=2`; with 1 there are only the frames that were read.
    GoHttp2Debug,
    /// `curl --trace`, `curl --trace-ascii`, `curl -v`.
    Curl,
    /// `nghttp -v`, `nghttpd -v`.
    Nghttp,
    /// Netty's `Http2FrameLogger`: grpc-java, reactor-netty.
    Netty,
    /// grpc-java's `OkHttpFrameLogger`.
    OkHttp,
}

impl Grammar {
    /// What the log is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GoHttp2Debug => "Go http2debug log",
            Self::Curl => "curl trace",
            Self::Nghttp => "nghttp log",
            Self::Netty => "Netty frame log",
            Self::OkHttp => "OkHttp frame log",
        }
    }

    /// The word for it where an input is said to be one.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::GoHttp2Debug => "http2debug",
            Self::Curl => "curl",
            Self::Nghttp => "nghttp",
            Self::Netty => "netty",
            Self::OkHttp => "okhttp",
        }
    }

    /// Whether its lines are those of another, too.
    fn reads(self, other: Self) -> bool {
        let of_netty = |it| matches!(it, Self::Netty | Self::OkHttp);
        self == other || of_netty(self) && of_netty(other)
    }
}

/// Something that a log tells.
#[derive(Debug)]
pub struct Logged<'a> {
    /// The connection, as the log tells them apart: Go's Framer, Netty's channel, curl's transfer, nghttpd's session.
    /// Empty where it does not.
    pub connection: &'a str,
    /// When, on the clock that [`Reader::clock`] names.
    pub at: Option<Duration>,
    /// The line.
    pub place: Place,
    /// What.
    pub what: What<'a>,
}

/// What a log tells.
#[derive(Debug)]
pub enum What<'a> {
    /// A frame.
    Frame(LoggedFrame),
    /// The header section of a request or of a response, in a log that shows no frames.
    Head {
        /// Which way it went.
        direction: Direction,
        /// The protocol's version as the log has it, such as `HTTP/2`.
        version: &'a str,
        /// The fields; what a first line of HTTP/1.1's form says is in the pseudo-fields that it stands for.
        fields: HeaderBlock,
        /// Whether fields may be missing, so that the block is not known.
        incomplete: bool,
    },
    /// A part of a body.
    Body {
        /// Which way it went.
        direction: Direction,
        /// Its bytes, as far as the log shows them exactly. `None` where it does not.
        bytes: Option<&'a [u8]>,
        /// How many bytes it has.
        length: u64,
    },
    /// The trailer section.
    Trailers {
        /// Which way it went.
        direction: Direction,
        /// The fields.
        fields: HeaderBlock,
        /// Whether fields may be missing, so that the block is not known.
        incomplete: bool,
    },
    /// A request or a response is complete.
    End {
        /// Which of them.
        direction: Direction,
    },
    /// A line that tells something else: an error, mostly.
    Said(String),
}

/// A frame as a log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedFrame {
    /// Which way it went, as the client sees it.
    pub direction: Direction,
    /// The header. Where a log shows a header block as one, whatever frames it came in, END_HEADERS is set.
    pub header: FrameHeader,
    /// The payload, as far as the log shows it or as it follows from the values shown.
    pub payload: Vec<u8>,
    /// The fields of the header block that starts in this frame. `None` where the log does not show them.
    pub fields: Option<HeaderBlock>,
    /// Whether fields may be missing: the log ends before something ends their list, or has some that could not be read.
    /// Then those that are there are a block that is not known.
    pub incomplete: bool,
    /// Whether the log shows the frame's length; where not, the header's is 0.
    pub length_known: bool,
    /// Whether the fields are a best guess: lines of several connections that do not name theirs stand intermingled, or
    /// values may have what parts fields.
    pub guessed: bool,
}

/// Lines that were not read: those that look like frames, those of another log, or those of another writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// How many.
    pub lines: u64,
    /// The first.
    pub first: Place,
}

/// Where a grammar hands on what it reads.
type Out<'o> = dyn FnMut(Logged<'_>) + 'o;

/// Reads a log, in any portions.
#[derive(Debug)]
pub struct Reader {
    lines: Lines,
    inner: Inner,
}

#[derive(Debug)]
struct Inner {
    grammar: Reading,
    prefix: Prefix,
    notes: Notes,
    /// Lines of other writers, without what stands before each of the log's own.
    strangers: Option<Lost>,
    /// Whether the line is one of them.
    skipping: bool,
}

/// What all grammars note.
#[derive(Debug)]
struct Notes {
    whose: Grammar,
    stamps: Stamps,
    lost: Option<Lost>,
    others: Others,
}

impl Notes {
    fn new(whose: Grammar) -> Self {
        Self {
            whose,
            stamps: Stamps::default(),
            lost: None,
            others: Others::default(),
        }
    }

    /// Whose line it is that the log's own grammar does not take, where another log has such lines.
    fn other(&self, text: &[u8]) -> Option<Grammar> {
        recognise::grammar(text).filter(|other| !self.whose.reads(*other))
    }

    /// Counts a line where it is another log's, and says whether it is.
    fn pass_over(&mut self, line: &Line<'_>) -> bool {
        let other = self.other(line.text());
        if let Some(other) = other {
            self.others.add(other, line.place);
        }
        other.is_some()
    }

    /// Counts a line as lost.
    fn lose(&mut self, place: Place) {
        self.lost.get_or_insert(Lost::from(place)).lines += 1;
    }
}

impl Lost {
    /// None yet, of those from a place on.
    const fn from(place: Place) -> Self {
        Self {
            lines: 0,
            first: place,
        }
    }
}

#[derive(Debug)]
enum Reading {
    Go(Go),
    Curl(Curl),
    Nghttp(Box<Nghttp>),
    Netty(Netty),
}

impl Reader {
    /// Starts at the beginning of a log.
    #[must_use]
    pub fn new(whose: Grammar) -> Self {
        let grammar = match whose {
            Grammar::GoHttp2Debug => Reading::Go(Go::default()),
            Grammar::Curl => Reading::Curl(Curl::default()),
            Grammar::Nghttp => Reading::Nghttp(Box::default()),
            Grammar::Netty | Grammar::OkHttp => Reading::Netty(Netty::default()),
        };
        Self {
            lines: Lines::new(LINE_MAX),
            inner: Inner {
                grammar,
                prefix: Prefix::default(),
                notes: Notes::new(whose),
                strangers: None,
                skipping: false,
            },
        }
    }

    /// Takes in a part of the log, and hands on what is complete with it.
    pub fn feed(&mut self, bytes: &[u8], out: &mut dyn FnMut(Logged<'_>)) {
        self.lines.feed(bytes, |line| self.inner.read(&line, out));
    }

    /// Takes the log as ended, and hands on what waited for more.
    pub fn finish(&mut self, out: &mut dyn FnMut(Logged<'_>)) {
        self.lines.finish(|line| self.inner.read(&line, out));
        match &mut self.inner.grammar {
            Reading::Go(go) => go.finish(out),
            Reading::Curl(curl) => curl.finish(&mut self.inner.notes, out),
            Reading::Nghttp(nghttp) => nghttp.finish(&mut self.inner.notes, out),
            Reading::Netty(netty) => netty.finish(out),
        }
    }

    /// Lines that look like frames, but could not be read, if there are any.
    #[must_use]
    pub fn lost(&self) -> Option<Lost> {
        self.inner.notes.lost
    }

    /// Lines that only another log has, which were not read, by whose they are.
    #[must_use]
    pub fn others(&self) -> &[(Grammar, Lost)] {
        self.inner.notes.others.all()
    }

    /// Lines without what stands before each of the log's own, which were not read: other writers', if there are any.
    #[must_use]
    pub fn strangers(&self) -> Option<Lost> {
        self.inner.strangers
    }

    /// What the times count from, once the log has shown one.
    #[must_use]
    pub fn clock(&self) -> Option<Clock> {
        match self.inner.grammar {
            Reading::Nghttp(_) => Some(Clock::Start),
            _ => self.inner.notes.stamps.clock(),
        }
    }
}

impl Inner {
    fn read(&mut self, line: &Line<'_>, out: &mut Out<'_>) {
        let marked = line.place.offset == 0;
        let mark = marked.then(|| line.raw.strip_prefix(BYTE_ORDER_MARK));
        let raw = mark.flatten().unwrap_or(line.raw);
        let text = plain(raw);
        if line.starts {
            self.skipping = false;
        }
        let before = self.before(line, &text).filter(|_| !self.skipping);
        let Some(before) = before else {
            if line.starts {
                self.skipping = true;
                let none = Lost::from(line.place);
                self.strangers.get_or_insert(none).lines += 1;
            }
            return;
        };
        let whole = &Line {
            raw: &raw[place_of(raw, before)..],
            ..*line
        };
        let line = &Line {
            raw: &text[before..],
            ..*line
        };
        match &mut self.grammar {
            // Its bodies stand between the lines, so all of a line counts, and every byte of it.
            Reading::Nghttp(nghttp) => nghttp.read(whole, &mut self.notes, out),
            _ if !line.starts => {}
            Reading::Go(go) => go.read(line, &mut self.notes, out),
            Reading::Curl(curl) => curl.read(line, &mut self.notes, out),
            Reading::Netty(netty) => netty.read(line, &mut self.notes, out),
        }
    }

    /// How many bytes of a line stand before what the log's writer wrote; `None` where another wrote it. Go's and Netty's
    /// lines are found behind whatever, and have their times there.
    fn before(&mut self, line: &Line<'_>, text: &[u8]) -> Option<usize> {
        let text = Line { raw: text, ..*line }.text();
        match &self.grammar {
            _ if !line.starts => Some(0),
            Reading::Nghttp(_) => self.prefix.length(text, is_head),
            Reading::Curl(_) => self.prefix.length(text, is_curl),
            Reading::Go(_) | Reading::Netty(_) => Some(0),
        }
    }
}

#[cfg(test)]
mod tests;
