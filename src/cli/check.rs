//! `grpc-probe check`: one target or many, called, judged by what is expected of them, and reported.

mod deliver;
mod expecting;
mod init;
mod job;
mod run;
mod targets;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use self::deliver::Delivery;
use self::expecting::Expecting;
use super::destination::Destination;
use super::making::Request;
use super::options::SecretNames;
use super::url::Url;
use super::{Outcome, block_on};
use crate::check::baseline::Baseline;
use crate::check::latency::duration;
use crate::report::Options;
use crate::source::file;

/// How many targets are called at a time at most: each may hold 64 MiB.
const CONCURRENCY_MAX: u16 = 256;

/// How many calls of one target `--repeat` makes at most.
const REPEAT_MAX: u32 = 10_000;

/// Checks that targets can be called, for build servers.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Exit code: 0 where every target passes, 1 where one fails, 2 where the check could not be made; nothing was sent then, \
or it was interrupted.")]
pub struct Check {
    /// The targets, as call takes them
    #[arg(value_name = "URL", required_unless_present_any = ["config", "init"])]
    urls: Vec<Url>,
    #[command(flatten)]
    many: Many,
    #[command(flatten)]
    expecting: Expecting,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    baseline: Baselining,
    #[command(flatten)]
    output: Output,
}

/// Targets of a file.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Targets")]
struct Many {
    /// File of targets
    #[arg(long, value_name = "FILE", conflicts_with_all = ["urls", "init", "Message", "SchemaFiles", "Sending", "Tls", "Expecting"])]
    config: Option<PathBuf>,
    /// Only targets whose name fits the pattern (* and ?), or by tag:PATTERN that have such a tag; may be given again
    #[arg(
        long,
        value_name = "PATTERN",
        requires = "config",
        conflicts_with = "urls"
    )]
    only: Vec<String>,
    /// Value of ${NAME} in the file, before that of the environment; may be given again
    #[arg(long = "var", value_name = "NAME=VALUE", requires = "config", conflicts_with = "urls", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// How many targets are called at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=i64::from(CONCURRENCY_MAX)))]
    concurrency: u16,
    /// Write an example of the file, and exit
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "grpc-probe.toml", conflicts_with_all = ["urls", "Message", "SchemaFiles", "Sending", "Tls", "Expecting"])]
    init: Option<PathBuf>,
}

/// How much is put up with.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Patience")]
struct Patience {
    /// How long the stage may take to come up: calls are made again while no response comes, or one of a gateway in its place
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
    /// How often a call is made again that failed before there was a response
    #[arg(long, value_name = "NUMBER")]
    retries: Option<u32>,
    /// How many calls are made, all of which have to pass; says how long they took
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=i64::from(REPEAT_MAX)))]
    repeat: Option<u32>,
}

/// Comparing with an earlier run.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Baseline")]
struct Baselining {
    /// File of the shapes of exchanges: those of targets that pass are recorded, and later ones have to be like them
    #[arg(long = "baseline", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Header or trailer that is not compared; may be given again
    #[arg(long = "baseline-ignore", value_name = "NAME")]
    ignore: Vec<String>,
    /// Record the shapes anew
    #[arg(long = "update-baseline", requires = "file")]
    update: bool,
}

/// How to report it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Report")]
struct Output {
    /// Another report: junit=FILE, json=FILE, prometheus=FILE, markdown[=FILE] (the job's summary on GitHub), github[=FILE]
    /// (annotations); may be given again
    #[arg(long = "report", value_name = "KIND[=FILE]")]
    reports: Vec<deliver::Wish>,
    /// Form of the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    #[command(flatten)]
    destination: Destination,
    /// The whole report of each call that fails, as call prints it
    #[arg(short, long)]
    verbose: bool,
    /// The targets that fail, a line each, and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    #[command(flatten)]
    secrets: SecretNames,
    /// Show secrets: authorization, cookies, tokens, keys, and values of the environment
    #[arg(long)]
    show_secrets: bool,
}

/// Forms of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// One document, by the schema grpc-probe.check/1
    Json,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or("a variable is NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Output {
    fn options(&self) -> Options {
        Options {
            quiet: self.quiet,
            show_secrets: self.show_secrets,
            ..self.destination.looks()
        }
    }
}

impl Baselining {
    /// What was recorded; nothing where nothing was yet.
    fn read(&self) -> anyhow::Result<Baseline> {
        let Some(path) = &self.file else {
            return Ok(Baseline::default());
        };
        // An empty file is what a build server makes of one that is yet to come.
        let document = if file::exists(path) {
            file::read(path)?
        } else {
            Vec::new()
        };
        if document.is_empty() {
            return Ok(Baseline::default());
        }
        Baseline::read(&document)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("cannot use {}", path.display()))
    }
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        if let Some(path) = &self.many.init {
            return init::write(path);
        }
        // All that can be wrong on our side is found before anything is sent.
        let jobs = targets::jobs(&self)?;
        let keylog = self.request.tls.keylog();
        let keylog = keylog.filter(|_| jobs.iter().any(|job| job.prepared.is_encrypted()));
        let mut baseline = self.baseline.read()?;
        let read = jobs.iter().flat_map(|job| &job.read);
        let read: HashSet<&Path> = read
            .chain(&self.many.config)
            .map(PathBuf::as_path)
            .collect();
        let written = [self.baseline.file.as_deref(), keylog.as_deref()];
        let delivery = Delivery::prepare(&self.output, written, &read)?;
        let plan = run::Plan {
            concurrency: usize::from(self.many.concurrency),
            options: self.output.options(),
            whole: self.output.verbose,
            recorded: if self.baseline.update {
                Baseline::default()
            } else {
                baseline.clone()
            },
            records: self.baseline.file.is_some(),
        };
        let done = block_on(run::run(jobs, plan))?;
        let mut new = 0;
        for (name, shape) in done.shapes {
            let known = baseline.targets.contains_key(&name);
            new += usize::from(!known);
            if self.baseline.update || !known {
                baseline.targets.insert(name, shape);
            }
        }
        let recorded = self.baseline.file.as_deref().map(|path| (path, &baseline));
        let mut outcome = delivery.deliver(&done.run, recorded, &self.output);
        if let Some(path) = self
            .baseline
            .file
            .filter(|_| new > 0 && !self.baseline.update)
        {
            outcome.warnings.push(format!(
                "{} had nothing to compare {new} target{} with; what was seen is recorded there for the next run",
                path.display(),
                if new == 1 { "" } else { "s" }
            ));
        }
        if let Some(path) = keylog {
            let path = path.display();
            outcome.warnings.push(format!(
                "TLS secrets were appended to {path}: they decrypt these calls"
            ));
        }
        Ok(outcome)
    }
}
