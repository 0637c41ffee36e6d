//! The server refuses every protocol that was offered.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::TlsFailure;

pub(super) static RULE: Rule = Rule {
    name: "alpn-refused",
    step: Step::Alpn,
    severity: Severity::Error,
    summary: "the server refuses h2",
    citation: Citation {
        spec: Spec::Alpn,
        section: "3.2. Protocol Selection",
        quote: "In the event that the server supports no protocols that the client advertises, then the server SHALL respond with a fatal \"no_application_protocol\" alert.",
    },
    explain: "\
In the TLS handshake the client offers the protocols that it wants to speak (ALPN): for gRPC that is h2,
HTTP/2. The server has ALPN and does not have h2, so it ended the handshake. Its listener speaks HTTP/1.1
only. Clients report UNAVAILABLE with \"no application protocol\" or NO_APPLICATION_PROTOCOL.

Switch HTTP/2 on at whatever terminates TLS there.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(TlsFailure::Alert { description, .. }) = super::shared::tls_failure(case) else {
        return;
    };
    if *description != super::ladder::NO_APPLICATION_PROTOCOL {
        return;
    }
    let offered = super::shared::offered(case);
    let finding = findings.add(
        Party::Gateway,
        format!("the server refuses the protocols that were offered by ALPN ({offered}): alert 120, no_application_protocol"),
    );
    finding.expected("h2 selected");
    super::shared::enable_http2(finding);
}
