//! The body is hexadecimal text.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, TextEncoding};

pub(super) static RULE: Rule = Rule {
    name: "hex-text",
    step: Step::Base64,
    severity: Severity::Error,
    summary: "the body is hexadecimal text",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message → *{binary octet}",
    },
    explain: "\
The body is hexadecimal digits that spell a gRPC body. Somebody printed the bytes where they should have
been sent, or posted a hex dump. Clients take the first digit for the compressed flag (`0` is 48, and must
be 0 or 1).
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let encodings = case.body.encodings.as_slice();
    let [TextEncoding::Hex, ..] = encodings else {
        return;
    };
    let within = super::shared::describe_inside(case);
    let finding = findings.add(
        Party::Gateway,
        format!("the body is hex text; inside is {within}"),
    );
    finding
        .expected("the bytes themselves")
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "a handler or a script writes the digits of the bytes",
        "send the bytes themselves",
    );
}
