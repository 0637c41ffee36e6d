//! An interim response ends the stream.

use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, text,
};

pub(super) static RULE: Rule = Rule {
    name: "informational-end-stream",
    step: Step::Response,
    severity: Severity::Error,
    summary: "an interim response ends the stream",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.1. HTTP Message Framing",
        quote: "A HEADERS frame with the END_STREAM flag set that carries an informational status code is malformed.",
    },
    explain: "\
Responses with a status of 1xx are interim ones: the final response has to follow. Here the interim one
carries END_STREAM, so that none can follow. Clients report INTERNAL: \"informational header with status
code 103 must not have END_STREAM set\" (grpc-go).

A handler that answers with 100 to 199 for good, or a proxy that forwards an interim response as if it were
the final one, is at fault. The final response of a gRPC call has status 200.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(block) = case
        .call
        .response
        .informational
        .last()
        .filter(|block| block.end_stream)
    else {
        return;
    };
    let status = block.fields.get(":status").unwrap_or_default();
    findings
        .add(
            Party::Server,
            format!(
                "the interim response with :status {} carries END_STREAM",
                text(status)
            ),
        )
        .expected("a final response, with :status 200, after interim ones")
        .evidence(Evidence::field(case.frames, block.origin.anchor, ":status"))
        .cause(
            "the handler, or a proxy, ends the response with an interim status",
            "answer with :status 200 and the error in grpc-status",
        );
}
