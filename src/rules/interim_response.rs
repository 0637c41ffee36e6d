//! An interim response comes before the final one.

use crate::diagnosis::text;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "interim-response",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "an interim response (1xx) comes first",
    citation: Citation {
        spec: Spec::HttpSemantics,
        section: "15.2. Informational 1xx",
        quote: "A client MUST be able to parse one or more 1xx responses received prior to a final response, even if the client does not expect one.",
    },
    explain: "\
HTTP lets a server send interim responses (100 Continue, 103 Early Hints) before the real one, and every
client has to skip them. Not every gRPC client does: grpc-go before 1.76 and C-core (Python, C++, Ruby,
PHP) take the first header block for the response, and end the call for its status and missing
content-type.

It is a proxy or a web framework that sends them; switch early hints, or the handling of `expect`, off on
the route of the gRPC service.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // One that ends the stream is an error of its own, and no final response follows it.
    let mut interim = case
        .call
        .response
        .informational
        .iter()
        .filter(|block| !block.end_stream);
    let Some(block) = interim.next() else {
        return;
    };
    let status = block.fields.get(":status").map_or_else(String::new, text);
    let more = super::shared::more(1 + interim.count());
    findings
        .add(
            Party::Gateway,
            format!(
                "an interim response {status} comes first{more}: grpc-go before 1.76 and C-core take it for the response"
            ),
        )
        .expected("the final response alone")
        .evidence(Evidence::field(case.frames, block.origin.anchor, ":status"))
        .cause(
            "a proxy or framework sends 100 Continue or 103 Early Hints",
            "switch that off on the route of the service",
        );
}
