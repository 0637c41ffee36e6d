//! What is printed, in each format.

use std::path::Path;

use serde_json::Value;

use super::lines::{decode, decode_files, lines, of_kind};
use super::made::{
    begun, bytes, file, request, request_fields, response, response_fields, trailers,
};
use super::reading::fixture;
use super::support::frames::{Block, Frame, HEADERS, continuation, data, headers, message};

const ESCAPE: char = '\u{1b}';

/// The names of the sample captures and logs, which all can be read.
fn captures() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/captures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "tls.keys.log")
        .collect();
    names.sort();
    assert!(names.len() >= 15, "{names:?}");
    names
}

/// The lines of all sorts of inputs.
fn documents() -> Vec<(String, Vec<Value>)> {
    let keys = "fixtures/captures/tls.keys.log";
    let mut documents: Vec<(String, Vec<Value>)> = captures()
        .into_iter()
        .map(|name| {
            let lines = lines(&fixture(&format!("captures/{name}")), &["--keylog", keys]);
            (name, lines)
        })
        .collect();
    let tls = fixture("captures/tls.pcapng");
    documents.push(("without keys".to_owned(), lines(&tls, &[])));
    let cut = &fixture("captures/grpc.pcapng")[..5_000];
    documents.push(("cut".to_owned(), lines(cut, &[])));
    let filtered = lines(&fixture("captures/grpc.pcapng"), &["--failed"]);
    documents.push(("filtered".to_owned(), filtered));
    documents.push(("hostile".to_owned(), lines(&hostile(), &[])));
    documents
}

#[test]
fn lines_are_valid_by_the_committed_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/schema/grpc-probe.decode-1.schema.json");
    let schema = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut kinds = std::collections::BTreeMap::new();
    for (name, lines) in documents() {
        for line in &lines {
            let errors: Vec<String> = validator
                .iter_errors(line)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:?}: {line}");
            let kind = line["kind"].as_str().unwrap().to_owned();
            *kinds.entry(kind).or_insert(0) += 1;
        }
        assert_eq!(lines.last().unwrap()["kind"], "input", "{name}");
        tallies(&name, &lines);
    }
    let kinds: Vec<String> = kinds.into_keys().collect();
    assert_eq!(
        kinds,
        [
            "call",
            "closed",
            "connection",
            "finding",
            "frame",
            "input",
            "note"
        ]
    );
}

/// The line of the input counts the lines before it.
fn tallies(name: &str, lines: &[Value]) {
    let input = lines.last().unwrap();
    // What stays within TLS is no call that was seen.
    let calls = of_kind(lines, "call")
        .filter(|call| call["protocol"] != "tls")
        .count();
    assert_eq!(input["calls"], calls, "{name}");
    let failed = of_kind(lines, "call").filter(|call| call["verdict"]["outcome"] == "fail");
    assert_eq!(input["failed"], failed.count(), "{name}");
    assert_eq!(
        of_kind(lines, "connection").count(),
        of_kind(lines, "closed").count(),
        "{name}"
    );
    if name != "filtered" {
        assert_eq!(input["frames"], of_kind(lines, "frame").count(), "{name}");
    }
}

#[test]
fn frames_stand_in_their_order_and_tile_each_direction() {
    let lines = lines(&fixture("captures/grpc.pcapng"), &[]);
    for connection in 1..=3 {
        let own = || of_kind(&lines, "frame").filter(move |it| it["connection"] == connection);
        let indexes: Vec<u64> = own().map(|it| it["index"].as_u64().unwrap()).collect();
        assert_eq!(indexes, (0..indexes.len() as u64).collect::<Vec<_>>());
        let closed = of_kind(&lines, "closed").find(|it| it["connection"] == connection);
        for (direction, start) in [("sent", 24), ("received", 0)] {
            let mut next = start;
            for frame in own().filter(|it| it["direction"] == direction) {
                assert_eq!(frame["offset"], next);
                next += 9 + frame["length"].as_u64().unwrap();
            }
            assert_eq!(closed.unwrap()[direction], next);
        }
    }
    // Each stands where its bytes do in the file.
    let capture = fixture("captures/grpc.pcapng");
    for frame in of_kind(&lines, "frame") {
        let at = frame["at"]["offset"].as_u64().unwrap() as usize;
        let length = u32::from_be_bytes([0, capture[at], capture[at + 1], capture[at + 2]]);
        assert_eq!(frame["length"], length, "{frame}");
    }
}

