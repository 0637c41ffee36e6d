//! Protobuf to JSON, by the protobuf JSON mapping, without giving up on what the schema does not know.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost_reflect::{DynamicMessage, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value};
use serde_json::{Map, Value as Json};

use super::{guard, raw, text};

/// How deep an `Any` may hold an `Any`: protobuf's own limit for messages, which starts anew in each of them.
const MAX_ANY_DEPTH: usize = 100;

/// Values that a message may hold, all its levels together. Decoded, and as JSON, one takes up to 400 bytes, while two
/// bytes or less encode it: without a limit a message of 4 MiB could take 500 MiB.
const MAX_VALUES: usize = 65_536;

/// The bytes are no message of the type. Fits after "…: ".
#[derive(Debug, thiserror::Error)]
#[error("no {type_name}: {problem}")]
pub struct DecodeError {
    /// Full name of the message type.
    pub type_name: String,
    /// What is wrong, with the offset of the byte where that is known.
    pub problem: String,
    /// Whether it is the schema or a limit of ours that is in the way, and no fault of the bytes.
    pub ours: bool,
}

impl DecodeError {
    pub(super) fn unknown_type(type_name: &str) -> Self {
        Self {
            type_name: type_name.to_owned(),
            problem: "the schema has no such message type".to_owned(),
            ours: true,
        }
    }
}

/// A message read by its schema.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The message by the protobuf JSON mapping: lowerCamelCase names in the order of field numbers, 64-bit integers
    /// as strings, enums by name, bytes in base64, map keys sorted. An `Any` of a type that the schema lacks has its
    /// bytes under "value".
    pub json: Json,
    /// Whether the message, or one within it, has a field that the schema lacks.
    pub unknown_fields: bool,
    /// Full name of the message type.
    pub type_name: String,
    message: DynamicMessage,
}

impl Decoded {
    pub(super) fn new(descriptor: &MessageDescriptor, bytes: &[u8]) -> Result<Self, DecodeError> {
        let type_name = descriptor.full_name().to_owned();
        let outcome = guard::quietly(|| {
            let mut room = MAX_VALUES;
            if !fits(descriptor, &raw::decode(bytes), &mut room, 0) {
                return Ok(None);
            }
            let message = DynamicMessage::decode(descriptor.clone(), bytes)
                .map_err(|error| error.to_string())?;
            let mut writer = Writer {
                unknown_fields: false,
                defaults: false,
                depth: 0,
                room,
            };
            let json = writer.message(&message);
            Ok(Some((message, json, writer.unknown_fields)))
        });
        let mut ours = false;
        let problem = match outcome {
            Ok(Ok(Some((message, json, unknown_fields)))) => {
                return Ok(Self {
                    json,
                    unknown_fields,
                    type_name,
                    message,
                });
            }
            Ok(Ok(None)) => {
                ours = true;
                format!("more than {MAX_VALUES} values in it, which are not decoded here")
            }
            Ok(Err(problem)) => located(descriptor, bytes).unwrap_or(problem),
            Err(guard::Panicked) => {
                ours = true;
                "its descriptor is malformed".to_owned()
            }
        };
        Err(DecodeError {
            type_name,
            problem,
            ours,
        })
    }

    /// The JSON with every field in it that has no presence: one that is not in the message has its default value.
    #[must_use]
    pub fn with_defaults(&self) -> Json {
        let mut writer = Writer {
            unknown_fields: false,
            defaults: true,
            depth: 0,
            room: MAX_VALUES,
        };
        guard::quietly(|| writer.message(&self.message)).unwrap_or_else(|_| self.json.clone())
    }

    /// One line such as `hello.HelloRequest { greeting: "Hello" }`, of at most `limit` characters; one that is longer
    /// ends in "…". Strings are quoted and escaped as in Rust, bytes are hexadecimal, unknown fields have numbers.
    #[must_use]
    pub fn text(&self, limit: usize) -> String {
        guard::quietly(|| text::of_message(&self.message, limit))
            .unwrap_or_else(|_| self.type_name.clone())
    }
}

