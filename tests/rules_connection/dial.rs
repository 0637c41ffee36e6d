//! Names, connections, TLS and ALPN.

use std::sync::Arc;

use grpc_probe::diagnosis::Step;
use grpc_probe::http::Dial;
use grpc_probe::http::certificate::Certificate;
use grpc_probe::http::reach::{Attempt, Failure, FailureKind, Resolve};
use grpc_probe::http::tls::{
    Alpn, CertificateFault, ClientCertificate, Security, Tls, TlsFailure, Verified,
};
use grpc_probe::wire::Protocol;

use super::*;

fn unresolved(kind: FailureKind) -> Dial {
    let failure = Failure {
        kind,
        text: "the system's words".to_owned(),
    };
    Dial {
        resolve: Some(Resolve {
            took: SECOND,
            result: Err(failure),
        }),
        ..resolved()
    }
}

fn unconnected(kinds: &[FailureKind]) -> Dial {
    let attempts = kinds.iter().map(|kind| Attempt {
        address: "192.0.2.1:443".to_owned(),
        took: SECOND,
        failure: Some(Failure {
            kind: *kind,
            text: "the system's words".to_owned(),
        }),
    });
    Dial {
        attempts: attempts.collect(),
        ..resolved()
    }
}

fn secured() -> Tls {
    Tls {
        server_name: "api.example.com".to_owned(),
        offered: vec!["h2".to_owned()],
        took: SECOND,
        version: Some("TLS 1.3".to_owned()),
        alpn: Alpn::Selected("h2".to_owned()),
        chain: vec![Certificate::default()],
        ..Tls::default()
    }
}

fn with_tls(tls: Tls) -> Connection {
    let mut connection = called(plaintext());
    connection.security = Security::Tls(Arc::new(tls));
    connection
}

fn failed(failure: TlsFailure) -> Connection {
    with_tls(Tls {
        alpn: Alpn::Nothing,
        failure: Some(failure),
        ..secured()
    })
}

fn faulty(fault: CertificateFault) -> Connection {
    with_tls(Tls {
        verified: Verified::Faults(vec![fault]),
        ..secured()
    })
}

const fn alert(description: u8) -> TlsFailure {
    TlsFailure::Alert {
        description,
        name: "name",
    }
}

