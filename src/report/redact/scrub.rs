//! Secrets in free text: where a name of one is followed by its value, where credentials follow their scheme, where
//! a URL names a user.
//!
//! Peers put credentials into messages, banners, bodies and GOAWAY, and users into URLs. All that marks them is ASCII,
//! so texts and bytes are searched alike. One pass from the left: every byte is looked at a fixed number of times,
//! whatever the text.

use std::ops::Range;

use super::names::Names;

/// Names are told by their end: longer runs of letters are no names.
const NAME_MAX: usize = 128;

/// What a test of a field says of a part of its value.
const CONTAINS: &[u8] = b"contains";

/// The longest index of an item, or name of a member, in brackets.
const INDEX_MAX: usize = 64;

/// What stands for the rest of a text that was cut.
pub(super) const CUT: &[u8] = "\u{2026}".as_bytes();

/// From this length on the credentials of `Basic …` are ones, and no English words.
const CREDENTIALS_MIN: usize = 8;

/// Words after `Bearer` that make a sentence of it, or a challenge.
const WORDS: [&[u8]; 26] = [
    b"and",
    b"auth",
    b"authentication",
    b"authorization",
    b"credential",
    b"credentials",
    b"error",
    b"expected",
    b"for",
    b"format",
    b"header",
    b"in",
    b"is",
    b"missing",
    b"not",
    b"of",
    b"or",
    b"prefix",
    b"required",
    b"scheme",
    b"schema",
    b"token",
    b"tokens",
    b"was",
    b"with",
    b"without",
];

/// Where the secrets of a text stand, from the first to the last. The ranges do not touch characters that are no ASCII
/// but as a whole.
pub(super) fn find(text: &[u8], names: &Names) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Most header values have neither what parts a name from its value nor what follows a scheme.
    if memchr::memchr3(b':', b'=', b'%', text).is_none()
        && memchr::memchr2(b' ', b'\t', text).is_none()
    {
        return found;
    }
    let mut name_start = 0;
    let mut at = 0;
    while let Some(length) = text[at..].iter().position(|byte| !is_name(*byte)) {
        at += length;
        let word = &text[name_start.max(at.saturating_sub(NAME_MAX))..at];
        let hit = if word.is_empty() {
            None
        } else if let Some(from) = separator(text, at).filter(|_| names.contain(word)) {
            value(text, from, is_cookie(word))
        } else if text[at..].starts_with(b"://") {
            user(text, at + 3)
        } else {
            credentials(text, at, word)
        };
        at = match &hit {
            Some(hit) => hit.end,
            // The digits of a percent-encoded octet are no part of the next name.
            None if text[at] == b'%' => (at + 3).min(text.len()),
            None => at + 1,
        };
        name_start = at;
        found.extend(hit);
    }
    found
}

/// Whether an octet may stand in a name of something.
const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Returns true if a field of this name holds cookies.
pub(super) fn is_cookie(name: &[u8]) -> bool {
    name.to_ascii_lowercase().ends_with(b"cookie")
}

/// The length of the blank at `at`, also of one that is percent-encoded; 0 where there is none.
fn blank(text: &[u8], at: usize) -> usize {
    match text.get(at..) {
        Some([b' ' | b'\t', ..]) => 1,
        Some([b'%', b'2', b'0', ..]) => 3,
        _ => 0,
    }
}

fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    // More than a few are a layout, and no name and value.
    for _ in 0..4 {
        at += blank(text, at);
    }
    at
}

/// The length of the quotation mark at `at`, with the backslash of one within a quotation.
fn quote(text: &[u8], at: usize) -> usize {
    match text.get(at..) {
        Some([b'"' | b'\'', ..]) => 1,
        Some([b'\\', b'"' | b'\'', ..]) => 2,
        _ => 0,
    }
}

/// Where the value starts, if what follows a name at `at` parts it from one: `: `, `=`, `%3D`, ` == "`, ` contains "`, also
/// where the name was quoted, or is that of a list.
fn separator(text: &[u8], at: usize) -> Option<usize> {
    let at = skip_blanks(text, skip_index(text, at + quote(text, at)));
    let rest = text.get(at..)?;
    let (length, compares) = match rest {
        // Paths, and schemes of URLs.
        [b':', b':', ..] | [b':', b'/', b'/', ..] => return None,
        [b'=' | b'!' | b'<' | b'>', b'=', ..] => (2, true),
        [b':' | b'=', ..] => (1, false),
        [b'%', b'3', b'a' | b'A' | b'd' | b'D', ..] => (3, false),
        _ if rest.starts_with(CONTAINS) => (CONTAINS.len(), true),
        _ => return None,
    };
    let after = skip_blanks(text, at + length);
    // What a sentence compares is a word; a value is in quotes or brackets, or a number.
    let is_value = |byte: &u8| byte.is_ascii_digit() || b"-[{".contains(byte);
    let named = !compares || quote(text, after) > 0 || text.get(after).is_some_and(is_value);
    named.then_some(after)
}

