//! What is told of segments that come out of order, twice, or in part.

use std::time::Duration;

use super::{Played, Segment, ack, fin, received, rst, sent, syn};
use crate::http::Within;

#[test]
fn what_is_in_order_is_told_as_it_comes() {
    let mut played = Played::shaken();
    assert_eq!(played.play(ack(sent(1_001, b"hello"), 5_001)), ["> hello"]);
    assert_eq!(played.play(ack(received(5_001, b"hi"), 1_006)), ["< hi"]);
    assert_eq!(
        played.play(ack(fin(sent(1_006, b"bye")), 5_003)),
        ["> bye", "> fin"]
    );
    assert_eq!(
        played.play(ack(received(5_003, b"last"), 1_010)),
        ["< last"]
    );
    let end = played.play(ack(fin(received(5_007, b"")), 1_010));
    assert_eq!(end, ["< fin", "closed"]);
    assert!(played.play(ack(sent(1_010, b""), 5_008)).is_empty());
    assert!(played.finish().is_empty());
}

#[test]
fn what_is_ahead_waits_and_keeps_its_time_and_place() {
    let mut played = Played::shaken();
    played.now = Duration::from_millis(2_000);
    assert!(played.play(sent(1_011, b"third")).is_empty());
    played.now = Duration::from_millis(2_001);
    assert!(played.play(sent(1_006, b"2nd..")).is_empty());
    played.now = Duration::from_millis(2_002);
    assert!(played.play(fin(sent(1_016, b"end"))).is_empty());
    played.now = Duration::from_millis(2_003);
    let all = ["> first", "> 2nd..", "> third", "> end", "> fin"];
    assert_eq!(played.play(sent(1_001, b"first")), all);
    let told: Vec<_> = played.told.iter().rev().take(5).rev().collect();
    let places = told
        .iter()
        .map(|(_, _, at, place)| (at.as_millis(), place.offset, place.within));
    let packet = Within::Packet;
    let expected = [
        (2_003, 700, packet(7)),
        (2_001, 500, packet(5)),
        (2_000, 400, packet(4)),
        (2_002, 600, packet(6)),
        (2_002, 603, packet(6)),
    ];
    assert!(places.eq(expected));
}

#[test]
fn what_comes_again_is_told_once() {
    let mut played = Played::shaken();
    assert_eq!(played.play(sent(1_001, b"hello")), ["> hello"]);
    assert!(played.play(sent(1_001, b"hello")).is_empty());
    assert!(played.play(sent(1_002, b"ell")).is_empty());
    assert_eq!(played.play(sent(1_004, b"lo, again")), ["> , again"]);
    // The place is that of the first byte that is new.
    assert_eq!(played.told.last().unwrap().3.offset, 702);
    assert!(played.play(fin(sent(1_001, b"hello"))).is_empty());
    assert_eq!(played.play(sent(1_013, b"!")), ["> !"]);
}

#[test]
fn of_what_overlaps_the_first_is_told() {
    let mut played = Played::shaken();
    assert!(played.play(sent(1_011, b"BBBBB")).is_empty());
    assert!(played.play(sent(1_021, b"DDDDD")).is_empty());
    // From within the first hole, over both pieces, and beyond.
    assert!(
        played
            .play(sent(1_006, b"aaaaabbbbbcccccdddddeeeee"))
            .is_empty()
    );
    assert!(played.play(sent(1_008, b"xxxxxxxxxxxxxxx")).is_empty());
    let told = played.play(sent(1_001, b"12345zzzzzzzzzzzzzzzzzzzzzzzzz678"));
    let all = [
        "> 12345", "> aaaaa", "> BBBBB", "> ccccc", "> DDDDD", "> eeeee", "> 678",
    ];
    assert_eq!(told, all);
    // The place of the last is that of its first byte.
    assert_eq!(played.told.last().unwrap().3.offset, 830);
}

