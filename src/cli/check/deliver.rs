//! Where the reports of a check go.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::{Format, Output};
use crate::check::baseline::Baseline;
use crate::cli::destination::refuse_input;
use crate::cli::{EXIT_USAGE, Outcome};
use crate::report::check::{self, Run};
use crate::report::escape;
use crate::source::{environment, file};

/// The variable by which GitHub names the file of a job's summary.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The exit code where a target fails.
const EXIT_FAILED: u8 = 1;

/// Kinds of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Junit,
    Json,
    Github,
    Markdown,
    Prometheus,
}

const KINDS: [(&str, Kind); 5] = [
    ("junit", Kind::Junit),
    ("json", Kind::Json),
    ("github", Kind::Github),
    ("markdown", Kind::Markdown),
    ("prometheus", Kind::Prometheus),
];

/// A report that is wanted: `KIND=FILE`, or `KIND` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    kind: Kind,
    name: &'static str,
    path: Option<PathBuf>,
}

impl std::str::FromStr for Wish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, path) = match text.split_once('=') {
            Some((kind, path)) => (kind, Some(path)),
            None => (text, None),
        };
        let found = KINDS.into_iter().find(|(name, _)| *name == kind);
        let (name, kind) = found.ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            format!("there is no such report; there are {}", names.join(", "))
        })?;
        if path.is_some_and(str::is_empty) {
            return Err(format!("{name}= names no file"));
        }
        if path == Some("-") {
            return Err("a report goes to a file; --format is for standard output".to_owned());
        }
        Ok(Self {
            kind,
            name,
            path: path.map(PathBuf::from),
        })
    }
}

/// Reports with where they go, all of which can be written to.
#[derive(Debug)]
pub(super) struct Delivery {
    files: Vec<(Kind, PathBuf)>,
    /// The file of the job's summary, which other steps write to as well.
    summary: Option<PathBuf>,
    /// Whether annotations go to standard output.
    annotates: bool,
}

impl Delivery {
    /// Makes sure that what is wanted can be written, and not over what is read, or `written` beside the reports.
    pub(super) fn prepare(
        output: &Output,
        written: [Option<&Path>; 2],
        read: &HashSet<&Path>,
    ) -> anyhow::Result<Self> {
        let mut delivery = Self {
            files: Vec::new(),
            summary: None,
            annotates: false,
        };
        for wish in &output.reports {
            match (wish.kind, &wish.path) {
                (kind, Some(path)) => delivery.files.push((kind, path.clone())),
                (Kind::Github, None) => delivery.annotates = true,
                (Kind::Markdown, None) => {
                    let Some(path) = environment::variable(SUMMARY).filter(|it| !it.is_empty())
                    else {
                        bail!(
                            "{SUMMARY} is not set; give a file, as in --report markdown=summary.md"
                        );
                    };
                    delivery.summary = Some(PathBuf::from(path));
                }
                (_, None) => bail!(
                    "--report {0} needs a file, as in --report {0}=FILE",
                    wish.name
                ),
            }
        }
        if delivery.annotates
            && output.format == Format::Json
            && output.destination.file().is_none()
        {
            bail!(
                "--report github and --format json both go to standard output; give one of them a file"
            );
        }
        let files = delivery.files.iter().map(|(_, path)| path.as_path());
        let others = [output.destination.file(), delivery.summary.as_deref()];
        let others = others.into_iter().chain(written).flatten();
        let files: Vec<&Path> = files.chain(others).collect();
        for (index, path) in files.iter().enumerate() {
            let mut others = files.iter().skip(index + 1);
            if others.any(|other| file::is_same(path, other)) {
                bail!("{} would be written twice", path.display());
            }
            refuse_input(path, read.iter().copied())?;
            file::check_writable(path)?;
        }
        Ok(delivery)
    }

    /// Writes the reports. One that cannot be written keeps none of the others from being so.
    pub(super) fn deliver(
        &self,
        run: &Run,
        baseline: Option<(&Path, &Baseline)>,
        output: &Output,
    ) -> Outcome {
        let mut warnings = Vec::new();
        let mut note = |written: io::Result<()>| {
            if let Err(error) = written {
                warnings.push(error.to_string());
            }
        };
        for (kind, path) in &self.files {
            note(file::replace(path, kind.render(run).as_bytes()));
        }
        if let Some(path) = &self.summary {
            note(file::append(path, check::summary(run).as_bytes()));
        }
        if let Some((path, baseline)) = baseline {
            // A document of texts and lists of them always has a JSON form.
            let document = escape::json(baseline).unwrap_or_default() + "\n";
            note(file::replace(path, document.as_bytes()));
        }
        let mut report = match output.format {
            Format::Human => check::render(run, &output.options()),
            Format::Json => check::json(run),
        };
        if let Some(path) = output.destination.file().filter(|_| self.annotates) {
            note(file::write(path, report.as_bytes()));
            report.clear();
        }
        if self.annotates {
            report.push_str(&check::annotations(run));
        }
        let exit_code = match (run.fails(), run.passes() && warnings.is_empty()) {
            (true, _) => EXIT_FAILED,
            (_, true) => 0,
            _ => EXIT_USAGE,
        };
        Outcome {
            report,
            output: output
                .destination
                .file()
                .filter(|_| !self.annotates)
                .map(Into::into),
            warnings,
            exit_code,
        }
    }
}

impl Kind {
    fn render(self, run: &Run) -> String {
        match self {
            Self::Junit => check::junit(run),
            Self::Json => check::json(run),
            Self::Github => check::annotations(run),
            Self::Markdown => check::summary(run),
            Self::Prometheus => check::metrics(run),
        }
    }
}
