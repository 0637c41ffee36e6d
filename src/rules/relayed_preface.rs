//! The body is the opening of an HTTP/2 connection.

use crate::diagnosis::shape;
use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Shape, Spec, Step,
};
use crate::wire::Frame;
use crate::wire::frame::HEADER_LENGTH;

pub(super) static RULE: Rule = Rule {
    name: "relayed-preface",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the body is an HTTP/2 SETTINGS frame",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Length-Prefixed-Message → Compressed-Flag Message-Length Message",
    },
    explain: "\
The body begins with what an HTTP/2 server says first on a connection: a SETTINGS frame. A proxy opened a
connection to its backend, spoke HTTP/1 to it, and passed on what came back as the response, often with
`:status: 000`. So the backend is there and speaks HTTP/2; the proxy does not know.

nginx does this with `proxy_pass` to a gRPC server: use `grpc_pass grpc://host:port`. Elsewhere, set the
backend's protocol to gRPC or h2c.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if case.body.shape != Shape::RelayedPreface {
        return;
    }
    let Some(header) = shape::settings_frame(&case.body.bytes) else {
        return;
    };
    let length = HEADER_LENGTH + header.length as usize;
    let payload = case
        .body
        .bytes
        .get(HEADER_LENGTH..length)
        .unwrap_or_default();
    let settings: Vec<String> = Frame { header, payload }
        .view()
        .settings()
        .take(8)
        .map(|setting| format!("{}={}", setting.id, setting.value))
        .collect();
    let finding = findings.add(
        Party::Gateway,
        format!("{}: {}", RULE.summary, settings.join(" ")),
    );
    finding.expected("00 or 01, the length as four bytes, then the message");
    if case.body.is_as_it_came() {
        let evidence = Evidence::body(&case.call.response.body, 0, length);
        finding.evidence(evidence.map(|it| it.reads_as("a SETTINGS frame of the backend")));
    }
    finding
        .cause(
            "a proxy speaks HTTP/1 to a backend that speaks HTTP/2",
            "nginx: `grpc_pass grpc://HOST:PORT;` in place of `proxy_pass`",
        )
        .cause(
            "another proxy takes the backend for an HTTP/1 server",
            "set the backend's protocol to gRPC or h2c",
        );
}
