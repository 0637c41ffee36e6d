//! One finding: what is wrong, the bytes that show it, the sentence that it breaks, what clients say, and the cure.

use super::{frames, severity_sign};
use crate::clients::ClientSays;
use crate::diagnosis::{Evidence, Finding};
use crate::report::style::{Line, Page, Style};
use crate::report::view::{View, count, octet};
use crate::report::wrap;
use crate::wire::Direction;

const INDENT: usize = 4;
/// The longest label is `expected`.
const LABEL: usize = 10;
/// How many bytes of a piece of evidence are shown here; the dump of its frame has more.
const BYTES_SHOWN: usize = 8;
/// How many pieces of evidence are shown; a flood of bad frames has thousands.
const EVIDENCE_SHOWN: usize = 4;
/// How many clients are shown without `-v`; the mainstream ones stand first.
const CLIENTS_SHOWN: usize = 6;
/// The widest column of client names before messages get too narrow.
const CLIENT_MAX: usize = 24;

/// Writes a finding.
pub(in crate::report) fn write(
    view: &View<'_>,
    finding: &Finding,
    clients: &[ClientSays],
    page: &mut Page,
) {
    heading(view, finding, page);
    seen(view, finding, page);
    if let Some(expected) = &finding.expected {
        page.hang(label("expected"), Style::Plain, &view.text(expected));
    }
    because(finding, page);
    let shown = if view.options.verbose {
        clients.len()
    } else {
        clients.len().min(CLIENTS_SHOWN)
    };
    says(view, &clients[..shown], page);
    if let more @ 1.. = clients.len() - shown {
        let more = format!("and {more} more: grpc-probe explain {}", finding.rule.name);
        page.hang(Line::indent(INDENT + LABEL), Style::Dim, &more);
    }
    for cause in &finding.causes {
        page.hang(label("cause"), Style::Plain, &view.advice(&cause.cause));
        if let Some(place) = &cause.place {
            page.hang(label("where"), Style::Plain, &view.advice(place));
        }
        if let Some(fix) = &cause.fix {
            page.hang(label("fix"), Style::Good, &view.advice(fix));
        }
    }
}

/// Writes what the first client says of a finding, and its first fix.
pub(super) fn gist(view: &View<'_>, finding: &Finding, clients: &[ClientSays], page: &mut Page) {
    says(view, &clients[..clients.len().min(1)], page);
    if let Some(fix) = finding.causes.first().and_then(|cause| cause.fix.as_ref()) {
        page.hang(label("fix"), Style::Good, &view.advice(fix));
    }
}

fn label(label: &str) -> Line {
    Line::indent(INDENT).dim(wrap::pad(label, LABEL))
}

fn heading(view: &View<'_>, finding: &Finding, page: &mut Page) {
    let (sign, style) = severity_sign(finding.severity);
    let start = Line::default().with(style, sign).plain(" ");
    let text = format!("{}: {}", finding.rule.step, view.text(&finding.message));
    let rule = format!("[{}]", finding.rule.name);
    let mut lines = wrap::fill(&text, page.room(2));
    let last = lines.pop().unwrap_or_default();
    let mut start = Some(start);
    for line in lines {
        let start = start.take().unwrap_or_else(|| Line::indent(2));
        page.push(start.with(Style::Strong, line));
    }
    let line = start
        .unwrap_or_else(|| Line::indent(2))
        .with(Style::Strong, last);
    if line.columns() + 3 + wrap::columns(&rule) <= page.width {
        page.push(line.plain("   ").dim(rule));
    } else {
        page.push(line);
        page.push(Line::indent(2).dim(rule));
    }
}

fn seen(view: &View<'_>, finding: &Finding, page: &mut Page) {
    let mut start = Some(label("seen"));
    for evidence in finding.evidence.iter().take(EVIDENCE_SHOWN) {
        for line in evidence_lines(view, evidence, page.room(INDENT + LABEL)) {
            let start = start.take().unwrap_or_else(|| Line::indent(INDENT + LABEL));
            page.hang(start, Style::Plain, &line);
        }
    }
    let more = finding.evidence.len().saturating_sub(EVIDENCE_SHOWN);
    if more > 0 {
        let text = format!("\u{2026} and {} more", count(more as u64, "place"));
        page.push(Line::indent(INDENT + LABEL).dim(text));
    }
}

