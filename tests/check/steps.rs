//! A failure at any step is never green.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use grpc_probe::diagnosis::{Severity, Step};
use grpc_probe::rules::RULES;
use serde_json::Value;

use super::support::script::Script;
use super::support::server::Server;
use super::{code, probe, stdout};

/// How many scripts are played at a time: most of them wait for a deadline.
const AT_A_TIME: usize = 8;

/// Every conversation that fires an error: the rule's name, the step, and the script.
fn conversations() -> Vec<(&'static str, Step, Script)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules");
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.severity == Severity::Error) {
        let script = std::fs::read_to_string(folder.join(rule.name).join("fires.script"));
        // A few rules fire only in conversations of another name.
        let Ok(script) = script else { continue };
        let script = Script::parse(&script).unwrap();
        // What no socket of this machine does cannot be called, and a script of a proxy is no target.
        if script.call("dial").is_none() && script.call("proxy").is_none() {
            found.push((rule.name, rule.step, script));
        }
    }
    found
}

/// The options that a script wants its client to have.
fn options(script: &Script, server: &Server, directory: &Path) -> Vec<String> {
    let mut options = vec![server.url.clone()];
    let mut give = |option: &str, value: &str| {
        options.push(format!("--{option}={value}"));
    };
    if let Some(pem) = &server.ca_pem {
        let path = directory.join("ca.pem");
        std::fs::write(&path, pem).unwrap();
        give("cacert", path.to_str().unwrap());
    }
    let mut timed = false;
    for (key, value) in &script.call {
        match key.as_str() {
            "timeout" | "connect-timeout" | "header" | "authority" | "alpn" => {
                timed |= key == "timeout";
                give(key, value);
            }
            "schema" => {
                let path = directory.join("hello.proto");
                std::fs::write(&path, grpc_probe::stage::PROTO).unwrap();
                give("proto", path.to_str().unwrap());
                give("data", grpc_probe::stage::REQUEST_JSON);
            }
            _ => {}
        }
    }
    if !timed {
        give("timeout", "5s");
    }
    options
}

fn play(script: &Script, more: &[&str]) -> (i32, Value) {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(script);
    let mut command = probe();
    command.args(options(script, &server, directory.path()));
    let output = command
        .args(["--format", "json"])
        .args(more)
        .output()
        .unwrap();
    let document = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{output:?}", stdout(&output)));
    (code(&output), document)
}

#[test]
fn a_failure_at_any_step_is_never_green() {
    let conversations = conversations();
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    let failed: Mutex<BTreeMap<String, BTreeSet<&str>>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some((rule, step, script)) =
                    conversations.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let (code, document) = play(script, &[]);
                    let target = &document["targets"][0];
                    let findings = target["findings"].as_array().unwrap();
                    let fired = findings
                        .iter()
                        .any(|finding| finding["rule"] == *rule && finding["step"] == step.name());
                    let outcomes = [&target["outcome"], &document["outcome"]];
                    if code != 1 || !fired || outcomes != ["fail", "fail"] {
                        let mut faults = faults.lock().unwrap();
                        faults.push(format!("{rule}: exit {code}, {target:#}"));
                    }
                    if let Some(verdict) = target["verdict"]["step"].as_str() {
                        let mut failed = failed.lock().unwrap();
                        failed.entry(verdict.to_owned()).or_default().insert(rule);
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // Every step was the first to fail in one of them.
    let failed = failed.into_inner().unwrap();
    let wanting: Vec<&str> = Step::ALL
        .iter()
        .map(|step| step.name())
        .filter(|step| !failed.contains_key(*step))
        .collect();
    assert!(wanting.is_empty(), "no failure at {wanting:?}: {failed:#?}");
    let rules: BTreeSet<_> = failed.values().flatten().collect();
    assert!(rules.len() > 70, "only {} rules failed", rules.len());
}

/// A reply that is right up to a step, and breaks it.
const BROKEN: &[(Step, &str)] = &[
    (
        Step::HttpStatus,
        "headers\n  :status: 503\n  content-type: text/html\ndata end_stream \"<html>\"\n",
    ),
    (
        Step::ContentType,
        "headers\n  :status: 200\n  content-type: application/json\nmessage\nheaders end_stream\n  grpc-status: 0\n",
    ),
    (
        Step::LengthPrefix,
        "headers\n  :status: 200\n  content-type: application/grpc\ndata hex 0a026869\nheaders end_stream\n  grpc-status: 0\n",
    ),
    (
        Step::Message,
        "headers\n  :status: 200\n  content-type: application/grpc\nheaders end_stream\n  grpc-status: 0\n",
    ),
    (
        Step::Trailers,
        "headers\n  :status: 200\n  content-type: application/grpc\nmessage\ndata end_stream\n",
    ),
    (
        Step::GrpcStatus,
        "headers\n  :status: 200\n  content-type: application/grpc\nmessage\nheaders end_stream\n  grpc-status: 13\n",
    ),
];

#[test]
fn only_steps_after_the_one_that_is_expected_may_fail() {
    for (broken, reply) in BROKEN {
        let script = Script::parse(&format!("settings\nsettings ack\n{reply}hang\n")).unwrap();
        for wanted in Step::ALL {
            let expect = format!("--expect-step={wanted}");
            let (code, document) = play(&script, &[&expect]);
            // A response without a body shows nothing of how bodies get through.
            let shown = *broken != Step::Message || wanted < Step::Base64;
            let passes = wanted < *broken && shown;
            assert_eq!(
                code,
                i32::from(!passes),
                "{broken} is broken, {wanted} expected: {document:#}"
            );
            let steps = document["targets"][0]["steps"].as_array().unwrap();
            let step = steps
                .iter()
                .find(|step| step["step"] == broken.name())
                .unwrap();
            assert_eq!(step["status"], "fail", "what is let pass is told as it is");
        }
    }
}
