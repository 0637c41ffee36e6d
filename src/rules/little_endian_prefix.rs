//! The length stands least significant byte first.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "little-endian-prefix",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the length prefix is little-endian",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message-Length → {length of Message} # encoded as 4 byte unsigned integer (big endian)",
    },
    explain: "\
The four length bytes are in the machine's order instead of the network's. A length of 15 written as 0f 00
00 00 reads as 251658240: clients refuse it as too large, or wait for bytes that never come.

Write the length big-endian: `>I` in Python's struct, `putInt` of a Java ByteBuffer, `BigEndian.PutUint32`
in Go.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::LittleEndian(message) = case.body.shape else {
        return;
    };
    let finding = findings.add(
        Party::Server,
        format!(
            "the length is little-endian: {} read the other way round is {}, which fits",
            message.length,
            message.length.swap_bytes()
        ),
    );
    finding
        .expected(super::shared::expected_prefix(
            message.flag,
            message.length.swap_bytes(),
        ))
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the prefix was packed in the machine's byte order",
        "pack the length big-endian",
    );
}
