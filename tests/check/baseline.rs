//! Shapes that are recorded, and what differs from them.

use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use super::{check, code, document, file, healthy, path, read, server, stderr, stdout};

fn config(directory: &tempfile::TempDir, url: &str) -> String {
    file(
        directory,
        "targets.toml",
        &format!("[[target]]\nname = \"api\"\nurl = \"{url}\"\n"),
    )
}

fn differences(document: &Value) -> Vec<(String, String, String)> {
    let findings = document["targets"][0]["findings"]
        .as_array()
        .unwrap()
        .iter();
    findings
        .filter(|finding| finding["rule"] == "baseline-difference")
        .map(|finding| {
            let of = |key: &str| finding[key].as_str().unwrap().to_owned();
            (of("step"), of("severity"), of("message"))
        })
        .collect()
}

#[test]
fn a_shape_is_recorded_once_and_compared_then() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = path(&directory, "baseline.json");
    let first = server(&healthy("  x-version: 1\n  x-gone: 1\n"));
    let config = config(&directory, &first.url);
    let arguments = ["--config", &config, "--baseline", &baseline];
    let recorded = check(&arguments);
    assert_eq!(
        code(&recorded),
        0,
        "{}{}",
        stdout(&recorded),
        stderr(&recorded)
    );
    assert!(stdout(&recorded).contains("recorded in the baseline"));
    let nothing = format!("{baseline} had nothing to compare 1 target with");
    assert!(
        stderr(&recorded).contains(&nothing),
        "{}",
        stderr(&recorded)
    );
    let text = read(&baseline);
    let shape: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shape["format"], "grpc-probe.baseline/1");
    let validator = jsonschema::validator_for(&grpc_probe::check::baseline::schema()).unwrap();
    assert!(validator.is_valid(&shape));
    let shape = &shape["targets"]["api"];
    assert_eq!(shape["content_type"], "application/grpc");
    assert_eq!(shape["grpc_status"], "OK");
    assert_eq!(
        shape["frames"],
        serde_json::json!(["HEADERS", "DATA", "HEADERS END_STREAM"])
    );
    assert_eq!(
        shape["headers"],
        serde_json::json!(["content-type", "x-gone", "x-version"])
    );
    // Other values, and a body in other frames, are the same shape; and nothing is recorded anew.
    let same =
        server(&healthy("  x-version: 2\n  x-gone: 2\n").replacen("message", "message split=3", 1));
    self::config(&directory, &same.url);
    let (code, document) = document(&arguments);
    assert_eq!(
        (code, differences(&document)),
        (0, Vec::new()),
        "{document:#}"
    );
    assert_eq!(read(&baseline), text);
    let other = server(&healthy("  x-new: 1\n  x-version: 1\n").replacen(
        "application/grpc",
        "application/grpc+proto",
        1,
    ));
    self::config(&directory, &other.url);
    let (code, document) = self::document(&arguments);
    assert_eq!(code, 1);
    let error =
        |step: &str, message: &str| (step.to_owned(), "error".to_owned(), message.to_owned());
    assert_eq!(
        differences(&document),
        [
            error("response", "the header x-gone was there, is gone"),
            error("response", "the header x-new was not there, is now"),
            error(
                "content-type",
                "content-type was application/grpc, is application/grpc+proto"
            ),
        ]
    );
    assert_eq!(read(&baseline), text);
    // Wanted so, it is recorded.
    let updated = check(&[&arguments[..], &["--update-baseline"]].concat());
    assert_eq!(self::code(&updated), 0, "{}", stdout(&updated));
    assert!(read(&baseline).contains("application/grpc+proto"));
    assert_eq!(self::code(&check(&arguments)), 0);
}

