//! Metrics in Prometheus's text format, for the node exporter's textfile collector or a push gateway.

use std::fmt::Write as _;

use super::{Run, Target};

/// A run as metrics. The end of the certificate has the name that the blackbox exporter gives it.
#[must_use]
pub fn metrics(run: &Run) -> String {
    let mut text = String::new();
    let checked = || {
        let targets = run.targets.iter();
        targets.filter_map(|target| Some((target, target.checked.as_ref()?)))
    };
    family(
        &mut text,
        "grpc_probe_success",
        "Whether the target passes.",
    );
    for (target, checked) in checked() {
        let pass = u8::from(checked.verdict.step.is_none());
        sample(&mut text, "grpc_probe_success", &[of(target)], pass);
    }
    family(
        &mut text,
        "grpc_probe_step_ok",
        "Whether a step holds; 0 also where there is no evidence, absent where it does not apply.",
    );
    for (target, checked) in checked() {
        for step in checked.steps.iter().filter(|step| step.status != "skipped") {
            let ok = u8::from(step.status == "pass");
            sample(
                &mut text,
                "grpc_probe_step_ok",
                &[of(target), ("step", step.step)],
                ok,
            );
        }
    }
    family(
        &mut text,
        "grpc_probe_duration_seconds",
        "How long a phase of the call took.",
    );
    for (target, checked) in checked() {
        for (phase, time) in checked.phases() {
            let labels = [of(target), ("phase", phase.name())];
            sample(
                &mut text,
                "grpc_probe_duration_seconds",
                &labels,
                time as f64 / 1e6,
            );
        }
    }
    family(
        &mut text,
        "grpc_probe_calls",
        "How many calls were made, those that failed before included.",
    );
    for (target, checked) in checked() {
        sample(&mut text, "grpc_probe_calls", &[of(target)], checked.calls);
    }
    family(
        &mut text,
        "probe_ssl_earliest_cert_expiry",
        "When the certificate of the chain ends that ends first, in seconds since the Unix epoch.",
    );
    for (target, checked) in checked() {
        if let Some(ends) = checked.certificate_ends {
            sample(
                &mut text,
                "probe_ssl_earliest_cert_expiry",
                &[of(target)],
                ends,
            );
        }
    }
    if let Some(ended) = run.ended_at {
        let name = "grpc_probe_last_run_timestamp_seconds";
        family(
            &mut text,
            name,
            "When the run ended, in seconds since the Unix epoch.",
        );
        sample(&mut text, name, &[], ended);
    }
    text
}

fn of(target: &Target) -> (&'static str, &str) {
    ("target", &target.name)
}

fn family(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
    let labels: Vec<String> = labels
        .iter()
        .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
        .collect();
    let _ = match labels.as_slice() {
        [] => writeln!(text, "{name} {value}"),
        labels => writeln!(text, "{name}{{{}}} {value}", labels.join(",")),
    };
}

/// A label's value: what would end it or its line stands escaped.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
