//! A field has a character that no field may have.

use super::shared::{blocks, names};
use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, text,
};

pub(super) static RULE: Rule = Rule {
    name: "invalid-field",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a field has a character that no field may have",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.2.1. Field Validity",
        quote: "A request or response that contains a field that violates any of these conditions MUST be treated as malformed.",
    },
    explain: "\
HPACK can carry any octet; HTTP cannot. A field name has no spaces, control characters, colons or octets
above 0x7e, and a value has no NUL, carriage return or line feed. Whoever passes such a field on to HTTP/1
lets it forge another one, so strict clients (tonic and all on h2 or nghttp2) reset the stream with
PROTOCOL_ERROR, while others let it pass.

Mostly it is a message of several lines in a field, or a name made of user input. Percent-encode it, as
gRPC does with `grpc-message`, or put it into a `-bin` field in base64.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (block, place) in blocks(case) {
        let bad: Vec<_> = block
            .fields
            .iter()
            .filter(|field| {
                field.unknown.is_none() && !(is_name(field.name) && is_value(field.value))
            })
            .collect();
        let Some(first) = bad.first() else {
            continue;
        };
        let listed: Vec<&[u8]> = bad.iter().map(|field| field.name).collect();
        let what = if is_name(first.name) {
            "values"
        } else {
            "names"
        };
        findings
            .add(
                Party::Server,
                format!(
                    "{place} have fields with forbidden characters in their {what}: {}",
                    names(&listed)
                ),
            )
            .expected("visible characters in names; no NUL, CR or LF in values")
            .evidence(Evidence::field(
                case.connection,
                block.frame,
                &text(first.name),
            ))
            .cause(
                "a text of several lines, or user input, is written into a field as it is",
                "percent-encode it (grpc-message), or send it as base64 in a -bin field",
            );
    }
}

/// Capital letters are for another rule to tell; a leading colon is that of a pseudo-header field.
fn is_name(name: &[u8]) -> bool {
    let plain = name.strip_prefix(b":").unwrap_or(name);
    !plain.is_empty()
        && plain
            .iter()
            .all(|octet| octet.is_ascii_graphic() && *octet != b':')
}

fn is_value(value: &[u8]) -> bool {
    !value.iter().any(|octet| matches!(octet, 0 | b'\r' | b'\n'))
}
