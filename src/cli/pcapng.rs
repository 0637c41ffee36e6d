//! `--pcapng`: the capture of a call, from its opening to what is said of it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::source::file;
use crate::source::live::Capture;

/// The file to capture to.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct CaptureFile {
    /// Capture of what is sent and received, for Wireshark, with the TLS secrets that decrypt it; - for standard output
    #[arg(long, value_name = "FILE")]
    pcapng: Option<PathBuf>,
    /// The same, once it is opened.
    #[arg(skip)]
    capture: Option<Capture>,
}

impl CaptureFile {
    /// Its name.
    pub(super) fn path(&self) -> Option<&Path> {
        self.pcapng.as_deref()
    }

    /// Opens it, before anything is sent. `report` and `keylog` are files that are written too; without one, the
    /// report takes standard output.
    pub(super) fn open(
        &mut self,
        report: Option<&Path>,
        keylog: Option<&Path>,
    ) -> anyhow::Result<()> {
        let Some(path) = &self.pcapng else {
            return Ok(());
        };
        if path.as_os_str() == "-" && report.is_none() {
            bail!("--pcapng - takes standard output from the report: give that a file by --output");
        }
        let mut others = [report, keylog].into_iter().flatten();
        if others.any(|other| file::is_same(other, path)) {
            bail!("--pcapng needs a file of its own");
        }
        let capture = Capture::create(path);
        let capture = capture.with_context(|| format!("cannot write {}", path.display()))?;
        self.capture = Some(capture);
        Ok(())
    }

    /// What calls are to write to.
    pub(super) fn capture(&self) -> Option<Capture> {
        self.capture.clone()
    }

    /// Ends it, and says what there is to say about it.
    pub(super) fn end(&self, warnings: &mut Vec<String>, notes: &mut Vec<String>) {
        let (Some(path), Some(capture)) = (&self.pcapng, &self.capture) else {
            return;
        };
        let path = match path.to_string_lossy() {
            name if name == "-" => "the capture on standard output".into(),
            name => name,
        };
        warnings.push(match capture.finish() {
            Ok(0) => format!("{path} holds no packets: no connection came about"),
            Ok(_) => {
                notes.push(format!(
                    "what was sent and received was written to {path}, unredacted"
                ));
                format!("{path} is not redacted: it shows all that was sent and received")
            }
            Err(error) => format!("cannot write {path}: {error}; what it holds is not all"),
        });
    }
}
