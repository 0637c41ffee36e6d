//! The parts of a header field's value that are secret by themselves: a token without its scheme, the values of cookies.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::scrub::{Scheme, scheme};

/// Parameters of `Digest` and AWS credentials that say what was signed, not by whom.
const PUBLIC_PARAMETERS: [&str; 7] = [
    "algorithm",
    "nc",
    "qop",
    "realm",
    "signedheaders",
    "uri",
    "username",
];

/// Returns the forms in which the value of a secret field may appear elsewhere.
pub(super) fn of_field<'a>(name: &[u8], value: &'a [u8]) -> Vec<Cow<'a, [u8]>> {
    // What is kept in a file often ends with a line end, which no header field is sent with.
    let value = value.trim_ascii();
    let name = name.trim_ascii();
    if name.eq_ignore_ascii_case(b"set-cookie") {
        // What follows the first pair are attributes: a path, a domain, a date.
        return value
            .split(|byte| *byte == b';')
            .take(1)
            .map(pair)
            .collect();
    }
    if name.eq_ignore_ascii_case(b"cookie") {
        return value.split(|byte| *byte == b';').map(pair).collect();
    }
    let mut parts = Vec::new();
    let (word, rest) = match value.iter().position(|byte| *byte == b' ') {
        Some(at) => (&value[..at], value[at..].trim_ascii()),
        None => (&b""[..], value),
    };
    match scheme(word) {
        Scheme::OneToken => {
            parts.push(Cow::Borrowed(rest));
            let decoded = decode(rest).filter(|_| word.eq_ignore_ascii_case(b"basic"));
            if let Some(user) = decoded {
                let colon = user.iter().position(|byte| *byte == b':');
                if let Some(colon) = colon {
                    parts.push(Cow::Owned(user[colon + 1..].to_vec()));
                }
                parts.push(Cow::Owned(user));
            }
        }
        Scheme::Parameters => {
            let parameters = rest.split(|byte| *byte == b',');
            let secret = parameters.filter(|parameter| {
                let name = parameter.split(|byte| *byte == b'=').next();
                let name = name.unwrap_or_default().trim_ascii();
                let is = |public: &&str| name.eq_ignore_ascii_case(public.as_bytes());
                !PUBLIC_PARAMETERS.iter().any(is)
            });
            parts.extend(secret.map(pair));
        }
        Scheme::None => {
            parts.push(Cow::Borrowed(value));
            if name.to_ascii_lowercase().ends_with(b"-bin") {
                parts.extend(decode(value).map(Cow::Owned));
            }
            if value.contains(&b' ') {
                // As forms write it.
                let joined = value
                    .iter()
                    .map(|byte| if *byte == b' ' { b'+' } else { *byte });
                parts.push(Cow::Owned(joined.collect()));
            }
        }
    }
    parts
}

/// The value of `name=value`, without quotation marks; all of what is no pair.
fn pair(text: &[u8]) -> Cow<'_, [u8]> {
    let text = text.trim_ascii();
    let value = match text.iter().position(|byte| *byte == b'=') {
        Some(at) => &text[at + 1..],
        None => text,
    };
    let bare = value.strip_prefix(b"\"").unwrap_or(value);
    Cow::Borrowed(bare.strip_suffix(b"\"").unwrap_or(bare))
}

/// Decodes base64 of either alphabet, padded or not.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let cases: [(&str, &str, &[&str]); 9] = [
            ("authorization", "Bearer a=b.c", &["a=b.c"]),
            (
                "Authorization",
                "basic dXM6cHc=",
                &["dXM6cHc=", "pw", "us:pw"],
            ),
            ("authorization", "bare", &["bare"]),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKID/x, SignedHeaders=host;te, Signature=\"ab\"",
                &["AKID/x", "ab"],
            ),
            ("x-api-key", "two words", &["two words", "two+words"]),
            ("x-token-bin", "aGk", &["aGk", "hi"]),
            ("cookie", "a=b; c=\"d\"; e", &["b", "d", "e"]),
            (
                "Set-Cookie",
                "sid=x=y; Path=/a; Domain=example.com",
                &["x=y"],
            ),
            ("x-key", " padded\n", &["padded"]),
        ];
        for (name, value, parts) in cases {
            let found = of_field(name.as_bytes(), value.as_bytes());
            let found: Vec<_> = found.iter().map(|it| String::from_utf8_lossy(it)).collect();
            assert_eq!(found, parts, "{name}: {value}");
        }
    }
}
