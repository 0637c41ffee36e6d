//! What `call --pcapng` writes gives in `decode` what the call gave.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::lines::{decode_files, of_kind};
use super::support::script::Script;
use super::support::server::Server;

/// A sound reply.
const GOOD: &str = "\
settings
settings ack
headers
  :status: 200
  content-type: application/grpc
message
headers end_stream
  grpc-status: 0
";

/// What has no ground in a capture: the dial, and that the method is a unary one.
const NOT_IN_A_CAPTURE: &[&str] = &["several-messages", "no-message"];

fn call(arguments: &[&str]) -> Vec<Value> {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("grpc-probe");
    command.args(["call", "--format", "json"]).args(arguments);
    let output = command.env_remove("SSLKEYLOGFILE").output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    // All attempts of the stage are one document, with that of each call in it.
    match document["attempts"].as_array() {
        Some(attempts) => attempts.iter().map(|it| it["call"].clone()).collect(),
        None => vec![document],
    }
}

fn rules<'a>(findings: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let rules = findings.map(|finding| finding["rule"].as_str().unwrap().to_owned());
    rules
        .filter(|rule| !NOT_IN_A_CAPTURE.contains(&rule.as_str()))
        .collect()
}

/// The rules of each call of a capture, in order of their connections.
fn decoded(path: &Path) -> Vec<Vec<String>> {
    let written = decode_files(&["--format", "json", path.to_str().unwrap()]);
    let lines = written.lines();
    let connection = |line: &Value| line["connection"].as_u64().unwrap();
    let mut calls: BTreeMap<u64, Vec<String>> = of_kind(&lines, "call")
        .map(|line| (connection(line), Vec::new()))
        .collect();
    for (number, found) in &mut calls {
        *found = rules(of_kind(&lines, "finding").filter(|line| connection(line) == *number));
    }
    calls.into_values().collect()
}

/// Calls with a capture; the rules of each call, and those of the capture.
fn both(arguments: &[&str]) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.pcapng");
    let documents = call(&[arguments, &["--pcapng", path.to_str().unwrap()]].concat());
    let live = documents
        .iter()
        .map(|document| rules(document["findings"].as_array().unwrap().iter()))
        .collect();
    (live, decoded(&path))
}

#[test]
fn every_attempt_of_the_stage() {
    let (live, captured) = both(&["stage:"]);
    assert_eq!(live.len(), 6);
    assert_eq!(captured, live);
    assert_eq!(
        live.iter().filter(|rules| rules.is_empty()).count(),
        1,
        "{live:?}"
    );
}

#[test]
fn plaintext_and_tls() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    for setup in ["", "tls good\n"] {
        for (script, expected) in [
            (GOOD.to_owned(), &[][..]),
            (
                GOOD.replace("message", "data \"\\n\\rHello, world.\""),
                &["missing-length-prefix"],
            ),
            (
                GOOD.replace("grpc-status: 0", "grpc-status: 7"),
                &["non-ok-status"],
            ),
            (
                GOOD.replace("grpc-status: 0", "x: y"),
                &["missing-grpc-status"],
            ),
        ] {
            let server = Server::start(&Script::parse(&format!("{setup}{script}")).unwrap());
            let mut arguments = vec![server.url.as_str()];
            if let Some(pem) = &server.ca_pem {
                std::fs::write(&ca, pem).unwrap();
                arguments.extend(["--cacert", ca.to_str().unwrap()]);
            }
            let (live, captured) = both(&arguments);
            assert_eq!(captured, live, "{setup}{script}");
            assert_eq!(live, [expected], "{setup}{script}");
        }
    }
}
