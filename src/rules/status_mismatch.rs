//! The headers say one status, and the trailers another.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, quoted};
use crate::rpc::Code;

pub(super) static RULE: Rule = Rule {
    name: "status-mismatch",
    step: Step::Trailers,
    severity: Severity::Error,
    summary: "grpc-status differs between headers and trailers",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "Response-Headers → HTTP-Status [Message-Encoding] [Message-Accept-Encoding] Content-Type *Custom-Metadata",
    },
    explain: "\
`grpc-status` has no place in the response headers, and here it stands there with another value than in
the trailers. Clients believe the trailers (tonic, an error in the headers), so that an error becomes a
success with an empty or missing reply, or the other way round.

This is what Envoy's grpc_http1_reverse_bridge makes of a backend that answers 200 with a `grpc-status`
header: it ignores that field and writes trailers of its own, `grpc-status: 0`. Behind it, signal errors
by an HTTP status other than 200.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let response = &case.call.response;
    let (Some(first), Some(last)) = (response.header("grpc-status"), case.grpc_status()) else {
        return;
    };
    if response.is_trailers_only() || first == last {
        return;
    }
    let name = |value: &[u8]| match Code::parse(value) {
        Some(code) => code.to_string(),
        None => quoted(value, 20),
    };
    findings
        .add(
            Party::Gateway,
            format!(
                "the headers say grpc-status {}, the trailers {}",
                name(first),
                name(last)
            ),
        )
        .expected("grpc-status in the trailers alone")
        .evidence(super::shared::header_evidence(case, "grpc-status"))
        .evidence(super::shared::closing_evidence(case, "grpc-status"))
        .cause(
            "a bridge (Envoy's grpc_http1_reverse_bridge) ignores the status of its backend and writes its own",
            "signal errors to it by an HTTP status other than 200",
        )
        .cause(
            "the application sets the field as a header and the library sends the real one",
            "leave grpc-status to the library",
        );
}
