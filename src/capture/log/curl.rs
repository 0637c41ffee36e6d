//! curl's traces: `--trace`, which has every byte, `--trace-ascii`, whose bodies are not exact, and `-v`, which has none.
//! They show messages as HTTP/1.1 would have them, and no frames.

mod block;
mod exchange;

use std::collections::BTreeMap;

use self::block::{Block, Kind, label};
use self::exchange::Exchange;
use super::cursor::{Cursor, contains, said};
use super::{Logged, Notes, Out, What};
use crate::capture::text::lines::Line;
use crate::wire::Direction;
use crate::wire::hpack::LIST_LIMIT;

/// What tells of something worth showing in curl's own remarks.
const TELLING: &[&str] = &[
    "rror",
    "ailed",
    "refused",
    "GOAWAY",
    "not closed cleanly",
    "mpty reply",
    "reset",
    "timed out",
    "ALPN",
    "SSL connection using",
];

/// Transfers that are told apart at a time: 64, more than the 50 that `curl --parallel` makes unless told otherwise.
const TRANSFERS_MAX: usize = 64;

/// The size of all fields that are kept, counted as SETTINGS_MAX_HEADER_LIST_SIZE counts it: 16 header sections of the
/// largest size that is kept of one.
const FIELDS_MAX: usize = 16 * LIST_LIMIT;

/// Reads a trace of curl's.
#[derive(Debug, Default)]
pub(super) struct Curl {
    /// The block whose rows are being read.
    block: Option<Block>,
    /// What each transfer has come to, by the identifiers that newer versions put before their lines.
    exchanges: BTreeMap<String, Exchange>,
}

impl Curl {
    pub(super) fn read(&mut self, line: &Line<'_>, notes: &mut Notes, out: &mut Out<'_>) {
        // With -v, header lines end as they do in HTTP/1.1, which may have been written as text once more.
        let text = line.text();
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if let Some(block) = &mut self.block
            && block.take(text)
        {
            if block.is_complete() {
                self.deliver(notes, out);
            }
            return;
        }
        let (stamp, transfer, rest) = front(text);
        let marked = rest.first().is_some_and(|first| b"=<>*".contains(first));
        if !marked && hidden(rest).is_none() && notes.pass_over(line) {
            return;
        }
        self.deliver(notes, out);
        let at = notes.stamps.read(stamp).or(notes.stamps.latest());
        if let Some((direction, kind, length)) = label(rest) {
            self.block = Some(Block::new(
                direction, kind, length, transfer, at, line.place,
            ));
            if length == 0 {
                self.deliver(notes, out);
            }
            return;
        }
        let mut to = |what: What<'_>| {
            out(Logged {
                connection: transfer,
                at,
                place: line.place,
                what,
            });
        };
        let exchange = exchange(&mut self.exchanges, transfer);
        let mut c = Cursor(rest);
        if c.eat("== Info: ") || c.eat("* ") {
            if exchange.remark(c.0, &mut to) {
                return;
            }
            if TELLING.iter().any(|needle| contains(c.0, needle)) {
                to(What::Said(said(c.0)));
            }
        } else if [&b">"[..], b"<"].contains(&&rest[..rest.len().min(1)]) && !line.is_terminated() {
            // A line that is cut may look like an empty one, which ends a section, or give a part of a value for all of it.
            notes.lose(line.place);
        } else if c.eat("> ") || rest == b">" {
            exchange.request_line(c.0, &mut to);
        } else if c.eat("< ") || rest == b"<" {
            let field = if rest == b"<" { b"" } else { c.0 };
            if !exchange.response_line(field, &mut to) {
                notes.lose(line.place);
            }
        } else if let Some((direction, length)) = hidden(rest) {
            exchange.body(direction, None, length, &mut to);
        }
    }

    pub(super) fn finish(&mut self, notes: &mut Notes, out: &mut Out<'_>) {
        self.deliver(notes, out);
        for (transfer, exchange) in &mut self.exchanges {
            let (at, place) = exchange.latest();
            exchange.cut(&mut |what| {
                out(Logged {
                    connection: transfer,
                    at,
                    place,
                    what,
                });
            });
        }
    }

    /// Hands on the block whose rows have all come.
    fn deliver(&mut self, notes: &mut Notes, out: &mut Out<'_>) {
        let Some(mut block) = self.block.take() else {
            return;
        };
        block.end();
        let exchange = exchange(&mut self.exchanges, &block.transfer);
        exchange.heard(block.at, block.place);
        let mut to = |what: What<'_>| {
            out(Logged {
                connection: &block.transfer,
                at: block.at,
                place: block.place,
                what,
            });
        };
        let understood = match (block.kind, block.direction) {
            (Kind::Tls, _) => true,
            (Kind::Data, direction) => {
                exchange.body(direction, block.bytes(), block.length, &mut to);
                !block.is_broken()
            }
            (Kind::Header, Direction::Sent) => {
                for line in block.lines() {
                    exchange.request_line(line, &mut to);
                }
                !block.is_cut()
            }
            (Kind::Header, Direction::Received) => {
                block.lines().fold(!block.is_cut(), |fits, line| {
                    exchange.response_line(line, &mut to) && fits
                })
            }
        };
        if block.kind == Kind::Header && block.is_cut() {
            exchange.miss_field(block.direction);
        }
        if !understood {
            notes.lose(block.place);
        }
    }
}

/// What a transfer has come to. Transfers are numbered, so the first is likely over where there are too many.
fn exchange<'a>(exchanges: &'a mut BTreeMap<String, Exchange>, transfer: &str) -> &'a mut Exchange {
    let new = !exchanges.contains_key(transfer);
    let size = exchanges.values().map(Exchange::size).sum::<usize>();
    if new && exchanges.len() == TRANSFERS_MAX || size > FIELDS_MAX {
        exchanges.pop_first();
    }
    exchanges.entry(transfer.to_owned()).or_default()
}

/// The time, the transfer and the rest of a line: `13:07:22.746926 [0-0] => …`.
pub(super) fn front(text: &[u8]) -> (&[u8], &str, &[u8]) {
    let mut c = Cursor(text);
    let time = match text.get(..16) {
        Some(time) if time[2] == b':' && time[5] == b':' && time[8] == b'.' && time[15] == b' ' => {
            c.0 = &text[16..];
            time
        }
        _ => &[],
    };
    let after = c;
    let transfer = if c.eat("[") { c.until(b"]") } else { &[] };
    let ids = |b: &u8| b.is_ascii_digit() || b"-x".contains(b);
    match std::str::from_utf8(transfer) {
        Ok(transfer)
            if !transfer.is_empty() && transfer.bytes().all(|b| ids(&b)) && c.eat("] ") =>
        {
            (time, transfer, c.0)
        }
        _ => (time, "", after.0),
    }
}

/// `{ [20 bytes data]` or `} [12 bytes data]`: a part of a body that `-v` does not show.
fn hidden(text: &[u8]) -> Option<(Direction, u64)> {
    let mut c = Cursor(text);
    let direction = if c.eat("{ [") {
        Direction::Received
    } else {
        c.eat("} [").then_some(Direction::Sent)?
    };
    let length = c.number()?;
    c.eat(" bytes data]").then_some((direction, length))
}

/// Whether a line is the label of a block.
pub(super) fn is_label(text: &[u8]) -> bool {
    label(text).is_some()
}
