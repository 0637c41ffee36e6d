//! A length of four bytes, and no flag octet before it.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "prefix-without-flag",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the prefix is the length alone, without the flag",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Length-Prefixed-Message → Compressed-Flag Message-Length Message",
    },
    explain: "\
The body begins with the length as four bytes, big-endian, and the length fits what follows; but the flag
octet that belongs before it is missing. Everything is off by one byte: the client reads the length's
first byte as the flag.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::WithoutFlag = case.body.shape else {
        return;
    };
    let finding = findings.add(
        Party::Server,
        "the four length bytes are there, without the flag before them",
    );
    finding
        .expected(super::shared::expected_prefix(
            0,
            u32::try_from(case.body.bytes.len().saturating_sub(4)).unwrap_or(u32::MAX),
        ))
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the handler writes the length without the flag octet",
        "put 00 before the length",
    );
}
