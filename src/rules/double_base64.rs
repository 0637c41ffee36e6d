//! The body was base64-encoded twice.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, TextEncoding};

pub(super) static RULE: Rule = Rule {
    name: "double-base64",
    step: Step::Base64,
    severity: Severity::Error,
    summary: "the body is base64 of base64",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message → *{binary octet}",
    },
    explain: "\
The body is base64 text, and what it decodes to is base64 text again: two parties encoded it. The usual
pair is a handler that encodes the body by itself and a framework or runtime that does so once more; a
gateway decodes one layer at most.

Encode once: give the framework bytes, or the gateway the framework's text.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let encodings = case.body.encodings.as_slice();
    let [TextEncoding::Base64 { .. }, TextEncoding::Base64 { .. }, ..] = encodings else {
        return;
    };
    let within = super::shared::describe_inside(case);
    let finding = findings.add(
        Party::Gateway,
        format!("the body is base64 of base64; inside is {within}"),
    );
    finding
        .expected("the bytes themselves")
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the handler encodes the body, and its framework or runtime does so again",
        "encode once: return bytes to the framework",
    );
}
