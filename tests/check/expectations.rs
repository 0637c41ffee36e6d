//! What is expected of a target: met, and not met, with what was seen.

use serde_json::Value;

use super::support::script::Script;
use super::support::server::Server;
use super::{check, code, document, healthy, server, stderr};

/// The errors of the only target: rule, step, message and what was expected.
pub(crate) fn errors(document: &Value) -> Vec<[String; 4]> {
    let findings = document["targets"][0]["findings"]
        .as_array()
        .unwrap()
        .iter();
    findings
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| {
            ["rule", "step", "message", "expected"]
                .map(|key| finding[key].as_str().unwrap_or_default().to_owned())
        })
        .collect()
}

/// Checks with an expectation that is met.
pub(crate) fn met(url: &str, arguments: &[&str]) {
    let (code, document) = document(&[&[url], arguments].concat());
    assert_eq!(code, 0, "{arguments:?}: {:?}", errors(&document));
}

/// Checks with an expectation that is not met, which fails nothing else.
pub(crate) fn unmet(url: &str, arguments: &[&str], expected: [&str; 4]) {
    let (code, document) = document(&[&[url], arguments].concat());
    assert_eq!(code, 1, "{arguments:?}");
    assert_eq!(
        errors(&document),
        [expected.map(str::to_owned)],
        "{arguments:?}"
    );
    let target = &document["targets"][0];
    assert_eq!(target["verdict"]["rule"], expected[0]);
    assert_eq!(target["verdict"]["step"], expected[1]);
    let steps = target["steps"].as_array().unwrap();
    let step = steps
        .iter()
        .find(|step| step["step"] == expected[1])
        .unwrap();
    assert_eq!(step["status"], "fail");
}

#[test]
fn statuses() {
    let of = |status: &str| {
        server(&format!(
            "settings\nsettings ack\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n  grpc-status: {status}\nhang\n"
        ))
    };
    let missing = of("5");
    met(&missing.url, &["--expect-status", "NOT_FOUND"]);
    met(&missing.url, &["--expect-status", "OK,5"]);
    met(&missing.url, &["--expect-status", "not_found", "--strict"]);
    let (code, document) = document(&[&missing.url]);
    assert_eq!(
        (code, errors(&document)[0][0].as_str()),
        (1, "non-ok-status")
    );
    let (code, document) = self::document(&[&missing.url, "--expect-status", "UNAVAILABLE"]);
    let found = errors(&document);
    assert_eq!(code, 1);
    assert_eq!(
        found[1],
        [
            "unexpected-status",
            "grpc-status",
            "grpc-status is NOT_FOUND",
            "UNAVAILABLE"
        ]
    );
    let ok = server(&healthy(""));
    unmet(
        &ok.url,
        &["--expect-status", "NOT_FOUND"],
        [
            "unexpected-status",
            "grpc-status",
            "grpc-status is OK",
            "NOT_FOUND",
        ],
    );
    // An undefined code is none that can be expected, and no status at all is none that is.
    assert_eq!(self::code(&check(&[&ok.url, "--expect-status", "99"])), 2);
    let (code, document) = self::document(&[
        "stage:no-trailers",
        "--expect-status",
        "OK",
        "--expect-step",
        "message",
    ]);
    assert_eq!(code, 1);
    assert_eq!(errors(&document)[0][2], "there is no grpc-status");
}

#[test]
fn headers() {
    let ok = server(&healthy("  x-version: 1.2\n  x-version: 1.3\n"));
    for option in [
        "x-version",
        "X-Version: 1.3",
        "grpc-status: 0",
        "x-none: @unset",
    ] {
        met(&ok.url, &["--expect-header", option]);
    }
    for (option, message, expected) in [
        (
            "x-version: 2",
            "the response has x-version: 1.2",
            "x-version: 2",
        ),
        (
            "x-version: @unset",
            "the response has x-version: 1.2",
            "no x-version",
        ),
        ("x-none", "there is no x-none", "x-none, of any value"),
        ("x-none: a", "there is no x-none", "x-none: a"),
    ] {
        unmet(
            &ok.url,
            &["--expect-header", option],
            ["unexpected-header", "response", message, expected],
        );
    }
}

