//! Whole connections, of every suite and both versions.

use rustls::CipherSuite;

use super::super::{NoPlaintext, SideFacts};
use super::peers::{Configs, Peers, Setting, TLS12, TLS13};
use super::{Event, Listener, Seen};
use crate::http::tls::{ClientCertificate, TlsFailure};
use crate::wire::Direction::{self, Received, Sent};

/// A connection with three exchanges and an end.
fn talk(setting: &Setting) -> Peers {
    let mut peers = Peers::connected(&Configs::new(setting));
    peers.exchange(b"one", 20);
    peers.exchange(b"two", 50_000);
    peers.exchange(&[b'3'; 20_000], 0);
    peers.close();
    peers
}

/// All plaintext came out, nothing is missing, and both ends were seen.
fn is_whole(seen: &Seen, peers: &Peers) {
    assert!(seen.plaintext(Sent) == peers.sent);
    assert!(seen.plaintext(Received) == peers.received);
    let others: Vec<_> = seen
        .events
        .iter()
        .filter(|event| !matches!(event, Event::Plaintext(..)))
        .collect();
    let ends = [&Event::CloseNotify(Sent), &Event::CloseNotify(Received)];
    assert_eq!(others, ends);
    for side in [&seen.facts.sent, &seen.facts.received] {
        assert_eq!(side.no_plaintext, None);
        assert_eq!((side.alert, side.closed, side.lost), (None, true, 0));
    }
    assert_eq!(seen.facts.sent.plaintext, peers.sent.len() as u64);
    assert!(seen.facts.complete);
    assert_eq!(seen.facts.tls.failure, None);
}

#[test]
fn every_suite() {
    let suites = [
        (TLS13, CipherSuite::TLS13_AES_128_GCM_SHA256),
        (TLS13, CipherSuite::TLS13_AES_256_GCM_SHA384),
        (TLS13, CipherSuite::TLS13_CHACHA20_POLY1305_SHA256),
        (TLS12, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        (TLS12, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
        (
            TLS12,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        ),
    ];
    for (version, suite) in suites {
        let setting = Setting {
            suite: Some(suite),
            ..Setting::new(version)
        };
        let peers = talk(&setting);
        let seen = Seen::of(&peers.wire, &peers.keys());
        is_whole(&seen, &peers);
        let tls = &seen.facts.tls;
        let name = if version == TLS13 {
            "TLS 1.3"
        } else {
            "TLS 1.2"
        };
        assert_eq!(tls.version.as_deref(), Some(name));
        assert_eq!(tls.cipher, Some(format!("{suite:?}")));
        assert_eq!(tls.alpn.selected(), Some("h2"));
        assert_eq!(tls.server_name, "stage.example");
        assert_eq!(tls.offered, ["h2", "http/1.1"]);
        assert_eq!(tls.chain.len(), 2);
        assert_eq!(tls.chain[0].names, ["stage.example"]);
        assert_eq!(tls.client_certificate, ClientCertificate::NotRequested);
        assert!(!seen.facts.resumed);
        let random = seen.facts.client_random.unwrap();
        assert!(peers.keys().contains(&hex::encode(random)));
    }
}

#[test]
fn any_chunking() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        for size in [1, 2, 3, 4, 5, 6, 7, 100, 1448, 16_389, 70_000] {
            let mut listener = Listener::with(&peers.keys());
            for (direction, bytes) in &peers.wire {
                for chunk in bytes.chunks(size) {
                    listener.feed(*direction, chunk);
                }
            }
            is_whole(&listener.finish(), &peers);
        }
    }
}

#[test]
fn every_prefix() {
    for version in [TLS12, TLS13] {
        let mut peers = Peers::connected(&Configs::new(&Setting::new(version)));
        peers.exchange(b"one", 20);
        peers.close();
        let length = peers.wire.iter().map(|(_, bytes)| bytes.len()).sum();
        for cut in (0..length).step_by(7) {
            let seen = Seen::of(&beginning(&peers, cut), &peers.keys());
            assert!(peers.sent.starts_with(&seen.plaintext(Sent)));
            assert!(peers.received.starts_with(&seen.plaintext(Received)));
            for (direction, side) in [(Sent, &seen.facts.sent), (Received, &seen.facts.received)] {
                assert_eq!(seen.missing(direction), []);
                assert_eq!(side.no_plaintext, None);
            }
        }
        is_whole(&Seen::of(&beginning(&peers, length), &peers.keys()), &peers);
    }
}

