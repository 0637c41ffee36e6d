//! The stream ends on DATA: there are no trailers.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::End;
use crate::http::part::Anchor;

pub(super) static RULE: Rule = Rule {
    name: "missing-trailers",
    step: Step::Trailers,
    severity: Severity::Error,
    summary: "the stream ends on DATA: no trailers, no grpc-status",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "For responses end-of-stream is indicated by the presence of the END_STREAM flag on the last received HEADERS frame that carries Trailers.",
    },
    explain: "\
A gRPC response ends with a HEADERS frame that carries `grpc-status`; that is how a client knows that the
reply is whole and the call succeeded. Here the last frame is DATA with END_STREAM, as plain HTTP ends.
The server never sent trailers, or a hop in between (one that speaks HTTP/1.1 without chunked trailers, or
a gateway that knows no trailers) dropped them. No setting of API Gateway or of a Lambda sends trailers.

Put something that can in front, or change the protocol: an ALB target group of version GRPC, CloudFront
or Envoy before a real gRPC server; gRPC-Web or Connect, whose status travels in the body.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(anchor) = found(case).filter(|_| super::dropped_trailers::announced(case).is_none())
    else {
        return;
    };
    findings
        .add(Party::Gateway, RULE.summary)
        .expected("HEADERS with grpc-status and END_STREAM")
        .evidence(
            Evidence::anchored(case.frames, anchor)
                .map(|evidence| evidence.reads_as("the last frame of the stream")),
        )
        .cause(
            "a hop that knows no trailers stands in between, such as API Gateway",
            "use a path that carries trailers, or gRPC-Web or Connect",
        )
        .cause(
            "the application ends the response as plain HTTP",
            "send grpc-status as a trailer",
        );
}

/// The DATA frame that ends a response without grpc-status.
pub(super) fn found(case: &Case<'_>) -> Option<Anchor> {
    let Some(End::Data(origin)) = case.call.response.end else {
        return None;
    };
    let headers = case.response_headers()?;
    let absent = headers.fields.get("grpc-status").is_none() && headers.fields.is_known();
    absent.then_some(origin.anchor)
}