#[test]
fn settings_and_gateways() {
    let ok = server(&healthy(
        "  server: envoy\n  x-envoy-upstream-service-time: 1\n",
    ));
    met(
        &ok.url,
        &[
            "--expect-setting",
            "MAX_CONCURRENT_STREAMS>=100",
            "--expect-gateway",
            "envoy",
        ],
    );
    unmet(
        &ok.url,
        &["--expect-setting", "MAX_CONCURRENT_STREAMS<=100"],
        [
            "unexpected-setting",
            "preface",
            "MAX_CONCURRENT_STREAMS is 128",
            "at most 100",
        ],
    );
    unmet(
        &ok.url,
        &["--expect-gateway", "none"],
        [
            "unexpected-gateway",
            "response",
            "the answer is by Envoy",
            "no gateway that is known",
        ],
    );
    let plain = server(&healthy(""));
    met(&plain.url, &["--expect-gateway", "none"]);
    unmet(
        &plain.url,
        &["--expect-gateway", "Envoy"],
        [
            "unexpected-gateway",
            "response",
            "no gateway can be told from the answer",
            "Envoy",
        ],
    );
}

#[test]
fn latency() {
    let slow = server(
        &healthy("")
            .replacen("headers\n", "read request\nwait 300ms\nheaders\n", 1)
            .replacen("settings M", "read preface\nwait 200ms\nsettings M", 1),
    );
    met(
        &slow.url,
        &[
            "--expect-within",
            "total=20s",
            "--expect-within",
            "connect=10s",
        ],
    );
    // The SETTINGS come at once, and are no response.
    let late = healthy("").replacen("headers\n", "read request\nwait 300ms\nheaders\n", 1);
    let late = server(&late);
    let (code, document) = document(&[&late.url, "--expect-within=first-byte=250ms"]);
    let found = errors(&document);
    assert_eq!((code, found.len()), (1, 1), "{found:?}");
    assert!(found[0][2].starts_with("first-byte took "), "{found:?}");
    let (code, document) = self::document(&[
        &slow.url,
        "--expect-within",
        "total=100ms",
        "--expect-within",
        "first-byte=50ms",
        "--expect-within",
        "tls=1ms",
    ]);
    assert_eq!(code, 1);
    let found = errors(&document);
    let steps: Vec<_> = found
        .iter()
        .map(|it| (it[0].as_str(), it[1].as_str()))
        .collect();
    assert_eq!(
        steps,
        [("late-phase", "response"), ("late-phase", "grpc-status")]
    );
    assert!(
        found[0][2].starts_with("first-byte took ") && found[0][2].ends_with(" ms"),
        "{found:?}"
    );
    assert_eq!(found[1][3], "at most 100.0 ms");
}

#[test]
fn what_clients_refuse_fails() {
    let directory = tempfile::tempdir().unwrap();
    let server = server(&format!("tls good\nalpn none\n{}", healthy("")));
    let ca = super::file(&directory, "ca.pem", server.ca_pem.as_ref().unwrap());
    let (code, document) = document(&[&server.url, "--cacert", &ca]);
    assert_eq!(code, 1);
    let found = errors(&document);
    assert_eq!(
        (found[0][0].as_str(), found[0][1].as_str()),
        ("alpn-missing", "alpn")
    );
    let end = "(refused by grpc-go from 1.67, grpc-java, C-core, tonic)";
    assert!(found[0][2].ends_with(end), "{}", found[0][2]);
    met(&server.url, &["--cacert", &ca, "--lenient"]);
    for (right, refused) in [
        ("message", "message padded=3"),
        ("application/grpc", "application/grpc;charset=utf-8"),
        ("application/grpc", "Application/gRPC"),
        (
            "application/grpc",
            "application/grpc\n  grpc-encoding: zstd",
        ),
        (
            "application/grpc",
            "application/grpc\n  grpc-encoding: GZIP",
        ),
        ("grpc-status: 0", "grpc-status: 0\n  grpc-encoding: GZIP"),
    ] {
        let other = super::server(&healthy("").replacen(right, refused, 1));
        let (code, document) = super::document(&[&other.url]);
        assert_eq!(code, 1, "{refused}: {document:#}");
    }
    let output = check(&[&server.url, "--lenient", "--strict"]);
    assert_eq!(self::code(&output), 2);
}

