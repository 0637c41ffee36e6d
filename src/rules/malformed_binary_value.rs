//! A binary metadata value is not base64.

use super::shared::{blocks, names};
use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, text,
};
use crate::grpc::metadata;

pub(super) static RULE: Rule = Rule {
    name: "malformed-binary-value",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "the value of a -bin field is not base64",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Binary-Header → {Header-Name \"-bin\" } {base64 encoded value}",
    },
    explain: "\
A field whose name ends with `-bin` carries bytes, and its value is their base64, padded or not, of the
standard alphabet. Here it is something else: the bytes as they are, hex, or base64 of the URL alphabet
(`-` and `_`). What clients make of it differs: some drop the field, some end the call.

Something writes the field by hand: encode the value, or leave it to the gRPC library.
",
    check,
};

/// Of which another rule tells.
const DETAILS: &[u8] = b"grpc-status-details-bin";

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (block, place) in blocks(case) {
        let bad: Vec<_> = block
            .fields
            .iter()
            .filter(|field| {
                // Between clients and servers of C-core a value may come as it is, behind a NUL.
                field.unknown.is_none()
                    && field.name.ends_with(b"-bin")
                    && field.name != DETAILS
                    && field.value.first() != Some(&0)
                    && metadata::decode_binary(field.value).is_none()
            })
            .collect();
        let Some(first) = bad.first() else {
            continue;
        };
        let listed: Vec<&[u8]> = bad.iter().map(|field| field.name).collect();
        findings
            .add(
                Party::Server,
                format!(
                    "{place} have -bin fields that are not base64: {}",
                    names(&listed)
                ),
            )
            .expected("base64 (RFC 4648, 4), padded or not")
            .evidence(Evidence::field(
                case.connection,
                block.frame,
                &text(first.name),
            ))
            .cause(
                "the field is written by hand",
                "write the base64 of its bytes, or let the gRPC library do it",
            );
    }
}
