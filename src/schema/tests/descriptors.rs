use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MessageOptions,
};

use super::*;

fn field(name: &str, number: i32, label: Label, kind: Type) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(label.into()),
        r#type: Some(kind.into()),
        ..Default::default()
    }
}

fn file(name: &str, imports: &[&str]) -> FileDescriptorProto {
    FileDescriptorProto {
        name: Some(name.to_owned()),
        package: Some("p".to_owned()),
        syntax: Some("proto3".to_owned()),
        dependency: imports.iter().map(|name| (*name).to_owned()).collect(),
        ..Default::default()
    }
}

fn message(name: &str) -> DescriptorProto {
    DescriptorProto {
        name: Some(name.to_owned()),
        ..Default::default()
    }
}

fn schema(files: Vec<FileDescriptorProto>) -> Result<Schema, SchemaError> {
    Schema::from_descriptor_set(&FileDescriptorSet { file: files }.encode_to_vec())
}

fn with_entry(fields: Vec<FieldDescriptorProto>) -> String {
    let options = MessageOptions {
        map_entry: Some(true),
        ..Default::default()
    };
    let entry = DescriptorProto {
        field: fields,
        options: Some(options),
        ..message("MEntry")
    };
    let mut map = field("m", 1, Label::Repeated, Type::Message);
    map.type_name = Some(".p.M.MEntry".to_owned());
    let outer = DescriptorProto {
        field: vec![map],
        nested_type: vec![entry],
        ..message("M")
    };
    let mut one = file("a.proto", &[]);
    one.message_type.push(outer);
    schema(vec![one]).map_or_else(|error| error.to_string(), |_| "fine".to_owned())
}

#[test]
fn malformed_map_entries_are_named() {
    let key = || field("key", 1, Label::Optional, Type::String);
    let value = || field("value", 2, Label::Optional, Type::Int32);
    assert_eq!(with_entry(vec![key(), value()]), "fine");
    let lead = "p.M.MEntry is marked as a map entry, but";
    assert_eq!(
        with_entry(vec![value()]),
        format!("{lead} it lacks field 1, the key")
    );
    assert_eq!(
        with_entry(vec![key()]),
        format!("{lead} it lacks field 2, the value")
    );
    assert_eq!(
        with_entry(vec![key(), field("value", 2, Label::Repeated, Type::Int32)]),
        format!("{lead} its key and value must be optional fields")
    );
    assert_eq!(
        with_entry(vec![
            field("key", 1, Label::Optional, Type::Double),
            value()
        ]),
        format!("{lead} its key must be an integer, a bool or a string")
    );
}

#[test]
fn faults_of_a_set_are_told_with_their_file() {
    let mut unknown = file("a.proto", &[]);
    unknown.syntax = Some("proto4".to_owned());
    assert_eq!(
        schema(vec![unknown]).unwrap_err().to_string(),
        "a.proto has the unknown syntax \"proto4\""
    );
    let missing = schema(vec![file("a.proto", &["gone.proto"])])
        .unwrap_err()
        .to_string();
    assert_eq!(
        missing,
        "a.proto: imported file 'gone.proto' has not been added"
    );
    let mut other = file("a.proto", &[]);
    other.message_type.push(message("M"));
    let twice = schema(vec![file("a.proto", &[]), other.clone()])
        .unwrap_err()
        .to_string();
    assert_eq!(twice, "there are two different files named a.proto");
    assert!(schema(vec![other.clone(), other.clone()]).is_ok());
    let mut same_message = file("b.proto", &[]);
    same_message.message_type.push(message("M"));
    let clash = schema(vec![other, same_message]).unwrap_err().to_string();
    assert!(clash.contains("p.M"), "{clash}");
    let junk = Schema::from_descriptor_set(b"<html>")
        .unwrap_err()
        .to_string();
    assert!(junk.starts_with("not a descriptor set: "), "{junk}");
}

#[test]
fn sets_merge() {
    let shop = compiled(SHOP);
    let mut extra = file("extra.proto", &["test.proto"]);
    extra.message_type.push(message("Extra"));
    let extra = FileDescriptorSet { file: vec![extra] }.encode_to_vec();
    let schema = Schema::from_descriptor_sets(&[shop.clone(), shop.clone(), extra]).unwrap();
    assert!(schema.decode("p.Extra", b"").is_ok() && schema.method("shop.Shop/Buy").is_ok());
    let changed = compiled(r#"syntax = "proto3"; package shop; message Other {}"#);
    let error = Schema::from_descriptor_sets(&[shop, changed])
        .unwrap_err()
        .to_string();
    assert_eq!(error, "there are two different files named test.proto");
    assert!(Schema::from_descriptor_sets(&[]).is_ok());
}

#[test]
fn well_known_files_may_be_missing() {
    let mut one = file("a.proto", &["google/protobuf/timestamp.proto"]);
    let mut at = field("at", 1, Label::Optional, Type::Message);
    at.type_name = Some(".google.protobuf.Timestamp".to_owned());
    one.message_type.push(DescriptorProto {
        field: vec![at],
        ..message("M")
    });
    let decoded = schema(vec![one])
        .unwrap()
        .decode("p.M", b"\x0a\x02\x08\x01")
        .unwrap();
    assert_eq!(
        decoded.json,
        serde_json::json!({"at": "1970-01-01T00:00:01Z"})
    );
}

#[test]
fn public_imports_are_followed_through_chains_and_cycles() {
    let public = |name: &str, imports: &[&str]| {
        let mut file = file(name, imports);
        file.public_dependency = (0..).take(imports.len()).collect();
        file
    };
    let mut last = public("c.proto", &["a.proto"]);
    last.message_type.push(message("Far"));
    let mut user = file("user.proto", &["a.proto", "b.proto"]);
    let mut far = field("far", 1, Label::Optional, Type::Message);
    far.type_name = Some(".p.Far".to_owned());
    user.message_type.push(DescriptorProto {
        field: vec![far],
        ..message("User")
    });
    let files = vec![
        public("a.proto", &["b.proto"]),
        public("b.proto", &["c.proto"]),
        last,
        user,
    ];
    assert!(schema(files).is_ok());
    // Doubles at every step where it is followed one by one.
    let ladder = (0..60).map(|step| {
        let next = format!("{}.proto", step + 1);
        let imports: Vec<&str> = if step < 59 {
            vec![&next, &next]
        } else {
            vec![]
        };
        public(&format!("{step}.proto"), &imports)
    });
    assert!(schema(ladder.collect()).is_ok());
}

#[test]
fn damaged_sets_never_panic() {
    let valid = compiled(SHOP);
    let mut state = 0x0123_4567_89ab_cdef_u64;
    for _ in 0..300 {
        let mut bytes = valid.clone();
        for _ in 0..3 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = state as usize % bytes.len();
            bytes[at] = (state >> 40) as u8;
        }
        if let Ok(schema) = Schema::from_descriptor_set(&bytes) {
            for method in schema.methods() {
                let _ = method.encode_request(r#"{"items": [{"name": "a"}], "names": {"1": "x"}}"#);
                let _ = method.decode_reply(b"\x62\x03\x0a\x01a\x6a\x05\x08\x01\x12\x01x");
            }
        }
    }
}
