//! Expectations of what was not seen: they are not met.

use super::expectations::{errors, met};
use super::{document, server};

#[test]
fn what_was_not_seen_is_not_met() {
    let nobody = server("listen nobody\n");
    for (option, value, rule) in [
        ("--expect-header", "x-debug: @unset", "unexpected-header"),
        ("--expect-gateway", "none", "unexpected-gateway"),
        ("--expect-within", "first-byte=1s", "late-phase"),
    ] {
        let (code, document) = document(&[&nobody.url, option, value]);
        assert_eq!(code, 1);
        let found = errors(&document);
        assert!(
            found.iter().any(|it| it[0] == rule && it[1] == "response"),
            "{found:?}"
        );
    }
    // A step before the response is all that has to hold: that nothing is seen after it is told.
    let silent = server("read preface\nhang\n");
    let (code, document) = document(&[
        &silent.url,
        "--timeout=1s",
        "--expect-step=connect",
        "--expect-header=x-debug: @unset",
        "--expect-gateway=none",
    ]);
    assert_eq!(code, 0, "{:?}", errors(&document));
    for (expected, rule) in [
        ("--expect-header=x-version: 2", "unexpected-header"),
        ("--expect-header=x-version", "unexpected-header"),
        ("--expect-gateway=Envoy", "unexpected-gateway"),
        (
            "--expect-setting=MAX_CONCURRENT_STREAMS>=1",
            "unexpected-setting",
        ),
        ("--expect-within=first-byte=10s", "late-phase"),
    ] {
        let arguments = [
            &silent.url,
            "--timeout=1s",
            "--expect-step=connect",
            expected,
        ];
        let (code, document) = self::document(&arguments);
        let rules: Vec<String> = errors(&document)
            .into_iter()
            .map(|[rule, ..]| rule)
            .collect();
        assert_eq!((code, rules), (1, vec![rule.to_owned()]), "{expected}");
    }
    let notes = document["targets"][0]["notes"].as_array().unwrap();
    let told = |part: &str| {
        notes
            .iter()
            .any(|note| note.as_str().unwrap().contains(part))
    };
    assert!(
        told("there is no response to look for x-debug in"),
        "{notes:?}"
    );
    assert!(
        told("there is no response to tell a gateway from"),
        "{notes:?}"
    );
}

#[test]
fn an_error_in_the_place_of_a_message_proves_none() {
    let down = server(
        "settings\nsettings ack\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n  grpc-status: 14\n  grpc-message: no healthy upstream\nhang\n",
    );
    for step in ["message", "trailers"] {
        let (code, document) = document(&[&down.url, "--expect-step", step]);
        assert_eq!(code, 1, "{step}");
        let summary = document["targets"][0]["verdict"]["summary"]
            .as_str()
            .unwrap();
        let said = "could not be judged: the call ended with UNAVAILABLE (no healthy upstream) and no message";
        assert!(summary.contains(said), "{summary}");
    }
    met(&down.url, &["--expect-step", "content-type"]);
    let empty = server(
        "settings\nsettings ack\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\nhang\n",
    );
    for step in ["base64", "length-prefix", "compression"] {
        let (code, document) = document(&[&empty.url, "--expect-step", step]);
        let verdict = &document["targets"][0]["verdict"]["summary"];
        let said = "base64 could not be judged: the response has no body";
        assert_eq!((code, verdict.as_str()), (1, Some(said)), "{step}");
    }
    met(&empty.url, &["--expect-step", "content-type"]);
    met(
        &down.url,
        &[
            "--expect-step",
            "trailers",
            "--expect-status",
            "UNAVAILABLE",
        ],
    );
}
