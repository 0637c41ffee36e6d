//! The body is nothing that can be told.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "unrecognised-body",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the body is not made of length-prefixed messages",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Length-Prefixed-Message → Compressed-Flag Message-Length Message",
    },
    explain: "\
The body does not begin with a flag of 0 or 1 and a length that fits, and it is neither text nor a bare
protobuf message, nor a prefix in one of the wrong forms that are known. It may be encrypted, of another
protocol, or damaged on the way.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if case.body.shape != Shape::Unrecognised {
        return;
    }
    let finding = findings.add(Party::Server, RULE.summary);
    finding
        .expected("00 or 01, the length as four bytes, then the message")
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "another protocol, or damage on the way",
        "compare with the bytes that the handler wrote",
    );
}
