//! The server selected a protocol other than h2.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "alpn-http1",
    step: Step::Alpn,
    severity: Severity::Error,
    summary: "the server selected a protocol other than h2",
    citation: Citation {
        spec: Spec::Http2,
        section: "3.3. Starting HTTP/2 with Prior Knowledge",
        quote: "HTTP/2 connections over TLS MUST use protocol negotiation in TLS [TLS-ALPN].",
    },
    explain: "\
The client offered h2 and something else, mostly http/1.1, and the server chose the something else: it does
not have h2, or prefers HTTP/1.1. gRPC needs HTTP/2 on the whole way, as HTTP/1.1 has no trailers that
clients would see. gRPC clients offer h2 alone, so that with them the same server refuses the handshake
(alert 120) or selects nothing.

Switch HTTP/2 on at whatever terminates TLS there.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(tls) = case.tls() else {
        return;
    };
    let Some(selected) = tls.alpn.selected().filter(|selected| *selected != "h2") else {
        return;
    };
    if tls.failure.is_some() {
        return;
    }
    let offered = super::shared::offered(case);
    let finding = findings.add(
        Party::Gateway,
        format!(
            "the server selected {} by ALPN (offered: {offered})",
            selected
        ),
    );
    finding.expected("h2 selected");
    super::shared::enable_http2(finding);
}
