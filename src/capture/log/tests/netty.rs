//! Logs of Netty's and OkHttp's.

use super::*;

/// A call of grpc-java's client, of which the reply is longer than is logged.
pub(super) const NETTY: &str = "\
13:26:38.100 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 - R:localhost/127.0.0.1:9090] OUTBOUND SETTINGS: ack=false settings={ENABLE_PUSH=0, MAX_CONCURRENT_STREAMS=0, INITIAL_WINDOW_SIZE=1048576, MAX_HEADER_LIST_SIZE=8192, 0xfe03=1}
13:26:38.120 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 - R:localhost/127.0.0.1:9090] INBOUND SETTINGS: ack=true
13:26:38.121 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 - R:localhost/127.0.0.1:9090] OUTBOUND HEADERS: streamId=3 headers=GrpcHttp2OutboundHeaders[:authority: localhost:9090, :path: /hello.Greeter/SayHello, :method: POST, te: trailers, grpc-accept-encoding: gzip, deflate] streamDependency=0 weight=16 exclusive=false padding=0 endStream=false
13:26:38.122 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 - R:localhost/127.0.0.1:9090] OUTBOUND DATA: streamId=3 padding=0 endStream=true length=20 bytes=000000000f0a0d426c6f636b696e672053747562
13:26:38.130 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 - R:localhost/127.0.0.1:9090] INBOUND HEADERS: streamId=3 headers=GrpcHttp2ResponseHeaders[:status: 200, content-type: application/grpc] padding=0 endStream=false
13:26:38.131 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 - R:localhost/127.0.0.1:9090] INBOUND DATA: streamId=3 padding=4 endStream=false length=6 bytes=000000000141
13:26:38.132 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 - R:localhost/127.0.0.1:9090] INBOUND DATA: streamId=3 padding=0 endStream=false length=70 bytes=00000000014100000000...
13:26:38.133 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 ! R:localhost/127.0.0.1:9090] INBOUND PING: ack=false bytes=-2
13:26:38.134 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 ! R:localhost/127.0.0.1:9090] INBOUND GO_AWAY: lastStreamId=3 errorCode=11 length=14 bytes=746f6f5f6d616e795f70696e6773
13:26:38.135 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 ! R:localhost/127.0.0.1:9090] OUTBOUND RST_STREAM: streamId=3 errorCode=8
13:26:38.136 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 ! R:localhost/127.0.0.1:9090] OUTBOUND WINDOW_UPDATE: streamId=0 windowSizeIncrement=983041
13:26:38.137 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 ! R:localhost/127.0.0.1:9090] OUTBOUND PRIORITY: streamId=5 streamDependency=3 weight=256 exclusive=true
13:26:38.138 [grpc-default-worker] DEBUG i.g.n.NettyClientHandler - [id: 0xaeabbfb2, L:/127.0.0.1:62532 ! R:localhost/127.0.0.1:9090] INBOUND UNKNOWN: frameType=11 streamId=0 flags=5 length=2 bytes=abcd
";

#[test]
fn a_call_of_netty_s_client() {
    let (shown, lost) = read(NETTY.as_bytes());
    assert_eq!(lost, None);
    assert!(shown[2].starts_with("0xaeabbfb2@21#3, "));
    assert_eq!(
        told(NETTY),
        [
            "> SETTINGS s0 30 ENABLE_PUSH=0 MAX_CONCURRENT_STREAMS=0 INITIAL_WINDOW_SIZE=1048576 \
             MAX_HEADER_LIST_SIZE=8192 GRPC_ALLOW_TRUE_BINARY_METADATA=1",
            "< SETTINGS ACK s0 0",
            "> HEADERS END_HEADERS PRIORITY s3 ? [:authority=localhost:9090 :path=/hello.Greeter/SayHello :method=POST \
             te=trailers grpc-accept-encoding=gzip, deflate] guessed",
            r#"> DATA END_STREAM s3 20 "\x00\x00\x00\x00\x0f\n\rBlocking Stub""#,
            "< HEADERS END_HEADERS s3 ? [:status=200 content-type=application/grpc]",
            r#"< DATA PADDED s3 10 "\x00\x00\x00\x00\x01A" pad 3"#,
            r#"< DATA s3 70 "\x00\x00\x00\x00\x01A\x00\x00\x00\x00""#,
            "< PING s0 8 fffffffffffffffe",
            "< GOAWAY s0 22 last 3 ENHANCE_YOUR_CALM \"too_many_pings\"",
            "> RST_STREAM s3 4 CANCEL",
            "> WINDOW_UPDATE s0 4 +983041",
            "> PRIORITY s5 5 Priority(Priority { exclusive: true, dependency: 3, weight: 255 })",
            "< 11 s0 2 Unknown([171, 205])",
        ]
    );
}

