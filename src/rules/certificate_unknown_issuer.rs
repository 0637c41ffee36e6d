//! The chain does not end at a trusted root.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::CertificateFault;

pub(super) static RULE: Rule = Rule {
    name: "certificate-unknown-issuer",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the certificate is from an unknown issuer",
    citation: Citation {
        spec: Spec::Pkix,
        section: "6.1.3. Basic Certificate Processing",
        quote: "The certificate MUST satisfy each of the following: (1) The signature on the certificate can be verified using working_public_key_algorithm, the working_public_key, and the working_public_key_parameters.",
    },
    explain: "\
A certificate is trusted because another one signed it, and so on up to a root that the client knows. Here
that chain breaks. Three cases are common: the certificate is self-signed or from a private authority; the
server sends only its own certificate and not the intermediate ones (browsers fetch those, gRPC clients do
not); or a proxy on the way opens TLS and signs with its own authority. Clients say \"certificate signed by
unknown authority\" (Go), \"PKIX path building failed\" (Java), \"CERTIFICATE_VERIFY_FAILED\" (C-core),
UnknownIssuer (rustls).

Serve the whole chain, or give the private authority's certificate to the client (here: --cacert).
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for fault in super::shared::certificate_faults(case) {
        let CertificateFault::UnknownIssuer {
            issuer,
            self_signed,
        } = fault
        else {
            continue;
        };
        let sent = case.connection.own_tls().map_or(0, |tls| tls.chain.len());
        let message = if *self_signed {
            format!("the server's certificate is self-signed ({issuer})")
        } else {
            format!("the certificate's issuer is not known: {issuer}")
        };
        let finding = findings.add(Party::Server, message);
        finding.expected("a chain that ends at a trusted root");
        if !self_signed && sent == 1 {
            finding.cause(
                "the server sends only its own certificate, without the intermediate ones",
                "serve the whole chain; nginx: put the intermediates after it in the `ssl_certificate` file (fullchain.pem)",
            );
        }
        finding.cause(
            "the certificate is from a private authority, or self-signed",
            "give the authority's certificate with `--cacert FILE`; in clients, as the root of the channel credentials",
        );
        if !self_signed {
            finding.cause(
                "the authority is trusted by the system and not by the built-in list",
                "use the system's roots with `--roots system`",
            );
        }
    }
}
