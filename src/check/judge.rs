//! A diagnosis judged once more, by what a check expects.

use std::time::Duration;

use super::expect::Front;
use super::reply::Contents;
use super::{Budget, Expectations, Took, rules};
use crate::diagnosis::{
    Case, Diagnosis, Finding, Findings, Judged, Party, Rule, Severity, Status, Step, Verdict, text,
};
use crate::gateways::Identified;
use crate::rpc::Code;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Adds what was expected and is not so to a diagnosis, and makes its verdict that of the check: steps after the one that
/// has to be reached may fail, and so may `grpc-status` with a status that is expected. Returns sentences on what was let
/// pass.
pub fn judge(
    case: &Case<'_>,
    diagnosis: &mut Diagnosis,
    seen: Seen<'_>,
    expected: &Expectations,
) -> Vec<String> {
    let limit = expected.limit();
    let mut notes = Vec::new();
    let right_status = case
        .code()
        .is_some_and(|code| expected.statuses.contains(&code));
    for (index, finding) in diagnosis.findings.iter_mut().enumerate() {
        let let_pass =
            finding.rule.step > limit || right_status && finding.rule.name == "non-ok-status";
        if let_pass {
            finding.severity = Severity::Note;
        } else if finding.severity == Severity::Warning {
            // What the caller asked for says nothing of how clients fare with the stage.
            let clients = seen
                .refusing
                .get(index)
                .filter(|_| finding.party != Party::Client);
            let refused = clients.filter(|clients| !clients.is_empty() && !expected.lenient);
            if let Some(clients) = refused {
                let clients = clients.join(", ");
                finding
                    .message
                    .push_str(&format!(" (refused by {clients})"));
            }
            if refused.is_some() || expected.strict {
                finding.severity = Severity::Error;
            }
        }
    }
    if !right_status {
        not_proven(case, diagnosis, limit);
    }
    if right_status && let Some(code) = case.code().filter(|code| *code != Code::OK) {
        notes.push(format!("the call ended with {code}, which is expected"));
        let answered = diagnosis
            .steps
            .iter_mut()
            .filter(|judged| judged.step == Step::GrpcStatus && judged.status == Status::Fail);
        for judged in answered {
            if !has_error(&diagnosis.findings, Step::GrpcStatus) {
                judged.status = Status::Pass;
                judged.note = Some(format!("{code}, which is expected"));
            }
        }
    }
    let later: Vec<&str> = diagnosis
        .steps
        .iter()
        .filter(|judged| judged.step > limit && judged.status == Status::Fail)
        .map(|judged| judged.step.name())
        .collect();
    match (expected.step, later.as_slice()) {
        (Some(step), []) if diagnosis.verdict.step.is_none() => notes.push(format!(
            "every step passes by now: the check need not stop at {step}"
        )),
        (Some(step), [_, ..]) => notes.push(format!(
            "after {step}, {} {}, which the check allows",
            later.join(", "),
            if later.len() == 1 { "fails" } else { "fail" }
        )),
        _ => {}
    }
    let unmet = unmet(case, diagnosis, seen, expected);
    let open = unmet
        .iter()
        .filter(|finding| finding.severity == Severity::Note);
    notes.extend(open.map(|finding| finding.message.clone()));
    conclude(case, diagnosis, unmet, expected);
    notes
}

/// What was seen of a call beside its diagnosis.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Who answered.
    pub gateways: &'a [Identified],
    /// How long the phases took.
    pub took: &'a Took,
    /// The clients that fail on each finding of the diagnosis, in its order.
    pub refusing: &'a [Vec<&'static str>],
}

/// An answer without a body is no evidence that messages get through, nor one without trailers that trailers do: where
/// that has to be shown the step was not reached.
fn not_proven(case: &Case<'_>, diagnosis: &mut Diagnosis, limit: Step) {
    if limit == Step::GrpcStatus || !case.body.outer.is_empty() {
        return;
    }
    let last = if case.call.response.is_trailers_only() {
        Step::Trailers
    } else {
        Step::Message
    };
    let said = case.grpc_message().map(|message| text(&message));
    let said = said.filter(|said| !said.is_empty());
    let said = said.map_or_else(String::new, |said| format!(" ({said})"));
    let why = match case.code() {
        Some(code) => format!("the call ended with {code}{said} and no message"),
        None => "the response has no body".to_owned(),
    };
    for judged in &mut diagnosis.steps {
        let shows_nothing = (Step::Base64..=last).contains(&judged.step);
        if shows_nothing && judged.step <= limit && judged.status != Status::Fail {
            judged.status = Status::Unknown;
            judged.note = Some(why.clone());
        }
    }
}

