//! Annotations of a workflow run on GitHub: one line, one command, for each target that fails, failed before it
//! passed, or warns.

use super::{Outcome, Run, lines};

/// How many annotations of a kind GitHub shows of a step.
const SHOWN: usize = 10;

/// The annotations of a run, a line each. Nothing in a text can end its line or its command: line ends and percent signs
/// are encoded, and in titles what separates properties too. Of more than GitHub shows the last says how many there are.
#[must_use]
pub fn annotations(run: &Run) -> String {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for target in &run.targets {
        let Some(checked) = &target.checked else {
            warnings.push((
                target.name.clone(),
                format!("not done: {}", target.not_done()),
            ));
            continue;
        };
        if target.outcome() == Outcome::Fail {
            let step = checked.verdict.step.unwrap_or_default();
            let title = format!("{}: {step} fails", target.name);
            let mut said = vec![checked.verdict.summary.clone()];
            said.extend(checked.errors().flat_map(lines));
            errors.push((title, said.join("\n")));
            continue;
        }
        let earlier: Vec<String> = checked.earlier_sentences().collect();
        if !earlier.is_empty() {
            let title = format!("{}: passed after a call that failed", target.name);
            warnings.push((title, earlier.join("\n")));
        }
        let said: Vec<String> = checked.warnings().collect();
        if !said.is_empty() {
            let title = format!("{}: passes with a warning", target.name);
            warnings.push((title, said.join("\n")));
        }
    }
    commands("error", errors) + &commands("warning", warnings)
}

fn commands(kind: &str, mut annotations: Vec<(String, String)>) -> String {
    if annotations.len() > SHOWN {
        let more = annotations.split_off(SHOWN - 1);
        let names: Vec<String> = more.into_iter().map(|(title, _)| title).collect();
        annotations.push((format!("{} more", names.len()), names.join("\n")));
    }
    let lines = annotations.iter();
    lines
        .map(|(title, message)| command(kind, title, message))
        .collect()
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
