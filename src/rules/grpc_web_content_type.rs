//! The response says that it is gRPC-Web.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, quoted};
use crate::rpc::content_type;

pub(super) static RULE: Rule = Rule {
    name: "grpc-web-content-type",
    step: Step::ContentType,
    severity: Severity::Error,
    summary: "the content-type is that of gRPC-Web",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Content-Type → \"content-type\" \"application/grpc\" [(\"+proto\" / \"+json\" / {custom})]",
    },
    explain: "\
gRPC-Web is gRPC for browsers: the messages are framed as in gRPC, and the trailers follow in the body as
a frame of their own, with `-text` all of it in base64. A gRPC client cannot read that, and those that
look at the content-type (grpc-go, grpc-java, grpc-dotnet, connect-go) refuse it.

Something translates that should not: a gRPC-Web filter or middleware that takes every call for one of a
browser. It goes by the request's content-type; a proxy that changes that field sets it off.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(value) = found(case) else {
        return;
    };
    findings
        .add(
            Party::Gateway,
            format!("the content-type is {}: gRPC-Web", quoted(value, 80)),
        )
        .expected("application/grpc, or application/grpc+proto")
        .evidence(super::shared::header_evidence(case, "content-type"))
        .cause(
            "the server, or a filter in front of it, answers gRPC-Web",
            "call it with a gRPC-Web client, or route gRPC past the filter",
        );
}

/// The content-type, where it is one of gRPC-Web.
pub(super) fn found<'a>(case: &Case<'a>) -> Option<&'a [u8]> {
    let value = case.call.response.header("content-type")?;
    content_type::is_grpc_web(value).then_some(value)
}