/// The first bytes of a connection, in the order in which they went.
fn beginning(peers: &Peers, length: usize) -> Vec<(Direction, Vec<u8>)> {
    let mut left = length;
    let mut wire = peers.wire.clone();
    for (_, bytes) in &mut wire {
        bytes.truncate(left);
        left -= bytes.len();
    }
    wire
}

#[test]
fn a_hello_retry_request() {
    let setting = Setting {
        retry: true,
        ..Setting::new(TLS13)
    };
    let peers = talk(&setting);
    let hellos = peers.wire.iter().take_while(|(it, _)| *it == Sent).count();
    assert_eq!(hellos, 1);
    let seen = Seen::of(&peers.wire, &peers.keys());
    is_whole(&seen, &peers);
    assert_eq!(seen.facts.tls.offered, ["h2", "http/1.1"]);
}

#[test]
fn client_certificates() {
    for version in [TLS12, TLS13] {
        for (has, expected) in [
            (true, ClientCertificate::Sent),
            (false, ClientCertificate::RequestedNoneSent),
        ] {
            let setting = Setting {
                client_certificate: Some(has),
                ..Setting::new(version)
            };
            let peers = talk(&setting);
            let seen = Seen::of(&peers.wire, &peers.keys());
            is_whole(&seen, &peers);
            assert_eq!(seen.facts.tls.client_certificate, expected);
        }
    }
}

#[test]
fn key_updates() {
    let mut peers = Peers::connected(&Configs::new(&Setting::new(TLS13)));
    for round in 0..5 {
        peers.exchange(b"before", 100);
        peers.client.refresh_traffic_keys().unwrap();
        peers.exchange(b"after", 40_000);
        if round % 2 == 0 {
            peers.server.refresh_traffic_keys().unwrap();
        }
        peers.exchange(b"again", 0);
    }
    peers.close();
    is_whole(&Seen::of(&peers.wire, &peers.keys()), &peers);
}

#[test]
fn without_keys_the_handshake_is_read() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        let seen = Seen::of(&peers.wire, "");
        assert_eq!(seen.events, []);
        let facts = &seen.facts;
        assert_eq!(facts.tls.server_name, "stage.example");
        assert_eq!(facts.tls.offered, ["h2", "http/1.1"]);
        assert!(facts.tls.version.is_some() && facts.tls.cipher.is_some());
        assert!(facts.complete);
        let is_tls12 = version == TLS12;
        assert_eq!(facts.tls.alpn.selected().is_some(), is_tls12);
        assert_eq!(facts.tls.chain.len(), if is_tls12 { 2 } else { 0 });
        for side in [&facts.sent, &facts.received] {
            assert_eq!(side.no_plaintext, Some(NoPlaintext::NoKey));
            assert_eq!((side.decrypted, side.plaintext), (0, 0));
            assert!(side.records > 3);
        }
    }
}

#[test]
fn wrong_keys() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        // Each secret with another first digit.
        let wrong: String = peers
            .keys()
            .lines()
            .map(|line| {
                let (start, secret) = line.rsplit_once(' ').unwrap();
                let digit = if secret.starts_with('0') { '1' } else { '0' };
                format!("{start} {digit}{}\n", &secret[1..])
            })
            .collect();
        let seen = Seen::of(&peers.wire, &wrong);
        assert_eq!(seen.events, []);
        // A hello and change_cipher_spec go before; the certificate too where it is in the clear.
        let clear = if version == TLS12 { [3, 5] } else { [2, 2] };
        for (side, clear) in [&seen.facts.sent, &seen.facts.received]
            .into_iter()
            .zip(clear)
        {
            let record = side_record(side);
            assert!(record > 1 && record <= clear + 1, "{record}");
            assert_eq!(side.decrypted, 0);
        }
    }
}

