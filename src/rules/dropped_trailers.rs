//! Trailers were announced and did not arrive.

use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, quoted,
};

pub(super) static RULE: Rule = Rule {
    name: "dropped-trailers",
    step: Step::Trailers,
    severity: Severity::Error,
    summary: "trailers were announced, and a hop dropped them",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "For responses end-of-stream is indicated by the presence of the END_STREAM flag on the last received HEADERS frame that carries Trailers.",
    },
    explain: "\
The response headers have a `trailer` field, by which the application announced the trailers that it was
going to send, and the stream ends on DATA without them. So the application does its part, and a hop
between it and here takes trailers out: one that speaks HTTP/1.1 on one side and does not carry them
over. Clients report what they report without any trailers.

nginx: `grpc_pass` in place of `proxy_pass` (since 1.27.2 that can pass them: `proxy_pass_trailers on`).
Envoy: `enable_trailers: true` in the http_protocol_options of both the listener and the cluster. API
Gateway passes none.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some(anchor), Some(announced)) = (super::missing_trailers::found(case), announced(case))
    else {
        return;
    };
    findings
        .add(
            Party::Gateway,
            format!(
                "trailers were announced ({}), and the stream ends on DATA: a hop dropped them",
                quoted(announced, 80)
            ),
        )
        .expected("HEADERS with grpc-status and END_STREAM")
        .evidence(super::shared::header_evidence(case, "trailer"))
        .evidence(
            Evidence::anchored(case.frames, anchor)
                .map(|evidence| evidence.reads_as("the last frame of the stream")),
        )
        .cause(
            "nginx passes no trailers with `proxy_pass`",
            "`grpc_pass grpc://HOST:PORT;`",
        )
        .cause(
            "Envoy takes trailers out between HTTP/1.1 and HTTP/2",
            "`enable_trailers: true` in http_protocol_options of the listener and of the cluster",
        )
        .cause(
            "another hop that knows no trailers, such as API Gateway",
            "use a path that carries trailers, or gRPC-Web or Connect",
        );
}

/// The trailers that the response headers announce.
pub(super) fn announced<'a>(case: &Case<'a>) -> Option<&'a [u8]> {
    let value = case.call.response.header("trailer")?.trim_ascii();
    (!value.is_empty()).then_some(value)
}
