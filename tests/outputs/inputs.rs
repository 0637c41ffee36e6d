//! Everything that has an output.

use std::path::{Path, PathBuf};

use grpc_probe::report::{Options, human, json};
use grpc_probe::stage::ATTEMPTS;
use grpc_probe::{check, rules};
use ring::digest::{SHA256, digest};

use super::clients::{NOT_KNOWN, TEXTS};
use super::conversations::CONVERSATIONS;
use super::entry::Entry;
use super::probe::Probed;
use super::process::{CALL, DECODE, EXPLAIN, entry};
use super::support::script::Script;

/// Base64 as an HTTP body, for which no capture has a file.
const BODY: &str = "AAAAAA8KDUhlbGxvLCB3b3JsZC4=";

/// An input, or several that need the same preparation.
#[derive(Debug)]
pub(crate) enum Input {
    /// A script: called, then decoded as the bytes of both directions.
    Script(PathBuf),
    /// A capture or log, with its name and further arguments.
    Capture(String, PathBuf, &'static [&'static str]),
    /// The same as text.
    Text(String, &'static str, &'static [&'static str]),
    /// What a client printed, or the name of a rule.
    Explain(String, &'static str),
    /// An attempt of the embedded stage, or an empty name for the tour.
    Stage(&'static str),
    /// A check of the targets on the embedded stage.
    Check,
    /// Two checks of a target whose shape is recorded in between.
    Baseline,
}

/// All inputs, starting with those that wait for a deadline.
pub(crate) fn all() -> Vec<Input> {
    let mut inputs = Vec::new();
    for folder in ["fixtures/rules", "fixtures/healthy"] {
        inputs.extend(
            files(&root().join(folder), &["script"])
                .into_iter()
                .map(Input::Script),
        );
    }
    assert!(inputs.len() > 400, "only {} scripts", inputs.len());
    let captures = files(
        &root().join("fixtures/captures"),
        &["har", "hex", "log", "pcapng", "txt"],
    );
    assert!(captures.len() > 10, "only {} captures", captures.len());
    let captures = captures
        .into_iter()
        .filter(|path| !path.ends_with("tls.keys.log"));
    let logs = files(&root().join("tests/outputs/logs"), &["log"]);
    inputs.extend(captures.chain(logs).map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        Input::Capture(name, path, &[])
    }));
    let tls = root().join("fixtures/captures/tls.pcapng");
    let keys = &["--keylog", "tls.keys.log"];
    inputs.push(Input::Capture("tls.pcapng-decrypted".to_owned(), tls, keys));
    for (index, text) in CONVERSATIONS.iter().enumerate() {
        inputs.push(Input::Text(format!("conversation-{index}"), text, &[]));
    }
    inputs.push(Input::Text("body".to_owned(), BODY, &["--from", "body"]));
    let texts = TEXTS
        .iter()
        .map(|(text, ..)| *text)
        .chain(NOT_KNOWN.iter().copied());
    for text in texts {
        inputs.push(Input::Explain(format!("text/{}", slug(text)), text));
    }
    for rule in rules::RULES.iter().chain(check::rules::RULES) {
        inputs.push(Input::Explain(format!("rule/{}", rule.name), rule.name));
    }
    inputs.extend(ATTEMPTS.iter().map(|attempt| Input::Stage(attempt.name)));
    inputs.extend([Input::Stage(""), Input::Check, Input::Baseline]);
    inputs
}

impl Input {
    /// Runs the probe on the input.
    pub(crate) fn run(&self) -> Vec<Entry> {
        match self {
            Self::Script(path) => script(path),
            Self::Capture(name, path, arguments) => {
                let file = path.file_name().unwrap().to_str().unwrap();
                let words: Vec<&str> = [&["decode", file], *arguments].concat();
                let folder = path.parent().unwrap();
                vec![entry(format!("decode/{name}"), folder, &words, DECODE)]
            }
            Self::Text(name, text, arguments) => {
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(folder.path().join("input"), text).unwrap();
                let words: Vec<&str> = [&["decode", "input"], *arguments].concat();
                vec![entry(
                    format!("decode/{name}"),
                    folder.path(),
                    &words,
                    DECODE,
                )]
            }
            Self::Explain(name, text) => {
                vec![entry(
                    format!("explain/{name}"),
                    root(),
                    &["explain", text],
                    EXPLAIN,
                )]
            }
            Self::Stage(attempt) => {
                let url = format!("stage:{attempt}");
                // The port would change the length of the frame with this field.
                let words = ["call", &url, "--authority", "stage.example.com"];
                let name = if attempt.is_empty() { "tour" } else { attempt };
                vec![entry(format!("stage/{name}"), root(), &words, CALL).without_times()]
            }
            Self::Check => vec![check()],
            Self::Baseline => vec![baseline()],
        }
    }
}

/// Plays a script. What each side sent is decoded too.
fn script(path: &Path) -> Vec<Entry> {
    let name = path.strip_prefix(root().join("fixtures")).unwrap();
    let name = name.with_extension("");
    let name = name.display();
    let text = read(path);
    let probed = Probed::play(&Script::parse(&text).unwrap());
    let (exit_code, outputs) = probed.reported(|report| {
        let options = Options::default();
        let verbose = Options {
            verbose: true,
            ..Options::default()
        };
        let outputs = vec![
            ("json", json::render(report, &options)),
            ("txt", human::render(report, &options)),
            ("verbose.txt", human::render(report, &verbose)),
        ];
        (report.diagnosis.verdict.exit_code, outputs)
    });
    let mut entries = vec![Entry::new(
        format!("call/{name}"),
        exit_code.into(),
        outputs,
    )];
    let (sent, received) = probed.conversation();
    if !sent.is_empty() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sent"), sent).unwrap();
        std::fs::write(folder.path().join("received"), received).unwrap();
        let words = ["decode", "--sent", "sent", "--received", "received"];
        entries.push(entry(
            format!("decode/{name}"),
            folder.path(),
            &words,
            DECODE,
        ));
    }
    entries
}

