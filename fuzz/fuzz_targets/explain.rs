//! Any text as what a client printed: the report can be shown on a terminal, and the JSON is JSON.

#![no_main]

use grpc_probe::clients;
use grpc_probe::report::redact::{Hidden, Secrets};
use grpc_probe::report::{Options, escape, explain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let secrets = Secrets::of_text(&text, &Hidden::default());
    let explanation = clients::explain(&text);
    for line in explain::text(&text, &explanation, &secrets, &Options::default()).lines() {
        assert_eq!(
            escape::text(line),
            line,
            "nothing unseen stands in a report"
        );
    }
    let json = explain::text_json(&explanation, &secrets);
    assert!(
        serde_json::from_str::<serde_json::Value>(&json).is_ok(),
        "{json}"
    );
});
