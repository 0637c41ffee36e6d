//! A certificate of the chain is past its end.

use super::shared::{certificate_name, instant};
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::CertificateFault;

pub(super) static RULE: Rule = Rule {
    name: "certificate-expired",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "a certificate of the chain has expired",
    citation: Citation {
        spec: Spec::Pkix,
        section: "6.1.3. Basic Certificate Processing",
        quote: "The certificate MUST satisfy each of the following: […] (2) The certificate validity period includes the current time.",
    },
    explain: "\
A certificate is valid from one instant to another, and this one's end has passed. Either it was not
renewed, or it was renewed and the server still serves the old file because nobody reloaded it; an expired
intermediate certificate breaks a chain in the same way as an expired server certificate. Clients report
UNAVAILABLE with \"certificate has expired\".

Renew it, reload the server, and check what it really serves with `openssl s_client`. If the times look
right, check the clock of this machine.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for fault in super::shared::certificate_faults(case) {
        let CertificateFault::Expired {
            certificate,
            not_after,
            now,
        } = fault
        else {
            continue;
        };
        let name = certificate_name(case, *certificate);
        findings
            .add(
                Party::Server,
                format!("{name} expired at {}", instant(*not_after)),
            )
            .expected(format!("an end after {}, the time of this call", instant(*now)))
            .cause(
                "the certificate was not renewed",
                "renew it (`certbot renew`, cert-manager, or your authority) and reload the server",
            )
            .cause(
                "the server still serves the old file",
                "reload it; see what it serves with `openssl s_client -connect HOST:PORT | openssl x509 -noout -dates`",
            )
            .cause(
                "the clock of this machine is wrong",
                "compare the time above with the true one",
            );
    }
}
