//! Values of secrets, found again in whatever surrounds, cuts or encodes them.
//!
//! A value is known by its windows: all runs of [`WINDOW`] bytes in it. Any eight bytes of a secret are so found by
//! themselves, wherever a frame, a quotation or a dump begins or ends. A text is searched as it stands, and as what its
//! escapes, its base64 and its hexadecimal digits decode to. One pass does it, in time linear in the text.

use std::collections::HashSet;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::escapes::unescape;
use super::scrub::CUT;

/// The bytes of a window.
const WINDOW: usize = 8;

/// Shorter values are not searched for: they stand in too many words.
pub(super) const VALUE_MIN: usize = 4;

/// How many windows of one party are kept, which takes about a MiB: 64 values of a KiB each. A call has one or two; a
/// peer that sends thousands of cookies would make the search the work of the run. Those beyond are hidden in their
/// fields all the same.
const WINDOWS_MAX: usize = 65_536;

/// How many values of the client are kept: more than the fields of any request.
const CLIENT_MAX: usize = 4_096;

/// How many values of the peer are kept.
pub(super) const PEER_MAX: usize = 64;

/// The characters of base64 that hold a window: 64 bits and what remains of the byte before or after.
const BASE64_WINDOW: usize = 11;

/// The hexadecimal digits that hold a window.
const HEX_WINDOW: usize = 2 * WINDOW;

/// Values to be searched for.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// The windows, each as the number that its bytes are.
    windows: HashSet<u64>,
    /// Values of four to seven bytes, by length, and the base64 of those.
    words: [HashSet<u64>; WINDOW - VALUE_MIN],
    /// Starts of values that are as short, for texts that are cut within one.
    starts: [HashSet<u64>; WINDOW - VALUE_MIN],
    /// A bit for each value of [`filter_bit`]: most bytes end neither a window nor a word.
    filter: Vec<u64>,
    /// Per party, how many values and windows there are: what the peer sends must not keep ours from being known.
    ours: Count,
    theirs: Count,
}

/// What is kept of one party.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    values: usize,
    windows: usize,
}

/// Whose secret a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The user's, or what the client sent.
    Client,
    /// The peer's, such as a session that it opens.
    Peer,
}

