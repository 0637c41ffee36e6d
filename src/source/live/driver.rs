//! The HTTP/2 client over the tee, and reading on after it.
//!
//! The client's word counts for little: whether the response is over, and what it was, is what the assembler saw. The
//! client is there to speak correctly, and to say what a strict peer thinks.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::client::{Connection, SendRequest};
use http::Request;
use rustls::AlertDescription;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, timeout_at};

use super::tee::{Above, Ending, Tee};
use crate::http::Witness;
use crate::http::connection::Closing;

/// The stream that a client's first call is on.
pub(super) const STREAM: u32 = 1;

/// The window of each stream that we advertise: a reply of some hundred kilobytes comes without a stall.
const STREAM_WINDOW: u32 = 1024 * 1024;

/// The window of the connection that we advertise.
const CONNECTION_WINDOW: u32 = 4 * STREAM_WINDOW;

/// How long a peer that does not speak HTTP/2, or has refused the call, may be silent before it is taken to be done.
const QUIET: Duration = Duration::from_millis(250);

/// The same after the HTTP/2 client has given up on a peer that speaks HTTP/2: the rest of its response may depend on
/// something behind it.
const QUIET_AFTER_ERROR: Duration = Duration::from_secs(1);

/// How much is read after the HTTP/2 client has given up: four of the connection windows that we advertised, more
/// than any peer may send that keeps to them.
const READ_ON: u64 = 4 * CONNECTION_WINDOW as u64;

/// The least time that reading goes on after a response, so that frames sent along with its end are seen. The
/// runtime's timer ticks once a millisecond, which makes one or two of this.
const LEAST_LINGER: Duration = Duration::from_micros(250);

/// The linger's share in the time from the first byte sent to the response's end: an eighth. Who waits 80 ms for a
/// reply does not notice 10 more, and who has it in 0.5 ms waits a tick of the timer.
const LINGER_SHARE: u32 = 8;

/// How a call on a connection ended.
pub(super) struct Outcome {
    /// How the connection ended.
    pub(super) how: Closing,
    /// What the HTTP/2 client said when it gave up.
    pub(super) witness: Option<Witness>,
    /// The TLS alert that ended it.
    pub(super) alert: Option<AlertDescription>,
    /// When the response had ended, or it was clear that none would come.
    pub(super) done: Instant,
}

type Exchange = Pin<Box<dyn Future<Output = Result<(), h2::Error>> + Send>>;

/// One call on its connection.
struct Driver {
    tee: Tee<Above>,
    /// Until the call is over.
    exchange: Option<Exchange>,
    /// Until the client gives up or closes.
    connection: Option<Connection<Tee<Above>, Bytes>>,
    /// The client says goodbye and stops reading when the last of these goes.
    sender: Option<SendRequest<Bytes>>,
    witness: Option<Witness>,
    /// Whether the client had the response to its end.
    succeeded: bool,
    /// When the response had ended.
    ended: Option<Instant>,
    /// Since when the client no longer helps, and how long to wait for more without it.
    gave_up: Option<(Instant, Duration)>,
    /// Bytes that had been received when reading began without the client.
    raw_from: Option<u64>,
    scratch: Vec<u8>,
}

/// Sends the request and reads until the response is over and `linger` has passed, or nothing more can come.
pub(super) async fn drive(
    tee: &Tee<Above>,
    request: Request<()>,
    body: Bytes,
    deadline: Instant,
    linger: Duration,
) -> Outcome {
    let mut driver = Driver {
        tee: tee.clone(),
        exchange: None,
        connection: None,
        sender: None,
        witness: None,
        succeeded: false,
        ended: None,
        gave_up: None,
        raw_from: None,
        scratch: Vec::new(),
    };
    driver.start(request, body, deadline).await;
    let how = driver.run(deadline, linger).await;
    let now = Instant::now();
    let alert = tee.watch(|it| match it.ending {
        Some(Ending::Broken { alert, .. }) => alert,
        _ => None,
    });
    // Politeness only: whether close_notify gets out changes nothing that was seen.
    std::future::poll_fn(|context| {
        let _ = tee.poll_close(context);
        Poll::Ready(())
    })
    .await;
    Outcome {
        how,
        alert,
        witness: driver.witness,
        done: driver.ended.unwrap_or(now),
    }
}

async fn exchange(
    sender: SendRequest<Bytes>,
    request: Request<()>,
    body: Bytes,
) -> Result<(), h2::Error> {
    let mut sender = sender.ready().await?;
    let (response, mut stream) = sender.send_request(request, body.is_empty())?;
    if !body.is_empty() {
        // This fails only on a stream that was reset already, and the response says so too.
        let _ = stream.send_data(body, true);
    }
    let mut reply = response.await?.into_body();
    while let Some(data) = reply.data().await {
        let taken = data?.len();
        reply.flow_control().release_capacity(taken)?;
    }
    reply.trailers().await?;
    Ok(())
}

