//! One unary call over a connection of its own, and everything that was seen of it.
//!
//! The phases, each with its file: `resolve`, `connect`, the tunnel through a `proxy`, the TLS `handshake` (set up by `tls`, judged by `verify`),
//! and the call itself by the `driver` over a `tee`. A peer's fault in any of them is part of the recording; an error
//! is only what we could not do, and is found before anything is sent.

mod capture;
mod connect;
mod driver;
mod handshake;
mod keylog;
mod proxy;
mod request;
mod resolve;
mod tee;
mod tls;
mod verify;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

pub use capture::Capture;
pub use proxy::{Proxy, ProxyError};
pub use tls::{LoadError, Roots, TlsConfig, TlsOptions};

use self::driver::STREAM;
use self::tee::{Above, Tee, Transport};
use crate::http::reach::{Dial, TunnelEnd};
use crate::http::tls::{Security, Tls};
use crate::http::{Call, Connection};

/// How long [`Plan::linger`] is by default.
pub const DEFAULT_LINGER: Duration = Duration::from_millis(50);

/// The longest timeout that is kept to; a clock cannot be asked for any later time.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// One call to make.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where to connect to.
    pub target: Target,
    /// The value of `:authority`.
    pub authority: String,
    /// The value of `:path`.
    pub path: String,
    /// Every field but the pseudo-headers, in order. Values of one name go out together, where the first stands.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole request body as it stands.
    pub body: Bytes,
    /// The proxy to reach a TCP target through.
    pub proxy: Option<Proxy>,
    /// How to speak TLS; `None` is plaintext with prior knowledge.
    pub tls: Option<TlsConfig>,
    /// For the whole call.
    pub timeout: Duration,
    /// For the time until the connection is there, TLS included.
    pub connect_timeout: Option<Duration>,
    /// How long to go on reading after the response, at most, to see late frames such as GOAWAY. Less where the
    /// response came fast: an eighth of its time, but a tick of the timer.
    pub linger: Duration,
    /// Where to write what is sent and received, beneath TLS, and the secrets that decrypt it.
    pub capture: Option<Capture>,
}

impl Plan {
    /// Makes sure that the request can be sent as it is planned.
    ///
    /// # Errors
    ///
    /// What about it cannot be sent.
    pub fn check(&self) -> Result<(), PlanError> {
        request::head(self).map(drop)
    }
}

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A host and port.
    Tcp {
        /// A name or an address.
        host: String,
        /// The port.
        port: u16,
        /// Another host and port to connect to instead; the names in TLS and HTTP/2 stay.
        connect_to: Option<(String, u16)>,
    },
    /// A unix socket.
    Unix(PathBuf),
}

/// What was seen of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// The connection, its `dial` set.
    pub connection: Connection,
    /// The call; on stream 0 where nothing of it was sent.
    pub call: Call,
    /// How long its phases took.
    pub timing: Timing,
}

/// How long the phases of a call took; `None` for one that was not reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Looking the name up.
    pub resolve: Option<Duration>,
    /// Connecting, to its success or failure.
    pub connect: Option<Duration>,
    /// The TLS handshake, to its success or failure.
    pub tls: Option<Duration>,
    /// From the first HTTP/2 byte sent to the HEADERS frame of the response; the SETTINGS that come before say nothing of it.
    pub first_byte: Option<Duration>,
    /// From the beginning to the response's end, or to when it was clear that none would come; without the linger.
    pub total: Option<Duration>,
}

/// Why a call cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Not a value for `:authority`.
    #[error("`{0}` is no authority (host or host:port)")]
    Authority(String),
    /// Not a value for `:path`.
    #[error("`{0}` is no path that HTTP/2 can carry")]
    Path(String),
    /// Not the name of a header field.
    #[error("`{0}` is no header name")]
    HeaderName(String),
    /// A value that no header field can have.
    #[error("the value of `{0}` has a byte that no header may have")]
    HeaderValue(String),
    /// A header field of HTTP/1.1 connections.
    #[error(
        "this value of `{0}` cannot be sent: HTTP/2 forbids it, and the HTTP/2 client refuses to send it"
    )]
    ConnectionHeader(String),
    /// More header fields than can be held.
    #[error("too many headers")]
    TooManyHeaders,
}

