//! Addresses to a connection.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::tee::Transport;
use crate::http::reach::{Attempt, Dial, Failure, FailureKind};

/// How long an attempt stands alone before the next is started beside it (RFC 8305, 5).
const STAGGER: Duration = Duration::from_millis(250);

type Connecting = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// One attempt: its record, and the future while it is under way.
struct Running {
    attempt: Attempt,
    started: Instant,
    future: Option<Connecting>,
}

impl Running {
    fn start(address: SocketAddr) -> Self {
        Self {
            attempt: Attempt {
                address: address.to_string(),
                took: Duration::ZERO,
                failure: None,
            },
            started: Instant::now(),
            future: Some(Box::pin(TcpStream::connect(address))),
        }
    }

    fn end(&mut self, failure: Option<Failure>) {
        self.future = None;
        self.attempt.took = self.started.elapsed();
        self.attempt.failure = failure;
    }
}

/// Tries the addresses until one accepts, each beside those before it once they have had their time (RFC 8305), and
/// records every attempt.
pub(super) async fn tcp(
    addresses: &[SocketAddr],
    deadline: Instant,
    dial: &mut Dial,
) -> Option<TcpStream> {
    let begun = Instant::now();
    let mut running: Vec<Running> = Vec::with_capacity(addresses.len());
    let race = race(addresses, &mut running);
    let connected = timeout_at(deadline, race).await;
    let timed_out = connected.is_err();
    let accepted = running
        .iter()
        .find(|it| it.future.is_none() && it.attempt.failure.is_none())
        .map(|it| it.attempt.address.clone());
    for abandoned in running.iter_mut().filter(|it| it.future.is_some()) {
        abandoned.end(timed_out.then(no_answer));
    }
    dial.attempts = running.into_iter().map(|it| it.attempt).collect();
    dial.connect_took = Some(begun.elapsed());
    let stream = connected.ok().flatten()?;
    dial.peer = accepted;
    // Small writes are to go out as they are made, or their times would be those of Nagle's algorithm. Where this
    // fails, the connection has failed too, and reading will tell.
    let _ = stream.set_nodelay(true);
    Some(stream)
}

async fn race(addresses: &[SocketAddr], running: &mut Vec<Running>) -> Option<TcpStream> {
    let mut waiting = addresses.iter().copied();
    loop {
        match waiting.next() {
            Some(address) => running.push(Running::start(address)),
            None if running.iter().all(|it| it.future.is_none()) => return None,
            None => {}
        }
        let next = (waiting.len() > 0).then(|| Instant::now() + STAGGER);
        if let Some(stream) = first(running, next).await {
            return Some(stream);
        }
    }
}

/// Waits for the first connection; `None` once it is time for the next attempt, or one has failed.
async fn first(running: &mut [Running], next: Option<Instant>) -> Option<TcpStream> {
    let settled = std::future::poll_fn(|context| {
        for it in running.iter_mut() {
            let Some(future) = &mut it.future else {
                continue;
            };
            match future.as_mut().poll(context) {
                Poll::Pending => {}
                Poll::Ready(Ok(stream)) => {
                    it.end(None);
                    return Poll::Ready(Some(stream));
                }
                Poll::Ready(Err(error)) => {
                    it.end(Some(failure(&error)));
                    return Poll::Ready(None);
                }
            }
        }
        Poll::Pending
    });
    match next {
        None => settled.await,
        Some(next) => tokio::select! {
            biased;
            stream = settled => stream,
            () = sleep_until(next) => None,
        },
    }
}

/// Connects to the socket at `path`.
pub(super) async fn unix(
    path: &Path,
    deadline: Instant,
    dial: &mut Dial,
) -> Option<Box<dyn Transport>> {
    let begun = Instant::now();
    let result = timeout_at(deadline, open(path)).await;
    let took = begun.elapsed();
    let address = path.display().to_string();
    let (stream, failure) = match result {
        Ok(Ok(stream)) => (Some(stream), None),
        Ok(Err(error)) => (None, Some(failure(&error))),
        Err(_) => (None, Some(no_answer())),
    };
    dial.peer = stream.is_some().then(|| address.clone());
    dial.connect_took = Some(took);
    dial.attempts = vec![Attempt {
        address,
        took,
        failure,
    }];
    stream
}

#[cfg(unix)]
async fn open(path: &Path) -> io::Result<Box<dyn Transport>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn open(_: &Path) -> io::Result<Box<dyn Transport>> {
    Err(io::Error::other("this system has no unix sockets"))
}

fn no_answer() -> Failure {
    Failure {
        kind: FailureKind::TimedOut,
        text: "no answer before the deadline".to_owned(),
    }
}

fn failure(error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => FailureKind::NotFound,
        io::ErrorKind::ConnectionRefused => FailureKind::Refused,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown => FailureKind::Unreachable,
        io::ErrorKind::TimedOut => FailureKind::TimedOut,
        _ => FailureKind::Other,
    };
    Failure {
        kind,
        text: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    /// A port that nothing listens on.
    async fn refused() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    }

    #[tokio::test]
    async fn a_refusal_moves_on_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let bad = refused().await;
        let mut dial = Dial::default();
        let begun = Instant::now();
        let stream = tcp(&[bad, good, bad], soon(), &mut dial).await;
        assert!(stream.is_some());
        assert!(begun.elapsed() < STAGGER);
        let kinds: Vec<_> = dial
            .attempts
            .iter()
            .map(|it| it.failure.as_ref().map(|failure| failure.kind))
            .collect();
        assert_eq!(kinds, [Some(FailureKind::Refused), None]);
        assert_eq!(dial.peer, Some(good.to_string()));
    }

    #[tokio::test]
    async fn all_refused() {
        let bad = refused().await;
        let mut dial = Dial::default();
        assert!(tcp(&[bad, bad], soon(), &mut dial).await.is_none());
        assert_eq!(dial.attempts.len(), 2);
        assert_eq!(dial.peer, None);
    }

    /// A listener whose queue is full answers nothing, as a firewall that drops packets does.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_is_under_way_at_the_deadline_timed_out() {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        for _ in 0..8 {
            let mut dial = Dial::default();
            let deadline = Instant::now() + Duration::from_millis(100);
            match tcp(&[address], deadline, &mut dial).await {
                Some(stream) => held.push(stream),
                None => {
                    let failure = dial.attempts[0].failure.as_ref().unwrap();
                    assert_eq!(failure.kind, FailureKind::TimedOut);
                    return;
                }
            }
        }
        panic!("the queue of one never filled");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn unix_sockets_that_are_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let mut dial = Dial::default();
        assert!(unix(&path, soon(), &mut dial).await.is_none());
        let kind = |dial: &Dial| dial.attempts[0].failure.as_ref().unwrap().kind;
        assert_eq!(kind(&dial), FailureKind::NotFound);

        drop(tokio::net::UnixListener::bind(&path).unwrap());
        assert!(unix(&path, soon(), &mut dial).await.is_none());
        assert_eq!(kind(&dial), FailureKind::Refused);
    }
}
