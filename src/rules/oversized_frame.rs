//! A frame is longer than we allow.

use super::shared::{cut_frame, frame_name, more};
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::wire::{FrameHeader, FrameType};

pub(super) static RULE: Rule = Rule {
    name: "oversized-frame",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a frame is longer than the client allows",
    citation: Citation {
        spec: Spec::Http2,
        section: "4.2. Frame Size",
        quote: "An endpoint MUST send an error code of FRAME_SIZE_ERROR if a frame exceeds the size defined in SETTINGS_MAX_FRAME_SIZE, exceeds any limit defined for the frame type, or is too small to contain mandatory frame data.",
    },
    explain: "\
Each side tells the other how long a frame may be (MAX_FRAME_SIZE), and 16384 bytes hold where it says
nothing. The server sent a longer one. Clients close the connection with FRAME_SIZE_ERROR and report \"frame
too large\" or \"frame with invalid size\". This is about frames, not messages: a message of any size fits
into several frames.

Mostly the server took its own limit for the client's, or text got among the frames: three letters read as a
length give millions. The finding shows the header as it was read.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let found = found(case);
    let Some((index, header)) = found.first() else {
        return;
    };
    let limit = super::shared::largest_frame(case);
    // Three letters make a length, and a type that nobody has defined: that is text, not a frame.
    let [_, a, b, c] = header.length.to_be_bytes();
    let text = [a, b, c]
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    let finding = findings.add(
        Party::Server,
        format!(
            "a frame ({}, stream {}) has a length of {}{}",
            frame_name(header.kind),
            header.stream,
            header.length,
            more(found.len())
        ),
    );
    finding.expected(format!("a length of at most {limit}, our MAX_FRAME_SIZE"));
    match index {
        Some(index) => finding.evidence(Evidence::frame(case.frames, *index)),
        None => finding.evidence(cut_frame(case)),
    };
    if text && header.kind > FrameType::CONTINUATION {
        finding.cause(
            format!(
                "text stands among the frames: the length reads {:?}",
                crate::diagnosis::text(&[a, b, c])
            ),
            "look for what writes to the connection beside the HTTP/2 stack: a panic message, a log line, an error page",
        );
        return;
    }
    finding.cause(
        "the server sends frames as long as it accepts itself",
        "make it honour the client's MAX_FRAME_SIZE; in your own server, split DATA at 16384 bytes",
    );
}

/// The frames that are too long, whole ones by index; the last may be one that was cut.
pub(super) fn found(case: &Case<'_>) -> Vec<(Option<usize>, FrameHeader)> {
    if !super::shared::frames_begin_well(case) || !super::shared::limits_known(case) {
        return Vec::new();
    }
    let limit = super::shared::largest_frame(case);
    let whole = case
        .frames
        .received()
        .map(|(index, record)| (Some(index), record.header));
    let cut = case.connection.cut.as_ref().and_then(|cut| cut.header);
    whole
        .chain(cut.map(|header| (None, header)))
        .filter(|(_, header)| header.length > limit)
        .collect()
}
