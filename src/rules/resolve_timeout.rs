//! Looking the host up took longer than the deadline.

use super::shared::took;
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::reach::FailureKind;

pub(super) static RULE: Rule = Rule {
    name: "resolve-timeout",
    step: Step::Resolve,
    severity: Severity::Error,
    summary: "looking up the host name took longer than the deadline",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "No response received before Deadline expires. This may occur either when the client is unable to \
                send the request to the server or when the server fails to respond in time.",
    },
    explain: "\
The deadline passed while the resolver still had not answered. Nothing was sent to the server: it may well
be healthy. Clients report DEADLINE_EXCEEDED, or UNAVAILABLE, and rarely say that it was name resolution
that they waited for.

The usual reason is a resolver that cannot be reached: a firewall that drops port 53, a VPN that is down, or
a list of name servers whose first entry is dead. Look the name up by hand and see how long that takes.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((dial, resolve)) = case
        .reach()
        .and_then(|dial| Some((dial, dial.resolve.as_ref()?)))
    else {
        return;
    };
    let Err(failure) = &resolve.result else {
        return;
    };
    if failure.kind != FailureKind::TimedOut {
        return;
    }
    let host = &dial.host;
    let waited = took(resolve.took);
    findings
        .add(
            Party::Network,
            format!("the resolver had not answered for {host} after {waited}"),
        )
        .expected("an answer, even a negative one, before the deadline")
        .cause(
            "the name server does not answer",
            format!(
                "check /etc/resolv.conf and port 53 through the firewall, then `getent ahosts {host}`"
            ),
        );
}
