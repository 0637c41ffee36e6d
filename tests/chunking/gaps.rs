//! Bytes that are missing from a direction, and directions that begin in their middle.

use std::time::Duration;

use grpc_probe::wire::{Decoder, Direction};

use super::events::{Kept, Owned};
use super::inputs::inputs;

/// Lengths of gaps: within a frame header, all of one, and more.
const LENGTHS: [usize; 8] = [1, 2, 5, 8, 9, 10, 23, 60];

/// At how many places of a direction gaps are tried.
const PLACES: usize = 600;

/// All events of a direction from which bytes are missing.
fn with_gap(direction: Direction, bytes: &[u8], start: usize, length: usize) -> Vec<Kept> {
    let mut decoder = Decoder::new(direction);
    let mut events = Vec::new();
    let (mut before, mut after) = (&bytes[..start], &bytes[start + length..]);
    while let Some(event) = decoder.next(&mut before, Duration::ZERO) {
        events.push(event.into());
    }
    decoder.miss(length as u64);
    while let Some(event) = decoder.next(&mut after, Duration::ZERO) {
        events.push(event.into());
    }
    while let Some(event) = decoder.finish(Duration::ZERO) {
        events.push(event.into());
    }
    events
}

/// The events of a direction that is seen from here on.
pub(crate) fn in_the_middle(direction: Direction, chunks: &[&[u8]]) -> Vec<Kept> {
    let mut decoder = Decoder::in_the_middle(direction);
    let mut events = Vec::new();
    for mut chunk in chunks.iter().copied() {
        while let Some(event) = decoder.next(&mut chunk, Duration::ZERO) {
            events.push(event.into());
        }
    }
    while let Some(event) = decoder.finish(Duration::ZERO) {
        events.push(event.into());
    }
    events
}

#[track_caller]
fn assert_tiles(events: &[Kept], length: usize, name: &str) {
    let mut end = 0;
    for event in events {
        assert_eq!(event.offset, end, "{name}: spans leave no gap: {events:?}");
        end += event.length;
    }
    assert_eq!(
        end as usize, length,
        "{name}: all bytes are accounted for: {events:?}"
    );
}

/// What was found after a gap.
#[derive(Debug, Default, PartialEq)]
struct Found {
    /// Frames that are there.
    frames: usize,
    /// Header blocks of them.
    blocks: usize,
    /// First frames after a gap that are none: nine bytes within another frame may look like a header, too.
    misread: usize,
}

impl Found {
    /// Holds frames that were found against those that are there.
    fn hold(&mut self, found: &[Kept], whole: &[Kept], shift: u64, gap: (u64, u64), name: &str) {
        let mut resumed = false;
        for event in found {
            let Owned::Frame {
                header, payload, ..
            } = &event.what
            else {
                continue;
            };
            let offset = event.offset + shift;
            let there = whole.iter().find(|it| it.offset == offset);
            let Some(Owned::Frame {
                header: real,
                payload: all,
                ..
            }) = there.map(|it| &it.what)
            else {
                let end = offset + event.length;
                let ends_well = whole.iter().any(|it| it.offset + it.length == end);
                assert!(ends_well && !resumed, "{name}: {event:?}");
                self.misread += 1;
                resumed = true;
                continue;
            };
            assert_eq!(header, real, "{name}");
            let (start, end) = (offset + 9, offset + 9 + all.len() as u64);
            if end <= gap.0 || start >= gap.1 {
                assert_eq!(payload, all, "{name}");
            }
            if offset >= gap.1 {
                resumed = true;
                self.frames += 1;
                self.blocks += usize::from(event.what.block().is_some());
            }
        }
    }
}

fn whole(direction: Direction, bytes: &[u8]) -> Vec<Kept> {
    super::decode(direction, &[bytes])
}

/// Whether a direction is one of frames such as peers send, by which they can be found again.
fn is_http2(events: &[Kept]) -> bool {
    let odd = |event: &Kept| match &event.what {
        Owned::Cut { header, .. } => header.is_some_and(|header| header.length > 65_536),
        what => !matches!(what, Owned::Frame { .. } | Owned::Preface),
    };
    !events.iter().any(odd)
}

#[test]
fn a_gap_anywhere_leaves_the_rest_as_it_is() {
    let mut found = Found::default();
    for (name, direction, bytes) in inputs() {
        let whole = whole(direction, &bytes);
        let is_http2 = is_http2(&whole);
        for start in (0..bytes.len()).step_by(bytes.len() / PLACES + 1) {
            for length in LENGTHS
                .into_iter()
                .filter(|length| start + length <= bytes.len())
            {
                let name = format!("{name}, {length} missing at {start}");
                let events = with_gap(direction, &bytes, start, length);
                assert_tiles(&events, bytes.len(), &name);
                if !is_http2 {
                    continue;
                }
                let (from, to) = (start as u64, (start + length) as u64);
                let before = whole.iter().take_while(|it| it.offset + it.length <= from);
                let before: Vec<&Kept> = before.collect();
                let same: Vec<&Kept> = events.iter().take(before.len()).collect();
                assert_eq!(same, before, "{name}");
                found.hold(&events, &whole, 0, (from, to), &name);
            }
        }
    }
    let expected = Found {
        frames: 32829,
        blocks: 4672,
        misread: 32,
    };
    assert_eq!(found, expected);
}

#[test]
fn a_direction_that_begins_anywhere() {
    let mut found = Found::default();
    for (name, direction, bytes) in inputs() {
        let whole = whole(direction, &bytes);
        let is_http2 = is_http2(&whole);
        for start in (0..bytes.len()).step_by(bytes.len() / PLACES + 1) {
            let name = format!("{name}, from {start}");
            let events = in_the_middle(direction, &[&bytes[start..]]);
            assert_tiles(&events, bytes.len() - start, &name);
            if is_http2 {
                let from = start as u64;
                found.hold(&events, &whole, from, (from, from), &name);
            }
        }
    }
    let expected = Found {
        frames: 4613,
        blocks: 705,
        misread: 4,
    };
    assert_eq!(found, expected);
}
