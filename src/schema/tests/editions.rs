use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Value};

use super::*;

/// A message of descriptor.proto from JSON, which knows editions and features by name.
fn set(json: &str) -> Vec<u8> {
    let set_type = DescriptorPool::global()
        .get_message_by_name("google.protobuf.FileDescriptorSet")
        .unwrap();
    let mut parser = serde_json::Deserializer::from_str(json);
    DynamicMessage::deserialize(set_type, &mut parser)
        .unwrap()
        .encode_to_vec()
}

/// A file of edition 2023 with these file options, and message `M` with these fields beside `Sub` and `Color`.
fn edition(options: &str, fields: &str) -> Schema {
    let json = format!(
        r#"{{"file": [{{
            "name": "e.proto", "package": "e", "syntax": "editions", "edition": "EDITION_2023",
            "options": {{{options}}},
            "messageType": [
                {{"name": "M", "field": [{fields}], "nestedType": [{{
                    "name": "MapEntry", "options": {{"mapEntry": true}}, "field": [
                        {{"name": "key", "number": 1, "label": "LABEL_OPTIONAL", "type": "TYPE_STRING"}},
                        {{"name": "value", "number": 2, "label": "LABEL_OPTIONAL", "type": "TYPE_MESSAGE", "typeName": ".e.Sub"}}
                    ]
                }}]}},
                {{"name": "Sub", "field": [{{"name": "n", "number": 1, "label": "LABEL_OPTIONAL", "type": "TYPE_INT32"}}]}}
            ],
            "enumType": [{{
                "name": "Color", "options": {{"features": {{"enumType": "CLOSED"}}}},
                "value": [{{"name": "RED", "number": 1}}, {{"name": "GREEN", "number": 2}}]
            }}]
        }}]}}"#
    );
    Schema::from_descriptor_set(&set(&json)).unwrap()
}

fn field(name: &str, number: u32, label: &str, kind: &str, features: &str) -> String {
    let type_name = match kind {
        "TYPE_ENUM" => r#", "typeName": ".e.Color""#,
        "TYPE_MESSAGE" if name == "map" => r#", "typeName": ".e.M.MapEntry""#,
        "TYPE_MESSAGE" => r#", "typeName": ".e.Sub""#,
        _ => "",
    };
    format!(
        r#"{{"name": "{name}", "number": {number}, "label": "LABEL_{label}", "type": "{kind}"{type_name},
            "options": {{"features": {{{features}}}}}}}"#
    )
}

fn message(schema: &Schema) -> prost_reflect::MessageDescriptor {
    schema.pool().get_message_by_name("e.M").unwrap()
}

fn descriptor(schema: &Schema, number: u32) -> FieldDescriptor {
    message(schema).get_field(number).unwrap()
}

fn encode(schema: &Schema, json: &str) -> Vec<u8> {
    encode::encode(&message(schema), json).unwrap()
}

