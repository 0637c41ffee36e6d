//! What a call is addressed to.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::report::redact;

/// A target, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Url {
    /// `https://host[:port]/[prefix/]package.Service/Method`, or `http://…` for HTTP/2 with prior knowledge.
    Host {
        /// Whether it is `https`.
        tls: bool,
        /// A name, or an address without brackets.
        host: String,
        /// The port; the scheme's own where none was given.
        port: u16,
        /// Host and port as they stand, for `:authority`.
        authority: String,
        /// The path.
        path: Path,
    },
    /// `unix:/path/to.sock/package.Service/Method`, or with a prefix, `unix:/path/to.sock:/prefix/package.Service/Method`.
    Unix {
        /// The socket.
        socket: PathBuf,
        /// The path.
        path: Path,
    },
    /// `stage:NAME`, an attempt of the embedded stage; the tour through all of them where the name is empty.
    Stage(String),
}

/// A path whose last two segments are service and method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// All of it, as it stands, with its leading slash.
    pub whole: String,
    /// The last two segments: `package.Service/Method`.
    pub method: String,
}

/// Why a text is no target; a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No scheme that is known.
    #[error("a URL begins with https://, http://, unix: or stage: ({0:?} does not)")]
    Scheme(String),
    /// No host.
    #[error("the URL {0:?} has no host")]
    Host(String),
    /// The port is no number from 1 to 65535.
    #[error("{0:?} is no port; a port is a number from 1 to 65535")]
    Port(String),
    /// User name and password.
    #[error("a user name in the URL is not sent by gRPC; use -H \"authorization: $TOKEN\"")]
    UserInfo,
    /// A fragment.
    #[error("a fragment (#…) is never sent; leave it out of the URL")]
    Fragment,
    /// No service and method.
    #[error("the URL ends with the service and the method, as in {0}package.Service/Method")]
    Method(String),
    /// A character that cannot stand in a path.
    #[error("the path has {0:?} in it, which has to be percent-encoded")]
    Character(char),
}

impl std::str::FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if let Some(name) = text.strip_prefix("stage:") {
            return Ok(Self::Stage(name.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("unix:") {
            return unix(rest);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            // What is quoted here has no user name in it.
            return Err(if text.contains('@') {
                UrlError::UserInfo
            } else {
                UrlError::Scheme(redact::scrub(text, &redact::Hidden::default()))
            });
        };
        match scheme.to_ascii_lowercase().as_str() {
            "https" => host(rest, true, text),
            "http" => host(rest, false, text),
            _ => Err(UrlError::Scheme(redact::scrub(
                text,
                &redact::Hidden::default(),
            ))),
        }
    }
}

fn host(rest: &str, tls: bool, whole: &str) -> Result<Url, UrlError> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Err(UrlError::UserInfo);
    }
    let no_host = || UrlError::Host(redact::scrub(whole, &redact::Hidden::default()));
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, after) = bracketed.split_once(']').ok_or_else(no_host)?;
            (host, after.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let readable = |c: char| !c.is_whitespace() && !c.is_control();
    if host.is_empty() || !host.chars().all(readable) {
        return Err(no_host());
    }
    let port = match port {
        Some(port) => {
            let number = port.parse().ok().filter(|number| *number != 0);
            number.ok_or_else(|| UrlError::Port(port.to_owned()))?
        }
        None if tls => 443,
        None => 80,
    };
    let path = parse_path(path, || {
        format!("{}://{authority}/", if tls { "https" } else { "http" })
    })?;
    Ok(Url::Host {
        tls,
        host: host.to_owned(),
        port,
        authority: authority.to_owned(),
        path,
    })
}

fn unix(rest: &str) -> Result<Url, UrlError> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (socket, path) = match rest.split_once(":/") {
        Some((socket, _)) => (socket, &rest[socket.len() + 1..]),
        None => {
            let method = rest.rmatch_indices('/').nth(1).map(|(at, _)| at);
            rest.split_at(method.ok_or_else(|| UrlError::Method("unix:/path/to.sock/".to_owned()))?)
        }
    };
    if socket.is_empty() {
        return Err(UrlError::Host(format!("unix:{rest}")));
    }
    let path = parse_path(path, || format!("unix:{socket}/"))?;
    Ok(Url::Unix {
        socket: PathBuf::from(socket),
        path,
    })
}

