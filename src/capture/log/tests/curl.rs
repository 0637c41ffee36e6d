//! curl's traces.

use super::*;

const HEAD: &str = "> HTTP/2 :method=POST :path=/t.T/ok :scheme=http :authority=127.0.0.1:50952 user-agent=curl/7.88.1 \
                    accept=*/* content-type=application/grpc te=trailers content-length=12";

#[test]
fn a_trace_has_every_byte() {
    let (shown, lost) = read(&fixture("curl_trace_ok.log"));
    assert_eq!(lost, None);
    assert_eq!(
        shown,
        [
            format!("@0#13, {HEAD}"),
            r"@0#24, > body 12 \x00\x00\x00\x00\x07\n\x05world".to_owned(),
            "@0#26, > end".to_owned(),
            "@1#32, < HTTP/2 :status=200 content-type=application/grpc".to_owned(),
            r"@1#34, < body 20 \x00\x00\x00\x00\x0f\n\rHello, world!".to_owned(),
            "@1#39, < trailers grpc-status=0".to_owned(),
            "@1#39, < end".to_owned(),
        ]
    );
    let (shown, lost) = read(&fixture("curl_trace_noprefix.log"));
    assert_eq!(lost, None);
    assert!(shown[4].ends_with(r"< body 15 \n\rHello, world!"));
}

#[test]
fn a_trace_as_text_has_no_bodies() {
    let log = String::from_utf8(fixture("curl_traceascii_ok.log")).unwrap();
    assert_eq!(
        told(&log),
        [
            HEAD,
            "> body 12 not shown",
            "> end",
            "< HTTP/2 :status=200 content-type=application/grpc",
            "< body 20 not shown",
            "< trailers grpc-status=0",
            "< end",
        ]
    );
    // Without the remarks of an HTTP/2 library, the request is as the header section has it.
    let plain: String = log
        .lines()
        .filter(|line| !line.contains("h2h3"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(
        told(&plain)[0],
        "> HTTP/2 :method=POST :path=/t.T/ok :authority=127.0.0.1:50952 user-agent=curl/7.88.1 accept=*/* \
         content-type=application/grpc te=trailers content-length=12"
    );
}

#[test]
fn verbose_output_has_lengths() {
    let log = String::from_utf8(fixture("curl_v.log")).unwrap();
    assert_eq!(
        told(&log),
        [
            "> HTTP/2 :method=POST :path=/t.T/one :scheme=http :authority=127.0.0.1:50777 user-agent=curl/7.88.1 \
             accept=*/* content-type=application/grpc te=trailers content-length=12",
            "> body 12 not shown",
            "> end",
            "< HTTP/2 :status=200 content-type=application/grpc date=Wed, 25 Nov 2026 20:20:45 GMT",
            "< body 35 not shown",
            "< trailers grpc-status=0 grpc-message=fine: really",
            "< end",
        ]
    );
}

#[test]
fn newer_remarks_transfers_and_errors() {
    let log = "\
*   Trying 127.0.0.1:443...
* ALPN: server accepted h2
[0-0] * [HTTP/2] [1] OPENED stream for https://a/b
[0-0] * [HTTP/2] [1] [:method: POST]
[0-0] * [HTTP/2] [1] [:path: /a.B/C]
[0-0] > POST /a.B/C HTTP/2
[0-0] > Host: a
[0-0] > 
[1-0] > GET /d HTTP/1.1
[1-0] > Host: a
[1-0] > X-Y: z
[1-0] > 
[0-0] < HTTP/2 100 
[0-0] < 
[0-0] < HTTP/2 503 
[0-0] < content-type: text/html
[0-0] < 
* HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)
[1-0] < HTTP/1.1 200 OK
[1-0] < 
[1-0] > GET /e HTTP/1.1
[1-0] > 
";
    assert_eq!(
        read(log.as_bytes()).0,
        [
            "@#2, said ALPN: server accepted h2",
            "0-0@#8, > HTTP/2 :method=POST :path=/a.B/C",
            "1-0@#12, > HTTP/1.1 :method=GET :path=/d :authority=a x-y=z",
            "0-0@#14, < HTTP/2 :status=100",
            "0-0@#17, < HTTP/2 :status=503 content-type=text/html",
            "@#18, said HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)",
            "1-0@#20, < HTTP/1.1 :status=200",
            "1-0@#21, < end",
            "1-0@#22, > HTTP/1.1 :method=GET :path=/e",
        ]
    );
}

#[test]
fn a_trace_that_is_cut_keeps_what_it_has() {
    let log = "\
<= Recv header, 13 bytes (0xd)
0000: 48 54 54 50 2f 32 20 32 30 30 20 0d 0a          HTTP/2 200 ..
<= Recv header, 2 bytes (0x2)
0000: 0d 0a                                           ..
<= Recv data, 40 bytes (0x28)
0000: 00 00 00 00 23 41 41 41 41 41 41 41 41 41 41 41 ....#AAAAAAAAAAA
0010: 41 41 oops
<= Recv data, 0 bytes (0x0)
<= Recv data, 3 bytes (0x3)
";
    let (shown, lost) = read(log.as_bytes());
    assert_eq!(
        shown[1..],
        [
            r"@#5, < body 40 \x00\x00\x00\x00#AAAAAAAAAAA",
            "@#8, < body 0 ",
            "@#9, < body 3 not shown",
        ]
    );
    assert_eq!(lost.unwrap().first.within, Within::Line(5));
}