#[test]
fn fields_stand_on_the_frame_that_opens_their_block() {
    let mut talk = begun();
    let block = request_fields("/a.B/C").bytes;
    let (first, second) = block.split_at(20);
    let open = |stream, block: &[u8]| Frame::new(HEADERS, 0, stream, block);
    talk.say(true, &open(1, first).bytes());
    // The server's own block begins and ends while the client's is open.
    let answer = response_fields().bytes;
    talk.say(true, &continuation(1, [], false).bytes());
    talk.say(false, &open(1, &answer[..5]).bytes());
    talk.say(true, &continuation(1, second, true).bytes());
    talk.say(true, &data(1, message(0, b""), true).bytes());
    talk.say(false, &continuation(1, &answer[5..], true).bytes());
    talk.say(false, &data(1, message(0, b""), false).bytes());
    talk.say(false, &trailers(1, "0").bytes());
    let lines = lines(&file(&talk), &[]);
    let fields: Vec<(&str, &str, usize)> = of_kind(&lines, "frame")
        .filter(|frame| frame["stream"] == 1)
        .map(|frame| {
            let fields = frame["fields"].as_array().map_or(0, Vec::len);
            let text = |name: &str| frame[name].as_str().unwrap();
            (text("direction"), text("type"), fields)
        })
        .collect();
    assert_eq!(
        fields,
        [
            ("sent", "HEADERS", 6),
            ("sent", "CONTINUATION", 0),
            ("received", "HEADERS", 2),
            ("sent", "CONTINUATION", 0),
            ("sent", "DATA", 0),
            ("received", "CONTINUATION", 0),
            ("received", "DATA", 0),
            ("received", "HEADERS", 1),
        ]
    );
    assert_eq!(of_kind(&lines, "finding").count(), 0);
}

/// A connection and a stream of it.
type Place = (u64, u64);

/// The streams of the calls and those of the frames, and the calls that the last line counts.
fn filtered(arguments: &[&str]) -> (Vec<Place>, Vec<Place>, u64) {
    let lines = lines(&fixture("captures/grpc.pcapng"), arguments);
    let of = |kind: &str| -> Vec<Place> {
        let number = |line: &Value, name: &str| line[name].as_u64().unwrap();
        of_kind(&lines, kind)
            .map(|line| (number(line, "connection"), number(line, "stream")))
            .collect()
    };
    let mut frames = of("frame");
    frames.dedup();
    frames.sort_unstable();
    frames.dedup();
    let calls = lines.last().unwrap()["calls"].as_u64().unwrap();
    (of("call"), frames, calls)
}

#[test]
fn filters_choose_calls_and_their_frames() {
    let (calls, frames, count) = filtered(&["--connection", "2"]);
    assert_eq!(
        (calls, frames, count),
        (vec![(2, 1)], vec![(2, 0), (2, 1)], 1)
    );
    let (calls, frames, count) = filtered(&["--stream", "7"]);
    assert_eq!((calls, frames, count), (vec![(1, 7)], vec![(1, 7)], 1));
    let (calls, frames, count) = filtered(&["--path", "/hello.Greeter/S*m"]);
    assert_eq!(
        (calls, frames.contains(&(1, 7)), count),
        (vec![(1, 7)], true, 1)
    );
    assert!(!frames.contains(&(1, 5)), "{frames:?}");
    let (calls, _, count) = filtered(&["--path", "*/Say?ello"]);
    assert_eq!((calls.len(), count), (5, 5));
    let (calls, _, count) = filtered(&["--failed"]);
    assert_eq!((calls, count), (vec![(1, 5), (1, 9)], 2));
    // By time: since the first connection, and of the day.
    let whole = lines(&fixture("captures/grpc.pcapng"), &[]);
    let time = |stream: u64| {
        let call = of_kind(&whole, "call")
            .find(|it| it["stream"] == stream)
            .unwrap();
        call["time"].as_str().unwrap().to_owned()
    };
    let (calls, _, _) = filtered(&["--connection", "1", "--since", &time(5)]);
    assert_eq!(calls, [(1, 5), (1, 7), (1, 9)]);
    let (calls, _, _) = filtered(&["--connection", "1", "--until", &time(5)]);
    assert_eq!(calls, [(1, 1), (1, 3)]);
    let (calls, _, _) = filtered(&["--since", "0s", "--until", "1h"]);
    assert_eq!(calls.len(), 7);
    assert_eq!(filtered(&["--since", "1h"]).0, []);
}

