//! Metadata values: percent-encoding of `grpc-message`, base64 of `-bin` fields.

use base64::Engine as _;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::engine::{DecodePaddingMode, GeneralPurpose};

/// "Implementations MUST accept padded and un-padded values" (PROTOCOL-HTTP2, Requests).
const BINARY: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true)
        .with_encode_padding(false),
);

/// RFC 4648, 3.5: "bits that are not significant MUST be set to zero".
const ONE_BINARY: GeneralPurpose = base64::engine::general_purpose::STANDARD_NO_PAD;

/// Whether a field's name is a token of RFC 9110, 5.6.2: what HTTP allows, where gRPC allows less.
#[must_use]
pub fn is_token(name: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(allowed)
}

/// A `grpc-message` value decoded: valid percent-encodings replaced by their bytes, broken ones left as they are
/// ("implementations MUST NOT error or throw away the message").
#[must_use]
pub fn decode_message(value: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            decoded.push(high << 4 | low);
            rest = after;
        } else {
            decoded.push(byte);
        }
    }
    decoded
}

/// The first percent sign in a `grpc-message` value that no two hex digits follow, as a position in it.
#[must_use]
pub fn broken_percent(value: &[u8]) -> Option<usize> {
    (0..value.len()).find(|&at| {
        value[at] == b'%' && !matches!(value.get(at + 1..at + 3), Some([a, b]) if hex_digit(*a).and(hex_digit(*b)).is_some())
    })
}

/// The values of a `-bin` field: split at commas, base64 padded or not. `None` where one of them is not base64.
#[must_use]
pub fn decode_binary(value: &[u8]) -> Option<Vec<Vec<u8>>> {
    value
        .split(|b| *b == b',')
        .map(|part| BINARY.decode(part.trim_ascii()).ok())
        .collect()
}

/// The bytes of a `-bin` field as C-core reads them: one value, with no bits past its end, and padding or not, of any
/// length. Between its peers a value may come as it is, behind a NUL. `None` where C-core ends the call.
#[must_use]
pub fn decode_one_binary(value: &[u8]) -> Option<Vec<u8>> {
    if let Some(bytes) = value.strip_prefix(b"\0") {
        return Some(bytes.to_vec());
    }
    let unpadded = value.iter().rposition(|octet| *octet != b'=');
    ONE_BINARY
        .decode(&value[..unpadded.map_or(0, |last| last + 1)])
        .ok()
}

/// The base64 of a `-bin` value, un-padded.
#[must_use]
pub fn encode_binary(value: &[u8]) -> String {
    BINARY.encode(value)
}

/// Whether a name may stand for metadata: `1*( 0-9 / a-z / "_" / "-" / "." )`.
#[must_use]
pub fn is_header_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'_' | b'-' | b'.'))
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_decoding_keeps_what_is_broken() {
        assert_eq!(decode_message(b"a%20b%C3%a9"), "a b\u{e9}".as_bytes());
        assert_eq!(decode_message(b"100%"), b"100%");
        assert_eq!(decode_message(b"%zz%4"), b"%zz%4");
        assert_eq!(broken_percent(b"%20 ok"), None);
        assert_eq!(broken_percent(b"a%2"), Some(1));
    }

    #[test]
    fn binary_values() {
        assert_eq!(decode_binary(b"AAE"), Some(vec![vec![0, 1]]));
        assert_eq!(
            decode_binary(b"AAE=,/w=="),
            Some(vec![vec![0, 1], vec![0xff]])
        );
        assert_eq!(decode_binary(b""), Some(vec![vec![]]));
        assert_eq!(decode_binary(b"*"), None);
        assert_eq!(decode_one_binary(b"YQ=="), Some(b"a".to_vec()));
        assert_eq!(decode_one_binary(b"YQ==="), Some(b"a".to_vec()));
        assert_eq!(decode_one_binary(b"\0*"), Some(b"*".to_vec()));
        assert_eq!(decode_one_binary(b"=="), Some(Vec::new()));
        for refused in ["YR", "YQ,YQ", "YQ==,YQ==", " YQ", "Y", "_-8", "!!"] {
            assert_eq!(decode_one_binary(refused.as_bytes()), None, "{refused}");
        }
        assert_eq!(encode_binary(&[0xff, 0xff, 0xff, 0xff]), "/////w");
    }
}
