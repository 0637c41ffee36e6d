//! The server closed the connection during the handshake.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::{ClientCertificate, TlsFailure};

pub(super) static RULE: Rule = Rule {
    name: "handshake-closed",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the server closed the connection during the TLS handshake",
    citation: Citation {
        spec: Spec::Tls13,
        section: "6.1. Closure Alerts",
        quote: "Each party MUST send a \"close_notify\" alert before closing its write side of the connection, unless it has already sent some error alert.",
    },
    explain: "\
The connection opened and was closed in the middle of the TLS handshake, without an alert that would say
why. Load balancers do this when no target is healthy or no certificate fits the name, plaintext servers
when they do not understand the ClientHello, and firewalls that look at SNI by a reset. Clients report
UNAVAILABLE with \"EOF\", \"connection reset by peer\" or \"unexpected eof while reading\".

Try http:// if the port may be a plaintext one; otherwise read the log of whatever terminates TLS.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(TlsFailure::Closed { received, error }) = super::shared::tls_failure(case) else {
        return;
    };
    let how = error
        .as_ref()
        .map_or_else(String::new, |error| format!(" ({error})"));
    let when = match received {
        0 => "before it had sent a byte".to_owned(),
        1 => "after 1 byte".to_owned(),
        count => format!("after {count} bytes"),
    };
    let asked = case
        .tls()
        .is_some_and(|tls| tls.client_certificate == ClientCertificate::RequestedNoneSent);
    let finding = findings.add(
        Party::Server,
        format!("the connection was closed during the TLS handshake, {when}{how}"),
    );
    finding.expected("a completed handshake, or an alert that says why not");
    if asked {
        finding.cause(
            "the server asked for a client certificate and got none",
            "give one with `--cert FILE --key FILE`",
        );
    }
    if *received == 0 {
        finding
            .cause(
                "the port does not speak TLS",
                "try http:// in the URL, or the port that has TLS",
            )
            .cause(
                "the load balancer has no healthy target, or none for the name in SNI",
                "check its targets; send another name with `--server-name NAME`",
            );
    }
    finding.cause(
        "a firewall cut the connection",
        "try from another network, or past it",
    );
}
