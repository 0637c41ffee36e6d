//! The body ends within a prefix.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "partial-prefix",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the body ends within a length prefix",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Length-Prefixed-Message → Compressed-Flag Message-Length Message",
    },
    explain: "\
A prefix has five bytes, and the body ends before its fifth. Either the stream was cut on the way, or what
stands there is no prefix: a short body of zeroes, or a remainder.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::PartialPrefix = case.body.shape else {
        return;
    };
    // Where the capture ends first, the rest may have come.
    if case.is_unfinished() {
        return;
    }
    let arrived = case.body.bytes.len() - case.body.messages.end;
    let message = match case.cut() {
        Some(cut) => format!("{} after {arrived} of the 5 prefix bytes", cut.describe()),
        None => format!("the body ends after {arrived} of the 5 prefix bytes"),
    };
    let finding = findings.add(Party::Server, message);
    finding
        .expected("a flag, four length bytes, and the message")
        .evidence(super::shared::rest_evidence(case));
    if let Some(cut) = case.cut() {
        super::shared::cut_causes(&cut, finding);
    } else {
        finding.cause(
            "the handler writes fewer than five bytes before a message",
            "write 00 and the length as four bytes",
        );
    }
}
