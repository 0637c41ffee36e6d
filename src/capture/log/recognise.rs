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
    if contains(line, "BOUND ")
        && let Some((prefix, ..)) = message(line)
    {
        return Some(if contains(prefix, "[id: ") {
            Grammar::Netty
        } else {
            Grammar::OkHttp
        });
    }
    if contains(line, " frame") && is_nghttp(line) {
        return Some(Grammar::Nghttp);
    }
    // Where a line begins is looked for only where it has a mark, as few do.
    let curl = has_curl_mark(line) && start(line, is_curl).is_some();
    curl.then_some(Grammar::Curl)
}

/// Whether a line has what every line has that only curl writes, wherever it stands.
fn has_curl_mark(line: &[u8]) -> bool {
    let is_mark = |at: usize| {
        let rest = &line[at..];
        let request = |rest: &[u8]| rest.first().is_some_and(u8::is_ascii_uppercase);
        [&b"=> Send "[..], b"= Recv ", b"== Info: ", b"*   Trying "]
            .iter()
            .any(|mark| rest.starts_with(mark))
            || rest.strip_prefix(b"> ").is_some_and(request)
    };
    memchr::memchr3_iter(b'=', b'>', b'*', line).any(is_mark)
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
