//! A certificate of the chain is about to expire.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

/// A day in seconds.
const DAY: i64 = 24 * 60 * 60;

pub(super) static RULE: Rule = Rule {
    name: "certificate-expires-soon",
    step: Step::Tls,
    severity: Severity::Warning,
    summary: "a certificate of the chain expires soon",
    citation: Citation {
        spec: Spec::Practice,
        section: "certificate renewal",
        quote: "What renews certificates does so well before their end: certbot renews one of 90 days when 30 are left.",
    },
    explain: "\
The certificate is valid now, and ends within the days of `--cert-days` (14 unless given). Whatever
renews it should have done so by now, so that either the renewal fails, or the new certificate is there
and the server was not reloaded. Certificates that live for less than six weeks are judged by the last
third of their life.

Look at the log of what renews it (`certbot renew --dry-run`, cert-manager's events), then reload the
server. `--cert-days 0` asks for nothing.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some(now), Some(tls)) = (case.called_at, case.connection.own_tls()) else {
        return;
    };
    for (index, certificate) in tls.chain.iter().enumerate() {
        let left = certificate.not_after.saturating_sub(now);
        let life = certificate.not_after.saturating_sub(certificate.not_before);
        let wanted = (i64::from(case.certificate_days) * DAY).min(life / 3);
        // One that has ended, or not begun, is a fault of its own.
        if left < 0 || left >= wanted || certificate.not_before > now {
            continue;
        }
        let name = super::shared::certificate_name(case, index);
        let days = match left / DAY {
            0 => "in less than a day".to_owned(),
            1 => "in 1 day".to_owned(),
            days => format!("in {days} days"),
        };
        let end = super::shared::instant(certificate.not_after);
        findings
            .add(Party::Server, format!("{name} expires {days}, at {end}"))
            .expected(format!("{} days left", wanted / DAY))
            .cause(
                "the renewal fails, or has not run",
                "look at its log: `certbot renew --dry-run`, or cert-manager's events",
            )
            .cause(
                "it was renewed, and the server still serves the old file",
                "reload the server",
            );
    }
}
