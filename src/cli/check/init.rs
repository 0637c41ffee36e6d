//! `grpc-probe check --init`: an example of the file of targets.

use std::path::Path;

use anyhow::bail;

use crate::cli::Outcome;
use crate::source::file;

/// The example. It passes as it is, on the embedded stage.
pub(super) const EXAMPLE: &str = include_str!("example.toml");

/// Writes the example where there is no file yet.
pub(super) fn write(path: &Path) -> anyhow::Result<Outcome> {
    let name = path.display();
    if file::exists(path) {
        bail!("{name} is there already, and stays as it is");
    }
    file::write(path, EXAMPLE.as_bytes())?;
    Ok(Outcome {
        report: format!("{name} is written; grpc-probe check --config {name} checks its targets\n"),
        output: None,
        warnings: Vec::new(),
        exit_code: 0,
    })
}
