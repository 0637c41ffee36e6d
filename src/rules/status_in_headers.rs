//! grpc-status stands in the initial headers, before a body.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "status-in-headers",
    step: Step::Trailers,
    severity: Severity::Error,
    summary: "grpc-status stands in the initial headers, not in trailers",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "Status must be sent in Trailers even if the status code is OK.",
    },
    explain: "\
`grpc-status` came with the response headers, and the stream went on after them. Clients look for it where
the stream ends. In headers it counts only where they end the stream too (Trailers-Only, for an immediate
error). An application that cannot write trailers, behind a Lambda or a web framework, sets it as a plain
header; that works for errors without a body by luck, and never for a reply.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let response = &case.call.response;
    let Some(status) = response.header("grpc-status") else {
        return;
    };
    if response.is_trailers_only() || case.grpc_status().is_some() || !case.ended() {
        return;
    }
    let message = format!(
        "grpc-status {} stands in the initial headers, and the stream ends without one",
        crate::diagnosis::text(status)
    );
    let finding = findings.add(Party::Server, message);
    finding
        .expected("grpc-status in trailers, after the message")
        .evidence(super::shared::header_evidence(case, "grpc-status"));
    finding.cause(
        "the application sets it as a plain header",
        "send it as a trailer; where the platform cannot, use gRPC-Web or Connect",
    );
}
