//! The host has no addresses.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::reach::FailureKind;

pub(super) static RULE: Rule = Rule {
    name: "host-not-found",
    step: Step::Resolve,
    severity: Severity::Error,
    summary: "the host name has no addresses",
    citation: Citation {
        spec: Spec::GrpcNaming,
        section: "Resolver Plugins",
        quote: "Resolvers should be able to contact the authority and get a resolution that they return back to the \
                gRPC client library.",
    },
    explain: "\
Before anything is sent, the host name has to become an address. Here the look-up answered that the name
does not exist or has no address, or it failed on the way. Clients report UNAVAILABLE with words such as
\"name resolution failed\", \"no such host\" or \"DNS resolution failed\", often only after they have tried
again for a while.

Check the spelling, and look the name up where the client runs: a name that is only known inside a cluster,
a VPN or a private zone does not exist elsewhere. In a container, the container's own resolver counts and
not the host's.
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
    let host = &dial.host;
    let (message, found_out) = match &resolve.result {
        Ok(addresses) if !addresses.is_empty() => return,
        Err(failure) if failure.kind == FailureKind::TimedOut => return,
        Ok(_) => (format!("{host} has no addresses"), true),
        Err(failure) if failure.kind == FailureKind::NotFound => {
            (format!("{host} has no addresses ({})", failure.text), true)
        }
        Err(failure) => (
            format!("looking up {host} failed ({})", failure.text),
            false,
        ),
    };
    let finding = findings.add(Party::Network, message);
    finding.expected("at least one A or AAAA record");
    if found_out {
        finding
            .cause(
                "the name is misspelt, or its record does not exist",
                format!("compare the host of the URL with the deployment's; look it up with `getent ahosts {host}`"),
            )
            .cause(
                "the name is only known inside a cluster, a VPN or a private zone",
                "run the client there, or connect to a known address with `call --connect-to HOST:PORT`",
            );
    } else {
        finding.cause(
            "the resolver of this machine cannot be reached or answered with an error",
            format!("check /etc/resolv.conf and the network, then `getent ahosts {host}`"),
        );
    }
}
