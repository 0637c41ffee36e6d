//! A unary success carries no message.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};
use crate::rpc::Code;

pub(super) static RULE: Rule = Rule {
    name: "no-message",
    step: Step::Message,
    severity: Severity::Error,
    summary: "the call succeeded without a message",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "Response cardinality violation (method requires exactly one response but server sent some other number of responses)",
    },
    explain: "\
The status is OK, and the body has no message; a unary call that succeeds has exactly one. An empty
message is five zero bytes, not an empty body. A gateway that drops the body, or a bridge that turns an
HTTP error into OK, does this. C-core reports success with no value; others INTERNAL or UNIMPLEMENTED.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if case.body.shape != Shape::Empty
        || case.code() != Some(Code::OK)
        || !case.vantage.kind.has_one_reply()
    {
        return;
    }
    let finding = findings.add(Party::Server, RULE.summary);
    finding
        .expected("one message; an empty one is 00 00 00 00 00")
        .evidence(super::shared::closing_evidence(case, "grpc-status"));
    finding.cause(
        "the handler, or a bridge in front of it, ends the call without writing a reply",
        "write the reply, also where it is empty",
    );
}
