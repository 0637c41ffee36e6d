//! A message decompresses to more than anyone takes.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::rpc::compression::{DECOMPRESSED_MAX, DecompressError};

pub(super) static RULE: Rule = Rule {
    name: "decompression-bomb",
    step: Step::Compression,
    severity: Severity::Error,
    summary: "the message decompresses to more than 8 MiB",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "Sent or received message was larger than configured limit",
    },
    explain: "\
A few bytes decompress to more than 8 MiB. Clients stop at their own limit, 4 MiB by default, and report
RESOURCE_EXHAUSTED. It was not decompressed further here.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let large = |seen: &&crate::diagnosis::Seen| {
        matches!(seen.decompressed, Some(Err(DecompressError::TooLarge)))
    };
    let Some(seen) = case.body.seen.iter().find(large) else {
        return;
    };
    let limit = DECOMPRESSED_MAX / (1024 * 1024);
    let finding = findings.add(
        Party::Server,
        format!(
            "{} compressed bytes decompress to more than {limit} MiB",
            seen.length
        ),
    );
    finding.expected("a message within the client's limit, 4 MiB by default");
    finding.cause(
        "the reply is far too large, or hostile",
        "page the reply, or stream it",
    );
}
