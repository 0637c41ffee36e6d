//! Files of targets: what is wrong is found before anything is sent, and what is right is sent.

use std::path::Path;

use super::{check, code, document, file, healthy, path, probe, read, server, stderr, stdout};

#[test]
fn committed_schemas_are_current() {
    use grpc_probe::check::{baseline, config};
    for (name, schema) in [
        ("grpc-probe.check-1", grpc_probe::report::check::schema()),
        ("grpc-probe.baseline-1", baseline::schema()),
        ("grpc-probe.config", config::schema()),
    ] {
        let path = format!("fixtures/schema/{name}.schema.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert!(
            read(&path) == text,
            "{} differs; BLESS=1 rewrites it",
            path.display()
        );
        assert!(jsonschema::validator_for(&schema).is_ok());
    }
}

#[test]
fn the_example_passes_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let example = path(&directory, "grpc-probe.toml");
    let written = check(&["--init", &example]);
    assert_eq!((code(&written), stderr(&written)), (0, ""));
    let text = read(&example);
    assert!(text.lines().filter(|line| line.starts_with('#')).count() > 10);
    let output = check(&["--config", &example]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("2 of 2 targets pass"));
    // What is there is not overwritten.
    let again = check(&["--init", &example]);
    assert_eq!((code(&again), stdout(&again)), (2, ""));
    assert_eq!(read(&example), text);
    // The schema takes it, with what is commented out too.
    let schema = grpc_probe::check::config::schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let whole: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(code) if code.contains(" = ") || code.starts_with("[[") => format!("{code}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    for text in [text.as_str(), &whole] {
        let value: toml::Table =
            toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let value = serde_json::to_value(value).unwrap();
        assert!(
            validator.is_valid(&value),
            "{:?}",
            validator
                .iter_errors(&value)
                .map(|e| e.to_string())
                .collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_bad_file_sends_nothing() {
    let server = server(&healthy(""));
    let directory = tempfile::tempdir().unwrap();
    let good = format!("[[target]]\nname = \"good\"\nurl = \"{}\"\n", server.url);
    for (rest, sentence) in [
        (
            "[defaults]\ntimeot = \"1s\"\n",
            "line 5: there is no key \"timeot\" in [defaults]; did you mean timeout?",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"stage:healthy\"\nexpect.stauts = \"OK\"\n",
            "did you mean status?",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"https://h/a.B/C\"\nheaders = { authorization = \"Bearer ${NOT_THERE}\" }\n",
            "NOT_THERE is not set",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"nonsense\"\n",
            "target \"b\": a URL begins with",
        ),
        ("[[target]]\nname = \"b\"\n", "target \"b\" has no url"),
        (
            "[[target]]\nname = \"good\"\nurl = \"stage:healthy\"\n",
            "two targets are named \"good\"",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"stage:helthy\"\n",
            "the stage has no attempt \"helthy\"",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"stage:\"\n",
            "by an attempt's name",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"stage:healthy\"\ndata = \"{\\\"greting\\\": 1}\"\n",
            "greting",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\nproto = [\"none.proto\"]\n",
            "none.proto",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\ndata-raw = \"none.bin\"\n",
            "none.bin",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"https://h/a.B/C\"\ncacert = \"none.pem\"\n",
            "none.pem",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"https://h/a.B/C\"\nkey = \"k.pem\"\n",
            "key needs a cert",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\ntimeout = \"soon\"\n",
            "timeout: \"soon\" is no duration",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\nexpect.fields = [\"a == 1\"]\n",
            "needs the message's type",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\nexpect.step = \"trailer\"\n",
            "did you mean trailers?",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\nrepeat = 0\n",
            "repeat: a number from 1",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\ndata = \"@-\"\n",
            "cannot read standard input",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\nheaders = { \"a b\" = \"c\" }\n",
            "no header name",
        ),
        (
            "[[target]]\nname = \"b\"\nurl = \"http://h/a.B/C\"\nheaders = { connection = \"close\" }\n",
            "cannot be sent",
        ),
        ("[[target]\n", "line 4: "),
    ] {
        let config = file(&directory, "targets.toml", &format!("{good}{rest}"));
        let output = check(&["--config", &config]);
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{rest}");
        let said = stderr(&output);
        assert!(said.contains(sentence), "{rest}\n{said}");
        assert!(
            said.contains("targets.toml") && said.lines().count() == 1,
            "{said}"
        );
    }
    assert!(server.connections().is_empty(), "something was sent");
    let missing = check(&["--config", &path(&directory, "none.toml")]);
    assert_eq!(code(&missing), 2);
    assert!(stderr(&missing).contains("none.toml"));
}

#[test]
fn a_secret_that_is_wrong_is_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let config = file(
        &directory,
        "t.toml",
        "[[target]]\nname = \"a\"\nurl = \"${ADDRESS}/a.B/C\"\n",
    );
    let mut command = probe();
    command.env("ADDRESS", "ftp://Hidden-Place");
    let output = command.args(["--config", &config]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(!stderr(&output).contains("Hidden"), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("a URL begins with"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_the_file_says_is_sent() {
    let server = server(&healthy("").replacen("grpc-status: 0", "grpc-status: 13", 1));
    let directory = tempfile::tempdir().unwrap();
    file(&directory, "hello.proto", grpc_probe::stage::PROTO);
    std::fs::create_dir(directory.path().join("deeper")).unwrap();
    let text = format!(
        "[defaults]\nproto = [\"../hello.proto\"]\nheaders = {{ x-default = \"d\", x-both = \"default\" }}\n\
         [[target]]\nname = \"a\"\nurl = \"{}\"\ndata = '{{\"greeting\": \"${{WHO}}\"}}'\nauthority = \"api.example.com\"\n\
         headers = {{ x-both = [\"1\", \"2\"], te = \"@unset\", x-env = \"${{WHERE}}\" }}\n",
        server.url
    );
    let config = file(&directory, "deeper/targets.toml", &text);
    let mut command = probe();
    command.env("WHERE", "environment").env("WHO", "nobody");
    command.args(["--config", &config, "--var", "WHO=everybody", "-v"]);
    let output = command.output().unwrap();
    // Of a call that fails the whole report is there, with what was sent.
    let text = stdout(&output);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        ":authority api.example.com",
        "x-default d",
        "x-both 1",
        "x-both 2",
        "x-env <redacted, 11 bytes>",
        "hello.HelloRequest { greeting: \"everybody\" }",
    ] {
        assert!(words.contains(part), "{part} in {text}{}", stderr(&output));
    }
    assert!(!words.contains("te trailers"), "{text}");
    let sent = String::from_utf8_lossy(&server.connections()[0]).into_owned();
    assert!(sent.contains("everybody"), "{sent:?}");
}

#[test]
fn targets_are_picked_by_name_and_by_tag() {
    let directory = tempfile::tempdir().unwrap();
    let config = file(
        &directory,
        "t.toml",
        "[[target]]\nname = \"prod-eu\"\nurl = \"stage:healthy\"\ntags = [\"eu\", \"slow\"]\n\
         [[target]]\nname = \"prod-us\"\nurl = \"stage:healthy\"\n\
         [[target]]\nname = \"test\"\nurl = \"stage:json\"\ntags = [\"eu\"]\nheaders = { x = \"${NOT_THERE}\" }\n",
    );
    let names = |only: &[&str]| -> Vec<String> {
        let mut arguments = vec!["--config", config.as_str()];
        for pattern in only {
            arguments.extend(["--only", pattern]);
        }
        let (code, document) = document(&arguments);
        assert_eq!(code, 0);
        let targets = document["targets"].as_array().unwrap().iter();
        targets
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&["prod-*"]), ["prod-eu", "prod-us"]);
    assert_eq!(names(&["*-us"]), ["prod-us"]);
    assert_eq!(names(&["tag:sl?w"]), ["prod-eu"]);
    assert_eq!(names(&["tag:slow", "prod-us"]), ["prod-eu", "prod-us"]);
    let none = check(&["--config", &config, "--only", "staging"]);
    assert_eq!((code(&none), stdout(&none)), (2, ""));
    assert!(stderr(&none).contains("no target fits --only staging"));
    let one = check(&["--config", &config, "--only", "test", "--only", "staging"]);
    assert_eq!((code(&one), stdout(&one)), (2, ""));
}

#[test]
fn a_file_has_its_own_options() {
    let directory = tempfile::tempdir().unwrap();
    let config = file(
        &directory,
        "t.toml",
        "[[target]]\nname = \"a\"\nurl = \"stage:healthy\"\n",
    );
    for extra in [
        &["stage:healthy"][..],
        &["--timeout", "5s"],
        &["-d", "{}"],
        &["--proto", "x"],
        &["--insecure"],
        &["--strict"],
        &["--expect-step", "tls"],
        &["--init"],
    ] {
        let output = probe()
            .args(["--config", &config])
            .args(extra)
            .output()
            .unwrap();
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{extra:?}");
    }
    for extra in [&["--only", "x"][..], &["--var", "A=b"]] {
        let output = probe().arg("stage:healthy").args(extra).output().unwrap();
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{extra:?}");
    }
    assert_eq!(code(&check(&[])), 2);
    assert_eq!(code(&check(&["stage:healthy", "stage:healthy"])), 2);
    assert_eq!(code(&check(&["stage:healthy", "--concurrency", "0"])), 2);
}
