//! Ten targets on the embedded stage, in every format.

use std::path::Path;

use serde_json::Value;

use super::{check, code, document, file, path, probe, read, reports, stderr, stdout, xml};

/// Name, attempt, the first failing step and all that fail.
const TARGETS: &[(&str, &str, &[&str])] = &[
    ("first", "healthy", &[]),
    (
        "json",
        "json",
        &["content-type", "length-prefix", "trailers"],
    ),
    ("raw-text", "raw-text", &["length-prefix", "trailers"]),
    ("base64", "base64", &["base64", "trailers"]),
    ("no-prefix", "no-prefix", &["length-prefix", "trailers"]),
    ("no-trailers", "no-trailers", &["trailers"]),
    ("second", "healthy", &[]),
    ("third", "healthy", &[]),
    (
        "json again",
        "json",
        &["content-type", "length-prefix", "trailers"],
    ),
    ("last", "healthy", &[]),
];

fn config(directory: &tempfile::TempDir) -> String {
    let mut text = String::new();
    for (name, attempt, _) in TARGETS {
        text.push_str(&format!(
            "[[target]]\nname = \"{name}\"\nurl = \"stage:{attempt}\"\n"
        ));
    }
    file(directory, "targets.toml", &text)
}

fn failing<'s>(steps: &'s [&str]) -> Option<&'s str> {
    steps.first().copied()
}

#[test]
fn every_target_has_its_line_in_every_format() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(&directory);
    let at = |name: &str| path(&directory, name);
    let mut command = probe();
    command.args(["--config", &config, "--report=github"]);
    let output = command.args(reports(&directory)).output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (1, ""));
    human(stdout(&output));
    github(stdout(&output));
    junit(&read(at("junit.xml")));
    json(&serde_json::from_str(&read(at("check.json"))).unwrap());
    markdown(&read(at("summary.md")));
    prometheus(&read(at("check.prom")));
}

fn human(text: &str) {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(['✓', '✗']))
        .collect();
    for ((name, _, steps), line) in TARGETS.iter().zip(&lines) {
        let sign = if steps.is_empty() { '✓' } else { '✗' };
        let start = format!("{sign} {name:<11}  {}", failing(steps).unwrap_or("pass"));
        assert!(line.starts_with(&start), "{line:?}, not {start:?}");
    }
    let end = text.lines().rfind(|line| !line.starts_with("::")).unwrap();
    assert!(end.starts_with("4 of 10 targets pass, in "), "{end}");
    assert!(end.contains("; json: content-type fails: "), "{end}");
    // How to mend what several targets fail by is said once.
    let shown = || text.lines().filter(|line| !line.starts_with("::"));
    let times = |part| shown().filter(|line| line.contains(part)).count();
    assert_eq!(times("grpc_http1_reverse_bridge"), 1);
    // Of six trailers but the first; and all else of the second target with JSON.
    assert_eq!(times("    as with   json, above"), 5 + 2);
    let wide = shown().filter(|line| *line != end && line.chars().count() > 80);
    assert_eq!(wide.count(), 0);
}

fn github(text: &str) {
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
    let failed: Vec<_> = TARGETS
        .iter()
        .filter(|(.., steps)| !steps.is_empty())
        .collect();
    assert_eq!(lines.len(), failed.len());
    for ((name, _, steps), line) in failed.iter().zip(lines) {
        let step = steps[0];
        let start = format!("::error title={name}%3A {step} fails::{step} fails: ");
        assert!(line.starts_with(&start), "{line}");
        assert!(line.contains("%0Afix: "), "{line}");
        for step in *steps {
            assert!(line.contains(&format!("%0A{step}: ")), "{step} in {line}");
        }
    }
}

fn junit(text: &str) {
    let report = xml::junit(text);
    assert_eq!(report.get("tests"), "10");
    assert_eq!(report.get("failures"), "6");
    for ((name, attempt, steps), suite) in TARGETS.iter().zip(report.all("testsuite")) {
        let case = suite.all("testcase").next().unwrap();
        assert_eq!(case.get("name"), *name);
        let properties = suite.all("properties").next().unwrap();
        let value = |name: &str| {
            let property = properties.all("property").find(|it| it.get("name") == name);
            property
                .map(|it| it.get("value").to_owned())
                .unwrap_or_default()
        };
        assert_eq!(value("url"), format!("stage:{attempt}"));
        assert!(value("total_us").parse::<u64>().unwrap() > 0);
        assert_eq!(value("calls"), "1");
        let failure = case.all("failure").next();
        assert_eq!(failure.is_some(), !steps.is_empty(), "{name}");
        if let Some(failure) = failure {
            assert!(
                failure
                    .get("message")
                    .starts_with(&format!("{} fails: ", steps[0]))
            );
            assert!(failure.get("type").contains('-'));
            assert!(failure.text.contains("\nfix: "), "{}", failure.text);
            for step in *steps {
                assert!(
                    failure.text.contains(&format!("{step}: ")),
                    "{}",
                    failure.text
                );
            }
        }
    }
}

