//! Logs of Go's.

use super::*;

/// Lines of a greeter of grpc-go 1.30 as its server and its client log them, and of other programs.
pub(super) const LINES: &str = r#"
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: wrote SETTINGS len=6, settings: MAX_FRAME_SIZE=16384
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: read SETTINGS flags=ACK len=0
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: read HEADERS flags=END_HEADERS stream=1 len=92
2020/08/09 06:00:27 http2: decoded hpack field header field ":method" = "POST"
2020/08/09 06:00:27 http2: decoded hpack field header field "grpc-timeout" = "999963u"
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: read DATA flags=END_STREAM stream=1 len=12 data="\x00\x00\x00\x00\a\n\x05world"
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: wrote WINDOW_UPDATE len=4 (conn) incr=12
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: wrote PING len=8 ping="\x02\x04\x10\x10\t\x0e\a\a"
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: wrote HEADERS flags=END_HEADERS stream=1 len=14
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: wrote DATA stream=1 len=18 data="\x00\x00\x00\x00\r\n\vHello world"
2020/08/09 06:00:27 http2: Framer 0xc0001a4000: wrote HEADERS flags=END_STREAM|END_HEADERS stream=1 len=24
"#;

const SERVER: &[&str] = &[
    "0xc0001a4000@1596952827000#2, < SETTINGS s0 6 MAX_FRAME_SIZE=16384",
    "0xc0001a4000@1596952827000#3, > SETTINGS ACK s0 0",
    "0xc0001a4000@1596952827000#4, > HEADERS END_HEADERS s1 92 [:method=POST grpc-timeout=999963u]",
    r#"0xc0001a4000@1596952827000#7, > DATA END_STREAM s1 12 "\x00\x00\x00\x00\x07\n\x05world""#,
    "0xc0001a4000@1596952827000#8, < WINDOW_UPDATE s0 4 +12",
    "0xc0001a4000@1596952827000#9, < PING s0 8 02041010090e0707",
    "0xc0001a4000@1596952827000#10, < HEADERS END_HEADERS s1 14 not shown",
    r#"0xc0001a4000@1596952827000#11, < DATA s1 18 "\x00\x00\x00\x00\r\n\x0bHello world""#,
    "0xc0001a4000@1596952827000#12, < HEADERS END_STREAM END_HEADERS s1 24 not shown",
];

#[test]
fn a_server_s_log() {
    assert_eq!(
        read(LINES.as_bytes()),
        (SERVER.iter().map(ToString::to_string).collect(), None)
    );
}

