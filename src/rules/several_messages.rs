//! A unary call is answered by more than one message.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "several-messages",
    step: Step::Message,
    severity: Severity::Error,
    summary: "a unary call is answered by more than one message",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "Response cardinality violation (method requires exactly one response but server sent some other number of responses)",
    },
    explain: "\
A unary call has exactly one reply message, and the body has more. The method may be a server-streaming
one that was called as unary, or the handler wrote twice. grpc-go and grpc-java end the call with
INTERNAL; C-core waits for the deadline.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let count = case.body.messages.count;
    if count < 2 || !case.vantage.kind.has_one_reply() {
        return;
    }
    let finding = findings.add(
        Party::Server,
        format!("{count} messages, where a unary call has one"),
    );
    finding
        .expected("one message")
        .evidence(super::shared::rest_of_messages(case));
    finding.cause(
        "the method is server-streaming, or the handler writes twice",
        "call it as a streaming method, or write one reply",
    );
}
