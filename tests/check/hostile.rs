//! A reply that would forge what it can, in every format.

use super::{code, file, healthy, path, probe, read, reports, server, stderr, stdout, xml};

/// Commands, lines, markup and characters that XML has no place for, in a message that every format shows.
const MESSAGE: &str = "x%0A::error::owned%0D%0A##[error]owned%25%0A| a | b |%0A%60code%60 <script> ]]> \"q\" \\\\ \\x1b[31m%01%EF%BF%BE%E2%80%AE";

fn hostile() -> super::Server {
    server(&format!(
        "settings\nsettings ack\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n  grpc-status: 13\n  grpc-message: {MESSAGE}\nhang\n"
    ))
}

#[test]
fn what_a_url_and_a_test_hold_is_hidden() {
    let server = server(&healthy(""));
    let directory = tempfile::tempdir().unwrap();
    let proto = "syntax = \"proto3\"; package t; message M { string token = 1; repeated string tokens = 2; \
                 map<string, string> labels = 3; } service S { rpc M(M) returns (M); }";
    let proto = file(&directory, "t.proto", proto);
    let url = server.url.rsplitn(3, '/').last().unwrap();
    let at = |name: &str| path(&directory, name);
    let mut command = probe();
    command.args([
        &*format!("{url}/token=Zebra-One/t.S/M"),
        &format!("{url}/token=Zebra-Two/t.S/M"),
        "--proto",
        &proto,
        "--expect-field=token == \"Zebra-Three\"",
        "--expect-field=tokens[0] == \"Zebra-Four\"",
        "--expect-field=tokens == [\"Zebra-Five\"]",
        "--expect-field=labels[\"token\"]  contains  \"Zebra-Six\"",
        "--expect-reply={\"tokens\":[\"Zebra-Seven\"]}",
        "--report=github",
    ]);
    let output = command.args(reports(&directory)).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let files = ["junit.xml", "check.json", "summary.md", "check.prom"];
    let reports = files.map(|name| read(at(name)));
    for text in reports.iter().map(String::as_str).chain([stdout(&output)]) {
        assert!(!text.contains("Zebra"), "{text}");
        assert!(text.contains("redacted"), "{text}");
    }
    // Names are one target's each all the same.
    let success = |line: &&str| line.starts_with("grpc_probe_success{");
    let labels: std::collections::BTreeSet<&str> = reports[3].lines().filter(success).collect();
    assert_eq!(labels.len(), 2, "{labels:?}");
}

#[test]
fn nothing_is_forged_in_any_format() {
    let server = hostile();
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| path(&directory, name);
    let name = "a\\n::error::b,c|d\\\"e:f`<g>";
    let config = file(
        &directory,
        "targets.toml",
        &format!("[[target]]\nname = \"{name}\"\nurl = \"{}\"\n", server.url),
    );
    let annotations = format!("--report=github={}", at("github.txt"));
    let mut command = probe();
    command.args(["--config", &config, &annotations]);
    let output = command.args(reports(&directory)).output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (1, ""));
    let text = stdout(&output);
    assert!(text.contains("owned"), "{text}");
    for file in [
        "junit.xml",
        "check.json",
        "summary.md",
        "check.prom",
        "github.txt",
    ] {
        harmless(file, &read(at(file)));
    }
    harmless("standard output", text);
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::error"), "{line}");
    }

    let annotations = read(at("github.txt"));
    assert_eq!(annotations.lines().count(), 1, "{annotations}");
    let properties = annotations
        .strip_prefix("::error title=")
        .unwrap()
        .split_once("::")
        .unwrap();
    assert!(!properties.0.contains([',', ':']), "{}", properties.0);
    assert!(
        properties.0.ends_with("%3A grpc-status fails"),
        "{}",
        properties.0
    );

    let report = xml::junit(&read(at("junit.xml")));
    let suite = report.all("testsuite").next().unwrap();
    let failure = suite
        .all("testcase")
        .next()
        .unwrap()
        .all("failure")
        .next()
        .unwrap();
    assert!(
        failure.get("message").contains("<script> ]]> \"q\""),
        "{}",
        failure.get("message")
    );
    assert!(
        failure.text.contains("\\n::error::owned"),
        "{}",
        failure.text
    );

    let summary = read(at("summary.md"));
    let row = summary
        .lines()
        .find(|line| line.starts_with("| a"))
        .unwrap();
    let bars = row
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[1] == b'|' && pair[0] != b'\\')
        .count();
    assert_eq!(bars, 4, "{row}");
    for markup in ["<script>", "`code`", " <g>"] {
        assert!(!summary.contains(markup), "{summary}");
    }

    let metrics = read(at("check.prom"));
    for line in metrics
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains("target="))
    {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let label = line.split_once("target=\"").unwrap().1;
        assert!(
            label.starts_with("a\\\\n::error::b,c|d\\\"e:f`<g>\""),
            "{line}"
        );
    }
}

/// No character that a terminal, a log or XML would act on.
fn harmless(what: &str, text: &str) {
    let bad = text
        .chars()
        .find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202e}' | '\u{feff}'));
    assert_eq!(bad, None, "{what}: {text}");
    assert!(!text.contains("##["), "{what}");
}

#[test]
fn secrets_are_in_no_format() {
    // More cookies than are searched for in texts: they must not keep the value that is echoed from being hidden.
    let mut fields = "  set-cookie: id=Cookie-Secret-99\n".to_owned();
    for cookie in 0..100 {
        fields.push_str(&format!("  set-cookie: c{cookie}=Cookie-Value-{cookie}\n"));
    }
    let server = server(&healthy(&format!("{fields}  x-echo: Zebra-Token-12345\n")));
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| path(&directory, name);
    let config = file(
        &directory,
        "targets.toml",
        &format!(
            "[[target]]\nname = \"a\"\nurl = \"{}\"\nheaders = {{ authorization = \"Bearer ${{KEY}}\", x-plain = \"${{KEY}}\" }}\n\
             [target.expect.headers]\nx-echo = \"${{KEY}}!\"\nset-cookie = \"none\"\n",
            server.url
        ),
    );
    let run = |more: &[&str]| {
        let mut command = probe();
        command
            .env("KEY", "Zebra-Token-12345")
            .args(["--config", &config]);
        command.args([
            &format!("--report=junit={}", at("junit.xml")),
            &format!("--report=json={}", at("check.json")),
            &format!("--report=markdown={}", at("summary.md")),
            &format!("--report=prometheus={}", at("check.prom")),
            &format!("--report=github={}", at("github.txt")),
            &format!("--baseline={}", at("baseline.json")),
        ]);
        command.args(more).output().unwrap()
    };
    let output = run(&["-v"]);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    let files = [
        "junit.xml",
        "check.json",
        "summary.md",
        "check.prom",
        "github.txt",
        "baseline.json",
    ];
    let all: Vec<String> = files.iter().map(|file| read(at(file))).collect();
    for text in all
        .iter()
        .map(String::as_str)
        .chain([stdout(&output), stderr(&output)])
    {
        assert!(
            !text.contains("Zebra") && !text.contains("Cookie-Secret"),
            "{text}"
        );
    }
    assert!(stdout(&output).contains("x-echo"), "{}", stdout(&output));
    let shown = run(&["--show-secrets"]);
    assert!(
        stdout(&shown).contains("Zebra-Token-12345!"),
        "{}",
        stdout(&shown)
    );
}
