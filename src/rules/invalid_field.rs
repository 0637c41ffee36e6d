//! A field has a character that no field may have there.

use super::shared::{blocks, limits_known, names, our_setting};
use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, text,
};
use crate::wire::SettingId;

pub(super) static RULE: Rule = Rule {
    name: "invalid-field",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a field has a character that no field may have there",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.2.1. Field Validity",
        quote: "A request or response that contains a field that violates any of these conditions MUST be treated as malformed.",
    },
    explain: "\
HPACK can carry any octet; HTTP cannot. A field name has no spaces, control characters, colons or octets
above 0x7e, and a value has no NUL, carriage return or line feed, and no blank at either end. Whoever
passes such a field on to HTTP/1 lets it forge another one, so strict clients (tonic and all on h2 or
nghttp2) reset the stream with PROTOCOL_ERROR, while others let it pass.

Mostly it is a message of several lines in a field, or a name made of user input; a blank mostly comes of a
value that is put together by hand. Percent-encode the text, as gRPC does with `grpc-message`, or put it
into a `-bin` field in base64.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // A client of C-core may say that it takes binary values as they are, behind a NUL, in place of base64.
    let binary = !limits_known(case)
        || our_setting(case, SettingId::GRPC_ALLOW_TRUE_BINARY_METADATA) == Some(1);
    let is_binary =
        |name: &[u8], value: &[u8]| binary && name.ends_with(b"-bin") && value.first() == Some(&0);
    for (block, place) in blocks(case) {
        let bad: Vec<_> = block
            .fields
            .iter()
            .filter(|field| {
                let good = is_name(field.name)
                    && (is_value(field.value) || is_binary(field.name, field.value));
                field.unknown.is_none() && !good
            })
            .collect();
        let Some(first) = bad.first() else {
            continue;
        };
        let listed: Vec<&[u8]> = bad.iter().map(|field| field.name).collect();
        let what = if !is_name(first.name) {
            "fields with forbidden characters in their names"
        } else if has_blank_end(first.value) {
            "values that begin or end with a blank"
        } else {
            "fields with forbidden characters in their values"
        };
        let (cause, fix) = if is_name(first.name) && has_blank_end(first.value) {
            (
                "the value is put together by hand",
                "write it without the blank",
            )
        } else {
            (
                "a text of several lines, or user input, is written into a field as it is",
                "percent-encode it (grpc-message), or send it as base64 in a -bin field",
            )
        };
        findings
            .add(
                Party::Server,
                format!(
                    "{place} have {what}: {}",
                    names(&listed)
                ),
            )
            .expected("visible characters in names; no NUL, CR or LF in values, and no blank at their ends")
            .evidence(Evidence::field(
                case.frames,
                block.origin.anchor,
                &text(first.name),
            ))
            .cause(cause, fix);
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
    !value.iter().any(|octet| matches!(octet, 0 | b'\r' | b'\n')) && !has_blank_end(value)
}

fn has_blank_end(value: &[u8]) -> bool {
    let is_blank = |octet: Option<&u8>| matches!(octet, Some(b' ' | b'\t'));
    is_blank(value.first()) || is_blank(value.last())
}
