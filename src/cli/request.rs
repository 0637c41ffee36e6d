//! What is sent: header fields and body, from defaults and options.

use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::rpc::metadata::is_token;
use crate::rpc::{compression, timeout};

/// The header fields of a request, in the order in which they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

/// A `-H` value that removes a field instead of setting it.
const UNSET: &str = "@unset";

impl Headers {
    /// What a gRPC client sends: Call-Definition in the order of PROTOCOL-HTTP2, the timeout first.
    #[must_use]
    pub fn new(deadline: Duration, gzip: bool) -> Self {
        let mut headers = Self(Vec::new());
        headers.push("grpc-timeout", timeout::format(deadline).into_bytes());
        headers.push("te", b"trailers".to_vec());
        headers.push("content-type", b"application/grpc".to_vec());
        if gzip {
            headers.push("grpc-encoding", b"gzip".to_vec());
        }
        headers.push("grpc-accept-encoding", b"identity,deflate,gzip".to_vec());
        let agent = concat!("grpc-probe/", env!("CARGO_PKG_VERSION"));
        headers.push("user-agent", agent.as_bytes().to_vec());
        headers
    }

    fn push(&mut self, name: &str, value: Vec<u8>) {
        self.0.push((name.to_owned(), value));
    }

    /// Applies `name: value` options in order: the first of a name takes the default's place, further ones are added
    /// to it, and a value of `@unset` removes the default.
    ///
    /// # Errors
    /// Where an option is not `name: value`, or has a name that no field can have.
    pub fn apply(&mut self, options: &[String]) -> anyhow::Result<()> {
        let mut seen: Vec<String> = Vec::new();
        for option in options {
            let Some((name, value)) = option.split_once(':').filter(|(name, _)| !name.is_empty())
            else {
                let hint = if option.starts_with(':') {
                    "; :authority is set by --authority, :path by the URL"
                } else {
                    ""
                };
                let start = first_word(option);
                bail!("-H takes 'name: value' ('{start}…' is not that{hint})");
            };
            let name = name.trim().to_ascii_lowercase();
            if !is_token(name.as_bytes()) {
                bail!("'{}…' is no header name", first_word(&name));
            }
            let value = value.trim();
            if value.chars().any(|c| c.is_control() && c != '\t') {
                bail!("the value of {name} has a control character in it, which HTTP/2 forbids");
            }
            if value == UNSET {
                self.0.retain(|(present, _)| *present != name);
            } else if let Some(default) = self
                .0
                .iter_mut()
                .find(|(present, _)| *present == name)
                .filter(|_| !seen.contains(&name))
            {
                default.1 = value.as_bytes().to_vec();
            } else {
                self.push(&name, value.as_bytes().to_vec());
            }
            seen.push(name);
        }
        Ok(())
    }

    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(present, _)| present == name)
            .map(|(_, value)| value.as_slice())
    }

    /// The fields.
    #[must_use]
    pub fn into_vec(self) -> Vec<(String, Vec<u8>)> {
        self.0
    }
}

/// Returns true if the probe sends a field of this name by itself, or reads it: its value is no secret.
#[must_use]
pub fn is_default(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    let own = ["te", "content-type", "user-agent"];
    own.contains(&&*name) || name.starts_with("grpc-")
}

/// The start of a `-H` value that may be quoted: what follows may be a secret whose colon was forgotten.
fn first_word(option: &str) -> &str {
    let end = option.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    &option[..end.unwrap_or(option.len()).min(32)]
}

/// A length-prefixed message, compressed where that is asked for.
///
/// # Errors
/// Where the message is longer than four bytes can say.
pub fn frame(message: &[u8], gzip: bool) -> anyhow::Result<Vec<u8>> {
    let compressed = if gzip {
        Some(compression::gzip(message).context("cannot compress the message")?)
    } else {
        None
    };
    let payload = compressed.as_deref().unwrap_or(message);
    let length = u32::try_from(payload.len())
        .context("the message is longer than the 4 GiB that a prefix can say")?;
    let mut framed = Vec::with_capacity(5 + payload.len());
    framed.push(u8::from(gzip));
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(payload);
    Ok(framed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(options: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
        let mut headers = Headers::new(Duration::from_secs(1), false);
        headers.apply(
            &options
                .iter()
                .map(|option| (*option).to_owned())
                .collect::<Vec<_>>(),
        )?;
        let text = |value: Vec<u8>| String::from_utf8(value).unwrap();
        Ok(headers
            .into_vec()
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .collect())
    }

    fn names(headers: &[(String, String)]) -> Vec<&str> {
        headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn defaults_are_replaced_in_place_and_removed() {
        let plain = applied(&[]).unwrap();
        assert_eq!(
            names(&plain),
            [
                "grpc-timeout",
                "te",
                "content-type",
                "grpc-accept-encoding",
                "user-agent"
            ]
        );
        assert_eq!(plain[0].1, "1000000u");
        let changed =
            applied(&["Content-Type: text/plain", "te: @unset", "x-a: 1", "x-a: 2"]).unwrap();
        assert_eq!(
            names(&changed),
            [
                "grpc-timeout",
                "content-type",
                "grpc-accept-encoding",
                "user-agent",
                "x-a",
                "x-a"
            ]
        );
        assert_eq!(changed[1].1, "text/plain");
        let doubled = applied(&["te: trailers", "te: trailers"]).unwrap();
        assert_eq!(
            names(&doubled).iter().filter(|name| **name == "te").count(),
            2
        );
    }

    #[test]
    fn bad_options() {
        for (option, sentence) in [
            ("no colon", "name: value"),
            (":path: /x", "--authority"),
            ("a b: c", "no header name"),
            ("x: a\nb", "control character"),
        ] {
            let error = applied(&[option]).expect_err(option).to_string();
            assert!(error.contains(sentence), "{error}");
        }
    }

    #[test]
    fn values_are_not_quoted() {
        for (option, word) in [
            ("authorization Bearer SECRET", "'authorization…'"),
            ("authorization=SECRET", "'authorization…'"),
            ("Bearer SECRET: x", "'bearer…'"),
        ] {
            let error = applied(&[option]).expect_err(option).to_string();
            assert!(error.contains(word), "{error}");
            assert!(!error.to_lowercase().contains("secret"), "{error}");
        }
    }

    #[test]
    fn frames() {
        assert_eq!(frame(b"hi", false).unwrap(), b"\0\0\0\0\x02hi");
        assert_eq!(frame(b"hi", true).unwrap()[0], 1);
    }
}