#[test]
fn dials() {
    let not_tls = |protocol| TlsFailure::NotTls {
        protocol,
        bytes: b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
    };
    let asked = |description| {
        with_tls(Tls {
            alpn: Alpn::Nothing,
            client_certificate: ClientCertificate::RequestedNoneSent,
            failure: Some(alert(description)),
            ..secured()
        })
    };
    let selected = |alpn: Option<&str>| {
        with_tls(Tls {
            alpn: alpn.map(str::to_owned).into(),
            ..secured()
        })
    };
    let socket = |kind| Dial {
        port: None,
        resolve: None,
        ..unconnected(&[kind])
    };
    use FailureKind::{NotFound, Other, Refused, TimedOut, Unreachable};
    let table: Vec<(Connection, &[&str], Option<Step>)> = vec![
        (called(plaintext()), &[], None),
        (selected(Some("h2")), &[], None),
        (
            called(unresolved(NotFound)),
            &["host-not-found"],
            Some(Step::Resolve),
        ),
        (
            called(unresolved(Other)),
            &["host-not-found"],
            Some(Step::Resolve),
        ),
        (
            called(unresolved(TimedOut)),
            &["resolve-timeout"],
            Some(Step::Resolve),
        ),
        (
            called(unconnected(&[Refused])),
            &["connection-refused"],
            Some(Step::Connect),
        ),
        (
            called(unconnected(&[Unreachable, Refused])),
            &["connection-refused"],
            Some(Step::Connect),
        ),
        (
            called(unconnected(&[Unreachable, TimedOut])),
            &["connect-timeout"],
            Some(Step::Connect),
        ),
        (
            called(unconnected(&[])),
            &["connect-timeout"],
            Some(Step::Connect),
        ),
        (
            called(unconnected(&[Unreachable])),
            &["unreachable"],
            Some(Step::Connect),
        ),
        (
            called(unconnected(&[Other])),
            &["unreachable"],
            Some(Step::Connect),
        ),
        (
            called(socket(NotFound)),
            &["unreachable"],
            Some(Step::Connect),
        ),
        (
            called(socket(Refused)),
            &["connection-refused"],
            Some(Step::Connect),
        ),
        (
            failed(not_tls(None)),
            &["not-a-tls-server"],
            Some(Step::Tls),
        ),
        (
            failed(not_tls(Some(Protocol::Http1Response))),
            &["not-a-tls-server"],
            Some(Step::Tls),
        ),
        (
            failed(not_tls(Some(Protocol::Ssh))),
            &["not-a-tls-server"],
            Some(Step::Tls),
        ),
        (failed(alert(40)), &["handshake-alert"], Some(Step::Tls)),
        (failed(alert(42)), &["handshake-alert"], Some(Step::Tls)),
        (
            failed(alert(116)),
            &["client-certificate-required"],
            Some(Step::Tls),
        ),
        (asked(42), &["client-certificate-required"], Some(Step::Tls)),
        (asked(40), &["client-certificate-required"], Some(Step::Tls)),
        (asked(70), &["handshake-alert"], Some(Step::Tls)),
        (failed(alert(120)), &["alpn-refused"], Some(Step::Alpn)),
        (
            failed(TlsFailure::TimedOut { received: 0 }),
            &["handshake-timeout"],
            Some(Step::Tls),
        ),
        (
            failed(TlsFailure::Closed {
                received: 7,
                error: None,
            }),
            &["handshake-closed"],
            Some(Step::Tls),
        ),
        (
            failed(TlsFailure::Other("words".to_owned())),
            &["handshake-failed"],
            Some(Step::Tls),
        ),
        (
            faulty(CertificateFault::Expired {
                certificate: 0,
                not_after: 0,
                now: 1,
            }),
            &["certificate-expired"],
            Some(Step::Tls),
        ),
        (
            faulty(CertificateFault::NotYetValid {
                certificate: 1,
                not_before: i64::MAX,
                now: -1,
            }),
            &["certificate-not-yet-valid"],
            Some(Step::Tls),
        ),
        (
            faulty(CertificateFault::UnknownIssuer {
                issuer: "CN=x".to_owned(),
                self_signed: false,
            }),
            &["certificate-unknown-issuer"],
            Some(Step::Tls),
        ),
        (
            faulty(CertificateFault::WrongName {
                wanted: "a".to_owned(),
                names: vec!["b".to_owned(); 9],
            }),
            &["certificate-wrong-name"],
            Some(Step::Tls),
        ),
        (
            faulty(CertificateFault::Other("words".to_owned())),
            &["certificate-invalid"],
            Some(Step::Tls),
        ),
        (selected(None), &["alpn-missing"], Some(Step::Alpn)),
        (
            selected(Some("http/1.1")),
            &["alpn-http1"],
            Some(Step::Alpn),
        ),
    ];
    for (dial, names, step) in table {
        let shown = format!("{dial:?}");
        assert_eq!(errors(&dialled(&dial)), (names.to_vec(), step), "{shown}");
    }
}

#[test]
fn messages_name_what_was_waited_for_and_when_it_ended() {
    let expired = CertificateFault::Expired {
        certificate: 0,
        not_after: 1_000_000_000,
        now: 1_000_000_001,
    };
    let message = dialled(&faulty(expired)).verdict.summary;
    assert!(message.contains("2001-09-09T01:46:40Z"), "{message}");
    let message = dialled(&called(unresolved(FailureKind::TimedOut)))
        .verdict
        .summary;
    assert!(
        message.contains("the resolver had not answered for api.example.com after 1 s"),
        "{message}"
    );
    let message = dialled(&called(unconnected(&[FailureKind::TimedOut])))
        .verdict
        .summary;
    assert!(
        message.contains("192.0.2.1:443 did not answer in 1 s"),
        "{message}"
    );
}
