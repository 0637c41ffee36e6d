//! The body is a protobuf message that nobody framed.

use crate::diagnosis::{
    Case, Citation, Findings, Packed, Party, Rule, Severity, Shape, Spec, Step,
};

pub(super) static RULE: Rule = Rule {
    name: "missing-length-prefix",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the message has no 5-byte prefix",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Length-Prefixed-Message → Compressed-Flag Message-Length Message",
    },
    explain: "\
Each message in a gRPC body follows five bytes: a flag that says whether it is compressed, and its length
as four bytes, big-endian. Here the serialised message stands alone, as a web framework or a Lambda
returns it. A client takes its first byte for the flag and the next four for a length, which then is
absurd: field tags and text read as a number of hundreds of millions.

Write 00 and the big-endian length before the message. Where the body is base64-encoded on the way (a
Lambda behind API Gateway), the prefix belongs inside: prefix first, then encode.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if case.body.shape != Shape::Bare {
        return;
    }
    let length = u32::try_from(case.body.bytes.len()).unwrap_or(u32::MAX);
    let within = if case.body.is_encoded() {
        ", inside its encoding"
    } else if case.body.packed != Packed::No {
        ", inside the compressed body"
    } else {
        ""
    };
    let finding = findings.add(Party::Server, format!("{}{within}", RULE.summary));
    finding
        .expected(super::shared::expected_prefix(0, length))
        .cause(
            "the handler returned the serialised message as it is",
            "put 00 and the big-endian length before the message, before any base64-encoding",
        );
    if within.is_empty() {
        finding.evidence(super::shared::prefix_as_read(case));
    }
}
