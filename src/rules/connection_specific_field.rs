//! A header field belongs to HTTP/1 connections.

use super::shared::blocks;
use super::shared::names;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

/// The fields that RFC 9110, 7.6.1 lists as being about one connection.
const FIELDS: [&[u8]; 5] = [
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"transfer-encoding",
    b"upgrade",
];

pub(super) static RULE: Rule = Rule {
    name: "connection-specific-field",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a header field belongs to HTTP/1 connections",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.2.2. Connection-Specific Header Fields",
        quote: "Any message containing connection-specific header fields MUST be treated as malformed.",
    },
    explain: "\
Fields such as connection, keep-alive and transfer-encoding are about one HTTP/1 connection and have no
meaning in HTTP/2, which makes a response with one of them malformed, and so does te with anything but
\"trailers\". Strict clients (those on nghttp2 or
h2, and Envoy) reset the stream with PROTOCOL_ERROR and report INTERNAL; others do not look, which is why it
often shows with one client only.

An HTTP/1 handler or proxy behind the gateway sets them. Remove them there, or let the gateway strip them.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (block, place) in blocks(case) {
        let bad: Vec<&[u8]> = block
            .fields
            .iter()
            .filter(|field| {
                let of_http1 = FIELDS.iter().any(|it| field.name.eq_ignore_ascii_case(it));
                of_http1
                    || field.unknown.is_none() && field.name == b"te" && field.value != b"trailers"
            })
            .map(|field| field.name)
            .collect();
        let Some(first) = bad.first() else {
            continue;
        };
        let name = crate::diagnosis::text(first);
        findings
            .add(
                Party::Gateway,
                format!("{place} have fields of HTTP/1 connections: {}", names(&bad)),
            )
            .expected(
                "none of connection, keep-alive, proxy-connection, transfer-encoding, upgrade, nor te with more than trailers",
            )
            .evidence(Evidence::field(case.frames, block.origin.anchor, &name))
            .cause(
                "the handler, or a header rule, sets the field",
                format!("remove it; nginx: `grpc_hide_header {name};`"),
            );
    }
}
