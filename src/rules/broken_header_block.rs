//! A header block does not decode.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::FrameRecord;
use crate::wire::hpack::FaultKind;
use crate::wire::{Direction, HeaderBlock, SettingId};

/// The smallest size and the last one: "resulting in at most two dynamic table size updates" (RFC 7541, 4.2).
const SIZE_UPDATES_MAX: usize = 2;

pub(super) static RULE: Rule = Rule {
    name: "broken-header-block",
    step: Step::Response,
    severity: Severity::Error,
    summary: "a header block does not decode",
    citation: Citation {
        spec: Spec::Http2,
        section: "4.3. Field Section Compression and Decompression",
        quote: "A decoding error in a field block MUST be treated as a connection error (Section 5.4.1) of type COMPRESSION_ERROR.",
    },
    explain: "\
Header fields are compressed (HPACK), with tables that both sides keep in step. A block of the server does
not decode: an index points past the tables, a length past the block, a Huffman code is broken, the table
size changes more than twice, or the block was never ended. All that follows on the connection is in doubt
after that, so that clients close it with COMPRESSION_ERROR and report INTERNAL or UNAVAILABLE.

The fault is in the server's HPACK encoder, or in a proxy that passes compressed headers from one connection
to another or loses a frame. Update it, or set its dynamic table to 0 to see whether that helps.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((frame, message)) = found(case) else {
        return;
    };
    findings
        .add(Party::Server, message)
        .expected("a block that decodes by RFC 7541")
        .evidence(frame.and_then(|frame| Evidence::frame(case.frames, frame)))
        .cause(
            "the HPACK encoder of the server, or of a proxy, has a fault",
            "update it; connect past the proxy with `call --connect-to HOST:PORT` to see which one it is",
        );
}

/// The first block that does not decode: the frame that opens it, and what is wrong.
pub(super) fn found(case: &Case<'_>) -> Option<(Option<usize>, String)> {
    if !super::shared::frames_begin_well(case) {
        return None;
    }
    let limit = table_limit(case);
    // The blocks of our call are kept where those of frames no longer are.
    let of_frames = case
        .frames
        .received()
        .filter_map(|(index, record)| Some((index, record.block.as_deref()?)));
    let of_frames = of_frames.map(|(index, block)| (Some(index), block));
    let of_call =
        super::shared::blocks(case).map(|(block, _)| (block.origin.anchor.frame(), &*block.fields));
    let decoded = of_frames
        .chain(of_call)
        .find_map(|(index, block)| Some((index, fault(block, limit)?)));
    if decoded.is_some() {
        return decoded;
    }
    // A block that stays open after the response headers is a cut of the response; an interrupted one is misplaced.
    let stream = case.connection.open_block?;
    let ours = stream == case.call.stream && case.response_headers().is_none();
    if !ours || case.connection.cut.is_some() || !super::misplaced_frame::faults(case).is_empty() {
        return None;
    }
    let opener = case
        .frames
        .received()
        .filter(|(_, record)| record.header.stream == stream)
        .last();
    Some((
        opener.map(|(index, _)| index),
        format!("the header block of stream {stream} was never ended (no END_HEADERS)"),
    ))
}

/// The largest dynamic table that we allow; `None` where the peer may have acted on a limit that we never saw.
fn table_limit(case: &Case<'_>) -> Option<u64> {
    /// What holds where SETTINGS say nothing (RFC 9113, 6.5.2).
    const DEFAULT: u32 = 4096;
    let sent = |frame: &&FrameRecord| frame.direction == Direction::Sent;
    let seen_whole = |frame: &FrameRecord| frame.payload.len() >= frame.header.length as usize;
    let known =
        super::shared::limits_known(case) && case.frames.iter().filter(sent).all(seen_whole);
    let limit = super::shared::our_setting(case, SettingId::HEADER_TABLE_SIZE).unwrap_or(0);
    known.then(|| u64::from(limit.max(DEFAULT)))
}

fn fault(block: &HeaderBlock, limit: Option<u64>) -> Option<String> {
    let found = block.faults.iter().find_map(|fault| {
        let what = match fault.kind {
            FaultKind::Index(index) => format!("index {index} is in neither table"),
            FaultKind::Integer => "an integer does not end".to_owned(),
            FaultKind::StringLength(length) => {
                format!("a string of {length} bytes reaches past the end of the block")
            }
            FaultKind::Huffman => "a Huffman code is broken".to_owned(),
            // Our own bound, which says nothing about the block's form.
            FaultKind::TooLarge => return None,
        };
        Some(format!(
            "a header block does not decode: {what} (byte {})",
            fault.span.offset
        ))
    });
    if found.is_some() {
        return found;
    }
    if block.size_updates.len() > SIZE_UPDATES_MAX {
        return Some(format!(
            "a header block changes the table size {} times",
            block.size_updates.len()
        ));
    }
    block.size_updates.iter().find_map(|update| {
        if update.after_fields > 0 {
            return Some(format!(
                "a header block changes the table size after {} fields, and not at its start",
                update.after_fields
            ));
        }
        let limit = limit.filter(|limit| update.size > *limit)?;
        Some(format!(
            "a header block sets the table size to {}, above our limit of {limit}",
            update.size
        ))
    })
}
