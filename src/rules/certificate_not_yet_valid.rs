//! A certificate of the chain is before its start.

use super::shared::{certificate_name, instant};
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::CertificateFault;

pub(super) static RULE: Rule = Rule {
    name: "certificate-not-yet-valid",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "a certificate of the chain is not valid yet",
    citation: Citation {
        spec: Spec::Pkix,
        section: "6.1.3. Basic Certificate Processing",
        quote: "The certificate MUST satisfy each of the following: […] (2) The certificate validity period includes the current time.",
    },
    explain: "\
The certificate's validity starts in the future, as this machine sees it. Nearly always a clock is wrong:
that of this machine, or that of the machine which issued the certificate; virtual machines and devices that
wake up with a clock set to the past are the classic case. Clients say \"certificate is not yet valid\",
some of them \"expired or not yet valid\".

Compare the times in the finding with the true time, and set the clock (NTP).
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for fault in super::shared::certificate_faults(case) {
        let CertificateFault::NotYetValid {
            certificate,
            not_before,
            now,
        } = fault
        else {
            continue;
        };
        let name = certificate_name(case, *certificate);
        findings
            .add(
                Party::Network,
                format!("{name} is not valid before {}", instant(*not_before)),
            )
            .expected(format!(
                "a start before {}, the time of this call",
                instant(*now)
            ))
            .cause(
                "the clock of this machine is behind",
                "set it by NTP: `timedatectl set-ntp true`",
            )
            .cause(
                "the clock of the issuer is ahead, or the certificate is meant for later",
                "issue it again, or serve the old one until then",
            );
    }
}
