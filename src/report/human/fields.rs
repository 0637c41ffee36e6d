//! The fields of a header block, in a column.

use super::frames::BODY_INDENT;
use super::severity_sign;
use crate::report::style::{Line, Page, Style};
use crate::report::view::{View, count};
use crate::report::wrap;
use crate::wire::hpack::{FaultKind, Unknown};
use crate::wire::{Field, HeaderBlock, Representation};

/// The widest column of names; a longer name pushes its own value aside only.
const NAME_MAX: usize = 24;

/// How many fields of a block are shown, and then how many that findings point at.
const FIELDS_SHOWN: usize = 100;

/// Writes the fields of the block that frame `index` opens.
pub(super) fn write(view: &View<'_>, index: usize, block: &HeaderBlock, page: &mut Page) {
    let width = block
        .iter()
        .take(FIELDS_SHOWN)
        .map(|field| wrap::columns(&view.wire_text(field.name)))
        .filter(|width| *width <= NAME_MAX)
        .max()
        .unwrap_or(0);
    let marks = view.marked_in(index);
    let all = view.options.verbose;
    let (mut shown, mut folded) = (0, 0);
    for field in block.iter() {
        let marked = marks.get(&(field.span.offset, field.span.length)).copied();
        let room = if marked.is_some() {
            2 * FIELDS_SHOWN
        } else {
            FIELDS_SHOWN
        };
        if !all && shown >= room {
            folded += 1;
            continue;
        }
        shown += 1;
        let start = match marked {
            Some(severity) => {
                let (sign, style) = severity_sign(severity);
                Line::indent(BODY_INDENT - 2).with(style, sign).plain(" ")
            }
            None => Line::indent(BODY_INDENT),
        };
        let name = match field.unknown {
            Some(Unknown::Name | Unknown::Both) => "?".to_owned(),
            _ => view.wire_text(field.name),
        };
        let start = start.with(Style::Name, wrap::pad(&name, width)).plain("  ");
        page.hang(start, Style::Plain, &value(view, &field));
        if view.options.verbose {
            page.hang(
                Line::indent(BODY_INDENT + width + 2),
                Style::Dim,
                &encoding(&field),
            );
        }
    }
    if folded > 0 {
        let text = format!("\u{2026} {}", count(folded, "more field"));
        page.push(Line::indent(BODY_INDENT).dim(text));
    }
    for update in block.size_updates.iter().filter(|_| view.options.verbose) {
        let text = format!(
            "dynamic table size update to {}, at {}",
            update.size, update.span.offset
        );
        page.push(Line::indent(BODY_INDENT).dim(text));
    }
    for fault in &block.faults {
        let start = Line::indent(BODY_INDENT - 2).with(Style::Bad, "\u{2717} ");
        let text = format!(
            "HPACK, at byte {}: {}",
            fault.span.offset,
            describe(fault.kind)
        );
        page.hang(start, Style::Plain, &text);
    }
}

fn value(view: &View<'_>, field: &Field<'_>) -> String {
    match (field.unknown, field.index) {
        (Some(Unknown::Value | Unknown::Both), Some(index)) => {
            format!("(entry {index} of the dynamic table, which was never seen)")
        }
        (Some(Unknown::Value | Unknown::Both), None) => "(not to be decoded)".to_owned(),
        _ => view.field_value(field.name, field.value),
    }
}

/// How a field stands in the block: "literal, incremental indexing, name of entry 31, huffman value, 12 bytes at 40".
fn encoding(field: &Field<'_>) -> String {
    let mut parts = vec![match field.representation {
        Representation::Indexed => "indexed".to_owned(),
        Representation::LiteralIncremental => "literal, added to the table".to_owned(),
        Representation::LiteralWithoutIndexing => "literal, not indexed".to_owned(),
        Representation::LiteralNeverIndexed => "literal, never indexed".to_owned(),
        Representation::Unseen => "not in this source".to_owned(),
    }];
    match (field.index, field.representation) {
        (Some(index), Representation::Indexed) => parts.push(format!("entry {index}")),
        (Some(index), _) => parts.push(format!("name of entry {index}")),
        (None, _) => {}
    }
    match field.huffman {
        (true, true) => parts.push("huffman".to_owned()),
        (true, false) => parts.push("huffman name".to_owned()),
        (false, true) => parts.push("huffman value".to_owned()),
        (false, false) => {}
    }
    if field.representation != Representation::Unseen {
        parts.push(format!("@{}+{}", field.span.offset, field.span.length));
    }
    parts.join(", ")
}

fn describe(fault: FaultKind) -> String {
    match fault {
        FaultKind::Index(index) => format!("index {index} is in neither table"),
        FaultKind::Integer => "an integer that does not end or is too large".to_owned(),
        FaultKind::StringLength(length) => {
            format!("a string of {length} bytes, more than the block has left")
        }
        FaultKind::Huffman => "a Huffman code that is none".to_owned(),
        FaultKind::TooLarge => "the block is too large; the rest of it was not kept".to_owned(),
    }
}
