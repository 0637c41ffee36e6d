//! An HTTP status other than 200.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, text};

pub(super) static RULE: Rule = Rule {
    name: "non-200-status",
    step: Step::HttpStatus,
    severity: Severity::Error,
    summary: "the HTTP status is not 200",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "HTTP-Status → \":status 200\"",
    },
    explain: "\
A gRPC response always has HTTP status 200; the outcome of the call is in `grpc-status`. Another status
comes from something in front of the service, or from a server that does not speak gRPC. Where
`grpc-status` is absent clients map it: 400 and 431 to INTERNAL, 401 to UNAUTHENTICATED, 403 to
PERMISSION_DENIED, 404 to UNIMPLEMENTED, 429, 502, 503 and 504 to UNAVAILABLE, all others to UNKNOWN.

Look at who answered (`server`, `via`, `x-…` fields), and look in its log.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(status) = super::shared::error_status(case) else {
        return;
    };
    if super::shared::error_page(case).is_some() {
        return;
    }
    let code = crate::rpc::Code::from_http(status);
    let shown = case
        .call
        .response
        .header(":status")
        .map_or_else(String::new, text);
    let message = format!("HTTP {shown}, which clients without a grpc-status report as {code}");
    let finding = findings.add(Party::Gateway, message);
    finding
        .expected(":status 200")
        .evidence(super::shared::header_evidence(case, ":status"));
    super::shared::status_causes(status, finding);
}
