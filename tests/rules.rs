//! Every rule fires on its fixtures and is silent on the nearest conversation that is right; healthy replies, however
//! unusual, have no finding but the warnings that they declare. `fixtures/README.md` tells how the fixtures are made.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "fixtures are read from disk, the table of rules and fixtures is printed, and a fault of the test ends it"
)]

#[path = "support/probe.rs"]
mod probe;
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use grpc_probe::diagnosis::{Diagnosis, Severity, Status};
use grpc_probe::rules::{RULES, rule};
use probe::Probed;
use support::script::Script;

/// How many scripts are played at a time: most of them wait for the network or a deadline.
const AT_A_TIME: usize = 8;

/// What a fixture is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// The rule that the folder names fires.
    Fires,
    /// It is silent.
    Passes,
    /// No rule fires.
    Healthy,
}

#[derive(Debug)]
struct Fixture {
    path: PathBuf,
    /// `missing-trailers/fires`
    name: String,
    /// The rule; empty where the fixture is healthy.
    rule: String,
    claim: Claim,
    /// Rules that the head of the script declares beside its own: errors by `# also: …`.
    also: BTreeSet<String>,
    /// The same for warnings: `# warns: …`.
    warns: BTreeSet<String>,
    script: Script,
}

/// What became of a fixture.
struct Played {
    /// The errors and warnings that fired.
    fired: BTreeSet<&'static str>,
    faults: Vec<String>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = read.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The rules that a line of a script's head names.
fn declared(text: &str, start: &str) -> BTreeSet<String> {
    text.lines()
        .take_while(|line| line.starts_with('#'))
        .filter_map(|line| line.strip_prefix(start))
        .flat_map(|names| names.split(", ").map(str::to_owned))
        .collect()
}

fn fixture(path: PathBuf, rule: &str) -> Fixture {
    let text = std::fs::read_to_string(&path).unwrap();
    let file = stem(&path);
    let name = if rule.is_empty() {
        file.clone()
    } else {
        format!("{rule}/{file}")
    };
    assert!(
        text.starts_with("# ") && text.lines().next().unwrap().ends_with('.'),
        "{name} begins with a sentence that says what it shows"
    );
    let claim = match file.split('-').next() {
        _ if rule.is_empty() => Claim::Healthy,
        Some("fires") => Claim::Fires,
        Some("passes") => Claim::Passes,
        _ => panic!("{name} is neither fires nor passes"),
    };
    let (also, warns) = (declared(&text, "# also: "), declared(&text, "# warns: "));
    for other in also.union(&warns) {
        assert!(
            grpc_probe::rules::rule(other).is_some(),
            "{name}: no rule is called {other}"
        );
    }
    let script = Script::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    Fixture {
        path,
        name,
        rule: rule.to_owned(),
        claim,
        also,
        warns,
        script,
    }
}

fn of_rules() -> Vec<Fixture> {
    let mut fixtures = Vec::new();
    for folder in entries(&folder("rules")) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(rule(name).is_some(), "no rule is called {name}");
        for path in entries(&folder) {
            if path.extension().is_some_and(|it| it == "script") {
                fixtures.push(fixture(path, name));
            } else {
                let script = path.with_extension("script");
                assert!(script.exists(), "{} has no script", path.display());
            }
        }
    }
    assert!(!fixtures.is_empty(), "the walk found nothing");
    fixtures
}

/// Plays fixtures, several at a time, and judges each.
fn play(fixtures: &[Fixture], judge: impl Fn(&Fixture, &Probed) -> Played + Sync) -> Vec<Played> {
    let next = AtomicUsize::new(0);
    let played: Mutex<Vec<Option<Played>>> = Mutex::new(fixtures.iter().map(|_| None).collect());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let index = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(fixture) = fixtures.get(index)
                {
                    let result = judge(fixture, &Probed::play(&fixture.script));
                    played.lock().unwrap()[index] = Some(result);
                }
            });
        }
    });
    let played = played.into_inner().unwrap();
    played
        .into_iter()
        .map(|played| played.expect("every fixture was played"))
        .collect()
}

fn names(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis
        .findings
        .iter()
        .map(|finding| finding.rule.name)
        .collect()
}

/// Compares a report with the file beside its fixture, or writes that where `BLESS` is set.
fn compare(path: &Path, report: &str) -> Option<String> {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, report).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let (line, (expected, found)) = committed
        .lines()
        .chain(std::iter::repeat("(the end)"))
        .zip(report.lines().chain(std::iter::once("(the end)")))
        .enumerate()
        .find(|(_, (expected, found))| expected != found)?;
    Some(format!(
        "the report differs from {} in line {}; BLESS=1 rewrites it\n      expected {expected}\n      found    {found}",
        path.display(),
        line + 1
    ))
}

fn findings(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for finding in &diagnosis.findings {
        let (name, severity) = (finding.rule.name, finding.severity.name());
        let _ = writeln!(text, "      {severity} {name}: {}", finding.message);
    }
    text
}

