//! When bytes are believed to be missing from the capture.

use std::time::Duration;

use super::super::{ConnectionId, HELD_MAX, direction};
use super::{Played, ack, fin, received, sent};

/// A connection whose client's first five bytes are missing, with five after these.
fn with_gap() -> Played {
    let mut played = Played::shaken();
    assert!(played.play(ack(sent(1_006, b"after"), 5_001)).is_empty());
    played
}

#[test]
fn an_acknowledged_gap_is_given_up_after_some_segments() {
    let mut played = with_gap();
    for _ in 0..64 {
        assert!(played.play(ack(received(5_001, b""), 1_011)).is_empty());
    }
    let told = played.play(ack(received(5_001, b""), 1_011));
    assert_eq!(told, ["> missing 5", "> after"]);
    // With the place of what follows.
    let (.., place) = played.told[1];
    assert_eq!(place.offset, 400);
}

#[test]
fn an_acknowledged_gap_is_given_up_after_some_time() {
    let mut played = with_gap();
    assert!(played.play(ack(received(5_001, b""), 1_006)).is_empty());
    played.now += Duration::from_millis(99);
    assert!(played.play(ack(received(5_001, b""), 1_006)).is_empty());
    played.now += Duration::from_millis(1);
    let told = played.play(ack(received(5_001, b"hi"), 1_006));
    assert_eq!(told, ["< hi", "> missing 5", "> after"]);
}

#[test]
fn several_gaps_that_one_acknowledgement_covers_go_together() {
    let mut played = with_gap();
    assert!(played.play(sent(1_021, b"third")).is_empty());
    assert!(played.play(sent(1_031, b"fourth")).is_empty());
    assert!(played.play(ack(received(5_001, b""), 1_026)).is_empty());
    played.now += Duration::from_secs(1);
    let told = played.play(ack(received(5_001, b""), 1_026));
    assert_eq!(told, ["> missing 5", "> after", "> missing 10", "> third"]);
    assert_eq!(played.finish(), ["> missing 5", "> fourth", "closed"]);
}

#[test]
fn what_is_not_acknowledged_is_waited_for() {
    let mut played = with_gap();
    // The receiver has no more than the first two bytes; it says so for each segment that follows.
    for index in 0..500 {
        let sequence = 1_011 + index * 4;
        assert!(played.play(sent(sequence, b"more")).is_empty());
        assert!(played.play(ack(received(5_001, b""), 1_003)).is_empty());
        played.now += Duration::from_millis(10);
    }
    let told = played.play(sent(1_001, b"first"));
    assert_eq!(told.len(), 502);
    assert_eq!(told[..3], ["> first", "> after", "> more"]);
}

#[test]
fn an_acknowledgement_may_stand_before_what_it_is_for() {
    let mut played = Played::shaken();
    // One direction is ahead of the other by thirty packets throughout, and those of the other are out of order too.
    let mut told = Vec::new();
    for index in 0..1_000 {
        told.extend(played.play(ack(received(5_001, b""), 1_001 + index * 4)));
        if let Some(behind) = index.checked_sub(30) {
            let sequence = 1_001 + (behind ^ 1) * 4;
            told.extend(played.play(ack(sent(sequence, b"data"), 5_001)));
        }
    }
    assert_eq!(told.len(), 970);
    assert!(told.iter().all(|line| line == "> data"));
}

#[test]
fn a_gap_before_an_acknowledged_fin_is_given_up() {
    let mut played = with_gap();
    assert!(played.play(ack(fin(sent(1_021, b"end")), 5_001)).is_empty());
    let told = played.play(ack(fin(received(5_001, b"")), 1_025));
    let all = [
        "< fin",
        "> missing 5",
        "> after",
        "> missing 10",
        "> end",
        "> fin",
        "closed",
    ];
    assert_eq!(told, all);
    // And where nothing is held but the FIN itself.
    let mut played = Played::shaken();
    assert!(played.play(fin(sent(1_011, b""))).is_empty());
    let told = played.play(ack(received(5_001, b""), 1_012));
    assert_eq!(told, ["> missing 10", "> fin"]);
    assert_eq!(played.finish(), ["closed"]);
}

