//! The server ended the connection by GOAWAY before the response headers, or left the call out and then answered it.

use crate::diagnosis::{
    Case, Citation, Cut, Evidence, Findings, Party, Rule, Severity, Spec, Step, quoted,
};
use crate::http::End;
use crate::http::connection::Goaway;
use crate::wire::ErrorCode;

pub(super) static RULE: Rule = Rule {
    name: "goaway",
    step: Step::Response,
    severity: Severity::Error,
    summary: "the server ended the connection with GOAWAY",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "GOAWAY Frame",
        quote: "Clients should consider any stream initiated after the last successfully accepted stream as UNAVAILABLE and retry the call elsewhere.",
    },
    explain: "\
GOAWAY ends a connection in an orderly way: it names the last stream that the server will still answer, a
code, and mostly a text that says why. NO_ERROR is a planned end (a restart, a connection that got old); any
other code is a complaint. ENHANCE_YOUR_CALM with \"too_many_pings\" means keep-alive pings more often than
the server allows; PROTOCOL_ERROR and its kin mean that the server, or a gateway, could not make sense of
what it was sent.

A stream above the last one is given up at once: a reply that comes all the same is never looked at.

Clients open a new connection and report UNAVAILABLE where the call does not fit in again. The code and the
text are the best lead; the server's log has the rest.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (goaway, answered) = match (super::shared::cut_before_headers(case), left_out(case)) {
        (Some(Cut::Goaway(goaway)), _) => (goaway, false),
        (None, Some(goaway)) => (goaway, true),
        _ => return,
    };
    let text = if goaway.debug.is_empty() {
        String::new()
    } else {
        format!(", {}", quoted(&goaway.debug, 120))
    };
    let fate = match case.call.stream {
        ours if answered => format!(
            "and answers streams up to {}, yet then answered ours ({ours}), which clients have given up",
            goaway.last_stream
        ),
        0 => "before our call could be sent".to_owned(),
        ours if goaway.last_stream < ours => format!(
            "and answers streams up to {}, which leaves out ours ({ours})",
            goaway.last_stream
        ),
        ours => format!("and did not answer our stream ({ours})"),
    };
    let finding = findings.add(
        Party::Server,
        format!(
            "the server ended the connection with GOAWAY ({}{text}) {fate}",
            goaway.code
        ),
    );
    finding
        .expected(match answered {
            true => "a last stream that is not below ours",
            false => "response headers",
        })
        .evidence(Evidence::frame(case.frames, goaway.frame));
    match goaway.code {
        ErrorCode::NO_ERROR => finding.cause(
            "the server is shutting down, or limits the age of connections",
            "call again on a new connection",
        ),
        ErrorCode::ENHANCE_YOUR_CALM => finding.cause(
            "pings or calls came more often than the server allows",
            "make the client's keep-alive interval longer, or allow it in the server (grpc-go: `keepalive.EnforcementPolicy`)",
        ),
        ErrorCode::INADEQUATE_SECURITY => finding.cause(
            "the TLS version or cipher is not one that HTTP/2 allows",
            "enable TLS 1.2 with AEAD ciphers, or TLS 1.3",
        ),
        ErrorCode::HTTP_1_1_REQUIRED => finding.cause(
            "the server wants HTTP/1.1",
            "use a listener with HTTP/2",
        ),
        _ => finding.cause(
            "the server could not make sense of something that it was sent",
            "look for the reason in its log; leave out headers given with `-H` one by one",
        ),
    };
}

/// The GOAWAY that left the call out before its response had ended.
fn left_out<'a>(case: &Case<'a>) -> Option<&'a Goaway> {
    let (End::Headers(end) | End::Data(end)) = case.call.response.end? else {
        return None;
    };
    let end = end.anchor.frame()?;
    let goaways = case.connection.goaways.iter();
    goaways
        .filter(|goaway| goaway.frame < end)
        .find(|goaway| goaway.last_stream < case.call.stream)
}
