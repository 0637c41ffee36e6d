//! Several targets at a time, each by itself.

use serde_json::Value;

use super::{document, file, healthy, server};

/// How many targets there are.
const TARGETS: u64 = 5;

/// How long each takes, in microseconds.
const EACH: u64 = 300_000;

#[test]
fn as_many_are_called_at_a_time_as_is_asked_for() {
    let slow = server(&healthy("").replacen("headers\n", "read request\nwait 300ms\nheaders\n", 1));
    let directory = tempfile::tempdir().unwrap();
    let targets: String = (0..TARGETS)
        .map(|index| format!("[[target]]\nname = \"{index}\"\nurl = \"{}\"\n", slow.url))
        .collect();
    let config = file(&directory, "targets.toml", &targets);
    let took = |concurrency: &str| {
        let (code, document) = document(&["--config", &config, "--concurrency", concurrency]);
        assert_eq!(code, 0);
        document["took_us"].as_u64().unwrap()
    };
    let (one, all) = (took("1"), took("5"));
    assert!(one >= TARGETS * EACH, "{one}");
    assert!(all >= EACH && all < one, "{all} and {one}");
}

#[test]
fn a_target_that_hangs_keeps_no_other_from_passing() {
    let hangs = server("read preface\nhang\n");
    let ok = server(&healthy(""));
    let directory = tempfile::tempdir().unwrap();
    let mut targets = format!(
        "[[target]]\nname = \"hangs\"\nurl = \"{}\"\ntimeout = \"1s\"\n",
        hangs.url
    );
    for index in 0..20 {
        targets.push_str(&format!(
            "[[target]]\nname = \"{index}\"\nurl = \"{}\"\n",
            ok.url
        ));
    }
    let config = file(&directory, "targets.toml", &targets);
    let (code, document) = document(&["--config", &config, "--concurrency", "2"]);
    assert_eq!(code, 1);
    let targets = document["targets"].as_array().unwrap();
    let of = |outcome: &str| {
        targets
            .iter()
            .filter(|it| it["outcome"] == outcome)
            .collect::<Vec<&Value>>()
    };
    assert_eq!(of("pass").len(), 20);
    let failed = of("fail");
    assert_eq!(failed[0]["name"], "hangs");
    assert_eq!(failed[0]["verdict"]["rule"], "silent-server");
    // The order is the file's, whatever was done first.
    assert_eq!(targets[0]["name"], "hangs");
}
