//! Any bytes as a descriptor set, such as a server's reflection gives, and others as a message of its types. The length
//! of the set is in the first two bytes.

#![no_main]

use grpc_probe::report::escape;
use grpc_probe::schema::Schema;
use libfuzzer_sys::fuzz_target;

/// How long a line may get.
const LINE: usize = 400;

fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (set, message) = rest.split_at(length);
    let Ok(schema) = Schema::from_descriptor_set(set) else {
        return;
    };
    for method in schema.methods() {
        if let Ok(decoded) = method.decode_reply(message) {
            let line = decoded.text(LINE);
            assert!(line.chars().count() <= LINE, "{line}");
            assert!(escape::json_line(&decoded.json).is_ok());
            assert!(escape::json_line(&decoded.with_defaults()).is_ok());
        }
    }
});
