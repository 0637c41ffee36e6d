//! The :status is no status code.

use crate::diagnosis::quoted;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "invalid-status-field",
    step: Step::Response,
    severity: Severity::Error,
    summary: "the :status is no status code",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "HTTP-Status → \":status 200\"",
    },
    explain: "\
The value of :status is not a number of three digits. Clients fail on it in their own ways: \"malformed
http-status\" (grpc-go), a missing status, a protocol error. A status line as in HTTP/1 (\"200 OK\") does
not belong there.

Send the three digits alone.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(headers) = case.response_headers() else {
        return;
    };
    let Some(field) = headers.field(":status") else {
        return;
    };
    let digits = field.value.len() == 3 && field.value.iter().all(u8::is_ascii_digit);
    if digits || field.unknown.is_some() {
        return;
    }
    findings
        .add(
            Party::Server,
            format!("the :status is {}, no status code", quoted(field.value, 40)),
        )
        .expected("three digits: 200")
        .evidence(Evidence::field(
            case.frames,
            headers.origin.anchor,
            ":status",
        ))
        .cause(
            "the server, or a proxy, copies a status line of HTTP/1",
            "send the three digits alone",
        );
}
