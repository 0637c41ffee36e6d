//! The address did not answer.

use super::shared::{connect_failure, each_attempt};
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::reach::FailureKind;

pub(super) static RULE: Rule = Rule {
    name: "connect-timeout",
    step: Step::Connect,
    severity: Severity::Error,
    summary: "no connection came about before the deadline",
    citation: Citation {
        spec: Spec::GrpcConnectivity,
        section: "States of Connectivity",
        quote: "TRANSIENT_FAILURE: There has been some transient failure (such as a TCP 3-way handshake timing out \
                or a socket error).",
    },
    explain: "\
The name has addresses, and none of them answered the attempt to connect: no acceptance and no refusal.
Something on the way drops the packets in silence, which firewalls and cloud security groups do, or the
address belongs to a machine that is gone. Clients report UNAVAILABLE or DEADLINE_EXCEEDED, mostly after 20
seconds or more.

A refusal would mean that the machine was reached; silence means that it was not. Check the security group,
the firewall, the route and the port, from the machine where the client runs.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(dial) = connect_failure(case, FailureKind::TimedOut) else {
        return;
    };
    let port = dial
        .port
        .map_or_else(|| "the port".to_owned(), |port| format!("port {port}"));
    findings
        .add(
            Party::Network,
            format!("no address accepted the connection: {}", each_attempt(dial)),
        )
        .expected("an address that accepts the connection before the deadline")
        .cause(
            "a firewall or security group drops the packets",
            format!("allow {port} from this machine's address"),
        )
        .cause(
            "the name still points to a machine that is gone",
            format!("compare `getent ahosts {}` with the deployment", dial.host),
        )
        .cause(
            "this network reaches the outside only through a proxy",
            "give the proxy with `--proxy http://HOST:PORT`",
        );
}
