//! Bytes that are no HTTP/2: what a peer answered instead.

use super::dump::{self, Groups};
use crate::report::redact::{Secrets, placeholder};
use crate::report::style::{Line, Page};
use crate::report::view::{View, count};
use crate::report::wrap;
use crate::wire::{Direction, Protocol};

/// Lines of an answer in another protocol: a status line, the fields of a small answer, the start of its body.
const LINES: usize = 16;

/// What a protocol is called, with its article.
pub(in crate::report) fn describe(protocol: Protocol) -> String {
    match protocol {
        Protocol::Http1Response => "an HTTP/1.1 response".to_owned(),
        Protocol::Http1Request => "an HTTP/1.1 request".to_owned(),
        Protocol::TlsAlert { level, description } => {
            let level = if level == 2 { "fatal" } else { "warning" };
            format!("a TLS alert ({level}, code {description})")
        }
        Protocol::TlsRecord => "a TLS record".to_owned(),
        Protocol::Ssh => "an SSH greeting".to_owned(),
        Protocol::Greeting => "a greeting as of SMTP or FTP".to_owned(),
        Protocol::Text => "text".to_owned(),
        Protocol::Binary => "bytes of no protocol that is known here".to_owned(),
    }
}

/// Writes foreign bytes, as lines where they are text, `indent` columns in.
pub(super) fn write(
    view: &View<'_>,
    protocol: Option<Protocol>,
    offset: Option<u64>,
    bytes: &[u8],
    indent: usize,
    page: &mut Page,
) {
    if protocol.is_some_and(Secrets::is_text) {
        for line in lines(view, bytes, LINES, page.room(indent + 2)) {
            page.push(Line::indent(indent).dim("\u{2502} ").plain(line));
        }
        return;
    }
    hex(view, offset, bytes, indent, page);
}

/// Writes received bytes in hexadecimal, as many as a dump shows.
pub(super) fn hex(
    view: &View<'_>,
    offset: Option<u64>,
    bytes: &[u8],
    indent: usize,
    page: &mut Page,
) {
    let room = view.dump(bytes.len());
    let shown = view.secrets.first(Direction::Received, offset, bytes, room);
    for row in dump::rows(&shown, &Groups::default(), page.room(indent)) {
        page.push(Line::indent(indent).plain(row.text));
    }
    let more = bytes.len() - shown.len();
    if more > 0 && !shown.is_empty() {
        let text = format!("\u{2026} {}", count(more as u64, "more byte"));
        page.push(Line::indent(indent).dim(text));
    }
}

/// Text as lines of at most `width` columns: the first `limit`, and then how much is left out.
pub(in crate::report) fn lines(
    view: &View<'_>,
    bytes: &[u8],
    limit: usize,
    width: usize,
) -> Vec<String> {
    let mut folded = false;
    let mut in_body = false;
    let mut shown = Vec::new();
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    let all = ends + usize::from(!bytes.is_empty() && bytes.last() != Some(&b'\n'));
    for line in bytes.split(|byte| *byte == b'\n').take(limit.min(all)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        in_body |= line.is_empty();
        let colon = line.iter().position(|byte| *byte == b':');
        let hidden = match colon {
            _ if in_body => None,
            _ if folded && matches!(line.first(), Some(b' ' | b'\t')) => Some(0),
            Some(colon) if view.secrets.hides(&line[..colon]) => Some(colon + 1),
            _ => None,
        };
        folded = hidden.is_some();
        let text = match hidden {
            Some(at) => {
                let name = view.wire_text(&line[..at]);
                format!("{name} {}", placeholder(line[at..].trim_ascii().len()))
            }
            None => view.wire_text(line),
        };
        shown.extend(wrap::fill(&text, width));
    }
    // One line may be a page of markup: what is shown is bounded after wrapping too.
    let cut = shown.len() > limit;
    shown.truncate(limit);
    if cut || all > limit {
        shown.push(format!(
            "\u{2026} {} in all",
            count(bytes.len() as u64, "byte")
        ));
    }
    shown
}
