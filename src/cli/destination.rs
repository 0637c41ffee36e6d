//! Where a report goes, and how it looks there.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};

use crate::report::Options;
use crate::source::{file, terminal};

/// Refuses to write to a file that is read.
///
/// # Errors
/// Where it is one.
pub(super) fn refuse_input<'a>(
    path: &Path,
    mut read: impl Iterator<Item = &'a Path>,
) -> anyhow::Result<()> {
    if read.any(|input| file::is_same(path, input)) {
        bail!("{} is read, and cannot be written", path.display());
    }
    Ok(())
}

/// Where the report goes.
#[derive(Clone, Debug, Args)]
pub(super) struct Destination {
    /// File for the report, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Destination {
    /// The file; none for standard output, which is also called `-`.
    pub(super) fn file(&self) -> Option<&Path> {
        let file = self.output.as_deref();
        file.filter(|path| path.as_os_str() != "-")
    }

    /// How a report looks: whether it has colour, which a file has only where it was asked for, and its columns, which a
    /// file has as many of as any other.
    pub(super) fn looks(&self) -> Options {
        let standard = Options::default();
        let seen = self.file().is_none();
        Options {
            color: match self.color {
                Color::Auto => seen && terminal::wants_color(),
                Color::Always => true,
                Color::Never => false,
            },
            width: match seen {
                true => terminal::width(),
                false => standard.width,
            },
            ..standard
        }
    }
}
