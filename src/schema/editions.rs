//! Lowers files of edition 2023 and 2024 to what the descriptor pool understands.
//!
//! An edition states as *features* what proto2 and proto3 state as syntax. Each feature that shows on the wire or in
//! JSON is resolved from the file down to the field, and written the old way:
//!
//! | feature | written as |
//! |---|---|
//! | `field_presence` | syntax proto2 (explicit), label `required`; implicit: see [`lower`] |
//! | `repeated_field_encoding` | the option `packed` |
//! | `message_encoding` | type group for delimited; maps and what is in them keep their length |
//! | `enum_type` | nothing: the pool keeps unknown numbers of every enum |
//! | `utf8_validation`, `json_format` | nothing: strings are always checked |

use prost_reflect::{DynamicMessage, Value};

use super::SchemaError;

/// `FileDescriptorProto.edition` of the editions this lowers, and their names.
const EDITIONS: [(i32, &str); 2] = [(1000, "2023"), (1001, "2024")];

/// `FieldDescriptorProto.Label` and `Type` by number, as descriptor.proto has them.
const LABEL_REQUIRED: i32 = 2;
const LABEL_REPEATED: i32 = 3;
const TYPE_STRING: i32 = 9;
const TYPE_GROUP: i32 = 10;
const TYPE_MESSAGE: i32 = 11;
const TYPE_BYTES: i32 = 12;

#[derive(Clone, Copy, PartialEq)]
enum Presence {
    Explicit,
    Implicit,
    Required,
}

/// The features that show on the wire, as resolved for one scope. Starts as editions 2023 and 2024 have them.
#[derive(Clone, Copy)]
struct Features {
    presence: Presence,
    packed: bool,
    delimited: bool,
}

/// Lowers one `FileDescriptorProto` in place; proto2 and proto3 files stay as they are.
///
/// The result is proto2, in which every field tracks its presence. A file with a field of implicit presence becomes
/// proto3 instead, with every other field marked `optional`, where its enums permit (each begins with zero).
///
/// # Errors
/// A syntax or an edition that nobody here knows, with the name of the file.
pub(super) fn lower(file: &mut DynamicMessage) -> Result<(), SchemaError> {
    let name = string(file, "name");
    let syntax = string(file, "syntax");
    match syntax.as_str() {
        "" | "proto2" | "proto3" => return Ok(()),
        "editions" => {}
        _ => return Err(SchemaError::UnknownSyntax { file: name, syntax }),
    }
    let edition = number(file, "edition").unwrap_or(0);
    if !EDITIONS.iter().any(|(known, _)| *known == edition) {
        return Err(SchemaError::UnknownEdition {
            file: name,
            edition,
        });
    }
    let start = Features {
        presence: Presence::Explicit,
        packed: true,
        delimited: false,
    };
    let features = resolve(file, start);
    let mut lowering = Lowering::default();
    each(file, "extension", |field| {
        lowering.field(field, features, &[], false)
    });
    each(file, "message_type", |message| {
        lowering.message(message, features)
    });
    each(file, "enum_type", |enumeration| {
        lowering.enumeration(enumeration)
    });
    let proto3 = lowering.implicit && !lowering.enum_without_zero;
    if proto3 {
        each(file, "message_type", mark_optional);
    } else {
        each(file, "message_type", unmark_implicit);
    }
    file.set_field_by_name(
        "syntax",
        Value::String(if proto3 { "proto3" } else { "proto2" }.to_owned()),
    );
    file.clear_field_by_name("edition");
    Ok(())
}

/// What the walk over one file finds out.
#[derive(Default)]
struct Lowering {
    implicit: bool,
    enum_without_zero: bool,
}

impl Lowering {
    fn message(&mut self, message: &mut DynamicMessage, outer: Features) {
        let in_map_entry = is_map_entry(message);
        let features = resolve(message, outer);
        let mut map_entries = Vec::new();
        each(message, "nested_type", |nested| {
            if is_map_entry(nested) {
                map_entries.push(string(nested, "name"));
            }
            self.message(nested, features);
        });
        each(message, "field", |field| {
            self.field(field, features, &map_entries, in_map_entry)
        });
        each(message, "extension", |field| {
            self.field(field, features, &[], false)
        });
        each(message, "enum_type", |enumeration| {
            self.enumeration(enumeration)
        });
    }

    fn enumeration(&mut self, enumeration: &mut DynamicMessage) {
        resolve(
            enumeration,
            Features {
                presence: Presence::Explicit,
                packed: true,
                delimited: false,
            },
        );
        let mut first = None;
        each(enumeration, "value", |value| {
            first.get_or_insert(number(value, "number").unwrap_or(0));
        });
        self.enum_without_zero |= first != Some(0);
    }

