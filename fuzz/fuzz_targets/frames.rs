//! Any bytes as a direction of a connection: the spans of the events tile them, and the events are the same in whatever
//! chunks the bytes arrive.

#![no_main]

#[path = "../../tests/chunking/events.rs"]
#[allow(dead_code, reason = "its tests use more of it")]
mod events;

use std::time::Duration;

use grpc_probe::wire::{Decoder, Direction};
use libfuzzer_sys::fuzz_target;

use self::events::{Kept, assert_tiles};

fuzz_target!(|bytes: &[u8]| {
    for direction in [Direction::Sent, Direction::Received] {
        let whole = events(Decoder::new(direction), &[bytes], 0);
        assert_tiles(&whole, bytes.len(), "whole");
        assert_eq!(events(Decoder::new(direction), &chunks(bytes), 0), whole);

        let whole = events(Decoder::in_the_middle(direction), &[bytes], 0);
        assert_leaves_no_gap(&whole, bytes.len());
        let chunked = events(Decoder::in_the_middle(direction), &chunks(bytes), 0);
        assert_eq!(chunked, whole);

        let (before, after) = bytes.split_at(bytes.len() / 2);
        let missing = after.first().map_or(0, |first| usize::from(*first));
        let whole = events(Decoder::new(direction), &[before, after], missing);
        assert_leaves_no_gap(&whole, bytes.len() + missing);
        let chunked: Vec<&[u8]> = [before].into_iter().chain(chunks(after)).collect();
        assert_eq!(events(Decoder::new(direction), &chunked, missing), whole);
    }
});

/// All events of a direction whose bytes arrive in these chunks. After the first of them bytes are missing, where any
/// are.
fn events(mut decoder: Decoder, chunks: &[&[u8]], missing: usize) -> Vec<Kept> {
    let mut events = Vec::new();
    for (place, mut chunk) in chunks.iter().copied().enumerate() {
        if place == 1 && missing > 0 {
            decoder.miss(missing as u64);
        }
        while let Some(event) = decoder.next(&mut chunk, Duration::ZERO) {
            events.push(Kept::from(event));
        }
        assert!(chunk.is_empty(), "all of the chunk is taken in");
    }
    while let Some(event) = decoder.finish(Duration::ZERO) {
        events.push(Kept::from(event));
    }
    events
}

/// Chunks of 1 to 256 bytes: the first byte of each says how many it has.
fn chunks(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut chunks = Vec::new();
    while let Some(&first) = bytes.first() {
        let (chunk, rest) = bytes.split_at(bytes.len().min(usize::from(first) + 1));
        chunks.push(chunk);
        bytes = rest;
    }
    chunks
}

fn assert_leaves_no_gap(events: &[Kept], length: usize) {
    let end = events.iter().fold(0, |end, event| {
        assert_eq!(event.offset, end, "spans leave no gap");
        end + event.length
    });
    assert_eq!(end, length as u64, "all bytes are accounted for");
}
