//! The server refused the stream before it looked at it.

use crate::diagnosis::Cut;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::wire::ErrorCode;

pub(super) static RULE: Rule = Rule {
    name: "stream-refused",
    step: Step::Response,
    severity: Severity::Error,
    summary: "the server refused the stream",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Errors",
        quote: "REFUSED_STREAM|UNAVAILABLE - Indicates that no processing occurred and the request can be retried, possibly elsewhere.",
    },
    explain: "\
The server reset the stream with REFUSED_STREAM: it guarantees that it did nothing with the call. Servers do
this at their limit of concurrent streams, while they start or shut down, and under load. Clients may call
again without asking, and most do so once or more; when that fails too they report UNAVAILABLE with
\"refused stream\".

Raise the limit of concurrent streams, spread the calls over more connections, or look why the server is
draining.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(Cut::Reset { origin, code }) = super::shared::cut_before_headers(case) else {
        return;
    };
    if code != ErrorCode::REFUSED_STREAM {
        return;
    }
    findings
        .add(
            Party::Server,
            "the server reset the stream with REFUSED_STREAM, without having processed it",
        )
        .expected("response headers")
        .evidence(Evidence::anchored(case.frames, origin.anchor))
        .cause(
            "the server is draining, starting or overloaded",
            "call again, and look at its log and load",
        )
        .cause(
            "its limit of concurrent streams is reached",
            "raise the limit; nginx: `http2_max_concurrent_streams`, grpc-go: `grpc.MaxConcurrentStreams`",
        );
}
