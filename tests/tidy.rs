//! The rules that this repository keeps for itself, where no compiler and no lint holds them.
//!
//! A walk that finds nothing proves nothing, so each of them fails when it is empty.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests read the repository's own files, and one that is missing ends them"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use grpc_probe::diagnosis::{Severity, Spec};
use grpc_probe::rules::RULES;

/// What each module may import: the table of `src/lib.rs`.
const IMPORTS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("http", &["wire"]),
    ("rpc", &["http", "wire"]),
    ("schema", &[]),
    ("diagnosis", &["http", "rpc", "schema", "wire"]),
    ("rules", &["diagnosis", "http", "rpc", "schema", "wire"]),
    (
        "clients",
        &["diagnosis", "http", "rpc", "rules", "schema", "wire"],
    ),
    ("gateways", &["diagnosis", "http", "rpc", "wire"]),
    (
        "check",
        &["diagnosis", "gateways", "http", "rpc", "schema", "wire"],
    ),
    ("capture", &["http", "rpc", "wire"]),
    ("source", &["capture", "http", "rpc", "schema", "wire"]),
    ("stage", &[]),
    (
        "report",
        &[
            "check",
            "clients",
            "diagnosis",
            "gateways",
            "http",
            "rpc",
            "rules",
            "schema",
            "wire",
        ],
    ),
    (
        "cli",
        &[
            "capture",
            "check",
            "clients",
            "diagnosis",
            "gateways",
            "http",
            "report",
            "rpc",
            "rules",
            "schema",
            "source",
            "stage",
            "wire",
        ],
    ),
    // It runs a command and delivers what comes of it.
    ("main", &["cli", "source"]),
];

/// Imports that the table does not allow: the file, and the module that it imports.
const EXCEPTIONS: &[(&str, &str)] = &[
    // A body counts its messages as it comes.
    ("src/http/exchange.rs", "rpc"),
];

/// The longest that a file gets before it is parted.
const LINES_MAX: usize = 500;

/// Files that are tables, or long lists of like cases, and are read by looking something up.
const LONG_FILES: &[&str] = &["tests/texts/clients.rs"];

/// State machines that are longer than that, which are read as a whole; and how long they may get.
const STATE_MACHINES: &[&str] = &["src/http/http2.rs"];
const STATE_MACHINE_MAX: usize = 900;

/// Files of `src/rules` that are no rules.
const NO_RULES: &[&str] = &["mod", "ladder", "shared"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the repository with one of these endings, by its path from the root.
fn files(folder: &str, endings: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "node_modules") {
                    folders.push(path);
                }
            } else if ending.is_some_and(|ending| endings.contains(&ending)) {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(!found.is_empty(), "no files in {folder}");
    found
}

/// `src/a/b.rs` and `src/a/b/mod.rs` as `["a", "b"]`.
fn module(file: &str) -> Vec<String> {
    let path = file.strip_prefix("src/").unwrap().strip_suffix(".rs");
    let mut parts: Vec<String> = path.unwrap().split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// A file without its comments, and without what is built for tests alone.
fn code(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        if line == "#[cfg(test)]" {
            // An item at the margin ends at the next brace at the margin, or on its own line.
            let mut item = lines.by_ref().skip_while(|line| line.starts_with("#["));
            if item.next().is_some_and(|first| !first.ends_with(';')) {
                item.find(|line| *line == "}");
            }
            continue;
        }
        kept.push_str(line.split(" // ").next().unwrap());
        kept.push('\n');
    }
    kept
}

/// Whether a file is a test module's.
fn is_test(file: &str, sources: &BTreeMap<String, String>) -> bool {
    let parts = module(file);
    (1..=parts.len()).any(|depth| {
        let (name, above) = parts[..depth].split_last().unwrap();
        let above = above.join("/");
        let parents = match above.as_str() {
            "" => vec!["src/lib.rs".to_owned(), "src/main.rs".to_owned()],
            above => vec![format!("src/{above}.rs"), format!("src/{above}/mod.rs")],
        };
        parents
            .iter()
            .filter_map(|parent| sources.get(parent))
            .any(|text| text.contains(&format!("#[cfg(test)]\nmod {name};")))
    })
}

