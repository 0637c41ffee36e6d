//! Nothing listens at the address.

use super::shared::{connect_failure, each_attempt};
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::reach::FailureKind;

pub(super) static RULE: Rule = Rule {
    name: "connection-refused",
    step: Step::Connect,
    severity: Severity::Error,
    summary: "nothing listens at the address",
    citation: Citation {
        spec: Spec::GrpcConnectivity,
        section: "States of Connectivity",
        quote: "TRANSIENT_FAILURE: There has been some transient failure (such as a TCP 3-way handshake timing out \
                or a socket error).",
    },
    explain: "\
The machine was reached and answered at once that nothing listens on that port. The server is not running,
listens on another port, or listens only on the loopback address of its own machine or container. For a unix
socket: the file exists, but the process that made it is gone. Clients report UNAVAILABLE, most of them with
\"connection refused\".

Look at what listens where the server runs (`ss -ltn`). A server that is bound to 127.0.0.1 inside a
container cannot be reached from outside: bind it to 0.0.0.0 or [::], and publish the port.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(dial) = connect_failure(case, FailureKind::Refused) else {
        return;
    };
    let Some(port) = dial.port else {
        findings
            .add(
                Party::Server,
                format!("no process listens on the socket {}", dial.host),
            )
            .cause(
                "the process that made the socket file is gone",
                format!(
                    "start the server again; `ss -lx | grep {}` shows listeners",
                    dial.host
                ),
            );
        return;
    };
    let proxied = dial.proxy.is_some();
    let party = if proxied {
        Party::Gateway
    } else {
        Party::Server
    };
    let message = format!("the connection was refused: {}", each_attempt(dial));
    let finding = findings.add(party, message);
    finding.expected("a listener that accepts the connection");
    if proxied {
        finding.cause(
            "the proxy is not running, or listens elsewhere",
            "correct `--proxy`, or the variable that names it (https_proxy, http_proxy, all_proxy); `--proxy ''` does without",
        );
        return;
    }
    finding
        .cause(
            "the server is not running, or listens on another port",
            format!("where it runs, look for port {port} in `ss -ltn`"),
        )
        .cause(
            "the server listens on the loopback address only",
            "bind it to 0.0.0.0 or [::] instead of 127.0.0.1 or localhost; publish the port of a container",
        )
        .cause(
            "a firewall rejects the connection",
            "allow the port in the firewall or security group",
        );
}
