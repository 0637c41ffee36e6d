//! Numbers, flags and dumps in messages, turned back into the bytes that they were, and judged: a client that reads
//! text as a length prints a number that is the text.
//!
//! The bytes are few, so they are completed to a body or an opening that begins with them, and the rules say what that
//! is. A length that no such body explains is taken for what it says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::sample::{self, BODIES, OPENINGS};
use crate::diagnosis::{quoted, shape};
use crate::rules;
use crate::wire::Protocol;

/// How far a completion is carried on, in bytes: the longest field whose length is one byte.
const FILLED: usize = 127;

/// The first bytes that a body without prefix may have, where the client did not print it: the tags of the fields 1 to
/// 3 that carry text or messages, and of field 1 that carries a number.
const TAGS: [u8; 4] = [0x0a, 0x12, 0x1a, 0x08];

/// The length in bytes from which on a message is none: nobody sends 256 MiB at once.
const LARGE: u32 = 1 << 28;

/// What bytes were made out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The rule that fires on them.
    pub(super) rule: &'static str,
    /// Why, a fragment.
    pub(super) because: String,
    /// The bytes; empty where there are none.
    pub(super) bytes: Vec<u8>,
}

/// What a length that a client printed was, with the flag before it where the client printed that too.
///
/// A client that looks at the flag first, or at whole messages only, prints the length of a message that is `framed`.
pub(super) fn length(flag: Option<u8>, length: u32, framed: bool) -> Vec<Reading> {
    let four = length.to_be_bytes();
    let shown = match flag {
        Some(flag) => quoted(&[&[flag][..], &four].concat(), 8),
        None => format!("\"?{}", &quoted(&four, 4)[1..]),
    };
    let as_bytes = format!("{length} is 0x{length:08x}, the bytes {shown}");
    let reading = |rule: &'static str, what: &str| Reading {
        rule,
        because: format!("{as_bytes}: {what} where a length prefix belongs"),
        bytes: four.to_vec(),
    };
    let begins = |body: &[u8]| {
        body.get(1..5) == Some(&four[..]) && flag.is_none_or(|flag| body.first() == Some(&flag))
    };
    if !framed
        && let Some(body) = BODIES.iter().find(|body| begins(body))
        && let Some(rule) = fires(body)
    {
        return vec![reading(rule, &describe(body))];
    }
    if !framed && let Some(rule) = as_base64(flag, four) {
        return vec![reading(rule, "base64 text")];
    }
    if let Some(rule) = as_little_endian(flag, length) {
        return vec![Reading {
            rule,
            because: format!(
                "{as_bytes}: read from the other end it is {}, the length of a small message",
                length.swap_bytes()
            ),
            bytes: four.to_vec(),
        }];
    }
    // A prefix for less than 16 MiB starts with two zeroes, which no text and hardly a message does.
    if !framed
        && length >= 1 << 24
        && let Some(reading) = unframed(flag, four, &reading)
    {
        return vec![reading];
    }
    let (names, what) = if length < LARGE {
        (
            ["oversized-message", "truncated-message"],
            "a message that is really as large as that, or a prefix that promises more than there is",
        )
    } else {
        (
            ["unrecognised-body", "truncated-message"],
            "bytes that are no length prefix",
        )
    };
    let known = names.into_iter().find_map(rules::rule);
    known
        .map(|rule| Reading {
            rule: rule.name,
            because: format!("{as_bytes}, which read as nothing else: {what}"),
            bytes: four.to_vec(),
        })
        .into_iter()
        .collect()
}

/// What bytes were that nobody framed: text, or a message.
fn unframed(
    flag: Option<u8>,
    four: [u8; 4],
    reading: &dyn Fn(&'static str, &str) -> Reading,
) -> Option<Reading> {
    let text = four
        .iter()
        .all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n'));
    let bare = || {
        let tags = flag.map_or(TAGS.to_vec(), |flag| vec![flag]);
        tags.into_iter()
            .find_map(|tag| completed(&[&[tag][..], &four].concat()))
    };
    // Text does not start with a control character after its first letter, and a field's length often is one.
    let control_first = four[0] < b' ';
    if (control_first || !text)
        && let Some(rule) = bare()
    {
        return Some(reading(rule, "a protobuf message without its prefix"));
    }
    if text {
        return Some(reading("text-body", "plain text"));
    }
    None
}

/// What a compressed flag that a client printed was the first byte of.
pub(super) fn flag(flag: u8) -> Vec<Reading> {
    let shown = match flag {
        b' '..=b'~' => format!("{flag} is the byte 0x{flag:02x}, {:?}", char::from(flag)),
        _ => format!("{flag} is the byte 0x{flag:02x}"),
    };
    let reading = |rule: &'static str, what: String| Reading {
        rule,
        because: format!("{shown}: {what}"),
        bytes: vec![flag],
    };
    let mut found: Vec<Reading> = Vec::new();
    for body in BODIES.iter().filter(|body| body.first() == Some(&flag)) {
        if let Some(rule) = fires(body)
            && !found.iter().any(|reading| reading.rule == rule)
        {
            let what = format!("{} may start so, {}", describe(body), quoted(body, 12));
            found.push(reading(rule, what));
        }
    }
    if !found.is_empty() {
        return found;
    }
    if let b' '..=b'~' = flag {
        return vec![reading(
            "text-body",
            "text stands where a flag belongs".to_owned(),
        )];
    }
    let bare = (0..=FILLED).find_map(|count| {
        let body = [&[flag, 1][..], &vec![b'a'; count]].concat();
        fires(&body).filter(|rule| *rule == "missing-length-prefix")
    });
    vec![match bare {
        Some(rule) => reading(
            rule,
            format!(
                "a message without its prefix, whose first field has the number {}, may start so",
                flag >> 3
            ),
        ),
        None => reading(
            "unrecognised-body",
            "not the start of any text or message".to_owned(),
        ),
    }]
}

