//! JUnit's XML, as Jenkins and GitLab read it: a suite with one test case for each target. The times of the phases are
//! properties of the suite, for the schema of Jenkins's xUnit plugin has none for a test case.

use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite,
};

use super::{Checked, Run, Target, lines};
use crate::check::Phase;
use crate::report::json::build::microseconds;

/// The name of the report and the class of its test cases.
const NAME: &str = "grpc-probe.check";

/// A run as XML. Characters that XML has no place for were escaped before.
#[must_use]
pub fn junit(run: &Run) -> String {
    let mut report = Report::new(NAME);
    report.set_time(run.took);
    report.disabled = None;
    report.add_test_suites(run.targets.iter().map(suite));
    // What is written to memory cannot fail to be written.
    let text = report.to_string().unwrap_or_default();
    // The schema of Jenkins's xUnit plugin knows this of suites only, and the tag of the report is the first.
    text.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1)
}

fn suite(target: &Target) -> TestSuite {
    let name = characters(&target.name);
    let mut suite = TestSuite::new(&name);
    suite.disabled = None;
    let mut case = TestCase::new(&name, status(target));
    case.set_classname(NAME);
    let warnings = target.checked.iter().flat_map(Checked::warnings);
    let warnings: Vec<String> = warnings.map(|it| format!("warning: {it}")).collect();
    if !warnings.is_empty() {
        case.set_system_out(characters(&warnings.join("\n")));
    }
    let took = target
        .checked
        .as_ref()
        .map_or(Duration::ZERO, |checked| checked.took);
    case.set_time(took);
    suite.set_time(took);
    suite.add_property(Property::new("url", characters(target.url())));
    if let Some(checked) = &target.checked {
        suite.add_properties(properties(checked));
    }
    suite.add_test_case(case);
    suite
}

fn status(target: &Target) -> TestCaseStatus {
    let Some(checked) = &target.checked else {
        let mut status = TestCaseStatus::skipped();
        status.set_message(characters(&target.not_done()));
        return status;
    };
    let verdict = &checked.verdict;
    let mut status = match verdict.step {
        None => TestCaseStatus::success(),
        Some(step) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let mut said: Vec<String> = checked.errors().flat_map(lines).collect();
            // Where no rule knows why, the verdict is all that there is.
            if said.is_empty() {
                said.push(verdict.summary.clone());
            }
            said.extend(checked.notes.iter().map(|note| format!("note: {note}")));
            status
                .set_message(characters(&verdict.summary))
                .set_type(verdict.rule.unwrap_or(step))
                .set_description(characters(&said.join("\n")));
            status
        }
    };
    for earlier in &checked.earlier {
        let mut rerun = TestRerun::new(NonSuccessKind::Failure);
        rerun
            .set_message(characters(&earlier.summary))
            .set_type(earlier.rule.or(earlier.step).unwrap_or("failure"));
        if earlier.calls > 1 {
            rerun.set_description(format!("the last of {} calls", earlier.calls));
        }
        status.add_rerun(rerun);
    }
    status
}

fn properties(checked: &Checked) -> Vec<Property> {
    let named = |phase: Phase| phase.name().replace('-', "_");
    let times = checked
        .phases()
        .map(|(phase, time)| (format!("{}_us", named(phase)), time));
    let latency = checked.latency.iter().flat_map(|latency| {
        let phase = named(latency.phase);
        [
            ("min", latency.min),
            ("median", latency.median),
            ("max", latency.max),
        ]
        .map(|(which, time)| (format!("{phase}_{which}_us"), microseconds(time)))
    });
    times
        .chain(latency)
        .chain([("calls".to_owned(), u64::from(checked.calls))])
        .map(|(name, value)| Property::new(name, value.to_string()))
        .collect()
}

/// A text without the two characters that XML excludes and that are seen all the same (XML 1.0, 2.2).
fn characters(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
