//! The calls.

use std::time::Duration;

use super::{Sample, Script, block};
use crate::clients::ClientSays;
use crate::diagnosis::{
    Case, Citation, Diagnosis, Evidence, Finding, Findings, Judged, Party, Rule, Severity, Spec,
    Status, Step, Verdict,
};
use crate::http::Closing;
use crate::wire::Direction::Received;

/// A rule for tests: no catalogue entry is needed to show a finding.
const fn rule(
    name: &'static str,
    step: Step,
    severity: Severity,
    summary: &'static str,
    citation: Citation,
) -> Rule {
    Rule {
        name,
        step,
        severity,
        summary,
        citation,
        explain: "",
        check: |_: &Case<'_>, _: &mut Findings| {},
    }
}

static MISSING_PREFIX: Rule = rule(
    "missing-length-prefix",
    Step::LengthPrefix,
    Severity::Error,
    "the message has no 5-byte prefix",
    Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Length-Prefixed-Message \u{2192} Compressed-Flag Message-Length Message",
    },
);

static MISSING_TRAILERS: Rule = rule(
    "missing-trailers",
    Step::Trailers,
    Severity::Error,
    "no trailers",
    Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "Status must be sent in Trailers even if the status code is OK.",
    },
);

pub(in crate::report) static CONTENT_TYPE: Rule = rule(
    "content-type-not-grpc",
    Step::ContentType,
    Severity::Error,
    "the content-type is not gRPC's",
    Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "Content-Type \u{2192} \"content-type\" \"application/grpc\" [(\"+proto\" / \"+json\" / {custom})]",
    },
);

pub(in crate::report) static PRACTICE: Rule = rule(
    "server-header-leaks",
    Step::Response,
    Severity::Warning,
    "practice",
    Citation {
        spec: Spec::Practice,
        section: "",
        quote: "",
    },
);

/// Findings of one rule, as the rule itself would make them.
pub(in crate::report) fn found(
    rule: &'static Rule,
    party: Party,
    message: &str,
    fill: impl FnOnce(&mut Finding),
) -> Finding {
    let mut findings = Findings::new(rule);
    fill(findings.add(party, message));
    findings.into_list().remove(0)
}

/// A ladder that passes but for the steps given.
pub(in crate::report) fn ladder(other: &[(Step, Status, Option<&str>)]) -> Vec<Judged> {
    Step::ALL
        .into_iter()
        .map(|step| {
            let other = other.iter().find(|(which, ..)| *which == step);
            Judged {
                step,
                status: other.map_or(Status::Pass, |(_, status, _)| *status),
                took: (step == Step::Connect).then_some(Duration::from_micros(12_100)),
                note: other.and_then(|(_, _, note)| note.map(str::to_owned)),
            }
        })
        .collect()
}

pub(in crate::report) fn verdict(
    step: Option<Step>,
    rule: Option<&'static str>,
    summary: &str,
) -> Verdict {
    Verdict {
        step,
        rule,
        summary: summary.to_owned(),
        exit_code: step.map_or(0, Step::exit_code),
    }
}

pub(in crate::report) const HELLO: &[u8] = b"\0\0\0\0\x07\x0a\x05Hello";
const REPLY: &[u8] = b"\x0a\x0dHello, world.";

