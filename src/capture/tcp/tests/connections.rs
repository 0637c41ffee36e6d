//! Which segments are of one connection, and who is its client.

use std::time::Duration;

use super::super::CONNECTIONS_MAX;
use super::{CLIENT, Played, SERVER, ack, between, fin, received, rst, sent, syn};

#[test]
fn a_capture_can_begin_within_a_connection() {
    let mut played = Played::new();
    // Nothing is known from these.
    assert!(played.play(ack(sent(1_000, b""), 5_000)).is_empty());
    assert!(played.play(rst(received(9, b"text"))).is_empty());
    let told = played.play(ack(received(5_000, b"hello"), 1_001));
    assert_eq!(
        told,
        [&format!("opened {CLIENT} {SERVER} false"), "< hello"]
    );
    assert_eq!(played.play(ack(sent(1_001, b"hi"), 5_005)), ["> hi"]);
    assert!(played.play(received(4_995, b"past.")).is_empty());
    assert_eq!(played.finish(), ["closed"]);
}

#[test]
fn the_client_is_guessed_from_the_ports() {
    // The first that sends, the other end, and whether the first is the client.
    for (source, destination, from_client) in [
        ("1.1.1.1:40000", "2.2.2.2:80", true),
        ("1.1.1.1:80", "2.2.2.2:40000", false),
        ("1.1.1.1:8080", "2.2.2.2:80", true),
        // Among the ports that clients get, but everybody's example.
        ("1.1.1.1:50051", "2.2.2.2:40000", false),
        ("1.1.1.1:40000", "2.2.2.2:50051", true),
        ("1.1.1.1:50051", "2.2.2.2:443", true),
        ("1.1.1.1:8080", "2.2.2.2:50051", true),
        ("1.1.1.1:9000", "2.2.2.2:40000", false),
        ("1.1.1.1:60000", "2.2.2.2:40000", true),
        ("1.1.1.1:40000", "2.2.2.2:60000", false),
        ("2.2.2.2:7000", "1.1.1.1:7000", true),
    ] {
        let mut played = Played::new();
        let told = played.play(between(source, destination, 1, b"x"));
        let opened = if from_client {
            format!("opened {source} {destination} false")
        } else {
            format!("opened {destination} {source} false")
        };
        assert_eq!(told[0], opened);
    }
}

#[test]
fn who_was_a_server_is_one_again() {
    let mut played = Played::new();
    played.segment(syn(between("1.1.1.1:100", "2.2.2.2:60000", 1, b"")));
    let answer = ack(syn(between("3.3.3.3:60001", "1.1.1.1:100", 1, b"")), 7);
    played.segment(answer);
    played.segment(between("2.2.2.2:60000", "4.4.4.4:100", 1, b"x"));
    played.segment(between("4.4.4.4:100", "3.3.3.3:60001", 1, b"x"));
    let told = played.news();
    let all = [
        "opened 1.1.1.1:100 2.2.2.2:60000 true",
        "#2 opened 1.1.1.1:100 3.3.3.3:60001 true",
        "#3 opened 4.4.4.4:100 2.2.2.2:60000 false",
        "#3 < x",
        "#4 opened 4.4.4.4:100 3.3.3.3:60001 false",
        "#4 > x",
    ];
    assert_eq!(told, all);
}

#[test]
fn handshakes_come_twice_or_out_of_order() {
    let mut played = Played::new();
    // The answer stands before what it answers, and each is there twice.
    let opened = played.play(ack(syn(received(5_000, b"")), 1_001));
    assert_eq!(opened, [format!("opened {CLIENT} {SERVER} true")]);
    assert!(played.play(syn(sent(1_000, b""))).is_empty());
    assert!(played.play(syn(sent(1_000, b""))).is_empty());
    assert!(
        played
            .play(ack(syn(received(5_000, b"")), 1_001))
            .is_empty()
    );
    assert_eq!(played.play(sent(1_001, b"hello")), ["> hello"]);
    assert!(
        played
            .play(ack(syn(received(5_000, b"")), 1_001))
            .is_empty()
    );
    assert_eq!(played.play(received(5_001, b"hi")), ["< hi"]);
    assert!(played.play(syn(sent(1_000, b""))).is_empty());

    // The answer stands behind what was sent upon it.
    let mut played = Played::new();
    played.segment(syn(sent(1_000, b"")));
    played.segment(sent(1_001, b"hello"));
    played.news();
    assert!(
        played
            .play(ack(syn(received(5_000, b"")), 1_001))
            .is_empty()
    );
    assert_eq!(played.play(received(5_001, b"hi")), ["< hi"]);

    // The SYN stands behind what was sent in answer to it.
    let mut played = Played::new();
    played.segment(ack(received(5_001, b"hi"), 1_001));
    played.news();
    assert!(played.play(syn(sent(1_000, b""))).is_empty());
    assert_eq!(played.play(sent(1_001, b"hello")), ["> hello"]);
}

