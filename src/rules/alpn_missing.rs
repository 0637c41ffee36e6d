//! The server selected no protocol.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "alpn-missing",
    step: Step::Alpn,
    severity: Severity::Error,
    summary: "the server selected no protocol by ALPN",
    citation: Citation {
        spec: Spec::Http2,
        section: "3.3. Starting HTTP/2 with Prior Knowledge",
        quote: "HTTP/2 connections over TLS MUST use protocol negotiation in TLS [TLS-ALPN].",
    },
    explain: "\
The TLS handshake went through, and the server did not say which protocol it speaks. It may speak HTTP/2
all the same, which makes this fault hard to see: clients that do not look at ALPN work (grpc-go before
1.67, curl with prior knowledge), and those that do refuse the connection (grpc-go since 1.67, C-core and
with it Python, C++, Ruby and PHP, grpc-java, tonic): \"cannot check peer: missing selected ALPN
property\".

Where the server answers by HTTP/2 all the same this is a warning, and an error where it does not. Switch
ALPN on where TLS is terminated; a TLS load balancer that passes bytes on needs an ALPN policy of its
own.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(tls) = case.tls() else {
        return;
    };
    if !tls.usable() || tls.alpn.selected().is_some() || !case.alpn_seen() {
        return;
    }
    let works = worked_all_the_same(case);
    if tls.offered.is_empty() {
        let finding = findings.add(
            Party::Client,
            "no protocol was offered by ALPN, so that the server could select none",
        );
        finding
            .expected("h2 offered and selected")
            .cause("`--alpn` was given without h2", "offer it with `--alpn h2`");
        if works {
            finding.warns();
        }
        return;
    }
    let offered = super::shared::offered(case);
    let but = if works {
        ", and speaks HTTP/2 all the same: clients that do not check ALPN work, grpc-go since 1.67 and C-core refuse"
    } else {
        ""
    };
    let finding = findings.add(
        Party::Gateway,
        format!("the server selected none of the protocols offered by ALPN ({offered}){but}"),
    );
    if works {
        finding.warns();
    }
    finding
        .expected("h2 selected")
        .cause(
            "TLS is terminated without ALPN",
            "HAProxy: `bind :443 ssl crt FILE alpn h2,http/1.1`; in your own server, set the ALPN protocols to h2",
        )
        .cause(
            "a load balancer terminates TLS and passes bytes on",
            "give its TLS listener an ALPN policy with h2, or let the server terminate TLS",
        );
}

/// Whether the server answered by HTTP/2 although it selected no protocol.
pub(super) fn worked_all_the_same(case: &Case<'_>) -> bool {
    let tls = case.tls();
    tls.is_some_and(|tls| tls.usable() && tls.alpn.selected().is_none())
        && case.alpn_seen()
        && case.response_headers().is_some()
}
