//! The content-type is one that only some clients take.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, quoted};
use crate::rpc::content_type;

pub(super) static RULE: Rule = Rule {
    name: "content-type-parameters",
    step: Step::ContentType,
    severity: Severity::Warning,
    summary: "only some clients take this content-type",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Content-Type → \"content-type\" \"application/grpc\" [(\"+proto\" / \"+json\" / {custom})]",
    },
    explain: "\
The content-type announces gRPC, and clients differ in what may follow or how it is written. grpc-java
and grpc-dotnet take `application/grpc` in any case and with anything behind `+` or `;`. connect-go takes
the plain type or the codec of its request and nothing else; connect-es takes `+proto`, and a charset
after `+json` alone; grpc-go compares letter by letter. C-core, grpc-js and tonic do not look.

Parameters (`; charset=utf-8`) come from web frameworks that add them to every response.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(value) = case
        .call
        .response
        .header("content-type")
        .filter(|value| content_type::is_grpc(value))
    else {
        return;
    };
    let (odd, clients) = if value.contains(&b';') {
        ("has parameters", "connect-go and connect-es refuse it")
    } else if !value.starts_with(b"application/grpc") {
        ("is not in lower case", "grpc-go refuses it")
    } else if codec(value).is_some_and(|codec| Some(codec) != codec_sent(case)) {
        (
            "names another codec than the request",
            "connect-go and connect-es refuse it",
        )
    } else {
        return;
    };
    findings
        .add(
            Party::Server,
            format!("the content-type {} {odd}: {clients}", quoted(value, 80)),
        )
        .expected("application/grpc")
        .evidence(super::shared::header_evidence(case, "content-type"))
        .cause(
            "a web framework writes the field, or the server uses another codec",
            "set the content-type to application/grpc, as the request has it",
        );
}

/// The codec behind the `+`.
fn codec(value: &[u8]) -> Option<&[u8]> {
    content_type::media_type(value)
        .split(|byte| *byte == b'+')
        .nth(1)
}

/// The codec of the request: protobuf where it names none.
fn codec_sent<'a>(case: &Case<'a>) -> Option<&'a [u8]> {
    let Some(value) = case.call.request.header("content-type") else {
        return Some(b"proto");
    };
    codec(value).or(Some(b"proto"))
}
