//! The body is compressed as a whole.

use crate::diagnosis::{
    Case, Citation, Findings, Packed, Party, Rule, Severity, Shape, Spec, Step,
};
use crate::rpc::compression::Encoding;
use crate::rpc::content_type;

pub(super) static RULE: Rule = Rule {
    name: "content-encoding-on-body",
    step: Step::Compression,
    severity: Severity::Error,
    summary: "the body is compressed as a whole",
    citation: Citation {
        spec: Spec::GrpcCompression,
        section: "Intent",
        quote: "The compression supported by gRPC acts at the individual message level, taking message as defined in the wire format document.",
    },
    explain: "\
HTTP compresses whole bodies and says so in `content-encoding`; gRPC compresses message by message,
behind the prefix, and says so in `grpc-encoding`. gRPC clients do not look at content-encoding. They
read the first bytes of a compressed stream as a prefix: of gzip that is flag 31 and length 2332557312.

A proxy or a framework compresses every response, gRPC's among them: nginx `gzip on`, a CDN, compression
middleware. Leave application/grpc out of it. Messages can be compressed by the gRPC library.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let named = case
        .call
        .response
        .header("content-encoding")
        .filter(|value| !value.trim_ascii().eq_ignore_ascii_case(b"identity"));
    let empty = case.body.outer.is_empty();
    if empty || is_page(case) {
        return;
    }
    let (how, real) = match (case.body.packed, named) {
        (Packed::No, None) => return,
        (Packed::No, Some(_)) => (
            "content-encoding is set, and the body is not compressed",
            false,
        ),
        (Packed::Known(Encoding::Gzip), _) => ("the body is compressed as a whole (gzip)", true),
        (Packed::Known(_), _) => ("the body is compressed as a whole (deflate)", true),
        (Packed::Opaque, _) => (
            "the body is compressed as a whole, and could not be decompressed",
            true,
        ),
    };
    let finding = findings.add(Party::Gateway, how);
    finding
        .expected("no content-encoding; messages compressed one by one, with grpc-encoding")
        .evidence(super::shared::header_evidence(case, "content-encoding"));
    if real {
        finding.evidence(super::shared::prefix_as_it_came(case));
        finding.cause(
            "a proxy, CDN or middleware compresses every response",
            "leave application/grpc out of it, e.g. nginx `gzip off;` on the location",
        );
    } else {
        // The bytes are right, and gRPC clients do not look at the field.
        finding.warns().cause(
            "something decompressed the body and left the field, or set it by mistake",
            "leave content-encoding out of gRPC responses",
        );
    }
}

/// Whether this is a compressed page of something that never said it speaks gRPC, which is what is wrong with it.
fn is_page(case: &Case<'_>) -> bool {
    let announced = case
        .call
        .response
        .header("content-type")
        .is_some_and(content_type::is_grpc);
    !announced && matches!(case.body.shape, Shape::Text(_))
}