/// Whether the message has no more values than there is room for, of which it takes them.
fn fits(
    descriptor: &MessageDescriptor,
    message: &raw::RawMessage<'_>,
    room: &mut usize,
    depth: usize,
) -> bool {
    let too_many = |fault: raw::RawFault| fault.kind == raw::RawFaultKind::TooManyFields;
    let Some(left) = room.checked_sub(message.fields.len()) else {
        return false;
    };
    *room = left;
    !message.fault.is_some_and(too_many)
        && message.fields.iter().all(|field| {
            let Some(known) = descriptor.get_field(field.number) else {
                return true;
            };
            match (&field.value, known.kind()) {
                (raw::RawValue::Group(group), Kind::Message(inner)) => {
                    fits(&inner, group, room, depth + 1)
                }
                // Deeper than this the decoder refuses the message anyhow.
                (raw::RawValue::LengthDelimited(bytes), Kind::Message(inner)) => {
                    depth > raw::MAX_DEPTH || fits(&inner, &raw::decode(bytes), room, depth + 1)
                }
                (raw::RawValue::LengthDelimited(bytes), kind) if known.is_list() => {
                    let packed = match kind.wire_type() as u8 {
                        0 => bytes.iter().filter(|byte| **byte < 0x80).count(),
                        1 => bytes.len() / 8,
                        5 => bytes.len() / 4,
                        _ => 0,
                    };
                    let left = room.checked_sub(packed);
                    *room = left.unwrap_or(0);
                    left.is_some()
                }
                _ => true,
            }
        })
}

/// The first field whose wire type is not its type's, or where the bytes stop being protobuf; the library's own
/// messages have no offsets.
fn located(descriptor: &MessageDescriptor, bytes: &[u8]) -> Option<String> {
    let message = raw::decode(bytes);
    if let Some(fault) = message.fault {
        return Some(fault.to_string());
    }
    message.fields.iter().find_map(|field| {
        let known = descriptor.get_field(field.number)?;
        let group = known.is_group();
        let fits = match (field.wire_type, known.kind()) {
            (raw::WireType::LengthDelimited, Kind::String) => {
                let raw::RawValue::LengthDelimited(text) = &field.value else {
                    return None;
                };
                if let Err(error) = std::str::from_utf8(text) {
                    let offset = field.value_span.offset + error.valid_up_to() as u64;
                    return Some(format!(
                        "field {} ({}) is not UTF-8 at byte {offset}",
                        field.number,
                        known.name()
                    ));
                }
                true
            }
            (raw::WireType::LengthDelimited, Kind::Message(_) | Kind::Bytes) => !group,
            (raw::WireType::LengthDelimited, _) => known.is_list(),
            (raw::WireType::StartGroup, _) => group,
            (wire_type, kind) => wire_type as u8 == kind.wire_type() as u8 && !group,
        };
        (!fits).then(|| {
            format!(
                "field {} ({}) at byte {} has wire type {}, which does not fit its type",
                field.number,
                known.name(),
                field.span.offset,
                field.wire_type
            )
        })
    })
}

/// Whether the schema lacks a field that the message has, and the message as JSON.
struct Writer {
    unknown_fields: bool,
    /// Whether fields without presence are there by their default value too.
    defaults: bool,
    depth: usize,
    /// What is left of [`MAX_VALUES`] for the messages in an `Any`.
    room: usize,
}

impl Writer {
    fn message(&mut self, message: &DynamicMessage) -> Json {
        self.unknown_fields |= message.unknown_fields().next().is_some();
        let descriptor = message.descriptor();
        let Some(short) = descriptor.full_name().strip_prefix("google.protobuf.") else {
            return Json::Object(self.members(message));
        };
        match short {
            "Any" => self.any(message),
            "Timestamp" | "Duration" | "FieldMask" | "Struct" | "Value" | "ListValue" => {
                // Out of its range it has no such form, and its plain fields say more than an error.
                serde_json::to_value(message)
                    .unwrap_or_else(|_| Json::Object(self.members(message)))
            }
            "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value"
            | "UInt32Value" | "BoolValue" | "StringValue" | "BytesValue" => {
                match descriptor.get_field(1) {
                    Some(field) => self.value(&message.get_field(&field), &field.kind()),
                    None => Json::Object(Map::new()),
                }
            }
            _ => Json::Object(self.members(message)),
        }
    }

    fn members(&mut self, message: &DynamicMessage) -> Map<String, Json> {
        let mut members = Map::new();
        for (field, value) in message.fields() {
            // The mapping leaves out what equals its default, unless presence tells it apart.
            if message.has_field(&field) {
                members.insert(
                    field.json_name().to_owned(),
                    self.value(value, &field.kind()),
                );
            }
        }
        let descriptor = message.descriptor();
        let absent = descriptor.fields().filter(|field| {
            self.defaults && !field.supports_presence() && !message.has_field(field)
        });
        let absent: Vec<_> = absent.collect();
        for field in absent {
            let value = self.value(&message.get_field(&field), &field.kind());
            members.insert(field.json_name().to_owned(), value);
        }
        for (extension, value) in message.extensions() {
            members.insert(
                extension.json_name().to_owned(),
                self.value(value, &extension.kind()),
            );
        }
        members
    }

