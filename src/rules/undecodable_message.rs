//! The message is not what the schema, or protobuf, says.

use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, shape,
};

pub(super) static RULE: Rule = Rule {
    name: "undecodable-message",
    step: Step::Message,
    severity: Severity::Error,
    summary: "the message does not decode",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "Error parsing response proto",
    },
    explain: "\
The message is framed and complete, and its bytes are not a protobuf message, or not one of the method's
reply type. The server has another version of the schema, another method answered, the message is of
another codec (text, MessagePack), or it was damaged: run through a text encoding, or cut by a wrong
length.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // A message of another codec, which the response announces, is not for this to judge.
    if !super::shared::claims_protobuf(case) || super::json_message::found(case).is_some() {
        return;
    }
    for seen in &case.body.seen {
        let Some(plain) = seen.plain(&case.body) else {
            continue;
        };
        let error = match &seen.decoded {
            Some(Ok(_)) => continue,
            Some(Err(error)) => error.to_string(),
            None if seen.is_protobuf => continue,
            None => "no protobuf message has these bytes".to_owned(),
        };
        let text = shape::text_kind(plain)
            .map(|kind| format!("; it is {}", kind.describe()))
            .unwrap_or_default();
        let finding = findings.add(
            Party::Server,
            format!("the message does not decode: {error}{text}"),
        );
        if let Some(method) = case.method {
            finding.expected(method.output.as_str());
        }
        if case.body.is_as_it_came() && !seen.compressed {
            let evidence =
                Evidence::body(&case.call.response.body, seen.start, seen.length.min(16));
            finding.evidence(evidence.map(|evidence| evidence.reads_as("no message of that type")));
        }
        finding.cause(
            "the server has another schema, or another codec",
            "compare the .proto files, and the content-type's codec",
        );
        return;
    }
}
