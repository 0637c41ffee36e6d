//! The shape of the document. Its own structs, so that it does not change with what it is made from.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::json::document::{Finding, Step, Timing, Verdict};

/// What `grpc-probe check` found. Texts stand as in the report for people: what cannot be seen is escaped, secrets are
/// `<redacted, N bytes>`, and long texts are cut.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "grpc-probe.check/1")]
pub struct Document<'a> {
    /// The document's format and version: `grpc-probe.check/1`.
    #[schemars(extend("const" = "grpc-probe.check/1"))]
    pub(super) format: &'static str,
    /// `pass` where every target does, `fail` where one does not; `interrupted` where none fails and some were not
    /// done.
    #[schemars(extend("enum" = ["pass", "fail", "interrupted"]))]
    pub(super) outcome: &'static str,
    /// How long the run took, in microseconds.
    pub(super) took_us: u64,
    /// The targets, in the order of the file.
    pub(super) targets: Vec<Target<'a>>,
}

/// What came of one target.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Target<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its URL.
    pub(super) url: &'a str,
    /// `skipped` where the run was interrupted before it was done; nothing else is known of it then.
    #[schemars(extend("enum" = ["pass", "fail", "skipped"]))]
    pub(super) outcome: &'static str,
    /// How many calls were made.
    pub(super) attempts: u32,
    /// Why it was not done, where it was `skipped`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_done: Option<String>,
    /// What came of it.
    #[serde(flatten)]
    pub(super) checked: Option<Checked<'a>>,
}

/// What came of a target that was called.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Checked<'a> {
    /// How long it took with all waiting, in microseconds.
    pub(super) took_us: u64,
    /// The conclusion.
    pub(super) verdict: &'a Verdict,
    /// All fourteen steps, in the ladder's order.
    pub(super) steps: &'a [Step],
    /// What is wrong, in the ladder's order; of each at most eight pieces of evidence.
    pub(super) findings: &'a [Finding],
    /// How long the call took that is reported, in microseconds.
    pub(super) timing: &'a Timing,
    /// When the certificate of the chain ends that ends first, in seconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate_ends: Option<i64>,
    /// Calls that failed before the one that is reported.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) earlier: Vec<Earlier<'a>>,
    /// The durations of several calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) latency: Vec<Latency>,
    /// Sentences about the run.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) notes: &'a [String],
}

/// Calls that failed alike before the one that is reported.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Earlier<'a> {
    /// The step that failed.
    pub(super) step: Option<&'static str>,
    /// The rule that failed it.
    pub(super) rule: Option<&'static str>,
    /// The verdict.
    pub(super) summary: &'a str,
    /// How many there were in a row.
    pub(super) calls: u32,
}

/// The durations of one phase in several calls, in microseconds.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Latency {
    /// The phase.
    #[schemars(extend("enum" = ["resolve", "connect", "tls", "first-byte", "total"]))]
    pub(super) phase: &'static str,
    /// The shortest.
    pub(super) min_us: u64,
    /// The one in the middle.
    pub(super) median_us: u64,
    /// The longest.
    pub(super) max_us: u64,
}
