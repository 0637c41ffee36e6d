//! `decode --pcapng`: what is read, written again as a capture.

use std::path::Path;

use serde_json::Value;

use super::lines::{Written, decode_files, lines, of_kind};
use super::made::{client_start, file, request, response, server_start};
use super::support::packets::Talk;

/// A connection of one call, which has this path and this status.
fn capture(path: &str, status: &str) -> Vec<u8> {
    let mut talk = Talk::opened("192.0.2.1:40000", "198.51.100.2:50051");
    talk.say(true, &client_start());
    talk.say(false, &server_start());
    talk.say(true, &request(1, path));
    talk.say(false, &response(1, &[b"a"], status));
    talk.close(true);
    file(&talk)
}

/// The path and the connection of each call.
fn calls(lines: &[Value]) -> Vec<(u64, String)> {
    of_kind(lines, "call")
        .map(|line| {
            let path = line["path"].as_str().unwrap_or_default().to_owned();
            (line["connection"].as_u64().unwrap(), path)
        })
        .collect()
}

/// Decodes these inputs into a copy, and the copy; what was said of the copy.
fn copied(inputs: &[&[u8]], arguments: &[&str]) -> (Vec<(u64, String)>, Written) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.pcapng");
    let mut words = arguments.to_vec();
    words.extend(["--pcapng", copy.to_str().unwrap()]);
    let names: Vec<String> = (0..inputs.len())
        .map(|number| folder.path().join(number.to_string()))
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    for (name, bytes) in names.iter().zip(inputs) {
        std::fs::write(name, bytes).unwrap();
    }
    words.extend(names.iter().map(String::as_str));
    let written = decode_files(&words);
    private(&copy);
    let again = lines(&std::fs::read(&copy).unwrap(), &[]);
    (calls(&again), written)
}

/// Nobody else may read it.
#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(not(unix))]
fn private(_: &Path) {}

#[test]
fn several_inputs_are_so_many_connections() {
    let bare = |path| [client_start(), request(1, path)].concat();
    let inputs = [
        capture("/a.B/First", "0"),
        capture("/a.B/Second", "0"),
        bare("/a.B/Third"),
        bare("/a.B/Fourth"),
    ];
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let paths = ["/a.B/First", "/a.B/Second", "/a.B/Third", "/a.B/Fourth"];
    let all: Vec<(u64, String)> = (1..).zip(paths.map(str::to_owned)).collect();
    let (calls, written) = copied(&inputs, &[]);
    assert_eq!(calls, all);
    assert!(written.warnings[0].starts_with("what was read was written to "));
    // The number that the report has for a connection is the one that chooses it.
    for (number, path) in &all {
        let (calls, _) = copied(&inputs, &["--connection", &number.to_string()]);
        assert_eq!(calls, [(1, path.clone())]);
    }
}

#[test]
fn a_copy_that_holds_nothing_says_so() {
    let log = b"2026/01/02 03:04:05 http2: Framer 0xc0001: wrote RST_STREAM stream=7 len=4 ErrCode=CANCEL\n";
    for (input, form) in [(&log[..], "http2debug"), (b"\0\0\0\0\0", "body")] {
        let (calls, written) = copied(&[input], &["--from", form]);
        assert_eq!(calls, []);
        let said = &written.warnings[0];
        let why = "holds no packets: no bytes of a connection were read";
        assert!(said.ends_with(why), "{said}");
    }
}

#[test]
fn standard_output_takes_a_report_or_a_copy() {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("grpc-probe");
    command.args(["decode", "--pcapng", "-", "fixtures/captures/grpc.pcapng"]);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(
        said.contains("--pcapng - takes standard output from the report"),
        "{said}"
    );

    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    command.args(["-o", report.to_str().unwrap()]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let again = lines(&output.stdout, &[]);
    assert_eq!(of_kind(&again, "connection").count(), 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_copy_that_cannot_be_written_is_a_failure() {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("grpc-probe");
    command.args([
        "decode",
        "--pcapng",
        "/dev/full",
        "fixtures/captures/unary.hex",
    ]);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("cannot write /dev/full"), "{said}");
}
