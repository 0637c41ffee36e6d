//! The body is text where length-prefixed messages belong.

use crate::diagnosis::{
    Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step, quoted,
};

pub(super) static RULE: Rule = Rule {
    name: "text-body",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the body is text, without a length prefix",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Length-Prefixed-Message → Compressed-Flag Message-Length Message",
    },
    explain: "\
Each message in a gRPC body follows five bytes: a flag, 0 or 1, and its length as four bytes, big-endian.
Here the body is text. A client takes its first character for the flag and the next four for a length: of
`Hello` that is flag `H` and length `ello`, 1701604463. grpc-go then says \"received message larger than
max (1701604463 vs. 4194304)\", others name the flag.

The number is the text: where a log has nothing but it, its four bytes tell whether the body was HTML
(`html`), JSON (`\"mes`, `\"err`) or a plain line. Look for what wrote that text: an error handler, a
gateway, a framework's default.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::Text(kind) = case.body.shape else {
        return;
    };
    let shown = quoted(&case.body.bytes, 40);
    let finding = findings.add(
        Party::Server,
        format!("the body is {}: {shown}", kind.describe()),
    );
    finding
        .expected("00, the length as four bytes, then the message")
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the handler, or something in front of it, answers with text",
        "return the serialised message behind 00 and its big-endian length",
    );
}
