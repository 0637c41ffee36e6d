//! A run that is interrupted reports what is done.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{file, path, process, read, server, xml};

#[test]
fn what_is_done_is_reported() {
    for signal in ["INT", "TERM"] {
        let hangs = server("read preface\nhang\n");
        let directory = tempfile::tempdir().unwrap();
        let junit = path(&directory, "junit.xml");
        let config = file(
            &directory,
            "targets.toml",
            &format!(
                "[[target]]\nname = \"done\"\nurl = \"stage:healthy\"\n[[target]]\nname = \"hangs\"\nurl = \"{}\"\ntimeout = \"60s\"\n",
                hangs.url
            ),
        );
        let child = process()
            .args(["check", "--config", &config, "--concurrency", "1"])
            .arg(format!("--report=junit={junit}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while hangs.connections().is_empty() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the second target is never called"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        let id = child.id().to_string();
        let killed = Command::new("kill")
            .args([&format!("-{signal}"), &id])
            .status()
            .unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("✓ done"), "{text}");
        assert!(
            text.contains("? hangs  not done: the run was interrupted"),
            "{text}"
        );
        assert!(text.contains("1 of 2 targets pass"), "{text}");
        let report = xml::junit(&read(&junit));
        let skipped = report.children[1]
            .all("testcase")
            .next()
            .unwrap()
            .all("skipped")
            .count();
        assert_eq!(skipped, 1);
    }
}

#[test]
fn what_a_target_under_way_came_to_is_told() {
    let nobody = server("listen nobody\n");
    let child = process()
        .args(["check", &nobody.url, "--wait", "60s"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The first calls fail within milliseconds.
    std::thread::sleep(Duration::from_secs(2));
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "not done: the run was interrupted, with ",
        " calls made; the last that failed: connect fails: the connection was refused",
    ] {
        assert!(words.contains(told), "{text}");
    }
}
