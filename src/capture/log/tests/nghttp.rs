//! Logs of nghttp's and nghttpd's.

use super::*;

#[test]
fn a_call_with_its_bytes() {
    let (shown, lost) = read(&fixture("nghttp_v_ok.log"));
    assert_eq!(lost, None);
    assert_eq!(
        shown,
        [
            "@0#2, > SETTINGS s0 12 MAX_CONCURRENT_STREAMS=100 INITIAL_WINDOW_SIZE=65535",
            "@0#6, > PRIORITY s3 5 Priority(Priority { exclusive: false, dependency: 0, weight: 200 })",
            "@0#8, > PRIORITY s5 5 Priority(Priority { exclusive: false, dependency: 0, weight: 100 })",
            "@0#10, > PRIORITY s7 5 Priority(Priority { exclusive: false, dependency: 0, weight: 0 })",
            "@0#12, > PRIORITY s9 5 Priority(Priority { exclusive: false, dependency: 7, weight: 0 })",
            "@0#14, > PRIORITY s11 5 Priority(Priority { exclusive: false, dependency: 3, weight: 0 })",
            "@0#16, > HEADERS END_HEADERS PRIORITY s13 75 [:method=POST :path=/t.T/ok :scheme=http \
             :authority=127.0.0.1:50952 accept=*/* accept-encoding=gzip, deflate user-agent=nghttp2/1.52.0 \
             content-length=12 content-type=application/grpc te=trailers]",
            "@11#30, > DATA END_STREAM s13 12",
            "@11#32, < SETTINGS s0 42 HEADER_TABLE_SIZE=4096 ENABLE_PUSH=0 INITIAL_WINDOW_SIZE=65535 \
             MAX_FRAME_SIZE=16384 ENABLE_CONNECT_PROTOCOL=0 MAX_CONCURRENT_STREAMS=100 MAX_HEADER_LIST_SIZE=65536",
            "@11#41, > SETTINGS ACK s0 0",
            "@12#44, < SETTINGS ACK s0 0",
            "@12#49, < HEADERS END_HEADERS s13 14 [:status=200 content-type=application/grpc]",
            r#"@12#54, < DATA s13 20 "\x00\x00\x00\x00\x0f\n\rHello, world!""#,
            "@12#56, < HEADERS END_STREAM END_HEADERS s13 12 [grpc-status=0]",
            "@12#59, > GOAWAY s0 8 last 0 NO_ERROR \"\"",
        ]
    );
    // With -n, the bytes are not shown.
    let (shown, lost) = read(&fixture("nghttp_nv_noprefix.log"));
    assert_eq!(lost, None);
    assert!(shown[12].ends_with(", < DATA s13 15"));
}

#[test]
fn colours_and_padding() {
    let (shown, lost) = read(&fixture("nghttp_v_color.log"));
    assert_eq!(lost, None);
    let data = "< DATA END_STREAM PADDED s1 15 \"hello\\nworld\" pad 3";
    assert!(shown.iter().any(|line| line.ends_with(data)), "{shown:#?}");
    assert!(
        shown
            .iter()
            .any(|line| line
                .contains("> HEADERS END_HEADERS s1 63 [:method=POST :path=/index.html ")),
        "{shown:#?}"
    );
}

