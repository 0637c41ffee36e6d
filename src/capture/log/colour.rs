//! Colours (ECMA-48, 8.3.117), which terminals are told by escape sequences, taken out of lines.

use std::borrow::Cow;

/// The length of the escape sequence that a text starts with, 0 where there is none: one that sets a colour (SGR), or that
/// erases the rest of the line (EL), which grep writes behind each colour.
fn colour(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix(b"\x1b[") else {
        return 0;
    };
    let digits = rest
        .iter()
        .take_while(|b| b.is_ascii_digit() || **b == b';')
        .count();
    if matches!(rest.get(digits), Some(b'm' | b'K')) {
        digits + 3
    } else {
        0
    }
}

/// A line without colours.
pub(super) fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0x1b, text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let colour = colour(rest);
        if colour == 0 {
            plain.push(*byte);
        }
        rest = &rest[colour.max(1)..];
    }
    Cow::Owned(plain)
}

/// Where the first `count` bytes of a line without its colours end in the line.
pub(super) fn place_of(raw: &[u8], count: usize) -> usize {
    let (mut at, mut end, mut left) = (0, 0, count);
    while left > 0 && at < raw.len() {
        let colour = colour(&raw[at..]);
        at += colour.max(1);
        if colour == 0 {
            left -= 1;
            end = at;
        }
    }
    end
}
