//! The test support itself: what the oracle writes is what `h2`, which shares no code with it, reads.
#![expect(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests speak over real sockets, and a fault in their own doing ends them"
)]

mod support;

use std::io::Read;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use support::frames::{self, Block, Frame, Literal, Name};
use support::script::{Action, Script};
use support::server::Server;

const REQUEST: &[u8] = b"\0\0\0\0\x07\x0a\x05Hello";

fn script(text: &str) -> Script {
    Script::parse(text).unwrap()
}

/// One call by h2.
async fn h2_call(server: &Server) -> (Response<()>, Vec<u8>, Option<HeaderMap>) {
    let stream = tokio::net::TcpStream::connect(&server.address)
        .await
        .unwrap();
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    let driver = tokio::spawn(connection);
    let mut send = send.ready().await.unwrap();
    let request = Request::post(&server.url).body(()).unwrap();
    let (response, mut body) = send.send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(REQUEST), true).unwrap();
    let (head, mut body) = response.await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        bytes.extend(data.unwrap());
    }
    let trailers = body.trailers().await.unwrap();
    driver.abort();
    (Response::from_parts(head, ()), bytes, trailers)
}

#[tokio::test]
async fn h2_reads_what_is_written() {
    let server = Server::start(&script(
        r#"
# Every representation, and a block in two frames.
settings MAX_CONCURRENT_STREAMS=128 INITIAL_WINDOW_SIZE=65536 0xfe03=1
window_update 2147418112
settings ack
ping "12345678"
headers no_end_headers padded=7 priority
  !index=8
  !incremental !huffman content-type: application/grpc+proto
  !never x-never: a\x20b
continuation
  !index=62 application/ignored: application/grpc
  !index=62
continuation end_headers
  !huffman x-huffman: Hello, world. ~{}|\\ 0123456789 \x7e
  !incremental !index=54 server: nginx
message padded=3 split=4 hex 0a 0d "Hello, world."   # the article's
data
frame type=0xbe stream=1 "of a type that nobody knows"
headers end_stream
  !huffman grpc-status: 0
  grpc-message: a%20message: with a colon
"#,
    ));
    let (response, body, trailers) = h2_call(&server).await;
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    let types: Vec<_> = headers.get_all("content-type").iter().collect();
    assert_eq!(
        types,
        [
            "application/grpc+proto",
            "application/grpc",
            "application/grpc+proto"
        ]
    );
    assert_eq!(headers["x-never"], "a b");
    assert_eq!(headers["x-huffman"], "Hello, world. ~{}|\\ 0123456789 ~");
    assert_eq!(headers["server"], "nginx");
    assert_eq!(body, b"\0\0\0\0\x0f\x0a\x0dHello, world.");
    let trailers = trailers.unwrap();
    assert_eq!(trailers["grpc-status"], "0");
    assert_eq!(trailers["grpc-message"], "a%20message: with a colon");

    let received = server.received();
    assert!(received.starts_with(frames::PREFACE));
    let (sent, _) = frames::read_all(&received);
    assert_eq!(
        sent.iter()
            .filter(|frame| frame.kind == frames::DATA)
            .map(|frame| &*frame.payload)
            .next(),
        Some(REQUEST)
    );
}

#[tokio::test]
async fn h2_reads_every_octet_in_huffman_code() {
    // Whatever a header field may hold; the RFC's own example covers the table's shape, this its content.
    let value: Vec<u8> = (0x20..=0x7e).chain(0x80..=0xff).collect();
    let block = Block::new().indexed(8).literal(
        Literal::Without,
        Name::Text(b"x-all"),
        &[b"a", &*value, b"z"].concat(),
        true,
    );
    let bytes = [
        frames::settings(&[]).bytes(),
        frames::headers(1, block.bytes, true).bytes(),
    ]
    .concat();
    let mut script = script("read request");
    script.actions.push(Action::Write(bytes));
    let server = Server::start(&script);
    let (response, ..) = h2_call(&server).await;
    assert_eq!(
        response.headers()["x-all"].as_bytes(),
        [b"a", &*value, b"z"].concat()
    );
}

