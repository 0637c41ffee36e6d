//! The server sends the client elsewhere, which no gRPC client follows.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "redirect",
    step: Step::HttpStatus,
    severity: Severity::Error,
    summary: "the server answers with a redirect",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "HTTP-Status → \":status 200\"",
    },
    explain: "\
A gRPC response always has HTTP status 200; the outcome of the call is in `grpc-status`. A redirect is the
answer of a web server, a login page or a load balancer: http to https, a missing or an extra slash, an
unauthenticated user. gRPC clients follow no redirects; they report UNKNOWN.

Call the address that `location` names if it is the right one, or mend the route that redirects.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(status @ 300..400) = case.http_status() else {
        return;
    };
    let location = case
        .call
        .response
        .header("location")
        .map(crate::diagnosis::text);
    let message = match &location {
        Some(location) => format!("the server answers with a redirect: {status} to {location}"),
        None => format!("the server answers with a redirect: {status}"),
    };
    let finding = findings.add(Party::Gateway, message);
    finding
        .expected(":status 200")
        .evidence(super::shared::header_evidence(case, ":status"));
    match location {
        Some(location) if location.starts_with("https://") && !super::shared::is_tls(case) => {
            finding.cause(
                "the listener sends plaintext callers to TLS",
                "call the https:// URL",
            )
        }
        Some(location) => finding.cause(
            "a route, a login page or a missing slash redirects the path",
            format!("call {location} if that is the service, else mend the route"),
        ),
        None => finding.cause("a route redirects the path", "mend the route"),
    };
}
