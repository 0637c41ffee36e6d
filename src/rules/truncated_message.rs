//! The body ends before the message does.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "truncated-message",
    step: Step::LengthPrefix,
    severity: Severity::Error,
    summary: "the body ends before the message does",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "Message-Length → {length of Message} # encoded as 4 byte unsigned integer (big endian)",
    },
    explain: "\
The prefix promises more bytes than the body has. Either the stream was cut on the way (a reset, a closed
connection, a deadline: then the finding says so), or the length is wrong, or a gateway cut the body.
Clients differ: grpc-go says \"unexpected EOF\"; C-core drops what there is and, where the trailers say
OK, reports success without a message.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Shape::Truncated(message) = case.body.shape else {
        return;
    };
    // Where the capture ends first, the rest may have come.
    if case.is_unfinished() {
        return;
    }
    let arrived = case.body.bytes.len() - message.payload_start();
    let promised = message.length;
    if let Some(cut) = case.cut() {
        let described = cut.describe();
        let finding = findings.add(
            Party::Server,
            format!("{described} after {arrived} of {promised} message bytes"),
        );
        finding
            .expected(format!("{promised} bytes"))
            .evidence(super::shared::prefix_as_read(case));
        super::shared::cut_causes(&cut, finding);
        return;
    }
    let finding = findings.add(
        Party::Server,
        format!("the length says {promised}, and {arrived} bytes follow"),
    );
    finding
        .expected(format!("{promised} bytes"))
        .evidence(super::shared::prefix_as_read(case));
    finding.cause(
        "the length is wrong, or something cut the body",
        "compare with the length that the handler wrote",
    );
}