/// Makes the call. It ends by `plan.timeout`, whatever the peer does.
///
/// # Errors
///
/// Where the request cannot be sent as it is planned; nothing has been sent then.
pub async fn call(plan: Plan) -> Result<Recording, PlanError> {
    let request = request::head(&plan)?;
    let begun = Instant::now();
    let deadline = begun + plan.timeout.min(LONGEST);
    let dial_deadline = plan
        .connect_timeout
        .map_or(deadline, |it| deadline.min(begun + it.min(LONGEST)));

    let mut dial = Dial::default();
    let mut tls = None;
    let mut recording = Recording::default();
    let transport = open(&plan, dial_deadline, &mut dial, &mut tls).await;
    recording.timing.resolve = dial.resolve.as_ref().map(|it| it.took);
    recording.timing.connect = dial.connect_took;
    recording.timing.tls = tls.as_ref().map(|it| it.took);
    let Some(transport) = transport else {
        recording.timing.total = Some(begun.elapsed());
        recording.connection.security = security(tls, &dial);
        recording.connection.called(dial);
        return Ok(recording);
    };

    let tee = Tee::new(transport, Above::default());
    let outcome = driver::drive(&tee, request, plan.body, deadline, plan.linger).await;
    let above = tee.watch(std::mem::take);
    if let (Some(tls), Some(alert)) = (&mut tls, outcome.alert)
        // A server that refuses our certificate in TLS 1.3 says so after the handshake, before all else.
        && (above.received == 0 || alert == rustls::AlertDescription::CertificateRequired)
    {
        tls.failure = Some(handshake::alert_failure(alert));
    }
    recording.timing.total = Some(outcome.done.saturating_duration_since(begun));
    let at = above.at(Instant::now());
    let (connection, mut calls) = above.assembler.finish(at, outcome.how);
    recording.connection = connection;
    recording.connection.security = security(tls, &dial);
    recording.connection.called(dial);
    recording.connection.witness = outcome.witness;
    recording.call = calls.remove(&STREAM).unwrap_or_default();
    let headers = recording.call.response.headers.as_ref();
    let opener = headers.and_then(|block| block.origin.anchor.frame());
    let opener = opener.and_then(|index| recording.connection.frames().get(index));
    recording.timing.first_byte = opener.map(|frame| frame.at);
    Ok(recording)
}

/// What protects a connection that got as far as this.
fn security(tls: Option<Tls>, dial: &Dial) -> Security {
    match tls {
        Some(tls) => Security::Tls(Arc::new(tls)),
        None if dial.peer.is_some() => Security::Plaintext,
        None => Security::Unknown,
    }
}

/// Has a proxy connect to the target.
async fn tunnel(
    proxy: &Proxy,
    mut transport: Box<dyn Transport>,
    (host, port): (&str, u16),
    deadline: Instant,
    dial: &mut Dial,
) -> Option<Box<dyn Transport>> {
    let begun = Instant::now();
    let tunnel = proxy.open(&mut *transport, host, port, deadline).await;
    dial.connect_took = dial.connect_took.map(|took| took + begun.elapsed());
    let open = tunnel.end == TunnelEnd::Open;
    dial.peer = open.then(|| tunnel.target.clone());
    dial.tunnel = Some(tunnel);
    open.then_some(transport)
}

/// Has a new connection captured, where that is wanted. `ends` are its addresses, ours first.
fn watched(
    plan: &Plan,
    transport: Box<dyn Transport>,
    ends: Option<(SocketAddr, SocketAddr)>,
    dial: &Dial,
) -> Box<dyn Transport> {
    let Some(capture) = &plan.capture else {
        return transport;
    };
    let accepted = dial
        .attempts
        .iter()
        .find(|it| it.failure.is_none() && dial.peer.as_ref() == Some(&it.address));
    let took = accepted.map_or(Duration::ZERO, |it| it.took);
    Box::new(Tee::new(transport, capture.connected(ends, took)))
}

/// Opens a connection that may be sent on.
async fn open(
    plan: &Plan,
    deadline: Instant,
    dial: &mut Dial,
    shown: &mut Option<Tls>,
) -> Option<Box<dyn Transport>> {
    let transport = match &plan.target {
        Target::Unix(path) => {
            dial.host = path.display().to_string();
            let stream = connect::unix(path, deadline, dial).await?;
            watched(plan, stream, None, dial)
        }
        Target::Tcp {
            host,
            port,
            connect_to,
        } => {
            let (host, port) = connect_to
                .as_ref()
                .map_or((host, *port), |(host, port)| (host, *port));
            // A proxy looks the target up by itself, and is what is connected to.
            let (first, first_port) = plan
                .proxy
                .as_ref()
                .map_or((host.as_str(), port), Proxy::address);
            first.clone_into(&mut dial.host);
            dial.port = Some(first_port);
            dial.proxy = plan.proxy.as_ref().map(|_| format!("{first}:{first_port}"));
            let (addresses, record): (Vec<SocketAddr>, _) =
                resolve::resolve(first, first_port, deadline).await;
            dial.resolve = record;
            if addresses.is_empty() {
                return None;
            }
            let stream = connect::tcp(&addresses, deadline, dial).await?;
            let ends = stream.local_addr().ok().zip(stream.peer_addr().ok());
            let transport = watched(plan, Box::new(stream), ends, dial);
            match &plan.proxy {
                Some(proxy) => tunnel(proxy, transport, (host, port), deadline, dial).await?,
                None => transport,
            }
        }
    };
    let Some(config) = &plan.tls else {
        return Some(transport);
    };
    let capture = plan.capture.as_ref();
    let (tls, stream) = handshake::handshake(transport, config, capture, deadline).await;
    let usable = tls.usable();
    *shown = Some(tls);
    stream.filter(|_| usable)
}
