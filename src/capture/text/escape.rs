//! Escapes in quoted strings: Go's `strconv.Quote`, C's, Python's and Rust's byte strings.

/// The longest escape, in bytes: Go's `\UNNNNNNNN`.
pub(in crate::capture) const ESCAPE_MAX: usize = 10;

/// What an escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::capture) enum Value {
    /// One byte.
    Byte(u8),
    /// A character, in UTF-8.
    Char(char),
}

impl Value {
    /// Appends its bytes.
    pub(in crate::capture) fn append_to(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Byte(byte) => bytes.push(byte),
            Self::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// An escape read from the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::capture) enum Escape {
    /// What it stands for, and how many bytes it takes.
    Whole(Value, usize),
    /// The text ends within it, or may.
    Cut,
    /// There is no such escape.
    Bad,
}

/// The escape at the start of `text`, which is a backslash.
pub(in crate::capture) fn escape(text: &[u8]) -> Escape {
    let Some(letter) = text.get(1) else {
        return Escape::Cut;
    };
    let byte = match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' | b'"' | b'\'' | b'/' => *letter,
        b'x' => return numbered(text, 2, |n| u8::try_from(n).ok().map(Value::Byte)),
        b'u' => return numbered(text, 4, |n| char::from_u32(n).map(Value::Char)),
        b'U' => return numbered(text, 8, |n| char::from_u32(n).map(Value::Char)),
        b'0'..=b'7' => return octal(text),
        _ => return Escape::Bad,
    };
    Escape::Whole(Value::Byte(byte), 2)
}

/// A letter and `count` hexadecimal digits.
fn numbered(text: &[u8], count: usize, value: impl Fn(u32) -> Option<Value>) -> Escape {
    let digits = &text[2..text.len().min(2 + count)];
    let mut number = 0;
    for digit in digits {
        match char::from(*digit).to_digit(16) {
            Some(digit) => number = number << 4 | digit,
            None => return Escape::Bad,
        }
    }
    if digits.len() < count {
        return Escape::Cut;
    }
    value(number).map_or(Escape::Bad, |value| Escape::Whole(value, 2 + count))
}

/// One to three octal digits.
fn octal(text: &[u8]) -> Escape {
    let mut number = 0_u32;
    let mut taken = 1;
    while taken < 4 {
        match text.get(taken) {
            Some(digit @ b'0'..=b'7') => number = number << 3 | u32::from(digit - b'0'),
            Some(_) => break,
            None => return Escape::Cut,
        }
        taken += 1;
    }
    u8::try_from(number).map_or(Escape::Bad, |byte| Escape::Whole(Value::Byte(byte), taken))
}

/// The bytes of the quoted string whose content starts `text`, and what follows its closing quotation mark. `None` where
/// it is not closed, or has something that is no escape.
pub(in crate::capture) fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        let plain = memchr::memchr2(b'"', b'\\', rest)?;
        bytes.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
        if let Some(after) = rest.strip_prefix(b"\"") {
            return Some((bytes, after));
        }
        let Escape::Whole(value, taken) = escape(rest) else {
            return None;
        };
        value.append_to(&mut bytes);
        rest = &rest[taken..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_of_go() {
        let (bytes, rest) = unquote(br#"\a\b\f\n\r\t\v\\\"\xff\u00e9\U0001f600 "" x"#).unwrap();
        assert_eq!(
            bytes,
            b"\x07\x08\x0c\n\r\t\x0b\\\"\xff\xc3\xa9\xf0\x9f\x98\x80 "
        );
        assert_eq!(rest, b"\" x");
        let (bytes, rest) = unquote("Gr\u{fc}\u{df}e\\x00\"".as_bytes()).unwrap();
        assert_eq!(bytes, "Gr\u{fc}\u{df}e\0".as_bytes());
        assert!(rest.is_empty());
    }

    #[test]
    fn octal_digits_of_other_languages() {
        assert_eq!(unquote(br#"\000\0z\377\12!""#).unwrap().0, b"\0\0z\xff\n!");
        assert_eq!(escape(br"\400"), Escape::Bad);
    }

    #[test]
    fn what_is_cut_and_what_is_none() {
        for cut in [r"\", r"\x", r"\x0", r"\u00e", r"\U0001f60", r"\0", r"\01"] {
            assert_eq!(escape(cut.as_bytes()), Escape::Cut, "{cut}");
        }
        for bad in [r"\q", r"\xg", r"\x0g", r"\ud800", r"\UFFFFFFFF", r"\8"] {
            assert_eq!(escape(bad.as_bytes()), Escape::Bad, "{bad}");
        }
        assert_eq!(unquote(b"no end"), None);
        assert_eq!(unquote(br#"bad \q""#), None);
    }
}
