//! Calls that are hard to show: hostile bytes, other protocols, floods, certificates.

use super::calls::{CONTENT_TYPE, HELLO, PRACTICE, found, ladder, verdict};
use std::time::Duration;

use super::{NOW, Sample, Script, block, dial, setting, tls};
use crate::clients::ClientSays;
use crate::diagnosis::{Diagnosis, Evidence, Party, Status, Step};
use crate::http::Closing;
use crate::http::part::Anchor;
use crate::http::reach::{Attempt, Failure, FailureKind};
use crate::http::tls::{Alpn, CertificateFault, Tls, Verified};
use crate::wire::Direction::{Received, Sent};

/// Every byte of the peer is hostile: sequences, forged lines, invalid UTF-8, and secrets on both sides.
pub(in crate::report) fn hostile() -> Sample {
    let mut script = Script::request(
        &[
            ("authorization", b"Bearer eyJhbGciOiJIUzI1NiJ9.e30"),
            ("x-note", b"caf\xe9 \xe2\x80\xaetxt.exe"),
        ],
        HELLO,
    );
    script.frame(
        Received,
        1,
        0x4,
        1,
        &block(&[
            (":status", b"200"),
            (
                "content-type",
                b"text/html\n\n  \xe2\x9c\x93 tls passed\x1b[2J",
            ),
            ("set-cookie", b"sid=0123456789abcdef; Path=/"),
            ("server", b"::error::pwned ##[error]x"),
        ]),
    );
    script.frame(
        Received,
        0,
        0x1,
        1,
        b"<html>no eyJhbGciOiJIUzI1NiJ9.e30\n::error::x\n\x1b]0;title\x07</html>",
    );
    let (connection, call) = script.finish(Closing::Peer);
    let anchor = call
        .response
        .headers
        .as_ref()
        .map_or(Anchor::None, |headers| headers.origin.anchor);
    let content = found(
        &CONTENT_TYPE,
        Party::Gateway,
        "the content-type is \"text/html\n\n  \u{2713} tls passed\x1b[2J\", the token Bearer eyJhbGciOiJIUzI1NiJ9.e30",
        |finding| {
            finding.evidence(Evidence::field(connection.frames(), anchor, "content-type"));
            finding.evidence(Evidence::field(connection.frames(), anchor, "set-cookie"));
            finding.evidence(Evidence::anchored(connection.frames(), anchor));
            finding.cause("\u{202e}a cause\u{202c}", "a\nfix");
        },
    );
    let practice = found(
        &PRACTICE,
        Party::Server,
        "the server names itself",
        |finding| {
            finding.evidence(Evidence::field(connection.frames(), anchor, "server"));
        },
    );
    Sample {
        connection,
        call,
        diagnosis: Diagnosis {
            steps: ladder(&[(
                Step::ContentType,
                Status::Fail,
                Some("it is text/html\n\n  \u{2713} all\x1b[0m"),
            )]),
            findings: vec![content, practice],
            verdict: verdict(
                Some(Step::ContentType),
                Some("content-type-not-grpc"),
                "the content-type is text/html\n::error::x sid=0123456789abcdef",
            ),
        },
        clients: vec![
            vec![ClientSays {
                client: "grpc-go",
                status: "Unknown",
                message: "got \x1b[31m\"text/html\"".to_owned(),
                verified: true,
            }],
            Vec::new(),
        ],
        notes: Vec::new(),
    }
}

