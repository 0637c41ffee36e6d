//! The command run within the test, and its JSON lines.

use std::cell::RefCell;
use std::io::Write as _;

use clap::Parser as _;
use grpc_probe::cli::{Cli, Console};
use serde_json::Value;

/// What the command wrote, and how it ended.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) exit_code: u8,
    pub(crate) warnings: Vec<String>,
}

/// A writer that the test reads afterwards.
struct Shared<'a>(&'a RefCell<Vec<u8>>);

impl std::io::Write for Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs `grpc-probe decode` on an input.
pub(crate) fn decode(bytes: &[u8], arguments: &[&str]) -> Written {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let name = file.path().to_str().unwrap();
    decode_files(&[arguments, &[name]].concat())
}

/// Runs `grpc-probe decode` with these arguments.
pub(crate) fn decode_files(arguments: &[&str]) -> Written {
    let words = ["grpc-probe", "decode"].iter().chain(arguments);
    let cli = Cli::try_parse_from(words).unwrap();
    let written = RefCell::new(Vec::new());
    let console = Console {
        stdout: Box::new(Shared(&written)),
        say: &|_| {},
    };
    let outcome = cli.command.run(console).unwrap();
    Written {
        text: String::from_utf8(written.into_inner()).unwrap(),
        exit_code: outcome.exit_code,
        warnings: outcome.warnings,
    }
}

/// The lines that `--format json` writes of an input.
pub(crate) fn lines(bytes: &[u8], arguments: &[&str]) -> Vec<Value> {
    let written = decode(bytes, &[&["--format", "json"], arguments].concat());
    written.lines()
}

impl Written {
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The lines of a kind.
pub(crate) fn of_kind<'a>(lines: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |line| line["kind"] == kind)
}

/// The messages of the findings of the only call of a capture.
pub(crate) fn said(file: &[u8]) -> Vec<(String, String)> {
    let lines = lines(file, &[]);
    assert_eq!(of_kind(&lines, "call").count(), 1);
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    of_kind(&lines, "finding")
        .map(|line| (text(line, "rule"), text(line, "message")))
        .collect()
}