impl Driver {
    async fn start(&mut self, request: Request<()>, body: Bytes, deadline: Instant) {
        let mut builder = h2::client::Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .data_frame_budget(usize::MAX);
        let handshake = builder.handshake(self.tee.clone());
        match timeout_at(deadline, handshake).await {
            Ok(Ok((sender, connection))) => {
                self.exchange = Some(Box::pin(exchange(sender.clone(), request, body)));
                self.sender = Some(sender);
                self.connection = Some(connection);
            }
            Ok(Err(error)) => self.give_up(&error),
            // The deadline that `run` sees at once.
            Err(_) => {}
        }
    }

    async fn run(&mut self, deadline: Instant, linger: Duration) -> Closing {
        loop {
            let ending = self.tee.watch(|it| it.ending.clone());
            if let Some(ending) = ending {
                return match ending {
                    Ending::Closed => Closing::Peer,
                    Ending::Broken { text, .. } => Closing::Broken(text),
                };
            }
            if self.read_enough() {
                return Closing::GaveUp;
            }
            let until = self.until(linger);
            let first = until.map_or(deadline, |until| until.min(deadline));
            // Looked at by itself too: a peer that sends without end always has more.
            let late = Instant::now() >= first;
            if late || timeout_at(first, self.more()).await.is_err() {
                let waiting = self.ended.is_none() && until.is_none_or(|until| until >= deadline);
                return if waiting {
                    Closing::Deadline
                } else {
                    Closing::GaveUp
                };
            }
        }
    }

    /// Until when the peer is listened to if it stays silent; `None` while there is an answer to come.
    fn until(&mut self, linger: Duration) -> Option<Instant> {
        let (over, foreign, last, at) = self.tee.watch(|it| {
            let call = it.assembler.call(STREAM);
            let over = call.is_some_and(|call| call.response.end.is_some());
            let foreign = it.assembler.foreign().is_some();
            (over, foreign, it.last_received, it.at(Instant::now()))
        });
        if over && self.ended.is_none() {
            self.ended = Some(Instant::now());
        }
        if let Some(ended) = self.ended {
            // Not counted from the last byte: a peer that goes on sending would have us listen for ever.
            let share = (at / LINGER_SHARE).max(LEAST_LINGER);
            return Some(ended + share.min(linger));
        }
        match (self.gave_up, last) {
            (_, Some(last)) if foreign => Some(last + QUIET),
            (Some((since, quiet)), last) => {
                Some(last.map_or(since, |last| last.max(since)) + quiet)
            }
            (None, _) => None,
        }
    }

    /// Whether more was read without the client than any answer of use holds.
    fn read_enough(&self) -> bool {
        let received = self.tee.watch(|it| it.received);
        self.raw_from.is_some_and(|from| received - from > READ_ON)
    }

    /// Waits until something has changed: bytes received, the end of them, or the client's state.
    async fn more(&mut self) {
        let state = |it: &Self| {
            let (received, ended) = it.tee.watch(|it| (it.received, it.ending.is_some()));
            (received, ended, it.ended.is_some(), it.gave_up.is_some())
        };
        let before = state(self);
        std::future::poll_fn(|context| {
            let polled = self.poll(context);
            if polled.is_ready() || state(self) != before {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Lets the client do what it can, or reads without it.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        // The request first: it goes out along with the preface.
        if let Some(exchange) = &mut self.exchange
            && let Poll::Ready(result) = exchange.as_mut().poll(context)
        {
            self.exchange = None;
            match result {
                Ok(()) => {
                    self.succeeded = true;
                    self.ended.get_or_insert_with(Instant::now);
                }
                Err(error) => self.give_up(&error),
            }
        }
        if let Some(connection) = &mut self.connection {
            let result = ready!(Pin::new(connection).poll(context));
            self.connection = None;
            match result {
                // It may have ended over a fault of ours to see, or over the end of the peer's bytes.
                Ok(()) => self.stop(QUIET_AFTER_ERROR),
                Err(error) => self.give_up(&error),
            }
        }
        self.poll_raw(context)
    }

    fn poll_raw(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.tee.watch(|it| it.ending.is_some()) {
            return Poll::Ready(());
        }
        if self.raw_from.is_none() {
            self.raw_from = Some(self.tee.watch(|it| it.received));
            self.scratch.resize(16 * 1024, 0);
        }
        let mut buffer = ReadBuf::new(&mut self.scratch);
        // The tee records what comes of it.
        Pin::new(&mut self.tee)
            .poll_read(context, &mut buffer)
            .map(drop)
    }

    fn give_up(&mut self, error: &h2::Error) {
        // How the bytes ended is the tee's to say; the client calls a plain end a broken pipe.
        if !error.is_io() {
            // It calls a peer of many empty DATA frames a nuisance, and that alone is no fault of the peer.
            let calm = error.reason() == Some(Reason::ENHANCE_YOUR_CALM);
            let refused = error.is_library() && !calm && !self.succeeded;
            let words = error.to_string();
            self.witness.get_or_insert(Witness { words, refused });
        }
        // A peer that refused has had its say.
        let quiet = if error.is_remote() {
            QUIET
        } else {
            QUIET_AFTER_ERROR
        };
        self.stop(quiet);
    }

    fn stop(&mut self, quiet: Duration) {
        self.gave_up.get_or_insert_with(|| (Instant::now(), quiet));
    }
}
