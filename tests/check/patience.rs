//! Waiting, trying again, and calling several times: none of which hides a failure.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{check, code, document, healthy, path, read, server, stdout, xml};

/// A stage that is served by another process from some time on, at a port that was free.
struct Late {
    child: Option<Child>,
    url: String,
}

impl Late {
    fn start(after: Duration) -> (std::thread::JoinHandle<Self>, String) {
        // Below those that systems give to whoever asks for any, so that nobody else has it meanwhile.
        let mut ports = (20_000 + (std::process::id() % 10_000) as u16)..32_000;
        let port = ports
            .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
            .unwrap();
        let url = format!("http://127.0.0.1:{port}/Prod/hello.HelloService/Hello");
        let serving = std::thread::spawn({
            let url = url.clone();
            move || {
                std::thread::sleep(after);
                let child = Command::new(assert_cmd::cargo::cargo_bin!("grpc-probe"))
                    .args(["stage", "--listen", &format!("127.0.0.1:{port}")])
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn();
                Self {
                    child: child.ok(),
                    url,
                }
            }
        });
        (serving, url)
    }
}

impl Drop for Late {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself, which the test has noticed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_stage_that_comes_up_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let junit = path(&directory, "junit.xml");
    let (serving, url) = Late::start(Duration::from_secs(3));
    let output = check(&[&url, "--wait", "30s", &format!("--report=junit={junit}")]);
    let late = serving.join().unwrap();
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_eq!(late.url, url);
    let text = stdout(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let after = text.split_once("the stage came up after ").unwrap().1;
    let seconds: f64 = after.split_once(' ').unwrap().0.parse().unwrap();
    assert!((2.5..15.0).contains(&seconds), "{text}");
    assert!(
        text.contains("earlier calls failed, the last: connect fails: the connection was refused"),
        "{text}"
    );
    assert!(text.contains("1 passed after a call that failed"), "{text}");
    let report = xml::junit(&read(&junit));
    let case = report.children[0].all("testcase").next().unwrap();
    assert_eq!(case.all("failure").count(), 0);
    let flaky = case.all("flakyFailure").next().unwrap();
    assert_eq!(flaky.get("type"), "connection-refused");
}

#[test]
fn a_stage_that_never_comes_up_fails_in_time_with_its_step() {
    for (script, step, word) in [
        ("listen nobody\n", "connect", "refused"),
        (
            "settings\nsettings ack\nheaders end_stream\n  :status: 503\n  content-type: text/html\nhang\n",
            "http-status",
            "503",
        ),
        (
            "settings\nsettings ack\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n  grpc-status: 14\nhang\n",
            "grpc-status",
            "UNAVAILABLE",
        ),
    ] {
        let server = server(script);
        let begun = Instant::now();
        let (code, document) = document(&[&server.url, "--wait", "2s"]);
        let took = begun.elapsed();
        assert_eq!(code, 1);
        assert!(
            (Duration::from_millis(1_800)..Duration::from_secs(6)).contains(&took),
            "{took:?}"
        );
        let target = &document["targets"][0];
        assert_eq!(target["verdict"]["step"], step);
        let summary = target["verdict"]["summary"].as_str().unwrap();
        assert!(
            summary.contains(word) && !summary.contains("timed out"),
            "{summary}"
        );
        assert!(target["attempts"].as_u64().unwrap() >= 3, "{target:#}");
    }
}

#[test]
fn a_server_that_hangs_is_not_waited_for_any_longer() {
    let server = server("read preface\nhang\n");
    let begun = Instant::now();
    let (code, document) = document(&[&server.url, "--wait", "1s", "--timeout", "20s"]);
    assert_eq!(code, 1);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let target = &document["targets"][0];
    assert_eq!(target["verdict"]["step"], "preface");
    assert_eq!(target["verdict"]["rule"], "silent-server");
}

#[test]
fn a_stage_that_answers_wrongly_is_not_waited_for() {
    let begun = Instant::now();
    let (code, document) = document(&["stage:no-prefix", "--wait", "30s", "--retries", "5"]);
    assert_eq!(code, 1);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(document["targets"][0]["attempts"], 1);
}

#[test]
fn what_is_no_matter_of_time_is_not_waited_for() {
    let answers = |status: &str| {
        server(&format!(
            "settings\nsettings ack\nheaders end_stream\n  :status: {status}\n  content-type: text/html\nhang\n"
        ))
    };
    let ok = server(&healthy(""));
    let forbidden = answers("403");
    for arguments in [
        &[ok.url.as_str(), "--expect-header", "x-none"][..],
        &[ok.url.as_str(), "--expect-within", "connect=1us"],
        &[forbidden.url.as_str()],
    ] {
        let (code, document) = document(&[arguments, &["--wait", "30s"]].concat());
        let target = &document["targets"][0];
        assert_eq!((code, &target["attempts"]), (1, &1.into()), "{arguments:?}");
        assert!(!target.to_string().contains("is not up"), "{target:#}");
    }
    // What a gateway says while nothing is behind it is waited for, whatever else is expected.
    for (status, more) in [("404", "x-none"), ("504", "content-type")] {
        let gateway = answers(status);
        let (code, document) = document(&[&gateway.url, "--wait", "1s", "--expect-header", more]);
        let target = &document["targets"][0];
        assert_eq!(code, 1);
        assert!(target["attempts"].as_u64().unwrap() >= 2, "{target:#}");
        assert!(
            target["notes"][0]
                .as_str()
                .unwrap()
                .ends_with("the stage is not up")
        );
    }
    let down = server(
        "settings\nsettings ack\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n  grpc-status: 14\nhang\n",
    );
    let (code, document) = document(&[&down.url, "--wait", "1s", "--expect-step", "message"]);
    assert_eq!(code, 1);
    assert!(document["targets"][0]["attempts"].as_u64().unwrap() >= 2);
}

#[test]
fn only_failures_before_a_response_are_tried_again() {
    let reset = server("settings\nsettings ack\nrst REFUSED_STREAM\nhang\n");
    let (code, document) = document(&[&reset.url, "--retries", "2"]);
    assert_eq!(code, 1);
    let target = &document["targets"][0];
    assert_eq!(target["attempts"], 3);
    assert_eq!(target["verdict"]["step"], "response");
    assert_eq!(target["earlier"][0]["calls"], 2);
    assert_eq!(target["earlier"][0]["rule"], target["verdict"]["rule"]);
    assert_eq!(reset.connections().len(), 3);
    let page = server("settings\nsettings ack\nheaders end_stream\n  :status: 502\nhang\n");
    let (_, document) = self::document(&[&page.url, "--retries", "2"]);
    assert_eq!(document["targets"][0]["attempts"], 1);
    // What is expected and not so is no accident.
    let ok = server(&healthy(""));
    let (code, document) =
        self::document(&[&ok.url, "--retries", "2", "--expect-header", "x-none"]);
    assert_eq!((code, &document["targets"][0]["attempts"]), (1, &1.into()));
}

#[test]
fn several_calls_have_all_to_pass() {
    let ok = server(&healthy(""));
    let (code, document) = document(&[&ok.url, "--repeat", "5"]);
    assert_eq!(code, 0);
    let target = &document["targets"][0];
    assert_eq!(target["attempts"], 5);
    assert_eq!(ok.connections().len(), 5);
    let phases = target["latency"].as_array().unwrap();
    let names: Vec<_> = phases
        .iter()
        .map(|it| it["phase"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["connect", "first-byte", "total"]);
    for phase in phases {
        let of = |key: &str| phase[key].as_u64().unwrap();
        assert!(
            of("min_us") <= of("median_us") && of("median_us") <= of("max_us"),
            "{phase}"
        );
    }
    let (code, document) = self::document(&["stage:json", "--repeat", "5"]);
    assert_eq!((code, &document["targets"][0]["attempts"]), (1, &1.into()));
}
