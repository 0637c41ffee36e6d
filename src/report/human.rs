//! The report for people: the connection, its frames, the ladder, what was found, and one sentence for a ticket.

mod annotate;
pub(super) mod connection;
mod data;
mod dump;
mod fields;
pub(super) mod finding;
mod fold;
pub(super) mod foreign;
pub(super) mod frames;
pub(super) mod gateway;
pub(super) mod ladder;

use super::style::{Line, Page, Style};
use super::view::View;
use super::{Options, Report, escape};
use crate::diagnosis::{Severity, Status};

/// The report as text. Without `options.color` there is no escape character in it, with it colour adds no meaning.
/// Lines keep to `options.width`, but for the last, which is one sentence to be copied.
#[must_use]
pub fn render(report: &Report<'_>, options: &Options) -> String {
    let view = View::human(report, options);
    let mut page = Page::new(options.width);
    if !options.quiet {
        connection::write(&view, &mut page);
        gateway::write(&view, &mut page);
        page.gap();
        frames::write(&view, &mut page);
        page.gap();
        ladder::write(&view, &mut page);
        for (index, found) in report.diagnosis.findings.iter().enumerate() {
            page.gap();
            let clients = report.clients.get(index).map_or(&[][..], Vec::as_slice);
            finding::write(&view, found, clients, &mut page);
        }
        page.gap();
        for note in view.notes() {
            page.hang(Line::default().dim("note  "), Style::Dim, &note);
        }
        page.gap();
    }
    let verdict = &report.diagnosis.verdict;
    let style = if verdict.step.is_some() {
        Style::Bad
    } else {
        Style::Good
    };
    let sentence = format!("{}: {}", view.text(report.target.url), view.summary());
    let sentence = escape::line(sentence);
    page.push(Line::default().with(style, sentence));
    page.paint(options.color)
}

/// The ladder, with what one client makes of the first failing step and how to mend it: a report for a list of several.
#[must_use]
pub fn brief(report: &Report<'_>, options: &Options) -> String {
    let view = View::human(report, options);
    let mut page = Page::new(options.width);
    ladder::write(&view, &mut page);
    let first = report.diagnosis.findings.iter().zip(report.clients);
    if let Some((found, clients)) = first
        .into_iter()
        .find(|(found, _)| found.severity == Severity::Error)
    {
        page.gap();
        finding::gist(&view, found, clients, &mut page);
    }
    page.paint(options.color)
}

/// The sign of a status, which tells it without colour.
const fn status_sign(status: Status) -> (&'static str, Style) {
    match status {
        Status::Pass => ("\u{2713}", Style::Good),
        Status::Fail => ("\u{2717}", Style::Bad),
        Status::Unknown => ("?", Style::Caution),
        Status::Skipped => ("-", Style::Dim),
    }
}

/// The sign of a severity.
const fn severity_sign(severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Error => ("\u{2717}", Style::Bad),
        Severity::Warning => ("!", Style::Caution),
        Severity::Note => ("\u{b7}", Style::Name),
    }
}

#[cfg(test)]
mod tests;
