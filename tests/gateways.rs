//! Who stands in front: each gateway by what it writes, its neighbours that must not be taken for it, and what it is
//! known to do.

#[path = "gateways/clouds.rs"]
mod clouds;
#[path = "gateways/proxies.rs"]
mod proxies;
mod support;
#[path = "gateways/talk.rs"]
mod talk;

use std::sync::Arc;

use grpc_probe::gateways::Confidence::{Low, Medium};
use grpc_probe::gateways::{GATEWAYS, Strength, identify};
use grpc_probe::http::certificate::Certificate;
use grpc_probe::http::tls::{Security, Tls};
use grpc_probe::http::{Call, Connection, Dial};
use grpc_probe::rules::rule;
use support::frames;
use talk::*;

/// The embedded stage is a stage of API Gateway, and each of its attempts has the fix that the next one made.
#[test]
fn the_stage_is_known_and_each_attempt_has_its_fix() {
    for (attempt, rule, fix) in [
        ("json", "wrong-content-type", "application/grpc+proto"),
        ("raw-text", "text-body", "isBase64Encoded"),
        ("base64", "undecoded-base64", "/binaryMediaTypes/*~1*"),
        (
            "no-prefix",
            "missing-length-prefix",
            "the length as four bytes",
        ),
        (
            "no-trailers",
            "missing-trailers",
            "grpc_http1_reverse_bridge",
        ),
        ("healthy", "", ""),
    ] {
        let call = assert_cmd::Command::new(env!("CARGO_BIN_EXE_grpc-probe"))
            .args(["call", &format!("stage:{attempt}"), "--format", "json"])
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&call.stdout).unwrap();
        let gateway = &report["connection"]["gateway"];
        assert_eq!(gateway.as_array().map(Vec::len), Some(1), "{attempt}");
        assert_eq!(gateway[0]["name"], "API Gateway REST", "{attempt}");
        assert_eq!(gateway[0]["confidence"], "high", "{attempt}");
        assert_eq!(gateway[0]["clues"][0]["what"], "x-amz-apigw-id");
        let first = &report["findings"][0];
        if rule.is_empty() {
            assert!(first.is_null(), "{first}");
            continue;
        }
        assert_eq!(first["rule"], rule, "{attempt}");
        let cause = &first["causes"][0];
        let told = cause["fix"].as_str().unwrap();
        assert!(told.contains(fix), "{attempt}: {told}");
        assert!(cause["where"].is_string(), "{attempt}");
    }
}

#[test]
fn settings_alone_name_nobody() {
    for (settings, window) in [
        (NGINX, Some(2_147_418_112)),
        (ENVOY, Some(25_100_289)),
        (HAPROXY, Some(2_147_418_112)),
        (CADDY, Some(983_041)),
        (TRAEFIK, Some(983_041)),
    ] {
        let talk = Talk {
            settings,
            window,
            body: FRAMED,
            trailers: Some(&[("grpc-status", "0")]),
            ..TALK
        };
        assert_eq!(talk.identified(), [], "{settings:?}");
    }
}

/// What a reply says is the application's, whatever it quotes.
#[test]
fn the_text_of_a_reply_names_nobody() {
    let reply = frames::message(
        0,
        b"upstream connect error or disconnect/reset before headers. No server is available to handle this request.\
          <center>nginx/1.22.1</center> {\"message\":\"Missing Authentication Token\"}",
    );
    let talk = Talk {
        body: &reply,
        trailers: Some(&[("grpc-status", "0")]),
        ..TALK
    };
    assert_eq!(talk.identified(), []);
}

/// Fixes are made to be copied into files and shells.
#[test]
fn no_path_gets_into_a_fix_that_is_no_plain_name() {
    let long = format!("/{}/M", "a".repeat(1000));
    for (path, shown) in [
        ("/a.B/M", "location /a.B/"),
        ("/x;}$(id)/M", "location /SERVICE/"),
        ("/`id`/M", "location /SERVICE/"),
        (long.as_str(), "location /SERVICE/"),
        ("", "location /SERVICE/"),
    ] {
        let talk = Talk {
            path,
            status: "404",
            fields: &[HTML, ("server", "nginx")],
            body: b"<html></html>",
            ..TALK
        };
        let causes = talk.causes("gateway-error-page");
        assert!(causes[0].contains(shown), "{path:.20}: {}", causes[0]);
    }
}