/// An answer in HTTP/1.1, and no more.
pub(in crate::report) fn http1() -> Sample {
    let mut script = Script::empty();
    script.raw(Sent, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    script.frame(Sent, 4, 0, 0, &setting(2, 0));
    script.at(900);
    script.raw(
        Received,
        b"HTTP/1.1 400 Bad Request\r\nServer: nginx/1.24.0\r\nSet-Cookie: sid=0123456789abcdef; Path=/\r\n\
          Content-Type: text/html\r\nContent-Length: 46\r\n\r\n<html><body>400 Bad Request</body></html>\r\n\x1b[2J",
    );
    let (connection, call) = script.finish(Closing::Peer);
    let foreign = found(
        &PRACTICE,
        Party::Gateway,
        "the server answers in HTTP/1.1: HTTP/1.1 400 Bad Request",
        |finding| {
            if let Some(foreign) = &connection.foreign {
                let all =
                    Evidence::received(foreign.span.offset, foreign.span.length, &foreign.bytes);
                finding.evidence([all.reads_as("HTTP/1.1 400 Bad Request")]);
            }
        },
    );
    let unknown: Vec<_> = Step::ALL[5..]
        .iter()
        .map(|step| (*step, Status::Unknown, None))
        .collect();
    let mut other = vec![(
        Step::Preface,
        Status::Fail,
        Some("the server answers in HTTP/1.1"),
    )];
    other.extend(unknown);
    Sample {
        connection,
        call,
        diagnosis: Diagnosis {
            steps: ladder(&other),
            findings: vec![foreign],
            verdict: verdict(
                Some(Step::Preface),
                Some("server-header-leaks"),
                "the server answers in HTTP/1.1",
            ),
        },
        clients: Vec::new(),
        notes: Vec::new(),
    }
}

/// A reply in many frames, then a reset and a frame cut off.
pub(in crate::report) fn flood() -> Sample {
    let mut script = Script::request(&[], HELLO);
    script.frame(
        Received,
        1,
        0x4,
        1,
        &block(&[(":status", b"200"), ("content-type", b"application/grpc")]),
    );
    for index in 0_u64..40 {
        script.at(90_000 + index * 1_000);
        let start: &[u8] = if index == 0 { b"\0\0\x40\0\0" } else { b"" };
        script.frame(Received, 0, 0, 1, &[start, &[0xab; 5_000]].concat());
        if index % 8 == 0 {
            script.frame(Sent, 8, 0, 0, &40_000_u32.to_be_bytes());
        }
    }
    script.frame(Received, 0xfa, 0x3, 1, b"\x01\x02");
    script.frame(Received, 6, 0, 0, b"\x01");
    script.frame(Received, 2, 0, 1, b"\0\0\0\0\x0f");
    script.frame(
        Received,
        5,
        0x4,
        1,
        &[&b"\0\0\0\x02"[..], &block(&[(":path", b"/pushed")])].concat(),
    );
    script.frame(Received, 3, 0, 1, b"\0\0\0\x08");
    script.raw(Received, b"\0\0\x20\0\0\0\0\0\x01cut");
    let (mut connection, call) = script.finish(Closing::Broken(
        "connection reset by peer (os error 104)".to_owned(),
    ));
    connection.frames_seen += 17;
    connection.witness = Some(crate::http::Witness {
        words: "stream error received: unexpected\n".to_owned(),
        refused: false,
    });
    Sample {
        connection,
        call,
        diagnosis: Diagnosis {
            steps: ladder(&[
                (
                    Step::LengthPrefix,
                    Status::Fail,
                    Some(
                        "cut after 200,000 of 4,194,304 bytes of the message, when the server reset the stream (CANCEL)",
                    ),
                ),
                (Step::Message, Status::Unknown, None),
                (Step::Trailers, Status::Unknown, None),
                (Step::GrpcStatus, Status::Unknown, None),
            ]),
            findings: Vec::new(),
            verdict: verdict(Some(Step::LengthPrefix), None, "the reply was cut off"),
        },
        clients: Vec::new(),
        notes: Vec::new(),
    }
}

/// A certificate with three faults, and a call that stops there.
pub(in crate::report) fn certificate() -> Sample {
    let mut dial = dial();
    dial.attempts = vec![Attempt {
        address: "[2001:db8::7]:443".to_owned(),
        took: Duration::from_micros(300),
        failure: Some(Failure {
            kind: FailureKind::Unreachable,
            text: "Network is unreachable (os error 101)".to_owned(),
        }),
    }];
    let tls = Tls {
        version: None,
        alpn: Alpn::Nothing,
        verified: Verified::Faults(vec![
            CertificateFault::Expired {
                certificate: 0,
                not_after: NOW - 86_400 * 12,
                now: NOW,
            },
            CertificateFault::WrongName {
                wanted: "api.example.com".to_owned(),
                names: vec!["*.example.net".to_owned(), "evil\x1b[2J".to_owned()],
            },
            CertificateFault::UnknownIssuer {
                issuer: "CN=Example R3".to_owned(),
                self_signed: false,
            },
        ]),
        ..tls()
    };
    let mut script = Script::empty();
    script.dialed(dial, tls);
    let (connection, call) = script.finish(Closing::GaveUp);
    let unknown: Vec<_> = Step::ALL[3..]
        .iter()
        .map(|step| (*step, Status::Unknown, None))
        .collect();
    let mut other = vec![(
        Step::Tls,
        Status::Fail,
        Some("the certificate has expired, and is for another name"),
    )];
    other.extend(unknown);
    Sample {
        connection,
        call,
        diagnosis: Diagnosis {
            steps: ladder(&other),
            findings: Vec::new(),
            verdict: verdict(
                Some(Step::Tls),
                None,
                "the certificate of api.example.com expired 12 days ago",
            ),
        },
        clients: Vec::new(),
        notes: Vec::new(),
    }
}

/// The article's second attempt: base64 text in the place of the bytes.
pub(in crate::report) fn base64() -> Sample {
    let mut script = Script::request(&[], HELLO);
    script.frame(
        Received,
        1,
        0x4,
        1,
        &block(&[(":status", b"200"), ("content-type", b"application/grpc")]),
    );
    script.frame(Received, 0, 0x1, 1, b"AAAAAA8KDUhlbGxvLCB3b3JsZC4=");
    let (connection, call) = script.finish(Closing::GaveUp);
    let case = crate::diagnosis::Case::new(&connection, &call, None);
    let diagnosis = crate::rules::diagnose(&case);
    let clients = diagnosis
        .findings
        .iter()
        .map(|finding| crate::clients::say(finding, &case))
        .collect();
    Sample {
        diagnosis,
        clients,
        notes: Vec::new(),
        connection,
        call,
    }
}
