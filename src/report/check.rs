//! What came of a check: every target in short, for people, for build servers and for programs.
//!
//! A target's report is reduced to what all formats need as soon as its call was made, so that a run of a thousand
//! targets holds no calls. Its texts are without secrets and escaped for one line of a terminal by then; each format
//! escapes them further for itself.

mod document;
mod github;
mod human;
mod json;
mod junit;
mod markdown;
mod prometheus;

use std::time::Duration;

pub use document::Document;
pub use github::annotations;
pub use human::render;
pub use json::{json, schema};
pub use junit::junit;
pub use markdown::summary;
pub use prometheus::metrics;

use super::json::build;
use super::json::document::{Finding, Step, Timing, Verdict};
use super::view::View;
use super::{Options, Report, escape, human as call};
use crate::check::{Latency, Phase};
use crate::diagnosis;

/// How many pieces of evidence a finding keeps; a flood of bad frames has thousands.
const EVIDENCE_KEPT: usize = 8;

/// A run over some targets.
#[derive(Debug)]
pub struct Run {
    /// Every target, in the order in which they are listed.
    pub targets: Vec<Target>,
    /// How long it took.
    pub took: Duration,
    /// When it ended, in seconds since the Unix epoch; `None` where that is not known.
    pub ended_at: Option<i64>,
}

/// A target.
#[derive(Debug)]
pub struct Target {
    name: String,
    url: String,
    /// What came of it; `None` where the run was interrupted before.
    pub checked: Option<Checked>,
    /// What was done of it, where the run was interrupted before.
    pub unfinished: Unfinished,
}

/// What was done of a target before the run was interrupted.
#[derive(Debug, Default)]
pub struct Unfinished {
    /// How many calls were made.
    pub calls: u32,
    /// What came of the last of them that failed.
    pub failed: Option<String>,
}

/// A call that failed before another that was made in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The step that failed.
    pub step: Option<&'static str>,
    /// The rule that failed it.
    pub rule: Option<&'static str>,
    /// The verdict.
    pub summary: String,
    /// How many calls this stands for: those in a row that came to the same, and where there is no room for more of them,
    /// all that came before.
    pub calls: u32,
}

/// What came of a target.
#[derive(Debug)]
pub struct Checked {
    /// The URL that was called.
    url: String,
    verdict: Verdict,
    steps: Vec<Step>,
    findings: Vec<Finding>,
    timing: Timing,
    /// When the certificate of the chain ends that ends first, in seconds since the Unix epoch.
    certificate_ends: Option<i64>,
    /// Sentences about the run.
    notes: Vec<String>,
    /// The whole report for people, where it is wanted.
    whole: Option<String>,
    /// Calls that failed before, the first first.
    pub earlier: Vec<Earlier>,
    /// How many calls were made.
    pub calls: u32,
    /// How long it took, with all waiting.
    pub took: Duration,
    /// The durations of several calls.
    pub latency: Vec<Latency>,
}

/// What became of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Pass,
    Fail,
    /// The run was interrupted before.
    Skipped,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

impl Run {
    /// Whether every target was called and passes.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.count(Outcome::Pass) == self.targets.len()
    }

    /// Whether a target fails.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.count(Outcome::Fail) > 0
    }

    fn count(&self, outcome: Outcome) -> usize {
        let targets = self.targets.iter();
        targets.filter(|target| target.outcome() == outcome).count()
    }
}

impl Target {
    /// A target that was not called yet. Its name and URL may hold anything.
    #[must_use]
    pub fn new(name: &str, url: &str, hidden: &super::redact::Hidden) -> Self {
        Self {
            // Names are the user's own words.
            name: escape::text(name),
            url: escape::text(&super::redact::scrub(url, hidden)),
            checked: None,
            unfinished: Unfinished::default(),
        }
    }

    /// Why it was not done.
    fn not_done(&self) -> String {
        let calls = match self.unfinished.calls {
            0 => String::new(),
            1 => ", with 1 call made".to_owned(),
            calls => format!(", with {calls} calls made"),
        };
        let failed = self.unfinished.failed.as_ref();
        let failed = failed.map_or_else(String::new, |failed| {
            format!("; the last that failed: {failed}")
        });
        format!("the run was interrupted{calls}{failed}")
    }

    const fn outcome(&self) -> Outcome {
        match &self.checked {
            None => Outcome::Skipped,
            Some(checked) if checked.verdict.step.is_none() => Outcome::Pass,
            Some(_) => Outcome::Fail,
        }
    }

    /// The URL that was called; the one that is given, where none was yet.
    fn url(&self) -> &str {
        self.checked
            .as_ref()
            .map_or(&self.url, |checked| &checked.url)
    }

    fn failed(&self) -> Option<&Checked> {
        let checked = self.checked.as_ref();
        checked.filter(|checked| checked.verdict.step.is_some())
    }
}

