//! Calls in plaintext.

use std::time::{Duration, Instant};

use bytes::Bytes;
use grpc_probe::http::connection::Closing;
use grpc_probe::http::exchange::{BODY_KEPT, End};
use grpc_probe::http::reach::FailureKind;
use grpc_probe::http::tls::Security;
use grpc_probe::source::live::{self, DEFAULT_LINGER, PlanError, Recording, Target};
use grpc_probe::wire::{ErrorCode, FrameType, Protocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
#[tokio::test]
async fn a_good_call() {
    let address = peer(|stream| serve(stream, Bytes::from_static(b"\0\0\0\0\0"))).await;
    let recording = call(address).await;
    let connection = &recording.connection;
    let dial = connection.reach.as_ref().unwrap();
    assert_eq!(dial.host, "127.0.0.1");
    assert_eq!(dial.resolve, None);
    assert_eq!(dial.peer, Some(address.to_string()));
    assert_eq!(dial.attempts.len(), 1);
    assert_eq!(connection.security, Security::Plaintext);

    let request = &recording.call.request;
    let sent: Vec<_> = request.headers.as_ref().unwrap().fields.iter().collect();
    let sent: Vec<_> = sent.iter().map(|it| (it.name, it.value)).collect();
    assert_eq!(
        sent,
        [
            (&b":method"[..], &b"POST"[..]),
            (b":scheme", b"http"),
            (b":authority", b"stage.example"),
            (b":path", b"/Prod/hello.HelloService/Hello"),
            (b"content-type", b"application/grpc+proto"),
            (b"te", b"trailers"),
        ]
    );
    assert_eq!(request.body.bytes, b"\0\0\0\0\x02\x0a\0");
    assert!(matches!(request.end, Some(End::Data(_))));

    let response = &recording.call.response;
    assert_eq!(response.header(":status"), Some(&b"200"[..]));
    assert_eq!(response.body.bytes, b"\0\0\0\0\0");
    let trailers = response.trailers.as_ref().unwrap();
    assert_eq!(trailers.fields.get("grpc-status"), Some(&b"0"[..]));
    assert_eq!(*how(&recording), Closing::GaveUp);
    assert_eq!(connection.witness, None);
    assert!(connection.frames.is_sorted_by_key(|it| it.at));

    let timing = recording.timing;
    assert_eq!((timing.resolve, timing.tls), (None, None));
    assert!(timing.connect.is_some() && timing.first_byte.is_some());
    assert!(timing.total.unwrap() >= timing.first_byte.unwrap());
}

#[tokio::test]
async fn the_linger_after_a_fast_call_is_short() {
    let address = peer(|stream| serve(stream, Bytes::new())).await;
    let started = Instant::now();
    let recording = call(address).await;
    let linger = started
        .elapsed()
        .saturating_sub(recording.timing.total.unwrap());
    assert!(linger < DEFAULT_LINGER, "{linger:?}");
}

#[tokio::test]
async fn localhost_is_resolved() {
    let address = peer(|stream| serve(stream, Bytes::new())).await;
    let mut plan = plan(address.port());
    plan.target = Target::Tcp {
        host: "stage.example".to_owned(),
        port: 443,
        connect_to: Some(("localhost".to_owned(), address.port())),
    };
    let recording = record(plan).await;
    let dial = recording.connection.reach.as_ref().unwrap();
    let found = dial.resolve.as_ref().unwrap().result.as_ref().unwrap();
    assert!(found.contains(&"127.0.0.1".to_owned()));
    assert!(recording.timing.resolve.is_some());
    assert!(recording.call.response.end.is_some());
}

#[tokio::test]
async fn a_large_reply_and_a_large_request() {
    let large = Bytes::from(vec![7; 6 * 1024 * 1024]);
    let reply = large.clone();
    let address = peer(|stream| serve(stream, reply)).await;
    let mut plan = plan(address.port());
    plan.body = large.clone();
    let recording = record(plan).await;
    assert_eq!(recording.call.response.body.bytes, large);
    assert_eq!(recording.call.request.body.bytes, large);
    assert_eq!(*how(&recording), Closing::GaveUp);
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream, Bytes::new()).await;
    });
    let mut plan = plan(0);
    plan.target = Target::Unix(path.clone());
    let recording = record(plan).await;
    let dial = recording.connection.reach.as_ref().unwrap();
    assert_eq!(dial.host, path.display().to_string());
    assert_eq!((dial.port, &dial.resolve), (None, &None));
    assert!(recording.call.response.end.is_some());
}

#[tokio::test]
async fn a_refused_port() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let recording = call(address).await;
    assert_eq!(failure(&recording).kind, FailureKind::Refused);
    assert_eq!(recording.call.stream, 0);
    assert_eq!(recording.connection.closed, None);
    assert!(recording.timing.total.is_some());
}