/// The modules of the crate that the paths of a file lead to, from `crate::…`, `super::super::…` and, in the binary,
/// `grpc_probe::…`.
fn imported(file: &str, code: &str) -> BTreeSet<String> {
    let own = module(file);
    let mut found = BTreeSet::new();
    let mut begin = |rest: &str| {
        let first = |text: &str| -> String {
            text.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect()
        };
        match rest.strip_prefix('{') {
            // Only the first names of a group lead anywhere: its braces are taken out with what they hold.
            Some(group) => {
                let mut depth = 0;
                let mut top = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        c if depth == 0 => top.push(c),
                        _ => {}
                    }
                }
                found.extend(top.split(',').map(|name| first(name.trim())));
            }
            None => {
                found.insert(first(rest));
            }
        }
    };
    for prefix in ["crate::", "grpc_probe::"] {
        for (at, _) in code.match_indices(prefix) {
            begin(&code[at + prefix.len()..]);
        }
    }
    for (at, _) in code.match_indices("super::") {
        // A chain is followed from its first word on.
        if code[..at].ends_with("super::") {
            continue;
        }
        let rest = code[at..].trim_start_matches("super::");
        let steps = (code.len() - at - rest.len()) / "super::".len();
        assert!(steps <= own.len(), "{file}: super:: leaves the crate");
        if steps == own.len() {
            begin(rest);
        }
    }
    found.remove("");
    found
}

#[test]
fn imports_point_one_way() {
    let sources = files("src", &["rs"]);
    let allowed: BTreeMap<_, _> = IMPORTS.iter().copied().collect();
    let (mut seen, mut checked) = (BTreeSet::new(), 0);
    let mut exceptions = BTreeSet::new();
    for (file, text) in &sources {
        let own = module(file)[0].clone();
        if own == "lib" || is_test(file, &sources) {
            continue;
        }
        let allowed = allowed
            .get(own.as_str())
            .unwrap_or_else(|| panic!("{file}: a module that the table does not have"));
        for import in imported(file, &code(text)) {
            checked += 1;
            // What is no module of ours is a crate's, or an item of the module itself.
            let ours = IMPORTS.iter().any(|(module, _)| *module == import);
            if !ours || import == own || allowed.contains(&import.as_str()) {
                continue;
            }
            let exception = (file.as_str(), import.as_str());
            assert!(
                EXCEPTIONS.contains(&exception),
                "{file} imports {import}, which is not below it"
            );
            exceptions.insert((file.clone(), import));
        }
        seen.insert(own);
    }
    assert!(checked > 50, "only {checked} imports were found");
    for (file, import) in EXCEPTIONS {
        let used = exceptions.contains(&((*file).to_owned(), (*import).to_owned()));
        assert!(
            used,
            "{file} does not import {import} and needs no exception"
        );
    }
    let modules: BTreeSet<String> = IMPORTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(seen, modules, "the table has modules that are not there");
}

#[test]
fn the_reading_of_imports_reads_them() {
    let of = |file: &str, text: &str| imported(file, &code(text)).into_iter().collect::<Vec<_>>();
    assert_eq!(of("src/a/b.rs", "use crate::wire::Frame;"), ["wire"]);
    assert_eq!(
        of("src/a/b.rs", "use crate::{cli, wire::{self, http}, x::y};"),
        ["cli", "wire", "x"]
    );
    assert_eq!(of("src/a/b.rs", "use super::super::wire::Frame;"), ["wire"]);
    assert_eq!(
        of("src/a/mod.rs", "use super::{wire, http::Call};"),
        ["http", "wire"]
    );
    assert!(of("src/a/b.rs", "use super::wire::Frame;").is_empty());
    assert!(of("src/a.rs", "// use crate::wire;\n/// [`crate::wire`]").is_empty());
    let test = "#[cfg(test)]\nmod tests {\n    use crate::wire;\n}\nuse crate::http;";
    assert_eq!(of("src/a.rs", test), ["http"]);
    assert_eq!(
        of("src/a.rs", "#[cfg(test)]\nmod tests;\nuse crate::http;"),
        ["http"]
    );
}

#[test]
fn the_map_of_the_library_is_the_table() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows: BTreeMap<&str, &str> = map
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`"))
        .filter_map(|row| {
            let (module, rest) = row.split_once("`]")?;
            Some((module, rest.rsplit('|').nth(1)?.trim()))
        })
        .collect();
    let names: BTreeSet<&str> = IMPORTS.iter().map(|(module, _)| *module).collect();
    let mapped: BTreeSet<&str> = rows.keys().copied().chain(["main"]).collect();
    assert_eq!(mapped, names);
    for (module, imports) in IMPORTS {
        match rows.get(module).copied() {
            Some("nothing") => assert!(imports.is_empty(), "{module}"),
            Some(listed) if listed.starts_with('`') && !listed.contains("below") => {
                let listed: Vec<&str> = listed
                    .split(", ")
                    .map(|name| name.trim_matches('`'))
                    .collect();
                assert_eq!(&listed, imports, "{module}");
            }
            _ => {}
        }
    }
}

#[test]
fn names_of_rules_are_unique_and_kebab_case() {
    let mut names = BTreeSet::new();
    for rule in RULES {
        assert!(names.insert(rule.name), "{} is there twice", rule.name);
        let kebab = rule.name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        assert!(kebab, "{} is not kebab-case", rule.name);
    }
    assert!(!names.is_empty());
}

