//! Names whose values are secrets: one table, of header fields, query parameters and members of messages alike.

use std::collections::HashSet;

/// Words that make a name a secret's, in any part of it.
const WORDS: [&str; 8] = [
    "authorization",
    "api-key",
    "api_key",
    "apikey",
    "password",
    "secret",
    "session",
    "token",
];

/// Ends of names.
const SUFFIXES: [&str; 6] = [
    "-key",
    "-token",
    "-secret",
    "-password",
    "-credential",
    "-jwt",
];

/// Whole names that no word or end covers.
const NAMES: [&str; 4] = ["cookie", "set-cookie", "x-auth", "x-passwd"];

/// Names that end like a secret's. Their values identify a request, a cache entry or a record, and grant nothing.
const EXCEPTIONS: [&str; 14] = [
    "cache-key",
    "idempotency-key",
    "idempotent-key",
    "partition-key",
    "primary-key",
    "public-key",
    "routing-key",
    "sec-websocket-key",
    "shard-key",
    "sort-key",
    "surrogate-key",
    "x-cache-key",
    "x-idempotency-key",
    "x-surrogate-key",
];

/// Marks a field whose value is base64 of its bytes.
const BINARY: &str = "-bin";

/// The table, with the names that the user added to it.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// As [`plain`] has them.
    added: HashSet<Vec<u8>>,
}

impl Names {
    /// The table and these names, in any spelling.
    #[must_use]
    pub fn with(added: &[String]) -> Self {
        let added = added.iter().map(|name| plain(name.as_bytes()));
        Self {
            added: added.filter(|name| !name.is_empty()).collect(),
        }
    }

    /// Adds names.
    pub fn extend(&mut self, more: &Self) {
        self.added.extend(more.added.iter().cloned());
    }

    /// Returns true if the values of fields called `name` are secret.
    #[must_use]
    pub fn contain(&self, name: &[u8]) -> bool {
        let name = name.trim_ascii();
        // Most fields of a call are these.
        let usual = matches!(
            name,
            [b':', ..]
                | b"te"
                | b"content-type"
                | b"user-agent"
                | b"grpc-timeout"
                | b"grpc-status"
                | b"grpc-message"
                | b"grpc-encoding"
                | b"grpc-accept-encoding"
        );
        if usual && self.added.is_empty() {
            return false;
        }
        is_listed(name) || !self.added.is_empty() && self.added.contains(&plain(name))
    }
}

/// A name without its case, `-` and `_`, for JSON has `tenantId` for `tenant_id`, and without the mark of a binary one.
fn plain(name: &[u8]) -> Vec<u8> {
    let name = name.trim_ascii();
    let name = without_suffix(name, BINARY).unwrap_or(name);
    let bytes = name.iter().filter(|byte| !matches!(byte, b'-' | b'_'));
    bytes.map(u8::to_ascii_lowercase).collect()
}

/// Returns true if the table has `name`.
fn is_listed(name: &[u8]) -> bool {
    let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
    let plain = without_suffix(name, BINARY).unwrap_or(name);
    let ends = |suffix: &&str| without_suffix(plain, suffix).is_some_and(is_word);
    NAMES
        .iter()
        .any(|known| plain.eq_ignore_ascii_case(known.as_bytes()))
        || (0..name.len()).any(|at| begins_with_word(&name[at..]))
        || (SUFFIXES.iter().any(ends) && !EXCEPTIONS.iter().any(is))
}

/// Returns true if `before` makes one name with the suffix that follows it. An option such as `--key`
/// is not a name.
fn is_word(before: &[u8]) -> bool {
    before.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Splits `suffix` off the end of a name, in any case.
fn without_suffix<'a>(name: &'a [u8], suffix: &str) -> Option<&'a [u8]> {
    let at = name.len().checked_sub(suffix.len())?;
    let (before, end) = name.split_at(at);
    end.eq_ignore_ascii_case(suffix.as_bytes())
        .then_some(before)
}

/// Returns true if `name` begins with one of [`WORDS`]. Its first letter rules out most.
fn begins_with_word(name: &[u8]) -> bool {
    let Some(b'a' | b'A' | b'p' | b'P' | b's' | b'S' | b't' | b'T') = name.first() else {
        return false;
    };
    WORDS.iter().any(|word| {
        let start = name.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let names = Names::default();
        for name in [
            "authorization",
            "Proxy-Authorization",
            "cookie",
            "Set-Cookie",
            "X-API-Key",
            "x-amz-security-token",
            "x-csrf-TOKEN-bin",
            "client-secret",
            "db.password.old",
            "x-api-keys",
            "ApiKey",
            "x-session-id",
            "x-auth-key",
            "X-Functions-Key",
            "ocp-apim-subscription-key",
            "x-access-key-bin",
            "x-auth",
            "x-jwt",
            "x-passwd",
            "x-credential",
        ] {
            assert!(names.contain(name.as_bytes()), "{name}");
        }
        for name in [
            "content-type",
            "te",
            "grpc-status",
            "cookies",
            "",
            "-key",
            "--key",
            "key",
            "x-idempotency-key",
            "Sec-WebSocket-Key",
        ] {
            assert!(!names.contain(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_are_added() {
        let names = Names::with(&["X-Tenant ".to_owned(), " ".to_owned()]);
        for name in ["x-tenant", "xTenant", "X_TENANT", "x-tenant-bin"] {
            assert!(names.contain(name.as_bytes()), "{name}");
        }
        assert!(names.contain(b"cookie"));
        assert!(!names.contain(b""));
        assert!(!Names::default().contain(b"x-tenant"));
    }
}
