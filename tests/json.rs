//! The documents of `--format json`, of good and bad peers: valid by the committed schema, and true to themselves.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests read the committed schema, and a fault in their own doing ends them"
)]

mod support;

use std::path::Path;

use grpc_probe::diagnosis::Step;
use grpc_probe::stage::ATTEMPTS;
use serde_json::Value;
use support::script::Script;
use support::server::Server;

/// What stands before the frames that a client sends.
const PREFACE: u64 = 24;

/// Bytes of a frame's header.
const HEADER: u64 = 9;

/// Peers by what they do, and the exit code of a call to them.
const PEERS: &[(&str, i32, &str)] = &[
    ("nobody listens", 11, "listen nobody\n"),
    (
        "no TLS",
        12,
        "url https://{address}/a.B/C\nread hello\nraw \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\"\nclose\n",
    ),
    (
        "no common protocol",
        13,
        "tls good\nalpn none\nread preface\nclose\n",
    ),
    (
        "an old server",
        14,
        "read preface\nraw \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\"\nclose\n",
    ),
    ("closed at once", 14, "at once\nclose\n"),
    ("reset after the preface", 14, "read preface\nreset\n"),
    (
        "GOAWAY",
        15,
        "settings\nsettings ack\ngoaway ENHANCE_YOUR_CALM \"too_many_pings\"\nclose\n",
    ),
    (
        "a stream reset",
        15,
        "settings\nsettings ack\nrst REFUSED_STREAM\nhang\n",
    ),
    (
        "an error page",
        16,
        "settings\nsettings ack\nheaders\n  :status: 502\n  content-type: text/html\n  server: awselb/2.0\ndata end_stream \"<html>\"\nhang\n",
    ),
    (
        "a cut message",
        19,
        "settings\nsettings ack\nheaders\n  :status: 200\n  content-type: application/grpc\nmessage length=100 \"short\"\nrst CANCEL\nhang\n",
    ),
    (
        "padding and priority",
        0,
        "settings MAX_CONCURRENT_STREAMS=1\nsettings ack\nping \"12345678\"\nheaders padded=7 priority\n  :status: 200\n  content-type: application/grpc\n  !huffman x-text: huffman\nmessage padded=3 split=2 hex 0a026869\nheaders end_stream\n  grpc-status: 0\nhang\n",
    ),
    (
        "CONTINUATION",
        0,
        "settings\nsettings ack\nheaders no_end_headers\n  :status: 200\ncontinuation\ncontinuation end_headers\n  content-type: application/grpc\nmessage\nheaders end_stream\n  grpc-status: 0\nhang\n",
    ),
    (
        "bytes that are no text",
        69,
        "settings\nsettings ack\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n  grpc-status: 5\n  grpc-message: a%20b\\xff\\x1b[31m\nhang\n",
    ),
    (
        "a frame that is cut",
        19,
        "settings\nsettings ack\nheaders\n  :status: 200\n  content-type: application/grpc\nframe type=0 stream=1 length=50 \"0123456789\"\nclose\n",
    ),
    (
        "an unknown frame",
        0,
        "settings\nsettings ack\nframe type=0xfa flags=0x81 \"what\"\nheaders\n  :status: 200\n  content-type: application/grpc\nmessage\nheaders end_stream\n  grpc-status: 0\nhang\n",
    ),
];

fn run(arguments: &[&str]) -> (i32, Value) {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("grpc-probe");
    command
        .args(["call", "--format", "json", "--timeout", "5s"])
        .args(arguments);
    command.timeout(std::time::Duration::from_secs(30));
    let output = command.env_remove("SSLKEYLOGFILE").output().unwrap();
    let document = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), document)
}

/// Every document, with a word on where it comes from.
fn documents() -> Vec<(String, i32, Value)> {
    let mut documents = Vec::new();
    for attempt in ATTEMPTS {
        let (code, document) = run(&[&format!("stage:{}", attempt.name)]);
        documents.push((attempt.name.to_owned(), code, document));
    }
    let directory = tempfile::tempdir().unwrap();
    let ca = directory.path().join("ca.pem");
    for (name, _, script) in PEERS {
        let server =
            Server::start(&Script::parse(script).unwrap_or_else(|error| panic!("{name}: {error}")));
        let mut arguments = vec![server.url.as_str()];
        if let Some(pem) = &server.ca_pem {
            std::fs::write(&ca, pem).unwrap();
            arguments.extend(["--cacert", ca.to_str().unwrap()]);
        }
        let (code, document) = run(&arguments);
        documents.push(((*name).to_owned(), code, document));
    }
    documents
}

