//! Calls to real peers on the loopback interface: what is recorded of good ones, and of each way to go wrong.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the peers are real sockets"
)]
#![expect(clippy::unwrap_used, reason = "a peer that fails is a test that fails")]

mod plaintext;
mod tls;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use grpc_probe::http::connection::Closing;
use grpc_probe::http::reach::Failure;
use grpc_probe::http::tls::Tls;
use grpc_probe::source::live::{self, DEFAULT_LINGER, Plan, Recording, Target};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SECOND: Duration = Duration::from_secs(1);

// ---- plans

fn plan(port: u16) -> Plan {
    Plan {
        target: Target::Tcp {
            host: "127.0.0.1".to_owned(),
            port,
            connect_to: None,
        },
        authority: "stage.example".to_owned(),
        path: "/Prod/hello.HelloService/Hello".to_owned(),
        headers: vec![
            (
                "content-type".to_owned(),
                b"application/grpc+proto".to_vec(),
            ),
            ("te".to_owned(), b"trailers".to_vec()),
        ],
        body: Bytes::from_static(b"\0\0\0\0\x02\x0a\0"),
        tls: None,
        timeout: 10 * SECOND,
        connect_timeout: None,
        proxy: None,
        linger: DEFAULT_LINGER,
        capture: None,
    }
}

async fn record(plan: Plan) -> Recording {
    let timeout = plan.timeout;
    let started = Instant::now();
    // Spawned, as whoever makes many calls at a time will.
    let recording = tokio::spawn(live::call(plan)).await.unwrap().unwrap();
    assert!(started.elapsed() < timeout + SECOND, "the deadline holds");
    recording
}

async fn call(address: SocketAddr) -> Recording {
    record(plan(address.port())).await
}

fn how(recording: &Recording) -> &Closing {
    &recording.connection.closed.as_ref().unwrap().how
}

fn tls(recording: &Recording) -> &Tls {
    recording.connection.own_tls().unwrap()
}

fn failure(recording: &Recording) -> &Failure {
    let dial = recording.connection.reach.as_ref().unwrap();
    dial.attempts.last().unwrap().failure.as_ref().unwrap()
}

// ---- peers

/// Serves one connection by `script`.
async fn peer<F>(script: impl FnOnce(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        script(stream).await;
    });
    address
}

/// A peer that says these things one after the other, each after its pause, and then stays until the client leaves.
async fn saying(script: Vec<(u64, Vec<u8>)>) -> SocketAddr {
    peer(|mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        for (pause, bytes) in script {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
        while let Ok(1..) = stream.read(&mut [0; 1024]).await {}
    })
    .await
}

/// A good server: headers, `reply`, trailers.
async fn serve(io: impl AsyncRead + AsyncWrite + Unpin, reply: Bytes) {
    let Ok(mut connection) = h2::server::handshake(io).await else {
        return;
    };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let reply = reply.clone();
        tokio::spawn(async move {
            let mut body = request.into_body();
            while let Some(Ok(data)) = body.data().await {
                let _ = body.flow_control().release_capacity(data.len());
            }
            let head = http::Response::builder()
                .header("content-type", "application/grpc")
                .body(())
                .unwrap();
            let mut stream = respond.send_response(head, false).unwrap();
            stream.send_data(reply, false).unwrap();
            let mut trailers = http::HeaderMap::new();
            trailers.insert("grpc-status", "0".parse().unwrap());
            stream.send_trailers(trailers).unwrap();
        });
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

fn settings(entries: &[(u16, u32)]) -> Vec<u8> {
    let payload: Vec<u8> = entries
        .iter()
        .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat())
        .collect();
    frame(4, 0, 0, &payload)
}

/// HEADERS with `:status: 200` or another static index, then literal fields.
fn headers(flags: u8, status: Option<u8>, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block: Vec<u8> = status.into_iter().collect();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    frame(1, flags, 1, &block)
}

const OK: Option<u8> = Some(0x88);
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