/// What the start of a body was that a client quoted.
pub(super) fn body(bytes: &[u8]) -> Vec<Reading> {
    let found = sample::findings(bytes).into_iter().map(|finding| Reading {
        rule: finding.rule.name,
        because: finding.message,
        bytes: bytes.to_vec(),
    });
    found.collect()
}

/// What the first bytes of a peer were that a client dumped.
pub(super) fn opening(bytes: &[u8]) -> Option<Reading> {
    let whole = OPENINGS.iter().find(|opening| opening.starts_with(bytes));
    let protocol = sample::opening(whole.copied().unwrap_or(bytes))
        .or_else(|| sample::opening(bytes))
        .map(|foreign| foreign.protocol);
    let shown = quoted(bytes, 16);
    let (rule, what) = match protocol {
        Some(protocol) => (opening_rule(protocol, bytes), sample::describe(protocol)),
        None if bytes.len() >= 5 && bytes[3] != 4 => (
            "first-frame-not-settings",
            "an HTTP/2 frame, and no SETTINGS",
        ),
        None if bytes.len() >= 5 && bytes[4] & 1 == 1 => (
            "first-frame-not-settings",
            "the acknowledgement of SETTINGS, before the server's own",
        ),
        None => return None,
    };
    Some(Reading {
        rule: rules::rule(rule)?.name,
        because: format!("the first bytes are {shown}: {what}"),
        bytes: bytes.to_vec(),
    })
}

/// What a TLS client got for a record: plaintext, and of what.
pub(super) fn record(bytes: &[u8]) -> Reading {
    let what = match sample::opening(bytes) {
        Some(foreign) => sample::describe(foreign.protocol),
        None => "an HTTP/2 frame in plaintext",
    };
    Reading {
        rule: "not-a-tls-server",
        because: format!("the server answered TLS with {}: {what}", quoted(bytes, 16)),
        bytes: bytes.to_vec(),
    }
}

/// What the length of a frame was, of which a client got its first three bytes.
pub(super) fn frame_length(length: u32) -> Option<Reading> {
    let [_, start @ ..] = length.to_be_bytes();
    let mut reading = opening(&start)?;
    reading.because = format!("{length} is 0x{length:06x}; {}", reading.because);
    Some(reading)
}

/// What the type of a frame was, of which a client got its fourth byte.
pub(super) fn frame_kind(kind: u8) -> Option<Reading> {
    let whole = OPENINGS
        .iter()
        .find(|opening| opening.get(3) == Some(&kind))?;
    let mut reading = opening(whole)?;
    reading.because = format!("{kind} is the fourth byte of {}", quoted(whole, 8));
    reading.bytes = vec![kind];
    Some(reading)
}

/// What the length of a TLS record was, of which a client got the fourth and the fifth byte.
pub(super) fn record_length(length: u16) -> Option<Reading> {
    let two = length.to_be_bytes();
    let whole = OPENINGS
        .iter()
        .find(|opening| opening.get(3..5) == Some(&two[..]))?;
    let mut reading = record(whole);
    reading.because = format!(
        "{length} is 0x{length:04x}, the fourth and fifth byte of {}",
        quoted(whole, 8)
    );
    reading.bytes = two.to_vec();
    Some(reading)
}

fn opening_rule(protocol: Protocol, bytes: &[u8]) -> &'static str {
    match protocol {
        Protocol::Http1Response | Protocol::Http1Request => "http1-answer",
        Protocol::TlsAlert { .. } | Protocol::TlsRecord => "tls-answer",
        Protocol::Text if bytes.starts_with(b"<") => "http1-answer",
        _ => "foreign-protocol",
    }
}

/// The first rule that fires on a body.
fn fires(body: &[u8]) -> Option<&'static str> {
    let found = sample::findings(body);
    found.first().map(|finding| finding.rule.name)
}