#[tokio::test]
async fn a_plan_that_cannot_be_sent() {
    let mut plan = plan(1);
    plan.headers.push(("te".to_owned(), b"gzip".to_vec()));
    assert!(matches!(
        live::call(plan).await,
        Err(PlanError::ConnectionHeader(_))
    ));
}

// ---- peers that are not what they should be

#[tokio::test]
async fn an_http_1_page_is_read_whole() {
    let address = saying(vec![
        (0, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        (100, b"<html>The plain HTTP".to_vec()),
        (100, b" request</html>".to_vec()),
    ])
    .await;
    let started = Instant::now();
    let recording = call(address).await;
    assert!(started.elapsed() < 2 * SECOND);
    let foreign = recording.connection.foreign.as_ref().unwrap();
    assert_eq!(foreign.protocol, Protocol::Http1Response);
    assert!(foreign.bytes.ends_with(b"The plain HTTP request</html>"));
    assert_eq!(*how(&recording), Closing::GaveUp);
}

#[tokio::test]
async fn a_few_bytes_of_text_end_the_wait() {
    let address = saying(vec![(0, b"no\r\n".to_vec())]).await;
    let started = Instant::now();
    let recording = call(address).await;
    assert!(started.elapsed() < 2 * SECOND);
    assert!(recording.connection.foreign.is_some());
}

#[tokio::test]
async fn silence() {
    let address = saying(Vec::new()).await;
    let mut plan = plan(address.port());
    plan.timeout = SECOND / 4;
    let recording = record(plan).await;
    assert_eq!(*how(&recording), Closing::Deadline);
    assert_eq!(recording.connection.received, 0);
    assert_eq!(recording.timing.first_byte, None);
    assert!(recording.call.request.end.is_some());
}

#[tokio::test]
async fn closed_at_once() {
    let address = peer(|mut stream| async move {
        let _ = stream.read(&mut [0; 65536]).await;
    })
    .await;
    let recording = call(address).await;
    assert!(matches!(
        how(&recording),
        Closing::Peer | Closing::Broken(_)
    ));
    assert_eq!(recording.connection.witness, None);
}

#[tokio::test]
async fn a_reset() {
    // Closing a socket with unread bytes resets the connection.
    let address = peer(|stream| async move {
        let _ = stream.peek(&mut [0; 64]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    })
    .await;
    let recording = call(address).await;
    let Closing::Broken(text) = how(&recording) else {
        panic!("{:?}", how(&recording));
    };
    assert!(text.contains("reset"), "{text}");
}

#[tokio::test]
async fn no_streams_allowed() {
    let address = peer(|mut stream| async move {
        // At once, so that it is there before the request goes out, if it can be.
        stream.write_all(&settings(&[(3, 0)])).await.unwrap();
        while let Ok(1..) = stream.read(&mut [0; 1024]).await {}
    })
    .await;
    let mut plan = plan(address.port());
    plan.timeout = SECOND / 4;
    let recording = record(plan).await;
    assert_eq!(*how(&recording), Closing::Deadline);
    assert!(
        recording
            .connection
            .settings(grpc_probe::wire::Direction::Received)
            .first
            .is_some()
    );
}

#[tokio::test]
async fn a_body_that_never_ends() {
    let script = [settings(&[]), headers(END_HEADERS, OK, &[])].concat();
    let address = saying(vec![(0, script)]).await;
    let mut plan = plan(address.port());
    plan.timeout = SECOND / 4;
    let recording = record(plan).await;
    assert_eq!(*how(&recording), Closing::Deadline);
    assert!(recording.call.response.headers.is_some());
    assert_eq!(recording.call.response.end, None);
}

#[tokio::test]
async fn an_early_refusal_of_a_large_request() {
    let script = [
        settings(&[]),
        headers(END_HEADERS | END_STREAM, None, &[(":status", "413")]),
        frame(3, 0, 1, &[0; 4]),
    ]
    .concat();
    let address = saying(vec![(0, script)]).await;
    let mut plan = plan(address.port());
    plan.body = Bytes::from(vec![0; 8 * 1024 * 1024]);
    plan.timeout = 3 * SECOND;
    let recording = record(plan).await;
    assert_eq!(*how(&recording), Closing::GaveUp);
    let response = &recording.call.response;
    assert_eq!(response.header(":status"), Some(&b"413"[..]));
    assert!(matches!(response.end, Some(End::Headers(_))));
    assert_eq!(response.after_end.len(), 1);
}

#[tokio::test]
async fn interim_responses() {
    let script = [
        settings(&[]),
        headers(END_HEADERS, None, &[(":status", "103")]),
        headers(END_HEADERS | END_STREAM, OK, &[("grpc-status", "0")]),
    ]
    .concat();
    let recording = call(saying(vec![(0, script)]).await).await;
    assert_eq!(recording.call.response.informational.len(), 1);
    assert!(recording.call.response.is_trailers_only());
    assert_eq!(recording.connection.witness, None);
}

#[tokio::test]
async fn reading_goes_on_where_a_strict_client_stops() {
    let start = [
        settings(&[]),
        headers(END_HEADERS, OK, &[("Content-Type", "application/grpc")]),
    ];
    let rest = [
        frame(0, 0, 1, b"\0\0\0\0\0"),
        headers(END_HEADERS | END_STREAM, None, &[("grpc-status", "0")]),
    ];
    let address = saying(vec![(0, start.concat()), (200, rest.concat())]).await;
    let recording = call(address).await;
    assert!(recording.connection.witness.is_some());
    let response = &recording.call.response;
    assert_eq!(response.body.length, 5);
    assert!(response.trailers.is_some());
    assert_eq!(*how(&recording), Closing::GaveUp);
}

#[tokio::test]
async fn reading_on_ends_where_nothing_comes() {
    let start = [
        settings(&[]),
        headers(END_HEADERS, OK, &[("Content-Type", "application/grpc")]),
    ];
    let started = Instant::now();
    let recording = call(saying(vec![(0, start.concat())]).await).await;
    assert!(started.elapsed() < 3 * SECOND);
    assert_eq!(*how(&recording), Closing::GaveUp);
}

#[tokio::test]
async fn a_goaway_after_the_response() {
    let response = [
        settings(&[]),
        headers(END_HEADERS | END_STREAM, OK, &[("grpc-status", "0")]),
    ];
    let goaway = frame(7, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0, b'b', b'y', b'e']);
    let address = saying(vec![(400, response.concat()), (5, goaway)]).await;
    let recording = call(address).await;
    assert_eq!(recording.connection.goaways.len(), 1);
    assert_eq!(recording.connection.goaways[0].debug, b"bye");
    assert_eq!(*how(&recording), Closing::GaveUp);
}

#[tokio::test]
async fn a_goaway_instead_of_a_response() {
    let goaway = frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11]);
    let started = Instant::now();
    let address = saying(vec![(0, [settings(&[]), goaway].concat())]).await;
    let recording = call(address).await;
    assert!(started.elapsed() < 2 * SECOND);
    assert_eq!(
        recording.connection.goaways[0].code,
        ErrorCode::ENHANCE_YOUR_CALM
    );
    assert!(recording.connection.witness.is_some());
    assert_eq!(*how(&recording), Closing::GaveUp);
}

