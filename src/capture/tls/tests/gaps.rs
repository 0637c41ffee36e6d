//! Bytes that the capture does not have.

use super::super::NoPlaintext;
use super::peers::{Configs, Peers, Setting, TLS12, TLS13};
use super::{Event, Listener, Seen};
use crate::wire::Direction::{self, Received, Sent};

/// What is made of a connection without some bytes of what the server sent, counted in that direction.
fn without(peers: &Peers, keys: &str, from: usize, to: usize) -> Seen {
    let mut listener = Listener::with(keys);
    let mut at = 0;
    for (direction, bytes) in &peers.wire {
        if *direction == Sent {
            listener.feed(Sent, bytes);
            continue;
        }
        let start = from.clamp(at, at + bytes.len()) - at;
        let end = to.clamp(at, at + bytes.len()) - at;
        listener.feed(Received, &bytes[..start]);
        listener.missing(Received, end - start);
        listener.feed(Received, &bytes[end..]);
        at += bytes.len();
    }
    listener.finish()
}

/// The bytes that the server sent.
fn received(peers: &Peers) -> Vec<u8> {
    let of_server = peers.wire.iter().filter(|(it, _)| *it == Received);
    of_server.flat_map(|(_, bytes)| bytes.clone()).collect()
}

/// Where the server's records begin, and where the last one ends; each with its type.
fn records(peers: &Peers) -> Vec<(usize, u8)> {
    let bytes = received(peers);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        found.push((at, bytes[at]));
        at += 5 + usize::from(u16::from_be_bytes([bytes[at + 3], bytes[at + 4]]));
    }
    found.push((at, 0));
    found
}

/// How many bytes the server's part of the handshake has, without the tickets that follow it in TLS 1.3.
fn handshake(peers: &Peers) -> usize {
    let flights: Vec<_> = peers.wire.iter().filter(|it| it.0 == Received).collect();
    match peers.client.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => flights[0].1.len(),
        _ => flights[0].1.len() + flights[1].1.len(),
    }
}

/// What was read is the beginning and the end of what was sent, and it is told what is missing between.
fn is_whole_but_for_a_gap(seen: &Seen, all: &[u8], what: &str) {
    let read = seen.plaintext(Received);
    let mut before = Vec::new();
    let mut told = None;
    for event in &seen.events {
        match event {
            Event::Plaintext(Received, bytes) if told.is_none() => before.extend_from_slice(bytes),
            Event::Missing(Received, bytes) => {
                assert_eq!(told, None, "{what}: two gaps");
                told = Some(*bytes);
            }
            _ => {}
        }
    }
    assert!(all.starts_with(&before), "{what}: the beginning differs");
    let after = &read[before.len()..];
    assert!(all.ends_with(after), "{what}: the end differs");
    let lost = (all.len() - read.len()) as u64;
    match told {
        None => assert_eq!(lost, 0, "{what}: silence"),
        // A record that is no plaintext may be among them: an alert, a ticket.
        Some(Some(bytes)) => assert!(
            lost <= bytes && bytes <= lost + 200,
            "{what}: {bytes} instead of {lost}"
        ),
        Some(None) => assert!(after.is_empty(), "{what}: a number that could be told"),
    }
}

fn talk(setting: &Setting) -> Peers {
    let mut peers = Peers::connected(&Configs::new(setting));
    for length in [300, 20, 40_000, 7, 1000, 1, 17_000, 500] {
        peers.exchange(b"next", length);
    }
    peers.close();
    peers
}

#[test]
fn gaps_anywhere_in_the_plaintext() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        let keys = peers.keys();
        let length = received(&peers).len();
        let start = handshake(&peers);
        for gap in [1, 4, 5, 23, 100, 1448, 9000, 30_000] {
            for from in (start..length - gap).step_by(1201) {
                let seen = without(&peers, &keys, from, from + gap);
                let what = format!("{version:?}: {from}, {gap} bytes");
                is_whole_but_for_a_gap(&seen, &peers.received, &what);
                assert!(seen.plaintext(Sent) == peers.sent);
            }
        }
    }
}

#[test]
fn gaps_at_the_edges_of_records() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        let keys = peers.keys();
        let edges = records(&peers);
        let start = handshake(&peers);
        for (first, (from, _)) in edges.iter().enumerate().filter(|it| it.1.0 >= start) {
            for (to, _) in &edges[first + 1..] {
                for (from, to) in [
                    (*from, *to),
                    (from + 1, *to),
                    (from + 6, *to),
                    (*from, to - 1),
                ] {
                    let seen = without(&peers, &keys, from, to);
                    let what = format!("{version:?}: {from}..{to}");
                    is_whole_but_for_a_gap(&seen, &peers.received, &what);
                }
            }
        }
    }
}

#[test]
fn the_number_of_bytes_is_exact() {
    let peers = talk(&Setting::new(TLS12));
    let data: Vec<_> = records(&peers)
        .windows(2)
        .filter(|pair| pair[0].1 == 23)
        .map(|pair| (pair[0].0, pair[1].0))
        .collect();
    assert_eq!(data.len(), 11);
    let all = peers.received.len();
    // Whole records, of which the gap shows nothing but its length.
    for first in 1..9 {
        let (from, to) = (data[first].0, data[first + 1].1);
        let seen = without(&peers, &peers.keys(), from, to);
        let lost = (all - seen.plaintext(Received).len()) as u64;
        assert_eq!(seen.missing(Received), [Some(lost)]);
        assert_eq!(lost, (to - from - 2 * (5 + 8 + 16)) as u64);
    }
    // The inside of one, whose header tells.
    let (from, to) = data[2];
    let seen = without(&peers, &peers.keys(), from + 9, to - 9);
    assert_eq!(seen.missing(Received), [Some((to - from - 29) as u64)]);
    assert_eq!(seen.facts.received.lost, 1);
}

