//! The response has no content-type.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "missing-content-type",
    step: Step::ContentType,
    severity: Severity::Error,
    summary: "the response has no content-type",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "Response-Headers → HTTP-Status [Message-Encoding] [Message-Accept-Encoding] Content-Type *Custom-Metadata",
    },
    explain: "\
The content-type is how a client tells a gRPC response from any other. Without it grpc-go, grpc-java and
grpc-dotnet end the call; C-core, grpc-js and tonic go on and fail later, or do not. It is missing where a
proxy answers by itself, or a handler writes a bare HTTP response.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // In a block that does not decode it may have stood all the same.
    let Some(headers) = case
        .response_headers()
        .filter(|block| block.fields.is_known())
    else {
        return;
    };
    if headers.field("content-type").is_some() {
        return;
    }
    let finding = findings.add(Party::Server, RULE.summary);
    finding
        .expected("content-type: application/grpc")
        .evidence(super::shared::header_evidence(case, ":status"));
    finding.cause(
        "the handler, or a proxy in its place, answers without one",
        "set content-type: application/grpc+proto on every response, errors too",
    );
}