fn json(document: &Value) {
    valid(document);
    assert_eq!(document["outcome"], "fail");
    let targets = document["targets"].as_array().unwrap();
    assert_eq!(targets.len(), TARGETS.len());
    for ((name, attempt, steps), target) in TARGETS.iter().zip(targets) {
        assert_eq!(target["name"], *name);
        assert_eq!(target["url"], format!("stage:{attempt}"));
        assert_eq!(
            target["outcome"],
            if steps.is_empty() { "pass" } else { "fail" }
        );
        assert_eq!(target["verdict"]["step"].as_str(), failing(steps));
        let failed = target["steps"].as_array().unwrap().iter();
        let failed: Vec<&str> = failed
            .filter(|step| step["status"] == "fail")
            .map(|step| step["step"].as_str().unwrap())
            .collect();
        assert_eq!(failed, *steps, "{name}");
    }
}

fn markdown(text: &str) {
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert_eq!(rows.len(), TARGETS.len(), "{text}");
    for ((name, _, steps), row) in TARGETS.iter().zip(rows) {
        let outcome = failing(steps).map_or("✅ pass".to_owned(), |step| format!("❌ {step}"));
        let start = format!("| {name} | {outcome} | ").replace('-', "\\-");
        assert!(row.starts_with(&start), "{row}, not {start}");
        assert_eq!(row.matches('|').count(), 5, "{row}");
    }
}

