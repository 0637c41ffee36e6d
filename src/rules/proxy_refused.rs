//! The proxy did not open a tunnel.

use super::shared::{http1_gist, took};
use crate::diagnosis::{
    Case, Citation, Finding, Findings, Party, Rule, Severity, Spec, Step, quoted,
};
use crate::http::reach::{Tunnel, TunnelEnd};

pub(super) static RULE: Rule = Rule {
    name: "proxy-refused",
    step: Step::Connect,
    severity: Severity::Error,
    summary: "the proxy did not connect to the target",
    citation: Citation {
        spec: Spec::HttpSemantics,
        section: "9.3.6. CONNECT",
        quote: "Any response other than a successful response indicates that the tunnel has not yet been formed.",
    },
    explain: "\
The connection goes through an HTTP proxy, named by --proxy or by https_proxy, http_proxy or all_proxy.
It was asked to connect to the target (CONNECT), and did not answer with a success: it wants credentials
(407), forbids the target or its port (403, often all but 443), or could not reach it (502, 503, 504). Or
what listens there is no HTTP proxy.

gRPC clients read the same variables (grpc-go https_proxy for every target; C-core also grpc_proxy), and
say little more than that the connection failed. Name the host in no_proxy, or give `--proxy ''`, to go
without.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((dial, tunnel)) = case
        .reach()
        .and_then(|dial| Some((dial, dial.tunnel.as_ref()?)))
    else {
        return;
    };
    let time = dial.connect_took.map_or_else(String::new, took);
    let Tunnel { proxy, target, .. } = tunnel;
    let message = match &tunnel.end {
        TunnelEnd::Open => return,
        TunnelEnd::Refused(_) => format!(
            "the proxy {proxy} did not connect to {target}: {}",
            http1_gist(&tunnel.answer)
        ),
        TunnelEnd::NotHttp => format!(
            "the proxy {proxy} does not answer by HTTP: {}",
            quoted(&tunnel.answer, 40)
        ),
        TunnelEnd::Closed(error) => {
            let error = error
                .as_ref()
                .map_or_else(String::new, |it| format!(" ({it})"));
            format!("the proxy {proxy} closed the connection when asked for {target}{error}")
        }
        TunnelEnd::TimedOut => {
            format!("the proxy {proxy} did not answer in {time} when asked for {target}")
        }
    };
    let finding = findings.add(Party::Gateway, message);
    finding.expected("HTTP/1.1 200, then the tunnel");
    causes(tunnel, finding);
    finding.cause(
        "the target is not to be reached through a proxy",
        "name its host in no_proxy, or give `--proxy ''`",
    );
}

fn causes(tunnel: &Tunnel, finding: &mut Finding) {
    let (cause, fix) = match tunnel.end {
        TunnelEnd::Refused(407) if tunnel.credentials => (
            "the proxy does not take these credentials",
            "check user and password of the proxy's URL",
        ),
        TunnelEnd::Refused(407) => (
            "the proxy wants credentials",
            "give them: --proxy http://USER:PASSWORD@HOST:PORT",
        ),
        TunnelEnd::Refused(401 | 403 | 405) => (
            "the proxy forbids this host or port; many allow CONNECT to 443 alone",
            "have it allow the target (Squid: acl SSL_ports and Safe_ports)",
        ),
        TunnelEnd::Refused(500..) => (
            "the proxy could not reach the target, or find its name",
            "see whether the target can be reached from the proxy's machine",
        ),
        TunnelEnd::Refused(_) | TunnelEnd::NotHttp => (
            "what listens there is no proxy, or none that knows CONNECT",
            "check host and port of the proxy's URL",
        ),
        _ => (
            "the proxy waits for the target, or is no HTTP proxy (one of TLS, or SOCKS)",
            "check the proxy's URL, and the target from the proxy's machine",
        ),
    };
    finding.cause(cause, fix);
}