#[test]
fn a_server_is_told_by_the_request_it_reads() {
    let log = "\
[id: 0x1, L:/1 - R:/2] OUTBOUND SETTINGS: ack=false settings={}
[id: 0x1, L:/1 - R:/2] INBOUND PING: ack=true bytes=00000000000000ff
[id: 0x1, L:/1 - R:/2] INBOUND HEADERS: streamId=1 headers=GrpcHttp2RequestHeaders[:path: /a/B, :method: POST] padding=0 endStream=false
[id: 0x1, L:/1 - R:/2] OUTBOUND HEADERS: streamId=1 headers=GrpcHttp2OutboundHeaders[:status: 200, a: b[c], d: ] padding=0 endStream=true
[id: 0x1, L:/1 - R:/2] INBOUND DATA: streamId=1 nonsense
";
    let (shown, lost) = read(log.as_bytes());
    assert_eq!(
        shown,
        [
            "0x1@#1, < SETTINGS s0 0",
            // Sixteen digits are a number, as Netty writes it today, unless a letter shows that they are bytes.
            "0x1@#2, > PING ACK s0 8 00000000000000ff",
            "0x1@#3, > HEADERS END_HEADERS s1 ? [:path=/a/B :method=POST]",
            "0x1@#4, < HEADERS END_STREAM END_HEADERS s1 ? [:status=200 a=b[c] d=]",
        ]
    );
    assert_eq!(lost.unwrap().lines, 1);
}

/// A call of grpc-java's other client, with the two lines of Java's own logger.
pub(super) const OKHTTP: &str = "\
Nov 22, 2026 1:26:38 PM io.grpc.okhttp.OkHttpFrameLogger logSettings
FINE: OUTBOUND SETTINGS: ack=false settings={INITIAL_WINDOW_SIZE=65535}
Nov 22, 2026 1:26:39 PM io.grpc.okhttp.OkHttpFrameLogger logHeaders
FINE: OUTBOUND HEADERS: streamId=3 headers=[:scheme: http, :method: POST, :path: /a/B] endStream=false
Nov 22, 2026 1:26:40 PM io.grpc.okhttp.OkHttpFrameLogger logData
FINE: OUTBOUND DATA: streamId=3 endStream=true length=5 bytes=0000000000
FINE: INBOUND RST_STREAM: streamId=3 errorCode=FRAME_TOO_LARGE
FINE: INBOUND GO_AWAY: lastStreamId=0 errorCode=NO_ERROR length=0 bytes=
WARNING: io.grpc.StatusRuntimeException: UNAVAILABLE
";

#[test]
fn a_call_of_okhttp_s_client() {
    assert_eq!(recognise(OKHTTP.as_bytes()), Some(Grammar::OkHttp));
    assert_eq!(
        read(OKHTTP.as_bytes()).0,
        [
            "@1795353998000#2, > SETTINGS s0 6 INITIAL_WINDOW_SIZE=65535",
            "@1795353999000#4, > HEADERS END_HEADERS s3 ? [:scheme=http :method=POST :path=/a/B]",
            r#"@1795354000000#6, > DATA END_STREAM s3 5 "\x00\x00\x00\x00\x00""#,
            "@1795354000000#7, < RST_STREAM s3 4 FRAME_SIZE_ERROR",
            "@1795354000000#8, < GOAWAY s0 8 last 0 NO_ERROR \"\"",
            "@#9, said WARNING: io.grpc.StatusRuntimeException: UNAVAILABLE",
        ]
    );
}
