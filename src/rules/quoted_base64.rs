//! The body is base64 within a JSON string.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, TextEncoding};

pub(super) static RULE: Rule = Rule {
    name: "quoted-base64",
    step: Step::Base64,
    severity: Severity::Error,
    summary: "the body is base64 within a JSON string",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message → *{binary octet}",
    },
    explain: "\
The body is a JSON string literal with base64 text in it. A handler returned the text as a value and its
framework, or a gateway integration without a mapping, wrote that value as JSON. Clients take the
quotation mark for the compressed flag.

Return the body in the shape that the gateway asks for (for a Lambda proxy integration: an object with
statusCode, headers, body and isBase64Encoded), or bytes where the framework takes bytes.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let encodings = case.body.encodings.as_slice();
    let [TextEncoding::JsonString, ..] = encodings else {
        return;
    };
    let within = super::shared::describe_inside(case);
    let finding = findings.add(
        Party::Gateway,
        format!(
            "the body is {} within a JSON string; inside is {within}",
            encodings
                .last()
                .copied()
                .map_or_else(String::new, TextEncoding::describe)
        ),
    );
    finding
        .expected("the bytes themselves")
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "a handler returns the text as a value, which is then written as JSON",
        "return the proxy shape: {statusCode, headers, body, isBase64Encoded: true}",
    );
}
