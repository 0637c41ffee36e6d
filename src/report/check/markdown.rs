//! The summary of a job, in GitHub's Markdown: a table of the targets, and what is wrong with those that fail.

use std::fmt::Write as _;

use super::{Checked, Run, Target, duration, lines};

/// How many bytes a summary has at most: GitHub takes 1 MiB of each step, in all that the step writes there.
const SUMMARY_MAX: usize = 1_000_000;

/// How many of them the table has at most, so that something can be said of what fails.
const TABLE_MAX: usize = SUMMARY_MAX / 2;

/// A run as Markdown. Every text stands with its punctuation escaped, so that nothing in it is markup. What is beyond
/// its size is left out, and counted.
#[must_use]
pub fn summary(run: &Run) -> String {
    let mut text = String::from("### grpc-probe check\n\n");
    let _ = writeln!(text, "{}\n", plain(&super::human::conclusion(run)));
    text.push_str("| target | outcome | what | time |\n|---|---|---|---|\n");
    let rows = run.targets.iter().map(row);
    let left_out = fill(&mut text, TABLE_MAX, rows);
    leave_out(&mut text, left_out, "lines");
    let failed = run.targets.iter();
    let failed = failed.filter_map(|target| Some(details(target, target.failed()?)));
    let left_out = fill(&mut text, SUMMARY_MAX, failed);
    leave_out(&mut text, left_out, "failures");
    text
}

/// Adds as many parts as there is room for, and returns how many there is none for.
fn fill(text: &mut String, most: usize, parts: impl Iterator<Item = String>) -> usize {
    let mut left_out = 0;
    for part in parts {
        if left_out == 0 && text.len() + part.len() <= most {
            text.push_str(&part);
        } else {
            left_out += 1;
        }
    }
    left_out
}

fn leave_out(text: &mut String, count: usize, what: &str) {
    if count > 0 {
        let _ = writeln!(
            text,
            "\n{count} more {what} are left out: GitHub takes no longer summary"
        );
    }
}

fn row(target: &Target) -> String {
    let name = plain(&target.name);
    let Some(checked) = &target.checked else {
        let why = plain(&target.not_done());
        return format!("| {name} | \u{2754} not done | {why} | |\n");
    };
    let time = duration(checked.took);
    match checked.verdict.step {
        Some(step) => {
            let (step, what) = (plain(step), plain(&checked.verdict.summary));
            format!("| {name} | \u{274c} {step} | {what} | {time} |\n")
        }
        None => {
            let warnings = checked.warnings().map(|it| format!("warning: {it}"));
            let what: Vec<String> = checked
                .earlier_sentences()
                .chain(warnings)
                .chain(checked.notes.iter().cloned())
                .collect();
            let what = plain(&what.join("; "));
            format!("| {name} | \u{2705} pass | {what} | {time} |\n")
        }
    }
}

fn details(target: &Target, checked: &Checked) -> String {
    let (name, url) = (plain(&target.name), plain(target.url()));
    let mut text = format!("\n#### {name}\n\n{url}\n\n");
    for finding in checked.errors() {
        let lines = lines(finding);
        let mut lines = lines.iter().map(|line| plain(line));
        let _ = writeln!(text, "- {}", lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(text, "  - {line}");
        }
    }
    text
}

/// A text that Markdown shows as it stands: any ASCII punctuation may be escaped (CommonMark, 2.4).
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && !matches!(letter, ',' | ';' | '(' | ')' | '/' | '=') {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}
