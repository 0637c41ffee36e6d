//! What the steps of a call come to, in one sentence and an exit code.

use super::{Case, Finding, Judged, Severity, Step};

/// The status UNKNOWN.
const EXIT_UNKNOWN: u8 = 2;

/// What is added to a status for the exit code of a call whose wire is sound, as grpcurl does.
const EXIT_STATUS: u8 = 64;

/// The conclusion: the first step that failed, and the finding that says why.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The first failing step; `None` where none failed.
    pub step: Option<Step>,
    /// The rule that failed it.
    pub rule: Option<&'static str>,
    /// One sentence that can be pasted into a ticket.
    pub summary: String,
    /// The exit code of `call`.
    pub exit_code: u8,
}

impl Verdict {
    /// The verdict where these steps fail, in the ladder's order; `None` where none does. The first is what a client would
    /// meet first.
    #[must_use]
    pub fn failed(case: &Case<'_>, failing: &[Step], findings: &[Finding]) -> Option<Self> {
        let (&step, later) = failing.split_first()?;
        let finding = findings
            .iter()
            .find(|finding| finding.rule.step == step && finding.severity == Severity::Error);
        let message = finding.map_or("", |finding| finding.message.as_str());
        let later = match later {
            [] => String::new(),
            [one] => format!(" ({one} fails too)"),
            [first @ .., last] => {
                let first: Vec<&str> = first.iter().map(|step| step.name()).collect();
                format!(" ({} and {last} fail too)", first.join(", "))
            }
        };
        Some(Self {
            step: Some(step),
            rule: finding.map(|finding| finding.rule.name),
            summary: format!("{step} fails: {message}{later}"),
            exit_code: exit_code(case, step),
        })
    }

    /// The verdict where no step fails, and there is no evidence that this one holds.
    #[must_use]
    pub fn open(case: &Case<'_>, judged: &Judged) -> Self {
        let why = judged.note.as_deref();
        let why = why.unwrap_or("the call did not get that far");
        Self {
            step: Some(judged.step),
            rule: None,
            summary: format!("{} could not be judged: {why}", judged.step),
            exit_code: exit_code(case, judged.step),
        }
    }

    /// The verdict where nothing fails.
    #[must_use]
    pub fn passed(summary: String) -> Self {
        Self {
            step: None,
            rule: None,
            summary,
            exit_code: 0,
        }
    }

    /// What is said of a call of which every step passes.
    #[must_use]
    pub fn works(case: &Case<'_>) -> &'static str {
        if case.body.whole {
            "every step passes: the call works"
        } else {
            "no step fails: the call works, but its message is too large to be read here"
        }
    }
}

fn exit_code(case: &Case<'_>, step: Step) -> u8 {
    match step {
        Step::GrpcStatus => EXIT_STATUS + exit_status(case),
        step => step.exit_code(),
    }
}

/// The status that a client reports for the call's `grpc-status`: UNKNOWN for one that is malformed or not defined.
fn exit_status(case: &Case<'_>) -> u8 {
    let once = case
        .closing_block()
        .is_some_and(|block| block.fields.all("grpc-status").count() == 1);
    let code = case.code().filter(|code| once && code.name().is_some());
    let code = code.and_then(|code| u8::try_from(code.0).ok());
    code.unwrap_or(EXIT_UNKNOWN)
}