#[test]
fn a_summary_is_a_table_and_what_it_adds_up_to() {
    let written = decode(&fixture("captures/grpc.pcapng"), &["--summary"]);
    assert_eq!(written.exit_code, 1);
    let lines: Vec<&str> = written.text.lines().collect();
    assert_eq!(lines.len(), 12, "{}", written.text);
    assert!(lines[0].contains("stream") && lines[0].contains("failing step"));
    let words: Vec<&str> = lines[2].split_whitespace().collect();
    assert_eq!((words[1], words[3], words[4]), ("1:3", "10", "20017"));
    assert!(
        lines[5].ends_with("grpc-status    UNIMPLEMENTED"),
        "{}",
        lines[5]
    );
    assert_eq!(
        lines[8..],
        [
            "",
            "7 calls: 5 pass, 2 fail",
            "  grpc-status            2",
            "  error         2  non-ok-status"
        ]
    );
}

#[test]
fn quiet_is_the_verdict_of_each_call() {
    let written = decode(&fixture("captures/grpc.pcapng"), &["-q"]);
    let lines: Vec<&str> = written.text.lines().collect();
    let expected = "connection 1, stream 9, /hello.Greeter/Nope: grpc-status fails: UNIMPLEMENTED: Method not found!";
    assert_eq!(lines[4], expected);
    let verdicts = lines
        .iter()
        .take_while(|line| line.starts_with("connection "));
    assert_eq!(verdicts.count(), 7, "{lines:?}");
    assert_eq!(lines.len(), 9, "and what was read: {lines:?}");
}

#[test]
fn several_files_are_read_one_after_the_other() {
    let folder = "fixtures/captures/";
    let files =
        ["grpc.pcapng", "http2debug_noprefix.log", "unary.hex"].map(|it| format!("{folder}{it}"));
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let written = decode_files(&[&["--format", "json"], &names[..]].concat());
    assert_eq!((written.exit_code, written.warnings.len()), (1, 0));
    let lines = written.lines();
    let inputs: Vec<&str> = of_kind(&lines, "input")
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(inputs, names);
    // Numbers of connections go on, so that each is one connection's.
    let mut numbers: Vec<u64> = of_kind(&lines, "connection")
        .map(|it| it["connection"].as_u64().unwrap())
        .collect();
    let count = numbers.len();
    numbers.dedup();
    assert_eq!((numbers.len(), numbers.is_sorted()), (count, true));
    assert_eq!(count, 5);
}

#[test]
fn exit_codes() {
    assert_eq!(decode(&fixture("captures/unary.hex"), &[]).exit_code, 0);
    assert_eq!(decode(&fixture("captures/grpc.pcapng"), &[]).exit_code, 1);
    // A call that is not shown is not counted.
    let one = decode(&fixture("captures/grpc.pcapng"), &["--stream", "1"]);
    assert_eq!(one.exit_code, 0);
    assert_eq!(decode(b"no capture at all", &[]).exit_code, 2);
    // What could not be read counts more than a call that fails.
    let files = ["fixtures/captures/grpc.pcapng", "fixtures/captures/none"];
    let written = decode_files(&files);
    assert_eq!(written.exit_code, 2);
    assert!(written.text.contains("non-ok-status"));
    assert_eq!(written.warnings.len(), 1);
}

#[test]
fn what_is_no_capture_is_told_in_one_sentence() {
    let utf16: Vec<u8> = "gRPC over HTTP/2"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[7; 64]].concat();
    let elf = [&b"\x7fELF\x02\x01\x01"[..], &[0; 200]].concat();
    let json = br#"{"format": "grpc-probe.call/1", "frames": []}"#;
    let prose = b"Each error hid the next. People still hit these every week.\n".repeat(40);
    let none = "it is none of these: ";
    for (what, bytes, words) in [
        ("PNG", &png[..], none),
        ("ELF", &elf, none),
        ("JSON", json, none),
        ("prose", &prose, none),
        ("UTF-16", &utf16, none),
        ("nothing", b"", "it is empty"),
    ] {
        let written = decode(bytes, &[]);
        assert_eq!(
            (written.exit_code, written.text.as_str()),
            (2, ""),
            "{what}"
        );
        let [warning] = &written.warnings[..] else {
            panic!("{what}: {:?}", written.warnings);
        };
        assert!(
            warning.starts_with("cannot read ") && warning.contains(words),
            "{what}: {warning}"
        );
        assert!(!warning.contains('\n'), "{what}: {warning}");
    }
    for (name, words) in [
        ("fixtures/none.pcap", "No such file"),
        ("fixtures", "directory"),
    ] {
        let written = decode_files(&[name]);
        assert_eq!((written.exit_code, written.text.as_str()), (2, ""));
        let warning = &written.warnings[0];
        assert!(
            warning.contains(name) && warning.contains(words),
            "{warning}"
        );
    }
}

