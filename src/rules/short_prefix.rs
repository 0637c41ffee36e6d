//! The length is smaller than the message.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "short-prefix",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the length is smaller than the message",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message-Length → {length of Message} # encoded as 4 byte unsigned integer (big endian)",
    },
    explain: "\
The prefix gives a length, and the message goes on after it. The client takes the first part for the whole
message, and the rest for the prefix of another. The length was counted in characters instead of bytes, or
before the message was complete.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::TooShort(message) = case.body.shape else {
        return;
    };
    let finding = findings.add(
        Party::Server,
        format!(
            "the length says {}, and the message has {} bytes",
            message.length,
            case.body.bytes.len().saturating_sub(5)
        ),
    );
    finding
        .expected(super::shared::expected_prefix(
            message.flag,
            u32::try_from(case.body.bytes.len().saturating_sub(5)).unwrap_or(u32::MAX),
        ))
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the length was counted in characters, or before the message was complete",
        "take the length of the serialised bytes",
    );
}
