//! A message is marked compressed and no coding is named.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "compressed-without-encoding",
    step: Step::Compression,
    severity: Severity::Error,
    summary: "the message is marked compressed, and no grpc-encoding is named",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "If the Message-Encoding header is omitted then the Compressed-Flag must be 0.",
    },
    explain: "\
The flag octet is 1, and the response headers have no `grpc-encoding`, or `identity`. The client cannot
know how to decompress. Either the flag is wrong, or the field was lost on the way; a proxy that
recompresses, or a handler that sets the flag by mistake, does that.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let encoding = case.call.response.header("grpc-encoding");
    // Among fields that are not all known it may stand.
    let known = case
        .response_headers()
        .is_some_and(|block| block.fields.is_known());
    if encoding.map_or(!known, |encoding| encoding.trim_ascii() != b"identity") {
        return;
    }
    let Some(seen) = case.body.seen.iter().find(|seen| seen.compressed) else {
        return;
    };
    let looks = case.body.bytes[seen.start..seen.start + seen.length].starts_with(&[0x1f, 0x8b]);
    let what = if encoding.is_some() {
        "grpc-encoding is identity"
    } else {
        "grpc-encoding is absent"
    };
    let gzip = if looks { "; the bytes are gzip" } else { "" };
    let finding = findings.add(
        Party::Server,
        format!("the message is marked compressed, and {what}{gzip}"),
    );
    finding.expected(if looks {
        "grpc-encoding: gzip"
    } else {
        "flag 0, or grpc-encoding with the coding"
    });
    if case.body.is_as_it_came() {
        let flag = Evidence::body(&case.call.response.body, seen.start.saturating_sub(5), 1);
        finding.evidence(flag.map(|flag| flag.reads_as("the compressed flag: 1")));
    }
    if looks {
        finding.cause(
            "the field was lost on the way, or never set",
            "send grpc-encoding: gzip with the response headers",
        );
    } else {
        finding.cause(
            "the flag is set by mistake",
            "write flag 0 before a message that is not compressed",
        );
    }
}