/// The URL of a relay that leads one connection to each of these, in turn.
fn in_turn(urls: [&str; 2]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let relay = listener.local_addr().unwrap();
    let addresses = urls.map(|url| url.split('/').nth(2).unwrap().to_owned());
    std::thread::spawn(move || {
        for (client, address) in listener.incoming().flatten().zip(addresses) {
            let server = TcpStream::connect(address).unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server, client),
            ] {
                // It ends with either side.
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    let path = urls[0].splitn(4, '/').last().unwrap();
    format!("http://{relay}/{path}")
}

#[test]
fn calls_that_differ_in_shape_are_not_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = path(&directory, "baseline.json");
    let servers = [server(&healthy("  x-odd: 1\n")), server(&healthy(""))];
    let url = in_turn(servers.each_ref().map(|server| server.url.as_str()));
    let output = check(&[&url, "--repeat=2", "--baseline", &baseline]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let said = "no shape is recorded in the baseline: the calls differ in it";
    assert!(stdout(&output).contains(said), "{}", stdout(&output));
    assert!(!read(&baseline).contains("x-odd"));
}

#[test]
fn what_fails_is_not_recorded_and_what_improves_is_a_note() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = path(&directory, "baseline.json");
    let config = config(&directory, "stage:no-trailers");
    let output = check(&["--config", &config, "--baseline", &baseline]);
    assert_eq!(code(&output), 1);
    assert!(
        stdout(&output).contains("no shape is recorded"),
        "{}",
        stdout(&output)
    );
    assert!(!read(&baseline).contains("api"));
    let partial = |url: &str| {
        file(
            &directory,
            "targets.toml",
            &format!("[[target]]\nname = \"api\"\nurl = \"{url}\"\nexpect.step = \"message\"\n"),
        )
    };
    let config = partial("stage:no-trailers");
    assert_eq!(
        code(&check(&["--config", &config, "--baseline", &baseline])),
        0
    );
    assert_eq!(
        code(&check(&["--config", &config, "--baseline", &baseline])),
        0
    );
    partial("stage:healthy");
    let (code, document) = document(&["--config", &config, "--baseline", &baseline]);
    assert_eq!(code, 0, "{document:#}");
    let found = differences(&document);
    let trailers = found
        .iter()
        .find(|(step, _, message)| step == "trailers" && message.contains("fail"));
    assert_eq!(trailers.unwrap().1, "note", "{found:?}");
    assert!(
        trailers.unwrap().2.contains("trailers was fail, is pass"),
        "{found:?}"
    );
}

#[test]
fn what_a_better_step_does_not_bring_is_a_difference() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = path(&directory, "baseline.json");
    let given = |script: &str| {
        let server = server(script);
        let text = format!(
            "[[target]]\nname = \"api\"\nurl = \"{}\"\nexpect.step = \"message\"\n",
            server.url
        );
        (file(&directory, "targets.toml", &text), server)
    };
    let whole = healthy("  x-version: 1\n");
    let no_trailers = whole.replacen(
        "headers end_stream\n  grpc-status: 0\n",
        "data end_stream\n",
        1,
    );
    let (config, _server) = given(&no_trailers);
    let arguments = ["--config", &config, "--baseline", &baseline];
    assert_eq!(code(&check(&arguments)), 0);
    let (_, _server) = given(&whole);
    let (code, better) = document(&arguments);
    assert_eq!(code, 0, "{better:#}");
    assert!(differences(&better).len() > 2, "{better:#}");
    assert!(
        differences(&better)
            .iter()
            .all(|(_, severity, _)| severity == "note")
    );
    // With that the headers are others, which no trailers bring.
    let other = whole.replacen("x-version", "x-other", 1);
    let (_, _server) = given(&other.replacen("application/grpc", "application/grpc+proto", 1));
    let (code, document) = document(&arguments);
    let errors: Vec<_> = differences(&document)
        .into_iter()
        .filter(|(_, severity, _)| severity == "error")
        .map(|(_, _, message)| message)
        .collect();
    let expected = [
        "the header x-version was there, is gone",
        "the header x-other was not there, is now",
        "content-type was application/grpc, is application/grpc+proto",
    ];
    assert_eq!((code, errors), (1, expected.map(str::to_owned).to_vec()));
}

#[test]
fn headers_may_be_left_out_of_the_comparison() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = path(&directory, "baseline.json");
    let first = server(&healthy("  x-cache: 1\n"));
    let other = server(&healthy("  x-served-by: 1\n"));
    let given = |url: &str, more: &str| {
        let text = format!("[[target]]\nname = \"api\"\nurl = \"{url}\"\n{more}");
        file(&directory, "targets.toml", &text)
    };
    let config = given(&first.url, "");
    let arguments = ["--config", &config, "--baseline", &baseline];
    assert_eq!(code(&check(&arguments)), 0);
    given(&other.url, "baseline-ignore = [\"X-Cache\"]\n");
    let (code, document) = document(&arguments);
    assert_eq!((code, differences(&document).len()), (1, 1), "{document:#}");
    let more = ["--baseline-ignore", "x-served-by"];
    let output = check(&[&arguments[..], &more].concat());
    assert_eq!(self::code(&output), 0, "{}", stdout(&output));
    // After the step that has to hold nothing has to be alike.
    let late = server(&healthy("  x-cache: 1\n").replacen(
        "grpc-status: 0",
        "grpc-status: 0\n  x-t: 1",
        1,
    ));
    given(&late.url, "expect.step = \"message\"\n");
    let (code, document) = self::document(&arguments);
    let note = ("trailers".to_owned(), "note".to_owned());
    let found = differences(&document);
    assert_eq!(code, 0, "{document:#}");
    assert_eq!((found[0].0.clone(), found[0].1.clone()), note);
}

#[test]
fn a_baseline_holds_no_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = path(&directory, "baseline.json");
    let echo = server(&healthy("").replacen(
        "application/grpc",
        "application/grpc;key=Zebra-Token-12345;id=Other-Secret-99",
        1,
    ));
    let text = format!(
        "[[target]]\nname = \"api\"\nurl = \"{}\"\nheaders = {{ x-plain = \"${{KEY}}\", authorization = \"Other-Secret-99\" }}\nexpect.lenient = true\n",
        echo.url
    );
    let config = file(&directory, "targets.toml", &text);
    for _ in 0..2 {
        let mut command = super::probe();
        command.env("KEY", "Zebra-Token-12345");
        let arguments = ["--config", &config, "--baseline", &baseline];
        let output = command.args(arguments).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stdout(&output));
        let recorded = read(&baseline);
        assert!(recorded.contains("application/grpc;"), "{recorded}");
        assert!(
            !recorded.contains("Zebra") && !recorded.contains("Other"),
            "{recorded}"
        );
    }
}

#[test]
fn a_file_that_is_no_baseline_sends_nothing() {
    let ok = server(&healthy(""));
    let directory = tempfile::tempdir().unwrap();
    for text in [
        "{}",
        "nonsense",
        "{\"format\": \"grpc-probe.baseline/2\", \"targets\": {}}",
    ] {
        let baseline = file(&directory, "baseline.json", text);
        let output = check(&[&ok.url, "--baseline", &baseline]);
        assert_eq!((code(&output), stdout(&output)), (2, ""));
        assert!(
            stderr(&output).contains("it is no grpc-probe.baseline/1 document"),
            "{}",
            stderr(&output)
        );
        assert_eq!(read(&baseline), text, "it stays as it is");
    }
    assert!(ok.connections().is_empty());
    let empty = file(&directory, "baseline.json", "");
    assert_eq!(code(&check(&[&ok.url, "--baseline", &empty])), 0);
    assert_eq!(code(&check(&[&ok.url, "--update-baseline"])), 2);
}
