//! A compressed message does not decompress.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::rpc::compression::DecompressError;

pub(super) static RULE: Rule = Rule {
    name: "corrupt-compression",
    step: Step::Compression,
    severity: Severity::Error,
    summary: "the compressed message does not decompress",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "Could not decompress, but compression algorithm supported (Server -> Client)",
    },
    explain: "\
The flag octet is 1 and `grpc-encoding` names a coding that is known, but the bytes are not of it, or end
too soon. The message was not compressed although the flag says so, or it was damaged, or a proxy
decompressed it and left the flag.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for seen in &case.body.seen {
        let error = match &seen.decompressed {
            Some(Err(DecompressError::Corrupt(error))) => error.clone(),
            Some(Err(DecompressError::TrailingBytes(count))) => {
                format!("{count} bytes follow the end of the data")
            }
            _ => continue,
        };
        let encoding = case
            .call
            .response
            .header("grpc-encoding")
            .map_or_else(String::new, crate::diagnosis::text);
        let finding = findings.add(
            Party::Server,
            format!("the message does not decompress as {encoding}: {error}"),
        );
        if case.body.is_as_it_came() {
            let evidence =
                Evidence::body(&case.call.response.body, seen.start, seen.length.min(16));
            finding.evidence(
                evidence.map(|evidence| evidence.reads_as(format!("should be {encoding}"))),
            );
        }
        finding.cause(
            "the flag is 1 on a message that is not compressed, or the bytes were damaged",
            "write flag 0, or compress the message",
        );
        return;
    }
}
