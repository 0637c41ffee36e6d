//! An HTTP error with a page for people: the call never reached a gRPC server.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, Text, quoted};

pub(super) static RULE: Rule = Rule {
    name: "gateway-error-page",
    step: Step::HttpStatus,
    severity: Severity::Error,
    summary: "an HTTP error page stands where a gRPC response belongs",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "HTTP-Status → \":status 200\"",
    },
    explain: "\
A gRPC response always has HTTP status 200. Another status with a page, a JSON object or a line of text
for a body is the answer of something in front of the service, or of a web server in its place: a gateway
that found no route, refused the caller, or could not reach the backend. Clients map the HTTP status to a
gRPC one and mostly drop the body, which is where the reason stands.

Read the body, look at who answered (`server`, `via`, `x-…` fields), and look in its log.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((status, kind)) =
        super::shared::error_status(case).zip(super::shared::error_page(case))
    else {
        return;
    };
    let shown = match kind {
        Text::Html => super::shared::page_gist(case.body.outer),
        _ => quoted(case.body.outer, 60),
    };
    let message = format!("HTTP {status} with {} for a body: {shown}", kind.describe());
    let finding = findings.add(Party::Gateway, message);
    finding
        .expected(":status 200")
        .evidence(super::shared::header_evidence(case, ":status"));
    super::shared::status_causes(status, finding);
}
