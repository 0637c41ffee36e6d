//! grpc-status is a number that no code has.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "unknown-status",
    step: Step::GrpcStatus,
    severity: Severity::Error,
    summary: "grpc-status is not a known code",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "gRPC uses a set of well defined status codes as part of the RPC API.",
    },
    explain: "\
`grpc-status` is a number above 16. Clients report UNKNOWN. An HTTP status (200, 404, 500) was written
where a gRPC status belongs, or an application code of its own.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(code) = case.code().filter(|code| code.name().is_none()) else {
        return;
    };
    let finding = findings.add(
        Party::Server,
        format!("grpc-status is {}, which no code has", code.0),
    );
    finding
        .expected("a number from 0 to 16")
        .evidence(super::shared::closing_evidence(case, "grpc-status"));
    let cause = if (100..600).contains(&code.0) {
        "an HTTP status was written as grpc-status"
    } else {
        "the application uses a code of its own"
    };
    finding.cause(
        cause,
        "map it to one of the codes 0 to 16, and put your own code into the details",
    );
}