#[test]
fn hpack_is_the_rfcs() {
    // RFC 7541 C.1.2, C.2.1, C.2.2, C.2.3, C.4.1.
    let mut integer = Vec::new();
    frames::integer(&mut integer, 0, 5, 1337);
    assert_eq!(integer, [0x1f, 0x9a, 0x0a]);
    let block = Block::new().literal(
        Literal::Incremental,
        Name::Text(b"custom-key"),
        b"custom-header",
        false,
    );
    assert_eq!(
        hex::encode(block.bytes),
        "400a637573746f6d2d6b65790d637573746f6d2d686561646572"
    );
    let block = Block::new().literal(Literal::Without, Name::Index(4), b"/sample/path", false);
    assert_eq!(hex::encode(block.bytes), "040c2f73616d706c652f70617468");
    let block = Block::new().literal(Literal::Never, Name::Text(b"password"), b"secret", false);
    assert_eq!(
        hex::encode(block.bytes),
        "100870617373776f726406736563726574"
    );
    let block = Block::new().indexed(2).indexed(6).indexed(4).literal(
        Literal::Incremental,
        Name::Index(1),
        b"www.example.com",
        true,
    );
    assert_eq!(
        hex::encode(block.bytes),
        "828684418cf1e3c2e5f23a6ba0ab90f4ff"
    );
    assert_eq!(Block::new().size(4096).bytes, [0x3f, 0xe1, 0x1f]);
}

#[test]
fn frames_can_lie() {
    let frame = Frame {
        reserved: true,
        length: Some(0x01_0203),
        ..Frame::new(0x99, 0xff, 5, *b"x")
    };
    assert_eq!(frame.bytes(), [1, 2, 3, 0x99, 0xff, 0x80, 0, 0, 5, b'x']);
    assert_eq!(
        frames::data(1, *b"ab", true).padded(2).bytes(),
        [0, 0, 5, 0, 9, 0, 0, 0, 1, 2, b'a', b'b', 0, 0]
    );
    let bytes = [
        frames::ping(true, [7; 8]).bytes(),
        frames::rst_stream(3, 8).bytes(),
        vec![0, 0],
    ]
    .concat();
    let (read, rest) = frames::read_all(&bytes);
    assert_eq!(read, [frames::ping(true, [7; 8]), frames::rst_stream(3, 8)]);
    assert_eq!(rest, [0, 0]);
}

#[test]
fn every_action_writes_its_bytes() {
    let rows: &[(&str, &str)] = &[
        ("settings", "000000 04 00 00000000"),
        (
            "settings ENABLE_PUSH=2 0xfe03=1",
            "00000c 04 00 00000000 000200000002 fe0300000001",
        ),
        ("settings ack", "000000 04 01 00000000"),
        (
            "headers end_stream\n  !size=0\n  !index=8\n  !raw ff 00",
            "000004 01 05 00000001 20 88 ff00",
        ),
        (
            "headers stream=3 priority no_end_headers",
            "000005 01 20 00000003 00000000 0f",
        ),
        ("continuation", "000000 09 00 00000001"),
        (
            "push_promise promised=2\n  !index=2",
            "000005 05 04 00000001 00000002 82",
        ),
        ("data \"a#\\x00\\\"\"", "000004 00 00 00000001 61230022"),
        (
            "data split=2 end_stream repeat 3 \"a\"",
            "000002 00 00 00000001 6161 000001 00 01 00000001 61",
        ),
        (
            "message flag=2 length=0x01020304 \"a\"",
            "000006 00 00 00000001 02 01020304 61",
        ),
        ("message", "000005 00 00 00000001 0000000000"),
        (
            "rst stream=3 REFUSED_STREAM",
            "000004 03 00 00000003 00000007",
        ),
        ("rst 0xff", "000004 03 00 00000001 000000ff"),
        (
            "goaway last=1 ENHANCE_YOUR_CALM \"too_many\"",
            "000010 07 00 00000000 00000001 0000000b 746f6f5f6d616e79",
        ),
        ("ping ack hex 01", "000008 06 01 00000000 0100000000000000"),
        (
            "window_update stream=1 5 # five",
            "000004 08 00 00000001 00000005",
        ),
        (
            "priority depends=3 weight=256 exclusive",
            "000005 02 00 00000001 80000003 ff",
        ),
        (
            "frame type=0 flags=9 stream=1 length=9 reserved hex 0a",
            "000009 00 09 80000001 0a",
        ),
        ("raw \"HTTP/1.1 \" hex 0d0a", "485454502f312e31200d0a"),
        ("tls_alert 120", "15 0303 0002 02 78"),
    ];
    for (text, expected) in rows {
        let written: Vec<u8> = script(text)
            .actions
            .iter()
            .filter_map(|action| match action {
                Action::Write(bytes) => Some(bytes.as_slice()),
                _ => None,
            })
            .collect::<Vec<_>>()
            .concat();
        assert_eq!(hex::encode(written), expected.replace(' ', ""), "{text}");
    }
}

