//! The response was cut off after its headers.

use crate::diagnosis::{
    Case, Citation, Cut, Evidence, Findings, Party, Rule, Severity, Shape, Spec, Step,
};

pub(super) static RULE: Rule = Rule {
    name: "stream-cut",
    step: Step::Trailers,
    severity: Severity::Error,
    summary: "the response was cut off before its trailers",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Errors",
        quote: "RPC runtime implementations should interpret RST_STREAM as immediate full-closure of the stream and should propagate an error up to the calling application layer.",
    },
    explain: "\
The response headers came, and the stream ended before the trailers: by RST_STREAM, GOAWAY, a closed
connection, or because the deadline passed. Clients map RST_STREAM's code (CANCEL to CANCELLED,
REFUSED_STREAM to UNAVAILABLE, ENHANCE_YOUR_CALM to RESOURCE_EXHAUSTED, most others to INTERNAL), report
UNAVAILABLE for a lost connection, and DEADLINE_EXCEEDED for a deadline.

A proxy's idle or response timeout, a server that crashed in the handler, and a server that shut down look
like this.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // An incomplete message is told by the rules of `length-prefix`, headers that never came by those of `response`.
    if case.response_headers().is_none()
        || matches!(case.body.shape, Shape::Truncated(_) | Shape::PartialPrefix)
    {
        return;
    }
    let Some(cut) = case.cut() else { return };
    // A client that has seen enough of a stream of messages ends it so.
    if matches!(cut, Cut::Cancelled(_)) {
        return;
    }
    if case.call.response.trailers.is_some() {
        return;
    }
    let bytes = case.call.response.body.length;
    let after = match case.body.messages.count {
        0 if bytes == 0 => "after the response headers".to_owned(),
        0 => format!("after {bytes} body bytes"),
        1 => "after the message".to_owned(),
        count => format!("after {count} messages"),
    };
    let party = if matches!(cut, Cut::Deadline | Cut::Broken(_)) {
        Party::Network
    } else {
        Party::Server
    };
    let finding = findings.add(
        party,
        format!("{} {after}, before any trailers", cut.describe()),
    );
    finding.expected("HEADERS with grpc-status and END_STREAM");
    let frame = match cut {
        Cut::Reset { origin, .. } => origin.anchor.frame(),
        Cut::Goaway(goaway) => Some(goaway.frame),
        _ => None,
    };
    finding.evidence(frame.and_then(|frame| Evidence::frame(case.frames, frame)));
    super::shared::cut_causes(&cut, finding);
}
