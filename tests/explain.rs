//! Texts that real clients print, to the client, the step and the rule that they come from; and texts of nobody.

#[path = "texts/clients.rs"]
mod texts;

use assert_cmd::Command;
use grpc_probe::clients::explain;
use texts::{NOT_KNOWN, TEXTS};

fn probe(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grpc-probe"));
    command.arg("explain").args(arguments);
    command
}

#[test]
fn each_text_gives_client_step_and_rule() {
    let mut wrong = Vec::new();
    for (text, client, step, rule) in TEXTS {
        let explanation = explain(text);
        let first = explanation.candidates.first();
        let got = (
            explanation.client.unwrap_or("none"),
            first.map_or("none", |first| first.step.name()),
            first.map_or("none", |first| first.rule),
        );
        if !got.0.contains(client) || (got.1, got.2) != (*step, *rule) {
            wrong.push(format!(
                "{text}\n  wanted {client}, {step}, {rule}\n  got    {got:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn there_are_enough_of_each_client() {
    assert!(TEXTS.len() >= 60, "{}", TEXTS.len());
    for client in [
        "grpc-go",
        "grpcurl",
        "grpc-java",
        "grpcio",
        "C-core",
        "grpc-js",
        "tonic",
        "grpc-dotnet",
        "connect-go",
        "connect-es",
        "grpc-web",
        "swift",
    ] {
        let count = TEXTS
            .iter()
            .filter(|(_, named, ..)| named.contains(client))
            .count();
        assert!(count >= 3, "{client}: {count}");
    }
}

#[test]
fn the_four_errors_of_the_article_are_four_steps() {
    for (text, wanted) in [
        (
            "rpc error: code = Internal desc = transport: received the unexpected content-type \"application/json\"",
            ("content-type", "wrong-content-type"),
        ),
        (
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (1701604463 vs. 4194304)",
            ("length-prefix", "text-body"),
        ),
        (
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (222848364 vs. 4194304)",
            ("length-prefix", "missing-length-prefix"),
        ),
        (
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (1094795585 vs. 4194304)",
            ("base64", "undecoded-base64"),
        ),
        (
            "rpc error: code = Internal desc = server closed the stream without sending trailers",
            ("trailers", "missing-trailers"),
        ),
    ] {
        let output = probe(&["--format", "json", text]).assert().success();
        let document: serde_json::Value =
            serde_json::from_slice(&output.get_output().stdout).unwrap();
        let first = &document["candidates"][0];
        assert_eq!(
            (first["step"].as_str(), first["rule"].as_str()),
            (Some(wanted.0), Some(wanted.1)),
            "{text}"
        );
    }
}

#[test]
fn texts_of_nobody_are_not_known() {
    for text in NOT_KNOWN {
        assert!(
            explain(text).candidates.is_empty(),
            "{text}: {:?}",
            explain(text)
        );
    }
    for text in [NOT_KNOWN[0], NOT_KNOWN[1]] {
        let output = probe(&[text]).assert().code(2);
        let page = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
        assert!(page.contains("not known"), "{page}");
    }
    probe(&[]).write_stdin("").assert().code(2);
}

#[test]
fn the_text_comes_from_standard_input_too() {
    let text =
        "rpc error: code = Internal desc = server closed the stream without sending trailers\n";
    for arguments in [&[][..], &["-"][..]] {
        let output = probe(arguments).write_stdin(text).assert().success();
        let page = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
        assert!(
            page.contains("grpc-go") && page.contains("[missing-trailers]"),
            "{page}"
        );
    }
}

#[test]
fn the_bytes_of_a_number_are_shown() {
    let text = "grpc: received message larger than max (1701604463 vs. 4194304)";
    let output = probe(&[text]).assert().success();
    let page = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(page.contains("?ello"), "{page}");
    let output = probe(&["--format", "json", text]).assert().success();
    let document: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(document["candidates"][0]["bytes"], "656c6c6f");
}

#[test]
fn rules_are_explained_by_name() {
    let output = probe(&["missing-length-prefix"]).assert().success();
    let page = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    for part in [
        "length-prefix",
        "Length-Prefixed-Message",
        "https://github.com/grpc/grpc",
        "0a 05 48",
        "fix",
        "grpc-java",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let output = probe(&["mising-length-prefix"]).assert().code(2);
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("missing-length-prefix"), "{said}");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the time that a hostile text takes is what is tested"
)]
fn hostile_texts_take_no_time_and_do_no_harm() {
    let mut texts = vec![
        "rpc error: code = ".repeat(20_000),
        "\\".repeat(200_000),
        "\"".repeat(200_000),
        "(HTTP status code 200 invalid content-type: ".repeat(5_000),
        "x509: certificate is valid for ".repeat(5_000),
        "\u{202e}\u{1f600}\0\x1b[31m".repeat(20_000),
        "GoAway(b\"".repeat(20_000),
        "larger than max (99999999999999999999 vs. 4194304)".to_owned(),
        "rpc error: code = Internal desc = grpc: received unexpected payload format 999".to_owned(),
        "gRPC message exceeds maximum size 4194304: -1145079006".to_owned(),
    ];
    // Cut anywhere, a text is no worse.
    for (text, ..) in TEXTS {
        texts.extend(
            (0..text.len())
                .step_by(7)
                .filter_map(|end| text.get(..end))
                .map(str::to_owned),
        );
    }
    let started = std::time::Instant::now();
    for text in &texts {
        let _ = explain(text);
    }
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn large_messages_are_not_taken_for_text() {
    for text in [
        "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (9014796 vs. 4194304)",
        "status = StatusCode.RESOURCE_EXHAUSTED\n        details = \"Received message larger than max (17777780 vs. 4194304)\"",
        "RESOURCE_EXHAUSTED: gRPC message exceeds maximum size 4194304: 5118829.",
        "GRPC::ResourceExhausted: 8:Received message larger than max (9259070 vs. 4194304). debug_error_string:{}",
    ] {
        let explanation = explain(text);
        let first = explanation
            .candidates
            .first()
            .map(|first| first.because.as_str());
        assert!(
            first.is_some_and(|because| because.contains("really as large as that")),
            "{text}: {explanation:?}"
        );
    }
}
