use super::schema;
use crate::report::samples;

#[test]
fn the_committed_schema_is_current() {
    let text = serde_json::to_string_pretty(&schema()).unwrap();
    let path = "fixtures/schema/grpc-probe.decode-1.schema.json";
    samples::compare(path, &format!("{text}\n"));
}
