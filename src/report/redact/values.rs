//! Values of secrets, found again in whatever surrounds, cuts or encodes them.
//!
//! A value is known by its windows: all runs of [`WINDOW`] bytes in it. Any eight bytes of a secret are so found by
//! themselves, wherever a frame, a quotation or a dump begins or ends. A text is searched as it stands, and as what its
//! escapes, its base64 and its hexadecimal digits decode to. One pass does it, in time linear in the text.

use std::ops::Range;

/// The bytes of a window.
const WINDOW: usize = 8;

/// Shorter values are not searched for: they stand in too many words.
pub(super) const VALUE_MIN: usize = 4;

/// How many windows are kept, which takes half a MiB: 64 values of a KiB each. A call has one or two; a peer that sends
/// thousands of cookies would make the search the work of the run. Those beyond are hidden in their fields all the same.
const WINDOWS_MAX: usize = 65_536;

/// How many values are kept, for the same reason.
pub(super) const VALUES_MAX: usize = 64;

/// The characters of base64 that hold a window: 64 bits and what remains of the byte before or after.
const BASE64_WINDOW: usize = 11;

/// The hexadecimal digits that hold a window.
const HEX_WINDOW: usize = 2 * WINDOW;

/// Values to be searched for.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// The last eight bytes that were read, as a number, if they are a window. In order once `index` ran.
    windows: Vec<u64>,
    /// A bit for each value of [`filter_bit`]: most bytes end no window.
    filter: Vec<u64>,
    /// Values of less than a window.
    words: Vec<Word>,
    count: usize,
}

/// A value of less than eight bytes, as the number that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    key: u64,
    length: usize,
}

impl Word {
    fn new(bytes: &[u8]) -> Self {
        let key = bytes
            .iter()
            .fold(0, |key, byte| key << 8 | u64::from(*byte));
        Self {
            key,
            length: bytes.len(),
        }
    }

    /// Returns true if `key`, the last `count` bytes, ends with the word.
    const fn ends(self, key: u64, count: usize) -> bool {
        count >= self.length && key & ((1 << (8 * self.length)) - 1) == self.key
    }
}

/// Bytes of the filter: 65,536 bits.
const FILTER_WORDS: usize = 1024;

/// The place of a window in the filter. Its last bytes are mixed with its first: texts of one kind end alike.
const fn filter_bit(key: u64) -> (usize, u64) {
    let mixed = (key ^ (key >> 23) ^ (key >> 45)) as u16;
    (mixed as usize / 64, 1 << (mixed % 64))
}

