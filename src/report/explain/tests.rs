//! What `explain` prints, its schema, and the catalogue that is made of the same texts.

use super::{rule, rule_json, schema, text, text_json};
use crate::clients;
use crate::report::redact::{Hidden, Secrets};
use crate::report::{Options, catalogue, samples};
use crate::rules::RULES;

const SCHEMA: &str = "fixtures/schema/grpc-probe.explain-1.schema.json";

#[test]
fn the_committed_schema_is_current() {
    let text = serde_json::to_string_pretty(&schema()).unwrap();
    samples::compare(SCHEMA, &format!("{text}\n"));
}

#[test]
fn the_committed_catalogue_is_current() {
    samples::compare("RULES.md", &catalogue::markdown());
}

#[test]
fn the_catalogue_has_an_anchor_for_each_rule() {
    let page = catalogue::markdown();
    for rule in RULES {
        assert_eq!(page.matches(&format!("\n### {}\n", rule.name)).count(), 1);
        assert!(page.contains(rule.explain.trim_end()), "{}", rule.name);
    }
}

#[test]
fn documents_are_valid() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let larger = "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (1701604463 vs. 4194304)";
    let documents = [
        text_json(
            &clients::explain(larger),
            &Secrets::of_text("", &Hidden::default()),
        ),
        text_json(
            &clients::explain("prose"),
            &Secrets::of_text("", &Hidden::default()),
        ),
        rule_json(RULES[0]),
    ];
    for document in documents {
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert!(validator.is_valid(&document), "{document}");
    }
}

#[test]
fn every_rule_is_explained_within_the_width() {
    let options = Options::default();
    for known in RULES {
        let page = rule(known, &options);
        assert!(page.contains(known.name) && page.contains(known.step.name()));
        let long = page
            .lines()
            .find(|line| line.chars().count() > options.width);
        assert_eq!(long, None, "{}", known.name);
    }
}

#[test]
fn nothing_of_the_text_reaches_a_terminal() {
    let hostile = "rpc error: code = Unknown desc = unexpected HTTP status code received from server: 502 (Bad Gateway); \
         transport: received unexpected content-type \"text/\x1b[31m\u{202e}html\" data: \"##[error]\\x1b[2J\\n::error::x\"";
    let explanation = clients::explain(hostile);
    assert!(!explanation.candidates.is_empty());
    for page in [
        text(
            hostile,
            &explanation,
            &Secrets::of_text("", &Hidden::default()),
            &Options::default(),
        ),
        text_json(&explanation, &Secrets::of_text("", &Hidden::default())),
    ] {
        assert!(!page.chars().any(|c| c != '\n' && c.is_control()), "{page}");
        assert!(
            !page.contains('\u{202e}') && !page.contains("##["),
            "{page}"
        );
    }
}
