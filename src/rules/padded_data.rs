//! DATA frames are padded.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::wire::Payload;

pub(super) static RULE: Rule = Rule {
    name: "padded-data",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "DATA frames are padded",
    citation: Citation {
        spec: Spec::Practice,
        section: "padding",
        quote: "C-core takes no flag but END_STREAM on DATA: \"unsupported data flags: 0x08\".",
    },
    explain: "\
HTTP/2 lets a sender pad frames so that their length gives nothing away. C-core (Python, C++, Ruby, PHP;
measured with grpcio 1.85) knows no padding on DATA and ends the call with INTERNAL and \"unsupported data
flags: 0x08\". Other clients take it.

Switch padding off in the server, or in the proxy that adds it.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let mut padded = case.frames.received().filter(|(_, record)| {
        // More padding than there is payload is a fault of the frame's own.
        record.header.stream == case.call.stream
            && matches!(
                record.view(),
                Payload::Data {
                    padding: Some(_),
                    ..
                }
            )
    });
    let Some((index, _)) = padded.next() else {
        return;
    };
    let more = super::shared::more(1 + padded.count());
    findings
        .add(
            Party::Server,
            format!("a DATA frame is padded{more}: C-core (Python, C++, Ruby, PHP) ends the call"),
        )
        .expected("DATA without PADDED")
        .evidence(Evidence::frame(case.frames, index))
        .cause(
            "the server, or a proxy, hides the lengths of frames",
            "switch padding off",
        );
}