impl Values {
    pub(super) const fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.words.is_empty()
    }

    /// The number of values.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Adds a value; one that is too short to be searched for is left out. Call `index` afterwards.
    pub(super) fn add(&mut self, value: &[u8]) {
        if value.len() < VALUE_MIN || self.count >= VALUES_MAX {
            return;
        }
        self.count += 1;
        if value.len() < WINDOW {
            // Too short for a window of what encodes them, so that the encoded text is searched for.
            use base64::Engine as _;
            use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
            self.words.push(Word::new(value));
            let digits = hex::encode(value);
            self.add_windows(digits.as_bytes());
            self.add_windows(digits.to_ascii_uppercase().as_bytes());
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let text = engine.encode(value);
                if text.len() < WINDOW {
                    self.words.push(Word::new(text.as_bytes()));
                } else {
                    self.add_windows(text.as_bytes());
                }
            }
        } else {
            self.add_windows(value);
        }
    }

    fn add_windows(&mut self, value: &[u8]) {
        let room = WINDOWS_MAX.saturating_sub(self.windows.len());
        let windows = value.windows(WINDOW).take(room);
        self.windows.extend(windows.map(|window| {
            let bytes = window.iter();
            bytes.fold(0, |key, byte| key << 8 | u64::from(*byte))
        }));
    }

    /// Makes what was added searchable.
    pub(super) fn index(&mut self) {
        if self.is_empty() {
            return;
        }
        self.windows.sort_unstable();
        self.windows.dedup();
        self.words
            .sort_unstable_by_key(|word| (word.length, word.key));
        self.words.dedup();
        self.filter.resize(FILTER_WORDS, 0);
        for window in &self.windows {
            let (at, bit) = filter_bit(*window);
            self.filter[at] |= bit;
        }
    }

    fn has(&self, key: u64) -> bool {
        let (at, bit) = filter_bit(key);
        let may = self.filter.get(at).is_some_and(|bits| bits & bit != 0);
        may && self.windows.binary_search(&key).is_ok()
    }

    /// The bytes of `text` that belong to a value, in order and apart. `whole_words`: values of less than eight bytes
    /// are found only where no letter or digit touches them.
    pub(super) fn find(&self, text: &[u8], whole_words: bool) -> Vec<Range<usize>> {
        let mut found = Found::default();
        if self.is_empty() {
            return found.ranges;
        }
        self.find_plain(text, whole_words, &mut found);
        if memchr::memchr3(b'%', b'\\', b'&', text).is_some() {
            let mut escaped = Found::default();
            self.find_escaped(text, whole_words, &mut escaped);
            found = found.and(escaped);
        }
        found.ranges
    }

    /// Finds values as they are, and in base64 and hexadecimal digits.
    fn find_plain(&self, text: &[u8], whole_words: bool, found: &mut Found) {
        let mut key = 0_u64;
        let (mut sextets, mut base64) = (0_u128, 0_usize);
        let (mut nibbles, mut digits) = (0_u64, 0_usize);
        for (at, byte) in text.iter().enumerate() {
            let end = at + 1;
            key = key << 8 | u64::from(*byte);
            if end >= WINDOW && self.has(key) {
                found.push(end - WINDOW..end);
            }
            for word in self.words.iter().filter(|word| word.ends(key, end)) {
                let range = end - word.length..end;
                if !whole_words || is_whole_word(text, &range) {
                    found.push(range);
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
                if count >= WINDOW && self.has(key) {
                    found.push(starts[count % WINDOW]..end);
                }
                for word in self.words.iter().filter(|word| word.ends(key, count)) {
                    let range = starts[(count - word.length) % WINDOW]..end;
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
    !joins(before) && !joins(text.get(range.end))
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

/// The bytes that the start of a text stands for, how many they are, and how long that start is: an escape of URLs,
/// JSON, program text, protobuf text or HTML, or one byte.
fn unescape(text: &[u8]) -> ([u8; 4], usize, usize) {
    let one = |byte: u8, consumed| ([byte, 0, 0, 0], 1, consumed);
    let escape = match text {
        [b'%', high, low, ..] => hex_byte(*high, *low).map(|byte| one(byte, 3)),
        [b'\\', rest @ ..] => backslash(rest),
        [b'&', rest @ ..] => entity(rest),
        _ => None,
    };
    escape.unwrap_or_else(|| one(text.first().copied().unwrap_or_default(), 1))
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

fn of_char(c: char, consumed: usize) -> ([u8; 4], usize, usize) {
    let mut bytes = [0; 4];
    let length = c.encode_utf8(&mut bytes).len();
    (bytes, length, consumed)
}

/// What follows a backslash.
fn backslash(rest: &[u8]) -> Option<([u8; 4], usize, usize)> {
    let simple = |byte: u8| Some(([byte, 0, 0, 0], 1, 2));
    match rest {
        [b'n', ..] => simple(b'\n'),
        [b'r', ..] => simple(b'\r'),
        [b't', ..] => simple(b'\t'),
        [mark @ (b'"' | b'\'' | b'\\' | b'/'), ..] => simple(*mark),
        [b'x', high, low, ..] => Some(([hex_byte(*high, *low)?, 0, 0, 0], 1, 4)),
        [b'u', b'{', digits @ ..] => {
            let end = digits.iter().take(7).position(|byte| *byte == b'}')?;
            Some(of_char(
                char::from_u32(number(&digits[..end], 16)?)?,
                end + 4,
            ))
        }
        [b'u', ..] => {
            let unit = number(rest.get(1..5)?, 16)?;
            if let Some(c) = char::from_u32(unit) {
                return Some(of_char(c, 6));
            }
            let low = rest.get(5..)?.strip_prefix(b"\\u")?;
            let pair = [unit, number(low.get(..4)?, 16)?].map(u16::try_from);
            let [Ok(high), Ok(low)] = pair else {
                return None;
            };
            let c = char::decode_utf16([high, low]).next()?.ok()?;
            Some(of_char(c, 12))
        }
        [b'U', ..] => Some(of_char(char::from_u32(number(rest.get(1..9)?, 16)?)?, 10)),
        [b'0'..=b'3', ..] => {
            let byte = u8::try_from(number(rest.get(..3)?, 8)?).ok()?;
            Some(([byte, 0, 0, 0], 1, 4))
        }
        _ => None,
    }
}

/// The longest name or number of an entity, with its semicolon.
const ENTITY_MAX: usize = 10;

/// What follows an ampersand.
fn entity(rest: &[u8]) -> Option<([u8; 4], usize, usize)> {
    let end = rest
        .iter()
        .take(ENTITY_MAX)
        .position(|byte| *byte == b';')?;
    let c = match &rest[..end] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some(of_char(c, end + 2))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[&str]) -> Values {
        let mut all = Values::default();
        for value in values {
            all.add(value.as_bytes());
        }
        all.index();
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
        assert_eq!(values.len(), 1);
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
            values.add(format!("value-{it:05}").repeat(1_000).as_bytes());
        }
        values.index();
        assert_eq!(values.len(), VALUES_MAX);
        assert!(values.windows.len() <= WINDOWS_MAX);
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
