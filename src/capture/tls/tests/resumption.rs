//! Sessions that go on with an earlier one's secrets, and early data.

use std::io::Write;

use super::super::NoPlaintext;
use super::peers::{Configs, Peers, Setting, TLS12, TLS13};
use super::{Listener, Seen};
use crate::wire::Direction::{Received, Sent};

/// The second of two connections, with its exchange.
fn resumed(configs: &Configs, early: &[u8]) -> Peers {
    let mut first = Peers::connected(configs);
    first.exchange(b"first", 10);
    first.close();
    let mut peers = Peers::new(configs);
    if !early.is_empty() {
        let mut writer = peers.client.early_data().unwrap();
        assert_eq!(writer.write(early).unwrap(), early.len());
    }
    peers.pump();
    peers.exchange(b"second", 30_000);
    peers.close();
    peers
}

#[test]
fn both_versions() {
    for version in [TLS12, TLS13] {
        let peers = resumed(&Configs::new(&Setting::new(version)), b"");
        let seen = Seen::of(&peers.wire, &peers.keys());
        assert!(seen.plaintext(Sent) == peers.sent);
        assert!(seen.plaintext(Received) == peers.received);
        assert_eq!(peers.received.len(), 30_000);
        assert!(seen.facts.resumed && seen.facts.complete);
        assert_eq!(seen.facts.tls.chain, []);
        assert_eq!(seen.facts.tls.alpn.selected(), Some("h2"));
    }
}

fn early_setting() -> Setting {
    Setting {
        early_data: true,
        ..Setting::new(TLS13)
    }
}

#[test]
fn early_data_that_is_accepted() {
    let early = [7; 3000];
    let peers = resumed(&Configs::new(&early_setting()), &early);
    assert!(peers.client.is_early_data_accepted());
    assert_eq!(peers.sent, [&early[..], b"second"].concat());
    let seen = Seen::of(&peers.wire, &peers.keys());
    assert!(seen.plaintext(Sent) == peers.sent);
    assert!(seen.plaintext(Received) == peers.received);
    assert_eq!(seen.missing(Sent), []);
    assert!(seen.facts.resumed && seen.facts.complete);

    // Without its secret it is lost: it, and the message that ends it.
    let keys = peers.keys();
    let kept: Vec<&str> = keys.lines().filter(|it| !it.contains("EARLY")).collect();
    assert!(kept.len() < keys.lines().count());
    let seen = Seen::of(&peers.wire, &kept.join("\n"));
    assert_eq!(seen.plaintext(Sent), b"second");
    assert_eq!(seen.missing(Sent), [Some(3000 + 4)]);
    assert_eq!(seen.facts.sent.no_plaintext, None);
    assert!(seen.plaintext(Received) == peers.received);
}

#[test]
fn early_data_that_is_rejected() {
    for retry in [false, true] {
        let mut configs = Configs::new(&early_setting());
        Peers::connected(&configs).exchange(b"first", 10);
        let setting = Setting {
            retry,
            ..Setting::new(TLS13)
        };
        let other = Configs::new(&setting);
        let storage = configs.server.session_storage.clone();
        configs.server = other.server;
        configs.server.session_storage = storage;
        let mut peers = Peers::new(&configs);
        let early = [7; 2000];
        let written = peers.client.early_data().unwrap().write(&early).unwrap();
        assert_eq!(written, early.len());
        peers.pump();
        assert!(!peers.client.is_early_data_accepted());
        peers.exchange(b"again", 100);
        peers.close();
        assert_eq!(peers.sent, b"again");
        let keys = peers.keys();
        let seen = Seen::of(&peers.wire, &keys);
        assert_eq!(seen.plaintext(Sent), b"again", "{retry}");
        assert_eq!(seen.missing(Sent), []);
        assert!(seen.plaintext(Received) == peers.received);
        assert!(seen.facts.complete);
    }
}

#[test]
fn early_data_is_not_lost_when_keys_come_late() {
    let early = [7; 3000];
    let peers = resumed(&Configs::new(&early_setting()), &early);
    let mut listener = Listener::default();
    for (at, (direction, bytes)) in peers.wire.iter().enumerate() {
        if at == 4 {
            listener.keys.add(peers.keys().as_bytes());
        }
        listener.feed(*direction, bytes);
    }
    let seen = listener.finish();
    assert!(seen.plaintext(Sent) == peers.sent);
    assert!(seen.plaintext(Received) == peers.received);
}

#[test]
fn the_end_of_the_capture_settles_early_data() {
    let peers = resumed(&Configs::new(&early_setting()), &[7; 3000]);
    let seen = Seen::of(&peers.wire[..1], &peers.keys());
    assert_eq!(seen.events, []);
    let expected = Some(NoPlaintext::NoHandshake);
    assert_eq!(seen.facts.sent.no_plaintext, expected);
}
