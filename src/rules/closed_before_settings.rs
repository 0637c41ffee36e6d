//! The server closed the connection before it sent SETTINGS.

use super::shared::{cut_frame, took};
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::Closing;
use crate::http::tls::ClientCertificate;

pub(super) static RULE: Rule = Rule {
    name: "closed-before-settings",
    step: Step::Preface,
    severity: Severity::Error,
    summary: "the server closed the connection before its SETTINGS frame",
    citation: Citation {
        spec: Spec::Http2,
        section: "3.4. HTTP/2 Connection Preface",
        quote: "The server connection preface consists of a potentially empty SETTINGS frame (Section 6.5) that MUST be the first frame the server sends in the HTTP/2 connection.",
    },
    explain: "\
The connection opened and was closed again before the server had sent a whole frame. A TLS port does this
when it gets plaintext (some answer with an alert, others just close or reset); an HTTP/1 server that does
not like the preface may, too; so does a load balancer or port forwarder that finds no server behind it, and
a TLS 1.3 server that wanted a client certificate. Clients report UNAVAILABLE with \"error reading server
preface: EOF\" (grpc-go), \"Network closed for unknown reason\" (grpc-java), \"Socket closed\" (C-core).

Try https:// if the URL says http; else read the log of the server, or of what stands before it.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(closed) = super::shared::closed_without_frames(case) else {
        return;
    };
    let how = match &closed.how {
        Closing::Peer => "the server closed the connection".to_owned(),
        Closing::Broken(error) => format!("the connection broke ({error})"),
        Closing::Deadline | Closing::GaveUp | Closing::Client | Closing::Unseen => return,
    };
    let after = took(closed.at);
    let sent = match case.connection.received {
        0 => "without a byte".to_owned(),
        count => format!("with {count} bytes of a frame that never ended"),
    };
    let tls = case.tls();
    let finding = findings.add(
        Party::Server,
        format!("{how} {after} after the HTTP/2 preface, {sent}"),
    );
    finding
        .expected("an HTTP/2 SETTINGS frame")
        .evidence(cut_frame(case));
    match tls {
        None => {
            finding.cause(
                "the port expects TLS",
                "use https:// in the URL; in clients, TLS channel credentials",
            );
        }
        Some(tls) if tls.client_certificate == ClientCertificate::RequestedNoneSent => {
            finding.cause(
                "the server asked for a client certificate and got none",
                "give one with `--cert FILE --key FILE`",
            );
        }
        Some(_) => {}
    }
    finding
        .cause(
            "a load balancer or port forwarder has nothing behind it",
            "check that its targets are healthy and listen on the port that it forwards to",
        )
        .cause(
            "the server does not speak HTTP/2",
            "check that it serves gRPC on this port",
        );
}
