//! The server reset the stream before the response headers.

use crate::diagnosis::Cut;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::rpc::Code;
use crate::wire::ErrorCode;

pub(super) static RULE: Rule = Rule {
    name: "stream-reset",
    step: Step::Response,
    severity: Severity::Error,
    summary: "the server reset the stream before its response headers",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Errors",
        quote: "RPC runtime implementations should interpret RST_STREAM as immediate full-closure of the stream and should propagate an error up to the calling application layer.",
    },
    explain: "\
The server ended the stream with RST_STREAM before it had sent response headers, so that there is no status
and no message from the application: only a code. Clients map it: INTERNAL_ERROR, PROTOCOL_ERROR and most
others to INTERNAL, CANCEL to CANCELLED, ENHANCE_YOUR_CALM to RESOURCE_EXHAUSTED, INADEQUATE_SECURITY to
PERMISSION_DENIED.

It is the HTTP/2 layer of the server, or a gateway, that speaks here, and not the handler. Something in the
request is not to its liking (a missing `te: trailers`, a header, the size), the handler broke down, or its
own deadline passed. The server's log knows more.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(Cut::Reset { origin, code }) = super::shared::cut_before_headers(case) else {
        return;
    };
    if code == ErrorCode::REFUSED_STREAM {
        return;
    }
    let becomes =
        Code::from_reset(code).map_or_else(String::new, |code| format!("; clients report {code}"));
    let finding = findings.add(
        Party::Server,
        format!("the server reset the stream ({code}) before its response headers{becomes}"),
    );
    finding
        .expected("response headers")
        .evidence(Evidence::anchored(case.frames, origin.anchor));
    let te = case.call.request.header("te").map(<[u8]>::trim_ascii);
    if case.call.request.headers.is_some() && te != Some(b"trailers") {
        finding.cause(
            "the request has no `te: trailers`, by which servers tell that no proxy drops trailers",
            "send it: leave out `-H 'te: …'`, or let the proxy pass TE on",
        );
    }
    match code {
        ErrorCode::CANCEL => finding.cause(
            "the server's or a gateway's own deadline passed, or the handler cancelled",
            "compare the time it took with the time-outs on the way",
        ),
        ErrorCode::ENHANCE_YOUR_CALM => finding.cause(
            "the server limits the rate of calls, pings or resets",
            "slow down, and look at its limits",
        ),
        ErrorCode::HTTP_1_1_REQUIRED => finding.cause(
            "the server wants HTTP/1.1 for this request, as some do for client certificates",
            "use another listener; gRPC needs HTTP/2",
        ),
        ErrorCode::INADEQUATE_SECURITY => finding.cause(
            "the server does not accept the TLS version or cipher for HTTP/2",
            "enable TLS 1.2 with AEAD ciphers, or TLS 1.3, on both sides",
        ),
        ErrorCode::FLOW_CONTROL_ERROR | ErrorCode::FRAME_SIZE_ERROR | ErrorCode::PROTOCOL_ERROR => {
            finding.cause(
                "the server, or a gateway's back end, took something in the exchange for a violation of HTTP/2",
                "look for the reason in its log; a proxy that forwards HTTP/1 to an HTTP/2 back end does this",
            )
        }
        ErrorCode::NO_ERROR => finding.cause(
            "the server closed the stream without a response",
            "make the handler return a status",
        ),
        _ => finding.cause(
            "the handler or the server broke down",
            "look at the server's log for the call",
        ),
    };
}