/// Adds findings to a diagnosis and makes its verdict anew.
pub(super) fn conclude(
    case: &Case<'_>,
    diagnosis: &mut Diagnosis,
    more: Vec<Finding>,
    expected: &Expectations,
) {
    let limit = expected.limit();
    diagnosis.findings.extend(more);
    diagnosis
        .findings
        .sort_by_key(|finding| (finding.rule.step, finding.severity));
    let Diagnosis {
        steps, findings, ..
    } = diagnosis;
    for judged in steps.iter_mut() {
        let error = findings
            .iter()
            .find(|finding| is_error(finding, judged.step));
        if let Some(error) = error.filter(|_| judged.status != Status::Fail) {
            judged.status = Status::Fail;
            judged.note = Some(error.message.clone());
        }
    }
    diagnosis.verdict = verdict(case, diagnosis, limit);
}

fn is_error(finding: &Finding, step: Step) -> bool {
    finding.rule.step == step && finding.severity == Severity::Error
}

fn has_error(findings: &[Finding], step: Step) -> bool {
    findings.iter().any(|finding| is_error(finding, step))
}

fn verdict(case: &Case<'_>, diagnosis: &Diagnosis, limit: Step) -> Verdict {
    let Diagnosis {
        steps, findings, ..
    } = diagnosis;
    let fails = |judged: &&Judged| {
        has_error(findings, judged.step) || judged.step <= limit && judged.status == Status::Fail
    };
    let failing: Vec<Step> = steps.iter().filter(fails).map(|it| it.step).collect();
    Verdict::failed(case, &failing, findings).unwrap_or_else(|| passed(case, steps, limit))
}

/// The verdict where nothing fails that may not: a step without evidence is none that passes.
fn passed(case: &Case<'_>, steps: &[Judged], limit: Step) -> Verdict {
    let open = |judged: &&Judged| judged.step <= limit && judged.status == Status::Unknown;
    if let Some(judged) = steps.iter().find(open) {
        return Verdict::open(case, judged);
    }
    let holds = |judged: &Judged| matches!(judged.status, Status::Pass | Status::Skipped);
    Verdict::passed(match (steps.iter().all(holds), case.code()) {
        (true, Some(code)) if code != Code::OK => {
            format!("every step passes: the call ends with {code}, as expected")
        }
        (true, _) => Verdict::works(case).to_owned(),
        (false, _) => format!("every step up to {limit} passes, as expected"),
    })
}

/// A finding for each expectation that is not met.
fn unmet(
    case: &Case<'_>,
    diagnosis: &Diagnosis,
    seen: Seen<'_>,
    expected: &Expectations,
) -> Vec<Finding> {
    let mut unmet: Vec<Finding> = Vec::new();
    unmet.extend(status(case, expected));
    if expected.of_reply() {
        let reply = Contents::of(case);
        let reply = reply.as_ref();
        unmet.extend(expected.reply.iter().filter_map(|it| it.check(reply)));
        unmet.extend(expected.fields.iter().filter_map(|it| it.check(reply)));
    }
    unmet.extend(
        expected
            .headers
            .iter()
            .flat_map(|header| header.check(case, expected.limit())),
    );
    unmet.extend(certificates(case, expected));
    unmet.extend(
        expected
            .settings
            .iter()
            .filter_map(|setting| setting.check(case)),
    );
    unmet.extend(front(case, seen.gateways, expected));
    let budgets = expected.budgets.iter();
    unmet.extend(budgets.filter_map(|budget| late(diagnosis, seen.took, budget)));
    unmet
}