    fn value(&mut self, value: &Value, kind: &Kind) -> Json {
        match value {
            Value::Bool(flag) => Json::Bool(*flag),
            Value::I32(number) => (*number).into(),
            Value::U32(number) => (*number).into(),
            Value::I64(number) => Json::String(number.to_string()),
            Value::U64(number) => Json::String(number.to_string()),
            // Through its own shortest text, else 0.1 would become 0.10000000149011612.
            Value::F32(number) => float(
                number
                    .to_string()
                    .parse()
                    .unwrap_or_else(|_| f64::from(*number)),
            ),
            Value::F64(number) => float(*number),
            Value::String(text) => Json::String(text.clone()),
            Value::Bytes(bytes) => Json::String(BASE64_STANDARD.encode(bytes)),
            Value::EnumNumber(number) => match kind.as_enum() {
                Some(enumeration) if enumeration.full_name() == "google.protobuf.NullValue" => {
                    Json::Null
                }
                Some(enumeration) => match enumeration.get_value(*number) {
                    Some(known) => Json::String(known.name().to_owned()),
                    None => (*number).into(),
                },
                None => (*number).into(),
            },
            Value::Message(message) => self.message(message),
            Value::List(items) => {
                Json::Array(items.iter().map(|item| self.value(item, kind)).collect())
            }
            Value::Map(entries) => {
                let value_kind = kind
                    .as_message()
                    .and_then(|entry| entry.get_field(2))
                    .map(|field| field.kind());
                let Some(value_kind) = value_kind else {
                    return Json::Null;
                };
                let sorted: BTreeMap<&MapKey, &Value> = entries.iter().collect();
                let members = sorted
                    .into_iter()
                    .map(|(key, item)| (key_text(key), self.value(item, &value_kind)));
                Json::Object(members.collect())
            }
        }
    }

    fn any(&mut self, message: &DynamicMessage) -> Json {
        let url = message.get_field_by_number(1);
        let url = url
            .as_ref()
            .and_then(|url| url.as_str())
            .unwrap_or_default();
        let bytes = message.get_field_by_number(2);
        let bytes = bytes
            .as_ref()
            .and_then(|bytes| bytes.as_bytes())
            .cloned()
            .unwrap_or_default();
        let mut members = Map::new();
        if url.is_empty() && bytes.is_empty() {
            return Json::Object(members);
        }
        members.insert("@type".to_owned(), Json::String(url.to_owned()));
        let type_name = url.rsplit('/').next().unwrap_or_default();
        let payload = message
            .descriptor()
            .parent_pool()
            .get_message_by_name(type_name)
            .filter(|_| self.depth < MAX_ANY_DEPTH)
            .filter(|descriptor| fits(descriptor, &raw::decode(&bytes), &mut self.room, 0))
            .and_then(|descriptor| DynamicMessage::decode(descriptor, bytes.clone()).ok());
        let Some(payload) = payload else {
            members.insert(
                "value".to_owned(),
                Json::String(BASE64_STANDARD.encode(&bytes)),
            );
            return Json::Object(members);
        };
        self.depth += 1;
        match self.message(&payload) {
            Json::Object(fields) if !is_special(type_name) => members.extend(fields),
            other => {
                members.insert("value".to_owned(), other);
            }
        }
        self.depth -= 1;
        Json::Object(members)
    }
}

/// Whether a type has JSON of its own, which stands under "value" in an `Any`.
fn is_special(type_name: &str) -> bool {
    type_name
        .strip_prefix("google.protobuf.")
        .is_some_and(|short| {
            short.ends_with("Value")
                || matches!(
                    short,
                    "Any" | "Timestamp" | "Duration" | "FieldMask" | "Struct" | "Empty"
                )
        })
}

fn float(number: f64) -> Json {
    match serde_json::Number::from_f64(number) {
        Some(number) => Json::Number(number),
        None if number.is_nan() => Json::String("NaN".to_owned()),
        None if number > 0.0 => Json::String("Infinity".to_owned()),
        None => Json::String("-Infinity".to_owned()),
    }
}

pub(super) fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}