#[test]
fn documents_are_valid_and_true_to_themselves() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema/grpc-probe.call-1.schema.json");
    let schema = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let documents = documents();
    assert_eq!(documents.len(), ATTEMPTS.len() + PEERS.len());
    for (name, code, document) in &documents {
        let errors: Vec<String> = validator
            .iter_errors(document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        verdict(name, *code, document);
        frames(name, document);
        evidence(name, document);
    }
    for (name, expected, _) in PEERS {
        let (_, code, document) = documents.iter().find(|(peer, ..)| peer == name).unwrap();
        assert_eq!(code, expected, "{name}: {}", document["verdict"]);
    }
}

/// The verdict is that of the steps, and the exit code that of the verdict.
fn verdict(name: &str, code: i32, document: &Value) {
    let steps = document["steps"].as_array().unwrap();
    let names: Vec<_> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(names, Step::ALL.map(Step::name), "{name}");
    let verdict = &document["verdict"];
    assert_eq!(verdict["exit_code"], code, "{name}");
    let failing = steps.iter().position(|step| step["status"] == "fail");
    assert_eq!(verdict["outcome"] == "fail", failing.is_some(), "{name}");
    assert_eq!(
        verdict["step"].as_str(),
        failing.map(|step| names[step]),
        "{name}"
    );
    match failing {
        None => assert_eq!(code, 0, "{name}"),
        Some(13) => assert!(code >= 64, "{name}"),
        Some(step) => assert_eq!(code, 10 + i32::try_from(step).unwrap(), "{name}"),
    }
    // The rule of the verdict is an error finding of its step, and no error stands at a step that does not fail.
    let findings = document["findings"].as_array().unwrap();
    let errors: Vec<_> = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .collect();
    for error in &errors {
        let step = steps
            .iter()
            .find(|step| step["step"] == error["step"])
            .unwrap();
        assert_eq!(step["status"], "fail", "{name}: {}", error["rule"]);
    }
    let rule = errors.iter().find(|error| error["step"] == verdict["step"]);
    assert_eq!(
        verdict["rule"].is_string(),
        failing.is_some(),
        "{name}: {verdict}"
    );
    assert_eq!(
        rule.map(|error| &error["rule"]),
        failing.map(|_| &verdict["rule"]),
        "{name}"
    );
    let summary = verdict["summary"].as_str().unwrap();
    assert!(
        !summary.is_empty() && !summary.contains('\n'),
        "{name}: {summary}"
    );
}

/// The frames of a direction stand one after the other, from its beginning on.
fn frames(name: &str, document: &Value) {
    let frames = document["frames"].as_array().unwrap();
    let connection = &document["connection"];
    for (direction, start) in [("sent", PREFACE), ("received", 0)] {
        let total = connection[direction].as_u64().unwrap();
        let mut next = start;
        for frame in frames
            .iter()
            .filter(|frame| frame["direction"] == direction)
        {
            assert_eq!(frame["offset"], next, "{name}: {frame}");
            next += HEADER + frame["length"].as_u64().unwrap();
        }
        let whole = connection["foreign"].is_null() && connection["cut"].is_null();
        if total > 0 && (direction == "sent" || whole) {
            assert_eq!(next, total, "{name}: bytes {direction}");
        } else if total > 0 {
            assert!(next <= total, "{name}: bytes {direction}");
        }
    }
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(frame["index"], index, "{name}");
    }
    let times: Vec<_> = frames
        .iter()
        .map(|frame| frame["at_us"].as_u64().unwrap())
        .collect();
    assert!(times.is_sorted(), "{name}: {times:?}");
    if frames
        .iter()
        .any(|frame| frame["direction"] == "sent" && frame["type"] == "HEADERS")
    {
        let headers = document["request"]["headers"].as_array().unwrap();
        assert!(
            headers.iter().any(|field| field[0] == ":path"),
            "{name}: {headers:?}"
        );
    }
}

/// Evidence lies within what was seen. That of the TLS step counts bytes beneath TLS, which no connection has.
fn evidence(name: &str, document: &Value) {
    let findings = document["findings"].as_array().unwrap();
    for finding in findings.iter().filter(|finding| finding["step"] != "tls") {
        for evidence in finding["evidence"].as_array().unwrap() {
            let direction = evidence["direction"].as_str().unwrap();
            let end = evidence["offset"].as_u64().unwrap() + evidence["length"].as_u64().unwrap();
            let total = document["connection"][direction].as_u64().unwrap();
            assert!(end <= total, "{name}: {evidence}");
            let hex = evidence["hex"].as_str().unwrap();
            assert!(
                hex.len() % 2 == 0 && hex.bytes().all(|b| b.is_ascii_hexdigit()),
                "{name}"
            );
        }
    }
}
