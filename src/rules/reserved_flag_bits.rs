//! The flag octet has bits that are not defined.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "reserved-flag-bits",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the compressed flag has undefined bits set",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Compressed-Flag → 0 / 1 # encoded as 1 byte unsigned integer",
    },
    explain: "\
The first of the five prefix bytes is 0 (as it is) or 1 (compressed); the other bits are reserved. The
length behind it fits, so the prefix is there and only its flag is wrong. Clients differ: grpc-java, tonic
and grpc-dotnet refuse it, grpc-go prints the value, C-core drops the message and reports success.

A flag of 2 is how the Connect protocol ends a stream: then the peer speaks Connect.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::ReservedFlags(message) = case.body.shape else {
        return;
    };
    let finding = findings.add(
        Party::Server,
        format!("the compressed flag is {}, must be 0 or 1", message.flag),
    );
    finding
        .expected(super::shared::expected_prefix(
            message.flag & 1,
            message.length,
        ))
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        if message.flag == 2 {
            "the peer speaks the Connect protocol, whose last message has flag 2"
        } else {
            "the handler uses other bits of the flag octet"
        },
        if message.flag == 2 {
            "answer application/grpc requests in gRPC"
        } else {
            "write 0, or 1 for a compressed message"
        },
    );
}
