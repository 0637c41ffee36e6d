//! The body is base64 text that nobody decoded.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, TextEncoding};

pub(super) static RULE: Rule = Rule {
    name: "undecoded-base64",
    step: Step::Base64,
    severity: Severity::Error,
    summary: "the body is base64 text that was never decoded",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message → *{binary octet}",
    },
    explain: "\
gRPC bodies are binary. A Lambda can only return text, so it base64-encodes the body and says so by
`isBase64Encoded`; the gateway has to decode it, and does so only where its binary media types and the
request's Accept field agree. Where they do not, the text itself goes out. A client takes the first
character for the compressed flag (`A` is 65, and must be 0 or 1) and the next four for a length: `AAAA`
is 1094795585.

On an API Gateway REST API add `*/*` (or application/grpc and application/grpc+proto) to binaryMediaTypes,
return `isBase64Encoded: true`, and deploy the stage anew: the setting takes effect with the deployment.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let encodings = case.body.encodings.as_slice();
    let [TextEncoding::Base64 { .. }] = encodings else {
        return;
    };
    let within = super::shared::describe_inside(case);
    let finding = findings.add(
        Party::Gateway,
        format!(
            "the body is {} that was never decoded; inside is {within}",
            encodings[0].describe()
        ),
    );
    finding
        .expected("the bytes themselves")
        .evidence(super::shared::prefix_as_read(case));
    finding.cause("a gateway passes on the text of a Lambda's base64 body", "API Gateway REST: add */* to binaryMediaTypes, return isBase64Encoded: true, and deploy the stage again");
}
