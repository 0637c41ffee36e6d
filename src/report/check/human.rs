//! The report for people: a line for each target, what is wrong with those that fail, and one sentence.

use std::collections::HashMap;

use super::{Checked, Options, Outcome, Run, Target, client, duration};
use crate::report::json::document::Finding;
use crate::report::style::{Line, Page, Style};
use crate::report::{escape, wrap};

/// The widest column of names before what is wrong gets too narrow.
const NAME_MAX: usize = 28;
/// The column of steps: `length-prefix` is the longest.
const STEP: usize = 13;
const INDENT: usize = 4;
/// The longest label is `expected`.
const LABEL: usize = 10;

/// How many lines of advice are no longer than a word on where they stand.
const SHORT: usize = 2;

/// What was said of how to mend findings, with the first target of which it was.
type Told<'a> = HashMap<String, &'a str>;

/// A run as text. With `options.quiet` it is the targets that fail and the sentence alone; of calls that fail whose whole
/// reports were kept, it has those.
#[must_use]
pub fn render(run: &Run, options: &Options) -> String {
    let mut page = Page::new(options.width);
    let shown = |target: &&Target| !options.quiet || target.outcome() != Outcome::Pass;
    let width = run
        .targets
        .iter()
        .filter(shown)
        .map(|target| wrap::columns(&target.name))
        .filter(|width| *width <= NAME_MAX)
        .max()
        .unwrap_or(0);
    // What is wrong with the only target stands below, in full.
    let in_full = |target: &Target| !options.quiet && target.failed().is_some();
    if !matches!(&run.targets[..], [only] if in_full(only)) {
        for target in run.targets.iter().filter(shown) {
            line(target, width, &mut page);
        }
    }
    let mut text = String::new();
    let mut told = Told::new();
    if !options.quiet {
        for target in &run.targets {
            let Some(checked) = target.failed() else {
                continue;
            };
            page.gap();
            match &checked.whole {
                Some(whole) => {
                    heading(target, &mut page);
                    page.gap();
                    text.push_str(&page.paint(options.color));
                    text.push_str(whole);
                    page = Page::new(options.width);
                    page.push(Line::default());
                }
                None => details(target, checked, &mut told, &mut page),
            }
        }
    }
    page.gap();
    let style = if run.passes() {
        Style::Good
    } else {
        Style::Bad
    };
    page.push(Line::default().with(style, escape::line(conclusion(run))));
    text.push_str(&page.paint(options.color));
    text
}

/// The run in one sentence that can be pasted into a ticket.
pub(super) fn conclusion(run: &Run) -> String {
    let all = run.targets.len();
    let passed = run.count(Outcome::Pass);
    let took = duration(run.took);
    let flaky = run.targets.iter().filter(|target| {
        let checked = target.checked.as_ref();
        target.outcome() == Outcome::Pass && checked.is_some_and(|it| !it.earlier.is_empty())
    });
    let mut sentence = match all {
        1 if passed == 1 => format!("the target passes, in {took}"),
        1 if run.fails() => format!("the target fails, in {took}"),
        _ => format!("{passed} of {all} targets pass, in {took}"),
    };
    match flaky.count() {
        0 => {}
        1 => sentence.push_str("; 1 passed after a call that failed"),
        flaky => sentence.push_str(&format!("; {flaky} passed after calls that failed")),
    }
    match run.count(Outcome::Skipped) {
        0 => {}
        skipped => sentence.push_str(&format!("; {skipped} not done: interrupted")),
    }
    let mut failed = run
        .targets
        .iter()
        .filter_map(|target| Some((target, target.failed()?)));
    if let Some((target, checked)) = failed.next() {
        sentence.push_str(&format!("; {}: {}", target.name, checked.verdict.summary));
    }
    sentence
}

