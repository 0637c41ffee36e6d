//! Inputs of several parts or none that fit.

use serde_json::Value;

use super::lines::{decode, lines, of_kind};
use super::reading::fixture;
use super::support::packets::{pcapng_head, pcapng_packet};

#[test]
fn filters_that_leave_nothing_say_so() {
    let written = decode(&fixture("captures/grpc.pcapng"), &["-q", "--path", "/none"]);
    assert_eq!(written.exit_code, 0);
    let said = "no call fits the filters, of 7 that were read";
    assert!(written.text.contains(said), "{}", written.text);
}

#[test]
fn a_log_of_two_runs_has_the_calls_of_both() {
    let good = fixture("captures/nghttp_v_ok.log");
    let bad = String::from_utf8(good.clone()).unwrap();
    let bad = bad.replace("grpc-status: 0", "grpc-status: 13");
    let written = decode(&[good, bad.into_bytes()].concat(), &["--summary"]);
    assert_eq!(written.exit_code, 1);
    assert!(
        written.text.contains("2 calls: 1 pass, 1 fail"),
        "{}",
        written.text
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_text() {
    let text = [&b"\xef\xbb\xbf"[..], &fixture("captures/unary.hex")].concat();
    let (marked, plain) = (decode(&text, &["-q"]), decode(&text[3..], &["-q"]));
    let summary = |text: &str| {
        text.lines()
            .map(str::to_owned)
            .filter(|line| line.starts_with("connection"))
            .collect::<Vec<_>>()
    };
    assert_eq!(marked.exit_code, 0);
    assert!(!summary(&plain.text).is_empty());
    assert_eq!(summary(&marked.text), summary(&plain.text));
}

#[test]
fn what_is_not_known_leaves_a_call_open() {
    let of = |name: &str| {
        let lines = lines(&fixture(name), &[]);
        of_kind(&lines, "call")
            .map(|call| call["open_step"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("captures/tls.pcapng"), ["response"]);
    assert_eq!(of("captures/grpc.pcapng"), [const { Value::Null }; 7]);
}

#[test]
fn packets_that_were_cut_as_captured_are_counted() {
    let cut = pcapng_packet(1, &[0; 40], 60);
    let whole = pcapng_packet(2, &[0; 60], 60);
    let file = [pcapng_head(), cut, whole].concat();
    let said = "1 packet was cut short as captured: capture them whole (tcpdump: -s 0)";
    let text = decode(&file, &["-q"]).text;
    assert!(text.contains(said), "{text}");
}
