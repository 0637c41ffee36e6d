//! The server speaks neither HTTP nor TLS.

use super::shared::{foreign_evidence, is_http1};
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, quoted};
use crate::wire::Protocol;

pub(super) static RULE: Rule = Rule {
    name: "foreign-protocol",
    step: Step::Preface,
    severity: Severity::Error,
    summary: "the server does not speak HTTP",
    citation: Citation {
        spec: Spec::Http2,
        section: "3.4. HTTP/2 Connection Preface",
        quote: "The server connection preface consists of a potentially empty SETTINGS frame (Section 6.5) that MUST be the first frame the server sends in the HTTP/2 connection.",
    },
    explain: "\
What listens on the port is another service: the first bytes that it sent are neither HTTP/2 nor HTTP/1 nor
TLS. A client takes them for a frame header and complains of a frame that is too large or of an unexpected
type, and never says what it got. The finding shows the bytes.

Check host and port. Where the port should be right, look at what listens on it (`ss -ltnp`), and at port
mappings and tunnels in between.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(foreign) = super::shared::foreign(case) else {
        return;
    };
    if is_http1(foreign) {
        return;
    }
    let start = quoted(&foreign.bytes, 60);
    let what = match foreign.protocol {
        Protocol::Ssh => format!("speaks SSH: {start}"),
        Protocol::Greeting => format!("greets as mail and file servers do: {start}"),
        Protocol::Text => format!("sent text: {start}"),
        Protocol::Binary => format!("sent bytes of a protocol that is not known: {start}"),
        _ => return,
    };
    findings
        .add(Party::Client, format!("the server {what}"))
        .expected("an HTTP/2 SETTINGS frame")
        .evidence([foreign_evidence(foreign)])
        .cause(
            "another service listens on the port",
            "check host and port of the URL, and port mappings in between",
        );
}