/// Fields that grpcio was measured with, in the headers and in the trailers.
#[test]
fn fields_that_grpcio_refuses_fail_and_those_that_it_takes_pass() {
    for (field, refused) in [
        ("x-bin: YQ,YQ", true),
        ("x-bin: YR", true),
        ("x-bin: YQ==", false),
        ("grpc-status-details-bin: !!", true),
        ("grpc-status-details-bin: CAA", false),
        ("grpc-timeout: 10", true),
        ("grpc-timeout: 5  S", false),
        ("grpc-retry-pushback-ms: 1.5", true),
        ("lb-cost-bin: YQ", true),
        ("host: a\n  host: a", true),
        ("host: a", false),
        ("grpc-internal-encoding-request: GZIP", true),
    ] {
        for place in ["application/grpc", "grpc-status: 0"] {
            let script = healthy("").replacen(place, &format!("{place}\n  {field}"), 1);
            let server = server(&script);
            let (code, document) = document(&[&server.url]);
            let errors = errors(&document);
            assert_eq!(code, i32::from(refused), "{field}: {document:#}");
            assert_eq!(errors.len(), usize::from(refused), "{field}");
            if refused {
                let said = &errors[0][2];
                assert!(said.ends_with("(refused by grpcio (Python))"), "{said}");
                met(&server.url, &["--lenient"]);
            }
        }
    }
}

#[test]
fn warnings_fail_where_none_is_put_up_with() {
    let warns = server(&healthy("").replacen(
        "grpc-status: 0",
        "grpc-status: 0\n  grpc-status-details-bin: CAU",
        1,
    ));
    let (code, lax) = document(&[&warns.url]);
    assert_eq!((code, errors(&lax).len()), (0, 0));
    let findings = lax["targets"][0]["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|it| it["severity"] == "warning"),
        "{findings:?}"
    );
    let (code, strict) = document(&[&warns.url, "--strict"]);
    assert_eq!(code, 1);
    assert_eq!(errors(&strict)[0][0], "status-details-mismatch");
}

#[test]
fn certificates() {
    let directory = tempfile::tempdir().unwrap();
    let ca = directory.path().join("ca.pem");
    let of = |certificate: &str| {
        let script = format!("tls {certificate}\n{}", healthy(""));
        let server = Server::start(&Script::parse(&script).unwrap());
        std::fs::write(&ca, server.ca_pem.as_ref().unwrap()).unwrap();
        server
    };
    let ca = ca.to_str().unwrap();
    // Valid for three days and a half more.
    let expiring = of("expiring");
    met(&expiring.url, &["--cacert", ca, "--expect-cert-days", "3"]);
    unmet(
        &expiring.url,
        &["--cacert", ca, "--expect-cert-days", "4"],
        [
            "certificate-days",
            "tls",
            "the certificate that ends first has 3 days left",
            "4 days left, or more",
        ],
    );
    let (_, document) = document(&[&expiring.url, "--cacert", ca]);
    assert!(document["targets"][0]["certificate_ends"].as_i64().unwrap() > 0);
    let plain = server(&healthy(""));
    unmet(
        &plain.url,
        &["--expect-cert-days", "1"],
        [
            "certificate-days",
            "tls",
            "no certificate was seen",
            "1 day left, or more",
        ],
    );
}

#[test]
fn a_stage_that_is_known_to_be_incomplete() {
    met("stage:no-trailers", &["--expect-step", "message"]);
    met("stage:json", &["--expect-step", "response"]);
    let (code, document) = document(&["stage:healthy", "--expect-step", "message"]);
    assert_eq!(code, 0);
    let note = document["targets"][0]["notes"][0].as_str().unwrap();
    assert!(note.contains("every step passes by now"), "{note}");
    let (code, document) = self::document(&["stage:json", "--expect-step", "message"]);
    assert_eq!(
        (code, &document["targets"][0]["verdict"]["step"]),
        (1, &"content-type".into())
    );
}

#[test]
fn expectations_that_mean_nothing_send_nothing() {
    let ok = server(&healthy(""));
    for (option, value, sentence) in [
        ("--expect-step", "trailer", "did you mean trailers?"),
        ("--expect-status", "FOUND", "there is no status"),
        ("--expect-reply", "[1]", "JSON object"),
        ("--expect-field", "a = 1", "no test of a field"),
        ("--expect-header", "a b", "'name: value'"),
        ("--expect-within", "total", "PHASE=DURATION"),
        ("--expect-setting", "X=1", "there is no setting"),
        ("--expect-gateway", "Envoi", "did you mean Envoy?"),
    ] {
        let output = check(&[&ok.url, option, value]);
        assert_eq!(code(&output), 2, "{option}");
        assert!(stderr(&output).contains(sentence), "{}", stderr(&output));
    }
    assert!(ok.connections().is_empty());
}
