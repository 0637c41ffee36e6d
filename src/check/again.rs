//! When a call that failed is worth another try.

use std::time::Duration;

use super::rules;
use crate::diagnosis::{Case, Diagnosis, Severity, Status, Step};
use crate::rpc::Code;

/// The pause before the second try.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause: a stage that comes up is noticed two seconds later at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The statuses by which a gateway says that nothing is behind it yet: no route, or no backend that answers.
const NOTHING_BEHIND: [u16; 4] = [404, 502, 503, 504];

/// What another try may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// The stage does not answer yet, or something before it answers in its place: it may come up.
    pub not_up: bool,
    /// The call failed before there was a response: chance may have had a part in it.
    pub by_chance: bool,
}

impl Again {
    /// What another try of a call may bring that came to this.
    #[must_use]
    pub fn of(case: &Case<'_>, diagnosis: &Diagnosis) -> Self {
        let silent = case.response_headers().is_none() && fails_by_itself(diagnosis);
        let status = case.http_status();
        let replaced = status.is_some_and(|status| NOTHING_BEHIND.contains(&status));
        // A gateway that speaks gRPC says it by UNAVAILABLE, and no body.
        let unavailable = case.code() == Some(Code::UNAVAILABLE)
            && case.body.outer.is_empty()
            && failing(diagnosis).any(|step| step == Step::GrpcStatus);
        Self {
            not_up: diagnosis.verdict.step.is_some() && (silent || replaced || unavailable),
            by_chance: silent,
        }
    }
}

fn failing(diagnosis: &Diagnosis) -> impl Iterator<Item = Step> {
    let failing = diagnosis.steps.iter();
    let failing = failing.filter(|judged| judged.status == Status::Fail);
    failing.map(|judged| judged.step)
}

/// Whether the call failed before a response, and not by an expectation that is not met: that is no accident.
fn fails_by_itself(diagnosis: &Diagnosis) -> bool {
    let Some(step) = diagnosis.verdict.step else {
        return false;
    };
    let errors = diagnosis.findings.iter().filter(|finding| {
        finding.severity == Severity::Error && finding.rule.step <= Step::Response
    });
    let mut errors = errors.peekable();
    if errors.peek().is_none() {
        return step <= Step::Response;
    }
    errors.any(|error| !rules::is_expectation(error.rule.name))
}

/// The pause after so many tries, the first counted as 1: it doubles up to two seconds.
#[must_use]
pub fn pause(tries: u32) -> Duration {
    let doubled = 1_u32
        .checked_shl(tries.saturating_sub(1))
        .unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Findings, Judged, Party, Rule, Verdict};
    use crate::http::{Call, Connection};

    #[test]
    fn pauses_double() {
        let pauses = [1, 2, 3, 4, 5, 6, 7, 99].map(|tries| pause(tries).as_millis());
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 2000, 2000, 2000]);
    }

    /// A diagnosis with these errors, the first of which is the verdict's.
    fn diagnosis(errors: &[&'static Rule]) -> Diagnosis {
        let failed = |step: Step| errors.iter().any(|rule| rule.step == step);
        let steps = Step::ALL.into_iter().map(|step| Judged {
            step,
            status: if failed(step) {
                Status::Fail
            } else {
                Status::Pass
            },
            took: None,
            note: None,
        });
        Diagnosis {
            steps: steps.collect(),
            findings: errors
                .iter()
                .flat_map(|rule| {
                    let mut findings = Findings::new(rule);
                    findings.add(Party::Server, "");
                    findings.into_list()
                })
                .collect(),
            verdict: Verdict {
                step: errors.first().map(|rule| rule.step),
                rule: errors.first().map(|rule| rule.name),
                summary: String::new(),
                exit_code: 1,
            },
        }
    }

    #[test]
    fn silence_may_end_and_what_was_expected_is_no_accident() {
        let (connection, call) = (Connection::default(), Call::default());
        let case = Case::new(&connection, &call, None);
        let of = |errors: &[&'static Rule]| {
            let again = Again::of(&case, &diagnosis(errors));
            (again.not_up, again.by_chance)
        };
        let late = rules::late_phase(crate::check::Phase::Connect);
        let certificate = &rules::CERTIFICATE_DAYS;
        let silent = rules::baseline_difference(Step::Response);
        assert_eq!(of(&[]), (false, false));
        assert_eq!(of(&[certificate]), (false, false));
        assert_eq!(of(&[late, silent]), (false, false));
        assert_eq!(of(&[&REFUSED]), (true, true));
        assert_eq!(of(&[late, &REFUSED]), (true, true));
    }

    static REFUSED: Rule = Rule {
        name: "refused",
        ..rules::CERTIFICATE_DAYS
    };
}
