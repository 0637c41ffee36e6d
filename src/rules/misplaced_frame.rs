//! A frame stands where HTTP/2 has no place for it.

use super::shared::{frame_name, more};
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::FrameRecord;
use crate::wire::{Direction, Flags, FrameHeader, FrameType, Payload, SettingId};

pub(super) static RULE: Rule = Rule {
    name: "misplaced-frame",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a frame stands where HTTP/2 has no place for it",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.1.1. Malformed Messages",
        quote: "Clients MUST NOT accept a malformed response.",
    },
    explain: "\
The order of frames carries meaning in HTTP/2: a response begins with HEADERS, a header block is not
interrupted, nothing follows END_STREAM, and each type of frame belongs either to a stream or to the
connection (stream 0). A frame of the server breaks this order. Clients answer with PROTOCOL_ERROR or
STREAM_CLOSED and report INTERNAL or UNAVAILABLE: \"headers not received before payload\" or \"Received
headers twice\" (grpc-java), \"a HEADERS frame cannot appear in the middle of a stream\" (grpc-go).

This is a fault in the HTTP/2 of the server or of a proxy, or of a handler that writes frames by itself,
such as one that sends the body before the headers.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let faults = faults(case);
    let Some((index, what, expected)) = faults.first() else {
        return;
    };
    findings
        .add(Party::Server, format!("{what}{}", more(faults.len())))
        .expected(*expected)
        .evidence(Evidence::frame(case.frames, *index))
        .cause(
            "the server's HTTP/2, or that of a proxy, has a fault",
            "update it; connect past the proxy with `call --connect-to HOST:PORT` to see which one it is",
        );
}