#[test]
fn carriage_returns_before_all_line_feeds_are_no_part_of_bodies() {
    for name in [
        "nghttp_v_ok.log",
        "nghttp_v_color.log",
        "nghttp_nv_noprefix.log",
        "nghttpd_v.log",
    ] {
        let log = fixture(name);
        let mut returns = Vec::new();
        for byte in &log {
            if *byte == b'\n' {
                returns.push(b'\r');
            }
            returns.push(*byte);
        }
        assert_eq!(read(&returns), read(&log), "{name}");
    }
    // Those of a body in a log that has none elsewhere are its own.
    let log = "\
[  0.001] send SETTINGS frame <length=0, flags=0x00, stream_id=0>
a\r
b\r\r
[  0.002] recv DATA frame <length=7, flags=0x00, stream_id=1>
";
    assert_eq!(told(log)[1], r#"< DATA s1 7 "a\r\nb\r\r\n""#);
    assert_eq!(told(&log.replace('\n', "\r\n")), told(log));
}

#[test]
fn a_server_s_log_names_its_sessions() {
    let (shown, lost) = read(&fixture("nghttpd_v.log"));
    assert_eq!(lost, None);
    let told: Vec<_> = shown
        .iter()
        .map(|line| line.split_once(", ").unwrap().1)
        .collect();
    assert_eq!(told[0], "< SETTINGS s0 6 MAX_CONCURRENT_STREAMS=100");
    assert!(told[2].starts_with("> HEADERS END_HEADERS s1 63 [:method=POST :path=/index.html "));
    assert_eq!(told[3], "> DATA END_STREAM s1 12");
    assert!(told[5].starts_with("< HEADERS END_HEADERS PADDED s1 96 [:status=200 server=nghttpd "));
    assert_eq!(told[6], "< DATA END_STREAM PADDED s1 15 \"\" pad 3");
    assert!(shown[0].starts_with("1@506#3, "), "{}", shown[0]);
    assert_eq!(shown.len(), 9);
}

#[test]
fn other_lines() {
    let log = "\
[  1.002] recv SETTINGS frame <length=0, flags=0x00, stream_id=0>
          (niv=0)
[  1.003] recv RST_STREAM frame <length=4, flags=0x00, stream_id=13>
          (error_code=UNKNOWN(0x1f))
[  1.004] recv GOAWAY frame <length=24, flags=0x00, stream_id=0>
          (last_stream_id=13, error_code=ENHANCE_YOUR_CALM(0x0b), opaque_data(16)=[too_many_pings..])
[  1.005] recv PING frame <length=8, flags=0x01, stream_id=0>
          ; ACK
          (opaque_data=02041010090e0707)
[  1.006] send WINDOW_UPDATE frame <length=4, flags=0x00, stream_id=13>
          (window_size_increment=32767)
[  1.007] recv (stream_id=13, sensitive) cookie: a: b
[  1.008] [INVALID; error=Protocol error] recv HEADERS frame <length=0, flags=0x05, stream_id=13>
          ; END_STREAM | END_HEADERS
          (padlen=0)
[  1.009] recv (stream_id=13, length=3, srecv=3, crecv=3) DATA
abc[  1.010] recv (stream_id=13, length=2, srecv=5, crecv=5) DATA
de[  1.010] send PING frame <length=8, flags=0x00, stream_id=0>
          (opaque_data=0000000000000001)
[  1.010] recv (stream_id=13, length=1, srecv=6, crecv=6) DATA
f[  1.010] recv DATA frame <length=6, flags=0x00, stream_id=13>
[  1.011] recv extension(0x10) frame <length=3, flags=0x00, stream_id=0>
[ERROR] Remote peer returned unexpected data
Some requests were not processed. total=1, processed=0
";
    let (shown, lost) = read(log.as_bytes());
    assert_eq!(
        shown,
        [
            "@1002#1, < SETTINGS s0 0",
            "@1003#3, < RST_STREAM s13 4 0x1f",
            // A byte that cannot be printed is shown as a dot: what comes from it on is left out.
            "@1004#5, < GOAWAY s0 24 last 13 ENHANCE_YOUR_CALM \"too_many_pings\"",
            "@1005#7, < PING ACK s0 8 02041010090e0707",
            "@1006#10, > WINDOW_UPDATE s13 4 +32767",
            "@1008#13, said [INVALID; error=Protocol error] recv HEADERS frame <length=0, flags=0x05, stream_id=13>",
            "@1008#13, < HEADERS END_STREAM END_HEADERS s13 0 [cookie=a: b]",
            "@1010#18, > PING s0 8 0000000000000001",
            "@1010#21, < DATA s13 6 \"abcdef\"",
            "@1011#22, < PRIORITY_UPDATE s0 3",
            "@#23, said [ERROR] Remote peer returned unexpected data",
            "@#24, said Some requests were not processed. total=1, processed=0",
        ]
    );
    assert_eq!(lost, None);
}
