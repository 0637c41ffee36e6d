//! `RULES.md`: the catalogue for reading, made of the same texts as `explain`.

use crate::diagnosis::{Citation, Rule, Step};
use crate::rules::RULES;

const HEAD: &str = "\
# The rules

What `grpc-probe` looks at, by the step that fails. `grpc-probe explain NAME` prints the same, with what clients print
and an example.

Generated from `src/rules`; `BLESS=1 cargo test` writes it anew.
";

/// The catalogue as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n| rule | step | severity | what it finds |\n|---|---|---|---|\n");
    for rule in RULES {
        page.push_str(&format!(
            "| [{name}](#{name}) | {} | {} | {} |\n",
            rule.step,
            rule.severity.name(),
            rule.summary,
            name = rule.name,
        ));
    }
    for step in Step::ALL {
        let mut rules = RULES.iter().filter(|rule| rule.step == step).peekable();
        if rules.peek().is_some() {
            page.push_str(&format!("\n## {step}\n"));
        }
        for rule in rules {
            push(rule, &mut page);
        }
    }
    page
}

fn push(rule: &Rule, page: &mut String) {
    let severity = rule.severity.name();
    page.push_str(&format!("\n### {}\n\n", rule.name));
    page.push_str(&format!(
        "{severity}: {}.\n\n{}\n",
        rule.summary,
        rule.explain.trim_end()
    ));
    page.push_str(&format!("\n{}\n", quote(&rule.citation)));
}

/// The sentence with where it stands, as Markdown.
fn quote(citation: &Citation) -> String {
    let title = match citation.spec.url() {
        Some(url) => format!("[{}]({url})", citation.spec.title()),
        None => citation.spec.title().to_owned(),
    };
    let place = match citation.section {
        "" => title,
        section => format!("{title}, {section}"),
    };
    match citation.quote {
        "" => format!("> {place}"),
        quote => format!("> {quote}\n>\n> {place}"),
    }
}
