//! The peer sent more than is kept.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "not-all-kept",
    step: Step::Response,
    severity: Severity::Note,
    summary: "more came than is kept",
    citation: Citation {
        spec: Spec::Practice,
        section: "Bounds of this program",
        quote: "The memory of one call stays bounded, whatever the peer sends.",
    },
    explain: "\
The peer sent more frames, header fields or body bytes than one call keeps. What came beyond that was read
and counted, and its prefixes were followed, but it is neither shown nor judged in full. A call that is
meant to return this much is better made by a streaming method.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let not_kept = case.connection.not_kept;
    let parts: Vec<String> = [
        (not_kept.frames as u64, "frames"),
        (not_kept.blocks as u64, "header blocks"),
        (not_kept.streams as u64, "frames of further streams"),
        (not_kept.body, "body bytes"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if !parts.is_empty() {
        findings.add(
            Party::Server,
            format!("{}: {} are counted only", RULE.summary, parts.join(", ")),
        );
    }
}
