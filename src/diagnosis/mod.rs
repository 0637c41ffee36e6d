//! The words of a diagnosis: steps, rules, findings, verdicts, and a call as the rules see it.

pub mod body;
pub mod case;
pub mod encoding;
pub mod finding;
pub mod mangle;
pub mod packed;
pub mod rule;
pub mod shape;
pub mod step;
pub mod vantage;
pub mod verdict;

pub use body::{Body, Seen};
pub use case::{Case, Cut};
pub use encoding::TextEncoding;
pub use finding::{Cause, Evidence, Finding, Findings, Party};
pub use mangle::Mangling;
pub use packed::Packed;
pub use rule::{Citation, Rule, Severity, Spec};
pub use shape::{Shape, Text};
pub use step::{Judged, Status, Step};
pub use vantage::{MethodKind, Vantage};
pub use verdict::Verdict;

/// What the rules made of one call.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// All fourteen steps, in the ladder's order.
    pub steps: Vec<Judged>,
    /// What fired, in the ladder's order.
    pub findings: Vec<Finding>,
    /// The conclusion.
    pub verdict: Verdict,
}

/// The first step from `response` on of which nobody can tell whether it holds.
#[must_use]
pub fn open_step(steps: &[Judged]) -> Option<&Judged> {
    steps
        .iter()
        .find(|judged| judged.step >= Step::Response && judged.status == Status::Unknown)
}

impl Diagnosis {
    /// Whether a rule found an error.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }
}

/// Wire bytes as text for a message: UTF-8 where it is that, the other bytes as `\xNN`. Control characters stay;
/// the reports escape them.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Wire bytes quoted for a message, cut after `limit` bytes.
#[must_use]
pub fn quoted(bytes: &[u8], limit: usize) -> String {
    let shown = &bytes[..bytes.len().min(limit)];
    let more = if shown.len() < bytes.len() { "…" } else { "" };
    let escaped: String = text(shown)
        .chars()
        .flat_map(|c| {
            if c.is_control() || c == '"' {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect();
    format!("\"{escaped}{more}\"")
}