/// Behind the brackets that follow a name: those of items, and the one of a member in quotes, as in `labels["token"][0]`.
fn skip_index(text: &[u8], mut at: usize) -> usize {
    at += usize::from(text.get(at) == Some(&b']'));
    // All of them together are bounded: what follows a name is looked at for each name.
    let end = text.len().min(at + INDEX_MAX);
    while text.get(at) == Some(&b'[') && at < end {
        let index = &text[at..end];
        match index.iter().position(|byte| *byte == b']') {
            Some(end) => at += end + 1,
            None => break,
        }
    }
    at
}

/// The value that starts at `from`.
fn value(text: &[u8], from: usize, cookie: bool) -> Option<Range<usize>> {
    let opening = quote(text, from);
    let start = from + opening;
    let first = token(text, start);
    let end = if opening > 0 {
        // A quotation goes on to its own mark.
        let mark = text[start - 1];
        let rest = &text[start..];
        let end = rest.iter().enumerate().position(|(index, byte)| {
            let escaped = opening == 1 && index > 0 && rest[index - 1] == b'\\';
            *byte == b'\n' || (*byte == mark && !escaped)
        });
        let end = start + end.unwrap_or(rest.len());
        if opening == 2 && end > start && text[end - 1] == b'\\' {
            end - 1
        } else {
            end
        }
    } else if matches!(text.get(start), Some(b'[' | b'{')) {
        brackets(text, start)
    } else if first == start {
        return None;
    } else if cookie {
        line(text, first)
    } else {
        match scheme(&text[start..first]) {
            Scheme::OneToken => {
                let second = skip_blanks(text, first);
                token(text, second).max(first)
            }
            Scheme::Parameters => line(text, first),
            Scheme::None => first,
        }
    };
    (end > start).then_some(start..end)
}

/// The end of the list or object that starts at `start`; of the line, where it does not end before.
fn brackets(text: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    for (index, byte) in text[start..].iter().enumerate() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b'\n' => return start + index,
            _ => {}
        }
        if depth == 0 {
            return start + index + 1;
        }
    }
    text.len()
}

/// The end of the token that starts at `start`.
fn token(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while let Some(byte) = text.get(end) {
        let ends = byte.is_ascii_whitespace()
            || byte.is_ascii_control()
            || b",;&\"'`<>()[]{}|\\".contains(byte)
            || text[end..].starts_with(CUT)
            || blank(text, end) > 0;
        if ends {
            break;
        }
        end += 1;
    }
    end
}

/// The end of the line, or of the quotation in which it stands.
fn line(text: &[u8], from: usize) -> usize {
    let rest = &text[from..];
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'\r' | b'\n' | b'\0' | b'"' | b'\\'));
    from + end.unwrap_or(rest.len())
}

pub(super) enum Scheme {
    /// The next token belongs to it.
    OneToken,
    /// All of the line does.
    Parameters,
    None,
}

/// The scheme of credentials that `word` names.
pub(super) fn scheme(word: &[u8]) -> Scheme {
    let is = |names: &[&str]| {
        names
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
    };
    if is(&["bearer", "basic", "token", "negotiate", "apikey", "dpop"]) {
        Scheme::OneToken
    } else if is(&["digest"]) || word.starts_with(b"AWS4-") {
        Scheme::Parameters
    } else {
        Scheme::None
    }
}

/// The credentials after a scheme that ends at `at`, and stands where no name says what follows.
fn credentials(text: &[u8], at: usize, word: &[u8]) -> Option<Range<usize>> {
    let bearer = word.eq_ignore_ascii_case(b"bearer");
    if !bearer && !word.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let start = skip_blanks(text, at);
    let end = token(text, start);
    let value = &text[start..end];
    // What stands alone is a word about the scheme; `realm="…"` is a challenge.
    let trimmed = value.trim_ascii_end();
    let words = trimmed
        .strip_suffix(b":")
        .or_else(|| trimmed.strip_suffix(b"."))
        .unwrap_or(trimmed);
    let challenge = value.ends_with(b"=") && quote(text, end) > 0;
    let is_one = if bearer {
        !WORDS.iter().any(|known| words.eq_ignore_ascii_case(known))
    } else {
        value.len() >= CREDENTIALS_MIN && looks_random(words)
    };
    (start > at && !words.is_empty() && !challenge && is_one).then_some(start..end)
}

/// From this length on, a value that a text names is searched for elsewhere too.
const NAMED_MIN: usize = 8;

/// Returns true if a value that a text names is one: a word that follows "token:" in a sentence is not.
pub(super) fn is_value(value: &[u8]) -> bool {
    value.len() >= NAMED_MIN && looks_random(value)
}

/// Whether a value has what English words have not: digits, signs, or capitals within.
fn looks_random(value: &[u8]) -> bool {
    value
        .iter()
        .enumerate()
        .any(|(index, byte)| !byte.is_ascii_lowercase() && (index > 0 || byte.is_ascii_digit()))
}

/// The user, with or without a password, of the URL whose authority starts at `start`.
fn user(text: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || byte.is_ascii_control() || b"/?#\"'<>\\".contains(byte)
    };
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    let at = rest[..end].iter().rposition(|byte| *byte == b'@')?;
    (at > 0).then_some(start..start + at)
}
