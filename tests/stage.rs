//! The embedded stage on the wire, frame by frame, as a client that shares no code with it sees it.
#![expect(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests speak over real sockets, and a fault in their own doing ends them"
)]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use grpc_probe::stage::{self, ATTEMPTS, Stage, attempt};
use http::{HeaderMap, Method, Request};
use support::frames::{self, Block, END_HEADERS, END_STREAM, Frame};

const REQUEST: &[u8] = b"\0\0\0\0\x07\x0a\x05Hello";

/// A running stage, which ends when it is dropped.
struct Running {
    address: SocketAddr,
    _stop: tokio::sync::oneshot::Sender<()>,
}

fn start(name: &str) -> Running {
    let attempt = attempt(name).unwrap();
    let (tell, told) = mpsc::channel();
    let (_stop, stopped) = tokio::sync::oneshot::channel::<()>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let stage = Stage::bind("127.0.0.1:0", attempt).await.unwrap();
            tell.send(stage.address().unwrap()).unwrap();
            tokio::select! {
                served = stage.serve() => served.unwrap(),
                _ = stopped => {}
            }
        });
    });
    Running {
        address: told.recv().unwrap(),
        _stop,
    }
}

fn connect(stage: &Running) -> TcpStream {
    let stream = TcpStream::connect(stage.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

/// A client's preface and the article's request.
fn request(path: &str, body: &[u8]) -> Vec<u8> {
    let block = Block::new()
        .indexed(3)
        .indexed(6)
        .field(":path", path)
        .field(":authority", "127.0.0.1")
        .field("content-type", "application/grpc+proto")
        .field("te", "trailers");
    let parts = [
        frames::PREFACE.to_vec(),
        frames::settings(&[(2, 0)]).bytes(),
        frames::headers(1, block.bytes, false).bytes(),
        frames::data(1, body, true).bytes(),
    ];
    parts.concat()
}

/// Every frame that the stage sends, up to the end of stream 1.
fn frames_of(stage: &Running, path: &str, body: &[u8]) -> Vec<Frame> {
    let mut stream = connect(stage);
    stream.write_all(&request(path, body)).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let (read, _) = frames::read_all(&bytes);
        if read
            .last()
            .is_some_and(|frame| frame.stream == 1 && frame.flags & END_STREAM != 0)
        {
            return read;
        }
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "closed after {read:?}");
        bytes.extend(&buffer[..length]);
    }
}

/// One call by h2: status, headers, body, trailers.
async fn h2_call(
    stage: &Running,
    request: Request<()>,
    body: Bytes,
) -> (u16, HeaderMap, Vec<u8>, Option<HeaderMap>) {
    let stream = tokio::net::TcpStream::connect(stage.address).await.unwrap();
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    let driver = tokio::spawn(connection);
    let mut send = send.ready().await.unwrap();
    let (response, mut stream) = send.send_request(request, false).unwrap();
    stream.send_data(body, true).unwrap();
    let (head, mut body) = response.await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        bytes.extend(data);
    }
    let trailers = body.trailers().await.unwrap();
    driver.abort();
    (head.status.as_u16(), head.headers, bytes, trailers)
}

fn post(stage: &Running, path: &str) -> Request<()> {
    let uri = format!("http://{}{path}", stage.address);
    Request::post(uri)
        .header("content-type", "application/grpc+proto")
        .body(())
        .unwrap()
}

/// What a gRPC client takes the first bytes of a body for.
fn length_read(body: &[u8]) -> u32 {
    u32::from_be_bytes(body[1..5].try_into().unwrap())
}

#[test]
fn every_attempt_has_the_frames_of_the_articles_trace() {
    let framed = b"\0\0\0\0\x0f\x0a\x0dHello, world.".as_slice();
    let bodies: [(&str, &[u8]); 6] = [
        ("json", br#"{"reply":"Hello, world."}"#),
        ("raw-text", b"Hello, world."),
        ("base64", b"AAAAAA8KDUhlbGxvLCB3b3JsZC4="),
        ("no-prefix", b"\x0a\x0dHello, world."),
        ("no-trailers", framed),
        ("healthy", framed),
    ];
    assert_eq!(
        bodies.map(|(name, _)| name).as_slice(),
        ATTEMPTS
            .iter()
            .map(|attempt| attempt.name)
            .collect::<Vec<_>>()
    );
    for (name, body) in bodies {
        let stage = start(name);
        let frames = frames_of(&stage, stage::PATH, REQUEST);
        let settings = frames::settings(&[(3, 128), (4, 65_536), (5, 16_777_215)]);
        assert_eq!(frames[0].bytes(), settings.bytes(), "{name}");
        // The acknowledgement of our SETTINGS has no fixed place among the stage's own frames.
        let frames: Vec<_> = frames
            .into_iter()
            .skip(1)
            .filter(|frame| *frame != frames::settings_ack())
            .collect();
        assert_eq!(
            frames[0].bytes(),
            frames::window_update(0, 2_147_418_112).bytes(),
            "{name}"
        );
        let [headers, data, end] = &frames[1..] else {
            panic!("{name}: {frames:?}")
        };
        assert_eq!(
            (headers.kind, headers.flags, headers.stream),
            (frames::HEADERS, END_HEADERS, 1),
            "{name}"
        );
        assert_eq!(data.bytes(), frames::data(1, body, false).bytes(), "{name}");
        if name == "healthy" {
            assert_eq!(
                (end.kind, end.flags),
                (frames::HEADERS, END_HEADERS | END_STREAM)
            );
        } else {
            assert_eq!(end.bytes(), frames::data(1, [], true).bytes(), "{name}");
        }
    }
}

#[test]
fn clients_read_the_articles_numbers() {
    for (name, flag, length) in [
        ("raw-text", b'H', 1_701_604_463),
        ("base64", b'A', 1_094_795_585),
        ("no-prefix", 0x0a, 222_848_364),
    ] {
        let stage = start(name);
        let frames = frames_of(&stage, stage::PATH, REQUEST);
        let data = frames
            .iter()
            .find(|frame| frame.kind == frames::DATA)
            .unwrap();
        assert_eq!(
            (data.payload[0], length_read(&data.payload)),
            (flag, length),
            "{name}"
        );
    }
}

#[tokio::test]
async fn headers_are_a_rest_stages() {
    for attempt in ATTEMPTS {
        let stage = start(attempt.name);
        let (status, headers, body, trailers) = h2_call(
            &stage,
            post(&stage, stage::PATH),
            Bytes::from_static(REQUEST),
        )
        .await;
        let content_type = if attempt.name == "json" {
            "application/json"
        } else {
            "application/grpc+proto"
        };
        assert_eq!(
            (status, &headers["content-type"]),
            (200, &content_type.parse().unwrap()),
            "{}",
            attempt.name
        );
        assert_eq!(headers["content-length"], body.len().to_string());
        for name in ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"] {
            assert!(headers.contains_key(name), "{}: {name}", attempt.name);
        }
        let trailers = trailers.map(|trailers| (trailers.len(), trailers["grpc-status"].clone()));
        assert_eq!(
            trailers,
            (attempt.name == "healthy").then(|| (1, "0".parse().unwrap()))
        );
    }
}

