//! A header block comes in more frames than clients take.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::wire::FrameType;

/// How many CONTINUATION frames of one block nghttp2 takes, the fewest of the usual HTTP/2 libraries.
const USUAL: usize = 8;

pub(super) static RULE: Rule = Rule {
    name: "continuation-flood",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "a header block comes in many CONTINUATION frames",
    citation: Citation {
        spec: Spec::Http2,
        section: "10.5.1. Limits on Field Block Size",
        quote: "A large field block (Section 4.3) can cause an implementation to commit a large amount of state.",
    },
    explain: "\
A header block that does not fit one frame goes on in CONTINUATION frames, as many as it takes. A peer
that sends them without end ties a client up (the CONTINUATION flood of 2024), so HTTP/2 libraries count
them: nghttp2 since 1.61, and with it curl and grpc-js on Node.js, ends the connection with
ENHANCE_YOUR_CALM after 8; C-core (Python, C++, Ruby, PHP; measured with grpcio 1.85) takes 127 empty ones.
Go, hyper and Netty bound frames or bytes too.

No gRPC response needs them: 8 KiB of fields fit one frame of 16 KiB. Look for what cuts blocks into
small frames, or for what makes them that large.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((opener, count)) = longest(case).filter(|(_, count)| *count > USUAL) else {
        return;
    };
    findings
        .add(
            Party::Server,
            format!(
                "a header block comes in {count} CONTINUATION frames; nghttp2 (curl, grpc-js) takes {USUAL}"
            ),
        )
        .expected("HEADERS with END_HEADERS, or a few CONTINUATION frames")
        .evidence(Evidence::frame(case.frames, opener))
        .cause(
            "the block is large, or the server cuts it into small frames",
            "send fewer and shorter fields, and frames of up to 16384 bytes",
        );
}

/// The frame that opens the block with the most CONTINUATION frames, and how many it has.
fn longest(case: &Case<'_>) -> Option<(usize, usize)> {
    let mut longest: Option<(usize, usize)> = None;
    let mut open = None;
    for (index, record) in case.frames.received() {
        match (record.header.kind, &mut open) {
            (FrameType::CONTINUATION, Some((opener, count))) => {
                *count += 1;
                if longest.is_none_or(|(_, most)| *count > most) {
                    longest = Some((*opener, *count));
                }
            }
            (FrameType::HEADERS | FrameType::PUSH_PROMISE, _) => open = Some((index, 0)),
            _ => {}
        }
    }
    longest
}
