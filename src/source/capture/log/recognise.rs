//! Whose log a text is, told from its start.

use super::Grammar;
use super::colour::plain;
use super::curl::{front, is_label};
use super::cursor::{Cursor, contains};
use super::netty::message;
use super::nghttp::is_head;
use super::prefix::start;

/// Whose log a text is that starts with `start`: the first line that only one of them writes tells.
#[must_use]
pub fn recognise(start: &[u8]) -> Option<Grammar> {
    start.split(|b| *b == b'\n').find_map(|line| {
        let line = plain(line);
        grammar(line.strip_suffix(b"\r").unwrap_or(&line))
    })
}

/// Whose line it is, where only one of them writes such a line.
pub(super) fn grammar(line: &[u8]) -> Option<Grammar> {
    let frames = ["Framer 0x", "Transport received ", "server read frame "];
    if contains(line, "http2: ") && frames.iter().any(|frame| contains(line, frame)) {
        return Some(Grammar::GoHttp2Debug);
    }
    if let Some((prefix, ..)) = message(line) {
        return Some(if contains(prefix, "[id: ") {
            Grammar::Netty
        } else {
            Grammar::OkHttp
        });
    }
    if contains(line, " frame") && is_nghttp(line) {
        return Some(Grammar::Nghttp);
    }
    // Every mark of curl's has one of these, and most rows of its traces, of which there are many, have none.
    memchr::memchr3(b'=', b'>', b'*', line)?;
    start(line, is_curl).map(|_| Grammar::Curl)
}

/// Whether a text is how a line begins that only curl writes.
pub(super) fn is_curl(text: &[u8]) -> bool {
    let (_, _, rest) = front(text);
    let request = |rest: &[u8]| {
        let method = Cursor(rest).until(b" ");
        let named = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
        named && contains(rest, " HTTP/")
    };
    is_label(rest)
        || [&b"== Info: "[..], b"*   Trying "]
            .iter()
            .any(|remark| rest.starts_with(remark))
        || rest.strip_prefix(b"> ").is_some_and(request)
}

/// Whether a line is of the form `[  0.012] send TYPE frame <length=`, behind whatever.
fn is_nghttp(line: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(line, b" frame <length=") else {
        return false;
    };
    let mut words = line[..at].rsplit(|b| *b == b' ');
    let (name, verb) = (words.next(), words.next());
    name.is_some_and(|name| !name.is_empty())
        && verb.is_some_and(|verb| [&b"send"[..], b"recv"].contains(&verb))
        && start(line, is_head).is_some()
}
