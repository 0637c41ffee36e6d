//! Host names to addresses.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::http::reach::{Failure, FailureKind, Resolve};

/// The addresses of `host`, in the order in which they are to be tried, and the record of looking them up.
pub(super) async fn resolve(
    host: &str,
    port: u16,
    deadline: Instant,
) -> (Vec<SocketAddr>, Option<Resolve>) {
    if let Some(address) = literal(host) {
        return (vec![SocketAddr::new(address, port)], None);
    }
    let (addresses, record) = within(deadline, look_up(host.to_owned(), port)).await;
    (addresses, Some(record))
}

/// Waits for a look-up, and records it.
async fn within(
    deadline: Instant,
    looking: impl Future<Output = io::Result<Vec<SocketAddr>>>,
) -> (Vec<SocketAddr>, Resolve) {
    let started = Instant::now();
    let result = match timeout_at(deadline, looking).await {
        Err(_) => Err(Failure {
            kind: FailureKind::TimedOut,
            text: "no answer before the deadline".to_owned(),
        }),
        Ok(Err(error)) => Err(Failure {
            kind: kind(&error),
            text: error.to_string(),
        }),
        Ok(Ok(addresses)) if addresses.is_empty() => Err(Failure {
            kind: FailureKind::NotFound,
            text: "no addresses".to_owned(),
        }),
        Ok(Ok(addresses)) => Ok(interleave(&addresses)),
    };
    let took = started.elapsed();
    let addresses = result.as_ref().cloned().unwrap_or_default();
    let result = result.map(|found| found.iter().map(|it| it.ip().to_string()).collect());
    (addresses, Resolve { took, result })
}

/// The address that `host` spells, brackets of a URL around it or not.
fn literal(host: &str) -> Option<IpAddr> {
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(host).parse().ok()
}

/// Asks the operating system. It can take longer than any deadline and cannot be called off, so the thread that waits
/// for it is let go rather than handed to the runtime, which would wait for it when it ends.
async fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            let result = (host.as_str(), port).to_socket_addrs();
            // Nobody listens any more once the deadline has passed.
            drop(sender.send(result.map(Vec::from_iter)));
        })?;
    receiver
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the look-up ended without a result")))
}

/// The C library's codes do not come through; its words do.
fn kind(error: &io::Error) -> FailureKind {
    /// What glibc, musl, macOS and Windows say of a name that does not exist or has no address.
    const NOT_FOUND: [&str; 6] = [
        "Name or service not known",
        "No address associated with",
        "Name does not resolve",
        "Name has no usable address",
        "nodename nor servname provided",
        "No such host is known",
    ];
    let text = error.to_string();
    if NOT_FOUND.iter().any(|words| text.contains(words)) {
        FailureKind::NotFound
    } else if error.kind() == io::ErrorKind::TimedOut {
        FailureKind::TimedOut
    } else {
        FailureKind::Other
    }
}

/// The two families in turn, beginning with the one that the system put first (RFC 8305, 4), so that one family
/// without a route costs one attempt and not all of its addresses.
fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let of = |family| {
        addresses
            .iter()
            .copied()
            .filter(move |address| address.is_ipv6() == family)
    };
    let (mut one, mut other) = (of(first), of(!first));
    let mut mixed = Vec::with_capacity(addresses.len());
    loop {
        let pair = (one.next(), other.next());
        if pair == (None, None) {
            return mixed;
        }
        mixed.extend(pair.0);
        mixed.extend(pair.1);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[tokio::test]
    async fn literals_are_not_looked_up() {
        for (host, expected) in [
            ("127.0.0.1", "127.0.0.1:50051"),
            ("::1", "[::1]:50051"),
            ("[::1]", "[::1]:50051"),
        ] {
            let (addresses, record) = resolve(host, 50051, soon()).await;
            assert_eq!(addresses, [expected.parse().unwrap()]);
            assert_eq!(record, None);
        }
    }

    #[tokio::test]
    async fn localhost_is_looked_up() {
        let (addresses, record) = resolve("localhost", 1, soon()).await;
        assert!(addresses.iter().all(|address| address.ip().is_loopback()));
        let found = record.unwrap().result.unwrap();
        assert_eq!(found.len(), addresses.len());
        assert!(!found.is_empty());
    }

    #[tokio::test]
    async fn a_look_up_that_takes_too_long() {
        let (addresses, record) = within(Instant::now(), std::future::pending()).await;
        assert!(addresses.is_empty());
        assert_eq!(record.result.unwrap_err().kind, FailureKind::TimedOut);
    }

    #[tokio::test]
    async fn a_name_without_addresses() {
        let (_, record) = within(soon(), std::future::ready(Ok(Vec::new()))).await;
        assert_eq!(record.result.unwrap_err().kind, FailureKind::NotFound);
    }

    #[test]
    fn words_of_the_system_tell_what_failed() {
        let of = |text: &str| kind(&io::Error::other(text));
        let lookup = "failed to lookup address information: ";
        assert_eq!(
            of(&format!("{lookup}Name or service not known")),
            FailureKind::NotFound
        );
        assert_eq!(
            of(&format!("{lookup}Temporary failure in name resolution")),
            FailureKind::Other
        );
    }

    #[test]
    fn families_take_turns() {
        let parse = |list: &[&str]| -> Vec<SocketAddr> {
            list.iter()
                .map(|ip| SocketAddr::new(ip.parse().unwrap(), 1))
                .collect()
        };
        let mixed = interleave(&parse(&["::1", "::2", "::3", "10.0.0.1", "10.0.0.2"]));
        assert_eq!(mixed, parse(&["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"]));
        assert_eq!(interleave(&[]), []);
    }
}
