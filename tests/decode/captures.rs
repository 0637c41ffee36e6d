//! Captures and logs of real peers.

use super::reading::{Found, Reading, fixture};
use grpc_probe::http::Carries;

/// Connection, stream, path, messages, status and rules of each call.
type Row<'a> = (u64, u32, String, u64, Option<u32>, Vec<&'a str>);

fn rows(reading: &Reading) -> Vec<Row<'_>> {
    let calls = reading.calls.iter();
    calls
        .map(|call| {
            let (path, status) = (call.path(), call.status());
            let place = (call.connection, call.stream());
            (
                place.0,
                place.1,
                path,
                call.messages(),
                status,
                call.rules(),
            )
        })
        .collect()
}

#[test]
fn unary_calls_and_a_stream_in_plaintext() {
    let reading = Reading::of(&fixture("captures/grpc.pcapng"));
    let row = |connection, stream, method, messages, status, rules: &[&'static str]| {
        let path = format!("/hello.Greeter/{method}");
        (
            connection,
            stream,
            path,
            messages,
            Some(status),
            rules.to_vec(),
        )
    };
    assert_eq!(
        rows(&reading),
        [
            row(1, 1, "SayHello", 1, 0, &[]),
            row(1, 3, "SayHello", 1, 0, &[]),
            row(1, 5, "SayHello", 0, 5, &["non-ok-status"]),
            row(1, 7, "Stream", 3, 0, &[]),
            row(1, 9, "Nope", 0, 12, &["non-ok-status"]),
            row(2, 1, "SayHello", 1, 0, &[]),
            row(3, 1, "SayHello", 1, 0, &[]),
        ]
    );
    let message = reading.calls[2].case().grpc_message().unwrap();
    assert_eq!(message, "no such thing: 100% café".as_bytes());
    assert_eq!(reading.calls[1].ended.call.response.body.length, 20_017);
    let steps: Vec<String> = reading.calls.iter().map(Found::steps).collect();
    let (good, refused) = ("upsspppppppppp", "upssppppsssspf");
    assert_eq!(steps, [good, good, refused, good, refused, good, good]);
    let carries: Vec<_> = (1..=3).map(|number| (number, Carries::Http2)).collect();
    assert_eq!(reading.opened, carries);
    assert_eq!(reading.outcome.packets, Some(79));
    assert_eq!(reading.outcome.stopped, None);
}

#[test]
fn tls_with_its_key_log_has_the_depth_of_plaintext() {
    let keys = String::from_utf8(fixture("captures/tls.keys.log")).unwrap();
    let reading = Reading::try_of(&fixture("captures/tls.pcapng"), &keys).unwrap();
    let row = (1, 1, "/t.T/ok".to_owned(), 1, Some(0), vec![]);
    assert_eq!(rows(&reading), [row]);
    assert_eq!(reading.calls[0].steps(), "uppppppppppppp");
    let tls = reading.calls[0].ended.connection.security.tls().unwrap();
    assert_eq!(tls.alpn.selected(), Some("h2"));
    assert_eq!(tls.not_decrypted, None);
}

#[test]
fn tls_without_keys_shows_the_handshake_and_no_call() {
    let reading = Reading::of(&fixture("captures/tls.pcapng"));
    assert_eq!(reading.opened, [(1, Carries::Tls)]);
    // What stands for the connection: no stream, and no fault.
    assert_eq!(rows(&reading), [(1, 0, String::new(), 0, None, vec![])]);
}

/// The steps of the only call of a log, in the ladder's order, and the rules that fire.
fn judged(name: &str) -> (String, Vec<&'static str>) {
    let reading = Reading::of(&fixture(&format!("captures/{name}")));
    let [call] = &reading.calls[..] else {
        panic!("{name} has {} calls", reading.calls.len());
    };
    (call.steps(), call.rules())
}

#[test]
fn logs_give_what_they_have() {
    let prefix = "missing-length-prefix";
    let page = "wrong-content-type";
    for (name, steps, rules) in [
        (
            "http2debug_noprefix.log",
            "upuupppppfupfu",
            &[prefix, "missing-trailers"][..],
        ),
        ("http2debug_ok.log", "upuupppppppppp", &[]),
        // curl shows neither SETTINGS nor frames.
        ("curl_trace_noprefix.log", "upuuuppppfuppp", &[prefix]),
        ("curl_trace_ok.log", "upuuuppppppppp", &[]),
        // Nor the bytes of a body, in these forms.
        ("curl_traceascii_ok.log", "upuuupppuuuupp", &[]),
        ("curl_v.log", "upuuupppuuuupp", &[]),
        ("nghttp_v_ok.log", "upuupppppppppp", &[]),
        ("nghttp_nv_noprefix.log", "upuuppppuuuupp", &[]),
        // A web page, padded. The server's own log has no bytes of bodies.
        (
            "nghttp_v_color.log",
            "upuupppfpfuufu",
            &["padded-data", page, "text-body", "missing-trailers"],
        ),
        (
            "nghttpd_v.log",
            "upuupppfuuuufu",
            &["padded-data", page, "missing-trailers"],
        ),
        // An archive has neither frames nor trailers, and this one no bodies.
        ("nghttp.har", "upuuuppfuuuuuu", &[page]),
        ("unary.hex", "upuupppppppppp", &[]),
        ("follow.hexdump.txt", "upuupppppppppp", &[]),
        ("follow.raw.txt", "upuupppppppppp", &[]),
    ] {
        assert_eq!(judged(name), (steps.to_owned(), rules.to_vec()), "{name}");
    }
}

#[test]
fn the_article_s_failure_in_a_log_of_grpc_go() {
    let reading = Reading::of(&fixture("captures/http2debug_noprefix.log"));
    assert_eq!(reading.calls[0].failing(), Some("length-prefix"));
}
