//! The outputs of a command that runs as a process.

use std::path::Path;

use super::entry::Entry;
use super::support::command::{code, probe, stderr, stdout};

/// Arguments of each report, with the ending of its file.
pub(crate) type Reports<'a> = &'a [(&'static str, &'a [&'a str])];

/// The reports of `call`.
pub(crate) const CALL: Reports<'_> = &[
    ("json", &["--format", "json"]),
    ("txt", &[]),
    ("verbose.txt", &["-v"]),
];

/// The reports of `decode`.
pub(crate) const DECODE: Reports<'_> = &[
    ("json", &["--format", "json"]),
    ("txt", &[]),
    ("verbose.txt", &["-v"]),
    ("summary.txt", &["--summary"]),
];

/// The reports of `explain`.
pub(crate) const EXPLAIN: Reports<'_> = &[("json", &["--format", "json"]), ("txt", &[])];

/// The outputs of a command that reads files of this folder.
pub(crate) fn entry(name: String, folder: &Path, command: &[&str], reports: Reports<'_>) -> Entry {
    let mut exit_code = 0;
    let outputs = reports.iter().map(|(ending, arguments)| {
        let output = probe()
            .current_dir(folder)
            .args(command)
            .args(*arguments)
            .output()
            .unwrap();
        exit_code = code(&output);
        let mut text = stdout(&output).to_owned();
        if *ending != "json" {
            text.push_str(stderr(&output));
        }
        (*ending, text)
    });
    let outputs = outputs.collect();
    Entry::new(name, exit_code, outputs)
}
