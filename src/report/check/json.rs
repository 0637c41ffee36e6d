//! The document for programs, `grpc-probe.check/1`.

use super::document::{Checked, Document, Earlier, Latency, Target};
use super::{Run, escape};
use crate::report::json::build::microseconds;
use crate::report::json::schema_of;

/// A run as one JSON document with a line end.
#[must_use]
pub fn json(run: &Run) -> String {
    let outcome = match (run.fails(), run.passes()) {
        (true, _) => "fail",
        (_, true) => "pass",
        _ => "interrupted",
    };
    let document = Document {
        format: "grpc-probe.check/1",
        outcome,
        took_us: microseconds(run.took),
        targets: run.targets.iter().map(target).collect(),
    };
    // A document of numbers, strings and lists of them always has a JSON form.
    let mut text = escape::json(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON Schema (draft 2020-12) of what [`json()`] writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_of::<Document<'_>>()
}

fn target(target: &super::Target) -> Target<'_> {
    Target {
        name: &target.name,
        url: target.url(),
        outcome: target.outcome().name(),
        attempts: match &target.checked {
            Some(checked) => checked.calls,
            None => target.unfinished.calls,
        },
        not_done: target.checked.is_none().then(|| target.not_done()),
        checked: target.checked.as_ref().map(checked),
    }
}

fn checked(checked: &super::Checked) -> Checked<'_> {
    let earlier = checked.earlier.iter().map(|earlier| Earlier {
        step: earlier.step,
        rule: earlier.rule,
        summary: &earlier.summary,
        calls: earlier.calls,
    });
    let latency = checked.latency.iter().map(|latency| Latency {
        phase: latency.phase.name(),
        min_us: microseconds(latency.min),
        median_us: microseconds(latency.median),
        max_us: microseconds(latency.max),
    });
    Checked {
        took_us: microseconds(checked.took),
        verdict: &checked.verdict,
        steps: &checked.steps,
        findings: &checked.findings,
        timing: &checked.timing,
        certificate_ends: checked.certificate_ends,
        earlier: earlier.collect(),
        latency: latency.collect(),
        notes: &checked.notes,
    }
}