#[test]
fn a_client_s_logs() {
    let (shown, lost) = read(&fixture("http2debug_ok.log"));
    assert_eq!(lost, None);
    let told: Vec<_> = shown
        .iter()
        .map(|line| line.split_once(", ").unwrap().1)
        .collect();
    assert_eq!(
        told,
        [
            "> SETTINGS s0 0",
            "< SETTINGS s0 6 MAX_CONCURRENT_STREAMS=100",
            "< SETTINGS ACK s0 0",
            "> SETTINGS ACK s0 0",
            "> HEADERS END_HEADERS s1 81 not shown",
            r#"> DATA END_STREAM s1 12 "\x00\x00\x00\x00\x07\n\x05Hello""#,
            "< HEADERS END_HEADERS s1 19 [:status=200 content-type=application/grpc+proto]",
            r#"< DATA s1 20 "\x00\x00\x00\x00\x0f\n\rHello, world.""#,
            "< HEADERS END_STREAM END_HEADERS s1 12 [grpc-status=0] incomplete",
        ]
    );
    assert!(shown[0].starts_with("0xc000142000@1795353998000#1, "));
    let (shown, lost) = read(&fixture("http2debug_noprefix.log"));
    assert_eq!(lost, None);
    assert_eq!(shown.len(), 9);
    assert!(shown[7].ends_with(r#"< DATA END_STREAM s1 15 "\n\rHello, world.""#));
    assert_eq!(
        shown[8],
        "@#11, said err making request: rpc error: code = ResourceExhausted desc = grpc: received message larger than max \
         (222848364 vs. 4194304)"
    );
}

/// The frames of lines that a client's Framer writes, after HEADERS that tell its role.
fn frames(lines: &str) -> Vec<String> {
    let mut log = "http2: Framer 0x1: wrote HEADERS flags=END_HEADERS stream=1 len=9\n".to_owned();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        log += &format!("http2: Framer 0x1: {line}\n");
    }
    told(&log).split_off(1)
}

#[test]
fn every_type_of_frame() {
    let lines = r#"
wrote RST_STREAM stream=1 len=4 ErrCode=CANCEL
read RST_STREAM stream=1 len=4 ErrCode=unknown error code 0x1f
read GOAWAY len=46 LastStreamID=0 ErrCode=NO_ERROR Debug="{\"reason\":\"BadCertificateEnvironment\"}"
read GOAWAY len=8 LastStreamID=7 ErrCode=ENHANCE_YOUR_CALM Debug=""
wrote SETTINGS len=24, settings: ENABLE_PUSH=0, INITIAL_WINDOW_SIZE=4294967295, UNKNOWN_SETTING_65027=1, MAX_HEADER_LIST_SIZE=10485760
read WINDOW_UPDATE stream=3 len=4 incr=32768
read PING flags=ACK len=8 ping="\x00é\x80\x01\xff\n\""
read PRIORITY stream=5 len=5
read UNKNOWN_FRAME_TYPE_11 flags=0x5 len=3
read PRIORITY_UPDATE len=7
read DATA flags=END_STREAM|PADDED stream=1 len=8 data="abc"
"#;
    assert_eq!(
        frames(lines),
        [
            "> RST_STREAM s1 4 CANCEL",
            "< RST_STREAM s1 4 0x1f",
            r#"< GOAWAY s0 46 last 0 NO_ERROR "{\"reason\":\"BadCertificateEnvironment\"}""#,
            r#"< GOAWAY s0 8 last 7 ENHANCE_YOUR_CALM """#,
            "> SETTINGS s0 24 ENABLE_PUSH=0 INITIAL_WINDOW_SIZE=4294967295 GRPC_ALLOW_TRUE_BINARY_METADATA=1 \
             MAX_HEADER_LIST_SIZE=10485760",
            "< WINDOW_UPDATE s3 4 +32768",
            "< PING ACK s0 8 00c3a98001ff0a22",
            "< PRIORITY s5 5",
            "< 11 s0 3",
            "< PRIORITY_UPDATE s0 7",
            r#"< DATA END_STREAM PADDED s1 8 "abc" pad 4"#,
        ]
    );
}

#[test]
fn data_that_are_cut_short_or_taken_out() {
    let shown = "a".repeat(256);
    let lines = format!(
        r#"
wrote DATA flags=END_STREAM stream=1 len=269 data="{shown}" (13 bytes omitted)
wrote DATA flags=PADDED stream=1 len=280 data="{shown}" (13 bytes omitted)
wrote DATA stream=1 len=8192 data="aaa (7936 bytes omitted)
wrote DATA stream=1 len=8192 data="redacted" (7936 bytes omitted)
wrote DATA flags=END_STREAM stream=1 len=0 data=""
"#
    );
    assert_eq!(
        frames(&lines),
        [
            format!("> DATA END_STREAM s1 269 \"{shown}\""),
            // Where the payload is cut, so is the view of it; nothing else is made up.
            format!("> DATA PADDED s1 280 \"{shown}\" pad 10"),
            "> DATA s1 8192".to_owned(),
            "> DATA s1 8192".to_owned(),
            "> DATA END_STREAM s1 0".to_owned(),
        ]
    );
}

#[test]
fn fields_that_net_http_writes_precede_their_frame() {
    let log = r#"
http2: Framer 0xa: wrote SETTINGS len=0
http2: Transport encoding header ":method" = "POST"
http2: Transport encoding header ":authority" = "example.com"
http2: Framer 0xa: wrote HEADERS flags=END_HEADERS stream=1 len=40
http2: Framer 0xb: read HEADERS flags=END_HEADERS stream=1 len=40
http2: decoded hpack field header field ":method" = "POST"
http2: decoded hpack field header field "cookie" = "a" (sensitive)
http2: server read frame HEADERS flags=END_HEADERS stream=1 len=40
http2: server encoding header ":status" = "200"
http2: Framer 0xb: wrote HEADERS flags=END_HEADERS stream=1 len=10
http2: server encoding header "grpc-status" = "0"
http2: Framer 0xb: wrote HEADERS flags=END_STREAM|END_HEADERS stream=1 len=11
http2: Transport readFrame error on conn 0xc0: (*errors.errorString) EOF
"#;
    assert_eq!(
        read(log.as_bytes()).0,
        [
            "0xa@#2, > SETTINGS s0 0",
            "0xa@#5, > HEADERS END_HEADERS s1 40 [:method=POST :authority=example.com]",
            "0xb@#6, > HEADERS END_HEADERS s1 40 [:method=POST cookie=a]",
            "0xb@#11, < HEADERS END_HEADERS s1 10 [:status=200]",
            "0xb@#13, < HEADERS END_STREAM END_HEADERS s1 11 [grpc-status=0]",
            "@#14, said http2: Transport readFrame error on conn 0xc0: (*errors.errorString) EOF",
        ]
    );
}

#[test]
fn a_header_block_over_several_frames_is_held_until_it_ends() {
    let log = r#"
http2: Framer 0xa: wrote HEADERS flags=END_HEADERS stream=1 len=40
http2: Framer 0xa: read HEADERS stream=1 len=10
http2: decoded hpack field header field ":status" = "200"
http2: Framer 0xa: wrote WINDOW_UPDATE len=4 (conn) incr=5
http2: Framer 0xa: read CONTINUATION flags=END_HEADERS stream=1 len=3
http2: decoded hpack field header field "a" = "b"
http2: Framer 0xa: read DATA stream=1 len=1 data="x"
"#;
    assert_eq!(
        told(log)[1..],
        [
            "< HEADERS s1 10 [:status=200 a=b]",
            "> WINDOW_UPDATE s0 4 +5",
            "< CONTINUATION END_HEADERS s1 3",
            "< DATA s1 1 \"x\"",
        ]
    );
}

#[test]
fn fields_of_intermingled_connections_are_a_guess() {
    let log = r#"
http2: Framer 0xa: wrote HEADERS flags=END_HEADERS stream=1 len=40
http2: Framer 0xb: wrote HEADERS flags=END_HEADERS stream=1 len=40
http2: Framer 0xa: read HEADERS flags=END_HEADERS stream=1 len=10
http2: Framer 0xb: read HEADERS flags=END_HEADERS stream=1 len=10
http2: decoded hpack field header field ":status" = "200"
http2: Framer 0xa: read DATA stream=1 len=0 data=""
http2: Framer 0xb: read DATA stream=1 len=0 data=""
http2: Framer 0xa: read HEADERS flags=END_HEADERS stream=1 len=10
http2: decoded hpack field header field "grpc-status" = "0"
http2: Framer 0xb: wrote WINDOW_UPDATE len=4 (conn) incr=5
http2: Framer 0xb: read HEADERS flags=END_HEADERS stream=1 len=10
http2: decoded hpack field header field "grpc-status" = "1"
"#;
    let (shown, _) = read(log.as_bytes());
    let of = |name: &str| -> Vec<_> {
        let own = shown.iter().filter(|line| line.starts_with(name));
        own.map(|line| line.split_once(", ").unwrap().1).collect()
    };
    assert_eq!(
        of("0xa")[1],
        "< HEADERS END_HEADERS s1 10 not shown guessed"
    );
    assert_eq!(
        of("0xb")[1],
        "< HEADERS END_HEADERS s1 10 [:status=200] guessed"
    );
    // Nothing shows that those fields, which are the last of their Framers, are all.
    assert_eq!(
        of("0xa")[3],
        "< HEADERS END_HEADERS s1 10 [grpc-status=0] incomplete"
    );
    assert_eq!(
        of("0xb")[4],
        "< HEADERS END_HEADERS s1 10 [grpc-status=1] incomplete"
    );
}

#[test]
fn without_framers_what_was_received_is_shown() {
    let log = "\
http2: Transport received SETTINGS len=0
http2: Transport received HEADERS flags=END_HEADERS stream=1 len=5
http2: server read frame DATA flags=END_STREAM stream=1 len=1 data=\"x\"
";
    assert_eq!(
        read(log.as_bytes()).0,
        [
            "Transport@#1, < SETTINGS s0 0",
            "Transport@#2, < HEADERS END_HEADERS s1 5 not shown",
            "server@#3, > DATA END_STREAM s1 1 \"x\"",
        ]
    );
}

#[test]
fn lines_that_cannot_be_read_are_counted() {
    let log = "\
http2: Framer 0xa: wrote HEADERS flags=END_HEADERS stream=1 len=40
http2: Framer 0xa: read SETT
http2: Framer 0xa: read PING len=8 ping=\"\\x0
http2: Framer 0xa: read SETTINGS len=6, settings: NOBODY_KNOWS=1
http2: decoded hpack field header field broken
";
    let (shown, lost) = read(log.as_bytes());
    assert_eq!(shown.len(), 1);
    let lost = lost.unwrap();
    assert_eq!(
        (lost.lines, lost.first.within, lost.first.offset),
        (4, Within::Line(2), 67)
    );
}

#[test]
fn a_log_without_a_role_is_let_go_and_taken_for_a_client_s() {
    let log = "http2: Framer 0xa: wrote PING len=8 ping=\"12345678\"\n".repeat(3000);
    let mut reader = Reader::new(Grammar::GoHttp2Debug);
    let mut count = 0;
    reader.feed(log.as_bytes(), &mut |logged| {
        count += 1;
        assert!(show(&logged).ends_with("> PING s0 8 3132333435363738"));
    });
    assert_eq!(count, 1025 * 2);
    reader.finish(&mut |_| count += 1);
    assert_eq!(count, 3000);
}

#[test]
fn of_many_connections_those_that_are_silent_are_forgotten() {
    let mut reader = Reader::new(Grammar::GoHttp2Debug);
    let (mut count, mut early) = (0, 0);
    for framer in 0..5000 {
        let line = format!("http2: Framer {framer:#x}: read SETTINGS flags=ACK len=0\n");
        reader.feed(line.as_bytes(), &mut |_| early += 1);
    }
    // None has told its role, so that frames come only from those that had to make room.
    assert_eq!(early, 5000 - 4096);
    let field = "a".repeat(1 << 20);
    for framer in 0..40 {
        let lines = format!(
            "http2: Framer {framer:#x}: read HEADERS flags=END_HEADERS stream=2 len=9\n\
             http2: decoded hpack field header field \"a\" = \"{}\"\n",
            &field[..(1 << 20) - 100]
        );
        reader.feed(lines.as_bytes(), &mut |_| count += 1);
    }
    assert!(
        count > 4096,
        "{count} frames came of those held, of which there were 16 MiB"
    );
    reader.finish(&mut |_| count += 1);
    assert_eq!(early + count, 5040);
}
