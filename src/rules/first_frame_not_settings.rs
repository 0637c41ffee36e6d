//! The first frame of the server is another one than SETTINGS.

use super::shared::frame_name;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::wire::{FrameType, Payload};

pub(super) static RULE: Rule = Rule {
    name: "first-frame-not-settings",
    step: Step::Preface,
    severity: Severity::Error,
    summary: "the server's first frame is not SETTINGS",
    citation: Citation {
        spec: Spec::Http2,
        section: "3.4. HTTP/2 Connection Preface",
        quote: "The server connection preface consists of a potentially empty SETTINGS frame (Section 6.5) that MUST be the first frame the server sends in the HTTP/2 connection.",
    },
    explain: "\
The server speaks HTTP/2 frames and began with another one than SETTINGS (or with a mere acknowledgement of
ours). Clients close the connection at once: \"initial http2 frame from server is not a settings frame\"
(grpc-go), \"First received frame was not SETTINGS\" (grpc-java), \"Expected SETTINGS frame as the first
frame\" (C-core).

A server that refuses connections may begin with GOAWAY; then its code and text say why. Otherwise the
HTTP/2 of the server is at fault, or it is one written for tests.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((index, first)) = super::shared::wrong_first_frame(case) else {
        return;
    };
    let what = match first.view() {
        Payload::Goaway {
            code, debug: [], ..
        } => format!("GOAWAY ({code})"),
        Payload::Goaway { code, debug, .. } => {
            format!("GOAWAY ({code}, {})", crate::diagnosis::quoted(debug, 80))
        }
        _ if first.header.kind == FrameType::SETTINGS => {
            "an acknowledgement of our SETTINGS".to_owned()
        }
        _ => frame_name(first.header.kind),
    };
    findings
        .add(Party::Server, format!("the server's first frame is {what}"))
        .expected("SETTINGS, which may be empty: 00 00 00 04 00 00 00 00 00")
        .evidence(Evidence::frame(case.frames, index))
        .cause(
            "the server, or the proxy before it, has a fault in its HTTP/2",
            "update it; with a server of your own, send SETTINGS before anything else",
        );
}
