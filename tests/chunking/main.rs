//! The wire decoder gives the same events however its input is cut, its spans tile the input, and nothing makes it
//! panic: however its bytes are cut, or missing: for the conversations of `inputs`, for every `fixtures/**/*.hex`, and for mutations of all of them.
#![expect(clippy::disallowed_methods, reason = "fixtures are read from disk")]

mod events;
mod gaps;
mod inputs;

use std::time::Duration;

use events::{Kept, Owned, assert_tiles};
use gaps::in_the_middle;
use grpc_probe::wire::{Decoder, Direction, HeaderBlock, Protocol};
use inputs::{CONVERSATIONS, inputs, parse};

/// Inputs longer than this are split at some places only: the work grows with the square.
const SPLIT_EVERYWHERE: usize = 1500;

#[test]
fn any_chunking_gives_the_same_events() {
    for (name, direction, bytes) in inputs() {
        let whole = decode(direction, &[&bytes]);
        assert_tiles(&whole, bytes.len(), &name);
        let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode(direction, &bytewise), whole, "{name}, byte by byte");
        let with_empty: Vec<&[u8]> = bytes.chunks(5).flat_map(|chunk| [chunk, &[]]).collect();
        assert_eq!(
            decode(direction, &with_empty),
            whole,
            "{name}, with empty chunks"
        );
        for at in (0..bytes.len()).step_by(bytes.len() / SPLIT_EVERYWHERE + 1) {
            let (first, second) = bytes.split_at(at);
            assert_eq!(
                decode(direction, &[first, second]),
                whole,
                "{name}, split at {at}"
            );
        }
    }
}

#[test]
fn foreign_is_told_at_the_same_byte_for_any_chunking() {
    for (name, direction, bytes) in inputs() {
        let mut told = None;
        for length in 0..bytes.len().min(40) {
            let whole = foreign(direction, &[&bytes[..length]]);
            let bytewise: Vec<&[u8]> = bytes[..length].chunks(1).collect();
            assert_eq!(
                foreign(direction, &bytewise),
                whole,
                "{name}, {length} bytes"
            );
            assert!(told.is_none() || told == whole, "{name}: an answer stands");
            told = whole;
        }
    }
}

#[test]
fn mutations_never_panic_and_always_tile() {
    let inputs = inputs();
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    for round in 0..4000 {
        let (name, direction, bytes) = &inputs[random.below(inputs.len())];
        let mut bytes = bytes[..bytes.len().min(SPLIT_EVERYWHERE)].to_vec();
        for _ in 0..=random.below(6) {
            mutate(&mut bytes, &mut random);
        }
        let name = format!("round {round}, {name}: {bytes:02x?}");
        let whole = decode(*direction, &[&bytes]);
        assert_tiles(&whole, bytes.len(), &name);
        let (first, second) = bytes.split_at(random.below(bytes.len() + 1));
        let chunks: Vec<&[u8]> = first.chunks(1 + random.below(20)).chain([second]).collect();
        assert_eq!(decode(*direction, &chunks), whole, "{name}");
        let whole = in_the_middle(*direction, &[&bytes]);
        assert_eq!(in_the_middle(*direction, &chunks), whole, "{name}");
    }
}

#[test]
fn the_conversations_hold_what_they_say() {
    let (sent, _) = parse(CONVERSATIONS[0]);
    let events = decode(Direction::Sent, &[&sent]);
    let kinds: Vec<&str> = events.iter().map(|event| event.what.name()).collect();
    assert_eq!(kinds, ["preface", "SETTINGS", "HEADERS", "DATA"]);
    let Owned::Frame {
        block: Some(block), ..
    } = &events[2].what
    else {
        panic!("no block")
    };
    assert_eq!(block.get(":authority"), Some(&b"www.example.com"[..]));

    let (sent, _) = parse(CONVERSATIONS[1]);
    let events = decode(Direction::Sent, &[&sent]);
    let blocks: Vec<&HeaderBlock> = events
        .iter()
        .filter_map(|event| event.what.block())
        .collect();
    assert_eq!(blocks.len(), 2);
    assert_eq!(blocks[0].get("a"), Some(&b"bc"[..]));
    assert_eq!(blocks[1].get("a"), Some(&b"bc"[..]));
    assert_eq!(
        (blocks[1].size_updates.len(), blocks[1].faults.len()),
        (1, 1)
    );

    let (_, received) = parse(CONVERSATIONS[2]);
    let events = decode(Direction::Received, &[&received]);
    assert_eq!(events.last().map(|event| event.what.name()), Some("cut"));
    assert_eq!(events.len(), 13);
}

/// All events of a direction whose bytes arrive in these chunks.
fn decode(direction: Direction, chunks: &[&[u8]]) -> Vec<Kept> {
    let mut decoder = Decoder::new(direction);
    let mut events = Vec::new();
    for mut chunk in chunks.iter().copied() {
        while let Some(event) = decoder.next(&mut chunk, Duration::ZERO) {
            events.push(Kept::from(event));
        }
        assert!(chunk.is_empty(), "all of the chunk is taken in");
    }
    events.extend(decoder.finish(Duration::ZERO).map(Kept::from));
    assert!(decoder.finish(Duration::ZERO).is_none());
    events
}

/// What the decoder says of the direction after these chunks.
fn foreign(direction: Direction, chunks: &[&[u8]]) -> Option<Protocol> {
    let mut decoder = Decoder::new(direction);
    for mut chunk in chunks.iter().copied() {
        while decoder.next(&mut chunk, Duration::ZERO).is_some() {}
    }
    decoder.foreign()
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Xorshift) {
    if bytes.is_empty() {
        bytes.push(random.next() as u8);
    }
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => bytes[at] = random.next() as u8,
        1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, random.next() as u8),
        4 => drop(bytes.remove(at)),
        _ => {
            let end = (at + random.below(40)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, copy);
        }
    }
}

/// A small generator, seeded so that a failure comes back.
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}
