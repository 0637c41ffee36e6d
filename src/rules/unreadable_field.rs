//! A field that C-core reads as a number, a coding or a time is something else.

use super::shared::{Place, blocks, names};
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::rpc::typed_field;

pub(super) static RULE: Rule = Rule {
    name: "unreadable-field",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "a field that C-core reads has a value that it cannot read",
    citation: Citation {
        spec: Spec::Practice,
        section: "fields of gRPC",
        quote: "C-core reads the fields that it knows in every block, and ends the call where it cannot: \"Error parsing 'grpc-timeout' metadata\".",
    },
    explain: "\
C-core (Python, C++, Ruby, PHP; measured with grpcio 1.85) reads fields that it knows before the application
sees them, whether they belong into a response or not, in its headers and in its trailers, and ends the call
with INTERNAL where a value is not what it expects:

  grpc-timeout                    digits and one of H, M, S, m, u, n
  grpc-previous-rpc-attempts      a number of 32 bits, not negative
  grpc-retry-pushback-ms          a number of 64 bits
  grpc-encoding and grpc-internal-encoding-request
                                  identity, gzip or deflate, in small letters
  grpc-status                     a number of 32 bits, not negative
  lb-cost-bin                     eight bytes or more, in base64
  grpclb_client_stats             never sent as a field
  host                            once in a block

Other clients do not look at most of them. It is a handler or a proxy that sends back what it got, or that
writes the fields by itself. Leave them out, or write values of that form.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let closing = case.closing_block().map(|block| block.origin.anchor);
    for (block, place) in blocks(case) {
        let bad: Vec<_> = typed_field::unreadable(&block.fields)
            // Of these other rules tell.
            .filter(|field| field.name != b"grpc-status" || closing != Some(block.origin.anchor))
            .filter(|field| field.name != b"grpc-encoding" || place == Place::Trailers)
            .collect();
        let Some(first) = bad.first() else {
            continue;
        };
        let listed: Vec<&[u8]> = bad.iter().map(|field| field.name).collect();
        findings
            .add(
                Party::Server,
                format!(
                    "{place} have fields that C-core cannot read: {}",
                    names(&listed)
                ),
            )
            .expected("the values that C-core knows, or no such field")
            .evidence(Evidence::this_field(
                case.frames,
                block.origin.anchor,
                first,
            ))
            .cause(
                "a handler or a proxy sends back fields of the request, or writes them by itself",
                "leave them out, or write a value of the form that gRPC has for them",
            );
    }
}
