//! The error details contradict the status.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::rpc::Code;
use crate::schema::rpc;

pub(super) static RULE: Rule = Rule {
    name: "status-details-mismatch",
    step: Step::GrpcStatus,
    severity: Severity::Warning,
    summary: "grpc-status-details-bin does not go with grpc-status",
    citation: Citation {
        spec: Spec::Practice,
        section: "the richer error model",
        quote: "grpc-status-details-bin carries a google.rpc.Status whose code and message are those of the call.",
    },
    explain: "\
`grpc-status-details-bin` carries error details: a google.rpc.Status in base64, with the code and message of
the call and any number of typed messages. Here its bytes are not one, or it has another code than
`grpc-status`. Clients differ in what they then report. Where the codes differ grpc-go says INTERNAL and
\"grpc-status-details-bin mismatch\", and connect-go takes the code of the details; where it does not decode
grpc-go leaves the details out, and connect-go ends the call with INTERNAL.

Write both from one source; a proxy or bridge that changes grpc-status has to drop the details.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(details) = &case.status_details else {
        return;
    };
    let message = match details {
        Err(why) => format!("grpc-status-details-bin does not decode: {why}"),
        Ok(rpc::Status { code, .. }) => {
            let status = case.code();
            let told = u32::try_from(*code).ok().map(Code);
            if status.is_none() || told == status {
                return;
            }
            format!(
                "grpc-status-details-bin says {}, and grpc-status {}",
                told.map_or_else(|| format!("code {code}"), |code| code.to_string()),
                status.map_or_else(String::new, |code| code.to_string())
            )
        }
    };
    findings
        .add(Party::Server, message)
        .expected("a google.rpc.Status with the code of grpc-status, in base64")
        .evidence(super::shared::closing_evidence(
            case,
            "grpc-status-details-bin",
        ))
        .cause(
            "the two fields are written in different places, or a proxy changed one of them",
            "write both from one status",
        );
}
