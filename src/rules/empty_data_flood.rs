//! A body comes in more empty frames than clients take.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

/// How many empty DATA frames Node.js takes, the fewest of the HTTP/2 libraries that were measured.
const USUAL: u64 = 1001;

pub(super) static RULE: Rule = Rule {
    name: "empty-data-flood",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "the body comes with many empty DATA frames",
    citation: Citation {
        spec: Spec::Practice,
        section: "empty DATA frames",
        quote: "C-core ends the call at 16384 of them: \"Too many zero length data frames\".",
    },
    explain: "\
A DATA frame may be empty, and costs its receiver work all the same. A peer that sends them without end ties
a client up (the empty frames flood of 2019), so HTTP/2 libraries count them: grpc-js on Node.js ends the
call after 1001 on a connection, C-core (Python, C++, Ruby, PHP; measured with grpcio 1.85) at 16384.

Look for a handler or a proxy that flushes when there is nothing to send.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let count = case.call.response.body.empty_frames;
    if count <= USUAL {
        return;
    }
    let pieces = &case.call.response.body.pieces;
    let first = pieces.iter().find(|piece| piece.length == 0);
    findings
        .add(
            Party::Server,
            format!(
                "the body comes with {count} empty DATA frames; Node.js (grpc-js) takes {USUAL}"
            ),
        )
        .expected("DATA frames with data")
        .evidence(first.and_then(|piece| Evidence::anchored(case.frames, piece.anchor)))
        .cause(
            "a handler or a proxy flushes when there is nothing to send",
            "flush after data was written",
        );
}