fn line(target: &Target, width: usize, page: &mut Page) {
    let (sign, style) = match target.outcome() {
        Outcome::Pass => ("\u{2713}", Style::Good),
        Outcome::Fail => ("\u{2717}", Style::Bad),
        Outcome::Skipped => ("?", Style::Caution),
    };
    let mut start = Line::default().with(style, sign).plain(" ");
    if wrap::columns(&target.name) > width {
        page.push(start.with(Style::Name, &target.name));
        start = Line::indent(2 + width);
    } else {
        start = start.with(Style::Name, wrap::pad(&target.name, width));
    }
    let start = start.plain("  ");
    let Some(checked) = &target.checked else {
        let text = format!("not done: {}", target.not_done());
        page.hang(start, Style::Plain, &text);
        return;
    };
    match checked.verdict.step {
        Some(step) => {
            let start = start.with(Style::Strong, wrap::pad(step, STEP)).plain("  ");
            page.hang(start, Style::Plain, &first_message(checked, step));
        }
        None => page.push(
            start
                .with(Style::Good, wrap::pad("pass", STEP))
                .dim(format!("  {}", duration(checked.took))),
        ),
    }
    let under = || Line::indent(2 + width + 2);
    if checked.verdict.step.is_none() {
        for sentence in checked.earlier_sentences() {
            page.hang(under().with(Style::Caution, "! "), Style::Plain, &sentence);
        }
        for warning in checked.warnings() {
            page.hang(under().with(Style::Caution, "! "), Style::Plain, &warning);
        }
        for note in &checked.notes {
            page.hang(under(), Style::Dim, note);
        }
        latency(checked, &under, page);
    }
}

/// What is wrong first; the verdict's words where no rule says it.
fn first_message(checked: &Checked, step: &str) -> String {
    let mut errors = checked.errors();
    let first = errors.find(|finding| finding.step == step);
    first.map_or_else(
        || checked.verdict.summary.clone(),
        |finding| finding.message.clone(),
    )
}

fn heading(target: &Target, page: &mut Page) {
    let start = Line::default().with(Style::Bad, "\u{2717}").plain(" ");
    let start = start.with(Style::Strong, &target.name);
    if target.name == target.url() {
        page.push(start);
        return;
    }
    let start = start.plain("  ");
    if start.columns() + wrap::columns(target.url()) <= page.width {
        page.push(start.dim(target.url()));
    } else {
        page.push(start);
        page.hang(Line::indent(2), Style::Dim, target.url());
    }
}

fn label(label: &str) -> Line {
    Line::indent(INDENT).dim(wrap::pad(label, LABEL))
}

fn details<'a>(target: &'a Target, checked: &Checked, told: &mut Told<'a>, page: &mut Page) {
    heading(target, page);
    for finding in checked.errors() {
        let start = Line::indent(2).with(Style::Bad, "\u{2717}").plain(" ");
        let start = start.with(Style::Strong, finding.step).plain("  ");
        let text = format!("{}   [{}]", finding.message, finding.rule);
        page.hang(start, Style::Plain, &text);
        let mut advice = Page::new(page.width);
        mend(finding, &mut advice);
        // What many targets fail by is said once.
        let first = *told.entry(advice.paint(false)).or_insert(&target.name);
        if first != target.name && advice.height() > SHORT {
            page.hang(label("as with"), Style::Plain, &format!("{first}, above"));
        } else {
            page.append(advice);
        }
    }
    if checked.verdict.rule.is_none() {
        page.hang(Line::indent(2), Style::Plain, &checked.verdict.summary);
    }
    for sentence in checked.earlier_sentences() {
        page.hang(label("before"), Style::Plain, &sentence);
    }
    for note in &checked.notes {
        page.hang(label("note"), Style::Dim, note);
    }
    latency(checked, &|| Line::indent(INDENT), page);
}

fn mend(finding: &Finding, page: &mut Page) {
    if let Some(expected) = &finding.expected {
        page.hang(label("expected"), Style::Plain, expected);
    }
    if let Some((client, said)) = client(finding) {
        let start = label("clients").with(Style::Name, client).plain("  ");
        page.hang(start, Style::Plain, &said);
    }
    if let Some(cause) = finding.causes.first() {
        page.hang(label("cause"), Style::Plain, &cause.cause);
        if let Some(place) = &cause.place {
            page.hang(label("where"), Style::Plain, place);
        }
        if let Some(fix) = &cause.fix {
            page.hang(label("fix"), Style::Good, fix);
        }
    }
}

fn latency(checked: &Checked, under: &dyn Fn() -> Line, page: &mut Page) {
    for latency in &checked.latency {
        let [min, median, max] = [latency.min, latency.median, latency.max].map(duration);
        let text = format!("min {min}  median {median}  max {max}");
        let name = wrap::pad(latency.phase.name(), 12);
        page.push(under().dim(name).plain(text));
    }
}