#[test]
fn the_defaults_are_explicit_packed_and_prefixed() {
    let fields = [
        field("one", 1, "OPTIONAL", "TYPE_INT32", ""),
        field("many", 2, "REPEATED", "TYPE_INT32", ""),
        field("sub", 3, "OPTIONAL", "TYPE_MESSAGE", ""),
    ];
    let schema = edition("", &fields.join(","));
    let bytes = encode(&schema, r#"{"one": 0, "many": [1, 2], "sub": {"n": 7}}"#);
    assert_eq!(bytes, b"\x08\x00\x12\x02\x01\x02\x1a\x02\x08\x07");
    let decoded = schema.decode("e.M", &bytes).unwrap();
    assert_eq!(
        decoded.json,
        serde_json::json!({"one": 0, "many": [1, 2], "sub": {"n": 7}})
    );
    assert!(descriptor(&schema, 1).supports_presence());
}

#[test]
fn fields_override_what_the_file_says() {
    let fields = [
        field("closed", 1, "OPTIONAL", "TYPE_ENUM", ""),
        field(
            "group",
            2,
            "OPTIONAL",
            "TYPE_MESSAGE",
            r#""messageEncoding": "DELIMITED""#,
        ),
        field(
            "must",
            3,
            "OPTIONAL",
            "TYPE_STRING",
            r#""fieldPresence": "LEGACY_REQUIRED""#,
        ),
        field("expanded", 4, "REPEATED", "TYPE_INT32", ""),
        field(
            "packed",
            5,
            "REPEATED",
            "TYPE_ENUM",
            r#""repeatedFieldEncoding": "PACKED""#,
        ),
    ];
    let schema = edition(
        r#""features": {"repeatedFieldEncoding": "EXPANDED"}"#,
        &fields.join(","),
    );
    assert!(descriptor(&schema, 2).is_group() && descriptor(&schema, 3).is_required());
    assert!(!descriptor(&schema, 4).is_packed() && descriptor(&schema, 5).is_packed());
    let json = r#"{"closed": "GREEN", "group": {"n": 7}, "must": "", "expanded": [1, 2], "packed": ["RED", "GREEN"]}"#;
    let bytes = encode(&schema, json);
    assert_eq!(
        bytes,
        b"\x08\x02\x13\x08\x07\x14\x1a\x00\x20\x01\x20\x02\x2a\x02\x01\x02"
    );
    let decoded = schema.decode("e.M", &bytes).unwrap();
    assert_eq!(
        decoded.json,
        serde_json::from_str::<serde_json::Value>(json).unwrap()
    );
    assert!(!decoded.unknown_fields);
    // Either encoding is read whatever the descriptor says.
    let crossed = schema
        .decode("e.M", b"\x22\x02\x01\x02\x28\x01\x28\x02")
        .unwrap();
    assert_eq!(
        crossed.json,
        serde_json::json!({"expanded": [1, 2], "packed": ["RED", "GREEN"]})
    );
}

#[test]
fn maps_keep_their_length_in_a_delimited_file() {
    let fields = [
        field("map", 1, "REPEATED", "TYPE_MESSAGE", ""),
        field("sub", 2, "REPEATED", "TYPE_MESSAGE", ""),
    ];
    let schema = edition(
        r#""features": {"messageEncoding": "DELIMITED"}"#,
        &fields.join(","),
    );
    assert!(descriptor(&schema, 1).is_map() && descriptor(&schema, 2).is_group());
    let bytes = encode(&schema, r#"{"map": {"a": {"n": 1}}, "sub": [{"n": 2}]}"#);
    assert_eq!(bytes, b"\x0a\x07\x0a\x01a\x12\x02\x08\x01\x13\x08\x02\x14");
}

#[test]
fn implicit_presence_is_exact_where_enums_begin_with_zero() {
    let json = r#"{"file": [{
        "name": "e.proto", "package": "e", "syntax": "editions", "edition": 1001,
        "options": {"features": {"fieldPresence": "IMPLICIT"}},
        "messageType": [{"name": "M", "field": [
            {"name": "implicit", "number": 1, "label": "LABEL_OPTIONAL", "type": "TYPE_INT32"},
            {"name": "explicit", "number": 2, "label": "LABEL_OPTIONAL", "type": "TYPE_INT32",
             "options": {"features": {"fieldPresence": "EXPLICIT"}}},
            {"name": "must", "number": 3, "label": "LABEL_OPTIONAL", "type": "TYPE_INT32",
             "options": {"features": {"fieldPresence": "LEGACY_REQUIRED"}}}
        ]}]
    }]}"#;
    let schema = Schema::from_descriptor_set(&set(json)).unwrap();
    assert_eq!(
        encode(&schema, r#"{"implicit": 0, "explicit": 0, "must": 0}"#),
        b"\x10\x00\x18\x00"
    );
    let fields = field(
        "one",
        1,
        "OPTIONAL",
        "TYPE_INT32",
        r#""fieldPresence": "IMPLICIT""#,
    );
    let approximate = edition("", &fields);
    assert_eq!(encode(&approximate, r#"{"one": 5}"#), b"\x08\x05");
}

#[test]
fn an_edition_of_the_future_is_named() {
    let json = r#"{"file": [{"name": "e.proto", "syntax": "editions", "edition": 2147483647}]}"#;
    let error = Schema::from_descriptor_set(&set(json))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("e.proto is of edition number 2147483647;"),
        "{error}"
    );
    let mut file = DynamicMessage::new(
        DescriptorPool::global()
            .get_message_by_name("google.protobuf.FileDescriptorProto")
            .unwrap(),
    );
    file.set_field_by_name("syntax", Value::String("editions".to_owned()));
    assert!(matches!(
        crate::schema::editions::lower(&mut file),
        Err(SchemaError::UnknownEdition { edition: 0, .. })
    ));
}
