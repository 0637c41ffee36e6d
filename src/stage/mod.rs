//! The embedded stage: an API Gateway REST stage with a Lambda behind it, served over HTTP/2 with prior knowledge.
//!
//! A newcomer's first call needs nothing but this. It is an emulator, not a set of recorded answers: `attempts` says
//! how each deploy of the article was made, `lambda` is the function, `gateway` the hop before it, and this file the
//! connection. What a client sees follows from these.
//!
//! A package-qualified service can never match a stage's name, so a client that puts no prefix before the service
//! (grpcurl and the generated clients) gets a 403, as it would from the real gateway. Like there, a custom domain
//! helps: with [`CUSTOM_DOMAIN`] as `:authority` the path needs no `/Prod`.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the stage is a server: it does IO"
)]

mod attempts;
mod gateway;
mod lambda;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::Request;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use attempts::{ATTEMPTS, Attempt, attempt};
use gateway::Response;

/// The service that the stage serves.
pub const PROTO: &str = include_str!("hello.proto");

/// The file name of [`PROTO`].
pub const PROTO_NAME: &str = "hello.proto";

/// The path of the stage's one method.
pub const PATH: &str = "/Prod/hello.HelloService/Hello";

/// The article's request, as JSON of `hello.HelloRequest`.
pub const REQUEST_JSON: &str = r#"{"greeting":"Hello"}"#;

/// A domain that is mapped to the stage with an empty base path.
pub const CUSTOM_DOMAIN: &str = "hello.example.com";

// What the peer of the article's trace said first, which is also what nginx says. The window of the connection is the
// largest there is: a WINDOW_UPDATE of 2147418112 over the initial 65535.
const MAX_CONCURRENT_STREAMS: u32 = 128;
const INITIAL_WINDOW_SIZE: u32 = 65_536;
const MAX_FRAME_SIZE: u32 = 16_777_215;
const CONNECTION_WINDOW_SIZE: u32 = 2_147_483_647;

/// The longest body that a request may have: what gRPC clients by default take for a message.
const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// A connection on which no request starts for this long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// How long a connection that is being closed may take to finish what it began.
const GRACE: Duration = Duration::from_secs(5);

/// Pause after a connection could not be accepted: such faults (too many open files) do not go away at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A stage that listens.
#[derive(Debug)]
pub struct Stage {
    listener: TcpListener,
    attempt: &'static Attempt,
}

impl Stage {
    /// Listens on an address of this machine's loopback, as `HOST:PORT`. Port 0 takes any free one.
    ///
    /// # Errors
    /// Where the address is not one of loopback, or cannot be listened on.
    pub async fn bind(address: &str, attempt: &'static Attempt) -> io::Result<Self> {
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host(address).await?.collect();
        // The stage answers anybody without asking who they are: it is no server to put on a network.
        if !addresses.iter().all(|address| address.ip().is_loopback()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the stage listens on loopback only",
            ));
        }
        let listener = TcpListener::bind(addresses.as_slice()).await?;
        Ok(Self { listener, attempt })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where the operating system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the future is dropped, which also ends its connections. No fault of a client ends it.
    ///
    /// # Errors
    /// None at present: a connection that cannot be accepted is waited out.
    pub async fn serve(self) -> io::Result<()> {
        let requests = Arc::new(AtomicU64::new(0));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(serve_connection(stream, self.attempt, Arc::clone(&requests)));
                    }
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
                // Finished connections are forgotten as they end.
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// Serves one connection to its end. Whatever goes wrong on it is the client's to see.
async fn serve_connection(stream: TcpStream, attempt: &'static Attempt, requests: Arc<AtomicU64>) {
    // Without it the small frames of an answer wait for one another; where it cannot be set they just do.
    let _ = stream.set_nodelay(true);
    let mut builder = h2::server::Builder::new();
    builder
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .initial_window_size(INITIAL_WINDOW_SIZE)
        .max_frame_size(MAX_FRAME_SIZE)
        .initial_connection_window_size(CONNECTION_WINDOW_SIZE);
    let Ok(Ok(mut connection)) = timeout(IDLE, builder.handshake::<_, Bytes>(stream)).await else {
        return;
    };
    let mut streams = JoinSet::new();
    loop {
        match timeout(IDLE, connection.accept()).await {
            Ok(Some(Ok((request, respond)))) => {
                let number = requests.fetch_add(1, Ordering::Relaxed);
                streams.spawn(serve_stream(request, respond, attempt, number));
                while streams.try_join_next().is_some() {}
            }
            Ok(Some(Err(_)) | None) => return,
            Err(_) => break,
        }
    }
    connection.graceful_shutdown();
    let _ = timeout(GRACE, drain(&mut connection)).await;
}

/// Lets a connection finish, taking nothing new.
async fn drain(connection: &mut Connection<TcpStream, Bytes>) {
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        respond.send_reset(Reason::REFUSED_STREAM);
    }
}

/// Answers one request. Errors mean that the client has gone or reset the stream: there is nobody left to tell.
async fn serve_stream(
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
    attempt: &'static Attempt,
    number: u64,
) -> Result<(), h2::Error> {
    let (head, body) = request.into_parts();
    let mut response = match read(body).await? {
        Some(body) => {
            let request = Request::from_parts(head, body);
            attempt
                .gateway
                .answer(&request, |event| lambda::invoke(attempt.behaviour, event))
        }
        None => Response::too_long(),
    };
    response.sign(number);
    send(response, respond)
}

/// Reads a body whole, or nothing where it is too long.
async fn read(mut body: RecvStream) -> Result<Option<Bytes>, h2::Error> {
    let mut whole = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        if whole.len() + data.len() > MAX_REQUEST {
            return Ok(None);
        }
        whole.extend_from_slice(&data);
    }
    Ok(Some(whole.freeze()))
}

/// Sends HEADERS, DATA, and then the end of the stream: trailers, or an empty DATA as in the article's trace.
fn send(response: Response, mut respond: SendResponse<Bytes>) -> Result<(), h2::Error> {
    let mut head = http::Response::new(());
    *head.status_mut() = response.status;
    *head.headers_mut() = response.headers;
    let mut stream = respond.send_response(head, false)?;
    if !response.body.is_empty() {
        stream.send_data(response.body, false)?;
    }
    match response.trailers {
        Some(trailers) => stream.send_trailers(trailers),
        None => stream.send_data(Bytes::new(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn listens_on_loopback_only() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let error = Stage::bind(address, &ATTEMPTS[0]).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "the stage listens on loopback only",
                "{address}"
            );
        }
        for address in ["nonsense", "127.0.0.1", "127.0.0.1:x", ""] {
            assert!(
                Stage::bind(address, &ATTEMPTS[0]).await.is_err(),
                "{address}"
            );
        }
        let stage = Stage::bind("127.0.0.1:0", &ATTEMPTS[0]).await.unwrap();
        assert!(stage.address().unwrap().port() != 0);
    }

    #[test]
    fn the_path_is_the_protos() {
        assert!(PROTO.contains("package hello;") && PROTO.contains("service HelloService"));
        assert_eq!(PATH, "/Prod/hello.HelloService/Hello");
    }
}
