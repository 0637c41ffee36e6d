//! What is printed where: standard output, standard error, files, colour, pipes.

use std::process::Stdio;

use serde_json::Value;

use super::{call, code, probe, stderr, stdout};

const ESCAPE: char = '\u{1b}';

#[test]
fn json_is_one_document_and_nothing_else() {
    for url in ["stage:json", "stage:healthy", "stage:"] {
        let output = call(&["--format", "json", url]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(
            document["format"]
                .as_str()
                .unwrap()
                .starts_with("grpc-probe."),
            "{url}"
        );
        assert!(stdout(&output).ends_with("}\n"), "{url}");
        assert_eq!(stderr(&output), "", "{url}");
        assert!(!stdout(&output).contains(ESCAPE), "{url}");
    }
}

#[test]
fn a_report_to_a_file_leaves_standard_output_empty() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.txt");
    let to = path.to_str().unwrap();
    let printed = call(&["stage:no-trailers", "-q"]);
    let written = call(&["stage:no-trailers", "-q", "-o", to]);
    assert_eq!(
        (code(&written), stdout(&written), stderr(&written)),
        (22, "", "")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), stdout(&printed));
    let dash = call(&["stage:no-trailers", "-q", "-o", "-"]);
    assert_eq!(stdout(&dash), stdout(&printed), "- is standard output");
    // What the file held is gone.
    let document = call(&["stage:healthy", "--format", "json", "--output", to]);
    assert_eq!(code(&document), 0);
    let text = std::fs::read(&path).unwrap();
    let document: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(document["format"], "grpc-probe.call/1");
    std::fs::write(&path, "{}").unwrap();
    for option in ["--output", "--pcapng", "--keylog"] {
        let over = call(&["stage:healthy", "-d", &format!("@{to}"), option, to]);
        assert_eq!((code(&over), stdout(&over)), (2, ""), "{option}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{}", "{option}");
    }
    let nowhere = directory.path().join("none/report.txt");
    let failed = call(&["stage:healthy", "-o", nowhere.to_str().unwrap()]);
    assert_eq!((code(&failed), stdout(&failed)), (2, ""));
    assert!(
        stderr(&failed).contains("none/report.txt"),
        "{}",
        stderr(&failed)
    );
    assert_eq!(stderr(&failed).lines().count(), 1);
}

#[test]
fn quiet_is_the_verdict_alone() {
    let output = call(&["stage:json", "-q"]);
    assert_eq!(code(&output), 17);
    let text = stdout(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("content-type"), "{text}");
    let whole = call(&["stage:json"]);
    let last = stdout(&whole).lines().last().unwrap();
    assert_eq!(
        text.trim_end(),
        last,
        "the last line of a report is its verdict"
    );
}

#[test]
fn verbose_says_more_and_quiet_contradicts_it() {
    let lines = |arguments: &[&str]| stdout(&call(arguments)).lines().count();
    assert!(lines(&["stage:healthy", "-v"]) > lines(&["stage:healthy"]));
    assert_eq!(code(&call(&["stage:healthy", "-v", "-q"])), 2);
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let colored = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = probe();
        command.args(["call", "stage:json"]).args(arguments);
        command.envs(environment.iter().copied());
        let output = command.output().unwrap();
        assert_eq!(code(&output), 17);
        stdout(&output).contains(ESCAPE)
    };
    assert!(!colored(&[], &[]), "a pipe is no terminal");
    assert!(colored(&["--color", "always"], &[]));
    assert!(
        colored(&["--color=always"], &[("NO_COLOR", "1")]),
        "an option beats the environment"
    );
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(
        colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]),
        "empty is unset"
    );
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("TERM", "dumb")]));
    assert!(!colored(&["--format", "json", "--color", "always"], &[]));
}

#[test]
fn without_colour_a_report_says_the_same() {
    let plain = call(&["stage:base64", "--color", "never", "-q"]);
    let colored = call(&["stage:base64", "--color", "always", "-q"]);
    let mut text = String::new();
    let mut rest = stdout(&colored);
    while let Some((before, after)) = rest.split_once(ESCAPE) {
        text.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    text.push_str(rest);
    assert_eq!(text, stdout(&plain));
}

#[test]
fn a_closed_pipe_is_no_error() {
    for arguments in [
        &["stage:json"][..],
        &["stage:", "-v"],
        &["stage:json", "--format", "json"],
    ] {
        let mut command = super::process();
        command.arg("call").args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(stderr(&output), "", "{arguments:?}");
        let expected = if arguments[0] == "stage:" { 0 } else { 17 };
        assert_eq!(code(&output), expected, "{arguments:?}");
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["call", "--help"],
        &["stage", "-h"],
    ] {
        let output = probe().args(arguments).output().unwrap();
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{arguments:?}");
        assert!(stdout(&output).contains("grpc-probe"), "{arguments:?}");
        assert!(
            stdout(&output)
                .lines()
                .all(|line| line.chars().count() <= 100),
            "{arguments:?}"
        );
    }
}
