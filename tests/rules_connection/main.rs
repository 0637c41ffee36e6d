//! The rules of the first six steps: each fires for its own pattern, alone, and stays silent beside it.

mod dial;
mod exchange;
mod foreign;

use std::time::Duration;

use grpc_probe::diagnosis::{Case, Diagnosis, MethodKind, Severity, Step};
use grpc_probe::http::reach::Resolve;
use grpc_probe::http::{Call, Connection, Dial};
use grpc_probe::rules::{RULES, diagnose};

const SECOND: Duration = Duration::from_secs(1);

/// Names of the errors and of the first failing step.
fn errors(diagnosis: &Diagnosis) -> (Vec<&'static str>, Option<Step>) {
    let names = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule.name)
        .collect();
    (names, diagnosis.verdict.rule.and(diagnosis.verdict.step))
}

fn judged(connection: &Connection, call: &Call) -> Diagnosis {
    diagnose(&Case::new(connection, call, None).kind(MethodKind::Unary))
}

/// A connection of ours, reached in this way.
fn called(dial: Dial) -> Connection {
    let mut connection = Connection::default();
    connection.called(dial);
    connection
}

/// Judges a connection on which nothing was sent.
fn dialled(connection: &Connection) -> Diagnosis {
    judged(connection, &Call::default())
}

fn resolved() -> Dial {
    Dial {
        host: "api.example.com".to_owned(),
        port: Some(443),
        resolve: Some(Resolve {
            took: SECOND,
            result: Ok(vec!["192.0.2.1".to_owned()]),
        }),
        ..Dial::default()
    }
}

fn plaintext() -> Dial {
    Dial {
        peer: Some("192.0.2.1:443".to_owned()),
        ..resolved()
    }
}

#[test]
fn rules_are_in_order_and_their_texts_in_form() {
    let order: Vec<_> = RULES.iter().map(|rule| (rule.step, rule.name)).collect();
    assert!(order.is_sorted());
    for rule in RULES.iter().filter(|rule| rule.step <= Step::Response) {
        assert!(
            rule.explain.lines().all(|line| line.chars().count() < 110),
            "{}",
            rule.name
        );
        assert!(!rule.citation.quote.contains("  "), "{}", rule.name);
    }
}