fn prometheus(text: &str) {
    for (name, _, steps) in TARGETS {
        let value = u8::from(steps.is_empty());
        let line = format!("grpc_probe_success{{target=\"{name}\"}} {value}");
        assert!(text.lines().any(|it| it == line), "{line}");
        for step in ["content-type", "base64", "length-prefix", "trailers"] {
            let ok = u8::from(!steps.contains(&step));
            let line = format!("grpc_probe_step_ok{{target=\"{name}\",step=\"{step}\"}} {ok}");
            assert!(text.lines().any(|it| it == line), "{line}");
        }
        assert!(
            !text.contains(&format!("target=\"{name}\",step=\"tls\"")),
            "plaintext has no TLS"
        );
        let seconds = format!("grpc_probe_duration_seconds{{target=\"{name}\",phase=\"total\"}} ");
        let took = text.lines().find_map(|line| line.strip_prefix(&seconds));
        assert!(took.unwrap().parse::<f64>().unwrap() > 0.0, "{seconds}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

fn valid(document: &Value) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/schema/grpc-probe.check-1.schema.json");
    let schema = serde_json::from_str(&read(schema)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn a_target_that_passes_with_a_warning_says_so_in_every_format() {
    let warns = super::server(&super::healthy("").replacen(
        "grpc-status: 0",
        "grpc-status: 0\n  grpc-status-details-bin: CAU",
        1,
    ));
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| path(&directory, name);
    let output = check(&[
        &warns.url,
        &format!("--report=junit={}", at("junit.xml")),
        &format!("--report=markdown={}", at("summary.md")),
        "--report=github",
    ]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let annotation = stdout(&output)
        .lines()
        .rfind(|it| it.starts_with("::"))
        .unwrap();
    assert!(annotation.starts_with("::warning title="), "{annotation}");
    assert!(
        annotation.contains("passes with a warning::grpc-status: "),
        "{annotation}"
    );
    assert!(read(at("summary.md")).contains("pass | warning\\: grpc\\-status\\: "));
    let report = xml::junit(&read(at("junit.xml")));
    let case = report.children[0].all("testcase").next().unwrap();
    let said = &case.all("system-out").next().unwrap().text;
    assert!(said.starts_with("warning: grpc-status: "), "{said}");
}

#[test]
fn a_summary_is_no_longer_than_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let name = "n".repeat(1_500);
    let targets: String = (0..400)
        .map(|index| format!("[[target]]\nname = \"{index}{name}\"\nurl = \"stage:json\"\n"))
        .collect();
    let config = file(&directory, "targets.toml", &targets);
    let summary = path(&directory, "summary.md");
    let output = check(&[
        "--config",
        &config,
        &format!("--report=markdown={summary}"),
        "-q",
    ]);
    assert_eq!(code(&output), 1);
    let text = read(&summary);
    assert!(text.len() < 1_001_000, "{}", text.len());
    assert!(text.contains(" more lines are left out: "));
    assert!(text.contains(" more failures are left out: "));
}

#[test]
fn the_jobs_summary_goes_where_github_says() {
    let directory = tempfile::tempdir().unwrap();
    let summary = file(&directory, "summary", "from another step\n");
    let mut command = probe();
    command.env("GITHUB_STEP_SUMMARY", &summary);
    let output = command
        .args(["stage:healthy", "--report", "markdown"])
        .output()
        .unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let text = read(&summary);
    assert!(
        text.starts_with("from another step\n### grpc-probe check\n"),
        "{text}"
    );
    let output = check(&["stage:healthy", "--report", "markdown"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert!(stderr(&output).contains("GITHUB_STEP_SUMMARY is not set"));
}

#[cfg(unix)]
#[test]
fn a_report_stays_as_private_as_it_was() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let report = file(&directory, "junit.xml", "of before");
    std::fs::set_permissions(&report, std::fs::Permissions::from_mode(0o600)).unwrap();
    let output = check(&["stage:healthy", &format!("--report=junit={report}")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(read(&report).starts_with("<?xml"));
    let mode = std::fs::metadata(&report).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn annotations_beyond_those_that_are_shown_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let targets: String = (0..25)
        .map(|index| format!("[[target]]\nname = \"t{index}\"\nurl = \"stage:json\"\n"))
        .collect();
    let config = file(&directory, "targets.toml", &targets);
    let output = check(&["--config", &config, "--report=github", "-q"]);
    let lines = stdout(&output).lines().filter(|it| it.starts_with("::"));
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 10);
    assert!(lines[8].starts_with("::error title=t8%3A content-type fails::"));
    let last = "::error title=16 more::t9: content-type fails%0At10: ";
    assert!(lines[9].starts_with(last), "{}", lines[9]);
}

#[test]
fn a_failure_that_no_rule_explains_has_its_words() {
    let odd = super::server(&super::healthy("  x-note: a\\x01\n"));
    let directory = tempfile::tempdir().unwrap();
    let junit = path(&directory, "junit.xml");
    let output = check(&[&odd.url, &format!("--report=junit={junit}")]);
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    let report = xml::junit(&read(&junit));
    let case = report.children[0].all("testcase").next().unwrap();
    let failure = case.all("failure").next().unwrap();
    let said =
        "response could not be judged: the h2 crate, and tonic with it, refuses this response: ";
    assert!(failure.text.starts_with(said), "{}", failure.text);
}

#[test]
fn several_urls_are_several_targets() {
    let (code, document) = document(&["stage:healthy", "stage:no-trailers"]);
    assert_eq!(code, 1);
    let names: Vec<&Value> = document["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["stage:healthy", "stage:no-trailers"]);
    let output = check(&["stage:", "-q"]);
    assert_eq!(self::code(&output), 1);
    assert_eq!(
        stdout(&output)
            .lines()
            .filter(|line| line.starts_with('✗'))
            .count(),
        5
    );
}

#[test]
fn colour_says_nothing_that_text_does_not() {
    let of = |color: &str| {
        let output = check(&["stage:json", "--color", color]);
        stdout(&output).to_owned()
    };
    let (plain, colored) = (of("never"), of("always"));
    assert!(!plain.contains('\u{1b}') && colored.contains('\u{1b}'));
    let mut text = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        text.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    text.push_str(rest);
    // The last line has how long it took.
    let body = |text: &str| text.rsplit_once("\n\n").unwrap().0.to_owned();
    assert_eq!(body(&text), body(&plain));
}

#[test]
fn reports_that_cannot_be_written_stop_the_check_before_anything_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = path(&directory, "none/report");
    let elsewhere = tempfile::tempdir().unwrap();
    let read = file(&elsewhere, "read.txt", "{}");
    for (arguments, sentence) in [
        (vec![format!("--report=junit={nowhere}")], "none/report"),
        (vec![format!("--baseline={nowhere}")], "none/report"),
        (vec![format!("--output={nowhere}")], "none/report"),
        (
            vec!["--report=junit".to_owned()],
            "--report junit needs a file",
        ),
        (vec!["--report=junti=x".to_owned()], "there are junit, json"),
        (
            vec!["--report=junit=-".to_owned()],
            "a report goes to a file",
        ),
        (
            vec![format!("--data=@{read}"), format!("--report=json={read}")],
            "read.txt is read, and cannot be written",
        ),
        (
            vec!["--report=github".to_owned(), "--format=json".to_owned()],
            "both go to standard output",
        ),
        (
            vec![
                format!("--report=json={}", path(&directory, "a")),
                format!("--report=junit={}", path(&directory, "a")),
            ],
            "would be written twice",
        ),
        (
            vec![
                format!("--report=json={}", path(&directory, "a")),
                format!("--baseline={}", path(&directory, "./a")),
            ],
            "would be written twice",
        ),
    ] {
        let output = probe()
            .arg("stage:healthy")
            .args(&arguments)
            .output()
            .unwrap();
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{arguments:?}");
        assert!(stderr(&output).contains(sentence), "{}", stderr(&output));
    }
    let config = config(&elsewhere);
    let output = check(&["--config", &config, "-o", &config]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert!(super::read(&config).starts_with("[[target]]"));
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 0, "no empty report is left");
}
