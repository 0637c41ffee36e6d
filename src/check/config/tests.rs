//! Files of targets, right and wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::check::Phase;
use crate::check::header::Wanted;
use crate::diagnosis::Step;
use crate::rpc::Code;

const FILE: &str = r#"
[defaults]
timeout = "5s"
data = "{}"
headers = { Authorization = "Bearer ${TOKEN}", X-A = "1" }
expect = { strict = true, within = { total = "2s" } }
tags = ["all"]

[[target]]
name = "one"
url = "https://${HOST}/a.B/C"
tags = ["prod"]

[[target]]
name = "two"
url = "stage:healthy"
data-raw = "message.bin"
headers = { x-a = ["2", "3"] }
[target.expect]
step = "message"
status = ["OK", 5]
reply = { reply = "Hello", list = [1, { a = true }] }
fields = ["reply == \"Hello\""]
headers = { server = false, via = "@unset", x-version = "1.2", date = true }
within = { first-byte = "200ms" }
settings = ["MAX_CONCURRENT_STREAMS>=100"]
gateway = "none"
strict = false
certificate-days = 20
"#;

fn read(text: &str) -> Result<File, ConfigError> {
    let given = BTreeMap::from([("STAGE".to_owned(), "prod".to_owned())]);
    File::read(text, &mut Variables::new(&given, &|_| None))
}

#[test]
fn names_and_tags_are_filled_in() {
    let target = "[[target]]\nname = \"api-${STAGE}\"\ntags = [\"${STAGE}\"]\n";
    let file = read(target).unwrap();
    assert_eq!(file.targets()[0].name, "api-prod");
    assert_eq!(file.targets()[0].tags, ["prod"]);
    let error = read("[[target]]\nname = \"${NONE}\"\n").unwrap_err();
    assert!(error.to_string().contains("NONE is not set"), "{error}");
}

fn complete(file: &File, index: usize) -> (Settings, Vec<String>) {
    let given = BTreeMap::from([("HOST".to_owned(), "example.com".to_owned())]);
    let environment = |name: &str| (name == "TOKEN").then(|| "s3cret".to_owned());
    let mut variables = Variables::new(&given, &environment);
    let settings = file
        .complete(&file.targets()[index], &mut variables)
        .unwrap();
    (settings, variables.hidden())
}

