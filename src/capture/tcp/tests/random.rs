//! Streams that are cut up, shuffled, repeated and thinned out at random, and segments that are nothing but random.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::super::crafted::{Random, counting};
use super::super::{ConnectionId, Event, HELD_MAX, Reassembler};
use super::{Segment, ack, between, fin, received, sent, syn};

/// Each byte of a direction, or that it is missing.
fn follow(stream: &mut Vec<Option<u8>>, event: &Event<'_>) {
    match event {
        Event::Bytes {
            from_client: true,
            bytes,
        } => stream.extend(bytes.iter().copied().map(Some)),
        Event::Missing {
            from_client: true,
            bytes,
        } => {
            stream.extend((0..*bytes).map(|_| None));
        }
        _ => {}
    }
}

/// Moves each item by up to `window` places.
fn shuffle<T>(random: &mut Random, items: Vec<T>, window: usize) -> Vec<T> {
    let mut keyed: Vec<(usize, T)> = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| (index + random.below(window), item))
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, item)| item).collect()
}

#[test]
fn streams_are_put_together_but_for_what_is_missing() {
    let mut random = Random(11);
    let mut lost = 0;
    for round in 0..200 {
        let whole = counting(1 + random.below(20_000));
        // Half of them wrap.
        let initial = (random.below(1 << 16) as u32).wrapping_sub(1 << 15);
        let largest = [1, 40, 1_460][random.below(3)].min(whole.len());
        let mut ranges = Vec::new();
        let mut start = 0;
        while start < whole.len() {
            let end = (start + 1 + random.below(largest)).min(whole.len());
            // Some start early, and some come twice.
            let early = start.saturating_sub(random.below(50) * random.below(2));
            if random.below(20) > 0 {
                ranges.push((early, end));
            }
            if random.below(10) == 0 {
                ranges.push((start, (end + random.below(100)).min(whole.len())));
            }
            start = end;
        }
        let ranges = shuffle(&mut random, ranges, 20);
        let mut expected = vec![None; whole.len()];
        for range in &ranges {
            for at in range.0..range.1 {
                expected[at] = Some(whole[at]);
            }
        }
        lost += expected.iter().filter(|it| it.is_none()).count();

        let acknowledging = round % 2 == 0;
        let mut reassembler = Reassembler::default();
        let mut told = Vec::new();
        let mut at = Duration::ZERO;
        let mut play = |segment: &Segment<'_>| {
            at += Duration::from_micros(500);
            reassembler.segment(segment, at, &mut |_, event, _, _| follow(&mut told, &event));
        };
        play(&syn(sent(initial, b"")));
        play(&ack(syn(received(1, b"")), initial.wrapping_add(1)));
        let sequence = |at: usize| initial.wrapping_add(1).wrapping_add(at as u32);
        let mut highest = 0;
        for (start, end) in ranges {
            play(&sent(sequence(start), &whole[start..end]));
            highest = highest.max(end);
            if acknowledging {
                play(&ack(received(2, b""), sequence(highest)));
            }
        }
        play(&fin(sent(sequence(whole.len()), b"")));
        reassembler.finish(&mut |_, event, _, _| follow(&mut told, &event));
        assert!(told == expected, "round {round}");
    }
    assert!(lost > 5_000, "only {lost} bytes were lost");
}

#[test]
fn nothing_that_comes_is_too_much() {
    let mut random = Random(13);
    let payload = vec![7; 3_000];
    for round in 0..40 {
        let mut reassembler = Reassembler::default();
        let (mut open, mut opened) = (BTreeSet::new(), 0);
        let mut check = |ConnectionId(id), event: Event<'_>, _, _| match event {
            Event::Opened { .. } => {
                opened += 1;
                assert_eq!(id, opened);
                open.insert(id);
            }
            Event::Closed => assert!(open.remove(&id), "closed twice"),
            Event::Bytes { bytes, .. } => assert!(open.contains(&id) && !bytes.is_empty()),
            Event::Missing { bytes, .. } => assert!(open.contains(&id) && bytes > 0),
            Event::Ended { .. } => assert!(open.contains(&id)),
        };
        let spread = [50, 5_000, 1 << 24, 1 << 32][round % 4];
        for step in 0..3_000 {
            let ends = ["1.1.1.1:1", "1.1.1.1:2", "2.2.2.2:1"];
            let (source, destination) = (ends[random.below(3)], ends[random.below(3)]);
            let number = |random: &mut Random| random.below(spread) as u32;
            let one_in = |random: &mut Random, limit| random.below(limit) == 0;
            let length = [0, 1, 10, 3_000][random.below(4)];
            let sequence = number(&mut random);
            let segment = Segment {
                acknowledgement: one_in(&mut random, 2).then(|| number(&mut random)),
                syn: one_in(&mut random, 100),
                fin: one_in(&mut random, 200),
                rst: one_in(&mut random, 300),
                missing: if one_in(&mut random, 20) { 60_000 } else { 0 },
                ..between(source, destination, sequence, &payload[..length])
            };
            let at = Duration::from_millis(step * random.below(50) as u64);
            reassembler.segment(&segment, at, &mut check);
            assert!(reassembler.held <= HELD_MAX);
        }
        reassembler.finish(&mut check);
        assert!(opened > 5);
        assert!(open.is_empty());
    }
}
