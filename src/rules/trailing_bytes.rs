//! Bytes follow the last message.

use crate::diagnosis::{
    Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step, quoted,
};

pub(super) static RULE: Rule = Rule {
    name: "trailing-bytes",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "bytes follow the last message",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Request → Request-Headers *Length-Prefixed-Message EOS",
    },
    explain: "\
The body starts with a whole message, and what follows it is not another one. A client that reads on takes
those bytes for a prefix: C-core waits until the deadline, grpc-go and grpc-dotnet end the call. The
length was counted short, or something appended to the body: a newline, a checksum, text.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::Trailing = case.body.shape else {
        return;
    };
    let rest = &case.body.bytes[case.body.messages.end..];
    let count = rest.len();
    let s = if count == 1 { "" } else { "s" };
    let message = format!(
        "{count} byte{s} follow{} the last message: {}",
        if count == 1 { "s" } else { "" },
        quoted(rest, 24)
    );
    let finding = findings.add(Party::Server, message);
    finding
        .expected("the end of the body, or another prefix")
        .evidence(super::shared::rest_evidence(case));
    finding.cause(
        "the length was counted short, or something appends to the body",
        "send nothing after the message",
    );
}
