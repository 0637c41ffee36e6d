//! The parts of a header field's value that are secret by themselves: a token without its scheme, the values of cookies.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::scrub::{Scheme, is_cookie, scheme};
use super::values::{Owner, VALUE_MIN};
use crate::diagnosis;

/// Parameters of `Digest` and AWS credentials that are not secret.
const PUBLIC_PARAMETERS: [&str; 7] = [
    "algorithm",
    "nc",
    "qop",
    "realm",
    "signedheaders",
    "uri",
    "username",
];

/// From this length on, the value of a cookie is searched for: shorter ones are words such as `dark` or `en-US`.
const COOKIE_MIN: usize = 8;

/// From this length on, a value of the peer's is searched for. A peer chooses it, and must not take the words out of a
/// report.
const PEER_MIN: usize = 12;

/// Values of cookies that reports need.
const WORDS: [&str; 10] = [
    "application/grpc",
    "application/json",
    "content-type",
    "grpc-message",
    "grpc-status",
    "identity",
    "text/html",
    "text/plain",
    "trailers",
    "example.com",
];

/// Returns the parts of a field's value that are searched for wherever they may appear.
pub(super) fn searched<'a>(name: &[u8], value: &'a [u8], owner: Owner) -> Vec<Cow<'a, [u8]>> {
    let cookie = is_cookie(name);
    let mut parts = of_field(name, value);
    parts.retain(|part| may_search(part, cookie, owner));
    for at in 0..parts.len() {
        if parts[at].contains(&b'\\') {
            // Our own quotations leave a backslash as it is, and so cannot be unescaped.
            let quoted = diagnosis::quoted(&parts[at], parts[at].len());
            parts.push(Cow::Owned(quoted.trim_matches('"').into()));
        }
    }
    parts
}

fn may_search(value: &[u8], cookie: bool, owner: Owner) -> bool {
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    match owner {
        Owner::Client if cookie => {
            let is = |word: &&str| value.eq_ignore_ascii_case(word.as_bytes());
            value.len() >= COOKIE_MIN && !WORDS.iter().any(is)
        }
        Owner::Client => value.len() >= VALUE_MIN,
        Owner::Peer => {
            value.len() >= PEER_MIN
                && has(u8::is_ascii_digit)
                && has(u8::is_ascii_alphabetic)
                && !value.contains(&b' ')
        }
    }
}

/// Returns the user and the password of an authority such as `user:password@host`, together and apart.
pub(super) fn user_of_authority<'a>(name: &[u8], value: &'a [u8]) -> Vec<&'a [u8]> {
    if name != b":authority" && !name.eq_ignore_ascii_case(b"host") {
        return Vec::new();
    }
    let Some(at) = value.iter().rposition(|byte| *byte == b'@') else {
        return Vec::new();
    };
    let user = &value[..at];
    let password = user.iter().position(|byte| *byte == b':');
    let password = password.map(|colon| &user[colon + 1..]);
    [Some(user), password].into_iter().flatten().collect()
}

/// Returns the forms in which the value of a secret field may appear elsewhere.
pub(super) fn of_field<'a>(name: &[u8], value: &'a [u8]) -> Vec<Cow<'a, [u8]>> {
    // A value that is kept in a file often ends with a line end, which no header field is sent with.
    let value = value.trim_ascii();
    let name = name.trim_ascii();
    if name.eq_ignore_ascii_case(b"set-cookie") {
        // The first pair is followed by attributes: a path, a domain, a date.
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

/// Returns the value of `name=value`, without quotation marks; without a name, all of the text.
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
