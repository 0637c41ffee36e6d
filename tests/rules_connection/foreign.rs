//! Peers that speak another protocol, or nothing.

use grpc_probe::diagnosis::{Diagnosis, Step};
use grpc_probe::http::connection::Foreign;
use grpc_probe::http::{Call, Closed, Closing, Connection};
use grpc_probe::wire::{Protocol, Span};

use super::*;

/// Judges a connection on which the peer sent `bytes` that are not HTTP/2.
fn answered(protocol: Protocol, bytes: &[u8]) -> Diagnosis {
    let span = Span {
        offset: 0,
        length: bytes.len() as u64,
    };
    let mut connection = Connection {
        received: span.length,
        foreign: Some(Foreign {
            protocol,
            bytes: bytes.to_vec(),
            span,
            at: SECOND,
        }),
        closed: Some(Closed {
            at: SECOND,
            how: Closing::Peer,
        }),
        ..Connection::default()
    };
    connection.called(plaintext());
    judged(&connection, &Call::default())
}

#[test]
fn other_protocols() {
    let page = b"HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n1d\r\n<html>\r\n<h1>No such thing</h1>";
    let diagnosis = answered(Protocol::Http1Response, page);
    assert_eq!(
        errors(&diagnosis),
        (vec!["http1-answer"], Some(Step::Preface))
    );
    let finding = &diagnosis.findings[0];
    assert!(
        finding
            .message
            .ends_with("\"HTTP/1.1 400 Bad Request\", \"No such thing\""),
        "{}",
        finding.message
    );
    assert_eq!(
        finding.evidence[0].reads_as.as_deref(),
        Some("read as a frame header: length 4740180, type 80, stream 825110816")
    );
    let alert = Protocol::TlsAlert {
        level: 2,
        description: 70,
    };
    for (protocol, bytes, name) in [
        (alert, &b"\x15\x03\x01\0\x02\x02\x46"[..], "tls-answer"),
        (Protocol::TlsRecord, b"\x16\x03\x03\0\x02", "tls-answer"),
        (Protocol::Ssh, b"SSH-2.0-x\r\n", "foreign-protocol"),
        (Protocol::Greeting, b"220 mail\r\n", "foreign-protocol"),
        (Protocol::Text, b"hi", "foreign-protocol"),
        (Protocol::Binary, b"", "foreign-protocol"),
    ] {
        assert_eq!(
            errors(&answered(protocol, bytes)),
            (vec![name], Some(Step::Preface)),
            "{name}"
        );
    }
}

#[test]
fn no_byte_at_all() {
    let table: [(Closing, &[&str]); 5] = [
        (Closing::Deadline, &["silent-server"]),
        (Closing::Peer, &["closed-before-settings"]),
        (
            Closing::Broken("reset".to_owned()),
            &["closed-before-settings"],
        ),
        (Closing::GaveUp, &[]),
        (Closing::Unseen, &[]),
    ];
    for (how, names) in table {
        let mut connection = Connection {
            closed: Some(Closed { at: SECOND, how }),
            ..Connection::default()
        };
        connection.called(plaintext());
        assert_eq!(errors(&judged(&connection, &Call::default())).0, names);
    }
}