#[test]
fn gaps_in_the_handshake() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        let keys = peers.keys();
        let edges = records(&peers);
        let after_hello = edges[1].0;
        let handshake = handshake(&peers);
        for from in (after_hello..handshake).step_by(11) {
            for gap in [1, 30, 600] {
                let to = (from + gap).min(handshake);
                let seen = without(&peers, &keys, from, to);
                let what = format!("{version:?}: {from}..{to}");
                assert!(seen.plaintext(Received) == peers.received, "{what}");
                assert!(seen.plaintext(Sent) == peers.sent, "{what}");
                assert_eq!(seen.missing(Received), [], "{what}");
                assert!(seen.facts.complete);
            }
        }
        // The server's hello, without which there is no knowing the suite.
        let seen = without(&peers, &keys, 20, 40);
        assert_eq!(seen.events, []);
        let why = Some(NoPlaintext::NoHandshake);
        assert_eq!(seen.facts.received.no_plaintext, why);
        assert_eq!(seen.facts.sent.no_plaintext, why);
    }
}

#[test]
fn key_updates_in_a_gap() {
    let mut peers = Peers::connected(&Configs::new(&Setting::new(TLS13)));
    peers.exchange(b"one", 2000);
    peers.server.refresh_traffic_keys().unwrap();
    peers.exchange(b"two", 3000);
    peers.exchange(b"three", 4000);
    let edges = records(&peers);
    let update = edges.len() - 4;
    for (from, to) in [
        (edges[update].0, edges[update + 1].0),
        (edges[update].0 + 7, edges[update + 1].0 - 2),
        (edges[update - 1].0 + 9, edges[update + 1].0),
        (edges[update].0, edges[update + 2].0),
        (edges[update - 1].0 + 9, edges[update + 1].0 + 9),
    ] {
        let seen = without(&peers, &peers.keys(), from, to);
        let read = seen.plaintext(Received);
        assert!(peers.received.ends_with(&read[read.len() - 4000..]));
        assert_eq!(seen.facts.received.no_plaintext, None);
        // Where the old key ended cannot be told, and so nor can the number.
        assert_eq!(seen.missing(Received), [None], "{from}..{to}");
    }
}

#[test]
fn gaps_while_keys_are_awaited() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        let edges = records(&peers);
        let mut listener = Listener::default();
        let mut at = 0;
        for (direction, bytes) in &peers.wire {
            let gap = *direction == Received && at == edges[7].0;
            if gap {
                listener.missing(Received, bytes.len());
            } else {
                listener.feed(*direction, bytes);
            }
            if *direction == Received {
                at += bytes.len();
            }
            if at > edges[9].0 {
                listener.keys.add(peers.keys().as_bytes());
            }
        }
        let seen = listener.finish();
        let all = &peers.received;
        is_whole_but_for_a_gap(&seen, all, &format!("{version:?}"));
        assert!(seen.plaintext(Received).len() > all.len() / 2);
    }
}

/// What is made of a connection without some bytes of the server's, of which nothing is said.
fn silently_without(peers: &Peers, from: usize, to: usize) -> Seen {
    let mut bytes = received(peers);
    bytes.drain(from..to);
    let mut listener = Listener::with(&peers.keys());
    let hello = &peers.wire[0].1;
    listener.feed(Sent, hello);
    listener.feed(Received, &bytes);
    listener.finish()
}

#[test]
fn gaps_that_the_capture_does_not_tell_of() {
    for version in [TLS12, TLS13] {
        let mut peers = Peers::connected(&Configs::new(&Setting::new(version)));
        for _ in 0..30 {
            peers.exchange(b"next", 100);
        }
        let edges = records(&peers);
        for lost in 1..5 {
            let first = edges.len() - 25;
            let (from, to) = (edges[first].0, edges[first + lost].0);
            // Some more records are lost until the count of those is found; then all others are there.
            let seen = silently_without(&peers, from, to);
            let read = seen.plaintext(Received).len() as u64;
            let missing = 3000 - read;
            assert_eq!(seen.missing(Received), [None]);
            assert!(missing <= lost as u64 * 200, "{missing} for {lost}");
            assert_eq!(seen.facts.received.no_plaintext, None);
        }
        // More than that is not looked for, and said.
        let first = edges.len() - 25;
        let seen = silently_without(&peers, edges[first].0, edges[first + 1].0 + 1);
        assert_eq!(seen.facts.received.no_plaintext, None);
        let mut bytes = received(&peers);
        for (at, _) in &edges[first..edges.len() - 1] {
            bytes[at + 9] ^= 1;
        }
        let mut listener = Listener::with(&peers.keys());
        listener.feed(Sent, &peers.wire[0].1);
        listener.feed(Received, &bytes);
        let seen = listener.finish();
        let record = (first + 16) as u64;
        let why = Some(NoPlaintext::WrongKey { record });
        assert_eq!(seen.facts.received.no_plaintext, why);
        assert_eq!(seen.missing(Received), [None]);
    }
}

#[test]
fn gaps_without_keys() {
    let peers = talk(&Setting::new(TLS13));
    let seen = without(&peers, "", 3000, 12_345);
    assert_eq!(seen.events, []);
    let whole = Seen::of(&peers.wire, "").facts;
    let direction: Direction = Received;
    let records = seen.facts.side(direction).records;
    assert!(records > 5 && records < whole.received.records);
    assert_eq!(seen.facts.received.no_plaintext, Some(NoPlaintext::NoKey));
}
