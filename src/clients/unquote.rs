//! Quoting undone: what Go's `%q`, Rust's `{:?}`, JSON and C-core's debug strings put before characters.

/// The bytes that a quoted text stands for. What is no escape stays as it is.
pub(super) fn unquote(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let taken = escape(rest, &mut bytes).unwrap_or_else(|| {
            bytes.push(b'\\');
            1
        });
        rest = &rest[taken..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// The escape that a text starts with: writes what it stands for, and says how long it is.
fn escape(text: &str, bytes: &mut Vec<u8>) -> Option<usize> {
    let letter = *text.as_bytes().get(1)?;
    let plain = match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'v' => 0x0b,
        b'"' | b'\'' | b'\\' | b'/' => letter,
        b'x' => {
            bytes.push(u8::from_str_radix(digits(text, 2, 2)?, 16).ok()?);
            return Some(4);
        }
        b'u' => {
            let (number, length) = match digits(text, 2, 4) {
                Some(number) => (number, 6),
                None => braced(text)?,
            };
            let letter = char::from_u32(u32::from_str_radix(number, 16).ok()?)?;
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(length);
        }
        b'0'..=b'3' => match text.get(1..4).map(|octal| u8::from_str_radix(octal, 8)) {
            Some(Ok(byte)) => {
                bytes.push(byte);
                return Some(4);
            }
            _ if letter == b'0' => 0,
            _ => return None,
        },
        _ => return None,
    };
    bytes.push(plain);
    Some(2)
}

fn digits(text: &str, from: usize, count: usize) -> Option<&str> {
    text.get(from..from + count)
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Rust's `\u{1f600}`.
fn braced(text: &str) -> Option<(&str, usize)> {
    let end = text.get(..12.min(text.len()))?.find('}')?;
    let number = text.get(3..end)?;
    (text.as_bytes().get(2) == Some(&b'{')).then_some((number, end + 1))
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn escapes_of_every_client() {
        assert_eq!(
            unquote(r#"<html>\n\"a\" \\ \x1b[1m"#),
            b"<html>\n\"a\" \\ \x1b[1m"
        );
        assert_eq!(
            unquote(r"\u00e9\u{1f600}\001\0"),
            "\u{e9}\u{1f600}\u{1}\0".as_bytes()
        );
        assert_eq!(unquote(r"C:\q \u12 \"), br"C:\q \u12 \");
    }
}
