use std::fs;

use super::*;
use crate::schema::Schema;

const HELLO: &str = r#"syntax = "proto3";
package hello;
import "google/protobuf/timestamp.proto";
message HelloRequest { string greeting = 1; google.protobuf.Timestamp at = 2; }
message HelloResponse { string reply = 1; }
service HelloService { rpc Hello(HelloRequest) returns (HelloResponse); }
"#;

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_source_in_memory_compiles() {
    let schema =
        Schema::from_descriptor_set(&compile_source("hello.proto", HELLO).unwrap()).unwrap();
    let hello = schema.method("hello.HelloService/Hello").unwrap();
    let bytes = hello.encode_request(r#"{"greeting": "Hello"}"#).unwrap();
    assert_eq!(bytes, b"\x0a\x05Hello");
    assert_eq!(
        hello.decode_request(&bytes).unwrap().text(80),
        r#"hello.HelloRequest { greeting: "Hello" }"#
    );
    let error = compile_source("a.proto", "import \"b.proto\";")
        .unwrap_err()
        .to_string();
    assert_eq!(error, "a.proto:1:1: import 'b.proto' not found");
}

#[test]
fn imports_are_found_beside_the_file_and_in_the_import_paths() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let main = write(
        root,
        "api/main.proto",
        "syntax = \"proto3\"; import \"types.proto\"; message M { T t = 1; }",
    );
    write(root, "api/types.proto", "syntax = \"proto3\"; message T {}");
    let far = write(
        root,
        "far/far.proto",
        "syntax = \"proto3\"; import \"api/types.proto\"; message F { T t = 1; }",
    );
    let schema = |files: &[PathBuf], paths: &[PathBuf]| {
        compile(files, paths).map(|bytes| Schema::from_descriptor_set(&bytes).unwrap())
    };
    assert!(
        schema(std::slice::from_ref(&main), &[])
            .unwrap()
            .decode("M", b"")
            .is_ok()
    );
    assert!(
        schema(std::slice::from_ref(&far), &[root.to_owned()])
            .unwrap()
            .decode("F", b"")
            .is_ok()
    );
    // By its name within an import path, as protoc and grpcurl have it.
    assert!(
        schema(&[PathBuf::from("far/far.proto")], &[root.to_owned()])
            .unwrap()
            .decode("F", b"")
            .is_ok()
    );
    // A file outside of all import paths brings its own directory in.
    assert!(
        schema(&[main], &[root.join("far")])
            .unwrap()
            .decode("M", b"")
            .is_ok()
    );
    let error = compile(std::slice::from_ref(&far), &[])
        .unwrap_err()
        .to_string();
    assert_eq!(error, "far.proto:1:20: import 'api/types.proto' not found");
    let missing = root.join("no.proto");
    let error = compile(std::slice::from_ref(&missing), &[])
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("cannot read {}: No such file", missing.display())),
        "{error}"
    );
}

#[test]
fn faults_of_a_source_have_their_place() {
    let directory = tempfile::tempdir().unwrap();
    let cases = [
        (
            "syntax = \"proto3\";\nmessage M {",
            "bad.proto: expected a message field",
        ),
        (
            "syntax = \"proto3\";\nmessage M { Gone gone = 1; }",
            "bad.proto:2:13: name 'Gone' is not defined",
        ),
        ("<html>", "bad.proto:1:1: "),
    ];
    for (source, expected) in cases {
        let path = write(directory.path(), "bad.proto", source);
        let error = compile(&[path], &[]).unwrap_err().to_string();
        assert!(
            error.starts_with(expected) && !error.contains('\n'),
            "{error}"
        );
    }
}

#[test]
fn a_source_with_an_edition_gets_the_way_around() {
    let error = compile_source("e.proto", "// new\nedition = \"2023\";\nmessage M {}").unwrap_err();
    assert!(
        matches!(&error, ProtoError::Edition(file) if file == "e.proto"),
        "{error}"
    );
    assert!(
        error.to_string().contains("buf build -o x.binpb")
            && error.to_string().contains("--protoset")
    );
}

#[test]
fn a_descriptor_set_is_read_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.binpb");
    fs::write(&path, [1, 2, 3]).unwrap();
    assert_eq!(read_protoset(&path).unwrap(), [1, 2, 3]);
    let gone = directory.path().join("gone");
    assert!(
        read_protoset(&gone)
            .unwrap_err()
            .to_string()
            .starts_with("cannot read ")
    );
}