type Fault = (usize, String, &'static str);

/// The received frames that are out of place: index, what is wrong, and what would be right.
pub(super) fn faults(case: &Case<'_>) -> Vec<Fault> {
    if !super::shared::frames_begin_well(case) {
        return Vec::new();
    }
    let mut faults = in_order(case);
    let half = &case.call.response;
    let kind = |index: usize| case.frames.get(index).map(|record| record.header.kind);
    if let Some(&index) = half.before_headers.first() {
        faults.push((
            index,
            "DATA arrived before the response headers".to_owned(),
            "HEADERS first (RFC 9113, 8.1)",
        ));
    }
    // RST_STREAM(NO_ERROR) after a complete response is how servers stop an upload.
    let late = half
        .after_end
        .iter()
        .find(|index| matches!(kind(**index), Some(FrameType::DATA | FrameType::HEADERS)));
    if let Some(&index) = late {
        let name = kind(index).map_or_else(String::new, frame_name);
        faults.push((
            index,
            format!("{name} arrived after the end of the stream"),
            "nothing after END_STREAM or RST_STREAM (RFC 9113, 5.1)",
        ));
    }
    let misplaced = half.misplaced.first();
    if let Some(index) = misplaced.and_then(|block| block.origin.anchor.frame()) {
        faults.push((
            index,
            "HEADERS without END_STREAM arrived after the response headers".to_owned(),
            "one block of headers and one of trailers, which ends the stream (RFC 9113, 8.1)",
        ));
    }
    faults.sort_by_key(|(index, ..)| *index);
    faults.dedup_by_key(|(index, ..)| *index);
    faults
}

/// The faults that show in the sequence of frames alone.
fn in_order(case: &Case<'_>) -> Vec<Fault> {
    let from_start = case.vantage.from_start;
    // What is missing from a capture may open a stream, or a header block, or end one.
    let [sent, received] = [Direction::Sent, Direction::Received]
        .map(|direction| super::shared::all_seen(case, direction));
    let mut faults = Vec::new();
    let mut open: Option<u32> = None;
    let (mut push_disabled, mut acknowledged, mut pushed) = (false, false, false);
    // In a capture the directions may be a little out of step: what opens a stream counts wherever it stands.
    let opens = |record: &&FrameRecord| {
        record.direction == Direction::Sent && record.header.kind == FrameType::HEADERS
    };
    let opened = case.frames.iter().filter(opens);
    let mut highest_sent = match case.vantage.ordered {
        false => opened.map(|record| record.header.stream).max().unwrap_or(0),
        true => 0,
    };
    for record in case.frames.iter() {
        let (index, header) = (record.index, record.header);
        if record.direction == Direction::Sent {
            if header.kind == FrameType::HEADERS {
                highest_sent = highest_sent.max(header.stream);
            }
            push_disabled |= record
                .view()
                .settings()
                .any(|setting| setting.id == SettingId::ENABLE_PUSH && setting.value == 0);
            continue;
        }
        acknowledged |= header.kind == FrameType::SETTINGS && header.flags.has(Flags::ACK);
        pushed |= header.kind == FrameType::PUSH_PROMISE;
        let name = || frame_name(header.kind);
        let continues = header.kind == FrameType::CONTINUATION;
        let fault = if let Some(stream) = open
            && received
            && !(continues && header.stream == stream)
        {
            Some((
                format!(
                    "{} arrived within the header block of stream {stream}",
                    name()
                ),
                "CONTINUATION until END_HEADERS (RFC 9113, 6.2)",
            ))
        } else if continues && open.is_none() && from_start && received {
            Some((
                "CONTINUATION arrived with no header block open".to_owned(),
                "CONTINUATION after HEADERS without END_HEADERS only (RFC 9113, 6.10)",
            ))
        } else if let Some(expected) = wrong_stream(header) {
            Some((
                format!("{} arrived on stream {}", name(), header.stream),
                expected,
            ))
        } else if header.kind == FrameType::PUSH_PROMISE && push_disabled && acknowledged {
            Some((
                "PUSH_PROMISE arrived though push is disabled".to_owned(),
                "no PUSH_PROMISE (RFC 9113, 8.4)",
            ))
        } else if from_start && sent && received && idle(header, highest_sent, pushed) {
            Some((
                format!(
                    "{} arrived on stream {}, which nobody opened",
                    name(),
                    header.stream
                ),
                "frames on the stream of the call (RFC 9113, 5.1)",
            ))
        } else {
            None
        };
        if let Some((what, expected)) = fault
            && (super::shared::concerns(case, header.stream)
                || case.vantage.ordered
                    && (header.stream.is_multiple_of(2) || header.stream > highest_sent))
        {
            faults.push((index, what, expected));
        }
        let opens = matches!(header.kind, FrameType::HEADERS | FrameType::PUSH_PROMISE)
            && !matches!(record.view(), Payload::Malformed(_));
        open = match open {
            _ if opens && !header.flags.has(Flags::END_HEADERS) => Some(header.stream),
            Some(_) if continues && header.flags.has(Flags::END_HEADERS) => None,
            // One interruption is one fault: what follows is judged afresh.
            Some(stream) if continues => Some(stream),
            _ => None,
        };
    }
    faults
}

/// What a frame's type demands of its stream, where that is not so.
const fn wrong_stream(header: FrameHeader) -> Option<&'static str> {
    match header.kind {
        FrameType::DATA
        | FrameType::HEADERS
        | FrameType::PRIORITY
        | FrameType::RST_STREAM
        | FrameType::PUSH_PROMISE
        | FrameType::CONTINUATION
            if header.stream == 0 =>
        {
            Some("a stream other than 0 (RFC 9113, 6.1 to 6.10)")
        }
        FrameType::SETTINGS | FrameType::PING | FrameType::GOAWAY if header.stream != 0 => {
            Some("stream 0 (RFC 9113, 6.5 to 6.8)")
        }
        _ => None,
    }
}

/// Whether a frame stands on a stream that neither side has opened.
const fn idle(header: FrameHeader, highest_sent: u32, pushed: bool) -> bool {
    let judged = matches!(
        header.kind,
        FrameType::DATA | FrameType::HEADERS | FrameType::RST_STREAM | FrameType::WINDOW_UPDATE
    );
    let opened = header.stream == 0
        || if header.stream.is_multiple_of(2) {
            pushed
        } else {
            header.stream <= highest_sent
        };
    judged && !opened
}