#[test]
fn probes_are_no_data() {
    let mut played = Played::shaken();
    assert_eq!(played.play(ack(sent(1_001, b"hello"), 5_001)), ["> hello"]);
    // Whether the peer lives: a byte before the next, or none.
    assert!(played.play(ack(sent(1_005, b"\0"), 5_001)).is_empty());
    assert!(played.play(ack(sent(1_005, b""), 5_001)).is_empty());
    assert!(played.play(ack(received(5_001, b""), 1_006)).is_empty());
    // Whether it has room: the next byte, which comes again when it has.
    assert_eq!(played.play(ack(sent(1_006, b"w"), 5_001)), ["> w"]);
    assert!(played.play(ack(received(5_001, b""), 1_006)).is_empty());
    assert!(played.play(ack(sent(1_006, b"w"), 5_001)).is_empty());
    assert_eq!(played.play(ack(sent(1_006, b"world"), 5_001)), ["> orld"]);
}

#[test]
fn sequence_numbers_wrap() {
    let mut played = Played::new();
    played.segment(syn(sent(u32::MAX - 3, b"")));
    played.news();
    assert!(played.play(sent(3, b"second")).is_empty());
    assert_eq!(
        played.play(sent(u32::MAX - 2, b"first.")),
        ["> first.", "> second"]
    );
    assert_eq!(played.play(sent(7, b"nd, third")), ["> , third"]);
    // Once around.
    let mut next = 16_u32;
    for _ in 0..5 {
        let big = Segment {
            missing: 1 << 30,
            ..sent(next, b"x")
        };
        assert_eq!(played.play(big), ["> x", "> missing 1073741824"]);
        next = next.wrapping_add(1 + (1 << 30));
    }
    assert_eq!(played.play(fin(sent(next, b"."))), ["> .", "> fin"]);
}

#[test]
fn a_syn_can_carry_data() {
    let mut played = Played::new();
    let told = played.play(syn(sent(1_000, b"early")));
    assert_eq!(told[1..], ["> early"]);
    let answer = ack(syn(received(5_000, b"data")), 1_006);
    assert_eq!(played.play(answer), ["< data"]);
    assert_eq!(played.play(sent(1_006, b", data")), ["> , data"]);
    assert_eq!(played.play(received(5_005, b"!")), ["< !"]);
}

#[test]
fn what_was_captured_in_part_is_told_in_part() {
    let mut played = Played::shaken();
    let cut = |segment| Segment {
        missing: 100,
        ..segment
    };
    assert_eq!(
        played.play(cut(sent(1_001, b"abc"))),
        ["> abc", "> missing 100"]
    );
    assert_eq!(played.told.last().unwrap().3.offset, 403);
    assert!(played.play(cut(sent(1_207, b"ghi"))).is_empty());
    let told = played.play(cut(sent(1_104, b"def")));
    assert_eq!(told, ["> def", "> missing 100", "> ghi", "> missing 100"]);
    // All of it came before, but for the last three bytes.
    assert_eq!(played.play(sent(1_305, b"12345+67")), ["> +67"]);
}

#[test]
fn a_reset_tells_what_is_held_and_closes() {
    let mut played = Played::shaken();
    assert!(played.play(sent(1_006, b"later")).is_empty());
    assert!(played.play(received(5_011, b"late")).is_empty());
    let told = played.play(rst(received(5_015, b"why")));
    let all = [
        "< missing 10",
        "< late",
        "> missing 5",
        "> later",
        "< rst",
        "closed",
    ];
    assert_eq!(told, all);
    // What was on its way, the other's FIN among it.
    assert!(played.play(fin(sent(1_011, b"more"))).is_empty());
    assert!(played.play(rst(received(5_015, b""))).is_empty());
    assert!(played.finish().is_empty());
}

#[test]
fn a_connection_that_is_refused_is_told() {
    let mut played = Played::new();
    played.segment(syn(sent(1_000, b"")));
    let refused = ack(rst(received(0, b"")), 1_001);
    assert_eq!(played.play(refused)[1..], ["< rst", "closed"]);
}
