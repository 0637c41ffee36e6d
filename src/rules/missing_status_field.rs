//! The response headers have no :status.

use super::shared::{Place, blocks};
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "missing-status-field",
    step: Step::Response,
    severity: Severity::Error,
    summary: "the response headers have no :status",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.3.2. Response Pseudo-Header Fields",
        quote: "This pseudo-header field MUST be included in all responses, including interim responses; otherwise, the response is malformed.",
    },
    explain: "\
A response begins with the pseudo-header field :status, the HTTP status code. This one has none, so that no
client accepts it: \"malformed header: missing HTTP status\" (grpc-go), \"Missing HTTP status code\"
(grpc-java), mostly as INTERNAL.

Handlers that write headers by themselves forget it, or send what was meant as trailers first. Send :status
200 before all other fields.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (block, place) in blocks(case) {
        // A block that did not decode may have lost the field.
        if place != Place::Headers
            || !block.fields.is_known()
            || block.fields.get(":status").is_some()
        {
            continue;
        }
        let trailers = block.fields.get("grpc-status").is_some();
        let finding = findings.add(Party::Server, "the response headers have no :status");
        finding
            .expected(":status: 200 as the first field")
            .evidence(Evidence::anchored(case.frames, block.origin.anchor));
        if trailers {
            finding.cause(
                "trailers were sent without headers before them",
                "send the response headers first, or a Trailers-Only response with :status and content-type",
            );
        }
        finding.cause(
            "the server builds its headers by itself",
            "put :status 200 before the other fields",
        );
    }
}
