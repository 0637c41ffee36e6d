//! Secrets of a file of targets.

use super::echo::Echo;
use super::leak::Leaks;
use super::support::command::{code, probe, stderr};
use super::{CHECK, each, reports, run, said, start};

#[test]
fn secrets_of_a_file_of_targets() {
    let environment = "env/4f0c=9b1d\"\\\u{e9}-secret";
    let named = "tenant-0c5e9d1b77f24c";
    let secrets = [environment.to_owned(), named.to_owned()];
    let leaks = Leaks::of(&secrets);
    each(&Echo::ALL, |echo| {
        let server = start(&echo.script(&secrets));
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("grpc-probe.toml");
        let text = format!(
            "[defaults]\nsecrets = [\"x-tenant\"]\n[[target]]\nname = \"a\"\nurl = \"{}\"\n\
             headers = {{ x-from-environment = \"${{FROM_CI}}\", x-tenant = \"{named}\" }}\n",
            server.url
        );
        std::fs::write(&config, text).unwrap();
        for look in CHECK {
            let (files, reports) = reports(directory.path());
            let mut command = probe();
            command.env("FROM_CI", environment);
            command.args(["check", "--config", config.to_str().unwrap()]);
            let output = command.args(look).args(&reports).output().unwrap();
            assert_ne!(code(&output), 2, "{}", stderr(&output));
            leaks.assert_none(&said(&output), &format!("{look:?} {echo:?}"));
            for file in files {
                let text = std::fs::read_to_string(&file).unwrap();
                leaks.assert_none(&text, &format!("{file} {echo:?}"));
            }
        }
    });
}

#[test]
fn what_one_target_is_sent_and_another_sends_back() {
    let secrets = ["of-the-file-0123456789", "of-the-env1ronment-0123"].map(str::to_owned);
    let leaks = Leaks::of(&secrets);
    each(&[Echo::Header, Echo::Json, Echo::GrpcMessage], |echo| {
        let [silent, loud] = [&[][..], &secrets].map(|sent| start(&echo.script(sent)));
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("grpc-probe.toml");
        let text = format!(
            "[[target]]\nname = \"a\"\nurl = \"{}\"\nsecrets = [\"x-mine\"]\n\
             headers = {{ x-mine = \"{}\", x-other = \"${{FROM_CI}}\" }}\n\
             [[target]]\nname = \"b\"\nurl = \"{}\"\n",
            silent.url, secrets[0], loud.url
        );
        std::fs::write(&config, text).unwrap();
        for look in CHECK {
            let (files, reports) = reports(directory.path());
            let mut command = probe();
            command.env("FROM_CI", &secrets[1]);
            command.args(["check", "--config", config.to_str().unwrap()]);
            let output = command.args(look).args(&reports).output().unwrap();
            assert_eq!(code(&output), 1, "{}", stderr(&output));
            leaks.assert_none(&said(&output), &format!("{look:?} {echo:?}"));
            for file in files {
                leaks.assert_none(&std::fs::read_to_string(&file).unwrap(), &file);
            }
        }
    });
}

#[test]
fn secrets_in_names_of_targets() {
    let server = start(&Echo::Header.script(&["nothing".to_owned()]));
    let secret = "tenant-0c5e9d1b77f24c".to_owned();
    let (address, path) = server
        .url
        .split_at(server.url.len() - "/hello.HelloService/Hello".len());
    let servers = [format!("{address}/x-tenant={secret}{path}")];
    let leaks = Leaks::of(&[secret]);
    for look in CHECK {
        let directory = tempfile::tempdir().unwrap();
        let (files, reports) = reports(directory.path());
        let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
        let output = run(&[&["check", &servers[0], "--secret=x-tenant"], look, &reports]);
        leaks.assert_none(&said(&output), &format!("{look:?}"));
        for file in files {
            leaks.assert_none(&std::fs::read_to_string(&file).unwrap(), &file);
        }
    }
}

#[test]
fn names_that_no_field_has_are_refused() {
    for name in [
        "",
        ":",
        "x tenant",
        "authorization: VALUE",
        "x-plain=VALUE",
        "\u{e9}",
    ] {
        for command in ["call", "decode", "check", "explain"] {
            let output = run(&[&[command, "stage:json", "--secret", name]]);
            assert_eq!(code(&output), 2, "{command} {name}: {}", said(&output));
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("grpc-probe.toml");
    let text =
        "[defaults]\nsecrets = [\"x tenant\"]\n[[target]]\nname = \"a\"\nurl = \"stage:json\"\n";
    std::fs::write(&config, text).unwrap();
    let output = run(&[&["check", "--config", config.to_str().unwrap()]]);
    assert_eq!(code(&output), 2, "{}", said(&output));
}
