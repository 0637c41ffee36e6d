//! The body went through text, which changed its bytes.

use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Mangling, Packed, Party, Rule, Severity, Shape, Spec, Step,
};

pub(super) static RULE: Rule = Rule {
    name: "utf8-mangled-body",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the body went through a text encoding, which changed its bytes",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message → *{binary octet}",
    },
    explain: "\
A gRPC body is bytes, and something on the way took it for text. Three things come of that: bytes that
are no UTF-8 become U+FFFD (ef bf bd) and are lost; bytes from 0x80 on become two each (c2 80 to c3 bf),
where they were read as Latin-1 and written as UTF-8; or a byte order mark (ef bb bf) is put before the
body. The length in the prefix is then wrong, and clients report whatever the shifted bytes make of it. A
message without a byte from 0x80 on goes through unharmed, which hides the fault until one has an accent
or a large number.

Look for where bytes become a string: a handler that returns its body as text instead of base64 with
isBase64Encoded, API Gateway without binary media types, a logging or templating middleware.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::Mangled(mangling) = case.body.shape else {
        return;
    };
    let (message, mark): (_, &[u8]) = match mangling {
        Mangling::Replaced => (
            "bytes that are no UTF-8 were replaced by U+FFFD (ef bf bd)",
            b"\xef\xbf\xbd",
        ),
        Mangling::Widened => (
            "bytes from 0x80 on were written as UTF-8 characters, two bytes each",
            b"",
        ),
        Mangling::Marked => (
            "a byte order mark (ef bb bf) stands before the first prefix",
            b"\xef\xbb\xbf",
        ),
    };
    let outer = case.body.outer;
    let place = match mark {
        [] => outer
            .iter()
            .position(|byte| *byte >= 0x80)
            .map(|at| (at, 2)),
        mark => outer
            .windows(mark.len())
            .position(|window| window == mark)
            .map(|at| (at, mark.len())),
    };
    let finding = findings.add(Party::Gateway, message);
    finding.expected("the bytes as they were written");
    // Within an encoding the bytes stand nowhere on the wire.
    if !case.body.is_encoded() && case.body.packed == Packed::No {
        let evidence = place
            .and_then(|(at, length)| Evidence::body(&case.call.response.body, at, length))
            .map(|evidence| {
                evidence.reads_as(match mangling {
                    Mangling::Replaced => "U+FFFD, in place of a byte that is lost",
                    Mangling::Widened => "one byte, written as a character",
                    Mangling::Marked => "a byte order mark",
                })
            });
        finding.evidence(evidence);
    }
    finding
        .cause(
            "the handler, or a gateway without binary media types, takes the body for text",
            "return bytes; behind API Gateway, base64 with isBase64Encoded and binary media types",
        )
        .cause(
            "a middleware reads the body as a string",
            "take the gRPC route out of it",
        );
}
