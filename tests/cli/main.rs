//! The command as a user runs it: what it sends, what it prints where, and its exit code.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests speak over real sockets and write real files, and a fault in their own doing ends them"
)]

#[path = "../support/mod.rs"]
mod support;

mod attempts;
mod details;
mod input;
mod output;
mod pcapng;
mod proxy;
mod request;
mod serve;
mod tls;
mod witness;

use std::process::Output;

use serde_json::Value;
use support::command::{code, probe, process, stderr, stdout};

/// The stage's method, and a schema of it.
const METHOD: &str = "hello.HelloService/Hello";
const PROTO: &str = r#"syntax = "proto3";
package hello;
service HelloService {
  rpc Hello(HelloRequest) returns (HelloResponse);
  rpc Watch(HelloRequest) returns (stream HelloResponse);
}
message HelloRequest { string greeting = 1; int32 count = 2; }
message HelloResponse { string reply = 1; }
"#;

/// `grpc-probe call` with these arguments.
fn call(arguments: &[&str]) -> Output {
    probe().arg("call").args(arguments).output().unwrap()
}

/// The document of a call.
fn document(arguments: &[&str]) -> Value {
    let output = call(&[&["--format", "json"], arguments].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)))
}

/// A folder with the schema in it, and its path.
fn schema() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hello.proto");
    std::fs::write(&path, PROTO).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (directory, path)
}

/// A file in a folder, with these bytes; its path.
fn file(directory: &tempfile::TempDir, name: &str, bytes: &[u8]) -> String {
    let path = directory.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}
