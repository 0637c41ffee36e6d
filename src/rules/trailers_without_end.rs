//! The trailers do not end the stream.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "trailers-without-end",
    step: Step::Trailers,
    severity: Severity::Error,
    summary: "the trailers do not carry END_STREAM",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.1. HTTP Message Framing",
        quote: "That is, trailer fields comprise a sequence starting with a HEADERS frame, followed by zero or more CONTINUATION frames, where the HEADERS frame bears an END_STREAM flag.",
    },
    explain: "\
A second header block came without END_STREAM. HTTP/2 calls that malformed; clients end the stream with
PROTOCOL_ERROR, or wait for the end.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(block) = case
        .call
        .response
        .trailers
        .as_ref()
        .filter(|block| !block.end_stream)
    else {
        return;
    };
    let finding = findings.add(Party::Server, RULE.summary);
    finding.expected("END_STREAM on the HEADERS frame of the trailers");
    finding.evidence(
        Evidence::anchored(case.frames, block.origin.anchor)
            .map(|evidence| evidence.reads_as("no END_STREAM")),
    );
    finding.cause(
        "the server writes trailers as if more were to come",
        "end the stream with them",
    );
}
