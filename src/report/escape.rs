//! The only way in which wire bytes become text on an output.
//!
//! What a peer sent may hold terminal sequences, characters that turn the reading direction, line breaks that forge a
//! line of the report, or commands that a build server would run. None of them leaves here as it came.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter};

/// Room for a line of JSON, in bytes: that of a frame with its fields, or of a call without messages.
const LINE: usize = 2 * 1024;

/// Characters that cannot be seen, or that change how others are seen: format characters (Unicode category Cf), the
/// separators of lines and paragraphs, variation selectors and the blank fillers. Controls are told by `is_control`.
const UNSEEN: [(char, char); 26] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
    ('\u{10fffe}', '\u{10ffff}'),
];

/// Text for one line of a terminal or a log: what is unseen or unsafe stands escaped, as `\n`, `\x1b`, `\u{202e}`.
#[must_use]
pub fn text(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if opens_command(&escaped, rest) {
            escaped.push_str("\\x23");
        } else {
            push(&mut escaped, letter);
        }
        rest = &rest[letter.len_utf8()..];
    }
    escaped
}

/// Wire bytes for one line of a terminal or a log: UTF-8 as by [`text()`], other bytes as `\xNN`.
#[must_use]
pub fn bytes(bytes: &[u8]) -> String {
    let mut escaped = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        escaped.push_str(&text(chunk.valid()));
        for byte in chunk.invalid() {
            escaped.push_str(&format!("\\x{byte:02x}"));
        }
    }
    escaped
}

/// Wire bytes that are to be shown as the lines that they are, each as by [`bytes()`]. At most `limit` of them, so that
/// text of nothing but line ends costs no more than other text.
#[must_use]
pub fn lines(wire: &[u8], limit: usize) -> Vec<String> {
    wire.split(|byte| *byte == b'\n')
        .take(limit)
        .map(|line| bytes(line.strip_suffix(b"\r").unwrap_or(line)))
        .collect()
}

/// Wire bytes as the value of a JSON string, and whether bytes that are no UTF-8 stand escaped in it. What is UTF-8
/// keeps its value; [`json()`] keeps it harmless.
#[must_use]
pub fn json_value(wire: &[u8]) -> (String, bool) {
    match std::str::from_utf8(wire) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (bytes(wire), true),
    }
}

/// A JSON document, indented, that can be printed to a terminal: what [`text()`] would escape stands as `\uNNNN`, so
/// that the document is harmless to look at and means the same. Ends without a line end.
///
/// # Errors
/// Where the value has no JSON form, as a map whose keys are no strings.
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::new();
    let formatter = Harmless(PrettyFormatter::new());
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut out, formatter,
    ))?;
    String::from_utf8(out).map_err(|error| serde::ser::Error::custom(error.to_string()))
}

/// The same on one line, for JSON lines.
///
/// # Errors
/// As [`json()`].
pub fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::with_capacity(LINE);
    let formatter = Harmless(CompactFormatter);
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut out, formatter,
    ))?;
    String::from_utf8(out).map_err(|error| serde::ser::Error::custom(error.to_string()))
}

/// Keeps a finished line from being a command to a build server: GitHub runs a line that starts with `::name`, however
/// far it is indented, and where a line starts is only known once it is laid out.
#[must_use]
pub fn line(line: String) -> String {
    let indent = line.len() - line.trim_start().len();
    let command = line[indent..]
        .strip_prefix("::")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    if command {
        format!("{}\\x3a{}", &line[..indent], &line[indent + 1..])
    } else {
        line
    }
}

/// Whether a text is plainly harmless, as most are: printable ASCII, without the sign that commands begin with.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'#')
}

/// Whether the text so far and the text that follows form the start of a command that build servers find anywhere in a
/// line: `##[…`, `##vso[…`, `##teamcity[…`.
fn opens_command(before: &str, rest: &str) -> bool {
    before.ends_with('#')
        && rest.strip_prefix('#').is_some_and(|rest| {
            rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric())
                .starts_with('[')
        })
}

