//! The server answered the HTTP/2 preface with HTTP/1.

use super::shared::{foreign_evidence, http1_gist, is_http1};
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "http1-answer",
    step: Step::Preface,
    severity: Severity::Error,
    summary: "the server speaks HTTP/1 and not HTTP/2",
    citation: Citation {
        spec: Spec::Http2,
        section: "3.4. HTTP/2 Connection Preface",
        quote: "The server connection preface consists of a potentially empty SETTINGS frame (Section 6.5) that MUST be the first frame the server sends in the HTTP/2 connection.",
    },
    explain: "\
The first bytes of an HTTP/2 connection are a preface that an HTTP/1 server takes for a request with the
strange method PRI, and answers with an error, mostly 400. Read as a frame, its \"HTTP/\" is a frame of
4740180 bytes and of type 80, whence the riddles that clients print: \"frame too large\" (grpc-go), \"First
received frame was not SETTINGS. Hex dump for first 5 bytes: 485454502f\" (grpc-java), FRAME_SIZE_ERROR
(tonic); only C-core says \"Trying to connect an http1.x server\".

The listener has no HTTP/2, or has it with TLS only; many servers need to be told to take HTTP/2 without TLS
(h2c). Or it is the wrong port: the one for REST, metrics or health instead of the one for gRPC.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(foreign) = super::shared::foreign(case) else {
        return;
    };
    if !is_http1(foreign) {
        return;
    }
    let encrypted = case.tls().is_some();
    let finding = findings.add(
        Party::Gateway,
        format!(
            "the server answered the HTTP/2 preface with HTTP/1: {}",
            http1_gist(&foreign.bytes)
        ),
    );
    finding
        .expected("an HTTP/2 SETTINGS frame")
        .evidence([foreign_evidence(foreign)]);
    if encrypted {
        super::shared::enable_http2(finding);
        return;
    }
    finding
        .cause(
            "the listener has no HTTP/2 without TLS",
            "nginx: `http2 on;` in the server block (1.25.1 or later); Apache: `Protocols h2c http/1.1`; Go: `http.Server.Protocols.SetUnencryptedHTTP2(true)`",
        )
        .cause(
            "the port is the one for REST, metrics or health",
            "use the port on which gRPC is served",
        )
        .cause(
            "HTTP/2 is there with TLS only",
            "use https:// and the TLS port",
        );
}