    /// Map entries hold their key and value with presence and length whatever the features say.
    fn field(
        &mut self,
        field: &mut DynamicMessage,
        outer: Features,
        map_entries: &[String],
        in_map_entry: bool,
    ) {
        let features = resolve(field, outer);
        let kind = number(field, "type").unwrap_or(0);
        let repeated = number(field, "label") == Some(LABEL_REPEATED);
        let singular = !repeated && !in_map_entry && !field.has_field_by_name("oneof_index");
        if singular && features.presence == Presence::Required {
            field.set_field_by_name("label", Value::EnumNumber(LABEL_REQUIRED));
        }
        let implicit = singular && features.presence == Presence::Implicit && kind != TYPE_MESSAGE;
        // Marks, for the second walk, the fields that do track presence, or the one that does not.
        if singular
            && !implicit
            && features.presence == Presence::Explicit
            && !field.has_field_by_name("extendee")
        {
            field.set_field_by_name("proto3_optional", Value::Bool(true));
        }
        self.implicit |= implicit;
        let type_name = string(field, "type_name");
        let last = type_name.rsplit('.').next().unwrap_or_default();
        let map = repeated && map_entries.iter().any(|entry| entry == last);
        if kind == TYPE_MESSAGE && features.delimited && !map && !in_map_entry {
            field.set_field_by_name("type", Value::EnumNumber(TYPE_GROUP));
        }
        if repeated
            && !matches!(kind, TYPE_STRING | TYPE_GROUP | TYPE_MESSAGE | TYPE_BYTES)
            && let Some(Value::Message(options)) = field.get_field_by_name_mut("options")
        {
            options.set_field_by_name("packed", Value::Bool(features.packed));
        }
    }
}

/// In proto3 the marks of [`Lowering::field`] already say it all; required fields track presence too.
fn mark_optional(message: &mut DynamicMessage) {
    each(message, "field", |field| {
        if number(field, "label") == Some(LABEL_REQUIRED) {
            field.set_field_by_name("proto3_optional", Value::Bool(true));
        }
    });
    each(message, "nested_type", mark_optional);
}

/// In proto2 every field tracks its presence, and the marks are not allowed.
fn unmark_implicit(message: &mut DynamicMessage) {
    each(message, "field", |field| {
        field.clear_field_by_name("proto3_optional")
    });
    each(message, "nested_type", unmark_implicit);
}

/// The features of a scope: what its own options say, else those of the scope around it. Takes them off the options.
fn resolve(scope: &mut DynamicMessage, outer: Features) -> Features {
    let mut features = outer;
    if !scope.has_field_by_name("options") {
        return features;
    }
    let Some(Value::Message(options)) = scope.get_field_by_name_mut("options") else {
        return features;
    };
    let Some(Value::Message(stated)) = options.take_field_by_name("features") else {
        return features;
    };
    match number(&stated, "field_presence") {
        Some(1) => features.presence = Presence::Explicit,
        Some(2) => features.presence = Presence::Implicit,
        Some(3) => features.presence = Presence::Required,
        _ => {}
    }
    match number(&stated, "repeated_field_encoding") {
        Some(1) => features.packed = true,
        Some(2) => features.packed = false,
        _ => {}
    }
    match number(&stated, "message_encoding") {
        Some(1) => features.delimited = false,
        Some(2) => features.delimited = true,
        _ => {}
    }
    features
}

fn is_map_entry(message: &DynamicMessage) -> bool {
    message
        .get_field_by_name("options")
        .and_then(|options| {
            options
                .as_message()?
                .get_field_by_name("map_entry")?
                .as_bool()
        })
        .unwrap_or(false)
}

/// Runs `work` on every message of a repeated field.
pub(super) fn each(
    parent: &mut DynamicMessage,
    field: &str,
    mut work: impl FnMut(&mut DynamicMessage),
) {
    if !parent.has_field_by_name(field) {
        return;
    }
    let Some(Value::List(items)) = parent.get_field_by_name_mut(field) else {
        return;
    };
    for item in items {
        if let Value::Message(message) = item {
            work(message);
        }
    }
}

/// A string field, empty where it is not set.
pub(super) fn string(message: &DynamicMessage, field: &str) -> String {
    message
        .get_field_by_name(field)
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A number or enum field, where it is set.
fn number(message: &DynamicMessage, field: &str) -> Option<i32> {
    if !message.has_field_by_name(field) {
        return None;
    }
    let value = message.get_field_by_name(field)?;
    value.as_enum_number().or_else(|| value.as_i32())
}
