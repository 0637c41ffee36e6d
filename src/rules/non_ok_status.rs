//! The call was carried out and answered with an error.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::rpc::{Code, metadata};

pub(super) static RULE: Rule = Rule {
    name: "non-ok-status",
    step: Step::GrpcStatus,
    severity: Severity::Error,
    summary: "the call ended with an error status",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "The server-side can choose the status it returns for a given RPC.",
    },
    explain: "\
The wire is sound: the server, or a proxy that speaks gRPC, answered with a status other than OK. The
code and the message say why; details (`grpc-status-details-bin`, a google.rpc.Status) say more where
there are any.

UNIMPLEMENTED without a message often is a proxy without a route (Envoy); UNAVAILABLE that begins
\"upstream connect error\" is Envoy, which could not reach its backend.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(code) = case
        .code()
        .filter(|code| *code != Code::OK && code.name().is_some())
    else {
        return;
    };
    let words = case
        .closing_block()
        .and_then(|block| block.fields.get("grpc-message"));
    let said = words.map(|words| crate::diagnosis::text(&metadata::decode_message(words)));
    let message = match said.as_deref() {
        Some(said) if !said.is_empty() => format!("{code}: {said}"),
        _ => format!("{code}, without a message"),
    };
    let finding = findings.add(Party::Server, message);
    finding
        .expected("grpc-status: 0")
        .evidence(super::shared::closing_evidence(case, "grpc-status"));
    if let Some(Ok(status)) = &case.status_details
        && !status.details.is_empty()
    {
        let details: Vec<&str> = status
            .details
            .iter()
            .map(|detail| detail.text.as_str())
            .collect();
        let field = super::shared::closing_evidence(case, "grpc-status-details-bin");
        finding.evidence(
            field.map(|field| field.reads_as(format!("details: {}", details.join("; ")))),
        );
    }
}
