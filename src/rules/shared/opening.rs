//! What rules on a connection's first bytes look at.

use crate::diagnosis::{Case, Evidence, Text, quoted, shape};
use crate::http::FrameRecord;
use crate::http::connection::{Closed, Foreign, Role};
use crate::wire::{Direction, Flags, FrameType, Protocol};

/// What the peer sent instead of HTTP/2 to a client that spoke it. In a capture, where the client spoke something else
/// itself, an answer in kind is no fault.
pub(in crate::rules) fn foreign<'a>(case: &Case<'a>) -> Option<&'a Foreign> {
    let foreign = case.connection.foreign.as_ref()?;
    (case.connected() && spoke(case)).then_some(foreign)
}

/// Whether the client is known to have spoken HTTP/2.
fn spoke(case: &Case<'_>) -> bool {
    case.vantage.role == Role::Caller
        || case
            .frames
            .iter()
            .any(|frame| frame.direction == Direction::Sent)
}

/// Whether the peer sent neither a whole frame nor anything else that can be told.
pub(in crate::rules) fn without_frames(case: &Case<'_>) -> bool {
    let connection = case.connection;
    let silent = connection.foreign.is_none()
        && case.frames.received().next().is_none()
        && super::frames::all_seen(case, Direction::Received);
    silent && case.connected() && spoke(case)
}

/// The end of a connection on which that is so.
pub(in crate::rules) fn closed_without_frames<'a>(case: &Case<'a>) -> Option<&'a Closed> {
    let closed = case.connection.closed.as_ref();
    closed.filter(|_| without_frames(case))
}

/// Bytes of another protocol, with what they read as to an HTTP/2 client.
pub(in crate::rules) fn foreign_evidence(foreign: &Foreign) -> Evidence {
    let evidence = Evidence::received(foreign.span.offset, foreign.span.length, &foreign.bytes);
    match as_frame(&foreign.bytes) {
        Some(reading) => evidence.reads_as(reading),
        None => evidence,
    }
}

/// Bytes read as the header of a frame, as clients read them. Seven bytes, a TLS alert, give the length and the type.
fn as_frame(bytes: &[u8]) -> Option<String> {
    let [a, b, c, kind, rest @ ..] = bytes else {
        return None;
    };
    let length = u32::from_be_bytes([0, *a, *b, *c]);
    let stream = match rest {
        [_, a, b, c, d, ..] => {
            let stream = u32::from_be_bytes([a & 0x7f, *b, *c, *d]);
            format!(", stream {stream}")
        }
        _ => String::new(),
    };
    Some(format!(
        "read as a frame header: length {length}, type {kind}{stream}"
    ))
}

/// Bytes read as the header of a TLS record, as clients read them.
pub(in crate::rules) fn as_record(bytes: &[u8]) -> Option<String> {
    let [kind, major, minor, high, low, ..] = bytes else {
        return None;
    };
    let length = u16::from_be_bytes([*high, *low]);
    Some(format!(
        "read as a TLS record: type {kind}, version {major}.{minor}, length {length}"
    ))
}

/// Whether bytes are the answer of an HTTP/1 server: a response, or a page alone, as HTTP/0.9 had it. Some servers
/// (Python's) answer so to a version that they do not know.
pub(in crate::rules) fn is_http1(foreign: &Foreign) -> bool {
    match foreign.protocol {
        Protocol::Http1Response | Protocol::Http1Request => true,
        Protocol::Text => shape::text_kind(&foreign.bytes) == Some(Text::Html),
        _ => false,
    }
}

/// What an HTTP/1 answer says: its first line, and the first line of its body that is more than markup; of a page
/// alone its first few lines.
pub(in crate::rules) fn http1_gist(bytes: &[u8]) -> String {
    const SHOWN: usize = 100;
    if bytes.starts_with(b"<") {
        return page_gist(bytes);
    }
    let (head, body) = match find(bytes, b"\r\n\r\n") {
        Some(end) => (&bytes[..end], &bytes[end + 4..]),
        None => (bytes, &[][..]),
    };
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let chunked = find(&head.to_ascii_lowercase(), b"chunked").is_some();
    // In a chunked body the first line is the length of the first chunk.
    let line = body
        .split(|byte| *byte == b'\n')
        .skip(usize::from(chunked))
        .map(without_tags)
        .find(|line| !line.is_empty());
    let status = quoted(first.trim_ascii(), SHOWN);
    match line {
        Some(line) => format!("{status}, {}", quoted(&line, SHOWN)),
        None => status,
    }
}

/// What a page says: its first few lines, without markup.
pub(in crate::rules) fn page_gist(page: &[u8]) -> String {
    const SHOWN: usize = 100;
    // A page that has said nothing by then has nothing to say.
    const READ: usize = 4 * 1024;
    let mut lines: Vec<Vec<u8>> = page[..page.len().min(READ)]
        .split(|byte| *byte == b'\n')
        .map(without_tags)
        .filter(|line| !line.is_empty())
        .collect();
    lines.dedup();
    lines.truncate(3);
    quoted(&lines.join(&b"; "[..]), SHOWN)
}

/// Where `wanted` first stands in `bytes`.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// A line without what stands in angle brackets, a space in its place.
fn without_tags(line: &[u8]) -> Vec<u8> {
    let mut inside = false;
    let mut text = Vec::new();
    for byte in line {
        match byte {
            b'<' => {
                inside = true;
                if text.last().is_some_and(|last| *last != b' ') {
                    text.push(b' ');
                }
            }
            b'>' => inside = false,
            _ if !inside => text.push(*byte),
            _ => {}
        }
    }
    text.trim_ascii().to_vec()
}

/// The peer's first frame, where it had to be SETTINGS and is not. A capture may begin in the middle of a connection,
/// where any frame may come first.
pub(in crate::rules) fn wrong_first_frame<'a>(case: &Case<'a>) -> Option<(usize, &'a FrameRecord)> {
    let (index, first) = case.frames.received().next()?;
    let settings = first.header.kind == FrameType::SETTINGS && !first.header.flags.has(Flags::ACK);
    let [_, late] = case.connection.begins_late;
    (!settings && first.span.offset == 0 && !late && case.vantage.from_start)
        .then_some((index, first))
}

/// Whether the peer's frames may be judged: it sent some, and did not begin with the wrong one.
pub(in crate::rules) fn frames_begin_well(case: &Case<'_>) -> bool {
    case.frames.received().next().is_some() && wrong_first_frame(case).is_none()
}