/// How bad it is that there is nothing to see the absence of something in, which an expectation of this step is about:
/// none of the steps after the last that has to hold need show anything.
pub(super) fn unseen(step: Step, limit: Step) -> Severity {
    if step > limit {
        Severity::Note
    } else {
        Severity::Error
    }
}

fn late(diagnosis: &Diagnosis, took: &Took, budget: &Budget) -> Option<Finding> {
    let (name, step) = (budget.phase.name(), budget.phase.step());
    let mut severity = Severity::Error;
    let message = match took.get(budget.phase as usize).copied().flatten() {
        Some(time) if time <= budget.within => return None,
        Some(time) => format!("{name} took {}", milliseconds(time)),
        None => {
            let judged = diagnosis.steps.iter().find(|judged| judged.step == step);
            let judged = judged.filter(|judged| judged.status == Status::Skipped);
            severity = match judged {
                Some(_) => Severity::Note,
                None => Severity::Error,
            };
            let why = judged.and_then(|judged| judged.note.as_deref());
            format!(
                "{name} was not seen: {}",
                why.unwrap_or("it was not reached")
            )
        }
    };
    let most = format!("at most {}", milliseconds(budget.within));
    let mut finding = finding(rules::late_phase(budget.phase), message, most);
    finding.severity = severity;
    Some(finding)
}

fn finding(rule: &'static Rule, message: String, expected: String) -> Finding {
    let mut findings = Findings::new(rule);
    let finding = findings.add(Party::Server, message);
    finding.expected(expected).clone()
}

fn status(case: &Case<'_>, expected: &Expectations) -> Option<Finding> {
    let code = case.code();
    let right = code.is_some_and(|code| expected.statuses.contains(&code));
    if expected.statuses.is_empty() || right {
        return None;
    }
    let message = match code {
        Some(code) => format!("grpc-status is {code}"),
        None => "there is no grpc-status".to_owned(),
    };
    let names: Vec<String> = expected.statuses.iter().map(Code::to_string).collect();
    let finding = finding(&rules::UNEXPECTED_STATUS, message, names.join(" or "));
    Some(finding)
}

/// Of a chain the certificate counts that ends first.
fn certificates(case: &Case<'_>, expected: &Expectations) -> Option<Finding> {
    let days = expected.certificate_days?;
    let tls = case.connection.own_tls();
    let ends = tls.and_then(|tls| tls.chain.iter().map(|it| it.not_after).min());
    let message = match (ends, case.called_at) {
        (None, _) => "no certificate was seen".to_owned(),
        (_, None) => "what day it is is not known".to_owned(),
        (Some(ends), Some(now)) => {
            let left = ends.saturating_sub(now).div_euclid(DAY);
            if left >= i64::from(days) {
                return None;
            }
            format!("the certificate that ends first has {} left", of_days(left))
        }
    };
    let wanted = format!("{} left, or more", of_days(i64::from(days)));
    Some(finding(&rules::CERTIFICATE_DAYS, message, wanted))
}

fn of_days(days: i64) -> String {
    format!("{days} day{}", if days == 1 { "" } else { "s" })
}

fn front(case: &Case<'_>, gateways: &[Identified], expected: &Expectations) -> Option<Finding> {
    let wanted = expected.gateway?;
    if wanted == Front::Nobody && gateways.is_empty() && case.response_headers().is_none() {
        let rule = &rules::UNEXPECTED_GATEWAY;
        let message = "there is no response to tell a gateway from".to_owned();
        let wanted = "an answer by no gateway that is known".to_owned();
        let mut finding = finding(rule, message, wanted);
        finding.severity = unseen(rule.step, expected.limit());
        return Some(finding);
    }
    let names: Vec<&str> = gateways.iter().map(|found| found.gateway.name).collect();
    let (met, wanted) = match wanted {
        Front::Nobody => (names.is_empty(), "no gateway that is known"),
        Front::Gateway(name) => (names.contains(&name), name),
    };
    if met {
        return None;
    }
    let message = if names.is_empty() {
        "no gateway can be told from the answer".to_owned()
    } else {
        format!("the answer is by {}", names.join(", "))
    };
    Some(finding(
        &rules::UNEXPECTED_GATEWAY,
        message,
        wanted.to_owned(),
    ))
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