/// The rules that found something of this severity.
fn fired(diagnosis: &Diagnosis, severity: Severity) -> BTreeSet<&'static str> {
    let findings = diagnosis.findings.iter();
    findings
        .filter(|finding| finding.severity == severity)
        .map(|finding| finding.rule.name)
        .collect()
}

fn judge_rule(fixture: &Fixture, probed: &Probed) -> Played {
    let diagnosis = probed.diagnosis();
    let errors = fired(&diagnosis, Severity::Error);
    let mut warnings = fired(&diagnosis, Severity::Warning);
    warnings.extend(fired(&diagnosis, Severity::Note));
    let names = |declared: &BTreeSet<String>| -> BTreeSet<String> {
        let own = BTreeSet::from([fixture.rule.clone()]);
        declared.difference(&own).cloned().collect()
    };
    let own = fixture.claim == Claim::Fires;
    let others = |fired: &BTreeSet<&'static str>| -> BTreeSet<String> {
        let others = fired.iter().filter(|name| **name != fixture.rule);
        others.map(|name| (*name).to_owned()).collect()
    };
    let fires = errors.contains(fixture.rule.as_str()) || warnings.contains(fixture.rule.as_str());
    let mut faults = Vec::new();
    if others(&errors) != names(&fixture.also)
        || others(&warnings) != names(&fixture.warns)
        || fires != own
    {
        faults.push(format!(
            "fires {errors:?} and warns {warnings:?}\n{}",
            findings(&diagnosis)
        ));
    }
    let fired: BTreeSet<&str> = errors.union(&warnings).copied().collect();
    let steady = probed.steady_diagnosis();
    if self::names(&steady) != self::names(&diagnosis) {
        faults.push(format!(
            "has other findings when its bytes are replayed\n{}",
            findings(&steady)
        ));
    }
    if fixture.claim == Claim::Fires {
        faults.extend(compare(
            &fixture.path.with_extension("txt"),
            &probed.report(),
        ));
    }
    Played { fired, faults }
}

fn judge_healthy(fixture: &Fixture, probed: &Probed) -> Played {
    let diagnosis = probed.diagnosis();
    let mut faults = Vec::new();
    let warns: BTreeSet<&str> = fixture.warns.iter().map(String::as_str).collect();
    if !fired(&diagnosis, Severity::Error).is_empty()
        || fired(&diagnosis, Severity::Warning) != warns
    {
        faults.push(format!("has findings\n{}", findings(&diagnosis)));
    }
    for judged in &diagnosis.steps {
        if !matches!(judged.status, Status::Pass | Status::Skipped) {
            faults.push(format!(
                "{} is {}: {:?}",
                judged.step,
                judged.status.name(),
                judged.note
            ));
        }
    }
    if diagnosis.verdict.exit_code != 0 {
        faults.push(format!("exits with {}", diagnosis.verdict.exit_code));
    }
    Played {
        fired: BTreeSet::new(),
        faults,
    }
}

fn report(fixtures: &[Fixture], played: &[Played]) {
    let faults: Vec<String> = fixtures
        .iter()
        .zip(played)
        .flat_map(|(fixture, played)| {
            played
                .faults
                .iter()
                .map(|fault| format!("  {}: {fault}", fixture.name))
        })
        .collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_rule_has_fixtures() {
    let fixtures = of_rules();
    for rule in RULES {
        for claim in [Claim::Fires, Claim::Passes] {
            assert!(
                fixtures
                    .iter()
                    .any(|fixture| fixture.rule == rule.name && fixture.claim == claim),
                "{} has no fixture that {claim:?}",
                rule.name
            );
        }
    }
}

#[test]
fn rules_fire_on_their_fixtures_alone() {
    let fixtures = of_rules();
    let played = play(&fixtures, judge_rule);
    println!("{}", table(&fixtures, &played));
    report(&fixtures, &played);
}

#[test]
fn healthy_replies_pass_every_step() {
    let paths = entries(&folder("healthy"));
    assert!(!paths.is_empty(), "the walk found nothing");
    let fixtures: Vec<_> = paths.into_iter().map(|path| fixture(path, "")).collect();
    let played = play(&fixtures, judge_healthy);
    report(&fixtures, &played);
}

/// Rule by fixture: `#` where a fixture fires the rule that it is for, `+` where one fires a rule that it declares,
/// and `!` where it fires any other, which is a stray. A fixture is a column, in the order of the folders.
fn table(fixtures: &[Fixture], played: &[Played]) -> String {
    let mut table = String::new();
    for rule in RULES {
        let _ = write!(table, "{:>28} ", rule.name);
        for (fixture, played) in fixtures.iter().zip(played) {
            let own = fixture.rule == rule.name && fixture.claim == Claim::Fires;
            table.push(match played.fired.contains(rule.name) {
                true if own => '#',
                true if fixture.also.contains(rule.name) || fixture.warns.contains(rule.name) => {
                    '+'
                }
                true => '!',
                false => '.',
            });
        }
        table.push('\n');
    }
    table
}