/// A folder with the file of targets.
fn targets() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let targets = root().join("tests/outputs/targets.toml");
    std::fs::copy(targets, folder.path().join("targets.toml")).unwrap();
    folder
}

/// A check in every format.
fn check() -> Entry {
    let folder = targets();
    let words = [
        "check",
        "--config",
        "targets.toml",
        "--var",
        "ATTEMPT=no-trailers",
    ];
    let files = [
        ("junit", "junit.xml"),
        ("markdown", "summary.md"),
        ("prometheus", "check.prom"),
    ];
    let reports = files.map(|(kind, file)| format!("--report={kind}={file}"));
    let [junit, markdown, prometheus] = &reports;
    let mut entry = entry(
        "check/targets".to_owned(),
        folder.path(),
        &words,
        &[
            ("json", &["--format", "json", junit, markdown, prometheus]),
            ("txt", &[]),
            ("verbose.txt", &["-v"]),
            ("github.txt", &["--report=github", "-q"]),
        ],
    );
    for (_, file) in files {
        entry.add(file, read(&folder.path().join(file)));
    }
    entry.without_times()
}

/// A check that records the shape of an exchange, and one that compares another with it.
fn baseline() -> Entry {
    let folder = targets();
    let words = [
        "check",
        "--config",
        "targets.toml",
        "--only",
        "up to message",
        "--baseline",
        "baseline.json",
        "--var",
    ];
    let recording = [&words[..], &["ATTEMPT=healthy"]].concat();
    let comparing = [&words[..], &["ATTEMPT=no-trailers"]].concat();
    let name = || "check/baseline".to_owned();
    let recorded = entry(name(), folder.path(), &recording, &[("recorded.txt", &[])]);
    let mut entry = entry(
        name(),
        folder.path(),
        &comparing,
        &[("json", &["--format", "json"]), ("txt", &[])],
    );
    entry.add("baseline.json", read(&folder.path().join("baseline.json")));
    entry.outputs.extend(recorded.outputs);
    entry.without_times()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A name for a text: its first words, and a digest of all of it.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).take(8).collect();
    let digest = hex::encode(digest(&SHA256, text.as_bytes()));
    format!("{}-{}", words.join("-"), &digest[..6])
}

/// The files with these endings in a folder and below it.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if ending.is_some_and(|ending| endings.contains(&ending)) {
            found.push(path);
        }
    }
    found
}