fn side_record(side: &SideFacts) -> u64 {
    match side.no_plaintext {
        Some(NoPlaintext::WrongKey { record }) => record,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn keys_that_come_late() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        let chunks = peers.wire.len();
        for late in 0..chunks {
            let mut listener = Listener::default();
            for (at, (direction, bytes)) in peers.wire.iter().enumerate() {
                if at == late {
                    listener.keys.add(peers.keys().as_bytes());
                }
                listener.feed(*direction, bytes);
            }
            let seen = listener.finish();
            if seen.missing(Received).is_empty() && seen.missing(Sent).is_empty() {
                is_whole(&seen, &peers);
                continue;
            }
            // More than can be held came before the keys.
            assert!(late > chunks / 2, "{late} of {chunks}");
            for (direction, all) in [(Sent, &peers.sent), (Received, &peers.received)] {
                let lost: Option<u64> = seen.missing(direction).into_iter().sum();
                let read = seen.plaintext(direction).len() as u64;
                // Where no record follows those that are lost, their number cannot be told.
                if let Some(lost) = lost {
                    assert_eq!(read + lost, all.len() as u64, "{direction:?} {late}");
                }
            }
        }
    }
}

#[test]
fn directions_that_were_captured_in_another_order() {
    for version in [TLS12, TLS13] {
        let peers = talk(&Setting::new(version));
        // The server's first flight before the client's, the client's second before the server's first.
        for place in [0, 1] {
            let mut wire = peers.wire.clone();
            assert_ne!(wire[place].0, wire[place + 1].0);
            wire.swap(place, place + 1);
            is_whole(&Seen::of(&wire, &peers.keys()), &peers);
        }
    }
}

#[test]
fn secrets_that_come_one_by_one() {
    let peers = talk(&Setting::new(TLS13));
    let keys = peers.keys();
    let mut lines: Vec<&str> = keys.lines().collect();
    for _ in 0..lines.len() {
        lines.rotate_left(1);
        let mut listener = Listener::default();
        let mut left = lines.iter();
        for (direction, bytes) in &peers.wire {
            listener.feed(*direction, bytes);
            if let Some(line) = left.next() {
                listener.keys.add(line.as_bytes());
            }
        }
        is_whole(&listener.finish(), &peers);
    }
}

#[test]
fn a_log_of_the_application_secrets_alone() {
    let peers = talk(&Setting::new(TLS13));
    let keys = peers.keys();
    let kept = keys
        .lines()
        .filter(|line| line.contains("_TRAFFIC_SECRET_0"));
    let kept: Vec<&str> = kept.collect();
    assert_eq!(kept.len(), 2);
    let seen = Seen::of(&peers.wire, &kept.join("\n"));
    assert!(seen.plaintext(Sent) == peers.sent);
    assert!(seen.plaintext(Received) == peers.received);
    assert_eq!(seen.missing(Received), []);
    assert_eq!(seen.facts.tls.chain, []);
}

#[test]
fn alerts_end_handshakes() {
    // No protocol in common.
    let mut configs = Configs::new(&Setting::new(TLS12));
    configs.server.alpn_protocols = vec![b"other".to_vec()];
    let mut peers = Peers::new(&configs);
    peers.pump();
    let seen = Seen::of(&peers.wire, &peers.keys());
    let alert = seen.facts.received.alert.unwrap();
    assert_eq!((alert.level, alert.description), (2, 120));
    assert_eq!(alert.name, "no_application_protocol");
    assert_eq!(seen.events, [Event::Alert(Received, alert)]);
    assert!(!seen.facts.complete);
    let failure = TlsFailure::Alert {
        description: 120,
        name: "no_application_protocol",
    };
    assert_eq!(seen.facts.tls.failure, Some(failure));

    // A certificate that the client does not trust.
    for version in [TLS12, TLS13] {
        let setting = Setting::new(version);
        let mut configs = Configs::new(&setting);
        let trusting = Configs::new(&setting);
        let roots = rustls::RootCertStore::empty();
        configs.client = rustls::ClientConfig::builder_with_provider(std::sync::Arc::clone(
            trusting.client.crypto_provider(),
        ))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
        configs.client.key_log = trusting.client.key_log.clone();
        let mut peers = Peers::new(&configs);
        peers.pump();
        let seen = Seen::of(&peers.wire, &Peers::new(&trusting).keys());
        assert_eq!(seen.facts.sent.alert.unwrap().name, "unknown_ca");
        let words = "the client ended it with alert 48, unknown_ca".to_owned();
        assert_eq!(seen.facts.tls.failure, Some(TlsFailure::Other(words)));
        assert!(!seen.facts.complete);
    }
}
