//! A field name has capital letters.

use super::shared::blocks;
use super::shared::names;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "uppercase-field-name",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a field name has capital letters",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.2.1. Field Validity",
        quote: "A field name MUST NOT contain characters in the ranges 0x00-0x20, 0x41-0x5a, or 0x7f-0xff (all ranges inclusive).",
    },
    explain: "\
HTTP/1 does not care about the case of field names; in HTTP/2 they are lower-case on the wire, and a
response with a capital letter in one is malformed. Strict clients reset the stream with PROTOCOL_ERROR,
lenient ones look for \"content-type\", do not find it in \"Content-Type\", and complain that it is missing.

Write field names in lower case where the server or the gateway sets them.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (block, place) in blocks(case) {
        let bad: Vec<&[u8]> = block
            .fields
            .iter()
            .map(|field| field.name)
            .filter(|name| name.iter().any(u8::is_ascii_uppercase))
            .collect();
        let Some(first) = bad.first() else {
            continue;
        };
        let name = crate::diagnosis::text(first);
        findings
            .add(
                Party::Server,
                format!("{place} have field names with capital letters: {}", names(&bad)),
            )
            .expected(name.to_ascii_lowercase())
            .evidence(Evidence::field(case.frames, block.origin.anchor, &name))
            .cause(
                "the names are written as in HTTP/1",
                "write them in lower case where they are set: the handler, a header rule of the gateway",
            );
    }
}