#[tokio::test]
async fn a_stream_reset() {
    let script = [settings(&[]), frame(3, 0, 1, &[0, 0, 0, 7])].concat();
    let recording = call(saying(vec![(0, script)]).await).await;
    assert!(matches!(
        recording.call.response.end,
        Some(End::Reset(_, ErrorCode::REFUSED_STREAM))
    ));
    assert_eq!(*how(&recording), Closing::GaveUp);
}

#[tokio::test]
async fn a_peer_that_closes_after_its_response() {
    let address = peer(|mut stream| async move {
        let _ = stream.read(&mut [0; 65536]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let _ = stream.try_read(&mut [0; 65536]);
        let script = [
            settings(&[]),
            headers(END_HEADERS | END_STREAM, OK, &[("grpc-status", "0")]),
        ];
        stream.write_all(&script.concat()).await.unwrap();
    })
    .await;
    let recording = call(address).await;
    assert!(recording.call.response.end.is_some());
    assert!(matches!(
        how(&recording),
        Closing::Peer | Closing::Broken(_)
    ));
}

/// Frames without end, by a peer that keeps to no window.
async fn flood(first: Vec<u8>, again: Vec<u8>) -> Recording {
    let address = peer(|mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(&first).await;
        while stream.write_all(&again).await.is_ok() {}
    })
    .await;
    let mut plan = plan(address.port());
    plan.timeout = 3 * SECOND;
    record(plan).await
}

#[tokio::test]
async fn endless_data() {
    let first = [settings(&[]), headers(END_HEADERS, OK, &[])].concat();
    let recording = flood(first, frame(0, 0, 1, &[0; 16384])).await;
    let body = &recording.call.response.body;
    assert!(body.length > 0 && body.bytes.len() <= BODY_KEPT);
    assert!(matches!(
        how(&recording),
        Closing::GaveUp | Closing::Deadline
    ));
}

#[tokio::test]
async fn endless_continuation() {
    let first = [settings(&[]), headers(0, OK, &[])].concat();
    let recording = flood(first, frame(9, 0, 1, &[0; 1024])).await;
    assert!(matches!(
        how(&recording),
        Closing::GaveUp | Closing::Deadline
    ));
    assert_eq!(recording.call.response.end, None);
}

#[tokio::test]
async fn endless_pings() {
    let recording = flood(settings(&[]), frame(6, 0, 0, &[0; 8])).await;
    assert!(
        recording
            .connection
            .frames
            .iter()
            .any(|it| it.header.kind == FrameType::PING)
    );
}
