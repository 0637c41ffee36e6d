//! What is sent, as a server sees it that shares no code with what sends it.

use std::io::Read as _;

use super::witness::{Request, Witness};
use super::{METHOD, call, code, file, probe, schema, stderr, stdout};

/// Calls a witness and returns what it saw.
fn seen(arguments: &[&str]) -> Request {
    let witness = Witness::tcp();
    let output = call(&[&[witness.url().as_str()], arguments].concat());
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    witness.request()
}

#[test]
fn a_plain_call_is_what_a_client_sends() {
    let request = seen(&[]);
    assert_eq!(request.path, format!("/{METHOD}"));
    assert_eq!(request.all("te"), ["trailers"]);
    assert_eq!(request.all("content-type"), ["application/grpc"]);
    assert_eq!(
        request.all("grpc-accept-encoding"),
        ["identity,deflate,gzip"]
    );
    assert!(request.all("user-agent")[0].starts_with("grpc-probe/"));
    assert!(request.all("grpc-timeout")[0].ends_with(|unit: char| "numSMH".contains(unit)));
    assert_eq!(request.body, [0; 5], "an empty message has a prefix too");
}

#[test]
fn headers_are_added_replaced_and_removed() {
    let request = seen(&[
        "-H",
        "Content-Type: application/grpc+proto",
        "-H",
        "te: @unset",
        "-H",
        "grpc-timeout: @unset",
        "-H",
        "user-agent: mine",
        "-H",
        "x-word: one",
        "--header",
        "x-word:two",
        "-H",
        "x-data-bin: AAEC/w==",
        "-H",
        "x-empty:",
    ]);
    assert_eq!(request.all("content-type"), ["application/grpc+proto"]);
    assert!(request.all("te").is_empty() && request.all("grpc-timeout").is_empty());
    assert_eq!(request.all("user-agent"), ["mine"]);
    assert_eq!(request.all("x-word"), ["one", "two"]);
    assert_eq!(request.all("x-data-bin"), ["AAEC/w=="]);
    assert_eq!(request.all("x-empty"), [""]);
}

#[test]
fn authority_prefix_and_query_are_sent_as_they_stand() {
    let witness = Witness::tcp();
    let url = format!("http://{}/Prod/v1/{METHOD}?stage=a%20b", witness.address);
    assert_eq!(
        code(&call(&[&url, "--authority", "api.example.com:8443"])),
        0
    );
    let request = witness.request();
    assert_eq!(request.authority, "api.example.com:8443");
    assert_eq!(request.path, format!("/Prod/v1/{METHOD}?stage=a%20b"));
}