#[test]
fn a_capture_that_is_cut_shows_what_it_has_and_where_it_stops() {
    let whole = fixture("captures/grpc.pcapng");
    let cut = &whole[..whole.len() / 2];
    let lines = lines(cut, &[]);
    let input = lines.last().unwrap();
    let stopped = &input["stopped"];
    let offset = stopped["offset"].as_u64().unwrap() as usize;
    // A block of 20,164 bytes is cut.
    assert_eq!((offset, cut.len() - offset), (3_136, 12_450));
    assert!(!stopped["why"].as_str().unwrap().is_empty());
    assert!(input["calls"].as_u64().unwrap() >= 2, "{input}");
    for arguments in [&[][..], &["--summary"], &["-q"]] {
        let text = decode(cut, arguments).text;
        assert!(
            text.contains("stopped") || text.contains("ends"),
            "{arguments:?}: {text}"
        );
    }
}

/// A call whose path, fields, message and status message try all that a terminal obeys.
fn hostile() -> Vec<u8> {
    let evil = "\u{1b}[31mred\u{1b}]0;title\u{7}\r\n::error::forged\u{202e}";
    let mut talk = begun();
    let request = request_fields(&format!("/a.B/C{evil}")).field("x-note", evil);
    talk.say(true, &headers(1, request.bytes, false).bytes());
    talk.say(true, &data(1, message(0, evil.as_bytes()), true).bytes());
    let ended = Block::new()
        .field("grpc-status", "13")
        .field("grpc-message", evil)
        .field("x-more", evil);
    talk.say(
        false,
        &bytes(&[
            headers(1, response_fields().field("server", evil).bytes, false),
            data(1, message(0, evil.as_bytes()), false),
            headers(1, ended.bytes, true),
        ]),
    );
    talk.close(true);
    file(&talk)
}

#[test]
fn hostile_bytes_never_reach_the_terminal() {
    for arguments in [
        &[][..],
        &["-v"],
        &["-q"],
        &["--summary"],
        &["--format", "json"],
    ] {
        let text = decode(&hostile(), arguments).text;
        let bad = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(
            !text.contains(bad) && !text.contains(ESCAPE),
            "{arguments:?}: {text:?}"
        );
        assert!(
            !text.lines().any(|line| line.starts_with("::error")),
            "{arguments:?}: {text}"
        );
        assert!(!text.is_empty());
    }
}

#[test]
fn secrets_are_redacted_in_every_format() {
    let mut talk = begun();
    let secret = "Bearer wJalrXUtnFEMIK7MDENG";
    let fields = request_fields("/a.B/C")
        .field("authorization", secret)
        .field("x-api-key", "AKIAIOSFODNN7EXAMPLE");
    talk.say(true, &headers(1, fields.bytes, false).bytes());
    talk.say(true, &data(1, message(0, b""), true).bytes());
    let answer = response_fields().field("set-cookie", "session=QUJDREVGRw");
    talk.say(false, &headers(1, answer.bytes, false).bytes());
    talk.say(
        false,
        &data(1, message(0, b"wJalrXUtnFEMIK7MDENG"), false).bytes(),
    );
    let ended = Block::new()
        .field("grpc-status", "16")
        .field("grpc-message", "no wJalrXUtnFEMIK7MDENG here");
    talk.say(false, &headers(1, ended.bytes, true).bytes());
    talk.close(true);
    let file = file(&talk);
    let secrets = ["wJalrXUtnFEMIK7MDENG", "AKIAIOSFODNN7EXAMPLE", "QUJDREVGRw"];
    // The same in hexadecimal.
    let hex = secrets.map(hex::encode);
    for arguments in [
        &[][..],
        &["-v"],
        &["-q"],
        &["--hex", "4096"],
        &["--summary"],
        &["--format", "json"],
        &["--format", "json", "--hex", "4096"],
        &["--format", "json", "--failed"],
    ] {
        let text = decode(&file, arguments).text;
        for secret in secrets
            .iter()
            .copied()
            .chain(hex.iter().map(String::as_str))
        {
            assert!(
                !text.contains(secret),
                "{arguments:?}: {secret} is in {text}"
            );
        }
    }
    let shown = decode(&file, &["--format", "json", "--show-secrets"]).text;
    assert!(
        secrets.iter().all(|secret| shown.contains(secret)),
        "{shown}"
    );
}

#[test]
fn a_call_made_by_hand_is_sound() {
    let mut talk = begun();
    talk.say(true, &request(1, "/a.B/C"));
    talk.say(false, &response(1, &[b"\x0a\x01a"], "0"));
    talk.close(true);
    let lines = lines(&file(&talk), &[]);
    let call = of_kind(&lines, "call").next().unwrap();
    assert_eq!(call["verdict"]["outcome"], "pass", "{call}");
    assert_eq!(of_kind(&lines, "finding").count(), 0);
}
