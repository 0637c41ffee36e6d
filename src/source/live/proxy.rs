//! A tunnel through an HTTP proxy (CONNECT), and which proxy to use.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::tee::Transport;
use crate::http::reach::{Tunnel, TunnelEnd};

/// The most that the head of an answer may have.
const HEAD_MAX: usize = 16 * 1024;

/// How much of an answer's body is read.
const BODY_MAX: usize = 4 * 1024;

/// How long the body of a refusal is waited for: it says why, and need not come.
const BODY_WAIT: Duration = Duration::from_millis(300);

/// How an answer by HTTP/1 begins.
const HTTP: &[u8] = b"HTTP/1.";

/// A proxy to go through.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    host: String,
    port: u16,
    /// What follows `Basic `.
    credentials: Option<String>,
}

/// Credentials are in no text of ours.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({}:{})", self.host, self.port)
    }
}

/// Why a text is no proxy. None of these quotes it, for it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// A scheme that is not `http`.
    #[error("only http:// proxies are known, not https:// or socks")]
    Scheme,
    /// No host, or a port that is none.
    #[error("a proxy is http://[user:password@]host[:port]")]
    Form,
}

impl Proxy {
    /// Reads `http://[user:password@]host[:port]`; the scheme may be left out, and the port is 1080 then, as for curl,
    /// or 80 with the scheme.
    ///
    /// # Errors
    /// Where it is none of that form.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let (rest, default) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (rest, 80),
            Some(_) => return Err(ProxyError::Scheme),
            None => (text, 1080),
        };
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, address) = match rest.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, rest),
        };
        let (host, port) = host_and_port(address);
        let port = match port {
            None => default,
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or(ProxyError::Form)?,
        };
        let blank = |c: char| c.is_whitespace() || c.is_control();
        if host.is_empty() || host.contains(blank) {
            return Err(ProxyError::Form);
        }
        let credentials = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            let plain = [
                percent_decoded(name),
                b":".to_vec(),
                percent_decoded(password),
            ]
            .concat();
            base64::engine::general_purpose::STANDARD.encode(plain)
        });
        Ok(Self {
            host: host.to_owned(),
            port,
            credentials,
        })
    }

    /// The proxy that environment variables name for a target, as curl and grpc-go read them; lower case goes first.
    ///
    /// For `https://` these are https_proxy and all_proxy; for plaintext http_proxy, in lower case alone as for curl,
    /// then https_proxy, which grpc-go uses for any target, and all_proxy. Loopback targets, and those that no_proxy
    /// names, are reached directly.
    ///
    /// # Errors
    /// Where a variable holds something that is no proxy; its name is given too.
    pub fn of_environment(
        variable: impl Fn(&str) -> Option<String>,
        tls: bool,
        host: &str,
        port: u16,
    ) -> Result<Option<Self>, (&'static str, ProxyError)> {
        let names: &[&str] = if tls {
            &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        } else {
            &[
                "http_proxy",
                "https_proxy",
                "HTTPS_PROXY",
                "all_proxy",
                "ALL_PROXY",
            ]
        };
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let Some((name, value)) = names.iter().find_map(|name| Some((*name, set(name)?))) else {
            return Ok(None);
        };
        let except = set("no_proxy")
            .or_else(|| set("NO_PROXY"))
            .unwrap_or_default();
        if is_loopback(host) || is_excepted(&except, host, port) {
            return Ok(None);
        }
        Self::parse(value.trim())
            .map(Some)
            .map_err(|error| (name, error))
    }

    /// The user and the password, together and apart: none of them is to be shown.
    #[must_use]
    pub fn user(&self) -> Option<Vec<String>> {
        let engine = base64::engine::general_purpose::STANDARD;
        let plain = engine.decode(self.credentials.as_ref()?).ok()?;
        let plain = String::from_utf8_lossy(&plain).into_owned();
        let password = plain
            .split_once(':')
            .map(|(_, password)| password.to_owned());
        Some([plain].into_iter().chain(password).collect())
    }

    /// Where the proxy listens.
    #[must_use]
    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Asks for a tunnel to `host` and `port` on a connection to the proxy, and records how that went.
    pub(super) async fn open(
        &self,
        transport: &mut dyn Transport,
        host: &str,
        port: u16,
        deadline: Instant,
    ) -> Tunnel {
        let target = authority(host, port);
        let authorization = self.credentials.as_ref().map_or_else(String::new, |basic| {
            format!("Proxy-Authorization: Basic {basic}\r\n")
        });
        let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
        let mut answer = Vec::new();
        let exchange = async {
            transport.write_all(request.as_bytes()).await?;
            transport.flush().await?;
            head(transport, &mut answer).await
        };
        let end = match timeout_at(deadline, exchange).await {
            Err(_) => TunnelEnd::TimedOut,
            Ok(Err(error)) => TunnelEnd::Closed(Some(error.to_string())),
            Ok(Ok(false)) if answer.starts_with(HTTP) || answer.is_empty() => {
                TunnelEnd::Closed(None)
            }
            Ok(Ok(_)) => match status(&answer) {
                Some(200..300) => TunnelEnd::Open,
                status => {
                    let wait = deadline.min(Instant::now() + BODY_WAIT);
                    // What came by then is enough.
                    let _ = timeout_at(wait, body(transport, &mut answer)).await;
                    status.map_or(TunnelEnd::NotHttp, TunnelEnd::Refused)
                }
            },
        };
        if let Some(credentials) = &self.credentials {
            // Some servers say back what they were asked.
            blot(&mut answer, credentials.as_bytes());
        }
        Tunnel {
            proxy: authority(&self.host, self.port),
            target,
            credentials: self.credentials.is_some(),
            answer,
            end,
        }
    }
}

