//! The deadline passed before the response headers.

use super::shared::{cut_frame, names, took};
use crate::diagnosis::Cut;
use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::connection::Role;
use crate::wire::{Direction, FrameType, Setting, SettingId};

pub(super) static RULE: Rule = Rule {
    name: "no-response",
    step: Step::Response,
    severity: Severity::Error,
    summary: "no response headers arrived before the deadline",
    citation: Citation {
        spec: Spec::GrpcStatusCodes,
        section: "Status codes and their use in gRPC",
        quote: "No response received before Deadline expires. This may occur either when the client is unable to send the request to the server or when the server fails to respond in time.",
    },
    explain: "\
The connection stands, HTTP/2 is spoken, and yet the final response headers did not arrive in time. The
finding says what did: interim responses, the acknowledgement of our SETTINGS, or nothing. Clients report
DEADLINE_EXCEEDED, which tells neither whether the server ever saw the call nor which hop sits on it.

The handler may simply be slow or stuck. A gateway that buffers the response, or waits for a back end that
does not answer, looks the same. A server that allows no streams (MAX_CONCURRENT_STREAMS=0) or grants no
window keeps the request from being sent in the first place.
",
    check,
};

/// More frames than a response that is under way takes before its headers.
const MANY: usize = 1_000;

fn check(case: &Case<'_>, findings: &mut Findings) {
    let cut = match super::shared::cut_before_headers(case) {
        Some(cut @ (Cut::Deadline | Cut::Cancelled(_) | Cut::GaveUp(_)))
            if !super::shared::broken_wire(case) =>
        {
            cut
        }
        _ => return,
    };
    let settings = case.connection.settings(Direction::Received);
    let first = settings.first.as_deref().unwrap_or_default();
    let limit = |it: &&Setting| it.id == SettingId::MAX_CONCURRENT_STREAMS;
    let no_streams = first.iter().rfind(limit).is_some_and(|it| it.value == 0);
    let unsent = case.call.request.headers.is_none();
    let stalled = !unsent && case.call.request.end.is_none();
    let when = case
        .waited()
        .map_or_else(String::new, |time| format!(" after {}", took(time)));
    let waited = match cut {
        Cut::Deadline => {
            let who = match case.vantage.role {
                Role::Caller => "we",
                Role::Observer => "the client",
            };
            format!("the deadline passed{when} while {who} waited for the response headers")
        }
        _ => format!("{}{when}, before the response headers", cut.describe()),
    };
    let state = if no_streams {
        "the server allows no stream (MAX_CONCURRENT_STREAMS=0)".to_owned()
    } else if unsent {
        "the request was not sent".to_owned()
    } else if stalled {
        "the request was not sent to its end, for want of flow-control window".to_owned()
    } else {
        seen(case)
    };
    let finding = findings.add(Party::Server, format!("{waited}: {state}"));
    finding
        .expected("HEADERS with :status 200")
        .evidence(cut_frame(case));
    if no_streams {
        finding.cause(
            "the server is starting, draining or configured to take no streams",
            "raise its limit of concurrent streams; nginx: `http2_max_concurrent_streams 128;`",
        );
        return;
    }
    if stalled {
        finding.cause(
            "the server grants too small a window and does not enlarge it while it reads",
            "look at its INITIAL_WINDOW_SIZE, and whether its handler reads the request",
        );
    }
    finding
        .cause(
            "the handler is slow or stuck",
            "look at the server's log for the call; give it longer with `call --timeout 60s`",
        )
        .cause(
            "a gateway waits for a back end that does not answer, or holds the response back",
            "call the back end directly with `call --connect-to HOST:PORT`, and compare",
        );
}

/// What did arrive, as a fragment.
fn seen(case: &Case<'_>) -> String {
    let mut seen = Vec::new();
    let mut interim: Vec<&[u8]> = case
        .call
        .response
        .informational
        .iter()
        .filter_map(|block| block.fields.get(":status"))
        .collect();
    interim.dedup();
    if !interim.is_empty() {
        seen.push(format!("interim responses only ({})", names(&interim)));
    }
    if case.connection.frames_seen > MANY {
        let connection = case.connection;
        seen.push(format!(
            "{} frames came, {} bytes",
            connection.frames_seen, connection.received
        ));
    }
    let whose = match case.vantage.role {
        Role::Caller => "our",
        Role::Observer => "the client's",
    };
    let acknowledged = case
        .frames
        .iter()
        .any(|frame| frame.direction == Direction::Received && frame.is_settings_acknowledgement());
    seen.push(format!(
        "the server did {}acknowledge {whose} SETTINGS",
        if acknowledged { "" } else { "not even " }
    ));
    if case.frames.iter().any(|frame| {
        frame.direction == Direction::Received
            && frame.header.stream == case.call.stream
            && frame.header.kind == FrameType::WINDOW_UPDATE
            && frame.header.stream != 0
    }) {
        seen.push("it took in our request (WINDOW_UPDATE)".to_owned());
    }
    seen.join("; ")
}
