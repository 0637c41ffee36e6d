//! Documents against the committed schema, and what they say.

use super::{render, schema};
use crate::report::Options;
use crate::report::samples::{self, Sample};

const SCHEMA: &str = "fixtures/schema/grpc-probe.call-1.schema.json";

fn samples() -> [Sample; 6] {
    [
        samples::bare(),
        samples::good(),
        samples::hostile(),
        samples::http1(),
        samples::flood(),
        samples::certificate(),
    ]
}

#[test]
fn the_committed_schema_is_current() {
    let text = serde_json::to_string_pretty(&schema()).unwrap();
    samples::compare(SCHEMA, &format!("{text}\n"));
}

#[test]
fn documents_are_valid() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for sample in samples() {
        let document = sample.json(&Options::default());
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(document["steps"].as_array().map(Vec::len), Some(14));
    }
    let mut broken = samples::good().json(&Options::default());
    broken["frames"][0]
        .as_object_mut()
        .unwrap()
        .remove("offset");
    assert!(
        !validator.is_valid(&broken),
        "the schema asks for every member that always stands"
    );
}

#[test]
fn the_schema_allows_members_of_later_documents() {
    let mut document = samples::good().json(&Options::default());
    document["frames"][0]["later"] = serde_json::json!(1);
    document["later"] = serde_json::json!({});
    assert!(jsonschema::is_valid(&schema(), &document));
}

#[test]
fn a_whole_document_is_as_committed() {
    let options = Options::default();
    let text = samples::bare().with(|report| render(report, &options));
    samples::compare("fixtures/report/bare.json", &text);
}

#[test]
fn nothing_of_the_wire_reaches_a_terminal() {
    for sample in samples() {
        let text = sample.with(|report| render(report, &Options::default()));
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()));
        for hidden in [
            "\u{202e}",
            "##[",
            "0123456789abcdef",
            "eyJhbGciOiJIUzI1NiJ9",
            "30313233343536373839",
        ] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
    }
}

#[test]
fn values_that_are_no_text_are_marked() {
    let document = samples::hostile().json(&Options::default());
    let headers = document["request"]["headers"].as_array().unwrap();
    let note = headers.iter().position(|pair| pair[0] == "x-note").unwrap();
    assert_eq!(headers[note][1], "caf\\xe9 \\u{202e}txt.exe");
    assert_eq!(
        document["request"]["headers_escaped"],
        serde_json::json!([note])
    );
    let fields = document["frames"][1]["fields"].as_array().unwrap();
    assert_eq!(fields[note]["escaped"], true);
    let secret = fields
        .iter()
        .find(|field| field["name"] == "authorization")
        .unwrap();
    assert_eq!(secret["value"], "<redacted, 31 bytes>");
    assert_eq!(secret["redacted"], true);
    // UTF-8 keeps its value, whatever is in it.
    let received = document["response"]["headers"].as_array().unwrap();
    assert_eq!(received[1][1], "text/html\n\n  \u{2713} tls passed\x1b[2J");
}

#[test]
fn messages_and_status() {
    let document = samples::good().json(&Options::default());
    let response = &document["response"];
    assert_eq!(response["messages"][0]["flag"], 0);
    assert_eq!(response["messages"][0]["length"], 15);
    assert_eq!(response["grpc_status"]["name"], "OK");
    assert_eq!(
        response["trailers"][0],
        serde_json::json!(["grpc-status", "0"])
    );
    let bare = samples::bare().json(&Options {
        hex: 4,
        ..Options::default()
    });
    let message = &bare["response"]["messages"][0];
    assert_eq!(message["flag"], serde_json::Value::Null);
    assert_eq!(
        (&message["hex"], &message["truncated"]),
        (&"0a0d4865".into(), &true.into())
    );
}
