//! The server wants a client certificate and got none.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::TlsFailure;

pub(super) static RULE: Rule = Rule {
    name: "client-certificate-required",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the server wants a client certificate",
    citation: Citation {
        spec: Spec::Tls13,
        section: "6.2. Error Alerts",
        quote: "Upon transmission or receipt of a fatal alert message, both parties MUST immediately close the connection.",
    },
    explain: "\
The server asked for a client certificate, got none, and ended the connection: it does mutual TLS. TLS 1.3
has an alert of its own for it, certificate_required (116); with TLS 1.2 servers send bad_certificate (42)
or handshake_failure (40), which clients print without saying that it is their certificate that is missing.

Give the certificate and its key with --cert and --key; in clients, put them into the channel credentials.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if !super::shared::wants_client_certificate(case) {
        return;
    }
    let Some(TlsFailure::Alert { description, name }) = super::shared::tls_failure(case) else {
        return;
    };
    findings
        .add(
            Party::Client,
            format!(
                "the server wants a client certificate and got none (alert {description}, {name})"
            ),
        )
        .expected("a certificate that the server's client CA issued")
        .cause(
            "the server does mutual TLS",
            "give the certificate and its key with `--cert FILE --key FILE`",
        )
        .cause(
            "the listener asks for client certificates by mistake",
            "nginx: `ssl_verify_client off;`; Envoy: `require_client_certificate: false`",
        );
}
