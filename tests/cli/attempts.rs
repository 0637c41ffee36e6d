//! The attempts of the embedded stage: the exit code of each, and every step that fails.

use serde_json::{Value, json};

use super::{call, code, document, stderr, stdout};

/// Name, exit code, failing steps.
const ATTEMPTS: &[(&str, i32, &[&str])] = &[
    ("json", 17, &["content-type", "length-prefix", "trailers"]),
    ("raw-text", 19, &["length-prefix", "trailers"]),
    ("base64", 18, &["base64", "trailers"]),
    ("no-prefix", 19, &["length-prefix", "trailers"]),
    ("no-trailers", 22, &["trailers"]),
    ("healthy", 0, &[]),
];

fn failing(document: &Value) -> Vec<&str> {
    document["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["status"] == "fail")
        .map(|step| step["step"].as_str().unwrap())
        .collect()
}

#[test]
fn the_exit_code_is_the_first_failing_step() {
    for (name, expected, _) in ATTEMPTS {
        let output = call(&[&format!("stage:{name}")]);
        assert_eq!(code(&output), *expected, "{name}: {}", stdout(&output));
        assert!(!output.stdout.is_empty(), "{name}");
        assert_eq!(stderr(&output), "", "{name}");
    }
}

#[test]
fn every_failing_step_is_named() {
    for (name, code, steps) in ATTEMPTS {
        let document = document(&[&format!("stage:{name}")]);
        assert_eq!(failing(&document), *steps, "{name}");
        let verdict = &document["verdict"];
        assert_eq!(verdict["exit_code"], *code, "{name}");
        assert_eq!(verdict["step"], json!(steps.first()), "{name}");
        let outcome = if steps.is_empty() { "pass" } else { "fail" };
        assert_eq!(verdict["outcome"], outcome, "{name}");
        // Each failing step has a finding of its own that is an error.
        for step in *steps {
            let finding =
                |finding: &&Value| finding["step"] == *step && finding["severity"] == "error";
            let findings = document["findings"].as_array().unwrap();
            assert!(findings.iter().any(|f| finding(&f)), "{name}: {step}");
        }
    }
}

#[test]
fn a_reply_is_decoded_by_the_stages_own_schema() {
    let document = document(&["stage:healthy"]);
    let message = &document["response"]["messages"][0];
    assert_eq!(message["json"], json!({"reply": "Hello, world."}));
    assert_eq!(document["response"]["grpc_status"]["code"], 0);
    let human = call(&["stage:healthy"]);
    assert!(stdout(&human).contains("Hello, world."));
}

#[test]
fn the_tour_exits_0_and_ends_with_a_table() {
    let output = call(&["stage:"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    let mut rows = text
        .lines()
        .skip_while(|line| !line.starts_with("attempt "));
    assert!(rows.next().is_some(), "{text}");
    for (name, _, steps) in ATTEMPTS {
        let row = rows.next().unwrap();
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(words[0], *name);
        assert_eq!(words[1], *steps.first().unwrap_or(&"none:"), "{row}");
        let all = steps.join(", ");
        assert!(
            row.ends_with(if all.is_empty() { "works" } else { &all }),
            "{row}"
        );
    }
    let brief = call(&["stage:", "-q"]);
    assert_eq!(
        stdout(&brief).lines().count(),
        1 + ATTEMPTS.len(),
        "{}",
        stdout(&brief)
    );
}

#[test]
fn the_tour_as_json_holds_every_call() {
    let document = document(&["stage:"]);
    assert_eq!(document["format"], "grpc-probe.tour/1");
    let attempts = document["attempts"].as_array().unwrap();
    let names: Vec<_> = attempts
        .iter()
        .map(|a| a["attempt"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ATTEMPTS.iter().map(|(name, ..)| *name).collect::<Vec<_>>()
    );
    for (attempt, (name, _, steps)) in attempts.iter().zip(ATTEMPTS) {
        assert_eq!(attempt["failing"], json!(steps), "{name}");
        assert_eq!(attempt["call"]["format"], "grpc-probe.call/1", "{name}");
        assert_eq!(failing(&attempt["call"]), *steps, "{name}");
    }
}

#[test]
fn an_unknown_attempt_names_those_that_there_are() {
    let output = call(&["stage:nothing"]);
    assert_eq!(code(&output), 2);
    assert_eq!(stdout(&output), "");
    for (name, ..) in ATTEMPTS {
        assert!(stderr(&output).contains(name), "{}", stderr(&output));
    }
}
