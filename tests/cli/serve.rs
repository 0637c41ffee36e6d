//! `grpc-probe stage`: one process serves, another calls it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Stdio};

use super::{call, code, probe, process, stderr, stdout};

/// A stage in a process of its own, which ends when it is dropped.
struct Serving {
    child: Child,
    url: String,
    _said: BufReader<ChildStderr>,
}

impl Serving {
    fn start(attempt: &str) -> Self {
        let mut command = process();
        command.args(["stage", "--listen", "127.0.0.1:0", "--attempt", attempt]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        Self {
            url: url
                .unwrap_or_else(|| panic!("no URL in {line:?}"))
                .to_owned(),
            child,
            _said: said,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself, which the test that wanted it has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn another_process_calls_each_attempt() {
    for (attempt, expected) in [
        ("json", 17),
        ("base64", 18),
        ("no-trailers", 22),
        ("healthy", 0),
    ] {
        let serving = Serving::start(attempt);
        for _ in 0..2 {
            let output = call(&[&serving.url]);
            assert_eq!(code(&output), expected, "{attempt}: {}", stdout(&output));
        }
    }
}

#[test]
fn it_listens_on_loopback_alone() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = probe()
            .args(["stage", "--listen", address])
            .output()
            .unwrap();
        assert_eq!(code(&output), 2, "{address}");
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).contains("loopback"), "{}", stderr(&output));
    }
}

#[test]
fn what_it_cannot_serve_is_said() {
    let unknown = probe()
        .args(["stage", "--attempt", "nothing"])
        .output()
        .unwrap();
    assert_eq!((code(&unknown), stdout(&unknown)), (2, ""));
    assert!(
        stderr(&unknown).contains("no-trailers"),
        "{}",
        stderr(&unknown)
    );
    let bad = probe()
        .args(["stage", "--listen", "nowhere"])
        .output()
        .unwrap();
    assert_eq!((code(&bad), stdout(&bad)), (2, ""));
    assert_eq!(stderr(&bad).lines().count(), 1, "{}", stderr(&bad));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = probe()
        .args(["stage", "--listen", &address])
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains(&address), "{}", stderr(&output));
}
