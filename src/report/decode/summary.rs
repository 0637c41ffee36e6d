//! A table of calls, a row each as they end, and what they add up to.

use std::collections::BTreeMap;

use super::{Call, Kind};
use crate::diagnosis::{Severity, Step, open_step};
use crate::report::style::{Line, Page, Style};
use crate::report::view::{Lens, count, milliseconds, number};
use crate::report::{Options, escape, wrap};

/// How many rules the totals list; the catalogue has about a hundred.
const RULES_LISTED: usize = 20;

/// Columns that most paths fit in, where they are left whole.
const WHOLE: usize = 40;

/// Widths of the columns after the path.
const WHERE: usize = 7;
const TOOK: usize = 8;
const SIZE: usize = 8;
const STEP: usize = 14;
/// Most statuses are shorter; a longer one reaches past the last column.
const STATUS: usize = 12;

/// What calls add up to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    whole: bool,
    calls: u64,
    failed: u64,
    open: u64,
    others: u64,
    steps: BTreeMap<Step, u64>,
    rules: BTreeMap<(Severity, &'static str), u64>,
}

impl Summary {
    /// A summary of no calls; `whole` leaves paths as they are, which else are shortened to fit the columns.
    #[must_use]
    pub fn new(whole: bool) -> Self {
        Self {
            whole,
            ..Self::default()
        }
    }

    /// The head of the table.
    #[must_use]
    pub fn head(&self, options: &Options) -> String {
        let mut page = Page::new(usize::MAX);
        let path = wrap::pad("call", self.path_width(options));
        page.push(Line::default().dim(format!(
            "{path} {:<WHERE$} {:>TOOK$} {:>SIZE$} {:>SIZE$}  {:<STEP$} status",
            "stream", "ms", "request", "response", "failing step"
        )));
        page.paint(options.color)
    }

    fn path_width(&self, options: &Options) -> usize {
        if self.whole {
            return WHOLE;
        }
        let rest = WHERE + TOOK + 2 * SIZE + STEP + STATUS + 7;
        options.width.saturating_sub(rest).max(18)
    }

    /// Counts a call, and writes its row.
    #[must_use]
    pub fn row(&mut self, call: &Call<'_>, options: &Options) -> String {
        self.count(call);
        let report = call.report;
        // The secrets of this call are known by now: its frames came before it.
        let lens = Lens::human(options);
        let mut page = Page::new(usize::MAX);
        let width = self.path_width(options);
        let path = match report.target.path {
            "" if call.kind == Kind::Sealed => "(not decrypted)".to_owned(),
            "" => "(unseen)".to_owned(),
            path => lens.text(path),
        };
        let place = format!("{}:{}", call.connection, call.stream);
        let took = call.took.map_or_else(|| "-".to_owned(), milliseconds);
        let halves = &report.case.call;
        let (request, response) = (halves.request.body.length, halves.response.body.length);
        let path = match self.whole {
            true => path,
            false => shortened(&path, width),
        };
        let line = Line::default().with(Style::Name, wrap::pad(&path, width));
        let line = line.plain(format!(
            " {place:<WHERE$} {took:>TOOK$} {request:>SIZE$} {response:>SIZE$}  "
        ));
        let step = report.diagnosis.verdict.step;
        let open = open_step(&report.diagnosis.steps).map(|judged| judged.step);
        let line = match (call.kind, step, open) {
            (Kind::Grpc, Some(step), _) => line.with(Style::Bad, format!("{:<STEP$}", step.name())),
            (Kind::Grpc, None, Some(open)) => {
                line.with(Style::Caution, format!("{:<STEP$}", format!("? {open}")))
            }
            (Kind::Grpc, None, None) => line.with(Style::Good, format!("{:<STEP$}", "none")),
            (kind, ..) => line.dim(format!("{:<STEP$}", kind.name())),
        };
        page.push(line.plain(format!(" {}", status(call))));
        page.paint(options.color)
    }

    fn count(&mut self, call: &Call<'_>) {
        if call.kind != Kind::Grpc {
            self.others += 1;
            return;
        }
        self.calls += 1;
        let diagnosis = call.report.diagnosis;
        if let Some(step) = diagnosis.verdict.step {
            self.failed += 1;
            *self.steps.entry(step).or_default() += 1;
        } else if open_step(&diagnosis.steps).is_some() {
            self.open += 1;
        }
        for finding in &diagnosis.findings {
            let rule = (finding.severity, finding.rule.name);
            *self.rules.entry(rule).or_default() += 1;
        }
    }

    /// What they add up to.
    #[must_use]
    pub fn totals(&self, options: &Options) -> String {
        let mut page = Page::new(options.width);
        page.push(Line::default());
        let passed = self.calls - self.failed - self.open;
        let mut line = format!(
            "{}: {} pass, {} fail",
            count(self.calls, "call"),
            number(passed),
            number(self.failed)
        );
        if self.open > 0 {
            line.push_str(&format!(", {} open (a step is unknown)", number(self.open)));
        }
        if self.others > 0 {
            line.push_str(&format!("; {} not judged", number(self.others)));
        }
        page.push(Line::default().with(Style::Strong, line));
        for (step, times) in &self.steps {
            let start = Line::indent(2).with(Style::Bad, wrap::pad(step.name(), STEP));
            page.push(start.plain(format!(" {:>9}", number(*times))));
        }
        for ((severity, rule), times) in self.rules.iter().take(RULES_LISTED) {
            let start = Line::indent(2).plain(wrap::pad(severity.name(), 8));
            page.push(start.plain(format!("{:>7}  {rule}", number(*times))));
        }
        let more = self.rules.len().saturating_sub(RULES_LISTED);
        if more > 0 {
            page.push(Line::indent(2).dim(format!("and {}", count(more as u64, "more rule"))));
        }
        page.paint(options.color)
    }
}

/// The status that a call ended with.
fn status(call: &Call<'_>) -> String {
    let case = call.report.case;
    match (case.code(), case.http_status()) {
        (Some(code), _) => code
            .name()
            .map_or_else(|| code.0.to_string(), str::to_owned),
        (None, Some(status)) if status != 200 => format!("HTTP {status}"),
        _ => "-".to_owned(),
    }
}

/// A path without its start, where it is too long, so that the method stays.
fn shortened(path: &str, width: usize) -> String {
    if wrap::columns(path) <= width {
        return path.to_owned();
    }
    let mut start = 0;
    while wrap::columns(&path[start..]) >= width {
        let Some(letter) = path[start..].chars().next() else {
            break;
        };
        start += letter.len_utf8();
    }
    escape::line(format!("\u{2026}{}", &path[start..]))
}
