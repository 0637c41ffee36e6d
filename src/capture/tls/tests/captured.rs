//! A connection that was captured between two other programs.

use super::{Event, Listener};
use crate::capture::fixtures::fixture;
use crate::http::tls::ClientCertificate;
use crate::wire::Direction::{self, Received, Sent};

/// What the TCP segments of the capture carry, in their order: enhanced packet blocks with Ethernet, IPv4 and TCP, and
/// nothing lost or out of order.
fn segments(capture: &[u8], server_port: u16) -> Vec<(Direction, Vec<u8>)> {
    let number = |at: usize| u32::from_le_bytes(capture[at..at + 4].try_into().unwrap()) as usize;
    let mut segments = Vec::new();
    let mut at = 0;
    while at < capture.len() {
        if number(at) == 6 {
            let packet = &capture[at + 28..][..number(at + 20)];
            let ip = &packet[14..];
            let total = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
            let tcp = &ip[usize::from(ip[0] & 15) * 4..total];
            let data = &tcp[usize::from(tcp[12] >> 4) * 4..];
            let from_server = u16::from_be_bytes([tcp[0], tcp[1]]) == server_port;
            if !data.is_empty() {
                let direction = if from_server { Received } else { Sent };
                segments.push((direction, data.to_vec()));
            }
        }
        at += number(at + 4);
    }
    segments
}

#[test]
fn a_captured_call() {
    let segments = segments(&fixture("tls.pcapng"), 50954);
    assert_eq!(segments.len(), 13);
    let mut listener = Listener::default();
    let added = listener.keys.add(&fixture("tls.keys.log"));
    assert_eq!((added.secrets, added.unused, added.broken), (4, 1, 0));
    for (direction, bytes) in &segments {
        listener.feed(*direction, bytes);
    }
    let seen = listener.finish();
    let facts = &seen.facts;
    assert_eq!(facts.tls.version.as_deref(), Some("TLS 1.3"));
    let cipher = facts.tls.cipher.as_deref();
    assert_eq!(cipher, Some("TLS13_AES_256_GCM_SHA384"));
    assert_eq!(facts.tls.alpn.selected(), Some("h2"));
    assert_eq!(facts.tls.chain.len(), 1);
    assert_eq!(
        facts.tls.client_certificate,
        ClientCertificate::NotRequested
    );
    assert!(facts.complete && !facts.resumed);
    let sent = seen.plaintext(Sent);
    assert!(sent.starts_with(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    // Every frame of both sides is whole.
    for (start, bytes) in [(24, sent), (0, seen.plaintext(Received))] {
        let mut at = start;
        while at < bytes.len() {
            at += 9 + u32::from_be_bytes([0, bytes[at], bytes[at + 1], bytes[at + 2]]) as usize;
        }
        assert_eq!(at, bytes.len());
    }
    let missing = |event: &Event| matches!(event, Event::Missing(..));
    assert!(!seen.events.iter().any(missing));
}