impl Checked {
    /// What came of a call, reduced. With `whole` its report for people is kept too where it fails.
    #[must_use]
    pub fn new(report: &Report<'_>, options: &Options, whole: bool) -> Self {
        let view = View::human(report, options);
        let findings = report.diagnosis.findings.iter().enumerate();
        let tls = report.case.connection.own_tls();
        Self {
            url: view.text(report.target.url),
            verdict: build::verdict(&view),
            steps: report
                .diagnosis
                .steps
                .iter()
                .map(|judged| build::step(&view, judged))
                .collect(),
            findings: findings
                .map(|(index, found)| {
                    let clients = report.clients.get(index).map_or(&[][..], Vec::as_slice);
                    let mut finding = build::finding(&view, found, clients);
                    finding.evidence.truncate(EVIDENCE_KEPT);
                    finding
                })
                .collect(),
            timing: build::timing(report),
            certificate_ends: tls.and_then(|tls| tls.chain.iter().map(|it| it.not_after).min()),
            notes: view.notes(),
            whole: (whole && report.diagnosis.verdict.step.is_some())
                .then(|| call::render(report, options)),
            earlier: Vec::new(),
            calls: 1,
            took: report.timing.total,
            latency: Vec::new(),
        }
    }

    /// What comes of a target whose call could not be made, for a reason of ours.
    #[must_use]
    pub fn not_made(target: &Target, why: &str) -> Self {
        let step = diagnosis::Step::Connect;
        Self {
            url: target.url.clone(),
            verdict: Verdict {
                outcome: "fail",
                step: Some(step.name()),
                rule: None,
                summary: format!("the call could not be made: {}", escape::text(why)),
                exit_code: step.exit_code(),
            },
            steps: diagnosis::Step::ALL
                .into_iter()
                .map(|it| Step {
                    step: it.name(),
                    status: if it == step { "fail" } else { "unknown" },
                    took_us: None,
                    note: None,
                })
                .collect(),
            findings: Vec::new(),
            timing: Timing::default(),
            certificate_ends: None,
            notes: Vec::new(),
            whole: None,
            earlier: Vec::new(),
            calls: 1,
            took: Duration::ZERO,
            latency: Vec::new(),
        }
    }

    /// Adds a sentence about the run.
    pub fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// The call as one that failed before another.
    #[must_use]
    pub fn into_earlier(self) -> Earlier {
        Earlier {
            step: self.verdict.step,
            rule: self.verdict.rule,
            summary: self.verdict.summary,
            calls: 1,
        }
    }

    /// The step that fails; `None` where the target passes.
    #[must_use]
    pub const fn failing_step(&self) -> Option<&'static str> {
        self.verdict.step
    }

    /// The verdict in one sentence.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.verdict.summary
    }

    /// The findings that fail a step, in the ladder's order.
    fn errors(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter();
        findings.filter(|finding| finding.severity == "error")
    }

    /// Warnings, in sentences.
    fn warnings(&self) -> impl Iterator<Item = String> {
        let findings = self.findings.iter();
        let warnings = findings.filter(|finding| finding.severity == "warning");
        warnings.map(|finding| format!("{}: {}", finding.step, finding.message))
    }

    /// How long each phase of the call took that it reached, in microseconds.
    fn phases(&self) -> impl Iterator<Item = (Phase, u64)> {
        let timing = &self.timing;
        let times = Phase::ALL.map(|phase| {
            let time = match phase {
                Phase::Resolve => timing.resolve_us,
                Phase::Connect => timing.connect_us,
                Phase::Tls => timing.tls_us,
                Phase::FirstByte => timing.first_byte_us,
                Phase::Total => Some(timing.total_us),
            };
            (phase, time)
        });
        times
            .into_iter()
            .filter_map(|(phase, time)| Some((phase, time?)))
    }

    /// What failed before, in sentences.
    fn earlier_sentences(&self) -> impl Iterator<Item = String> {
        self.earlier.iter().map(|earlier| match earlier.calls {
            1 => format!("an earlier call failed: {}", earlier.summary),
            calls => format!(
                "{calls} earlier calls failed, the last: {}",
                earlier.summary
            ),
        })
    }
}

/// A finding's texts in lines for formats that have no layout of their own: what is wrong, what was expected, what a
/// client says, and how to mend it.
fn lines(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {} [{}]",
        finding.step, finding.message, finding.rule
    )];
    if let Some(expected) = &finding.expected {
        lines.push(format!("expected: {expected}"));
    }
    if let Some((client, said)) = client(finding) {
        lines.push(format!("{client} says: {said}"));
    }
    if let Some(cause) = finding.causes.first() {
        lines.push(format!("cause: {}", cause.cause));
        lines.extend(cause.fix.iter().map(|fix| format!("fix: {fix}")));
    }
    lines
}

/// The first client whose words are known, and what it says.
fn client(finding: &Finding) -> Option<(&'static str, String)> {
    let says = finding.clients.first()?;
    let said = [says.status, says.message.as_str()];
    let said: Vec<&str> = said.into_iter().filter(|part| !part.is_empty()).collect();
    Some((says.client, said.join(": ")))
}

/// A duration as people read it: `12.3 ms`, `4.2 s`.
fn duration(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.1} ms", time.as_secs_f64() * 1000.0)
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}