fn is_hazard(letter: char) -> bool {
    letter.is_control()
        || UNSEEN
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&letter))
}

fn push(escaped: &mut String, letter: char) {
    match letter {
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        letter if letter.is_ascii_control() => {
            escaped.push_str(&format!("\\x{:02x}", letter as u32));
        }
        letter if is_hazard(letter) => escaped.push_str(&format!("\\u{{{:x}}}", letter as u32)),
        letter => escaped.push(letter),
    }
}

/// Writes JSON strings without a character that a terminal would act on.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if is_plain(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut before = '\0';
        let mut written = 0;
        for (at, letter) in fragment.char_indices() {
            if is_hazard(letter) || (letter == '#' && before == '#') {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                written = at + letter.len_utf8();
            }
            before = letter;
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unseen_stands_escaped() {
        for (wire, shown) in [
            (
                "plain text, gr\u{fc}n \u{1f600}",
                "plain text, gr\u{fc}n \u{1f600}",
            ),
            ("ok\n  \u{2713} tls", "ok\\n  \u{2713} tls"),
            ("a\rb\tc", "a\\rb\\tc"),
            (
                "\x1b[31mred\x1b]0;title\x07",
                "\\x1b[31mred\\x1b]0;title\\x07",
            ),
            ("\0\x7f", "\\x00\\x7f"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{85}", "\\u{85}"),
            ("a\u{202e}txt.exe\u{202c}", "a\\u{202e}txt.exe\\u{202c}"),
            (
                "\u{2066}x\u{2069}\u{200f}\u{61c}",
                "\\u{2066}x\\u{2069}\\u{200f}\\u{61c}",
            ),
            ("pass\u{200b}word\u{feff}", "pass\\u{200b}word\\u{feff}"),
            ("one\u{2028}two\u{2029}", "one\\u{2028}two\\u{2029}"),
            ("\u{e0041}\u{fe0f}\u{ad}", "\\u{e0041}\\u{fe0f}\\u{ad}"),
            (
                "##[error]x ##vso[task]y ### z",
                "#\\x23[error]x #\\x23vso[task]y ### z",
            ),
        ] {
            assert_eq!(text(wire), shown);
            assert_eq!(bytes(wire.as_bytes()), shown);
        }
    }

    #[test]
    fn bytes_that_are_no_utf8() {
        assert_eq!(bytes(b"caf\xe9 \xf0\x9f"), "caf\\xe9 \\xf0\\x9f");
        assert_eq!(bytes(b"\xed\xa0\x80"), "\\xed\\xa0\\x80");
        assert_eq!(json_value(b"a\x1b\xff"), ("a\\x1b\\xff".to_owned(), true));
        assert_eq!(json_value(b"a\x1b"), ("a\x1b".to_owned(), false));
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(
            lines(b"HTTP/1.1 400\r\nx: \x1b[1m\r\n\r\nbody", 9),
            ["HTTP/1.1 400", "x: \\x1b[1m", "", "body"]
        );
        assert_eq!(lines(b"a\nb\nc", 2), ["a", "b"]);
    }

    #[test]
    fn commands_to_build_servers_do_not_start_a_line() {
        assert_eq!(line("  ::error::x".to_owned()), "  \\x3a:error::x");
        assert_eq!(line("::1 refused".to_owned()), "::1 refused");
        assert_eq!(line("tonic::Status".to_owned()), "tonic::Status");
    }

    #[test]
    fn documents_are_harmless_and_mean_the_same() {
        let value = serde_json::json!({
            "\u{202e}key": ["\x1b[0m\u{9b}\u{2028}\u{e0041}\"\\", "##[error]"],
            "n": [], "m": {}, "k": 1.5,
        });
        for document in [json(&value).unwrap(), json_line(&value).unwrap()] {
            assert!(
                document.chars().all(|c| c == '\n' || !is_hazard(c)),
                "{document}"
            );
            assert!(!document.contains("##["));
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&document).unwrap(),
                value
            );
        }
        assert!(!json_line(&value).unwrap().contains('\n'));
    }
}
