//! Any bytes as an input of `decode`, told by their content or else taken as a body: every report of them can be shown
//! on a terminal, and every line of JSON is JSON.

#![no_main]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the input is a file, and where one cannot be written there is nothing to try"
)]

use std::path::Path;

use clap::Parser as _;
use grpc_probe::cli::{Cli, Console};
use grpc_probe::report::escape;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let input = tempfile::NamedTempFile::new().expect("a file can be made");
    std::fs::write(input.path(), bytes).expect("it can be written");
    let summary = decode(input.path(), &["--color=never", "--summary"]);
    let from: &[&str] = match summary {
        Some(_) => &[],
        None => &["--from=body"],
    };
    decode(
        input.path(),
        &[from, &["--color=never", "--verbose", "--pcapng=/dev/null"]].concat(),
    );
    let lines = decode(input.path(), &[from, &["--format=json"]].concat());
    for line in lines.unwrap_or_default().lines() {
        let read: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(read.is_ok(), "{line}");
    }
});

/// The report of a file; `None` where nothing of it can be read.
fn decode(input: &Path, options: &[&str]) -> Option<String> {
    let input = input.to_str().expect("its path is text");
    let arguments = [&["grpc-probe", "decode", input], options].concat();
    let cli = Cli::try_parse_from(arguments).expect("the arguments are right");
    let mut stdout = Vec::new();
    let console = Console {
        stdout: Box::new(&mut stdout),
        say: &|_| {},
    };
    let outcome = cli.command.run(console).expect("a report can be made");
    let report = String::from_utf8(stdout).expect("a report is text");
    for line in report
        .lines()
        .chain(outcome.warnings.iter().map(String::as_str))
    {
        assert_eq!(
            escape::text(line),
            line,
            "nothing unseen stands in a report"
        );
    }
    let unread = outcome
        .warnings
        .iter()
        .any(|warning| warning.starts_with("cannot read"));
    (!unread).then_some(report)
}
