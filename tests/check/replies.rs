//! What is expected of a reply.

use super::expectations::{errors, met, unmet};
use super::{check, code, document, file, healthy, server, stderr};

#[test]
fn replies() {
    let url = "stage:healthy";
    met(url, &["--expect-reply", r#"{"reply": "Hello, world."}"#]);
    met(
        url,
        &[
            "--expect-reply",
            "{}",
            "--expect-field",
            "reply",
            "--expect-field",
            "reply contains \"world\"",
        ],
    );
    unmet(
        url,
        &["--expect-reply", r#"{"reply": "Bye"}"#],
        [
            "unexpected-reply",
            "message",
            "the reply has reply: \"Hello, world.\"",
            "reply: \"Bye\"",
        ],
    );
    unmet(
        url,
        &["--expect-field", "reply contains \"Bye\""],
        [
            "unexpected-field",
            "message",
            "the reply has reply: \"Hello, world.\"",
            "reply contains \"Bye\"",
        ],
    );
    for (option, value) in [
        ("--expect-field", "replay == \"\""),
        ("--expect-reply", r#"{"replay": ""}"#),
    ] {
        let output = check(&[url, option, value]);
        assert_eq!((code(&output), output.stdout.len()), (2, 0), "{option}");
        let sentence = "hello.HelloResponse has no field \"replay\"; did you mean reply?";
        assert!(stderr(&output).contains(sentence), "{}", stderr(&output));
    }
    let ok = server(&healthy(""));
    let output = check(&[&ok.url, "--expect-field", "a"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("needs the message's type"));
    assert!(ok.connections().is_empty());
}

/// A service whose reply has fields of every kind that compares in its own way.
const PROTO: &str = r#"syntax = "proto3";
package t;
message Q {}
enum E { ZERO = 0; ONE = 1; UNO = 1; option allow_alias = true; }
message R { string user_name = 1; bool ok = 2; int64 big = 3; map<string, int32> labels = 4; optional string nick = 5; repeated Q items = 6; E state = 7; bytes data = 8; double ratio = 9; }
service S { rpc M(Q) returns (R); }
"#;

#[test]
fn replies_are_compared_by_their_types() {
    // big = 7, labels = {"a.b": 1}, data = 0xff, ratio = infinity
    let reply = "hex 1807 22 07 0a03612e62 1001 4201ff 49000000000000f07f";
    let script = healthy("").replacen("hex 0a026869", reply, 1);
    let server = server(&script);
    let directory = tempfile::tempdir().unwrap();
    let proto = file(&directory, "t.proto", PROTO);
    let url = server.url.rsplitn(3, '/').last().unwrap().to_owned() + "/t.S/M";
    let of = |options: &[&str]| document(&[&[&url, "--proto", &proto], options].concat());
    for test in [
        "user_name == \"\"",
        "userName == \"\"",
        "ok == false",
        "big == 7",
        "big >= 7",
        "big < 7.5",
        "labels[\"a.b\"] == 1",
        "items == []",
        "state == \"ZERO\"",
        "state == 0",
        "data == \"_w\"",
        "ratio == \"inf\"",
        "big == \"007\"",
        "state != \"UNO\"",
        "labels[\"a.b\"] == \"1\"",
        "user_name contains \"\"",
    ] {
        let (code, document) = of(&["--expect-field", test]);
        assert_eq!(code, 0, "{test}: {:?}", errors(&document));
    }
    for test in [
        "user_name",
        "nick == \"\"",
        "big != 7",
        "state != 0",
        "data != \"_w\"",
        "ratio != \"Infinity\"",
        "labels[\"b\"] == 1",
    ] {
        let (code, document) = of(&["--expect-field", test]);
        assert_eq!(
            (code, errors(&document)[0][0].as_str()),
            (1, "unexpected-field"),
            "{test}"
        );
    }
    let reply =
        r#"{"user_name": "", "ok": false, "big": 7e0, "labels": {"a.b": "1"}, "data": "/w"}"#;
    let (code, document) = of(&["--expect-reply", reply]);
    assert_eq!(code, 0, "{:?}", errors(&document));
    let (code, _) = of(&["--expect-reply", r#"{"big": 8}"#]);
    assert_eq!(code, 1);
    // What can never be so, or never not be so, tests nothing.
    for (option, value, sentence) in [
        (
            "field",
            "user_name == 0",
            "user_name: expected a string, found the number 0",
        ),
        ("field", "big != \"x\"", "big: expected an int64"),
        ("field", "ok != \"false\"", "ok: expected a bool"),
        ("field", "ok > 0", "only numbers are greater or less"),
        ("field", "state != \"ZER0\"", "state: expected "),
        ("field", "big contains 7", "big is no list, nor a text"),
        (
            "field",
            "user_name contains 1",
            "expected a string, found the number 1",
        ),
        ("field", "labels == 1", "labels is an object, and 1 is none"),
        (
            "field",
            "items != null",
            "items is a list, and null is none",
        ),
        (
            "reply",
            r#"{"items": {}}"#,
            "items is a list, and {} is none",
        ),
        (
            "reply",
            r#"{"labels": {"a": true}}"#,
            "labels.a: expected an int32",
        ),
    ] {
        let output = check(&[
            &url,
            "--proto",
            &proto,
            &format!("--expect-{option}={value}"),
        ]);
        assert_eq!(
            (self::code(&output), output.stdout.len()),
            (2, 0),
            "{value}"
        );
        assert!(
            stderr(&output).contains(sentence),
            "{value}: {}",
            stderr(&output)
        );
    }
}