fn parse_path(path: &str, base: impl Fn() -> String) -> Result<Path, UrlError> {
    if path.contains('#') {
        return Err(UrlError::Fragment);
    }
    if let Some(bad) = path.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(UrlError::Character(bad));
    }
    let without_query = path.split('?').next().unwrap_or(path);
    let mut segments = without_query.rsplit('/');
    match (segments.next(), segments.next(), segments.next()) {
        (Some(method), Some(service), Some(_)) if !method.is_empty() && !service.is_empty() => {
            Ok(Path {
                whole: path.to_owned(),
                method: format!("{service}/{method}"),
            })
        }
        _ => Err(UrlError::Method(base())),
    }
}

impl Url {
    /// The URL as it is shown.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Host {
                tls,
                authority,
                path,
                ..
            } => {
                let scheme = if *tls { "https" } else { "http" };
                format!("{scheme}://{authority}{}", path.whole)
            }
            Self::Unix { socket, path } => format!("unix:{}:{}", socket.display(), path.whole),
            Self::Stage(name) => format!("stage:{name}"),
        }
    }
}

/// The two parts of what `--connect-to` takes.
pub(super) fn host_and_port(text: &str) -> anyhow::Result<(String, u16)> {
    let parts = text
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host, port.parse().ok().filter(|p| *p != 0)?)));
    let (host, port) =
        parts.with_context(|| format!("--connect-to takes HOST:PORT ({text:?} is not that)"))?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    if host.is_empty() {
        bail!("--connect-to takes HOST:PORT ({text:?} has no host)");
    }
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Url, UrlError> {
        text.parse()
    }

    #[test]
    fn hosts() {
        let Ok(Url::Host {
            tls,
            host,
            port,
            authority,
            path,
        }) = parse("https://api.example.com/Prod/a.B/C")
        else {
            panic!("no host");
        };
        assert!(tls);
        assert_eq!(
            (host.as_str(), port, authority.as_str()),
            ("api.example.com", 443, "api.example.com")
        );
        assert_eq!(
            (path.whole.as_str(), path.method.as_str()),
            ("/Prod/a.B/C", "a.B/C")
        );
        let Ok(Url::Host {
            tls,
            host,
            port,
            authority,
            ..
        }) = parse("http://[::1]:50051/a.B/C")
        else {
            panic!("no host");
        };
        assert!(!tls);
        assert_eq!(
            (host.as_str(), port, authority.as_str()),
            ("::1", 50051, "[::1]:50051")
        );
    }

    #[test]
    fn sockets() {
        let of = |text| match parse(text) {
            Ok(Url::Unix { socket, path }) => {
                (socket.display().to_string(), path.whole, path.method)
            }
            other => panic!("{other:?}"),
        };
        let plain = (
            "/tmp/x.sock".to_owned(),
            "/a.B/C".to_owned(),
            "a.B/C".to_owned(),
        );
        assert_eq!(of("unix:/tmp/x.sock/a.B/C"), plain);
        assert_eq!(of("unix:///tmp/x.sock/a.B/C"), plain);
        let prefixed = (
            "/tmp/x.sock".to_owned(),
            "/Prod/a.B/C".to_owned(),
            "a.B/C".to_owned(),
        );
        assert_eq!(of("unix:/tmp/x.sock:/Prod/a.B/C"), prefixed);
    }

    #[test]
    fn sentences_for_what_is_wrong() {
        for (text, sentence) in [
            ("example.com/a.B/C", "a URL begins with https://"),
            ("ftp://example.com/a.B/C", "a URL begins with https://"),
            ("https:///a.B/C", "has no host"),
            ("https://h:0/a.B/C", "is no port"),
            ("https://h:x/a.B/C", "is no port"),
            ("https://[::1/a.B/C", "has no host"),
            ("https://u:p@h/a.B/C", "user name"),
            ("https://h/a.B/C#x", "fragment"),
            ("https://h", "as in https://h/package.Service/Method"),
            ("https://h/", "package.Service/Method"),
            ("https://h/a.B", "package.Service/Method"),
            ("https://h/a.B/", "package.Service/Method"),
            ("https://h/a b/C", "percent-encoded"),
            ("unix:x", "package.Service/Method"),
            ("unix:/a.B/C", "has no host"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(sentence), "{text}: {error}");
        }
        assert_eq!(parse("stage:"), Ok(Url::Stage(String::new())));
    }
}
