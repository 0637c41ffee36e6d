//! There is no way to the address.

use super::shared::{connect_failure, each_attempt};
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::reach::FailureKind;

pub(super) static RULE: Rule = Rule {
    name: "unreachable",
    step: Step::Connect,
    severity: Severity::Error,
    summary: "there is no way to the address",
    citation: Citation {
        spec: Spec::GrpcConnectivity,
        section: "States of Connectivity",
        quote: "TRANSIENT_FAILURE: There has been some transient failure (such as a TCP 3-way handshake timing out \
                or a socket error).",
    },
    explain: "\
The operating system could not even try: there is no route to the address, the socket file does not exist,
permission is missing, or the proxy in between declined. The finding gives its words for every address.
Clients report UNAVAILABLE.

An IPv6 address on a machine without IPv6 is a common case, and harmless as long as an IPv4 address works
too. For a unix socket check the path, which is relative to the working directory unless it begins with a
slash, and the permissions of the directories that lead to it.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(dial) = connect_failure(case, FailureKind::Unreachable) else {
        return;
    };
    if dial.port.is_none() {
        findings
            .add(
                Party::Network,
                format!("the socket cannot be used: {}", each_attempt(dial)),
            )
            .expected("a socket file that the server made")
            .cause(
                "the server is not running, or makes its socket elsewhere",
                format!("check the path with `ls -l {}`", dial.host),
            );
        return;
    }
    let no_route = dial.attempts.iter().any(|attempt| {
        attempt
            .failure
            .as_ref()
            .is_some_and(|failure| failure.kind == FailureKind::Unreachable)
    });
    let finding = findings.add(
        Party::Network,
        format!("no connection came about: {}", each_attempt(dial)),
    );
    finding.expected("an address that accepts the connection");
    if no_route {
        finding
            .cause(
                "this machine has no route to the address",
                "check the network and the VPN with `ip route get ADDRESS`",
            )
            .cause(
                "the name has only IPv6 addresses and this machine has no IPv6",
                "add an A record, or connect to an IPv4 address with `call --connect-to HOST:PORT`",
            );
    } else {
        finding.cause(
            "the operating system or the proxy declined",
            "its words stand in the message; check local firewall rules, and the proxy where one is used",
        );
    }
}