#[test]
fn every_rule_is_a_file_and_every_file_a_rule() {
    let sources = files("src", &["rs"]);
    let files: BTreeSet<String> = sources
        .keys()
        .filter(|file| file.starts_with("src/rules/") && !is_test(file, &sources))
        .map(|file| module(file)[1..].join("/"))
        .filter(|name| !name.is_empty())
        .filter(|name| {
            !NO_RULES
                .iter()
                .any(|no| name == no || name.starts_with(&format!("{no}/")))
        })
        .map(|name| name.replace('_', "-"))
        .collect();
    let names: BTreeSet<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(files, names);
    assert!(!files.is_empty());
}

#[test]
fn rules_are_in_the_order_of_their_steps_and_then_of_their_names() {
    assert!(RULES.len() > 1);
    for pair in RULES.windows(2) {
        let [first, second] = pair else {
            unreachable!()
        };
        assert!(
            (first.step, first.name) < (second.step, second.name),
            "{} stands after {}",
            second.name,
            first.name
        );
    }
}

#[test]
fn every_rule_is_explained_and_cited() {
    assert!(!RULES.is_empty());
    for rule in RULES {
        let name = rule.name;
        assert!(!rule.summary.trim().is_empty(), "{name} has no summary");
        assert!(
            !rule.summary.ends_with('.'),
            "{name}: a summary is a fragment"
        );
        assert!(!rule.explain.trim().is_empty(), "{name} has no explanation");
        for line in rule.explain.lines() {
            assert!(line.chars().count() < 120, "{name}: {line:?} is too long");
        }
        assert!(
            !rule.citation.section.trim().is_empty(),
            "{name} cites no section"
        );
        assert!(
            !rule.citation.quote.trim().is_empty(),
            "{name} cites nothing"
        );
        assert!(
            rule.severity != Severity::Error || rule.citation.spec != Spec::Practice,
            "{name} is an error on the word of practice alone"
        );
    }
}

#[test]
fn every_rule_has_conversations_that_fire_it_and_that_do_not() {
    let folder = root().join("fixtures/rules");
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        entries.map(|entry| name(entry.unwrap())).collect()
    };
    let folders = names(&folder);
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(folders, rules);
    assert!(!folders.is_empty());
    for rule in folders {
        let files = names(&folder.join(&rule));
        for kind in ["fires", "passes"] {
            let conversation = |file: &String| file.starts_with(kind) && !file.ends_with(".txt");
            assert!(files.iter().any(conversation), "{rule}: nothing {kind}");
        }
    }
}

#[test]
fn files_are_short() {
    let mut sources = files("src", &["rs"]);
    sources.append(&mut files("tests", &["rs", "py", "js"]));
    for (file, text) in &sources {
        let lines = text.lines().count();
        let is_machine = STATE_MACHINES.contains(&file.as_str());
        if is_machine || LONG_FILES.contains(&file.as_str()) {
            assert!(
                lines >= LINES_MAX,
                "{file} is short by now and needs no exception"
            );
            assert!(
                !is_machine || lines < STATE_MACHINE_MAX,
                "{file} has {lines} lines"
            );
        } else {
            assert!(lines < LINES_MAX, "{file} has {lines} lines");
        }
    }
    for long in LONG_FILES.iter().chain(STATE_MACHINES) {
        assert!(sources.contains_key(*long), "{long} is gone");
    }
}

#[test]
fn nothing_is_left_to_do_and_no_machine_is_named() {
    let mut texts = files("src", &["rs", "proto", "md"]);
    let endings = [
        "rs", "py", "js", "json", "txt", "script", "hex", "md", "conf",
    ];
    texts.append(&mut files("tests", &endings));
    texts.append(&mut files("fixtures", &endings));
    for name in ["Cargo.toml", "clippy.toml", ".ci/run"] {
        texts.insert(
            name.to_owned(),
            fs::read_to_string(root().join(name)).unwrap(),
        );
    }
    // Put together here, so that this file is none of those that it looks for.
    let folders = ["home", "work", "root", "Users"].map(|folder| format!("/{folder}/"));
    let unfinished = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"]].map(|parts| parts.concat());
    for (file, text) in &texts {
        for (index, line) in text.lines().enumerate() {
            for folder in &folders {
                let named = line.match_indices(folder.as_str()).any(|(at, _)| {
                    // Within a longer path, or a URL's, it is not a folder of a machine.
                    !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "._-}".contains(c))
                });
                assert!(!named, "{file}:{} names {folder}", index + 1);
            }
            for word in &unfinished {
                assert!(
                    !line.contains(word.as_str()),
                    "{file}:{} has a {word}",
                    index + 1
                );
            }
        }
    }
}