#[tokio::test]
async fn the_gateway_answers_for_itself() {
    let stage = start("healthy");
    for (path, body, status, answer, error_type) in [
        (
            "/hello.HelloService/Hello",
            REQUEST,
            403,
            r#"{"message":"Forbidden"}"#,
            "ForbiddenException",
        ),
        (
            "/Prod/hello.HelloService/Bye",
            REQUEST,
            403,
            r#"{"message":"Missing Authentication Token"}"#,
            "MissingAuthenticationTokenException",
        ),
        (
            stage::PATH,
            b"Hello",
            502,
            r#"{"message": "Internal server error"}"#,
            "InternalServerErrorException",
        ),
    ] {
        let (seen, headers, body, trailers) =
            h2_call(&stage, post(&stage, path), Bytes::from_static(body)).await;
        assert_eq!(
            (seen, String::from_utf8(body).unwrap().as_str()),
            (status, answer),
            "{path}"
        );
        assert_eq!(headers["x-amzn-errortype"], error_type);
        assert!(trailers.is_none());
    }
    let mut get = post(&stage, stage::PATH);
    *get.method_mut() = Method::GET;
    assert_eq!(h2_call(&stage, get, Bytes::new()).await.0, 403);
}

#[tokio::test]
async fn a_custom_domain_serves_clients_that_know_no_prefix() {
    let stage = start("healthy");
    let request = Request::post(format!(
        "http://{}/hello.HelloService/Hello",
        stage::CUSTOM_DOMAIN
    ))
    .body(())
    .unwrap();
    let (status, _, body, trailers) = h2_call(&stage, request, Bytes::from_static(REQUEST)).await;
    assert_eq!((status, length_read(&body)), (200, 15));
    assert_eq!(trailers.unwrap()["grpc-status"], "0");
}

#[tokio::test]
async fn a_long_request_is_refused_and_a_large_one_greeted() {
    let stage = start("healthy");
    let greeting = "x".repeat(1_000_000);
    // Field 1, and 1,000,000 as a varint.
    let mut message = vec![0x0a, 0xc0, 0x84, 0x3d];
    message.extend(greeting.bytes());
    let body = frames::message(0, &message);
    let (status, _, reply, _) = h2_call(&stage, post(&stage, stage::PATH), body.into()).await;
    assert_eq!(
        (status, reply.len()),
        (200, 5 + 4 + "Hello, .".len() + greeting.len())
    );
    let (status, headers, ..) =
        h2_call(&stage, post(&stage, stage::PATH), vec![0; 5 << 20].into()).await;
    assert_eq!(
        (status, &headers["x-amzn-errortype"]),
        (413, &"RequestTooLargeException".parse().unwrap())
    );
}

#[test]
fn a_faulty_client_ends_only_its_own_connection() {
    let stage = start("healthy");
    let mut waiting = connect(&stage);
    waiting.write_all(frames::PREFACE).unwrap();
    for garbage in [
        b"GET / HTTP/1.1\r\nhost: stage\r\n\r\n".as_slice(),
        &[0xff; 200],
        b"",
    ] {
        let mut stream = connect(&stage);
        stream.write_all(garbage).unwrap();
    }
    let lie = Frame {
        length: Some(0x00ff_ffff),
        ..Frame::new(frames::HEADERS, 0xff, 0, *b"lie")
    };
    connect(&stage)
        .write_all(&[frames::PREFACE, &lie.bytes()].concat())
        .unwrap();
    let frames = frames_of(&stage, stage::PATH, REQUEST);
    assert_eq!(frames.last().unwrap().kind, frames::HEADERS);
    waiting.read_exact(&mut [0; 9]).unwrap();
}

#[test]
fn what_ends_the_stage_ends_its_connections() {
    let stage = start("healthy");
    let mut stream = connect(&stage);
    stream.write_all(frames::PREFACE).unwrap();
    stream.read_exact(&mut [0; 9]).unwrap();
    drop(stage);
    // It may end by FIN or by RST, but not by our patience.
    if let Err(error) = stream.read_to_end(&mut Vec::new()) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
}
