//! A binary metadata value is not the base64 of one value.

use super::shared::{blocks, names};
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::rpc::metadata::{decode_binary, decode_one_binary};

pub(super) static RULE: Rule = Rule {
    name: "malformed-binary-value",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "the value of a -bin field is not the base64 of one value",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Binary-Header → {Header-Name \"-bin\" } {base64 encoded value}",
    },
    explain: "\
A field whose name ends with `-bin` carries bytes, and its value is their base64, padded or not, of the
standard alphabet. Here it is something else: the bytes as they are, hex, base64 of the URL alphabet (`-`
and `_`), base64 with bits past the end of the last byte, or several values joined by commas. C-core
(Python, C++, Ruby, PHP; measured with grpcio 1.85) ends the call with INTERNAL and \"illegal base64
encoding\"; others give the value as it is, or drop the field.

gRPC allows values that are joined (\"Implementations must split Binary-Headers on \",\" before decoding the
Base64-encoded values\"), yet C-core does not split them: have the proxy or the HTTP library that joins
fields of one name pass them on one by one. Else something writes the field by hand: encode the value, or
leave it to the gRPC library.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (block, place) in blocks(case) {
        let bad: Vec<_> = block
            .fields
            .iter()
            .filter(|field| field.unknown.is_none() && field.name.ends_with(b"-bin"))
            .filter_map(|field| {
                let what = fault(field.value)?;
                Some((field, what))
            })
            .collect();
        let Some((first, what)) = bad.first() else {
            continue;
        };
        let (cause, fix) = if *what == JOINED {
            (
                "a proxy or an HTTP library joins the fields of one name",
                "have it pass them on one by one",
            )
        } else {
            (
                "the field is written by hand",
                "write the base64 of its bytes, or let the gRPC library do it",
            )
        };
        let listed: Vec<&[u8]> = bad.iter().map(|(field, _)| field.name).collect();
        findings
            .add(
                Party::Server,
                format!("{place} have -bin fields {what}: {}", names(&listed)),
            )
            .expected("base64 (RFC 4648, 4) of one value, padded or not")
            .evidence(Evidence::this_field(
                case.frames,
                block.origin.anchor,
                first,
            ))
            .cause(cause, fix);
    }
}

const JOINED: &str = "with several values joined by commas";

/// What is wrong with a value.
fn fault(value: &[u8]) -> Option<&'static str> {
    let one = decode_one_binary(value);
    // C-core takes more padding than there can be.
    match decode_binary(value) {
        _ if value.first() == Some(&0) => None,
        None => Some("that are not base64"),
        Some(_) if one.is_some() => None,
        Some(values) if values.len() > 1 => Some(JOINED),
        Some(_) => Some("whose base64 has bits past its end"),
    }
}
