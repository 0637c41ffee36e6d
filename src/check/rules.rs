//! The rules by which an expectation of a check that is not met becomes a finding. What they judge by is in the check
//! and not in the call, so they stand apart from the catalogue.

use super::Phase;
use crate::diagnosis::{Case, Citation, Findings, Rule, Severity, Spec, Step};

/// Every one, by name.
pub static RULES: &[&Rule] = &[
    &BASELINE_DIFFERENCE[0],
    &CERTIFICATE_DAYS,
    &LATE[0],
    &UNEXPECTED_FIELD,
    &UNEXPECTED_GATEWAY,
    &UNEXPECTED_HEADER,
    &UNEXPECTED_REPLY,
    &UNEXPECTED_SETTING,
    &UNEXPECTED_STATUS,
];

/// The rule of that name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

/// Whether a rule of that name judges an expectation.
#[must_use]
pub fn is_expectation(name: &str) -> bool {
    rule(name).is_some()
}

/// It is the check that has the values to judge by.
fn no_check(_: &Case<'_>, _: &mut Findings) {}

const fn expectation(
    name: &'static str,
    step: Step,
    summary: &'static str,
    key: &'static str,
    explain: &'static str,
) -> Rule {
    Rule {
        name,
        step,
        severity: Severity::Error,
        summary,
        citation: Citation {
            spec: Spec::Expectation,
            section: key,
            quote: "",
        },
        explain,
        check: no_check,
    }
}

/// A difference stands at the step that it is about: one for each, in the ladder's order.
static BASELINE_DIFFERENCE: [Rule; Step::ALL.len()] = [
    baseline(Step::Resolve),
    baseline(Step::Connect),
    baseline(Step::Tls),
    baseline(Step::Alpn),
    baseline(Step::Preface),
    baseline(Step::Response),
    baseline(Step::HttpStatus),
    baseline(Step::ContentType),
    baseline(Step::Base64),
    baseline(Step::LengthPrefix),
    baseline(Step::Compression),
    baseline(Step::Message),
    baseline(Step::Trailers),
    baseline(Step::GrpcStatus),
];

const fn baseline(step: Step) -> Rule {
    expectation(
        "baseline-difference",
        step,
        "the exchange differs from the baseline",
        "--baseline",
        "\
The exchange has another shape than the one that was recorded: other steps pass, the status, a header, the
frames or facts of TLS are others. Where that is as it should be, record it anew by --update-baseline.
",
    )
}

/// The rule for a difference that is about this step.
pub(super) fn baseline_difference(step: Step) -> &'static Rule {
    &BASELINE_DIFFERENCE[step as usize]
}

/// A late phase fails the step that it belongs to: one for each, in the order of the phases.
static LATE: [Rule; Phase::ALL.len()] = [
    late(Phase::ALL[0].step()),
    late(Phase::ALL[1].step()),
    late(Phase::ALL[2].step()),
    late(Phase::ALL[3].step()),
    late(Phase::ALL[4].step()),
];

const fn late(step: Step) -> Rule {
    expectation(
        "late-phase",
        step,
        "a phase of the call took longer than expected",
        "within",
        "\
A phase of the call took longer than the check allows. The phases are resolve, connect, tls, first-byte
(from the first byte sent over HTTP/2 to the HEADERS frame of the response) and total.
",
    )
}

/// The rule for this phase.
pub(super) fn late_phase(phase: Phase) -> &'static Rule {
    &LATE[phase as usize]
}

pub(super) static CERTIFICATE_DAYS: Rule = expectation(
    "certificate-days",
    Step::Tls,
    "the certificate ends earlier than expected",
    "certificate-days",
    "\
The check wants certificates to be valid for a number of days, and one of the chain is not. The renewal
is late, or what was renewed was not deployed.
",
);

pub(super) static UNEXPECTED_FIELD: Rule = expectation(
    "unexpected-field",
    Step::Message,
    "a field of the reply is not as expected",
    "fields",
    "\
A test of a field of the reply does not hold. A field that is not in the reply and has no presence is compared
by its default value; a path alone asks whether the field is in the reply.
",
);

pub(super) static UNEXPECTED_GATEWAY: Rule = expectation(
    "unexpected-gateway",
    Step::Response,
    "another gateway answered than expected",
    "gateway",
    "\
What stands in front is told by what it writes, and it is not what the check expects: the name leads to
another place, or what stood in front was replaced or left out.
",
);

pub(super) static UNEXPECTED_HEADER: Rule = expectation(
    "unexpected-header",
    Step::Response,
    "a header is not as expected",
    "headers",
    "A header or trailer is missing, has another value, or is there and should not be.\n",
);

pub(super) static UNEXPECTED_REPLY: Rule = expectation(
    "unexpected-reply",
    Step::Message,
    "the reply does not contain what is expected",
    "reply",
    "\
The reply lacks members of the JSON that the check expects, or has other values there. Members that are
not expected do not matter; lists have to be as long as expected.
",
);

pub(super) static UNEXPECTED_SETTING: Rule = expectation(
    "unexpected-setting",
    Step::Preface,
    "a setting of the peer is not as expected",
    "settings",
    "The peer's SETTINGS have another value than the check expects, or leave the default.\n",
);

pub(super) static UNEXPECTED_STATUS: Rule = expectation(
    "unexpected-status",
    Step::GrpcStatus,
    "the call ended with another status than expected",
    "status",
    "The call ended with a status that is none of those that the check expects.\n",
);
