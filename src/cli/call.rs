//! `grpc-probe call`: one call, reported.

use std::path::PathBuf;

use clap::Args;

use super::cache::Cache;
use super::destination::refuse_input;
use super::making::{Made, Request};
use super::options::Output;
use super::pcapng::CaptureFile;
use super::url::Url;
use super::{Outcome, block_on, tour};
use crate::source::file;

/// Makes one unary call.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Exit code: 0 where every step passes, 10 to 22 for the first failing step in the order resolve, connect, tls, alpn, \
preface, response, http-status, content-type, base64, length-prefix, compression, message, trailers; 64 and the code \
where the wire is sound and grpc-status is not OK; 2 where the call could not be made.")]
pub struct Call {
    /// The target.
    #[arg(
        help = "https://host[:port]/[prefix/]package.Service/Method, http://… for plaintext, \
                unix:/socket/package.Service/Method, stage:NAME for the embedded stage, stage: for all of its attempts"
    )]
    pub url: Url,

    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    pcapng: CaptureFile,
}

impl Call {
    pub(super) fn run(mut self) -> anyhow::Result<Outcome> {
        // Before anything is sent: a report that cannot be written is a call made for nothing.
        let keylog = self.request.tls.keylog();
        let report = self.output.destination.file();
        let read = self.request.files();
        let written = [report, self.pcapng.path(), keylog.as_deref()];
        for path in written.into_iter().flatten() {
            refuse_input(path, read.iter().map(PathBuf::as_path))?;
        }
        if let Some(path) = report {
            file::check_writable(path)?;
        }
        self.pcapng
            .open(self.output.destination.file(), keylog.as_deref())?;
        if self.url == Url::Stage(String::new()) {
            let mut outcome = block_on(tour::run(&self))??;
            self.pcapng.end(&mut outcome.warnings, &mut Vec::new());
            return Ok(outcome);
        }
        let encrypted = matches!(self.url, Url::Host { tls: true, .. });
        let mut warnings = if encrypted {
            Vec::new()
        } else {
            self.request.tls.needless()
        };
        let made = block_on(self.make())??;
        let mut notes = Vec::new();
        if let Some(path) = self.request.tls.keylog().filter(|_| {
            let connection = &made.recording.connection;
            connection.own_tls().is_some()
        }) {
            warnings.push(format!(
                "TLS secrets were appended to {}: they decrypt this call",
                path.display()
            ));
            notes.push(format!("TLS secrets were appended to {}", path.display()));
        }
        self.pcapng.end(&mut warnings, &mut notes);
        let options = made.hiding(self.output.options());
        let (report, exit_code) = made.report(&notes, |report| {
            (
                self.output.render(report, &options),
                report.diagnosis.verdict.exit_code,
            )
        });
        Ok(Outcome {
            report,
            output: self.output.destination.file().map(Into::into),
            warnings,
            exit_code,
        })
    }

    /// Makes the call, to the embedded stage where the URL says so.
    pub(super) async fn make(&self) -> anyhow::Result<Made> {
        let prepared = self.request.prepare(&self.url, &mut Cache::default())?;
        let prepared = prepared.hide(&self.output.secrets.hidden());
        prepared.captured(self.pcapng.capture()).call(None).await
    }

    /// The same call to an attempt of the embedded stage.
    pub(super) fn on_stage(&self, name: &str) -> Self {
        Self {
            url: Url::Stage(name.to_owned()),
            ..self.clone()
        }
    }

    pub(super) const fn output(&self) -> &Output {
        &self.output
    }
}
