//! The facts of a report: verdicts, steps and findings, without the words.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The facts in the lines of `decode` that are not about a call.
const OTHERS: &[&str] = &[
    "kind",
    "connection",
    "carries",
    "how",
    "sent",
    "received",
    "frames",
    "late",
    "calls",
    "failed",
];

/// The facts of JSON output, which is one document or one per line.
pub(crate) fn of(json: &str) -> Vec<Value> {
    let documents = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let mut facts: Vec<Value> = Vec::new();
    for document in documents {
        let document = document.unwrap();
        match document["kind"].as_str() {
            // The findings of a call follow it.
            Some("finding") => {
                let findings = &mut facts.last_mut().unwrap()["findings"];
                if findings.is_null() {
                    *findings = json!([]);
                }
                findings.as_array_mut().unwrap().push(finding(&document));
            }
            Some("frame") => {}
            Some("call") => facts.push(call(&document)),
            Some(_) => facts.push(picked(&document, OTHERS).into()),
            None => match text(&document, "format").trim_start_matches("grpc-probe.") {
                "call/1" => facts.push(call(&document)),
                "tour/1" => facts.extend(each(&document["attempts"], |it| call(&it["call"]))),
                "check/1" => facts.extend(each(&document["targets"], call)),
                _ => facts.push(explanation(&document)),
            },
        }
    }
    facts
}

/// The call of a document of `call`, a line of `decode` or a target of `check`.
fn call(document: &Value) -> Value {
    let mut facts = picked(
        document,
        &["name", "connection", "stream", "path", "open_step"],
    );
    // A document of `call` describes the connection, a line of `decode` has its number.
    facts.retain(|_, value| !value.is_object());
    let verdict = picked(
        &document["verdict"],
        &["outcome", "step", "rule", "exit_code"],
    );
    facts.extend(verdict);
    // A letter for each: passed, failed, skipped or unknown.
    let steps = each(&document["steps"], |step| {
        text(step, "status")[..1].to_owned()
    });
    facts.insert("steps".to_owned(), steps.concat().into());
    let gateways = each(&document["connection"]["gateway"], |it| {
        format!("{}: {}", text(it, "name"), text(it, "confidence")).into()
    });
    insert(&mut facts, "gateways", gateways);
    insert(&mut facts, "findings", each(&document["findings"], finding));
    facts.into()
}

fn finding(document: &Value) -> Value {
    let mut facts = picked(document, &["rule", "step", "severity", "party"]);
    let evidence = each(&document["evidence"], |it| {
        format!(
            "frame {}, {} {}+{}: {}",
            it["frame"],
            text(it, "direction"),
            it["offset"],
            it["length"],
            text(it, "hex")
        )
        .into()
    });
    insert(&mut facts, "evidence", evidence);
    let clients = each(&document["clients"], |it| {
        format!("{}: {}", text(it, "client"), text(it, "status"))
    });
    // A set: which of them comes first is not a fact.
    let clients: BTreeSet<String> = clients.into_iter().collect();
    insert(
        &mut facts,
        "clients",
        clients.into_iter().map(Value::from).collect(),
    );
    facts.into()
}

/// What `explain` says of a text or a rule.
fn explanation(document: &Value) -> Value {
    let mut facts = picked(document, &["client", "status"]);
    let candidates = each(&document["candidates"], |it| {
        picked(it, &["step", "rule", "verified"]).into()
    });
    insert(&mut facts, "candidates", candidates);
    facts.into()
}

/// The members with these names that are not null.
fn picked(document: &Value, names: &[&str]) -> Map<String, Value> {
    let members = names
        .iter()
        .map(|name| ((*name).to_owned(), document[name].clone()));
    members.filter(|(_, value)| !value.is_null()).collect()
}

/// Inserts a list that is not empty.
fn insert(facts: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if !list.is_empty() {
        facts.insert(name.to_owned(), list.into());
    }
}

fn each<T>(list: &Value, fact: impl Fn(&Value) -> T) -> Vec<T> {
    list.as_array().into_iter().flatten().map(fact).collect()
}

fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    document[name].as_str().unwrap()
}