#[test]
fn a_new_syn_is_a_new_connection() {
    let mut played = Played::shaken();
    assert!(played.play(sent(1_006, b"after")).is_empty());
    let told = played.play(syn(sent(70_000, b"")));
    let opened = format!("#2 opened {CLIENT} {SERVER} true");
    assert_eq!(told, ["> missing 5", "> after", "closed", &opened]);
    assert_eq!(played.play(sent(70_001, b"new")), ["#2 > new"]);
    // Here the SYN was not captured, but its answer was.
    let told = played.play(ack(syn(received(80_000, b"")), 90_001));
    let opened = format!("#3 opened {CLIENT} {SERVER} true");
    assert_eq!(told, ["#2 closed", &opened]);
    assert_eq!(played.play(received(80_001, b"newer")), ["#3 < newer"]);
    // One direction came, and then a SYN of the other.
    let told = played.play(syn(sent(90_500, b"")));
    assert_eq!(told[0], "#3 closed");
    assert_eq!(played.finish(), ["#4 closed"]);

    // As above, and what came of the other direction acknowledges another SYN.
    let mut played = Played::new();
    played.segment(ack(received(5_001, b"hi"), 1_001));
    played.news();
    let told = played.play(syn(sent(70_000, b"")));
    let opened = format!("#2 opened {CLIENT} {SERVER} true");
    assert_eq!(told, ["closed", &opened]);
}

#[test]
fn ports_of_a_connection_that_ended_are_used_again() {
    let mut played = Played::shaken();
    played.segment(fin(sent(1_001, b"")));
    let told = played.play(ack(fin(received(5_001, b"")), 1_002));
    assert_eq!(told, ["> fin", "< fin", "closed"]);
    // What comes late is of the one that ended, unless that is long ago.
    assert!(played.play(syn(sent(1_000, b""))).is_empty());
    assert!(played.play(fin(received(5_001, b""))).is_empty());
    played.now += Duration::from_secs(59);
    assert!(played.play(sent(900_001, b"late")).is_empty());
    played.now += Duration::from_secs(1);
    let told = played.play(sent(900_001, b"new"));
    // It is remembered who the server was.
    assert_eq!(
        told,
        [&format!("#2 opened {CLIENT} {SERVER} false"), "#2 > new"]
    );
    played.segment(rst(sent(900_004, b"")));
    assert_eq!(played.news(), ["#2 > rst", "#2 closed"]);
    let told = played.play(syn(sent(7, b"")));
    assert_eq!(told, [format!("#3 opened {CLIENT} {SERVER} true")]);
}

#[test]
fn both_ends_are_told_apart_by_address_and_port() {
    let mut played = Played::new();
    let ends = [
        ("1.1.1.1:1", "2.2.2.2:2"),
        ("1.1.1.1:2", "2.2.2.2:1"),
        ("[::1]:1", "[::2]:2"),
        ("[::1]:1", "[::2]:3"),
    ];
    for (number, (source, destination)) in (1..).zip(ends) {
        played.segment(between(source, destination, 1, b"a"));
        played.segment(between(destination, source, 1, b"b"));
        assert_eq!(played.told.len(), number * 3);
    }
    let told = played.news();
    assert_eq!(
        told.iter().filter(|line| line.contains("opened")).count(),
        4
    );
}

#[test]
fn connections_are_not_followed_without_end() {
    let mut played = Played::new();
    let client = |number: usize| format!("10.0.{}.{}:40000", number / 256, number % 256);
    for number in 0..CONNECTIONS_MAX {
        played.segment(syn(between(&client(number), SERVER, 1, b"")));
        // Every eighth ends at once.
        if number % 8 == 0 {
            played.segment(rst(between(&client(number), SERVER, 2, b"")));
        }
    }
    // The oldest has something to say.
    played.segment(between(&client(1), SERVER, 2, b"x"));
    played.news();
    played.segment(syn(between(&client(9_000), SERVER, 1, b"")));
    // Those that ended are forgotten, which says nothing more.
    assert_eq!(
        played.news(),
        ["#4097 opened 10.0.35.40:40000 198.51.100.2:443 true"]
    );
    for number in 0..CONNECTIONS_MAX / 8 - 1 {
        played.segment(syn(between(&client(10_000 + number), SERVER, 1, b"")));
    }
    played.news();
    // Now the longest idle go: the second, which spoke last, stays.
    played.segment(syn(between(&client(20_000), SERVER, 1, b"")));
    let told = played.news();
    assert_eq!(told.len(), CONNECTIONS_MAX / 8 + 1);
    assert_eq!(told[..2], ["#3 closed", "#4 closed"]);
    assert_eq!(
        played.play(between(&client(1), SERVER, 3, b"y")),
        ["#2 > y"]
    );
    let closed = played.finish();
    assert_eq!(closed.len(), CONNECTIONS_MAX / 8 * 7 + 1);
    assert_eq!(closed[0], "#2 closed");
    assert_eq!(closed.last().unwrap(), "#4609 closed");
}
