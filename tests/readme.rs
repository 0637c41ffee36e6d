//! The README names options, steps and exit codes that there are.
#![expect(clippy::disallowed_methods, reason = "the README is read from disk")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The long options that a text names.
fn long_options(text: &str) -> BTreeSet<String> {
    text.match_indices("--")
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-'))
        .map(|(at, _)| {
            let name = text[at + 2..].chars();
            name.take_while(|c| c.is_ascii_lowercase() || *c == '-')
                .collect::<String>()
        })
        .filter(|name| name.len() > 1 && !name.starts_with('-'))
        .collect()
}

/// What `grpc-probe COMMAND --help` prints.
fn help(command: &str) -> String {
    let mut probe = assert_cmd::cargo::cargo_bin_cmd!("grpc-probe");
    let output = probe
        .args([command, "--help"])
        .output()
        .expect("the probe runs");
    assert!(output.status.success(), "{command} --help");
    String::from_utf8(output.stdout).expect("the help is UTF-8")
}

#[test]
fn the_readme_names_options_and_exit_codes_that_there_are() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let known: BTreeSet<String> = ["call", "check", "decode", "stage"]
        .into_iter()
        .flat_map(|command| long_options(&help(command)))
        .collect();
    // Lines about other tools have options of theirs.
    let ours: Vec<&str> = readme
        .lines()
        .filter(|line| {
            line.contains("grpc-probe") || line.trim_start().starts_with(['|', '`', '-'])
        })
        .filter(|line| {
            !line.contains("cargo ") && !line.contains("grpcurl ") && !line.contains("curl ")
        })
        .collect();
    let named = long_options(&ours.join("\n"));
    assert!(!named.is_empty(), "the README names no options");
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "the README names {unknown:?}");
    for step in grpc_probe::diagnosis::Step::ALL {
        assert!(
            readme.contains(step.name()),
            "the README does not name {step}"
        );
    }
    for code in ["10", "22", "64"] {
        assert!(
            readme.contains(code),
            "the README does not name exit code {code}"
        );
    }
}
