//! A header block is larger than clients have to take.

use super::shared::blocks;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::wire::SettingId;

/// The limit that the gRPC specification suggests, in bytes.
const SUGGESTED: u64 = 8 * 1024;

/// What each field counts beside its name and value (RFC 9113, 6.5.2).
const PER_FIELD: u64 = 32;

pub(super) static RULE: Rule = Rule {
    name: "header-list-too-large",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "a header block is larger than clients have to take",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "Clients may limit the size of Response-Headers, Trailers, and Trailers-Only, with a default of 8 KiB each suggested.",
    },
    explain: "\
Clients limit how many bytes of headers they take, counted without compression and with 32 bytes more for
each field, and the specification suggests 8 KiB. This response has more: some clients take it and some
fail, with RESOURCE_EXHAUSTED and \"received metadata size exceeds limit\" (C-core, grpc-java) or INTERNAL
and \"peer header list size exceeded limit\" (grpc-go). Error details in the trailers
(grpc-status-details-bin), cookies and tracing data are what grows.

Send less, or raise the limit of every client.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let advertised =
        super::shared::our_setting(case, SettingId::MAX_HEADER_LIST_SIZE).map(u64::from);
    for (block, place) in blocks(case) {
        let size: u64 = block
            .fields
            .iter()
            .map(|field| (field.name.len() + field.value.len()) as u64 + PER_FIELD)
            .sum();
        let limit = advertised.map_or(SUGGESTED, |advertised| advertised.min(SUGGESTED));
        if size <= limit {
            continue;
        }
        let whose = match advertised {
            Some(advertised) if size > advertised => {
                format!("the {advertised} that the client announced (MAX_HEADER_LIST_SIZE)")
            }
            _ => format!("the {SUGGESTED} that gRPC suggests as the limit of clients"),
        };
        let largest = block
            .fields
            .iter()
            .max_by_key(|field| field.name.len() + field.value.len())
            .map(|field| crate::diagnosis::text(field.name));
        let finding = findings.add(
            Party::Server,
            format!("{place} have a size of {size} bytes, above {whose}"),
        );
        finding
            .expected(format!("at most {limit} bytes"))
            .evidence(Evidence::anchored(case.frames, block.origin.anchor));
        if let Some(largest) = largest {
            finding.cause(
                format!("the field {largest} is the largest"),
                "shorten it, or raise the limit in the clients (grpc-go: `grpc.WithMaxHeaderListSize`)",
            );
        }
    }
}