#[test]
fn hostile_values() {
    let long = format!("nginx/{}", "9".repeat(10_000));
    for (value, who) in [
        ("nginx\u{1b}[31m", None),
        ("nginxx", None),
        ("x nginx", None),
        ("", None),
        ("nginx/\u{1b}]0;\u{7}\u{202e}", Some("nginx")),
        (long.as_str(), Some("nginx")),
    ] {
        let fields = [
            GRPC,
            ("server", value),
            ("via", ",,,( ) ,"),
            ("x-amz-apigw-i", ""),
        ];
        let talk = Talk {
            fields: &fields,
            ..TALK
        };
        let (connection, call) = talk.held();
        let found = identify(&connection, &call);
        let first = found.first().map(|found| found.gateway.name);
        assert_eq!(first, who, "{value:.20}");
        for clue in found.iter().flat_map(|found| &found.clues) {
            assert!(clue.what.len() < 200, "{}", clue.what.len());
        }
    }
    // A name that only one product writes may still be forged; what it says is never certain, and never a finding.
    let forged = Talk {
        fields: &[
            GRPC,
            REST,
            ("server", "nginx"),
            ("cf-ray", "x"),
            ("x-kong-a", "b"),
        ],
        body: FRAMED,
        trailers: Some(&[("grpc-status", "0")]),
        ..TALK
    };
    let (connection, call) = forged.held();
    assert_eq!(identify(&connection, &call).len(), 4);
    assert!(judged(&connection, &call).findings.is_empty());
    // Nothing at all, and bytes that are nothing.
    assert!(identify(&Connection::default(), &Call::default()).is_empty());
    for foreign in [
        &b"HTTP/1.1"[..],
        b"HTTP/1.1 \r\n\r\n",
        b"HTTP/1.1 400\r\nserver\r\n: :\r\n",
    ] {
        assert_eq!(Talk { foreign, ..TALK }.identified(), []);
    }
}

#[test]
fn an_http1_answer_tells_its_server() {
    let nginx = Talk {
        foreign: b"HTTP/1.1 400 Bad Request\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\n\r\n<html><hr><center>nginx/1.22.1</center></html>",
        ..TALK
    };
    assert_eq!(nginx.identified(), [("nginx", Medium)]);
    assert!(nginx.causes("http1-answer")[0].contains("http2 on;"));
    let tls = Talk {
        foreign: b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<center>The plain HTTP request was sent to HTTPS port</center>",
        ..TALK
    };
    assert!(tls.causes("http1-answer")[0].contains("https://"));
    let apache = Talk {
        foreign: b"HTTP/1.1 400 Bad Request\r\nserver: Apache/2.4.71 (Debian)\r\n\r\n",
        ..TALK
    };
    assert_eq!(apache.identified(), [("Apache", Low)]);
    assert!(apache.causes("http1-answer")[0].contains("Protocols h2 h2c"));
}

#[test]
fn certificates_that_controllers_make_tell_them() {
    for (subject, who) in [
        (
            "CN=Kubernetes Ingress Controller Fake Certificate,O=Acme Co",
            Some("ingress-nginx"),
        ),
        ("CN=TRAEFIK DEFAULT CERT", Some("Traefik")),
        ("CN=api.example.com", None),
    ] {
        let tls = Tls {
            chain: vec![Certificate {
                subject: subject.to_owned(),
                ..Certificate::default()
            }],
            ..Tls::default()
        };
        let mut connection = Connection {
            security: Security::Tls(Arc::new(tls)),
            ..Connection::default()
        };
        connection.called(Dial::default());
        let found = identify(&connection, &Call::default());
        assert_eq!(found.first().map(|found| found.gateway.name), who);
    }
}

/// A hint is what nobody confirmed, or what others share: with every hint of every gateway there is still nobody.
#[test]
fn no_name_rests_on_hints() {
    let fields = [
        GRPC,
        ID,
        ("x-amzn-trace-id", "Root=1"),
        ("x-amzn-errortype", "x"),
        ("x-cloud-trace-context", "x"),
        ("cf-cache-status", "x"),
        ("set-cookie", "AWSALB=x"),
        ("server", "openresty"),
    ];
    let talk = Talk {
        fields: &fields,
        host: "abc.execute-api.eu-west-1.amazonaws.com",
        settings: NGINX,
        window: Some(2_147_418_112),
        body: b"{\"message\":\"Not Found\"} failed to parse the response",
        ..TALK
    };
    assert_eq!(talk.identified(), []);
}

#[test]
fn clues_point_at_their_frames() {
    let talk = Talk {
        fields: &[GRPC, REST, ID],
        settings: NGINX,
        window: Some(2_147_418_112),
        body: FRAMED,
        ..TALK
    };
    let (connection, call) = talk.held();
    let found = identify(&connection, &call);
    let clues: Vec<_> = found[0]
        .clues
        .iter()
        .map(|clue| (clue.what.as_str(), clue.strength, clue.frame))
        .collect();
    assert_eq!(clues[0].0, "x-amz-apigw-id");
    assert_eq!(clues[0].1, Strength::Strong);
    let headers = call.response.headers.as_ref().unwrap();
    let headers = headers.origin.anchor.frame().unwrap();
    assert_eq!(clues[0].2, Some(headers));
    let settings = clues.last().unwrap();
    assert_eq!(settings.0, "SETTINGS and WINDOW_UPDATE");
    let frame = connection.frames().get(settings.2.unwrap()).unwrap();
    assert_eq!(frame.header.kind.0, frames::SETTINGS);
}

#[test]
fn the_list_is_in_order() {
    let names: Vec<String> = GATEWAYS
        .iter()
        .map(|gateway| gateway.name.to_ascii_lowercase())
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(names, sorted);
    assert_eq!(names.len(), 19);
}

#[test]
fn advice_is_on_rules_that_exist() {
    for gateway in GATEWAYS {
        assert!(gateway.rules().count() > 0, "{}", gateway.name);
        for name in gateway.rules() {
            assert!(rule(name).is_some(), "{}: {name}", gateway.name);
        }
    }
}
