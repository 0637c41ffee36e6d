//! The body bytes of a DATA frame: the dump, what was found in it, and the messages that end in it.

use std::ops::Range;

use super::annotate::{self, Mark};
use super::dump::{self, Groups, Row};
use super::frames::BODY_INDENT;
use super::severity_sign;
use crate::diagnosis::{Body, Seen, Shape};
use crate::http::exchange::{Half, Piece};
use crate::http::frames::FrameRecord;
use crate::http::part::Anchor;
use crate::report::style::{Line, Page, Style};
use crate::report::view::{View, count, data_offset, number};
use crate::report::wrap;
use crate::rpc::envelope::{Message, PREFIX_LENGTH, Rest};
use crate::wire::{Direction, Payload};

/// Lines of a body that is text.
const TEXT_LINES: usize = 8;

/// How many lines the contents of a message may take.
const CONTENT_LINES: usize = 3;

/// A body as it is, with the DATA frames that carried it.
struct Carried<'v> {
    body: &'v Body<'v>,
    half: &'v Half,
    piece: Option<&'v Piece>,
}

/// Writes what a DATA frame carried.
pub(super) fn write(view: &View<'_>, index: usize, record: &FrameRecord, page: &mut Page) {
    let Payload::Data { data, padding } = record.view() else {
        return;
    };
    let carried = carried(view, index, record);
    let start = data_offset(record, padding);
    let total = carried
        .piece
        .map_or(data.len() as u64, |piece| piece.length);
    let shown = view
        .secrets
        .first(record.direction, Some(start), data, view.dump(data.len()));
    let marks = marks(view, index, start);
    let groups = groups(&carried, &marks, shown.len());
    let rows = dump::rows(&shown, &groups, page.room(BODY_INDENT));
    let prefixes = prefixes(&carried);
    let (whole, marks): (Vec<_>, Vec<_>) = marks
        .into_iter()
        .partition(|(range, ..)| range.start == 0 && range.end as u64 >= total);
    // A note that has no room beside its prefix stands beneath the message.
    let mut note = None;
    for row in &rows {
        let line = Line::indent(BODY_INDENT).plain(&row.text);
        let opening = prefixes.iter().find(|(at, _)| *at == row.bytes.start);
        match opening.map(|(_, message)| prefix_note(message)) {
            Some(new) => {
                push_note(note.take(), page);
                note = beside(line, new, page);
            }
            None => page.push(line),
        }
        for line in annotate::beneath(row_marks(row, &marks), BODY_INDENT, page.room(BODY_INDENT)) {
            page.push(line);
        }
    }
    push_note(note, page);
    let more = total.saturating_sub(shown.len() as u64);
    if more > 0 && !shown.is_empty() {
        let text = format!("\u{2026} {}", count(more, "more byte"));
        page.push(Line::indent(BODY_INDENT).dim(text));
    }
    for (range, words, style) in marks
        .iter()
        .filter(|(range, ..)| range.start >= shown.len())
    {
        let start = Line::indent(BODY_INDENT)
            .with(*style, format!("byte {}: ", number(range.start as u64)));
        page.hang(start, Style::Plain, words);
    }
    if whole.is_empty() {
        contents(view, &carried, page);
    }
    // What is said of all bytes needs no carets.
    for (_, words, style) in &whole {
        page.hang(Line::indent(BODY_INDENT), *style, words);
    }
}

fn carried<'v>(view: &View<'v>, index: usize, record: &FrameRecord) -> Carried<'v> {
    let call = view.report.case.call;
    let (body, half): (&'v Body<'v>, _) = match record.direction {
        Direction::Sent => (view.report.request, &call.request),
        Direction::Received => (&view.report.case.body, &call.response),
    };
    let piece = half
        .body
        .pieces
        .iter()
        .find(|piece| piece.anchor == Anchor::Frame(index));
    Carried { body, half, piece }
}

/// Evidence in this frame that says what it reads as, by position among the frame's body bytes.
fn marks(view: &View<'_>, index: usize, start: u64) -> Vec<(Range<usize>, String, Style)> {
    let place = |offset: u64| usize::try_from(offset).ok();
    view.evidence_in(index)
        .filter_map(|(finding, evidence)| {
            let words = view.text(evidence.reads_as.as_deref()?);
            let first = place(evidence.offset.checked_sub(start)?)?;
            let end = first.saturating_add(place(evidence.length)?);
            Some((first..end, words, severity_sign(finding.severity).1))
        })
        .collect()
}

fn row_marks(row: &Row, marks: &[(Range<usize>, String, Style)]) -> Vec<Mark> {
    marks
        .iter()
        // Words stand beneath the row where their bytes begin.
        .filter(|(range, ..)| row.bytes.contains(&range.start))
        .filter_map(|(range, words, style)| {
            let columns = row.columns_of(range)?;
            Some(Mark {
                start: columns.start,
                end: columns.end,
                words: words.clone(),
                style: *style,
            })
        })
        .collect()
}

