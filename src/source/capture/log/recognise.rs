//! Whose log a text is, told from its start.

use super::Grammar;
use super::colour::plain;
use super::curl::{front, is_label};
use super::cursor::{Cursor, contains};
use super::netty::message;

/// Whose log a text is that starts with `start`: the first line that only one of them writes tells.
#[must_use]
pub fn recognise(start: &[u8]) -> Option<Grammar> {
    start.split(|b| *b == b'\n').find_map(|line| {
        let line = plain(line);
        grammar(line.strip_suffix(b"\r").unwrap_or(&line))
    })
}

fn grammar(line: &[u8]) -> Option<Grammar> {
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
    let (_, _, rest) = front(line);
    let traced = is_label(rest) || rest.starts_with(b"== Info: ");
    let verbose =
        rest.starts_with(b"> ") && contains(rest, " HTTP/") || rest.starts_with(b"*   Trying ");
    (traced || verbose).then_some(Grammar::Curl)
}

/// Whether a line is of the form `[  0.012] send TYPE frame <length=`.
fn is_nghttp(line: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(line, b" frame <length=") else {
        return false;
    };
    let mut words = line[..at].rsplit(|b| *b == b' ');
    let (name, verb) = (words.next(), words.next());
    let mut c = Cursor(line);
    name.is_some_and(|name| !name.is_empty())
        && verb.is_some_and(|verb| [&b"send"[..], b"recv"].contains(&verb))
        && (c.eat("[id=") || c.eat("["))
}