fn describe(body: &[u8]) -> String {
    if body.starts_with(b"\x1f\x8b") {
        return "a body compressed as a whole (gzip)".to_owned();
    }
    match (fires(body), shape::text_kind(body)) {
        (Some("text-body"), Some(kind)) => kind.describe().to_owned(),
        (Some(rule), _) => rules::rule(rule).map_or_else(String::new, |rule| {
            rule.summary
                .trim_start_matches("the ")
                .replace("body is ", "")
                .to_owned()
        }),
        _ => "another body".to_owned(),
    }
}

/// Whether bytes go on to a protobuf message that nobody framed.
fn completed(start: &[u8]) -> Option<&'static str> {
    (0..=FILLED).find_map(|count| {
        let body = [start, &vec![b'a'; count]].concat();
        fires(&body).filter(|rule| *rule == "missing-length-prefix")
    })
}

/// Whether four characters go on to base64 of a gRPC body or of a message.
fn as_base64(flag: Option<u8>, four: [u8; 4]) -> Option<&'static str> {
    // The first characters of base64 whose first byte is a flag, a gRPC-Web flag, or the tag of a field.
    let firsts = flag.map_or(b"AgCEG".to_vec(), |flag| vec![flag]);
    firsts.into_iter().find_map(|first| {
        let text = [&[first][..], &four, b"AAA"].concat();
        let start = STANDARD.decode(&text).ok()?;
        // A message's text goes on where a frame's zeroes do.
        let framed = fires(&text).filter(|rule| *rule == "undecoded-base64");
        framed.or_else(|| {
            (0..=FILLED).find_map(|count| {
                let inner = [&start[..4], &vec![b'a'; count]].concat();
                fires(STANDARD.encode(inner).as_bytes()).filter(|rule| *rule == "undecoded-base64")
            })
        })
    })
}

/// Whether a length is one that was written from the other end.
fn as_little_endian(flag: Option<u8>, length: u32) -> Option<&'static str> {
    let size = usize::try_from(length.swap_bytes())
        .ok()
        .filter(|size| (1..=0xffff).contains(size))?;
    let mut body = vec![flag.unwrap_or(0)];
    body.extend(length.to_be_bytes());
    body.resize(body.len() + size, b'a');
    fires(&body).filter(|rule| *rule == "little-endian-prefix")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(number: u32) -> &'static str {
        length(None, number, false)[0].rule
    }

    #[test]
    fn lengths_are_the_text_that_they_were() {
        for (number, name) in [
            (1_701_604_463, "text-body"),
            (0x7a65_6974, "text-body"),
            (1_752_460_652, "text-body"),
            (577_594_739, "text-body"),
            (222_848_364, "missing-length-prefix"),
            (88_630_636, "missing-length-prefix"),
            (0x2a0a_2801, "missing-length-prefix"),
            (1_094_795_585, "undecoded-base64"),
            (1_094_795_589, "undecoded-base64"),
            (1_363_231_041, "undecoded-base64"),
            (1_733_708_122, "undecoded-base64"),
            (0x0f00_0000, "little-endian-prefix"),
            (5_000_000, "oversized-message"),
            (9_014_796, "oversized-message"),
        ] {
            assert_eq!(rule(number), name, "{number}");
        }
    }

    #[test]
    fn flags_are_the_byte_that_they_were() {
        for (byte, name) in [
            (72, "text-body"),
            (60, "text-body"),
            (123, "text-body"),
            (b'~', "text-body"),
            (10, "missing-length-prefix"),
            (8, "missing-length-prefix"),
            (34, "quoted-base64"),
            (65, "undecoded-base64"),
            (128, "web-trailer-frame"),
            (2, "reserved-flag-bits"),
            (31, "unrecognised-body"),
            (255, "unrecognised-body"),
        ] {
            assert_eq!(flag(byte)[0].rule, name, "{byte}");
        }
    }

    #[test]
    fn openings_are_what_the_peer_speaks() {
        let dump = |hex: &str| opening(&hex::decode(hex).unwrap()).map(|reading| reading.rule);
        assert_eq!(dump("485454502f"), Some("http1-answer"));
        assert_eq!(dump("1503010002"), Some("tls-answer"));
        assert_eq!(dump("5353482d32"), Some("foreign-protocol"));
        assert_eq!(dump("0000000401"), Some("first-frame-not-settings"));
        assert_eq!(dump("0000120400"), None);
        assert_eq!(frame_length(4_740_180).unwrap().rule, "http1-answer");
        assert_eq!(frame_kind(80).unwrap().rule, "http1-answer");
        assert_eq!(record_length(20_527).unwrap().rule, "not-a-tls-server");
        assert!(record(b"\0\0\x12\x04\0").because.contains("HTTP/2"));
    }
}
