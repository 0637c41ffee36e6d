//! Our TLS library gave the handshake up.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::connection::Role;
use crate::http::tls::TlsFailure;

pub(super) static RULE: Rule = Rule {
    name: "handshake-failed",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the TLS handshake failed",
    citation: Citation {
        spec: Spec::Tls13,
        section: "4.1.1. Cryptographic Negotiation",
        quote: "If the server is unable to negotiate a supported set of parameters (i.e., there is no overlap between the client and server parameters), it MUST abort the handshake with either a \"handshake_failure\" or \"insufficient_security\" fatal alert (see Section 6).",
    },
    explain: "\
The handshake failed on the client's side: the server answered with TLS, but with something that a client
must not accept, such as a TLS version below 1.2, a cipher that was not offered, or a message that does not
parse. The finding carries the TLS library's words, or in a capture the client's alert, as where it does not
trust the certificate. gRPC needs TLS 1.2 or higher, as HTTP/2 does.

See what the server offers with `openssl s_client -connect HOST:PORT -alpn h2`, and bring its versions and
ciphers up to date.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(TlsFailure::Other(words)) = super::shared::tls_failure(case) else {
        return;
    };
    if case.vantage.role == Role::Observer {
        // In a capture it is the client that was captured which gave up, by an alert.
        findings
            .add(Party::Client, format!("the TLS handshake failed: {words}"))
            .expected("a handshake that the client accepts")
            .cause(
                "the client does not trust the server's certificate, or finds another name in it",
                "give the client the authority's certificate, and call the server by a name that its certificate has",
            );
        return;
    }
    findings
        .add(Party::Server, format!("the TLS handshake failed: {words}"))
        .expected("TLS 1.2 or 1.3 with a cipher that both sides allow")
        .cause(
            "the server offers only versions or ciphers that are too old",
            "enable TLS 1.2 and 1.3; nginx: `ssl_protocols TLSv1.2 TLSv1.3;`",
        )
        .cause(
            "something between changes the handshake",
            "connect past it, straight to the server, with `call --connect-to HOST:PORT`",
        );
}
