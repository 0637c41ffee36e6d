//! The server answered plaintext HTTP/2 with TLS.

use super::shared::foreign_evidence;
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::wire::Protocol;

pub(super) static RULE: Rule = Rule {
    name: "tls-answer",
    step: Step::Preface,
    severity: Severity::Error,
    summary: "the port speaks TLS, and the URL says http",
    citation: Citation {
        spec: Spec::Http2,
        section: "3.4. HTTP/2 Connection Preface",
        quote: "The server connection preface consists of a potentially empty SETTINGS frame (Section 6.5) that MUST be the first frame the server sends in the HTTP/2 connection.",
    },
    explain: "\
The URL says http, and what came back is a TLS record: the port expects a TLS handshake, and took the HTTP/2
preface for a broken one. Most servers answer with an alert of seven bytes and close. A client reads those
as the start of a frame: \"First received frame was not SETTINGS. Hex dump for first 5 bytes: 1503010002\"
(grpc-java), \"unexpected EOF\" or \"frame too large\" (grpc-go), \"Socket closed\" (C-core).

Use https:// here, and TLS credentials instead of insecure ones in the client.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(foreign) = super::shared::foreign(case) else {
        return;
    };
    let what = match foreign.protocol {
        Protocol::TlsAlert { description, .. } => format!("a TLS alert ({description})"),
        Protocol::TlsRecord => "a TLS record".to_owned(),
        _ => return,
    };
    findings
        .add(
            Party::Client,
            format!("the server answered the HTTP/2 preface with {what}"),
        )
        .expected("an HTTP/2 SETTINGS frame")
        .evidence([foreign_evidence(foreign)])
        .cause(
            "the port expects TLS",
            "use https:// in the URL; in clients, TLS channel credentials",
        );
}
