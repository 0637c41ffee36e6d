//! Values of secrets, found again in whatever surrounds, cuts or encodes them.
//!
//! A value is known by its windows: all runs of [`WINDOW`] bytes in it. Any eight bytes of a secret are so found by
//! themselves, wherever a frame, a quotation or a dump begins or ends. A text is searched as it is, and as its
//! escapes, its base64 and its hexadecimal digits decode to. One pass does it, in time linear in the text.

use std::collections::HashSet;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::escapes::unescape;
use super::scrub::CUT;

/// The bytes of a window.
const WINDOW: usize = 8;

/// Shorter values are not searched for: too many words contain them.
pub(super) const VALUE_MIN: usize = 4;

/// The number of windows of one party that are kept, which takes about a MiB: 64 values of a KiB each. A call has one or
/// two; a peer that sends thousands of cookies would make the search the work of the run. Those beyond are hidden in
/// their fields all the same.
const WINDOWS_MAX: usize = 65_536;

/// The number of windows that the targets of a file share, which takes about ten MiB: ten thousand secrets of 50 bytes.
const SHARED_MAX: usize = 524_288;

/// The number of values of the client that are kept: more than a request has fields.
const CLIENT_MAX: usize = 4_096;

/// The number of values of the peer that are kept.
pub(super) const PEER_MAX: usize = 64;

/// The characters of base64 that hold a window: 64 bits and what remains of the byte before or after.
const BASE64_WINDOW: usize = 11;

/// The hexadecimal digits that hold a window.
const HEX_WINDOW: usize = 2 * WINDOW;

/// Values to be searched for.
#[derive(Clone, Debug, Default)]
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

/// The amount that is kept of one party.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    values: usize,
    windows: usize,
}

/// The party whose secret a value is.
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
            // It is too short for a window of its encodings: the encoded text itself is searched for.
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

    /// Returns true if all of `more` may be added to these.
    pub(super) fn have_room_for(&self, more: &Self) -> bool {
        self.windows.len() + more.windows.len() <= SHARED_MAX
    }

    /// Adds all of `more`.
    pub(super) fn extend(&mut self, more: &Self) {
        self.windows.extend(&more.windows);
        for (own, more) in self.words.iter_mut().zip(&more.words) {
            own.extend(more);
        }
        for (own, more) in self.starts.iter_mut().zip(&more.starts) {
            own.extend(more);
        }
        self.filter.resize(FILTER_WORDS, 0);
        for (own, more) in self.filter.iter_mut().zip(&more.filter) {
            *own |= more;
        }
        self.ours.values += more.ours.values;
        self.ours.windows += more.ours.windows;
        self.theirs.values += more.theirs.values;
        self.theirs.windows += more.theirs.windows;
    }

    /// Returns true if all of a value would be found.
    pub(super) fn know(&self, value: &[u8]) -> bool {
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

    /// The start of a value directly before the mark of a cut.
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
                    // The start of the base64 text is not known: a byte may end with the character, or two or four bits
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
        // The positions in the text of the last bytes.
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
mod tests;
