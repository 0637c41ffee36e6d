//! `grpc-probe check` as a build server runs it: exit codes, every report, files of targets, and patience.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests speak over real sockets and write real files, and a fault in their own doing ends them"
)]

#[path = "../support/mod.rs"]
mod support;

mod action;
mod baseline;
mod config;
mod evidence;
mod expectations;
mod formats;
mod hostile;
mod interrupt;
mod parallel;
mod patience;
mod replies;
mod steps;
mod xml;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use support::command::{self, code, process, stderr, stdout};
use support::script::Script;
use support::server::Server;

fn probe() -> Command {
    let mut command = command::probe();
    command.arg("check");
    command
}

/// `grpc-probe check` with these arguments.
fn check(arguments: &[&str]) -> Output {
    probe().args(arguments).output().unwrap()
}

/// The document of a check, and its exit code.
fn document(arguments: &[&str]) -> (i32, Value) {
    let output = check(&[&["--format", "json"], arguments].concat());
    let document = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)));
    (code(&output), document)
}

fn server(script: &str) -> Server {
    Server::start(&Script::parse(script).unwrap_or_else(|error| panic!("{error}\n{script}")))
}

/// A file in a folder, with this text; its path.
fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn path(directory: &tempfile::TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}

/// Options for a report of each kind that goes to a file by its nature: `junit.xml`, `check.json`, `summary.md` and
/// `check.prom` in a folder.
fn reports(directory: &tempfile::TempDir) -> [String; 4] {
    let files = [
        ("junit", "junit.xml"),
        ("json", "check.json"),
        ("markdown", "summary.md"),
        ("prometheus", "check.prom"),
    ];
    files.map(|(kind, name)| format!("--report={kind}={}", path(directory, name)))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A reply that is right, with these fields in its headers.
fn healthy(fields: &str) -> String {
    format!(
        "settings MAX_CONCURRENT_STREAMS=128\nsettings ack\nheaders\n  :status: 200\n  content-type: application/grpc\n{fields}\
         message hex 0a026869\nheaders end_stream\n  grpc-status: 0\nhang\n"
    )
}
