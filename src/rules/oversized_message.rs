//! A message is larger than clients take by default.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Shape, Spec, Step};
use crate::rpc::envelope::{Message, Rest};

/// The largest message that clients take unless they are told otherwise, in bytes.
const USUAL: usize = 4 * 1024 * 1024;

pub(super) static RULE: Rule = Rule {
    name: "oversized-message",
    step: Step::Message,
    severity: Severity::Warning,
    summary: "a message is larger than clients take by default",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "Sent or received message was larger than configured limit",
    },
    explain: "\
Clients take messages of up to 4 MiB (4194304 bytes) unless they are told otherwise, counted after
decompression too. grpc-go, grpc-java, C-core, grpc-js and grpc-dotnet report RESOURCE_EXHAUSTED for a
larger one, tonic OUT_OF_RANGE; connect-go takes any size.

Send less at a time, by pages or as a stream; or raise the limit in every client: grpc-go
`grpc.MaxCallRecvMsgSize`, grpc-java `maxInboundMessageSize`, C-core and grpc-js
`grpc.max_receive_message_length`, grpc-dotnet `MaxReceiveMessageSize`, tonic
`max_decoding_message_size`.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let body = &case.body;
    let last = match (body.shape, body.messages.rest) {
        (Shape::Framed, Rest::PartialMessage(message)) => Some(message),
        _ => None,
    };
    let sent = body
        .messages
        .whole
        .iter()
        .copied()
        .chain(last)
        .find(|message| message.length as usize > USUAL);
    let unpacked = body.seen.iter().find_map(|seen| {
        let size = seen.decompressed.as_ref()?.as_ref().ok()?.bytes.len();
        (size > USUAL).then_some(size)
    });
    let message = match (sent, unpacked) {
        (_, Some(size)) => {
            format!("a message decompresses to {size} bytes, above the {USUAL} that clients take")
        }
        (Some(Message { length, .. }), None) => {
            format!("a message has {length} bytes, above the {USUAL} that clients take")
        }
        (None, None) => return,
    };
    findings
        .add(Party::Server, message)
        .expected(format!(
            "at most {USUAL} bytes, or clients with a higher limit"
        ))
        .cause(
            "the reply is large",
            "part it, or raise the limit in the clients (grpc-go: `grpc.MaxCallRecvMsgSize`)",
        );
}
