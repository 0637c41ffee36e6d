//! `explain` for people: a rule, or what a client's text comes from.

mod json;

pub use json::{Document, rule_json, schema, text_json};

use super::redact::Secrets;
use super::style::{Line, Page, Style};
use super::{Options, escape, wrap};
use crate::clients::{self, ClientSays, Explanation};
use crate::diagnosis::{Rule, quoted};
use crate::rules;

const INDENT: usize = 2;
/// The longest label is `expected`.
const LABEL: usize = 10;
/// How many bytes of an example are shown.
const BYTES: usize = 16;
/// The widest column of client names before messages get too narrow.
const CLIENT: usize = 26;

/// A rule, with why, on whose word, an example where its bytes make one, and what clients print.
#[must_use]
pub fn rule(rule: &Rule, options: &Options) -> String {
    let mut page = Page::new(options.width);
    page.push(Line::default().with(Style::Strong, rule.name).dim(format!(
        "   {} of step {}",
        rule.severity.name(),
        rule.step
    )));
    page.hang(Line::indent(INDENT), Style::Plain, rule.summary);
    page.gap();
    for paragraph in rule.explain.trim_end().split("\n\n") {
        page.hang(
            Line::indent(INDENT),
            Style::Plain,
            &paragraph.replace('\n', " "),
        );
        page.gap();
    }
    let citation = &rule.citation;
    if !citation.quote.is_empty() {
        page.hang(
            label("because"),
            Style::Plain,
            &format!("\"{}\"", citation.quote),
        );
    }
    let place = match citation.section {
        "" => citation.spec.title().to_owned(),
        section => format!("{}, {section}", citation.spec.title()),
    };
    page.hang(
        label(if citation.quote.is_empty() {
            "because"
        } else {
            ""
        }),
        Style::Dim,
        &place,
    );
    if let Some(url) = citation.spec.url() {
        page.hang(label(""), Style::Dim, url);
    }
    if let Some((body, finding)) = clients::example(rule.name) {
        page.hang(label("example"), Style::Plain, &dump(body));
        page.hang(label(""), Style::Plain, &escape::text(&finding.message));
        if let Some(expected) = &finding.expected {
            page.hang(label("expected"), Style::Plain, &escape::text(expected));
        }
        for cause in &finding.causes {
            page.hang(label("cause"), Style::Plain, &escape::text(&cause.cause));
            if let Some(fix) = &cause.fix {
                page.hang(label("fix"), Style::Good, &escape::text(fix));
            }
        }
    }
    says(&clients::say_of(rule.name), &mut page);
    page.paint(options.color)
}

/// What a text comes from.
#[must_use]
pub fn text(text: &str, explanation: &Explanation, secrets: &Secrets, options: &Options) -> String {
    let mut page = Page::new(options.width);
    if explanation.candidates.is_empty() {
        page.push(
            Line::default()
                .with(Style::Strong, "not known")
                .plain(": no text of a gRPC client"),
        );
        let nearest = clients::nearest(text);
        if !nearest.is_empty() {
            let list = nearest.join(", ");
            page.hang(
                label("nearest"),
                Style::Plain,
                &format!("the rules {list}; `grpc-probe explain RULE` tells of one"),
            );
        }
        return page.paint(options.color);
    }
    let client = explanation.client.unwrap_or("not told by the text");
    page.hang(label("client"), Style::Strong, client);
    if let Some(status) = explanation.status {
        page.hang(label("status"), Style::Plain, &status.to_string());
    }
    page.gap();
    for (index, candidate) in explanation.candidates.iter().enumerate() {
        let sign = if index == 0 { "likely" } else { "or" };
        let start = label(sign);
        let name = format!("{}: {}", candidate.step, summary(candidate.rule));
        page.hang(start, Style::Strong, &name);
        page.push(Line::indent(INDENT + LABEL).dim(format!("[{}]", candidate.rule)));
        let mut because = escape::text(&secrets.text(&candidate.because));
        if !candidate.verified {
            because.push_str(" (not verified)");
        }
        if candidate.because != summary(candidate.rule) {
            page.hang(Line::indent(INDENT + LABEL), Style::Plain, &because);
        }
    }
    page.gap();
    if let Some(first) = explanation.candidates.first() {
        if let Some(rule) = rules::rule(first.rule) {
            page.hang(label("about"), Style::Plain, &last_paragraph(rule.explain));
        }
        if let Some((_, finding)) = clients::example(first.rule) {
            for fix in finding.causes.iter().filter_map(|cause| cause.fix.as_ref()) {
                page.hang(label("fix"), Style::Good, &escape::text(fix));
            }
        }
        let more = format!("grpc-probe explain {}", first.rule);
        page.hang(label("more"), Style::Dim, &more);
    }
    page.paint(options.color)
}

/// What a rule's text ends with, which is what to do.
fn last_paragraph(text: &str) -> String {
    let last = text.trim_end().rsplit("\n\n").next().unwrap_or_default();
    last.replace('\n', " ")
}

fn summary(name: &str) -> &'static str {
    rules::rule(name).map_or("", |rule| rule.summary)
}

fn label(label: &str) -> Line {
    Line::indent(INDENT).dim(wrap::pad(label, LABEL))
}

/// The first bytes of a body in hex, and all of it as text.
fn dump(body: &[u8]) -> String {
    let shown: Vec<String> = body
        .iter()
        .take(BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let more = if body.len() > BYTES { " \u{2026}" } else { "" };
    format!(
        "{}{more}   {}",
        shown.join(" "),
        escape::text(&quoted(body, 64))
    )
}

fn says(clients: &[ClientSays], page: &mut Page) {
    let mut start = Some(label("clients"));
    for says in clients {
        let start = start.take().unwrap_or_else(|| label(""));
        let mut text = match (says.status, says.message.as_str()) {
            ("", message) => message.to_owned(),
            (status, "") => status.to_owned(),
            (status, message) => format!("{status}: {message}"),
        };
        if !says.verified {
            text.push_str(" (not verified)");
        }
        let name = wrap::pad(says.client, CLIENT);
        page.hang(
            start.with(Style::Name, name).plain("  "),
            Style::Plain,
            &text,
        );
    }
}

#[cfg(test)]
mod tests;
