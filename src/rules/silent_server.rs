//! The server sent no SETTINGS before the deadline.

use super::shared::{cut_frame, took};
use crate::diagnosis::{Case, Citation, Cut, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "silent-server",
    step: Step::Preface,
    severity: Severity::Error,
    summary: "the server sent no SETTINGS frame before the deadline",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "No response received before Deadline expires. This may occur either when the client is unable to send the request to the server or when the server fails to respond in time.",
    },
    explain: "\
The connection opened, the HTTP/2 preface went out, and the server said nothing until the deadline. An
HTTP/2 server sends its SETTINGS frame at once. A server that waits for something else keeps silent: one for
another protocol, a TLS server that took the preface for the start of a long record, a process that accepts
connections and is stuck, or a port forwarder or load balancer with nothing behind it. Clients mostly report
DEADLINE_EXCEEDED, or UNAVAILABLE with \"context deadline exceeded\", as if the call had been slow.

Try https://, and look whether the process behind the port is alive.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if !super::shared::without_frames(case) || !matches!(case.cut(), Some(Cut::Deadline)) {
        return;
    }
    let waited = took(case.waited().unwrap_or_default());
    let message = if case.connection.received == 0 {
        format!("the server had sent no byte {waited} after the HTTP/2 preface")
    } else {
        format!(
            "the server had sent {} bytes and no whole SETTINGS frame {waited} after the HTTP/2 preface",
            case.connection.received
        )
    };
    let encrypted = case.tls().is_some();
    let finding = findings.add(Party::Server, message);
    finding
        .expected("an HTTP/2 SETTINGS frame")
        .evidence(cut_frame(case));
    if !encrypted {
        finding.cause(
            "the port expects TLS, or another protocol",
            "try https:// in the URL; check the port",
        );
    }
    finding.cause(
        "a load balancer or port forwarder accepts connections with nothing behind it",
        "check that its targets are healthy, and that the process behind the port is not stuck",
    );
}
