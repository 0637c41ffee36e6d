//! HTTP/1.1 before HTTP/2: the request that asks for an upgrade or a tunnel, and the answer to it.

use crate::wire::foreign;

/// How much of a head is waited for, in bytes; servers refuse longer ones.
const HEAD_MAX: usize = 64 * 1024;

/// Whether bytes begin like a request of HTTP/1.1, which the preface of HTTP/2 is not.
pub(super) fn is_request(bytes: &[u8]) -> bool {
    foreign::is_request(bytes) && !bytes.starts_with(b"PRI ")
}

/// A direction's head as its bytes come, and then what follows it.
#[derive(Debug, Default)]
pub(super) struct Head {
    bytes: Vec<u8>,
    /// Bytes of it up to the empty line, once that came.
    end: Option<usize>,
}

impl Head {
    /// Takes bytes, as many as are of the head; the rest is returned.
    pub(super) fn feed<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.end.is_some() || self.bytes.len() >= HEAD_MAX {
            return bytes;
        }
        let before = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let from = before.saturating_sub(3);
        let end = self.bytes[from..]
            .windows(4)
            .position(|four| four == b"\r\n\r\n");
        let Some(end) = end.map(|at| from + at + 4) else {
            return &[];
        };
        self.bytes.truncate(end);
        self.end = Some(end);
        &bytes[end - before..]
    }

    /// How much memory it takes beside itself, in bytes.
    pub(super) const fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether all of it is there.
    pub(super) const fn is_whole(&self) -> bool {
        self.end.is_some()
    }

    /// Whether it is given up for too long.
    pub(super) fn is_too_long(&self) -> bool {
        self.end.is_none() && self.bytes.len() >= HEAD_MAX
    }

    /// The first line.
    pub(super) fn line(&self) -> &[u8] {
        let line = self.bytes.split(|byte| *byte == b'\n').next();
        line.unwrap_or_default().trim_ascii()
    }

    /// The status code of an answer.
    pub(super) fn status(&self) -> Option<u16> {
        let digits = self.line().split(|byte| *byte == b' ').nth(1)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// The value of a field.
    pub(super) fn field(&self, name: &str) -> Option<&[u8]> {
        self.bytes
            .split(|byte| *byte == b'\n')
            .skip(1)
            .find_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                let (found, value) = line.split_at(colon);
                found
                    .eq_ignore_ascii_case(name.as_bytes())
                    .then(|| value[1..].trim_ascii())
            })
    }
}

/// What an exchange of heads leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    /// To HTTP/2 with the request as its first stream.
    Upgrade,
    /// To a tunnel.
    Tunnel,
    /// To nothing else.
    Nowhere,
}

/// What a request and its answer lead to.
pub(super) fn leads(request: &Head, answer: &Head) -> Leads {
    match answer.status() {
        Some(101) => {
            let upgrade = answer.field("upgrade").unwrap_or_default();
            if upgrade.eq_ignore_ascii_case(b"h2c") {
                Leads::Upgrade
            } else {
                Leads::Nowhere
            }
        }
        Some(200..300) if request.line().starts_with(b"CONNECT ") => Leads::Tunnel,
        _ => Leads::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &[u8]) -> Head {
        let mut head = Head::default();
        head.feed(text);
        head
    }

    #[test]
    fn a_head_ends_at_the_empty_line_however_it_comes() {
        let text = b"POST /a HTTP/1.1\r\nContent-Type: application/grpc\r\n\r\nbody";
        for size in 1..=text.len() {
            let (mut head, mut rest) = (Head::default(), Vec::new());
            for chunk in text.chunks(size) {
                rest.extend_from_slice(head.feed(chunk));
            }
            assert!(head.is_whole());
            assert_eq!(rest, b"body");
            assert_eq!(head.line(), b"POST /a HTTP/1.1");
            assert_eq!(head.field("content-type"), Some(&b"application/grpc"[..]));
            assert_eq!(head.field("te"), None);
        }
    }

    #[test]
    fn upgrades_and_tunnels() {
        let get = head(b"GET / HTTP/1.1\r\nupgrade: h2c\r\n\r\n");
        let connect = head(b"CONNECT a:1 HTTP/1.1\r\n\r\n");
        let switched = head(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");
        let socket = head(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
        let ok = head(b"HTTP/1.0 200 OK\r\n\r\n");
        assert_eq!(leads(&get, &switched), Leads::Upgrade);
        assert_eq!(leads(&get, &socket), Leads::Nowhere);
        assert_eq!(leads(&get, &ok), Leads::Nowhere);
        assert_eq!(leads(&connect, &ok), Leads::Tunnel);
        assert_eq!(
            leads(&connect, &head(b"HTTP/1.1 407 no\r\n\r\n")),
            Leads::Nowhere
        );
    }

    #[test]
    fn a_head_without_an_end_is_given_up() {
        let mut endless = Head::default();
        let mut passed = 0;
        for _ in 0..100 {
            passed += endless.feed(&[b'a'; 1000]).len();
        }
        // What comes once it was given up is passed on.
        assert_eq!(passed + endless.bytes.len(), 100_000);
        assert!(endless.is_too_long());
        assert!(endless.bytes.len() < 2 * HEAD_MAX);
    }
}
