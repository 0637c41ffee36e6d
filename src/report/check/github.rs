//! Annotations of a workflow run on GitHub: one line, one command, for each target that fails, failed before it
//! passed, or warns.

use super::{Outcome, Run, lines};

/// The annotations of a run, a line each. Nothing in a text can end its line or its command: line ends and percent signs
/// are encoded, and in titles what separates properties too.
#[must_use]
pub fn annotations(run: &Run) -> String {
    let mut text = String::new();
    for target in &run.targets {
        let Some(checked) = &target.checked else {
            text.push_str(&command(
                "warning",
                &target.name,
                &format!("not done: {}", target.not_done()),
            ));
            continue;
        };
        if target.outcome() == Outcome::Fail {
            let step = checked.verdict.step.unwrap_or_default();
            let title = format!("{}: {step} fails", target.name);
            let mut said = vec![checked.verdict.summary.clone()];
            said.extend(checked.errors().flat_map(lines));
            text.push_str(&command("error", &title, &said.join("\n")));
            continue;
        }
        let earlier: Vec<String> = checked.earlier_sentences().collect();
        if !earlier.is_empty() {
            let title = format!("{}: passed after a call that failed", target.name);
            text.push_str(&command("warning", &title, &earlier.join("\n")));
        }
        let warnings: Vec<String> = checked.warnings().collect();
        if !warnings.is_empty() {
            let title = format!("{}: passes with a warning", target.name);
            text.push_str(&command("warning", &title, &warnings.join("\n")));
        }
    }
    text
}

fn command(kind: &str, title: &str, message: &str) -> String {
    format!("::{kind} title={}::{}\n", property(title), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
