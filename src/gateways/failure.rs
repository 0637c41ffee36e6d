//! What gateways are known to do to gRPC, and how that is mended.

use super::answer::Answer;
use crate::diagnosis::{Case, Cause, Shape, text};
use crate::rpc::Code;

/// The rules on an HTTP status other than 200.
pub(super) const PAGE: &[&str] = &["gateway-error-page", "non-200-status"];

/// The rules on a response that ends without a status in trailers.
pub(super) const NO_TRAILERS: &[&str] =
    &["dropped-trailers", "missing-trailers", "status-in-headers"];

/// The rules on a body that is base64 text.
pub(super) const BASE64: &[&str] = &["double-base64", "quoted-base64", "undecoded-base64"];

/// The rules on a body that nobody framed.
pub(super) const UNFRAMED: &[&str] = &["missing-length-prefix", "text-body"];

/// What a gateway is known to do: the rules that find it, and the causes that it then has.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) rules: &'static [&'static str],
    /// Whether this answer shows it.
    pub(super) when: fn(&Case<'_>, &Answer<'_>) -> bool,
    /// What causes it, the likeliest first; several where the wire cannot tell them apart.
    pub(super) causes: &'static [Advice],
}

/// What the first segment of the path takes the place of.
const SEGMENT: &str = "{segment}";

/// A cause and its cure. `{segment}` stands for the first segment of the path that was called.
#[derive(Debug)]
pub(super) struct Advice {
    pub(super) cause: &'static str,
    pub(super) fix: &'static str,
    pub(super) place: &'static str,
}

impl Failure {
    /// Whether a finding of that rule on this answer is this failure.
    pub(super) fn fits(&self, rule: &str, case: &Case<'_>, answer: &Answer<'_>) -> bool {
        self.rules.contains(&rule) && (self.when)(case, answer)
    }

    /// Its causes, with this call's values.
    pub(super) fn causes(&self, answer: &Answer<'_>) -> impl Iterator<Item = Cause> {
        let segment = segment(answer);
        let filled = move |text: &'static str| match text.contains(SEGMENT) {
            true => text.replace(SEGMENT, &segment).into(),
            false => text.into(),
        };
        self.causes.iter().map(move |advice| Cause {
            cause: filled(advice.cause),
            fix: Some(filled(advice.fix)),
            place: Some(advice.place.into()),
        })
    }
}

/// The first segment of the path where it is a plain name, else a stand-in for it. Fixes are made to be copied, and a
/// capture may hold any path.
fn segment(answer: &Answer<'_>) -> String {
    /// Longer than the names of services are.
    const LONGEST: usize = 128;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    answer
        .first_segment()
        .filter(|name| !name.is_empty() && name.len() <= LONGEST && name.iter().all(plain))
        .map_or_else(|| "SERVICE".to_owned(), text)
}

/// Wherever the rule finds it.
pub(super) fn always(_: &Case<'_>, _: &Answer<'_>) -> bool {
    true
}

/// Where the call itself was answered by HTTP status 200, and not by an error page.
pub(super) fn answered(_: &Case<'_>, answer: &Answer<'_>) -> bool {
    answer.status == Some(200)
}

/// Whether a response field announced trailers that then did not come: some hop had them and dropped them.
pub(super) fn announced(case: &Case<'_>, _: &Answer<'_>) -> bool {
    case.call.response.header("trailer").is_some()
}

/// Whether nothing announced trailers: perhaps nobody sent any.
pub(super) fn unannounced(case: &Case<'_>, answer: &Answer<'_>) -> bool {
    !announced(case, answer)
}

/// Whether the call ended with that status and these words in its message, or, as callers other than gRPC ones see it,
/// in the body of an error page.
pub(super) fn ended(case: &Case<'_>, answer: &Answer<'_>, code: Code, words: &str) -> bool {
    (case.code() == Some(code) || answer.status.is_some_and(|status| status >= 500))
        && answer.says(words)
}

/// Whether the body begins with an HTTP/2 SETTINGS frame: a hop spoke HTTP/1 to an HTTP/2 server, and took that
/// server's first bytes for the body of a response.
pub(super) fn relayed_settings(answer: &Answer<'_>) -> bool {
    let Some([a, b, c, kind, flags, stream @ ..]) = answer.body.first_chunk::<9>() else {
        return false;
    };
    let length = u32::from_be_bytes([0, *a, *b, *c]);
    (*kind, *flags, stream) == (4, 0, &[0; 4]) && length.is_multiple_of(6) && length <= 6 * 64
}

/// Whether the response has no body.
pub(super) fn empty(case: &Case<'_>) -> bool {
    case.body.shape == Shape::Empty
}
