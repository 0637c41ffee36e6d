//! Long runs of alike frames: the first of each kind are shown, the rest are counted in one line.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http::frames::FrameRecord;
use crate::report::view::View;
use crate::wire::{Direction, Flags, FrameType};

/// So many alike frames in a run are still shown one by one.
const FEW: usize = 4;

/// How many of more are shown before the rest is counted.
const FIRST: usize = 2;

/// A line of the list of frames.
pub(super) enum Item<'a> {
    /// A frame by its index.
    Frame(usize, &'a FrameRecord),
    /// Frames that are only counted.
    Folded(Folded<'a>),
}

/// Alike frames that are only counted.
pub(super) struct Folded<'a> {
    /// The first of them.
    pub(super) first: &'a FrameRecord,
    /// How many.
    pub(super) count: u64,
    /// Their payload bytes.
    pub(super) bytes: u64,
    /// When the last was seen.
    pub(super) until: Duration,
}

/// What makes frames alike: direction, type, stream.
type Kind = (bool, FrameType, u32);

/// The frames of a connection as lines, in order.
pub(super) fn items<'a>(view: &View<'a>) -> Vec<Item<'a>> {
    let frames = view.report.case.frames;
    if view.options.verbose {
        let untold = frames.iter().filter(|record| !record.told);
        return untold
            .map(|record| Item::Frame(record.index, record))
            .collect();
    }
    let shown = shown_for_messages(view);
    let mut items = Vec::new();
    let mut run = Vec::new();
    for record in frames.iter().filter(|record| !record.told) {
        let index = record.index;
        let tells = shown.contains(&index) || view.evidence_in(index).next().is_some();
        if folds(record) && !tells {
            run.push((index, record));
        } else {
            end_run(&mut run, &mut items);
            items.push(Item::Frame(index, record));
        }
    }
    end_run(&mut run, &mut items);
    items
}

/// Frames in which the body ends, under which its contents are shown.
fn shown_for_messages(view: &View<'_>) -> Vec<usize> {
    let call = view.report.case.call;
    let halves = [
        (&call.request, view.report.request),
        (&call.response, &view.report.case.body),
    ];
    let mut shown = Vec::new();
    for (half, body) in halves {
        shown.extend(
            half.body
                .pieces
                .iter()
                .rev()
                .find(|piece| piece.length > 0)
                .and_then(|piece| piece.anchor.frame()),
        );
        for seen in &body.seen {
            let last = (seen.start + seen.length).saturating_sub(1) as u64;
            shown.extend(
                half.body
                    .piece_at(last)
                    .and_then(|piece| piece.anchor.frame()),
            );
        }
    }
    shown
}

/// Whether frames like this one come in floods and tell little on their own.
fn folds(record: &FrameRecord) -> bool {
    match record.header.kind {
        FrameType::HEADERS
        | FrameType::PUSH_PROMISE
        | FrameType::RST_STREAM
        | FrameType::GOAWAY => false,
        FrameType::DATA => !record.header.flags.has(Flags::END_STREAM),
        _ => true,
    }
}

fn kind(record: &FrameRecord) -> Kind {
    (
        record.direction == Direction::Sent,
        record.header.kind,
        record.header.stream,
    )
}

fn end_run<'a>(run: &mut Vec<(usize, &'a FrameRecord)>, items: &mut Vec<Item<'a>>) {
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for (_, record) in run.iter() {
        *counts.entry(kind(record)).or_default() += 1;
    }
    let mut met: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut folded: BTreeMap<Kind, usize> = BTreeMap::new();
    for (index, record) in run.drain(..) {
        let kind = kind(record);
        let met = met.entry(kind).or_default();
        *met += 1;
        if counts.get(&kind).is_none_or(|count| *count <= FEW) || *met <= FIRST {
            items.push(Item::Frame(index, record));
            continue;
        }
        let place = *folded.entry(kind).or_insert(items.len());
        if place == items.len() {
            items.push(Item::Folded(Folded {
                first: record,
                count: 0,
                bytes: 0,
                until: record.at,
            }));
        }
        if let Some(Item::Folded(folded)) = items.get_mut(place) {
            folded.count += 1;
            folded.bytes += u64::from(record.header.length);
            folded.until = record.at;
        }
    }
}