/// The messages whose prefixes stand in this frame, by position among its bytes. None where the body is not framed.
fn prefixes(carried: &Carried<'_>) -> Vec<(usize, Message)> {
    let (body, Some(piece)) = (carried.body, carried.piece) else {
        return Vec::new();
    };
    if !body.is_as_it_came() {
        return Vec::new();
    }
    let last = match (body.shape, body.messages.rest) {
        (Shape::Framed | Shape::Truncated(_), Rest::PartialMessage(message)) => Some(message),
        (
            Shape::LittleEndian(message)
            | Shape::SelfCounting(message, _)
            | Shape::ReservedFlags(message)
            | Shape::WebTrailers(message),
            _,
        ) => Some(message),
        _ => None,
    };
    let from = body
        .messages
        .whole
        .partition_point(|message| (message.start as u64) < piece.start);
    body.messages.whole[from..]
        .iter()
        .copied()
        .chain(last)
        .filter_map(|message| {
            let at = (message.start as u64).checked_sub(piece.start)?;
            (at < piece.length).then_some((usize::try_from(at).ok()?, message))
        })
        .take_while(|(at, _)| *at < piece.length as usize)
        .collect()
}

fn groups(carried: &Carried<'_>, marks: &[(Range<usize>, String, Style)], shown: usize) -> Groups {
    let prefixes: Vec<usize> = prefixes(carried)
        .into_iter()
        .map(|(at, _)| at)
        .filter(|at| *at < shown)
        .collect();
    // A finding may say what a client reads as the length where there is none.
    let misread = marks
        .iter()
        .map(|(range, ..)| range)
        .find(|range| range.len() == PREFIX_LENGTH - 1 && range.start > 0)
        .map(|range| range.start - 1)
        .filter(|start| !prefixes.contains(start));
    Groups { prefixes, misread }
}

fn prefix_note(message: &Message) -> String {
    let flag = message.flag;
    let compressed = if flag == 1 { " (compressed)" } else { "" };
    format!("flag {flag}{compressed}, length {}", message.length)
}

/// Writes `line` with a note at its end; where there is no room gives the note back.
fn beside(line: Line, note: String, page: &mut Page) -> Option<String> {
    if line.columns() + 3 + wrap::columns(&note) <= page.width {
        page.push(line.plain("   ").dim(note));
        None
    } else {
        page.push(line);
        Some(note)
    }
}

fn push_note(note: Option<String>, page: &mut Page) {
    if let Some(note) = note {
        page.push(Line::indent(BODY_INDENT).dim(note));
    }
}

/// The messages whose last byte this frame carries, or those of a body that is not framed beneath its last byte.
fn contents(view: &View<'_>, carried: &Carried<'_>, page: &mut Page) {
    let Some(piece) = carried.piece else {
        return;
    };
    let body = carried.body;
    let end = piece.start + piece.length;
    let closes_body = end == carried.half.body.length && piece.length > 0;
    for seen in &body.seen {
        let last = (seen.start + seen.length) as u64;
        let here = if !body.is_as_it_came() {
            closes_body
        } else {
            piece.start < last && last <= end
        };
        if here {
            content(view, body, seen, page);
        }
    }
    if closes_body && let Shape::Text(_) = body.shape {
        for line in super::foreign::lines(view, &body.bytes, TEXT_LINES, page.room(BODY_INDENT + 2))
        {
            page.push(Line::indent(BODY_INDENT).dim("\u{2502} ").plain(line));
        }
    }
}

fn content(view: &View<'_>, body: &Body<'_>, seen: &Seen, page: &mut Page) {
    let limit = page.room(BODY_INDENT) * CONTENT_LINES;
    let text = match (&seen.decoded, seen.plain(body)) {
        (Some(Ok(decoded)), _) => decoded.text(limit),
        (_, Some([])) => "an empty message".to_owned(),
        (_, Some(_)) => match seen.raw_text(body, limit) {
            Some(text) => text,
            None => return,
        },
        (_, None) => "compressed, and not to be decompressed".to_owned(),
    };
    let mut how: Vec<String> = body
        .encodings
        .iter()
        .map(|encoding| encoding.describe())
        .collect();
    if matches!(body.shape, Shape::Bare) {
        how.push("without a prefix".to_owned());
    }
    if seen.decompressed.as_ref().is_some_and(Result::is_ok) {
        how.push("decompressed".to_owned());
    }
    let start = Line::indent(BODY_INDENT);
    let start = if how.is_empty() {
        start
    } else {
        start.dim(format!("{}: ", how.join(", ")))
    };
    if start.columns() + wrap::NARROWEST > page.width {
        page.push(start);
        page.hang(Line::indent(BODY_INDENT), Style::Good, &view.text(&text));
    } else {
        page.hang(start, Style::Good, &view.text(&text));
    }
}