#[test]
fn the_documented_example_is_a_script() {
    let source = include_str!("support/script.rs");
    let example = source.split("//! ```text\n").last().unwrap();
    let example = example.split("//! ```").next().unwrap();
    let example: String = example
        .lines()
        .map(|line| {
            line.trim_start_matches("//!")
                .strip_prefix(' ')
                .unwrap_or("")
                .to_owned()
                + "\n"
        })
        .collect();
    let script = script(&example);
    let data = frames::data(1, *b"\n\rHello, world.", false);
    assert_eq!(script.actions.len(), 6);
    assert_eq!(script.actions[4], Action::Write(data.bytes()));
}

#[test]
fn gzip_sets_the_flag_and_decompresses() {
    let script = script("at once\nmessage gzip \"Hello\"");
    let [Action::Write(bytes)] = script.actions.as_slice() else {
        panic!("one write")
    };
    assert_eq!(bytes[9], 1);
    let mut text = String::new();
    flate2::read::GzDecoder::new(&bytes[14..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "Hello");
}

#[test]
fn an_error_names_its_line() {
    let rows = [
        ("settings\nbogus", "line 2: no such action: `bogus`"),
        ("tls perfect", "line 1: `tls` cannot be `perfect`"),
        (
            "settings\nlisten unix",
            "line 2: `listen` must stand before the first action",
        ),
        ("settings NAME=1", "line 1: `NAME` is no number"),
        ("data bogus", "line 1: no such option here: `bogus`"),
        ("data \"a", "line 1: a quote is not closed"),
        ("data \"\\q\"", "line 1: no such escape: `\\q`"),
        ("data hex 0", "line 1: `0` is no hex"),
        ("rst \"a\"", "line 1: a value is missing"),
        (
            "  name: value",
            "line 1: a field outside a block of headers",
        ),
        ("headers\n  no colon", "line 2: a field is `name: value`"),
        ("headers\n  !bold a: b", "line 2: no such mark: `!bold`"),
        ("wait 1h", "line 1: `1h` is no time: write 50ms or 2s"),
        ("wait 60s", "line 1: `60s`: a connection is limited to 10s"),
        ("alpn h2", "`alpn` and `client-cert` want `tls`"),
        ("listen nobody\nclose", "nobody listens, so nobody acts"),
    ];
    for (text, error) in rows {
        assert_eq!(Script::parse(text).unwrap_err(), error);
    }
}

#[test]
fn the_request_is_awaited_unless_at_once() {
    let awaits = |text: &str| {
        script(text)
            .actions
            .iter()
            .position(|action| *action == Action::ReadRequest)
    };
    assert_eq!(awaits("settings\nheaders\ndata"), Some(1));
    assert_eq!(awaits("read request\nsettings\nheaders"), Some(0));
    assert_eq!(awaits("at once\nsettings\nheaders"), None);
    assert_eq!(awaits("settings\nraw \"x\"\nclose"), None);
}

#[test]
fn setup_reaches_the_client() {
    let script = script(
        "host does-not-exist.invalid\ncall timeout=300ms\ncall data={\"a\": 1} # free\ncall insecure\nclose",
    );
    assert_eq!(script.call("timeout"), Some("300ms"));
    assert_eq!(script.call("data"), Some("{\"a\": 1} # free"));
    assert_eq!(script.call("insecure"), Some(""));
    assert_eq!(script.call("other"), None);
    let server = Server::start(&script);
    let port = server.address.rsplit_once(':').unwrap().1;
    assert_eq!(
        server.url,
        format!("http://does-not-exist.invalid:{port}/hello.HelloService/Hello")
    );
    let server = Server::start(&Script::parse("url https://{address}/Prod/a.B/C\nclose").unwrap());
    assert_eq!(server.url, format!("https://{}/Prod/a.B/C", server.address));
}
