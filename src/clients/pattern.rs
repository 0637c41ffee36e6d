//! Messages with holes, filled from a call or found again in a text.
//!
//! A hole is a name in braces: `received message larger than max ({length} vs. {limit})`. The name says what may stand
//! in it. Braces around anything but lower-case letters and dashes are braces.

/// How far a hole of free text reaches, in bytes: more than any client prints in one place.
const REACH: usize = 4096;

/// How often the start of a message is looked for in a text that has it again and again.
const TRIES: usize = 64;

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'m> {
    Literal(&'m str),
    Hole(&'m str),
}

/// A message found in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Found<'t> {
    /// Where it starts.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// How many characters of it are fixed: the more, the surer.
    pub(super) weight: usize,
    holes: Vec<(&'static str, &'t str)>,
}

impl<'t> Found<'t> {
    /// What stands in a hole.
    pub(super) fn hole(&self, name: &str) -> Option<&'t str> {
        self.holes
            .iter()
            .find(|(hole, _)| *hole == name)
            .map(|(_, value)| *value)
    }

    /// The number in a hole.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.hole(name)?.parse().ok()
    }
}

/// The pieces of a message, in order.
fn parts(message: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut literal = 0;
    let mut at = 0;
    while let Some(open) = message[at..].find('{').map(|open| at + open) {
        at = open + 1;
        let Some(length) = message[at..].find('}') else {
            break;
        };
        let name = &message[at..at + length];
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            continue;
        }
        if open > literal {
            parts.push(Part::Literal(&message[literal..open]));
        }
        parts.push(Part::Hole(name));
        at += length + 1;
        literal = at;
    }
    if literal < message.len() {
        parts.push(Part::Literal(&message[literal..]));
    }
    parts
}

/// The message with its holes filled; `None` where a value is missing.
pub(super) fn fill(message: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::with_capacity(message.len());
    for part in parts(message) {
        match part {
            Part::Literal(text) => filled.push_str(text),
            Part::Hole(name) => filled.push_str(&value(name)?),
        }
    }
    Some(filled)
}

/// Finds a message in a text whose white space is single spaces.
pub(super) fn find<'t>(message: &'static str, text: &'t str) -> Option<Found<'t>> {
    let parts = parts(message);
    // A hole in front takes whatever stands there, and tells nothing.
    let skip = usize::from(matches!(parts.first(), Some(Part::Hole(_))));
    let parts = &parts[skip.min(parts.len())..];
    let Some(Part::Literal(first)) = parts.first() else {
        return None;
    };
    text.match_indices(first)
        .take(TRIES)
        .find_map(|(start, _)| {
            let mut found = Found {
                start,
                end: start,
                ..Found::default()
            };
            take(parts, text, &mut found).then_some(found)
        })
}

/// Takes the pieces one after the other from where `found` ends.
fn take<'t>(parts: &[Part<'static>], text: &'t str, found: &mut Found<'t>) -> bool {
    for (index, part) in parts.iter().enumerate() {
        let rest = &text[found.end..];
        let length = match part {
            Part::Literal(literal) if rest.starts_with(literal) => {
                found.weight += literal.len();
                literal.len()
            }
            Part::Literal(_) => return false,
            Part::Hole(name) => {
                let next = match parts.get(index + 1) {
                    Some(Part::Literal(next)) => Some(*next),
                    _ => None,
                };
                let Some(length) = hole(name, rest, next) else {
                    return false;
                };
                found.holes.push((name, &rest[..length]));
                length
            }
        };
        found.end += length;
    }
    true
}

/// How much of a text a hole takes.
fn hole(name: &str, text: &str, next: Option<&str>) -> Option<usize> {
    let run = |is: fn(char) -> bool| text.find(|c| !is(c)).unwrap_or(text.len());
    let length = match name {
        "length" | "signed-length" | "record-length" | "frame-length" | "frame-kind" | "limit"
        | "flag" | "status" | "received" | "size" | "stream" | "number" => {
            let sign = usize::from(text.starts_with('-'));
            let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 { 0 } else { sign + digits }
        }
        "hex" | "dump" | "record-dump" | "flag-hex" => run(|c| c.is_ascii_hexdigit()),
        "code" | "reset" | "name" => run(|c| c.is_ascii_alphanumeric() || c == '_'),
        "body" => return Some(quoted(text)),
        _ => {
            let mut end = text.len().min(REACH);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            return match next {
                Some(next) => text[..end].find(next),
                None => Some(end),
            };
        }
    };
    (length > 0).then_some(length)
}

/// How far a quoted string reaches whose opening quote was taken.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' if !escaped => return at,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGER: &str = "received message larger than max ({length} vs. {limit})";

    #[test]
    fn a_message_is_filled_and_found_again() {
        let value = |name: &str| (name != "other").then(|| "7".to_owned());
        let filled = fill(LARGER, &value).unwrap();
        assert_eq!(filled, "received message larger than max (7 vs. 7)");
        assert_eq!(fill("{other}", &value), None);
        let text = format!("grpc: received message larger than {filled}!");
        let found = find(LARGER, &text).unwrap();
        assert_eq!(found.number("length"), Some(7));
        assert_eq!(&text[found.start..found.end], filled);
        assert!(find(LARGER, "received message larger than max (x vs. 7)").is_none());
    }

    #[test]
    fn holes_of_text_end_where_the_message_goes_on() {
        let message = "content-type \"{content-type}\" data: \"{body}\"";
        let found = find(
            message,
            "a content-type \"text/html\" data: \"<a b=\\\"c\\\">\" z",
        )
        .unwrap();
        assert_eq!(found.hole("content-type"), Some("text/html"));
        assert_eq!(found.hole("body"), Some("<a b=\\\"c\\\">"));
        assert!(find("Metadata({}) {code}", "Metadata({}) X").is_some());
    }
}
