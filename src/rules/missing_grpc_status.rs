//! The stream ends on HEADERS without grpc-status.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::End;

pub(super) static RULE: Rule = Rule {
    name: "missing-grpc-status",
    step: Step::Trailers,
    severity: Severity::Error,
    summary: "the trailers have no grpc-status",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "Trailers → Status [Status-Message] *Custom-Metadata",
    },
    explain: "\
The stream ends with a HEADERS frame, as it should, but there is no `grpc-status` in it, so that nothing
says how the call went. A proxy sends trailers of its own, or answers with headers alone. grpc-go reports
UNKNOWN with an empty message, C-core \"No status received\", tonic up to 0.14.5 success.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some(End::Headers(_)), Some(block)) = (case.call.response.end, case.closing_block())
    else {
        return;
    };
    // In a block that is not known whole it may have stood all the same.
    if block.fields.get("grpc-status").is_some()
        || !block.fields.is_known()
        || case.call.response.header("grpc-status").is_some()
    {
        return;
    }
    let message = if case.call.response.is_trailers_only() {
        "the response is headers alone, without grpc-status"
    } else {
        RULE.summary
    };
    let names: Vec<String> = block
        .fields
        .iter()
        .map(|field| crate::diagnosis::text(field.name))
        .collect();
    let finding = findings.add(Party::Gateway, message);
    finding.expected("grpc-status: 0, or another code");
    finding.evidence(
        crate::diagnosis::Evidence::anchored(case.frames, block.origin.anchor).map(|evidence| {
            evidence.reads_as(if names.is_empty() {
                "no fields".to_owned()
            } else {
                names.join(", ")
            })
        }),
    );
    finding.cause(
        "something that knows no gRPC ends the response",
        "look at who answered (server, via), and route gRPC past it",
    );
}
