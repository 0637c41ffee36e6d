//! API Gateway wrote application/json where the handler wrote nothing.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step, Text};
use crate::rpc::content_type;

/// The field that nothing but API Gateway adds to a response: that of a REST API, and that of an HTTP API.
const SIGNS: [&str; 2] = ["x-amz-apigw-id", "apigw-requestid"];

pub(super) static RULE: Rule = Rule {
    name: "json-from-lambda-default",
    step: Step::ContentType,
    severity: Severity::Error,
    summary: "the content-type is the one that API Gateway fills in",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Content-Type → \"content-type\" \"application/grpc\" [(\"+proto\" / \"+json\" / {custom})]",
    },
    explain: "\
A Lambda behind API Gateway that returns no content-type gets `application/json`, whatever its body is.
The fields of the response (x-amz-apigw-id, apigw-requestid) say that API Gateway
answered, and the body is not JSON. grpc-go then reports UNKNOWN and \"received unexpected content-type
\"application/json\"\", grpc-java and grpc-dotnet say the same in their words; C-core, grpc-js and tonic
do not look, and fail further on.

Return `\"headers\": {\"content-type\": \"application/grpc+proto\"}` from the handler. That the body is
decoded from base64 hangs on isBase64Encoded and the API's binary media types, not on this field.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(sign) = found(case) else {
        return;
    };
    findings
        .add(
            Party::Server,
            "the content-type is application/json, which API Gateway fills in, and the body is not JSON",
        )
        .expected("application/grpc, or application/grpc+proto")
        .evidence(super::shared::header_evidence(case, "content-type"))
        .evidence(super::shared::header_evidence(case, sign))
        .cause(
            "the Lambda returns no content-type",
            "return \"headers\": {\"content-type\": \"application/grpc+proto\"} with statusCode and body",
        );
}

/// The field that gives API Gateway away, on a success that it typed by itself.
pub(super) fn found(case: &Case<'_>) -> Option<&'static str> {
    let response = &case.call.response;
    let json = content_type::media_type(response.header("content-type")?)
        .eq_ignore_ascii_case(b"application/json");
    // An error of the gateway, or a handler that returns JSON, is what it says that it is.
    let own = case.http_status() != Some(200) || case.body.shape == Shape::Text(Text::Json);
    SIGNS
        .iter()
        .copied()
        .find(|sign| json && !own && response.header(sign).is_some())
}
