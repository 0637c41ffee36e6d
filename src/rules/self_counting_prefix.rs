//! The length counts the prefix too.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "self-counting-prefix",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the length counts bytes of the prefix itself",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message-Length → {length of Message} # encoded as 4 byte unsigned integer (big endian)",
    },
    explain: "\
Message-Length is the length of the message alone. Here it also counts the prefix, all five bytes or the
four of the length, so that the client waits for bytes that never come and then says that the stream ended
too soon.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::SelfCounting(message, extra) = case.body.shape else {
        return;
    };
    let finding = findings.add(
        Party::Server,
        format!(
            "the length says {}, which counts {extra} bytes of the prefix; the message has {}",
            message.length,
            message.length - extra
        ),
    );
    finding
        .expected(super::shared::expected_prefix(
            message.flag,
            message.length - extra,
        ))
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the length was taken after the prefix was put in front",
        "write the length of the message alone",
    );
}