#[test]
fn a_fin_may_be_ahead_of_its_turn() {
    let mut played = Played::shaken();
    assert!(played.play(fin(sent(1_006, b"end"))).is_empty());
    // It is not what is acknowledged.
    assert!(played.play(ack(received(5_001, b""), 1_001)).is_empty());
    let told = played.play(sent(1_001, b"first and beyond the end"));
    assert_eq!(told, ["> first", "> end", "> fin"]);
    let mut played = Played::shaken();
    assert!(played.play(fin(sent(1_006, b""))).is_empty());
    let told = played.play(sent(1_001, b"first and beyond the end"));
    assert_eq!(told, ["> first", "> fin"]);
}

#[test]
fn one_direction_alone_is_not_waited_for_without_end() {
    let mut played = Played::new();
    played.segment(sent(1_001, b"first"));
    assert_eq!(played.news()[1..], ["> first"]);
    assert!(played.play(sent(1_011, b"third")).is_empty());
    played.now += Duration::from_millis(9_999);
    assert!(played.play(sent(1_016, b"4th")).is_empty());
    // That something is there again changes nothing.
    assert!(played.play(sent(1_001, b"first")).is_empty());
    played.now += Duration::from_millis(1);
    let told = played.play(sent(1_019, b"5th"));
    assert_eq!(told, ["> missing 5", "> third", "> 4th", "> 5th"]);
}

#[test]
fn what_is_held_is_bounded() {
    let megabyte = vec![b'.'; 1 << 20];
    let mut played = Played::shaken();
    for index in 0..3 {
        assert!(
            played
                .play(sent(2_001 + (index << 20), &megabyte))
                .is_empty()
        );
    }
    // The fourth is too much, with what it takes to hold it.
    let told = played.play(sent(2_001 + (3 << 20), &megabyte));
    assert_eq!(told.len(), 5);
    assert_eq!(told[0], "> missing 1000");
    assert_eq!(played.reassembler.held, 0);

    // The same over all connections.
    let mut reassembler = super::Reassembler::default();
    let mut missing = Vec::new();
    for client in 0..12_u16 {
        let ends = (format!("192.0.2.1:{}", 40_000 + client), super::SERVER);
        for sequence in [1, 1_000] {
            let bytes = &megabyte[..if sequence == 1 { 1 } else { megabyte.len() }];
            let segment = super::between(&ends.0, ends.1, sequence, bytes);
            reassembler.segment(
                &segment,
                Duration::ZERO,
                &mut |ConnectionId(id), event, _, _| {
                    if let super::Event::Missing { bytes, .. } = event {
                        missing.push((id, bytes));
                    }
                },
            );
            assert!(reassembler.held <= HELD_MAX);
        }
    }
    // Seven fit; each that comes later gives way itself.
    assert_eq!(missing, [8, 9, 10, 11, 12].map(|id| (id, 998)));
    const { assert!(direction::HELD_MAX < HELD_MAX) };
}

#[test]
fn small_pieces_are_bounded_as_well() {
    let mut played = Played::shaken();
    for index in 0..40_000_u32 {
        played.segment(sent(2_001 + index * 2, b"."));
        assert!(played.reassembler.held <= direction::HELD_MAX);
    }
    assert_eq!(played.news()[0], "> missing 1000");
}

#[test]
fn what_was_received_last_and_not_captured_is_told_at_the_end() {
    let mut played = Played::shaken();
    assert_eq!(played.play(sent(1_001, b"first")), ["> first"]);
    assert!(played.play(ack(received(5_001, b""), 1_106)).is_empty());
    assert_eq!(played.finish(), ["> missing 100", "closed"]);
    // One alone may be a FIN.
    let mut played = Played::shaken();
    assert!(played.play(ack(received(5_001, b""), 1_002)).is_empty());
    assert_eq!(played.finish(), ["closed"]);
}

#[test]
fn numbers_out_of_any_window_are_not_believed() {
    let mut played = Played::shaken();
    assert!(
        played
            .play(ack(received(5_001, b""), 0x8000_0000))
            .is_empty()
    );
    assert!(played.play(sent(0x7000_0000, b"garbage")).is_empty());
    assert!(played.play(sent(0xf000_0000, b"garbage")).is_empty());
    assert_eq!(played.play(sent(1_001, b"first")), ["> first"]);
    assert_eq!(played.finish(), ["closed"]);
}