#[test]
fn targets_take_what_they_do_not_say_from_the_defaults() {
    let file = read(FILE).unwrap();
    let names: Vec<_> = file
        .targets()
        .iter()
        .map(|target| target.name.as_str())
        .collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(file.targets()[0].tags, ["all", "prod"]);
    let (one, hidden) = complete(&file, 0);
    assert_eq!(one.url.as_deref(), Some("https://example.com/a.B/C"));
    assert_eq!(one.timeout.as_deref(), Some("5s"));
    assert_eq!(one.headers["Authorization"].texts(), ["Bearer s3cret"]);
    assert_eq!(hidden, ["s3cret"]);
    assert_eq!(one.data.as_deref(), Some("{}"));
    assert_eq!(one.expect.strict, Some(true));
    let (two, _) = complete(&file, 1);
    assert_eq!(
        (two.data.as_deref(), two.data_raw.as_deref()),
        (None, Some("message.bin"))
    );
    assert_eq!(two.headers["x-a"].texts(), ["2", "3"]);
    assert_eq!(two.headers["Authorization"].texts(), ["Bearer s3cret"]);
    assert_eq!(two.headers.len(), 2, "names are alike in any case");
    let expected = file.targets()[1]
        .expectations(&two)
        .map_err(|error| error.to_string());
    let expected = expected.unwrap();
    assert_eq!(expected.step, Some(Step::Message));
    assert_eq!(expected.statuses, [Code::OK, Code(5)]);
    let absent = expected
        .headers
        .iter()
        .filter(|it| it.wanted == Wanted::Absent);
    let absent: Vec<_> = absent.map(|it| it.name.as_str()).collect();
    assert_eq!((expected.headers.len(), absent), (4, vec!["server", "via"]));
    assert_eq!(expected.certificate_days, Some(20));
    assert!(!expected.strict && expected.of_reply());
    let budgets = expected.budgets.iter().map(|it| (it.phase, it.within));
    let [first_byte, total] = [Duration::from_millis(200), Duration::from_secs(2)];
    assert!(budgets.eq([(Phase::FirstByte, first_byte), (Phase::Total, total)]));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let target = "[[target]]\nname = \"a\"\nurl = \"stage:healthy\"\n";
    for (text, sentence) in [
        ("", "there is no [[target]]"),
        ("x", "line 1: "),
        ("[[target]]\nurl = \"stage:\"\n", "target 1 has no name"),
        ("[defaults]\nname = \"a\"\n", "not in the defaults"),
        ("[[target]]\nname = \" \"\n", "target 1 has no name"),
        (
            &format!("[default]\n{target}"),
            "line 1: there is no key \"default\" in the file; did you mean defaults?",
        ),
        (
            &format!("{target}timeot = \"1s\"\n"),
            "line 4: there is no key \"timeot\" in [[target]]; did you mean timeout?",
        ),
        (
            &format!("{target}expect.stauts = \"OK\"\n"),
            "line 4: there is no key \"stauts\" in [expect]; did you mean status?",
        ),
        (
            &format!("{target}expect.within.totl = \"1s\"\n"),
            "in [within]; did you mean total?",
        ),
        (
            &format!("{target}timeout = 5\n"),
            "line 4: invalid type: integer `5`, expected a string",
        ),
        (&format!("{target}retries = -1\n"), "line 4: "),
        (&format!("{target}expect.reply = 5\n"), "line 4: "),
        (&format!("{target}url = \"x\"\n"), "line 4: "),
        (
            &format!("{target}expect = 5\n"),
            "line 4: invalid type: integer `5`, expected a table",
        ),
        (
            &format!("{target}expect.status = {{ a = 1 }}\n"),
            "line 4: expected a text or a list of texts",
        ),
        (
            &format!("{target}expect.headers = {{ a = 1 }}\n"),
            "line 4: expected a text, true or false",
        ),
        (
            &format!("{target}roots = \"mozilla\"\n"),
            "line 4: unknown variant `mozilla`, expected `webpki` or `system`",
        ),
    ] {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(sentence), "{text}\n{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_target_may_be_lenient_where_the_defaults_are_strict() {
    let text = "[defaults]\nexpect.strict = true\n[[target]]\nname = \"a\"\nexpect.lenient = true\n[[target]]\nname = \"b\"\n";
    let file = read(text).unwrap();
    let expect = |index| complete(&file, index).0.expect;
    assert_eq!((expect(0).strict, expect(0).lenient), (None, Some(true)));
    assert_eq!((expect(1).strict, expect(1).lenient), (Some(true), None));
}

#[test]
fn headers_exclude_nothing_by_their_names() {
    let text = "[defaults]\nheaders = { data-raw = \"1\" }\nexpect.headers = { strict = true }\n\
                [[target]]\nname = \"a\"\nheaders = { data = \"2\" }\nexpect.headers = { lenient = true }\n";
    let (settings, _) = complete(&read(text).unwrap(), 0);
    assert_eq!(
        (settings.headers.len(), settings.expect.headers.len()),
        (2, 2)
    );
}

#[test]
fn values_that_mean_nothing_are_named() {
    for (line, sentence) in [
        (
            "expect.step = \"mesage\"",
            "target \"a\": step: there is no step \"mesage\"; did you mean message",
        ),
        (
            "expect.status = 99",
            "target \"a\": status: there is no status \"99\"",
        ),
        ("expect.fields = [\"a = 1\"]", "target \"a\": fields: "),
        (
            "expect.within.total = \"soon\"",
            "target \"a\": within: \"soon\" is no duration",
        ),
        (
            "expect.settings = [\"X=1\"]",
            "target \"a\": settings: there is no setting",
        ),
        ("expect.gateway = \"Envoi\"", "target \"a\": gateway: "),
        (
            "expect.headers = { \"a b\" = true }",
            "target \"a\": headers: ",
        ),
    ] {
        let file = read(&format!("[[target]]\nname = \"a\"\n{line}\n")).unwrap();
        let (settings, _) = complete(&file, 0);
        let error = file.targets()[0]
            .expectations(&settings)
            .unwrap_err()
            .to_string();
        assert!(error.contains(sentence), "{error}");
    }
    let file = read("[[target]]\nname = \"a\"\nurl = \"https://${NOWHERE}/\"\n").unwrap();
    let none = |_: &str| None;
    let given = BTreeMap::new();
    let error = file.complete(&file.targets()[0], &mut Variables::new(&given, &none));
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("target \"a\": NOWHERE is not set"),
        "{error}"
    );
}
