//! The handshake did not end before the deadline.

use super::shared::took;
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::TlsFailure;

pub(super) static RULE: Rule = Rule {
    name: "handshake-timeout",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the TLS handshake did not complete before the deadline",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "No response received before Deadline expires. This may occur either when the client is unable to send the request to the server or when the server fails to respond in time.",
    },
    explain: "\
The connection opened, and the TLS handshake then got no answer, or only part of one, until the deadline. A
service that waits for its client to speak a protocol of its own keeps silent like this; so does a plaintext
HTTP/2 server that takes the ClientHello for the start of a preface, and a load balancer with no healthy
target behind it.

Try http://, check the port, and look whether the server is overloaded.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(TlsFailure::TimedOut { received }) = super::shared::tls_failure(case) else {
        return;
    };
    let waited = case
        .connection
        .own_tls()
        .map_or_else(String::new, |tls| format!(" after {}", took(tls.took)));
    let message = if *received == 0 {
        format!("the server had sent nothing in answer to the TLS handshake{waited}")
    } else {
        format!(
            "the TLS handshake was not complete{waited}, though the server had sent {received} bytes"
        )
    };
    let finding = findings.add(Party::Server, message);
    finding.expected("a completed handshake before the deadline");
    if *received == 0 {
        finding.cause(
            "the port does not speak TLS and waits for something else",
            "try http:// in the URL, or the port that has TLS",
        );
    }
    finding.cause(
        "the server or what stands before it is overloaded or has no healthy target",
        "check its health; give it longer with `--timeout`",
    );
}
