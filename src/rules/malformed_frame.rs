//! A frame does not have the shape of its type.

use super::shared::{frame_name, more};
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::FrameRecord;
use crate::wire::payload::Malformed;
use crate::wire::{Flags, FrameType, Payload, SettingId};

pub(super) static RULE: Rule = Rule {
    name: "malformed-frame",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a frame is malformed",
    citation: Citation {
        spec: Spec::Http2,
        section: "4.2. Frame Size",
        quote: "An endpoint MUST send an error code of FRAME_SIZE_ERROR if a frame exceeds the size defined in SETTINGS_MAX_FRAME_SIZE, exceeds any limit defined for the frame type, or is too small to contain mandatory frame data.",
    },
    explain: "\
Each type of HTTP/2 frame has a shape: a PING has eight bytes, a SETTINGS frame a multiple of six, padding
fits into its frame, a WINDOW_UPDATE adds at least one, and some settings have bounds. A frame of the server
breaks such a rule. Clients close the connection with PROTOCOL_ERROR, FRAME_SIZE_ERROR or
FLOW_CONTROL_ERROR, and report UNAVAILABLE or INTERNAL without saying which frame it was. The finding names
it.

This is a fault in the HTTP/2 of the server, or of a proxy that re-frames what it forwards: update it, and
if it is your own, compare the frame with the section of RFC 9113 that describes its type.
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
        .expected(expected.as_str())
        .evidence(Evidence::frame(case.frames, *index))
        .cause(
            "the server's HTTP/2, or that of a proxy, has a fault",
            "update it; connect past the proxy with `call --connect-to HOST:PORT` to see which one it is",
        );
}

/// The received frames that are malformed: index, what is wrong, and what would be right.
pub(super) fn faults(case: &Case<'_>) -> Vec<(usize, String, String)> {
    if !super::shared::frames_begin_well(case) {
        return Vec::new();
    }
    let limit = super::shared::largest_frame(case);
    case.frames
        .received()
        .filter(|(_, record)| super::shared::concerns(case, record.header.stream))
        .filter(|(_, record)| record.header.length <= limit)
        .filter_map(|(index, record)| {
            let (what, expected) = fault(record)?;
            Some((index, what, expected))
        })
        .collect()
}

fn fault(record: &FrameRecord) -> Option<(String, String)> {
    let header = record.header;
    let name = || frame_name(header.kind);
    if header.kind == FrameType::SETTINGS && header.flags.has(Flags::ACK) && header.length > 0 {
        return Some((
            format!(
                "an acknowledgement of SETTINGS has a payload of {} bytes",
                header.length
            ),
            "an empty payload (RFC 9113, 6.5)".to_owned(),
        ));
    }
    // A payload that was not kept whole says nothing about its shape.
    if record.payload.len() < header.length as usize {
        return None;
    }
    match record.view() {
        Payload::Malformed(Malformed::Length { expected }) => Some((
            format!("a {} frame has a length of {}", name(), header.length),
            format!("a length of {expected}"),
        )),
        Payload::Malformed(Malformed::Padding { pad }) => Some((
            format!(
                "a {} frame of {} bytes announces {pad} bytes of padding",
                name(),
                header.length
            ),
            "padding that fits into the frame (RFC 9113, 6.1)".to_owned(),
        )),
        Payload::WindowUpdate(0) => Some((
            "a WINDOW_UPDATE adds 0 to the window".to_owned(),
            "an increment of 1 to 2147483647 (RFC 9113, 6.9)".to_owned(),
        )),
        payload @ Payload::Settings(_) => payload.settings().find_map(|setting| {
            let expected = match setting.id {
                SettingId::ENABLE_PUSH if setting.value != 0 => "0, from a server",
                SettingId::INITIAL_WINDOW_SIZE if setting.value > 0x7fff_ffff => {
                    "at most 2147483647"
                }
                SettingId::MAX_FRAME_SIZE if !(0x4000..=0xff_ffff).contains(&setting.value) => {
                    "16384 to 16777215"
                }
                _ => return None,
            };
            Some((
                format!("SETTINGS sets {} to {}", setting.id, setting.value),
                format!("{expected} (RFC 9113, 6.5.2)"),
            ))
        }),
        _ => None,
    }
}
