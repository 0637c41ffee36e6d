//! The body carries its trailers as a gRPC-Web frame.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "web-trailer-frame",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the body ends with a gRPC-Web trailer frame",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Compressed-Flag → 0 / 1 # encoded as 1 byte unsigned integer",
    },
    explain: "\
gRPC-Web sends trailers within the body, as a frame with flag 0x80, for browsers cannot see real trailers.
A gRPC client takes it for a message with an undefined flag. The peer, or a filter in front of it, answers
in gRPC-Web.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::WebTrailers(message) = case.body.shape else {
        return;
    };
    let finding = findings.add(
        Party::Server,
        format!(
            "a gRPC-Web trailer frame of {} bytes stands in the body (flag {:#04x})",
            message.length, message.flag
        ),
    );
    finding
        .expected("trailers in a HEADERS frame")
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the server, or a filter in front of it, answers gRPC-Web",
        "answer application/grpc requests in gRPC, or call it with a gRPC-Web client",
    );
}
