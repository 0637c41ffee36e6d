//! The messages are compressed by a coding that is not known here.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, quoted};
use crate::grpc::compression::Encoding;

pub(super) static RULE: Rule = Rule {
    name: "unknown-encoding",
    step: Step::Compression,
    severity: Severity::Error,
    summary: "grpc-encoding names a coding that was not accepted",
    citation: Citation {
        spec: Spec::GrpcCompression,
        section: "Compression Method Asymmetry Between Peers",
        quote: "Data sent from a server compressed with an algorithm not supported by the client WILL result in an INTERNAL error status on the client side.",
    },
    explain: "\
The server compressed its messages by a coding that the request's `grpc-accept-encoding` did not list, or
says that it does. Clients know gzip, mostly deflate, and what was registered with them by hand; grpc-java
and tonic fail on the field alone, before there is any message. A server must fall back to no compression.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(encoding) = case.call.response.header("grpc-encoding") else {
        return;
    };
    if Encoding::parse(encoding).is_some() {
        return;
    }
    // Another client may know a coding that is not known here.
    let offered = case.call.request.header("grpc-accept-encoding");
    let mut names = offered.unwrap_or_default().split(|octet| *octet == b',');
    if names.any(|name| {
        name.trim_ascii()
            .eq_ignore_ascii_case(encoding.trim_ascii())
    }) {
        return;
    }
    let finding = findings.add(
        Party::Server,
        match case.body.seen.iter().any(|seen| seen.compressed) {
            true => format!(
                "the message is compressed by {}, which was not accepted",
                quoted(encoding, 40)
            ),
            false => format!(
                "grpc-encoding names {}, which was not accepted, though no message is compressed",
                quoted(encoding, 40)
            ),
        },
    );
    let accepted = offered.map_or("identity".to_owned(), crate::diagnosis::text);
    finding
        .expected(format!("one of {accepted}"))
        .evidence(super::shared::header_evidence(case, "grpc-encoding"));
    finding.cause(
        "the server compresses without looking at grpc-accept-encoding",
        "send the message uncompressed, or in a coding that was offered",
    );
}
