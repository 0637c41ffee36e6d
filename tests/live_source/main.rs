//! Calls to real peers on the loopback interface: what is recorded of good ones, and of each way to go wrong.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the peers are real sockets"
)]
#![expect(clippy::unwrap_used, reason = "a peer that fails is a test that fails")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use grpc_probe::grpc::call::{BODY_KEPT, End};
use grpc_probe::grpc::connection::Closing;
use grpc_probe::grpc::dial::{
    CertificateFault, ClientCertificate, Failure, FailureKind, Tls, TlsFailure,
};
use grpc_probe::source::live::{
    self, DEFAULT_LINGER, Plan, PlanError, Recording, Target, TlsConfig, TlsOptions,
};
use grpc_probe::wire::{ErrorCode, FrameType, Protocol};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
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
    recording
        .connection
        .dial
        .as_ref()
        .unwrap()
        .tls
        .as_ref()
        .unwrap()
}

fn failure(recording: &Recording) -> &Failure {
    let dial = recording.connection.dial.as_ref().unwrap();
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

// ---- plaintext

#[tokio::test]
async fn a_good_call() {
    let address = peer(|stream| serve(stream, Bytes::from_static(b"\0\0\0\0\0"))).await;
    let recording = call(address).await;
    let connection = &recording.connection;
    let dial = connection.dial.as_ref().unwrap();
    assert_eq!(dial.host, "127.0.0.1");
    assert_eq!(dial.resolve, None);
    assert_eq!(dial.peer, Some(address.to_string()));
    assert_eq!(dial.attempts.len(), 1);
    assert_eq!(dial.tls, None);

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
    assert!(matches!(request.end, Some(End::Data { .. })));

    let response = &recording.call.response;
    assert_eq!(response.header(":status"), Some(&b"200"[..]));
    assert_eq!(response.body.bytes, b"\0\0\0\0\0");
    let trailers = response.trailers.as_ref().unwrap();
    assert_eq!(trailers.fields.get("grpc-status"), Some(&b"0"[..]));
    assert_eq!(*how(&recording), Closing::Ours);
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
    let dial = recording.connection.dial.as_ref().unwrap();
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
    assert_eq!(*how(&recording), Closing::Ours);
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
    let dial = recording.connection.dial.as_ref().unwrap();
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
        Err(PlanError::ConnectionHeader { .. })
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
    assert_eq!(*how(&recording), Closing::Ours);
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
async fn a_tls_port() {
    let authority = Authority::new("Root");
    let server = authority.server(&Leaf::default());
    let address = peer(|stream| async move {
        let _ = tokio_rustls::TlsAcceptor::from(Arc::new(server))
            .accept(stream)
            .await;
    })
    .await;
    let recording = call(address).await;
    let foreign = recording.connection.foreign.as_ref().unwrap();
    assert!(
        matches!(foreign.protocol, Protocol::TlsAlert { .. }),
        "{foreign:?}"
    );
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
    assert!(recording.connection.settings.is_some());
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
    assert_eq!(*how(&recording), Closing::Ours);
    let response = &recording.call.response;
    assert_eq!(response.header(":status"), Some(&b"413"[..]));
    assert!(matches!(response.end, Some(End::Headers { .. })));
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
    assert_eq!(*how(&recording), Closing::Ours);
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
    assert_eq!(*how(&recording), Closing::Ours);
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
    assert_eq!(*how(&recording), Closing::Ours);
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
    assert_eq!(*how(&recording), Closing::Ours);
}

#[tokio::test]
async fn a_stream_reset() {
    let script = [settings(&[]), frame(3, 0, 1, &[0, 0, 0, 7])].concat();
    let recording = call(saying(vec![(0, script)]).await).await;
    assert!(matches!(
        recording.call.response.end,
        Some(End::Reset {
            code: ErrorCode::REFUSED_STREAM,
            ..
        })
    ));
    assert_eq!(*how(&recording), Closing::Ours);
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
    assert!(matches!(how(&recording), Closing::Ours | Closing::Deadline));
}

#[tokio::test]
async fn endless_continuation() {
    let first = [settings(&[]), headers(0, OK, &[])].concat();
    let recording = flood(first, frame(9, 0, 1, &[0; 1024])).await;
    assert!(matches!(how(&recording), Closing::Ours | Closing::Deadline));
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

// ---- TLS

struct Authority(CertifiedIssuer<'static, KeyPair>);

struct Leaf {
    name: &'static str,
    last_year: i32,
    alpn: &'static [&'static [u8]],
    versions: Vec<&'static rustls::SupportedProtocolVersion>,
    client_certificate: bool,
}

impl Default for Leaf {
    fn default() -> Self {
        Self {
            name: "stage.example",
            last_year: 2060,
            alpn: &[b"h2"],
            versions: rustls::ALL_VERSIONS.to_vec(),
            client_certificate: false,
        }
    }
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn sign(&self, name: &str, last_year: i32) -> (rcgen::Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(last_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    fn roots(&self) -> rustls::RootCertStore {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }

    fn server(&self, leaf: &Leaf) -> rustls::ServerConfig {
        let (certificate, key) = self.sign(leaf.name, leaf.last_year);
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&leaf.versions)
            .unwrap();
        let builder = if leaf.client_certificate {
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
                Arc::new(self.roots()),
                provider,
            );
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = leaf.alpn.iter().map(|it| it.to_vec()).collect();
        config
    }

    /// A file with the authority's certificate.
    fn file(&self, folder: &Path) -> PathBuf {
        write(folder, "authority.pem", &self.0.pem())
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

async fn tls_peer(config: rustls::ServerConfig) -> SocketAddr {
    peer(|stream| async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        if let Ok(stream) = acceptor.accept(stream).await {
            serve(stream, Bytes::from_static(b"\0\0\0\0\0")).await;
        }
    })
    .await
}

async fn tls_call(address: SocketAddr, options: &TlsOptions) -> Recording {
    let mut plan = plan(address.port());
    plan.tls = Some(TlsConfig::load(options, "stage.example").unwrap());
    plan.timeout = 3 * SECOND;
    record(plan).await
}

/// A call to a server of `authority`, trusting `trusted`.
async fn between(authority: &Authority, leaf: &Leaf, trusted: &Authority) -> Recording {
    let folder = tempfile::tempdir().unwrap();
    let address = tls_peer(authority.server(leaf)).await;
    let options = TlsOptions {
        cacert: Some(trusted.file(folder.path())),
        ..TlsOptions::default()
    };
    tls_call(address, &options).await
}

#[tokio::test]
async fn a_good_call_over_tls() {
    let authority = Authority::new("Root");
    let recording = between(&authority, &Leaf::default(), &authority).await;
    let tls = tls(&recording);
    assert_eq!(tls.faults, []);
    assert_eq!(tls.failure, None);
    assert_eq!(tls.version.as_deref(), Some("TLS 1.3"));
    assert!(tls.cipher.as_deref().unwrap().starts_with("TLS13_"));
    assert_eq!(tls.alpn.as_deref(), Some("h2"));
    assert_eq!(tls.server_name, "stage.example");
    assert_eq!(tls.chain[0].names, ["stage.example"]);
    assert_eq!(tls.client_certificate, ClientCertificate::NotRequested);
    assert!(recording.call.response.trailers.is_some());
    assert!(recording.timing.tls.is_some());
    assert_eq!(*how(&recording), Closing::Ours);
}

#[tokio::test]
async fn nothing_is_sent_on_a_faulty_chain() {
    let (authority, other) = (Authority::new("Root"), Authority::new("Other"));
    let leaf = Leaf {
        name: "other.example",
        last_year: 2001,
        ..Leaf::default()
    };
    let recording = between(&authority, &leaf, &other).await;
    let tls = tls(&recording);
    assert!(matches!(
        tls.faults[..],
        [
            CertificateFault::Expired { .. },
            CertificateFault::UnknownIssuer { .. },
            CertificateFault::WrongName { .. }
        ]
    ));
    assert_eq!(tls.failure, None);
    assert!(!tls.usable());
    assert_eq!(tls.alpn.as_deref(), Some("h2"));
    assert_eq!(recording.connection.sent, 0);
}

#[tokio::test]
async fn insecure_reports_and_goes_on() {
    let authority = Authority::new("Root");
    let address = tls_peer(authority.server(&Leaf::default())).await;
    let options = TlsOptions {
        insecure: true,
        ..TlsOptions::default()
    };
    let recording = tls_call(address, &options).await;
    assert_eq!(tls(&recording).faults.len(), 1);
    assert!(recording.call.response.trailers.is_some());
}

#[tokio::test]
async fn a_server_without_alpn() {
    let authority = Authority::new("Root");
    let leaf = Leaf {
        alpn: &[],
        versions: vec![&rustls::version::TLS12],
        ..Leaf::default()
    };
    let recording = between(&authority, &leaf, &authority).await;
    assert_eq!(tls(&recording).alpn, None);
    assert_eq!(tls(&recording).version.as_deref(), Some("TLS 1.2"));
    assert!(recording.call.response.trailers.is_some());
}

#[tokio::test]
async fn a_server_of_another_protocol() {
    let authority = Authority::new("Root");
    let leaf = Leaf {
        alpn: &[b"http/1.1"],
        ..Leaf::default()
    };
    let recording = between(&authority, &leaf, &authority).await;
    assert_eq!(
        tls(&recording).failure,
        Some(TlsFailure::Alert {
            description: 120,
            name: "no_application_protocol"
        })
    );
}

#[tokio::test]
async fn a_client_certificate_that_is_missing() {
    for (version, during) in [
        (&rustls::version::TLS12, true),
        (&rustls::version::TLS13, false),
    ] {
        let authority = Authority::new("Root");
        let leaf = Leaf {
            versions: vec![version],
            client_certificate: true,
            ..Leaf::default()
        };
        let recording = between(&authority, &leaf, &authority).await;
        let tls = tls(&recording);
        assert_eq!(
            tls.client_certificate,
            ClientCertificate::RequestedNoneSent,
            "{version:?}"
        );
        assert!(
            matches!(tls.failure, Some(TlsFailure::Alert { .. })),
            "{version:?} {:?} {:?}",
            tls.failure,
            recording.connection.closed
        );
        // Only TLS 1.3 lets the client believe that the handshake is over.
        assert_eq!(tls.version.is_none(), during);
    }
}

#[tokio::test]
async fn a_client_certificate() {
    let authority = Authority::new("Root");
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = authority.sign("me.example", 2060);
    let options = TlsOptions {
        cacert: Some(authority.file(folder.path())),
        cert: Some(write(folder.path(), "cert.pem", &certificate.pem())),
        key: Some(write(folder.path(), "key.pem", &key.serialize_pem())),
        keylog: Some(folder.path().join("keys")),
        ..TlsOptions::default()
    };
    let leaf = Leaf {
        client_certificate: true,
        ..Leaf::default()
    };
    let address = tls_peer(authority.server(&leaf)).await;
    let recording = tls_call(address, &options).await;
    assert_eq!(tls(&recording).client_certificate, ClientCertificate::Sent);
    assert_eq!(tls(&recording).failure, None);
    assert!(recording.call.response.trailers.is_some());
    let keys = std::fs::read_to_string(folder.path().join("keys")).unwrap();
    assert!(keys.contains("CLIENT_TRAFFIC_SECRET_0 "));

    // A server that is not the one meant does not get it.
    let stranger = Authority::new("Stranger");
    let address = tls_peer(stranger.server(&leaf)).await;
    let recording = tls_call(address, &options).await;
    let tls = tls(&recording);
    assert!(matches!(
        tls.faults[..],
        [CertificateFault::UnknownIssuer { .. }]
    ));
    assert_eq!(tls.failure, None);
    assert_eq!(tls.version, None);
    assert_ne!(tls.client_certificate, ClientCertificate::Sent);
}

#[tokio::test]
async fn tls_to_a_plaintext_port() {
    let options = TlsOptions::default();
    let address = saying(vec![(0, b"HTTP/1.1 400 Bad Request\r\n\r\nno".to_vec())]).await;
    let recording = tls_call(address, &options).await;
    let Some(TlsFailure::NotTls { protocol, bytes }) = &tls(&recording).failure else {
        panic!("{:?}", tls(&recording).failure);
    };
    assert_eq!(*protocol, Some(Protocol::Http1Response));
    assert!(bytes.ends_with(b"no"));

    let address = saying(vec![(0, settings(&[(3, 100)]))]).await;
    let recording = tls_call(address, &options).await;
    let Some(TlsFailure::NotTls { protocol, .. }) = &tls(&recording).failure else {
        panic!("{:?}", tls(&recording).failure);
    };
    assert_eq!(*protocol, None);
}

#[tokio::test]
async fn tls_to_a_server_that_leaves() {
    let address = peer(|mut stream| async move {
        let _ = stream.read(&mut [0; 65536]).await;
    })
    .await;
    let recording = tls_call(address, &TlsOptions::default()).await;
    assert_eq!(
        tls(&recording).failure,
        Some(TlsFailure::Closed {
            received: 0,
            error: None
        })
    );
}

#[tokio::test]
async fn tls_to_silence() {
    let address = saying(Vec::new()).await;
    let mut plan = plan(address.port());
    plan.tls = Some(TlsConfig::load(&TlsOptions::default(), "stage.example").unwrap());
    plan.connect_timeout = Some(SECOND / 4);
    let started = Instant::now();
    let recording = record(plan).await;
    assert!(started.elapsed() < SECOND);
    assert_eq!(
        tls(&recording).failure,
        Some(TlsFailure::TimedOut { received: 0 })
    );
    assert_eq!(recording.connection.sent, 0);
}
