//! Error details in the document.

use super::document;
use super::support::script::Script;
use super::support::server::Server;

/// A google.rpc.Status of code 5 and message "gone", with a RetryInfo of 30 seconds.
const DETAILS: &str =
    "CAUSBGdvbmUaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIHg";

#[test]
fn details_are_decoded() {
    let script = format!(
        "settings\nsettings ack\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n  \
         grpc-status: 5\n  grpc-message: gone\n  grpc-status-details-bin: {DETAILS}\nclose\n"
    );
    let server = Server::start(&Script::parse(&script).unwrap());
    let document = document(&[&server.url]);
    let details = &document["response"]["grpc_status"]["details"];
    assert_eq!(details[0]["type"], "google.rpc.RetryInfo");
    assert_eq!(details[0]["json"]["retry_delay"]["seconds"], 30);
    assert_eq!(
        details[0]["text"],
        "RetryInfo { retry_delay: { seconds: 30, nanos: 0 } }"
    );
    assert_eq!(details[1], serde_json::Value::Null);
}
