//! Connections that begin before the capture does, and bytes that are no TLS.

use rustls::CipherSuite;

use super::super::NoPlaintext;
use super::peers::{Configs, Peers, Setting, TLS12, TLS13};
use super::{Event, Listener, Seen};
use crate::http::tls::TlsFailure;
use crate::wire::Direction::{Received, Sent};
use crate::wire::Protocol;

#[test]
fn the_handshake_is_not_there() {
    for version in [TLS12, TLS13] {
        let mut peers = Peers::connected(&Configs::new(&Setting::new(version)));
        peers.wire.clear();
        peers.exchange(b"one", 20_000);
        peers.exchange(b"two", 20_000);
        for cut in [0, 3, 100] {
            let mut wire = peers.wire.clone();
            for place in [0, 1] {
                let rest = cut.min(wire[place].1.len());
                wire[place].1.drain(..rest);
            }
            let seen = Seen::of(&wire, &peers.keys());
            assert_eq!(seen.events, []);
            assert!(!seen.facts.complete);
            assert_eq!(seen.facts.tls.version, None);
            for side in [&seen.facts.sent, &seen.facts.received] {
                assert_eq!(side.no_plaintext, Some(NoPlaintext::NoHandshake));
            }
            assert_eq!(seen.facts.sent.records, if cut == 0 { 2 } else { 1 });
        }
    }
}

#[test]
fn a_suite_that_cannot_be_decrypted() {
    let mut peers = Peers::connected(&Configs::new(&Setting {
        suite: Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        ..Setting::new(TLS12)
    }));
    peers.exchange(b"one", 20);
    // The server's hello, made to have selected another: 0xc009 is of CBC.
    let (_, hello) = &mut peers.wire[1];
    let at = hello.windows(2).position(|it| it == [0xc0, 0x2b]).unwrap();
    hello[at + 1] = 0x09;
    let seen = Seen::of(&peers.wire, &peers.keys());
    assert_eq!(seen.events, []);
    assert!(seen.facts.complete);
    let why = seen.facts.received.no_plaintext.unwrap();
    assert_eq!(
        why.to_string(),
        "cipher suite TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA cannot be decrypted, only those of AES-GCM and ChaCha20-Poly1305"
    );
    // And an older version.
    let (_, hello) = &mut peers.wire[1];
    hello[10] = 1;
    let seen = Seen::of(&peers.wire, &peers.keys());
    let why = seen.facts.sent.no_plaintext.unwrap();
    assert_eq!(
        why.to_string(),
        "TLS 1.0 cannot be decrypted, only TLS 1.2 and 1.3"
    );
}

#[test]
fn a_server_that_does_not_speak_tls() {
    let mut peers = Peers::new(&Configs::new(&Setting::new(TLS13)));
    peers.pump();
    let hello = peers.wire.swap_remove(0).1;
    let answer = b"HTTP/1.1 400 Bad Request\r\n\r\nThis is an HTTPS port? No.";
    for size in [1, 3, 1000] {
        let mut listener = Listener::default();
        listener.feed(Sent, &hello);
        for chunk in answer.chunks(size) {
            listener.feed(Received, chunk);
        }
        let seen = listener.finish();
        let failure = TlsFailure::NotTls {
            protocol: Some(Protocol::Http1Response),
            bytes: answer.to_vec(),
        };
        assert_eq!(seen.facts.tls.failure, Some(failure));
        assert_eq!(seen.events, []);
    }
}

#[test]
fn a_server_that_refuses_in_the_clear() {
    let mut peers = Peers::new(&Configs::new(&Setting::new(TLS13)));
    peers.pump();
    let mut listener = Listener::default();
    listener.feed(Sent, &peers.wire[0].1);
    listener.feed(Received, &[21, 3, 3, 0, 2, 2, 40]);
    let seen = listener.finish();
    let alert = seen.facts.received.alert.unwrap();
    assert_eq!(alert.name, "handshake_failure");
    assert_eq!(seen.events, [Event::Alert(Received, alert)]);
    let failure = TlsFailure::Alert {
        description: 40,
        name: "handshake_failure",
    };
    assert_eq!(seen.facts.tls.failure, Some(failure));
}
