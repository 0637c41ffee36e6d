//! The content-type of the request is not gRPC.

use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, quoted,
};
use crate::rpc::content_type;

pub(super) static RULE: Rule = Rule {
    name: "request-content-type",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "the content-type of the request is not gRPC",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "If Content-Type does not begin with \"application/grpc\", gRPC servers SHOULD respond with HTTP status of 415 (Unsupported Media Type).",
    },
    explain: "\
A server knows a gRPC call by its content-type, `application/grpc` or that followed by `+` and a codec.
This request was sent with another, or with none. Servers then answer 415, 404 or as plain HTTP, proxies
route it elsewhere, and API Gateway decodes or encodes the body by it: what fails further on may fail for
that.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(block) = case.call.request.headers.as_ref() else {
        return;
    };
    let value = block.fields.get("content-type");
    if value.is_some_and(content_type::is_grpc) || value.is_none() && !block.fields.is_known() {
        return;
    }
    let message = match value {
        Some(value) => format!("the request was sent as {}", quoted(value, 80)),
        None => "the request was sent without a content-type".to_owned(),
    };
    findings
        .add(Party::Client, message)
        .expected("application/grpc, or application/grpc+proto")
        .evidence(Evidence::field(
            case.frames,
            block.origin.anchor,
            "content-type",
        ))
        .cause(
            "the request was told to have it",
            "leave content-type to its default",
        );
}