/// Header fields are shown as they read, since their bytes are HPACK and tell nothing; whole frames as in the list of
/// frames; other evidence as bytes.
fn evidence_lines(view: &View<'_>, evidence: &Evidence, width: usize) -> Vec<String> {
    let record = evidence
        .anchor
        .frame()
        .and_then(|index| view.report.case.frames.get(index));
    let reading = evidence
        .reads_as
        .as_deref()
        .map(|reading| view.text(reading));
    let whole = record.filter(|record| {
        record.span.offset == evidence.offset && record.span.length == evidence.length
    });
    let field = record.is_some_and(|record| record.block.is_some()) && whole.is_none();
    let bytes = hex(view, evidence);
    let mut line = match (whole, &reading) {
        (Some(record), _) => frames::describe(view, record),
        (None, Some(reading)) if field => reading.clone(),
        (None, _) if evidence.length == 0 => "no bytes".to_owned(),
        (None, _) if evidence.length <= BYTES_SHOWN as u64 => bytes.clone(),
        (None, _) => format!("{bytes}   {}", count(evidence.length, "byte")),
    };
    if view.options.verbose {
        let way = match evidence.direction {
            Direction::Sent => "sent",
            Direction::Received => "received",
        };
        line.push_str(&format!(
            "   @{}+{} {way}",
            evidence.offset, evidence.length
        ));
        if field {
            line.push_str(&format!("   {bytes}"));
        }
    }
    match reading.filter(|_| !field) {
        Some(reading) if wrap::columns(&line) + 3 + wrap::columns(&reading) <= width => {
            vec![format!("{line}   {reading}")]
        }
        Some(reading) => vec![line, reading],
        None => vec![line],
    }
}

fn hex(view: &View<'_>, evidence: &Evidence) -> String {
    let bytes = view.secrets.evidence(view.report, evidence);
    let shown: Vec<String> = bytes
        .iter()
        .take(BYTES_SHOWN)
        .map(|byte| octet(*byte).iter().collect())
        .collect();
    let mut text = shown.join(" ");
    if !shown.is_empty() && evidence.length > shown.len() as u64 {
        text.push_str(" \u{2026}");
    }
    text
}

fn because(finding: &Finding, page: &mut Page) {
    let citation = &finding.rule.citation;
    let source = match citation.section {
        "" => citation.spec.title().to_owned(),
        section => format!("{}, {section}", citation.spec.title()),
    };
    if citation.quote.is_empty() {
        page.hang(label("because"), Style::Plain, &source);
        return;
    }
    let quote = format!("\"{}\"", citation.quote);
    page.hang(label("because"), Style::Plain, &quote);
    page.hang(Line::indent(INDENT + LABEL), Style::Dim, &source);
}

fn says(view: &View<'_>, clients: &[ClientSays], page: &mut Page) {
    let width = clients
        .iter()
        .map(|says| wrap::columns(says.client))
        .filter(|width| *width <= CLIENT_MAX)
        .max()
        .unwrap_or(0);
    let mut start = Some(label("clients"));
    for says in clients {
        let start = start.take().unwrap_or_else(|| Line::indent(INDENT + LABEL));
        let message = view.text(&says.message);
        let mut text = match (says.status, message.as_str()) {
            ("", message) => message.to_owned(),
            (status, "") => status.to_owned(),
            (status, message) => format!("{status}: {message}"),
        };
        if !says.verified {
            text.push_str(" (not verified)");
        }
        if wrap::columns(says.client) > width {
            page.push(start.with(Style::Name, says.client));
            page.hang(
                Line::indent(INDENT + LABEL + width + 2),
                Style::Plain,
                &text,
            );
        } else {
            let start = start.with(Style::Name, wrap::pad(says.client, width));
            page.hang(start.plain("  "), Style::Plain, &text);
        }
    }
}
