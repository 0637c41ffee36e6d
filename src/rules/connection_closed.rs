//! The connection ended before the response headers.

use super::shared::{cut_frame, frame_name, took};
use crate::diagnosis::Cut;
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "connection-closed",
    step: Step::Response,
    severity: Severity::Error,
    summary: "the connection was closed before the response headers",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "Some data transmitted (e.g., request metadata written to TCP connection) before connection breaks",
    },
    explain: "\
The server, or something on the way, closed the connection after HTTP/2 had begun and before it had sent
response headers: no GOAWAY, no reset of the stream, no status. A process that crashes or is killed does
this, and so does a load balancer that gives up on its back end, or an idle time-out. Clients report
UNAVAILABLE: \"error reading from server: EOF\" (grpc-go), \"Network closed for unknown reason\"
(grpc-java), \"Socket closed\" (C-core), \"Connection dropped\" (grpc-js).

Look whether the server crashed or restarted at that moment; then at the time-outs of what stands between.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let how = match super::shared::cut_before_headers(case) {
        Some(Cut::Closed) => "the server closed the connection".to_owned(),
        Some(Cut::Broken(error)) => format!("the connection broke ({error})"),
        _ => return,
    };
    if super::shared::broken_wire(case) {
        return;
    }
    let when = case
        .waited()
        .map_or_else(String::new, |time| format!(" after {}", took(time)));
    let within = case
        .connection
        .cut
        .as_ref()
        .map_or_else(String::new, |cut| {
            cut.header.map_or_else(
                || ", in the middle of a frame header".to_owned(),
                |header| {
                    format!(
                        ", in the middle of a frame: {} of {} bytes",
                        frame_name(header.kind),
                        header.length
                    )
                },
            )
        });
    findings
        .add(
            Party::Server,
            format!("{how}{when}, before the response headers{within}"),
        )
        .expected("response headers")
        .evidence(cut_frame(case))
        .cause(
            "the server process crashed or was restarted",
            "look at its log, and at the exit codes and memory limits of its container",
        )
        .cause(
            "a load balancer or proxy gave up on its back end, or its idle time-out passed",
            "call the back end directly with `call --connect-to HOST:PORT`, and compare",
        );
}
