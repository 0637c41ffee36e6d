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
(`-` and `_`). C-core (Python, C++, Ruby, PHP; measured with grpcio 1.85) ends the call with
INTERNAL and \"illegal base64 encoding\"; others give the value as it is, or drop the field.

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
                field.unknown.is_none()
                    && field.name != DETAILS
                    && metadata::is_malformed_binary(field.name, field.value)
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
