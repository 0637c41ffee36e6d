//! The chain has another fault.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::CertificateFault;

pub(super) static RULE: Rule = Rule {
    name: "certificate-invalid",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the certificate is not acceptable",
    citation: Citation {
        spec: Spec::HttpSemantics,
        section: "4.3.4. https Certificate Verification",
        quote: "If the certificate is not valid for the target URI's origin server, a user agent MUST either obtain confirmation from the user before proceeding (see Section 3.5) or terminate the connection with a bad certificate error.",
    },
    explain: "\
The certificate was refused for a reason other than its times, its name or its issuer: its signature is
broken or uses an algorithm that is no longer allowed, a certificate authority's certificate is used as a
server's, it is not meant for servers (extended key usage), it was revoked, or it does not parse. The
finding carries the TLS library's words. Tools that make certificates by hand often get one of these wrong,
and clients differ in what they let pass.

Issue it again as a version 3 server certificate: subjectAltName with the name, extended key usage
serverAuth, no CA flag.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for fault in super::shared::certificate_faults(case) {
        let CertificateFault::Other(words) = fault else {
            continue;
        };
        findings
            .add(
                Party::Server,
                format!("the certificate is not acceptable: {words}"),
            )
            .expected("a version 3 server certificate with subjectAltName and serverAuth")
            .cause(
                "it was made by hand, or by an old tool",
                "issue it again with subjectAltName, serverAuth, no CA flag and a SHA-256 signature",
            );
    }
}
