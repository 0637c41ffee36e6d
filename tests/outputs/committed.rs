//! The committed files, and the comparison with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::entry::Entry;

/// The number of differing facts that are shown of each input.
const SHOWN: usize = 3;

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outputs");
    folder.join(name)
}

/// Rewrites the files.
pub(crate) fn bless(entries: &[Entry]) {
    let lines = |line: fn(&Entry) -> String| -> String {
        entries.iter().map(|entry| line(entry) + "\n").collect()
    };
    std::fs::write(file("verdicts.jsonl"), lines(Entry::verdict)).unwrap();
    std::fs::write(file("digests.txt"), lines(Entry::digests)).unwrap();
}

/// Compares entries with the files. Returns the number of inputs, and a text for each one that differs.
pub(crate) fn compare(entries: &[Entry]) -> (usize, Vec<String>) {
    let read = |name| std::fs::read_to_string(file(name)).unwrap_or_default();
    let (verdicts, digests) = (read("verdicts.jsonl"), read("digests.txt"));
    let verdicts = verdicts.lines().map(|line| {
        let verdict: Value = serde_json::from_str(line).unwrap();
        (verdict["input"].as_str().unwrap().to_owned(), verdict)
    });
    let verdicts: BTreeMap<String, Value> = verdicts.collect();
    let mut digests: BTreeMap<&str, &str> = digests
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .collect();
    let mut differences = Vec::new();
    for entry in entries {
        let name = entry.name.as_str();
        let Some(digests) = digests.remove(name) else {
            differences.push(format!("{name}: new"));
            continue;
        };
        let mut difference = String::new();
        if let Some(before) = verdicts.get(name) {
            let after = serde_json::from_str(&entry.verdict()).unwrap();
            let mut facts = Vec::new();
            differing("", before, &after, &mut facts);
            for fact in facts.iter().take(SHOWN) {
                difference.push_str(&format!("\n  {fact}"));
            }
            if facts.len() > SHOWN {
                difference.push_str(&format!("\n  and {} more facts", facts.len() - SHOWN));
            }
        }
        let line = entry.digests();
        let before: Vec<&str> = digests.split(' ').collect();
        let outputs = line.split(' ').skip(1).filter(|it| !before.contains(it));
        let outputs: Vec<&str> = outputs.filter_map(|it| it.split(':').next()).collect();
        if !difference.is_empty() || !outputs.is_empty() {
            let outputs = outputs.join(", ");
            differences.push(format!("{name}: {outputs}{difference}"));
        }
    }
    differences.extend(digests.keys().map(|name| format!("{name}: gone")));
    (entries.len(), differences)
}

/// Adds a text for each place in which two values differ.
fn differing(place: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one
                .keys()
                .chain(other.keys().filter(|key| !one.contains_key(*key)));
            for key in keys {
                let place = format!("{place}.{key}");
                differing(&place, &before[key], &after[key], found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differing(&format!("{place}[{index}]"), one, other, found);
            }
        }
        _ if before == after => {}
        _ => found.push(format!(
            "{}: was {before}, is {after}",
            place.trim_start_matches('.')
        )),
    }
}