#[test]
fn connect_to_changes_the_address_alone() {
    let witness = Witness::tcp();
    let url = format!("http://api.example.com/{METHOD}");
    let output = call(&[&url, "--connect-to", &witness.address]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(witness.request().authority, "api.example.com");
}

#[test]
fn unix_sockets() {
    let directory = tempfile::tempdir().unwrap();
    for (name, prefix) in [("plain.sock", ""), ("prefixed.sock", ":/Prod")] {
        let socket = directory.path().join(name);
        let socket = socket.to_str().unwrap();
        let witness = Witness::unix(socket);
        let output = call(&[&format!("unix:{socket}{prefix}/{METHOD}")]);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        let request = witness.request();
        assert_eq!(
            request.path,
            format!("{}/{METHOD}", prefix.trim_start_matches(':'))
        );
        assert_eq!(request.authority, "localhost");
    }
    let nowhere = directory.path().join("nobody.sock");
    let output = call(&[&format!("unix:{}/{METHOD}", nowhere.display())]);
    assert_eq!(code(&output), 11, "{}", stdout(&output));
}

#[test]
fn json_becomes_a_message() {
    let (directory, proto) = schema();
    let framed = b"\0\0\0\0\x07\x0a\x05Hello";
    let json = r#"{"greeting": "Hello"}"#;
    assert_eq!(seen(&["--proto", &proto, "-d", json]).body, framed);
    let data = file(&directory, "message.json", json.as_bytes());
    assert_eq!(
        seen(&["--proto", &proto, "-d", &format!("@{data}")]).body,
        framed
    );
    let imports = directory.path().to_str().unwrap();
    let imported = ["--proto", "hello.proto", "-I", imports, "--data", json];
    assert_eq!(seen(&imported).body, framed);
    let witness = Witness::tcp();
    let mut command = probe();
    command
        .args(["call", &witness.url(), "--proto", &proto, "-d", "@-"])
        .write_stdin(json);
    assert_eq!(code(&command.output().unwrap()), 0);
    assert_eq!(witness.request().body, framed);
    // Without a schema the empty message needs none.
    assert_eq!(seen(&["-d", "{}"]).body, [0; 5]);
}

#[test]
fn a_message_of_bytes_gets_a_prefix_and_a_body_none() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = file(&directory, "message.bin", b"\x0a\x05Hello");
    assert_eq!(
        seen(&["--data-raw", &bytes]).body,
        b"\0\0\0\0\x07\x0a\x05Hello"
    );
    assert_eq!(seen(&["--body-raw", &bytes]).body, b"\x0a\x05Hello");
    let none = file(&directory, "nothing.bin", b"");
    assert_eq!(seen(&["--data-raw", &none]).body, [0; 5]);
    assert!(seen(&["--body-raw", &none]).body.is_empty());
    let large = file(&directory, "large.bin", &vec![7; 300_000]);
    let body = seen(&["--data-raw", &large]).body;
    assert_eq!(
        (body.len(), &body[..5]),
        (
            300_005,
            &300_000_u32
                .to_be_bytes()
                .iter()
                .fold(vec![0], |mut prefix, byte| {
                    prefix.push(*byte);
                    prefix
                })[..]
        )
    );
    let witness = Witness::tcp();
    let mut command = probe();
    command
        .args(["call", &witness.url(), "--body-raw", "-"])
        .write_stdin("as it is");
    assert_eq!(code(&command.output().unwrap()), 0);
    assert_eq!(witness.request().body, b"as it is");
}

#[test]
fn gzip_is_flagged_named_and_compressed() {
    let (_directory, proto) = schema();
    let greeting = "a".repeat(1000);
    let json = format!(r#"{{"greeting": "{greeting}"}}"#);
    let request = seen(&["--proto", &proto, "-d", &json, "--gzip"]);
    assert_eq!(request.all("grpc-encoding"), ["gzip"]);
    let (prefix, compressed) = request.body.split_at(5);
    assert_eq!(prefix[0], 1);
    assert_eq!(prefix[1..], (compressed.len() as u32).to_be_bytes());
    assert!(compressed.len() < 100);
    let mut message = Vec::new();
    flate2::read::GzDecoder::new(compressed)
        .read_to_end(&mut message)
        .unwrap();
    assert_eq!(
        message,
        [&b"\x0a\xe8\x07"[..], greeting.as_bytes()].concat()
    );
}

#[test]
fn a_deadline_is_sent_and_kept() {
    let timeout = &seen(&["--timeout", "1500ms"]).all("grpc-timeout")[0];
    let (number, unit) = timeout.split_at(timeout.len() - 1);
    let scale = match unit {
        "n" => 1,
        "u" => 1_000,
        "m" => 1_000_000,
        other => panic!("{other}"),
    };
    assert_eq!(number.parse::<u64>().unwrap() * scale, 1_500_000_000);
    assert!(number.len() <= 8, "the specification allows eight digits");
}

#[test]
fn a_server_that_says_nothing_ends_with_the_deadline() {
    let script = super::support::script::Script::parse("read preface\nhang\n").unwrap();
    let server = super::support::server::Server::start(&script);
    let started = std::time::Instant::now();
    let output = call(&[&server.url, "--timeout", "300ms"]);
    assert_eq!(code(&output), 14, "{}", stdout(&output));
    assert!(started.elapsed().as_secs() < 5);
}