/// The article's third attempt: a protobuf message that nobody framed, and no trailers.
pub(in crate::report) fn bare() -> Sample {
    let mut script = Script::request(&[("user-agent", b"grpc-probe/0.1.0")], HELLO);
    script.frame(
        Received,
        1,
        0x4,
        1,
        &block(&[
            (":status", b"200"),
            ("content-type", b"application/grpc+proto"),
            ("date", b"Sun, 15 Jun 2025 15:06:40 GMT"),
            ("x-amzn-requestid", b"6f1c2d9e-5b0a-4c58-9a3e-1f0b7a2d4c6e"),
        ]),
    );
    script.frame(Received, 0, 0, 1, REPLY);
    script.frame(Received, 0, 1, 1, b"");
    let (connection, call) = script.finish(Closing::GaveUp);
    let body = &call.response.body;
    let prefix = found(
        &MISSING_PREFIX,
        Party::Server,
        "the message has no 5-byte prefix",
        |finding| {
            finding.expected("00 00 00 00 0f 0a 0d \u{2026}");
            finding.evidence(Evidence::body(body, 0, 15).map(|all| {
                all.reads_as("decodes as hello.HelloResponse { reply: \"Hello, world.\" }")
            }));
            finding.evidence(
                Evidence::body(body, 0, 1)
                    .map(|flag| flag.reads_as("read as the compressed flag: 10, must be 0 or 1")),
            );
            finding.evidence(
                Evidence::body(body, 1, 4)
                    .map(|length| length.reads_as("read as the length: 222848364 (\"\\rHel\")")),
            );
            finding.cause(
            "the handler returns the protobuf message itself, which nothing between it and the client frames",
            "put 00 and the big-endian length before the message, before base64-encoding it",
        );
        },
    );
    let trailers = found(
        &MISSING_TRAILERS,
        Party::Gateway,
        "the stream ended on DATA: no trailers, no grpc-status",
        |finding| {
            let last = body.pieces.last().map(|piece| piece.anchor);
            finding
                .evidence(last.and_then(|anchor| Evidence::anchored(connection.frames(), anchor)));
            finding.expected("a HEADERS frame with END_STREAM and grpc-status: 0");
        },
    );
    let clients = vec![
        vec![
            ClientSays {
                client: "grpc-go",
                status: "ResourceExhausted",
                message: "grpc: received message larger than max (222848364 vs. 4194304)".to_owned(),
                verified: true,
            },
            ClientSays {
                client: "tonic",
                status: "Internal",
                message: "protocol error: received message with invalid compression flag: 10 (valid flags are 0 \
                          and 1) while receiving response with status: 200 OK"
                    .to_owned(),
                verified: true,
            },
            ClientSays { client: "grpcio", status: "OK", message: String::new(), verified: false },
        ],
        Vec::new(),
    ];
    let steps = ladder(&[
        (
            Step::LengthPrefix,
            Status::Fail,
            Some("the message has no 5-byte prefix"),
        ),
        (Step::Compression, Status::Unknown, None),
        (Step::Message, Status::Pass, Some("seen without its prefix")),
        (
            Step::Trailers,
            Status::Fail,
            Some("the stream ended on DATA: no trailers, no grpc-status"),
        ),
        (Step::GrpcStatus, Status::Unknown, None),
    ]);
    let summary = "api.example.com answers /Prod/hello.HelloService/Hello with a protobuf message that has no 5-byte \
                   prefix (length-prefix), and without trailers";
    Sample {
        connection,
        call,
        diagnosis: Diagnosis {
            steps,
            findings: vec![prefix, trailers],
            verdict: verdict(
                Some(Step::LengthPrefix),
                Some("missing-length-prefix"),
                summary,
            ),
        },
        clients,
        notes: vec!["the keys of this connection were written to keys.log, unredacted".to_owned()],
    }
}

/// A call that everything is right with.
pub(in crate::report) fn good() -> Sample {
    let mut script = Script::request(&[], HELLO);
    script.frame(Received, 8, 0, 0, &1_048_576_u32.to_be_bytes());
    script.frame(
        Received,
        1,
        0x4,
        1,
        &block(&[(":status", b"200"), ("content-type", b"application/grpc")]),
    );
    script.frame(Received, 0, 0, 1, &[&b"\0\0\0\0\x0f"[..], REPLY].concat());
    script.frame(
        Received,
        1,
        0x5,
        1,
        &block(&[("grpc-status", b"0"), ("grpc-message", b"")]),
    );
    script.frame(Received, 6, 0, 0, b"\0\x01\x02\x03\x04\x05\x06\x07");
    script.frame(Received, 7, 0, 0, b"\0\0\0\x01\0\0\0\0bye");
    let (connection, call) = script.finish(Closing::GaveUp);
    Sample {
        connection,
        call,
        diagnosis: Diagnosis {
            steps: ladder(&[]),
            findings: Vec::new(),
            verdict: verdict(
                None,
                None,
                "api.example.com answers /Prod/hello.HelloService/Hello with OK",
            ),
        },
        clients: Vec::new(),
        notes: Vec::new(),
    }
}
