//! Any bytes as a message without a schema: the fields tile it up to the fault, however they nest, and it can be shown.

#![no_main]

use grpc_probe::report::escape;
use grpc_probe::schema::raw::{self, RawMessage, RawValue};
use libfuzzer_sys::fuzz_target;

/// How long a line may get.
const LINE: usize = 400;

fuzz_target!(|bytes: &[u8]| {
    let message = raw::decode(bytes);
    assert_tiles(&message, 0, bytes.len() as u64);
    let line = message.text(LINE);
    assert!(line.chars().count() <= LINE, "{line}");
    assert!(!line.contains('\n'), "{line}");
    let _ = escape::json_line(&message.to_json());
});

fn assert_tiles(message: &RawMessage<'_>, start: u64, end: u64) {
    let mut at = start;
    for field in &message.fields {
        assert_eq!(field.span.offset, at, "fields leave no gap");
        assert_eq!(field.tag.offset, at, "a field begins with its tag");
        assert!(field.tag.end() <= field.value_span.offset);
        assert!(field.value_span.end() <= field.span.end());
        at = field.span.end();
        if let RawValue::Group(group) = &field.value {
            assert_tiles(group, field.value_span.offset, field.value_span.end());
        }
    }
    match message.fault {
        None => assert_eq!(at, end, "fields leave nothing"),
        Some(fault) => assert!((at..=end).contains(&fault.offset), "{fault:?}"),
    }
}
