//! The response says that it is something other than gRPC.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, quoted};
use crate::rpc::content_type;

pub(super) static RULE: Rule = Rule {
    name: "wrong-content-type",
    step: Step::ContentType,
    severity: Severity::Error,
    summary: "the content-type is not gRPC's",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Content-Type → \"content-type\" \"application/grpc\" [(\"+proto\" / \"+json\" / {custom})]",
    },
    explain: "\
The content-type is how a client tells a gRPC response from any other: `application/grpc`, or that
followed by `+` and a codec or `;` and parameters. On anything else grpc-go, grpc-java, grpc-dotnet and
connect-go end the call at once, and what the body says is lost, or quoted in part. C-core, grpc-js and
tonic do not look, and fail further on.

`application/json` is what many frameworks write where the handler sets nothing; `text/html` is an error
page.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(value) = case.call.response.header("content-type") else {
        return;
    };
    if super::grpc_web_content_type::found(case).is_some()
        || super::json_from_lambda_default::found(case).is_some()
    {
        return;
    }
    let count = case
        .response_headers()
        .map_or(0, |block| block.fields.all("content-type").count());
    if count > 1 {
        findings
            .add(
                Party::Server,
                format!(
                    "there are {count} content-types, the first of them {}",
                    quoted(value, 80)
                ),
            )
            .expected("one: application/grpc, or application/grpc+proto")
            .evidence(super::shared::header_evidence(case, "content-type"))
            .cause(
                "the application sets it, and a framework or proxy adds its own",
                "set it once: clients differ on which one counts",
            );
        return;
    }
    if content_type::is_grpc(value) {
        return;
    }
    let finding = findings.add(
        Party::Server,
        format!("the content-type is {}", quoted(value, 80)),
    );
    finding
        .expected("application/grpc, or application/grpc+proto")
        .evidence(super::shared::header_evidence(case, "content-type"));
    let media_type = content_type::media_type(value);
    if media_type.eq_ignore_ascii_case(b"text/html") {
        finding.cause(
            "a web page, often an error page, answers in the service's place",
            "mend the route to the service",
        );
    } else {
        finding.cause(
            "the handler sets no content-type and the gateway or framework fills in its own",
            "return the header content-type: application/grpc+proto with the response",
        );
    }
}
