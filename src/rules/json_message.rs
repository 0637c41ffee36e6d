//! The message is JSON where protobuf was announced.

use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Seen, Severity, Spec, Step, Text, quoted,
    shape,
};

pub(super) static RULE: Rule = Rule {
    name: "json-message",
    step: Step::Message,
    severity: Severity::Error,
    summary: "the message is JSON",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "Error parsing response proto",
    },
    explain: "\
The message is framed as it should be, and what is in the frame is JSON, while the content-type says
protobuf (`application/grpc` alone means that too). Clients cannot parse it, and report INTERNAL. The
handler serialised its reply with the wrong function, passed a gateway's JSON on, or uses a JSON codec
and does not say so.

Serialise with protobuf; or, where both sides have a JSON codec, say application/grpc+json.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(seen) = found(case) else {
        return;
    };
    let plain = seen.plain(&case.body).unwrap_or_default();
    let finding = findings.add(
        Party::Server,
        format!("the message is JSON: {}", quoted(plain, 40)),
    );
    finding.expected(case.method.map_or_else(
        || "a protobuf message".to_owned(),
        |method| format!("{}, in protobuf", method.output),
    ));
    if case.body.is_as_it_came() && !seen.compressed {
        let evidence = Evidence::body(&case.call.response.body, seen.start, seen.length.min(16));
        finding.evidence(evidence.map(|evidence| evidence.reads_as("JSON")));
    }
    finding.cause(
        "the reply was serialised as JSON",
        "serialise it with protobuf, or announce application/grpc+json to clients that have that codec",
    );
}

/// The first message that is JSON and no protobuf, in a response that says protobuf.
pub(super) fn found<'b>(case: &'b Case<'_>) -> Option<&'b Seen> {
    if !super::shared::claims_protobuf(case) {
        return None;
    }
    case.body.seen.iter().find(|seen| {
        let broken = match &seen.decoded {
            Some(decoded) => decoded.is_err(),
            None => !seen.is_protobuf,
        };
        broken
            && seen
                .plain(&case.body)
                .is_some_and(|plain| shape::text_kind(plain) == Some(Text::Json))
    })
}
