//! The server's certificate is an authority's, and is itself trusted.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "certificate-is-authority",
    step: Step::Tls,
    severity: Severity::Warning,
    summary: "the server's certificate is an authority's",
    citation: Citation {
        spec: Spec::Practice,
        section: "Certificates made by openssl req -x509",
        quote: "OpenSSL and Go accept a trusted certificate with the CA flag as a server's; rustls refuses it.",
    },
    explain: "\
The certificate that the server presents has the CA flag set, as those have that `openssl req -x509`
makes, and it is one of those that are trusted. Clients on OpenSSL, BoringSSL and Go take it: grpc-go, and
all on C-core. Clients on rustls, tonic among them, refuse it as CaUsedAsEndEntity.

For anything but a first try make a certificate without the CA flag: `-addext basicConstraints=CA:FALSE`.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if !case
        .connection
        .own_tls()
        .is_some_and(|tls| tls.authority_as_server)
    {
        return;
    }
    findings
        .add(
            Party::Server,
            format!(
                "{}: tonic and other clients on rustls refuse it",
                RULE.summary
            ),
        )
        .expected("a certificate without the CA flag")
        .cause(
            "it was made by openssl req -x509",
            "make it anew with -addext basicConstraints=CA:FALSE",
        );
}
