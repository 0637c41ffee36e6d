//! Text that encodes bytes: base64 in its dresses, hex, JSON strings.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The fewest characters that are taken for an encoding: shorter text is a word more often than not. Seven are the
/// un-padded base64 of an empty length-prefixed message.
const SHORTEST: usize = 7;

/// One encoding that was peeled off a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    /// A JSON string literal around the rest.
    JsonString,
    /// Base64 (RFC 4648).
    Base64 {
        /// Whether it uses `-` and `_` (section 5) where section 4 has `+` and `/`.
        url_safe: bool,
        /// Whether padding that belongs there was left out.
        unpadded: bool,
        /// Whether it is broken into lines.
        wrapped: bool,
    },
    /// Hexadecimal digits.
    Hex,
}

impl TextEncoding {
    /// A name with what is unusual about it: "url-safe base64 without padding".
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::JsonString => "a JSON string".to_owned(),
            Self::Hex => "hex text".to_owned(),
            Self::Base64 {
                url_safe,
                unpadded,
                wrapped,
            } => {
                let mut text = if url_safe {
                    "url-safe base64"
                } else {
                    "base64"
                }
                .to_owned();
                if unpadded {
                    text.push_str(" without padding");
                }
                if wrapped {
                    text.push_str(" in lines");
                }
                text
            }
        }
    }
}

/// Every way to take `text` as an encoding, the likeliest first, with the bytes it encodes. Whether those make sense is
/// for the caller to say: many a word is valid base64.
#[must_use]
pub fn candidates(text: &[u8]) -> Vec<(TextEncoding, Vec<u8>)> {
    let text = text.trim_ascii();
    // A body with a length prefix is told by its first byte, before all of it is looked at.
    let begins_as_text = text.first().is_some_and(u8::is_ascii_graphic);
    if text.len() < SHORTEST || !begins_as_text || !text.is_ascii() {
        return Vec::new();
    }
    if text.starts_with(b"\"") {
        let inner = serde_json::from_slice::<String>(text).ok();
        return inner
            .into_iter()
            .map(|inner| (TextEncoding::JsonString, inner.into_bytes()))
            .collect();
    }
    let mut found = Vec::new();
    let wrapped = text.iter().any(u8::is_ascii_whitespace);
    let joined: Vec<u8> = text
        .iter()
        .copied()
        .filter(|b| !matches!(b, b'\r' | b'\n'))
        .collect();
    let digits: Vec<u8> = joined
        .iter()
        .copied()
        .filter(|b| !matches!(b, b' ' | b':'))
        .collect();
    if let Ok(bytes) = hex::decode(&digits) {
        found.push((TextEncoding::Hex, bytes));
    }
    if is_words(text) || !is_even(text) {
        return found;
    }
    for (alphabet, url_safe) in [(&STANDARD, false), (&URL_SAFE, true)] {
        if let Some(bytes) = base64(alphabet, &joined) {
            let unpadded = !joined.len().is_multiple_of(4);
            found.push((
                TextEncoding::Base64 {
                    url_safe,
                    unpadded,
                    wrapped,
                },
                bytes,
            ));
            break;
        }
    }
    found
}

/// The lines of a text.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Whether each line is a word: small letters, the first perhaps a capital. Base64 mixes capitals, letters and digits.
fn is_words(text: &[u8]) -> bool {
    lines(text).all(|word| word.iter().skip(1).all(u8::is_ascii_lowercase))
}

/// Whether lines are such as base64 is wrapped into: whole groups of four digits, in all of them the same number, and in
/// the last no more.
fn is_even(text: &[u8]) -> bool {
    let mut lines = lines(text).peekable();
    let width = lines.peek().map_or(0, |first| first.len());
    while let Some(line) = lines.next() {
        let fits = match lines.peek() {
            Some(_) => line.len() == width && width.is_multiple_of(4),
            None => line.len() <= width,
        };
        if !fits {
            return false;
        }
    }
    true
}

fn base64(alphabet: &Alphabet, text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &[u8]) -> (TextEncoding, Vec<u8>) {
        let mut found = candidates(text);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn base64_in_its_dresses() {
        let plain = TextEncoding::Base64 {
            url_safe: false,
            unpadded: false,
            wrapped: false,
        };
        assert_eq!(only(b"SGVsbG8sIQ=="), (plain, b"Hello,!".to_vec()));
        let (unpadded, bytes) = only(b"SGVsbG8sIQ");
        assert_eq!(unpadded.describe(), "base64 without padding");
        assert_eq!(bytes, b"Hello,!");
        assert_eq!(only(b"_____w==").0.describe(), "url-safe base64");
        assert_eq!(
            only(b"SGVs\r\nbG8s\r\nIQ==\r\n").0.describe(),
            "base64 in lines"
        );
    }

    #[test]
    fn others() {
        assert_eq!(
            only(b"\"SGVsbG8sIQ==\""),
            (TextEncoding::JsonString, b"SGVsbG8sIQ==".to_vec())
        );
        assert_eq!(
            candidates(b"00000000020a00")[0],
            (TextEncoding::Hex, vec![0, 0, 0, 0, 2, 10, 0])
        );
        for no in [
            "",
            "AAAA",
            "Hello, world.",
            "{\"a\":1}",
            "\"open",
            "hello\nworld",
            "Unauthorized",
            "Not\r\nfound\r\n",
            "SGVsb\nG8sIQ==",
            "SGVs\nbG8sIQ==",
            "SGVsbG8s\nIQ\nSGVsbG8s",
        ] {
            assert_eq!(candidates(no.as_bytes()), [], "{no}");
        }
    }
}
