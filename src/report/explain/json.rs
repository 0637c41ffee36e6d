//! `explain` for programs: one document, `grpc-probe.explain/1`. Within the version members are only added.

use schemars::JsonSchema;
use serde::Serialize;

use crate::clients::{self, ClientSays, Explanation};
use crate::diagnosis::Rule;
use crate::report::escape;
use crate::report::json::schema_of;
use crate::report::redact::Secrets;
use crate::report::view;
use crate::wire::Direction;

/// What a text, or a rule, is about.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "grpc-probe.explain/1")]
pub struct Document {
    /// The document's format, with its version.
    #[schemars(extend("const" = "grpc-probe.explain/1"))]
    pub format: &'static str,
    /// The client that prints the text, with what the text tells of its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<&'static str>,
    /// The status that the text reports, by its gRPC name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What it may come from, the likeliest first; empty where it is no text of a gRPC client.
    pub candidates: Vec<Candidate>,
    /// Where a rule was asked for: the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleText>,
}

/// One thing that a text may come from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Candidate {
    /// The step that fails.
    pub step: &'static str,
    /// The rule that fires.
    pub rule: &'static str,
    /// Why it is one.
    pub because: String,
    /// The bytes that a number or a dump in the text stands for, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
    /// Whether this rests on a client that was run or whose source was read.
    pub verified: bool,
}

/// A rule of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuleText {
    /// Its name.
    pub name: &'static str,
    /// The step that it judges.
    pub step: &'static str,
    /// How bad it is.
    #[schemars(extend("enum" = ["error", "warning", "note"]))]
    pub severity: &'static str,
    /// What it found, a fragment.
    pub summary: &'static str,
    /// Cause, effect and what to do.
    pub explain: &'static str,
    /// The specification that it rests on.
    pub spec: &'static str,
    /// The section of it.
    pub section: &'static str,
    /// The sentence.
    pub quote: &'static str,
    /// Where to read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'static str>,
    /// A body that it fires on, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// What clients print, with holes for a call's values in braces.
    pub clients: Vec<Client>,
}

/// What one client prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Client {
    /// The client, with its versions.
    pub client: &'static str,
    /// The status that it reports.
    pub status: &'static str,
    /// The message that it prints.
    pub message: String,
    /// Whether the client was run or its source read.
    pub verified: bool,
}

const FORMAT: &str = "grpc-probe.explain/1";

/// What a text comes from, as a document with a line end.
#[must_use]
pub fn text_json(explanation: &Explanation, secrets: &Secrets) -> String {
    render(&Document {
        format: FORMAT,
        client: explanation.client,
        status: explanation.status.map(|status| status.to_string()),
        candidates: explanation
            .candidates
            .iter()
            .map(|it| candidate(it, secrets))
            .collect(),
        rule: None,
    })
}

/// A rule, as a document with a line end. Its one candidate is the rule itself.
#[must_use]
pub fn rule_json(rule: &Rule) -> String {
    let says = |says: ClientSays| Client {
        client: says.client,
        status: says.status,
        message: says.message,
        verified: says.verified,
    };
    render(&Document {
        format: FORMAT,
        client: None,
        status: None,
        candidates: vec![Candidate {
            step: rule.step.name(),
            rule: rule.name,
            because: rule.summary.to_owned(),
            bytes: None,
            verified: true,
        }],
        rule: Some(RuleText {
            name: rule.name,
            step: rule.step.name(),
            severity: rule.severity.name(),
            summary: rule.summary,
            explain: rule.explain,
            spec: rule.citation.spec.title(),
            section: rule.citation.section,
            quote: rule.citation.quote,
            url: rule.citation.spec.url(),
            example: clients::example(rule.name).map(|(body, _)| hex::encode(body)),
            clients: clients::say_of(rule.name).into_iter().map(says).collect(),
        }),
    })
}

/// The JSON Schema (draft 2020-12) of what these write.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_of::<Document>()
}

fn candidate(candidate: &clients::Candidate, secrets: &Secrets) -> Candidate {
    Candidate {
        step: candidate.step.name(),
        rule: candidate.rule,
        because: escape::text(&secrets.text(&candidate.because)),
        bytes: candidate
            .bytes
            .as_ref()
            .map(|bytes| view::hex(&secrets.bytes(Direction::Received, None, bytes))),
        verified: candidate.verified,
    }
}

fn render(document: &Document) -> String {
    // A document of strings and lists of them always has a JSON form.
    let mut text = escape::json(document).unwrap_or_default();
    text.push('\n');
    text
}
