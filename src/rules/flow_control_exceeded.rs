//! The peer sends more than the window allows.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "flow-control-exceeded",
    step: Step::Response,
    severity: Severity::Error,
    summary: "the server sends more than the flow-control window allows",
    citation: Citation {
        spec: Spec::Http2,
        section: "6.9.1. The Flow-Control Window",
        quote: "The sender MUST NOT send a flow-controlled frame with a length that exceeds the space available in either of the flow-control windows advertised by the receiver.",
    },
    explain: "\
Each side says how many body bytes it will take before it grants more, for the connection and for each
stream. The server sent more than that. Clients end the stream or the connection with FLOW_CONTROL_ERROR,
so that large replies fail and small ones never show it.

Home-made HTTP/2 servers that do not count windows do this, and proxies that count them wrongly.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(overrun) = case.connection.overrun else {
        return;
    };
    let whose = match overrun.stream {
        0 => "the connection's window".to_owned(),
        stream => format!("the window of stream {stream}"),
    };
    findings
        .add(Party::Server, format!("the server sent {} bytes more than {whose} allowed", overrun.bytes))
        .expected("DATA within the window, and a pause until WINDOW_UPDATE")
        .evidence(Evidence::frame(case.frames, overrun.frame))
        .cause(
            "the server, or a proxy, does not count flow-control windows, or counts them wrongly",
            "update it; connect past the proxy with `call --connect-to HOST:PORT` to see which one it is",
        );
}
