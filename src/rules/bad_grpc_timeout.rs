//! The grpc-timeout of the request cannot be read.

use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, quoted,
};
use crate::rpc::timeout;

pub(super) static RULE: Rule = Rule {
    name: "bad-grpc-timeout",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "the grpc-timeout of the request cannot be read",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "TimeoutValue → positive integer as ASCII string of at most 8 digits",
    },
    explain: "\
`grpc-timeout` is up to eight digits and a unit: H, M, S, m, u or n. This request was sent with something
else. Servers differ in what they make of it: grpc-go ends the call, others ignore it and know no
deadline.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(block) = case.call.request.headers.as_ref() else {
        return;
    };
    let Some(value) = block
        .fields
        .all("grpc-timeout")
        .find(|value| timeout::parse(value).is_none())
    else {
        return;
    };
    findings
        .add(
            Party::Client,
            format!("grpc-timeout: {} cannot be read", quoted(value, 40)),
        )
        .expected("1 to 8 digits and one of H, M, S, m, u, n: `10S`")
        .evidence(Evidence::field(
            case.frames,
            block.origin.anchor,
            "grpc-timeout",
        ))
        .cause(
            "the request was told to have it",
            "leave the field out, and give --timeout",
        );
}
