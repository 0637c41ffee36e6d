//! Pseudo-header fields are not where or what they have to be.

use super::shared::{Place, blocks};
use crate::diagnosis::text;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::Block;

pub(super) static RULE: Rule = Rule {
    name: "pseudo-field-order",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a pseudo-header field is out of place",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.3. HTTP Control Data",
        quote: "All pseudo-header fields MUST appear in a field block before all regular field lines.",
    },
    explain: "\
Names that begin with a colon are pseudo-header fields. A response has exactly one of them, :status, once,
before all regular fields, and trailers have none. Anything else makes the response malformed: clients reset
the stream with PROTOCOL_ERROR and report INTERNAL.

It happens where headers pass through a map that does not keep their order, where a handler copies request
fields such as :path into the response, or where a proxy repeats :status in the trailers.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (block, place) in blocks(case) {
        let Some((name, what)) = fault(block, place) else {
            continue;
        };
        findings
            .add(Party::Server, what)
            .expected("one :status, before all other fields, and no pseudo-header field in trailers")
            .evidence(Evidence::field(case.frames, block.origin.anchor, &name))
            .cause(
                "headers are kept in a map without order, or copied from the request or from another response",
                "set :status first and copy no field whose name begins with a colon",
            );
    }
}

/// The first pseudo-header field that is wrong: its name and a fragment.
fn fault(block: &Block, place: Place) -> Option<(String, String)> {
    let (mut regular, mut status) = (false, false);
    for field in block.fields.iter().filter(|field| !field.name.is_empty()) {
        if field.name.first() != Some(&b':') {
            regular = true;
            continue;
        }
        let name = text(field.name);
        let what = if place == Place::Trailers {
            format!("the trailers have the pseudo-header field {name}")
        } else if field.name != b":status" {
            format!("{place} have the pseudo-header field {name}, which is none of a response")
        } else if status {
            format!("{place} have {name} more than once")
        } else if regular {
            format!("{place} have {name} after a regular field")
        } else {
            status = true;
            continue;
        };
        return Some((name, what));
    }
    None
}
