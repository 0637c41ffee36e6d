//! The server ended the handshake with an alert.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::{ClientCertificate, TlsFailure};

pub(super) static RULE: Rule = Rule {
    name: "handshake-alert",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the server ended the TLS handshake with an alert",
    citation: Citation {
        spec: Spec::Tls13,
        section: "6.2. Error Alerts",
        quote: "Upon transmission or receipt of a fatal alert message, both parties MUST immediately close the connection.",
    },
    explain: "\
The server looked at what the client sent and refused it with a fatal alert, whose code tells why.
handshake_failure (40) and insufficient_security (71) mean that there is no common cipher; protocol_version
(70) that there is no common TLS version; unrecognized_name (112) that no certificate is there for the name
in SNI; the codes about certificates (42 to 46, 48, 49) that the server did not like the client's.

The server's log says more than an alert can. The alerts about ALPN (120) and about a missing client
certificate (116) are findings of their own.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(TlsFailure::Alert { description, name }) = super::shared::tls_failure(case) else {
        return;
    };
    if *description == super::ladder::NO_APPLICATION_PROTOCOL
        || super::shared::wants_client_certificate(case)
    {
        return;
    }
    let tls = case.tls();
    let server_name = tls.map_or("", |tls| tls.server_name.as_str());
    let sent = tls.is_some_and(|tls| tls.client_certificate == ClientCertificate::Sent);
    let (meaning, cause, fix) = match description {
        40 | 71 => (
            "no set of parameters suits both sides",
            "the server allows none of the ciphers, groups or signature algorithms of a modern client",
            "allow ECDHE with AES-GCM or ChaCha20-Poly1305; see what it takes with `openssl s_client -connect HOST:PORT`",
        ),
        70 => (
            "the server speaks neither TLS 1.2 nor 1.3",
            "the server is limited to TLS 1.0 or 1.1, which HTTP/2 does not allow",
            "enable TLS 1.2 and 1.3; nginx: `ssl_protocols TLSv1.2 TLSv1.3;`",
        ),
        112 => (
            "the server has no certificate for the name sent as SNI",
            "the name in the URL is not one that the server is configured for",
            "use the name that the server knows, or send it with `--server-name NAME`",
        ),
        42..=46 | 48 | 49 if sent => (
            "the server did not accept the client certificate",
            "the client certificate is expired, of the wrong kind, or from an authority that the server does not trust",
            "give one that the server's client CA issued, with the intermediates, by `--cert` and `--key`",
        ),
        80 => (
            "something failed inside the server",
            "the server cannot read its certificate or key",
            "read the server's log",
        ),
        10 | 47 | 50 => (
            "the server did not understand the handshake",
            "a middlebox or another protocol behind the port",
            "connect past it, straight to the server, with `call --connect-to HOST:PORT`",
        ),
        _ => (
            "the server refused the handshake",
            "the server's TLS configuration does not suit this client",
            "read the server's log",
        ),
    };
    let at = if *description == 112 {
        format!(" (SNI {server_name})")
    } else {
        String::new()
    };
    findings
        .add(
            Party::Server,
            format!(
                "the server ended the TLS handshake with alert {description}, {name}: {meaning}{at}"
            ),
        )
        .expected("a handshake that completes")
        .cause(cause, fix);
}
