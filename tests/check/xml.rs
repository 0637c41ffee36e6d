//! JUnit's XML walked by the rules of the schema of Jenkins's xUnit plugin (junit-10), which GitLab's reader takes as well:
//! which elements and attributes may stand where. The walk is by hand, character by character, and shares nothing with
//! what writes the document.

use std::collections::BTreeMap;

/// An element with its attributes, its text and its children.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

impl Element {
    pub(crate) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub(crate) fn get(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map_or("", String::as_str)
    }
}

/// What an element may hold: attributes that have to be there, others, and children.
fn rules(
    name: &str,
) -> (
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
) {
    match name {
        "testsuites" => (
            &[],
            &["name", "time", "tests", "failures", "errors"],
            &["testsuite"],
        ),
        "testsuite" => (
            &["name", "tests", "failures", "errors"],
            &["time", "skipped", "timestamp", "hostname", "id", "package"],
            &["properties", "testcase", "system-out", "system-err"],
        ),
        "properties" => (&[], &[], &["property"]),
        "property" => (&["name", "value"], &[], &[]),
        "testcase" => (
            &["name"],
            &["time", "classname", "group"],
            &[
                "skipped",
                "error",
                "failure",
                "rerunFailure",
                "flakyFailure",
                "system-out",
            ],
        ),
        "system-out" => (&[], &[], &[]),
        "failure" | "error" | "skipped" => (&[], &["type", "message"], &[]),
        "rerunFailure" | "flakyFailure" => (&["type"], &["message"], &["stackTrace"]),
        other => panic!("{other} has no place in a report"),
    }
}

fn valid(element: &Element) {
    let (wanted, allowed, children) = rules(&element.name);
    for attribute in wanted {
        assert!(
            element.attributes.contains_key(*attribute),
            "{} has no {attribute}",
            element.name
        );
    }
    for attribute in element.attributes.keys() {
        let known = wanted.contains(&attribute.as_str()) || allowed.contains(&attribute.as_str());
        assert!(known, "{} may have no {attribute}", element.name);
    }
    for child in &element.children {
        assert!(
            children.contains(&child.name.as_str()),
            "{} in {}",
            child.name,
            element.name
        );
        valid(child);
    }
}

/// Reads a document, and holds it to the rules.
pub(crate) fn junit(text: &str) -> Element {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(
        text.chars().all(allowed),
        "a character that XML has no place for"
    );
    let body = text
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .unwrap();
    let mut rest = body;
    let root = element(&mut rest);
    assert_eq!(rest.trim(), "");
    assert_eq!(root.name, "testsuites");
    valid(&root);
    let suites: Vec<_> = root.all("testsuite").collect();
    let sum = |attribute: &str| {
        suites
            .iter()
            .map(|suite| suite.get(attribute).parse::<usize>().unwrap())
            .sum::<usize>()
    };
    for attribute in ["tests", "failures", "errors"] {
        assert_eq!(
            root.get(attribute),
            sum(attribute).to_string(),
            "{attribute}"
        );
    }
    for suite in suites {
        let cases: Vec<_> = suite.all("testcase").collect();
        assert_eq!(suite.get("tests"), cases.len().to_string());
        let failures = cases
            .iter()
            .filter(|case| case.all("failure").count() > 0)
            .count();
        assert_eq!(suite.get("failures"), failures.to_string());
        for case in cases {
            assert!(case.all("failure").count() <= 1);
        }
    }
    root
}

fn element(rest: &mut &str) -> Element {
    let tag = rest
        .strip_prefix('<')
        .unwrap_or_else(|| panic!("no tag at {rest:.40}"));
    let mut parsed = Element::default();
    let name_end = tag.find([' ', '>', '/']).unwrap();
    parsed.name = tag[..name_end].to_owned();
    let mut tag = &tag[name_end..];
    while let Some(attribute) = tag.strip_prefix(' ') {
        let (name, after) = attribute.split_once("=\"").unwrap();
        let (value, after) = after.split_once('"').unwrap();
        assert!(!value.contains('<'), "{value}");
        let before = parsed.attributes.insert(name.to_owned(), unescape(value));
        assert_eq!(before, None, "{name} twice");
        tag = after;
    }
    if let Some(after) = tag.strip_prefix("/>") {
        *rest = after;
        return parsed;
    }
    *rest = tag.strip_prefix('>').unwrap();
    loop {
        let (text, _) = rest.split_at(rest.find('<').unwrap());
        parsed.text.push_str(&unescape(text));
        *rest = &rest[text.len()..];
        if let Some(after) = rest.strip_prefix(&format!("</{}>", parsed.name)) {
            *rest = after;
            return parsed;
        }
        parsed.children.push(element(rest));
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (name, after) = after.split_once(';').unwrap();
        plain.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            number => {
                let digits = number.strip_prefix('#').unwrap();
                let code = match digits.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => digits.parse(),
                };
                char::from_u32(code.unwrap()).unwrap()
            }
        });
        rest = after;
    }
    plain + rest
}

#[test]
fn the_walk_finds_what_is_wrong() {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let case = "<testcase name=\"a\"/>";
    let of = |suite: &str| {
        format!("{head}<testsuites tests=\"1\" failures=\"0\" errors=\"0\">{suite}</testsuites>")
    };
    let suite =
        format!("<testsuite name=\"s\" tests=\"1\" failures=\"0\" errors=\"0\">{case}</testsuite>");
    assert_eq!(junit(&of(&suite)).children.len(), 1);
    for (from, to) in [
        ("name=\"s\" ", ""),
        ("name=\"a\"", "name=\"a\" color=\"red\""),
        (
            "failures=\"0\" errors=\"0\"><testcase",
            "failures=\"1\" errors=\"0\"><testcase",
        ),
        (case, "<properties/><case/>"),
        ("name=\"a\"", "name=\"\u{1}\""),
    ] {
        let broken = of(&suite.replacen(from, to, 1));
        assert!(
            std::panic::catch_unwind(|| junit(&broken)).is_err(),
            "{from} to {to}"
        );
    }
}