/// Reads the head of an answer a byte at a time, for what follows that of a success is no longer the proxy's. Ends
/// where it is no HTTP. `false` where the proxy closed the connection first.
async fn head(transport: &mut dyn Transport, answer: &mut Vec<u8>) -> std::io::Result<bool> {
    while answer.len() < HEAD_MAX && !answer.ends_with(b"\r\n\r\n") && !answer.ends_with(b"\n\n") {
        let mut byte = [0];
        if transport.read(&mut byte).await? == 0 {
            return Ok(false);
        }
        answer.push(byte[0]);
        let begun = answer.len().min(HTTP.len());
        // A few bytes more tell what it is.
        if answer[..begun] != HTTP[..begun] && answer.len() >= 2 * HTTP.len() {
            break;
        }
    }
    Ok(true)
}

async fn body(transport: &mut dyn Transport, answer: &mut Vec<u8>) {
    let mut buffer = [0; 1024];
    let limit = answer.len() + BODY_MAX;
    while answer.len() < limit {
        match transport.read(&mut buffer).await {
            Ok(count) if count > 0 => answer.extend(&buffer[..count]),
            _ => return,
        }
    }
}

/// Writes asterisks over what must not be seen.
fn blot(bytes: &mut [u8], secret: &[u8]) {
    let mut at = 0;
    while !secret.is_empty() && at + secret.len() <= bytes.len() {
        let (start, end) = (at, at + secret.len());
        if bytes[start..end] == *secret {
            bytes[start..end].fill(b'*');
            at = end;
        } else {
            at += 1;
        }
    }
}

/// The status of an HTTP/1 answer.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\n').next()?;
    let rest = line.strip_prefix(HTTP)?.get(1..)?.strip_prefix(b" ")?;
    let digits = std::str::from_utf8(rest.get(..3)?).ok()?;
    digits.parse().ok().filter(|status| *status >= 100)
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// The parts of `host:port`, `[::1]:port` and a bare address or name.
fn host_and_port(text: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = text
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        return (host, rest.strip_prefix(':'));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

fn percent_decoded(text: &str) -> Vec<u8> {
    crate::rpc::metadata::decode_message(text.as_bytes())
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Whether `no_proxy` names a host: `*`, the host itself, a domain above it with or without a dot before it, or its
/// address; behind a colon a port may stand.
fn is_excepted(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    list.split([',', ' ', '\t']).any(|entry| {
        let (name, wanted) = host_and_port(entry.trim());
        if wanted.is_some_and(|wanted| wanted.parse() != Ok(port)) {
            return false;
        }
        let name = name.trim_matches('.').to_ascii_lowercase();
        match name.as_str() {
            "" => false,
            "*" => true,
            // An address has no domains above it.
            _ if host.parse::<IpAddr>().is_ok() => name.parse::<IpAddr>().ok() == host.parse().ok(),
            name => host
                .strip_suffix(name)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
        }
    })
}

#[cfg(test)]
mod tests;
