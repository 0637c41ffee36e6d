//! The messages are compressed by a coding that is not known here.

use super::shared::names;
use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, quoted, text,
};
use crate::rpc::compression::Encoding;

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
says that it does. Clients know gzip, mostly deflate, and what was registered with them by hand, by names in
small letters; C-core, grpc-java and tonic fail on the field alone, before there is any message. A server
must fall back to no compression.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(block) = case.response_headers() else {
        return;
    };
    let fields = block.fields.iter();
    let fields: Vec<_> = fields
        .filter(|field| field.name == b"grpc-encoding" && field.has_value())
        .collect();
    let Some(first) = fields.first() else {
        return;
    };
    // Another client may know a coding that is not known here.
    let offered = case.call.request.header("grpc-accept-encoding");
    let is_offered = |encoding: &[u8]| {
        let mut names = offered.unwrap_or_default().split(|octet| *octet == b',');
        names.any(|name| name.trim_ascii() == encoding.trim_ascii())
    };
    let unknown = fields
        .iter()
        .find(|field| Encoding::parse(field.value).is_none() && !is_offered(field.value));
    let compressed = case.body.seen.iter().any(|seen| seen.compressed);
    let differ = fields.iter().any(|field| field.value != first.value);
    let (message, cause, fix) = match unknown {
        _ if differ && compressed => (
            format!(
                "the message is compressed, and grpc-encoding names {}: clients differ on which one counts",
                names(&fields.iter().map(|field| field.value).collect::<Vec<_>>())
            ),
            "the handler and something around it (a middleware, a proxy) both write the field",
            "write it once",
        ),
        Some(field) => {
            let encoding = field.value;
            let (cause, fix) = if Encoding::parse(&encoding.to_ascii_lowercase()).is_some() {
                (
                    "the server writes the name with capitals",
                    "write it in small letters",
                )
            } else {
                (
                    "the server compresses without looking at grpc-accept-encoding",
                    "send the message uncompressed, or in a coding that was offered",
                )
            };
            let encoding = quoted(encoding, 40);
            let message = if compressed {
                format!("the message is compressed by {encoding}, which was not accepted")
            } else {
                format!(
                    "grpc-encoding names {encoding}, which was not accepted, though no message is compressed"
                )
            };
            (message, cause, fix)
        }
        None => return,
    };
    let accepted = offered.map_or("identity".to_owned(), text);
    findings
        .add(Party::Server, message)
        .expected(format!("one of {accepted}"))
        .evidence(Evidence::this_field(
            case.frames,
            block.origin.anchor,
            unknown.unwrap_or(first),
        ))
        .cause(cause, fix);
}
