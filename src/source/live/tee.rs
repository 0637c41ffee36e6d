//! Bytes on their way, seen in passing.
//!
//! A [`Tee`] stands twice in a TLS connection: beneath TLS, where an answer that is no TLS shows, and above it (or on
//! plaintext), where the HTTP/2 bytes are. Where a capture is written, another stands beneath all else. Its handle is shared, so that reading can go on after the HTTP/2 client
//! that wrote through it has given up.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustls::AlertDescription;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::http::Assembler;
use crate::wire::Direction;

/// What a [`Tee`] can stand on.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// What is told about the bytes that pass.
pub(super) trait Watch {
    /// The transport took these.
    fn sent(&mut self, bytes: &[u8]);
    /// The transport gave these.
    fn received(&mut self, bytes: &[u8]);
    /// The transport gives no more.
    fn ended(&mut self, ending: Ending);
}

/// How the peer's direction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The peer closed it.
    Closed,
    /// It broke.
    Broken {
        /// The operating system's words, or those of the TLS library.
        text: String,
        /// The TLS alert that broke it.
        alert: Option<AlertDescription>,
        /// Whether the peer reset it.
        reset: bool,
    },
}

impl Ending {
    fn of(error: &io::Error) -> Self {
        let tls = tls_error(error);
        // A TLS peer that goes without close_notify has closed like any other.
        if tls.is_none() && error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Closed;
        }
        Self::Broken {
            text: error.to_string(),
            alert: match tls {
                Some(rustls::Error::AlertReceived(alert)) => Some(*alert),
                _ => None,
            },
            reset: error.kind() == io::ErrorKind::ConnectionReset,
        }
    }
}

/// The TLS library's error inside an IO error.
pub(super) fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// A transport with a watcher. Clones share both.
pub(super) struct Tee<W> {
    inner: Arc<Mutex<Inner<W>>>,
}

struct Inner<W> {
    transport: Box<dyn Transport>,
    watch: W,
    /// A reset that a write was told of: the next read sees a plain end then.
    reset: Option<Ending>,
}

impl<W> Clone for Tee<W> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<W: Watch> Tee<W> {
    pub(super) fn new(transport: Box<dyn Transport>, watch: W) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                transport,
                watch,
                reset: None,
            })),
        }
    }

    /// Looks at the watcher.
    pub(super) fn watch<R>(&self, look: impl FnOnce(&mut W) -> R) -> R {
        look(&mut self.lock().watch)
    }

    /// Begins to close the transport, without waiting for it: over TLS this sends close_notify.
    pub(super) fn poll_close(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().transport).poll_shutdown(context)
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Watch> AsyncRead for Tee<W> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let inner = &mut *self.lock();
        let before = buffer.filled().len();
        let room = buffer.remaining();
        let result = ready!(Pin::new(&mut inner.transport).poll_read(context, buffer));
        match &result {
            Ok(()) => match &buffer.filled()[before..] {
                [] if room > 0 => {
                    let ending = inner.reset.take().unwrap_or(Ending::Closed);
                    inner.watch.ended(ending);
                }
                bytes => inner.watch.received(bytes),
            },
            Err(error) => inner.watch.ended(Ending::of(error)),
        }
        Poll::Ready(result)
    }
}

impl<W: Watch> AsyncWrite for Tee<W> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let inner = &mut *self.lock();
        let result = ready!(Pin::new(&mut inner.transport).poll_write(context, bytes));
        match &result {
            Ok(taken) => inner.watch.sent(&bytes[..*taken]),
            // The system tells of a reset once, and this was it.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                inner.reset = Some(Ending::of(error));
            }
            Err(_) => {}
        }
        Poll::Ready(result)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().transport).poll_flush(context)
    }

    /// Only flushes: whoever writes through a tee may be done while the peer still has something to say.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

/// How much of what arrives beneath TLS is kept: an HTTP/1.1 error page, or a TLS alert.
const FIRST_KEPT: usize = 4 * 1024;

/// Watches a connection beneath TLS.
#[derive(Debug, Default)]
pub(super) struct Beneath {
    /// The first bytes received.
    pub(super) first: Vec<u8>,
    /// How many there were.
    pub(super) received: u64,
    /// How they ended.
    pub(super) ending: Option<Ending>,
}

impl Watch for Beneath {
    fn sent(&mut self, _: &[u8]) {}

    fn received(&mut self, bytes: &[u8]) {
        let room = FIRST_KEPT - self.first.len();
        self.first
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.received += bytes.len() as u64;
    }

    fn ended(&mut self, ending: Ending) {
        self.ending.get_or_insert(ending);
    }
}

/// Watches the HTTP/2 bytes of a connection and assembles what they say.
#[derive(Debug, Default)]
pub(super) struct Above {
    /// What the bytes say.
    pub(super) assembler: Assembler,
    /// How many were received.
    pub(super) received: u64,
    /// How they ended.
    pub(super) ending: Option<Ending>,
    /// When the first byte was sent.
    epoch: Option<Instant>,
    /// When the last byte was received.
    pub(super) last_received: Option<Instant>,
}

impl Above {
    /// The time since the first byte sent.
    pub(super) fn at(&self, now: Instant) -> Duration {
        self.epoch
            .map_or(Duration::ZERO, |epoch| now.saturating_duration_since(epoch))
    }
}

impl Watch for Above {
    fn sent(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let now = Instant::now();
        self.epoch.get_or_insert(now);
        let at = self.at(now);
        self.assembler.feed(Direction::Sent, bytes, at);
    }

    fn received(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let now = Instant::now();
        self.last_received = Some(now);
        self.received += bytes.len() as u64;
        let at = self.at(now);
        self.assembler.feed(Direction::Received, bytes, at);
    }

    fn ended(&mut self, ending: Ending) {
        self.ending.get_or_insert(ending);
    }
}