/// Up to eight bytes as a number.
fn number_of(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The length of the filter, of 65,536 bits.
const FILTER_WORDS: usize = 1024;

/// The place in the filter of what ends with these bytes: by the last four, which words have too.
const fn filter_bit(key: u64) -> (usize, u64) {
    let mixed = (key as u32).wrapping_mul(0x9e37_79b1) >> 16;
    (mixed as usize / 64, 1 << (mixed % 64))
}

/// The last `length` bytes of a key.
const fn tail(key: u64, length: usize) -> u64 {
    key & ((1 << (8 * length)) - 1)
}

impl Values {
    pub(super) fn is_empty(&self) -> bool {
        self.filter.is_empty()
    }

    /// Returns true if no more values of the client are kept.
    pub(super) const fn are_full(&self) -> bool {
        self.ours.values >= CLIENT_MAX || self.ours.windows >= WINDOWS_MAX
    }

    /// Adds a value, unless it is known or too short to be searched for.
    pub(super) fn add(&mut self, value: &[u8], owner: Owner) {
        let (count, most) = match owner {
            Owner::Client => (self.ours, CLIENT_MAX),
            Owner::Peer => (self.theirs, PEER_MAX),
        };
        if value.len() < VALUE_MIN || count.values >= most || self.know(value) {
            return;
        }
        self.filter.resize(FILTER_WORDS, 0);
        let before = self.windows.len();
        let room = WINDOWS_MAX.saturating_sub(count.windows);
        if value.len() < WINDOW {
            // Too short for a window of what encodes it, so that the encoded text is searched for.
            let digits = hex::encode(value);
            self.add_form(value, room);
            for form in [
                digits.to_ascii_uppercase(),
                digits,
                STANDARD_NO_PAD.encode(value),
                URL_SAFE_NO_PAD.encode(value),
            ] {
                self.add_form(form.as_bytes(), room);
            }
        } else {
            self.add_form(value, room);
            for length in VALUE_MIN..WINDOW {
                self.starts[length - VALUE_MIN].insert(number_of(&value[..length]));
            }
        }
        let count = match owner {
            Owner::Client => &mut self.ours,
            Owner::Peer => &mut self.theirs,
        };
        count.values += 1;
        count.windows += self.windows.len() - before;
    }

    fn know(&self, value: &[u8]) -> bool {
        match value.len().checked_sub(VALUE_MIN) {
            Some(index) if index < self.words.len() => {
                self.words[index].contains(&number_of(value))
            }
            _ => value
                .windows(WINDOW)
                .all(|window| self.windows.contains(&number_of(window))),
        }
    }

    fn add_form(&mut self, form: &[u8], room: usize) {
        let mut mark = |key| {
            let (at, bit) = filter_bit(key);
            self.filter[at] |= bit;
        };
        if form.len() < WINDOW {
            let key = number_of(form);
            mark(key);
            self.words[form.len() - VALUE_MIN].insert(key);
            return;
        }
        for window in form.windows(WINDOW).take(room) {
            let key = number_of(window);
            mark(key);
            self.windows.insert(key);
        }
    }

    fn may_end(&self, key: u64) -> bool {
        let (at, bit) = filter_bit(key);
        self.filter.get(at).is_some_and(|bits| bits & bit != 0)
    }

    fn has(&self, key: u64) -> bool {
        self.may_end(key) && self.windows.contains(&key)
    }

    /// The lengths of the words that `key`, the last `count` bytes, ends with.
    fn words_at(&self, key: u64, count: usize) -> impl Iterator<Item = usize> {
        let lengths = VALUE_MIN..WINDOW;
        lengths.filter(move |length| {
            count >= *length && self.words[length - VALUE_MIN].contains(&tail(key, *length))
        })
    }

    /// The bytes of `text` that belong to a value, in order and apart. `whole_words`: values of less than eight bytes
    /// are found only where no letter or digit touches them.
    pub(super) fn find(&self, text: &[u8], whole_words: bool) -> Vec<Range<usize>> {
        let mut found = Found::default();
        if self.is_empty() {
            return found.ranges;
        }
        self.find_plain(text, whole_words, &mut found);
        if whole_words {
            for cut in memchr::memmem::find_iter(text, CUT) {
                found.ranges.extend(self.start_before(text, cut));
            }
            found.ranges = merged(found.ranges);
        }
        if memchr::memchr3(b'%', b'\\', b'&', text).is_some() {
            let mut escaped = Found::default();
            self.find_escaped(text, whole_words, &mut escaped);
            found = found.and(escaped);
        }
        found.ranges
    }

    /// The start of a value that stands before the mark of a cut.
    fn start_before(&self, text: &[u8], cut: usize) -> Option<Range<usize>> {
        (VALUE_MIN..WINDOW).rev().find_map(|length| {
            let start = cut.checked_sub(length)?;
            let known = &self.starts[length - VALUE_MIN];
            known
                .contains(&number_of(&text[start..cut]))
                .then_some(start..cut)
        })
    }

    /// Finds values as they are, and in base64 and hexadecimal digits.
    fn find_plain(&self, text: &[u8], whole_words: bool, found: &mut Found) {
        let mut key = 0_u64;
        let (mut sextets, mut base64) = (0_u128, 0_usize);
        let (mut nibbles, mut digits) = (0_u64, 0_usize);
        for (at, byte) in text.iter().enumerate() {
            let end = at + 1;
            key = key << 8 | u64::from(*byte);
            if self.may_end(key) {
                if end >= WINDOW && self.windows.contains(&key) {
                    found.push(end - WINDOW..end);
                }
                for length in self.words_at(key, end) {
                    let range = end - length..end;
                    if !whole_words || is_whole_word(text, &range) {
                        found.push(range);
                    }
                }
            }
            match sextet(*byte) {
                Some(sextet) => {
                    sextets = sextets << 6 | u128::from(sextet);
                    base64 += 1;
                    // Where the text began is not known: a byte may end with the character, or two or four bits
                    // before its end.
                    for rest in [0, 2, 4] {
                        let length = BASE64_WINDOW + usize::from(rest == 4);
                        if base64 >= length && self.has((sextets >> rest) as u64) {
                            found.push(end - length..end);
                        }
                    }
                }
                None => base64 = 0,
            }
            match char::from(*byte).to_digit(16) {
                Some(digit) => {
                    nibbles = nibbles << 4 | u64::from(digit);
                    digits += 1;
                    if digits >= HEX_WINDOW && self.has(nibbles) {
                        found.push(end - HEX_WINDOW..end);
                    }
                }
                None => digits = 0,
            }
        }
    }

    /// Finds values in what the escapes of a text stand for.
    fn find_escaped(&self, text: &[u8], whole_words: bool, found: &mut Found) {
        let mut key = 0_u64;
        let mut count = 0;
        // Where each of the last bytes begins in the text.
        let mut starts = [0_usize; WINDOW];
        let mut at = 0;
        while at < text.len() {
            let (bytes, length, consumed) = unescape(&text[at..]);
            for byte in &bytes[..length] {
                key = key << 8 | u64::from(*byte);
                starts[count % WINDOW] = at;
                count += 1;
                let end = at + consumed;
                if !self.may_end(key) {
                    continue;
                }
                if count >= WINDOW && self.windows.contains(&key) {
                    found.push(starts[count % WINDOW]..end);
                }
                for length in self.words_at(key, count) {
                    let range = starts[(count - length) % WINDOW]..end;
                    if !whole_words || is_whole_word(text, &range) {
                        found.push(range);
                    }
                }
            }
            at += consumed;
        }
    }
}

/// Returns true if no letter or digit touches the range.
fn is_whole_word(text: &[u8], range: &Range<usize>) -> bool {
    let joins =
        |byte: Option<&u8>| byte.is_some_and(|it| it.is_ascii_alphanumeric() || *it >= 0x80);
    let before = range.start.checked_sub(1).and_then(|at| text.get(at));
    let is_cut = text[range.end..].starts_with(CUT);
    !joins(before) && (is_cut || !joins(text.get(range.end)))
}

/// The six bits of a character of base64, of the usual alphabet or the one for URLs.
const fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Ranges in the order of their ends, of which those that touch are one.
#[derive(Debug, Default)]
struct Found {
    ranges: Vec<Range<usize>>,
}

impl Found {
    fn push(&mut self, mut range: Range<usize>) {
        while let Some(last) = self.ranges.pop_if(|last| last.end >= range.start) {
            range = last.start.min(range.start)..last.end.max(range.end);
        }
        self.ranges.push(range);
    }

    fn and(self, other: Self) -> Self {
        let ranges = merged(self.ranges.into_iter().chain(other.ranges).collect());
        Self { ranges }
    }
}

/// Ranges in order, of which those that touch are one.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    ranges.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[&str]) -> Values {
        let mut all = Values::default();
        for value in values {
            all.add(value.as_bytes(), Owner::Client);
        }
        all
    }

    /// The text with a star for each byte that was found.
    fn masked(values: &Values, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for range in values.find(text.as_bytes(), false) {
            bytes[range].fill(b'*');
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn any_eight_bytes_of_a_value_are_found() {
        let values = values(&["0123456789abcdef"]);
        for (text, shown) in [
            ("<0123456789abcdef>", "<****************>"),
            ("<01234567", "<********"),
            ("3456789abx", "*********x"),
            ("0123456", "0123456"),
            ("89abcdef0123456789abcdef", "************************"),
        ] {
            assert_eq!(masked(&values, text), shown, "{text}");
        }
    }

    #[test]
    fn values_are_found_in_every_encoding() {
        let secret = "cl\u{e9} \"x\"/<y>\\z\u{1f511}&\n";
        let values = values(&[secret]);
        let bytes: Vec<String> = secret.bytes().map(|it| format!("{it:03o}")).collect();
        for form in [
            secret.to_owned(),
            "cl\\u00e9 \\\"x\\\"\\/<y>\\\\z\\ud83d\\udd11&\\n".to_owned(),
            "cl%C3%A9%20%22x%22%2F%3Cy%3E%5Cz%F0%9F%94%91%26%0A".to_owned(),
            "cl%c3%a9 \"x\"/<y>\\z%f0%9f%94%91&%0a".to_owned(),
            "cl&#233; &quot;x&#x22;/&lt;y&gt;\\z&#128273;&amp;&#10;".to_owned(),
            "cl\\xc3\\xa9 \\\"x\\\"/<y>\\\\z\\U0001F511&\\n".to_owned(),
            format!("\\{}", bytes.join("\\")),
            secret.escape_default().to_string(),
            format!("{secret:?}").trim_matches('"').to_owned(),
        ] {
            assert_eq!(masked(&values, &form), "*".repeat(form.len()), "{form}");
        }
    }

    #[test]
    fn values_are_found_in_base64_and_hex_at_every_place() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let values = values(&["s3cr3t-v\u{e4}lue>?~"]);
        for before in 0..4 {
            let text = format!("{}s3cr3t-v\u{e4}lue>?~{}", "<".repeat(before), "end");
            for form in [
                STANDARD.encode(&text),
                URL_SAFE_NO_PAD.encode(&text),
                hex::encode(&text),
                hex::encode_upper(&text),
            ] {
                let shown = masked(&values, &form);
                let left = shown.bytes().filter(|byte| *byte != b'*').count();
                assert!(left <= 2 * (before + 3) + 4, "{form} {shown}");
            }
        }
    }

    #[test]
    fn short_values() {
        let values = values(&["open", "abc"]);
        assert_eq!(values.ours.values, 1);
        let found = |text: &str, whole| values.find(text.as_bytes(), whole).len();
        assert_eq!(found("open, reopened", true), 1);
        assert_eq!(found("open, reopened", false), 2);
        assert_eq!(found("\"b3Blbg==\" 6f70656e", true), 2);
        assert_eq!(found("abc", false), 0);
        assert_eq!(found("a\\x6fpen ", false), 1);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut values = Values::default();
        for it in 0..10_000 {
            let value = format!("value-{it:05}").repeat(1_000);
            values.add(value.as_bytes(), Owner::Peer);
        }
        assert!(values.theirs.values <= PEER_MAX);
        assert!(values.windows.len() <= WINDOWS_MAX);
        // The client's own are known all the same.
        values.add(b"0123456789abcdef", Owner::Client);
        assert_eq!(masked(&values, "<456789abcd>"), "<**********>");
    }

    #[test]
    fn a_value_that_is_repeated_takes_no_room() {
        let mut values = Values::default();
        for _ in 0..2 * PEER_MAX {
            values.add(b"the same token", Owner::Client);
            values.add(b"short", Owner::Client);
        }
        assert_eq!(values.ours.values, 2);
        values.add(b"another token", Owner::Client);
        assert_eq!(masked(&values, "another token"), "*************");
    }

    #[test]
    fn broken_escapes_are_text() {
        let values = values(&["%zz\\q&;\\u12&#x;\\U1"]);
        let text = "%zz\\q&;\\u12&#x;\\U1\\u{}%";
        assert_eq!(masked(&values, text), "******************\\u{}%");
        for text in [
            "%",
            "%1",
            "\\",
            "\\u",
            "\\ud83d",
            "\\ud83d\\u0041",
            "&",
            "&#;",
            "\\777",
        ] {
            assert_eq!(masked(&values, text), text);
        }
    }
}
