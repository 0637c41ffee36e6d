//! The length is a varint.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "varint-prefix",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the length prefix is a varint",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message-Length → {length of Message} # encoded as 4 byte unsigned integer (big endian)",
    },
    explain: "\
Protobuf libraries have a \"delimited\" form that puts the length before a message as a base-128 varint.
gRPC's prefix is another one: a flag octet, then four bytes, big-endian.

Write the plain message behind 00 and its length (`SerializeToString`, `toByteArray`, `encode`), not its
delimited form.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::VarintPrefix { flag, size } = case.body.shape else {
        return;
    };
    let finding = findings.add(
        Party::Server,
        if flag {
            format!("the length is a varint of {size} bytes after the flag")
        } else {
            format!("the length is a varint of {size} bytes, without a flag")
        },
    );
    finding
        .expected("00 and the length as four bytes")
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the message was written in protobuf's delimited form",
        "write the plain message behind 00 and its big-endian length",
    );
}
