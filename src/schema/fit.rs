//! Where a JSON value does not fit its message type, in words.
//!
//! Runs only after the library refused the JSON, so what it overlooks is never a false alarm: it only costs the
//! better wording.

use base64::Engine as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

use super::nearest::nearest;

/// Enum values named in a message at most; a longer list hides the rest of the sentence.
const ENUM_VALUES_SHOWN: usize = 12;

/// Characters of an ill-fitting string that are quoted.
const QUOTED: usize = 40;

/// The first place that does not fit, in the order of the text.
pub(super) struct Misfit {
    /// Such as `items[2].price`; empty for the top.
    pub(super) path: String,
    /// What fits there and what was found.
    pub(super) problem: String,
}

/// Looks for the first value that does not fit.
pub(super) fn first_misfit(descriptor: &MessageDescriptor, value: &Value) -> Option<Misfit> {
    message(descriptor, value, "").err()
}

pub(super) type Fit = Result<(), Misfit>;

fn misfit(path: &str, problem: String) -> Fit {
    Err(Misfit {
        path: path.to_owned(),
        problem,
    })
}

fn expected(path: &str, what: &str, found: &Value) -> Fit {
    misfit(path, format!("expected {what}, found {}", describe(found)))
}

fn message(descriptor: &MessageDescriptor, value: &Value, path: &str) -> Fit {
    let name = descriptor.full_name();
    if name == "google.protobuf.Any" {
        return any(descriptor, value, path);
    }
    if let Some(wrapped) = name
        .strip_prefix("google.protobuf.")
        .and_then(|short| short.strip_suffix("Value"))
        && !matches!(wrapped, "" | "List" | "Null")
        && let Some(field) = descriptor.get_field(1)
    {
        return scalar(&field.kind(), value, path);
    }
    if let Some(what) = well_known(name) {
        let fits = DynamicMessage::deserialize(descriptor.clone(), value).is_ok();
        return if fits {
            Ok(())
        } else {
            expected(path, what, value)
        };
    }
    let Value::Object(members) = value else {
        return expected(path, &format!("an object for {name}"), value);
    };
    members_of(
        descriptor,
        members.iter().map(|(key, value)| (key.as_str(), value)),
        path,
    )
}

fn members_of<'a>(
    descriptor: &MessageDescriptor,
    members: impl Iterator<Item = (&'a str, &'a Value)>,
    path: &str,
) -> Fit {
    let mut oneofs: Vec<(String, &str)> = Vec::new();
    for (key, value) in members {
        let place = if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        };
        let Some(field) = descriptor
            .get_field_by_json_name(key)
            .or_else(|| descriptor.get_field_by_name(key))
        else {
            if descriptor.get_extension_by_json_name(key).is_some() {
                continue;
            }
            return misfit(&place, no_such_field(descriptor, key));
        };
        if value.is_null() {
            continue;
        }
        if let Some(oneof) = field.containing_oneof() {
            if let Some((_, first)) = oneofs.iter().find(|(name, _)| name == oneof.name()) {
                return misfit(
                    &place,
                    format!(
                        "only one of the oneof {} may be set, and {first} is",
                        oneof.name()
                    ),
                );
            }
            oneofs.push((oneof.name().to_owned(), key));
        }
        self::field(&field, value, &place)?;
    }
    Ok(())
}

fn no_such_field(descriptor: &MessageDescriptor, key: &str) -> String {
    let fields: Vec<FieldDescriptor> = descriptor.fields().collect();
    let names: Vec<&str> = fields.iter().map(FieldDescriptor::json_name).collect();
    let near = nearest(key, names.iter().copied());
    format!(
        "{} has no such field{}",
        descriptor.full_name(),
        super::hint(&near, "it has", &names)
    )
}

fn field(field: &FieldDescriptor, value: &Value, path: &str) -> Fit {
    let kind = field.kind();
    if field.is_map() {
        return map(&kind, value, path);
    }
    if !field.is_list() {
        return single(&kind, value, path);
    }
    let Value::Array(items) = value else {
        return expected(
            path,
            &format!("an array, of which each is {}", name_of(&kind)),
            value,
        );
    };
    let mut places = items.iter().enumerate();
    places.try_for_each(|(index, item)| single(&kind, item, &format!("{path}[{index}]")))
}

fn map(entry: &Kind, value: &Value, path: &str) -> Fit {
    let Some((key_field, value_field)) = entry
        .as_message()
        .and_then(|entry| Some((entry.get_field(1)?, entry.get_field(2)?)))
    else {
        return Ok(());
    };
    let Value::Object(members) = value else {
        let (key, value_kind) = (name_of(&key_field.kind()), name_of(&value_field.kind()));
        return expected(
            path,
            &format!("an object, of which each key is {key} and each value {value_kind}"),
            value,
        );
    };
    for (key, item) in members {
        let place = format!("{path}[{key:?}]");
        let fits = match key_field.kind() {
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => key.parse::<i32>().is_ok(),
            Kind::Uint32 | Kind::Fixed32 => key.parse::<u32>().is_ok(),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => key.parse::<i64>().is_ok(),
            Kind::Uint64 | Kind::Fixed64 => key.parse::<u64>().is_ok(),
            Kind::Bool => key.parse::<bool>().is_ok(),
            _ => true,
        };
        if !fits {
            return misfit(
                &place,
                format!("expected {} as the key", name_of(&key_field.kind())),
            );
        }
        single(&value_field.kind(), item, &place)?;
    }
    Ok(())
}

fn single(kind: &Kind, value: &Value, path: &str) -> Fit {
    match kind {
        Kind::Message(descriptor) => message(descriptor, value, path),
        _ => scalar(kind, value, path),
    }
}

pub(super) fn scalar(kind: &Kind, value: &Value, path: &str) -> Fit {
    let fits = match kind {
        Kind::Double | Kind::Float => match value {
            Value::Number(number) => {
                *kind == Kind::Double
                    || number
                        .as_f64()
                        .is_some_and(|number| number.abs() <= f64::from(f32::MAX))
            }
            Value::String(text) => text.parse::<f64>().is_ok(),
            _ => false,
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            integer(value, i32::MIN.into(), i32::MAX.into())
        }
        Kind::Uint32 | Kind::Fixed32 => integer(value, 0, u32::MAX.into()),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            integer(value, i64::MIN.into(), i64::MAX.into())
        }
        Kind::Uint64 | Kind::Fixed64 => integer(value, 0, u64::MAX.into()),
        Kind::Bool => value.is_boolean(),
        Kind::String => value.is_string(),
        Kind::Bytes => value.as_str().is_some_and(is_base64),
        Kind::Enum(enumeration) => match value {
            Value::String(text) => enumeration.get_value_by_name(text).is_some(),
            Value::Null => enumeration.full_name() == "google.protobuf.NullValue",
            other => other
                .as_i64()
                .is_some_and(|number| i32::try_from(number).is_ok()),
        },
        Kind::Message(_) => true,
    };
    if fits {
        return Ok(());
    }
    // A whole number of the wrong size is told apart from something that is no number.
    let whole = value.as_i64().is_some() || value.as_u64().is_some();
    match (range_of(kind), whole) {
        (Some(range), true) => misfit(
            path,
            format!(
                "expected {} ({range}), found {}",
                name_of(kind),
                describe(value)
            ),
        ),
        _ => expected(path, &name_of(kind), value),
    }
}

fn integer(value: &Value, least: i128, most: i128) -> bool {
    let number = match value {
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => i128::from(number),
            (_, Some(number), _) => i128::from(number),
            // 1.0 and 1e3 are whole numbers to JSON; beyond 2^127 nothing fits anyhow.
            (_, _, Some(number)) if number.fract() == 0.0 && number.abs() < 1e38 => number as i128,
            _ => return false,
        },
        Value::String(text) => match text.parse() {
            Ok(number) => number,
            Err(_) => return false,
        },
        _ => return false,
    };
    (least..=most).contains(&number)
}

fn is_base64(text: &str) -> bool {
    base64(text).is_some()
}

/// The bytes of a text as protobuf's JSON takes them: base64 of either alphabet, padded or not.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let lenient = base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    let standard = base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
    let url_safe = base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, lenient);
    standard
        .decode(text)
        .or_else(|_| url_safe.decode(text))
        .ok()
}

/// What the JSON of a well-known type looks like; wrappers and `Any` have their own ways.
fn well_known(name: &str) -> Option<&'static str> {
    Some(match name {
        "google.protobuf.Timestamp" => "an RFC 3339 timestamp such as \"2024-05-01T12:30:00Z\"",
        "google.protobuf.Duration" => "a duration in seconds such as \"1.5s\"",
        "google.protobuf.FieldMask" => "a string of field paths such as \"user.name,email\"",
        "google.protobuf.Struct" => "an object",
        "google.protobuf.ListValue" => "an array",
        "google.protobuf.Value" => "any JSON value",
        "google.protobuf.Empty" => "an empty object {}",
        _ => return None,
    })
}

fn any(descriptor: &MessageDescriptor, value: &Value, path: &str) -> Fit {
    let Value::Object(members) = value else {
        return expected(path, "an object with an \"@type\"", value);
    };
    let place = if path.is_empty() {
        "@type".to_owned()
    } else {
        format!("{path}.@type")
    };
    let Some(url) = members.get("@type") else {
        return misfit(
            &place,
            "expected the URL of a message type, found nothing".to_owned(),
        );
    };
    let Some((_, type_name)) = url.as_str().and_then(|url| url.rsplit_once('/')) else {
        return expected(
            &place,
            "a type URL such as \"type.googleapis.com/package.Message\"",
            url,
        );
    };
    let Some(payload) = descriptor.parent_pool().get_message_by_name(type_name) else {
        return misfit(
            &place,
            format!("there is no message type {type_name} in the schema"),
        );
    };
    if payload.full_name().starts_with("google.protobuf.") && members.contains_key("value") {
        let inner = if path.is_empty() {
            "value".to_owned()
        } else {
            format!("{path}.value")
        };
        return message(
            &payload,
            members.get("value").unwrap_or(&Value::Null),
            &inner,
        );
    }
    let rest = members.iter().filter(|(key, _)| *key != "@type");
    members_of(
        &payload,
        rest.map(|(key, value)| (key.as_str(), value)),
        path,
    )
}

/// A type with its article: "an int32", "one of the enum values …".
fn name_of(kind: &Kind) -> String {
    match kind {
        Kind::Double => "a double",
        Kind::Float => "a float",
        Kind::Int32 => "an int32",
        Kind::Int64 => "an int64",
        Kind::Uint32 => "a uint32",
        Kind::Uint64 => "a uint64",
        Kind::Sint32 => "an sint32",
        Kind::Sint64 => "an sint64",
        Kind::Fixed32 => "a fixed32",
        Kind::Fixed64 => "a fixed64",
        Kind::Sfixed32 => "an sfixed32",
        Kind::Sfixed64 => "an sfixed64",
        Kind::Bool => "a bool",
        Kind::String => "a string",
        Kind::Bytes => "a base64 string",
        Kind::Enum(enumeration) => {
            let names: Vec<String> = enumeration
                .values()
                .map(|value| value.name().to_owned())
                .collect();
            let shown = names
                .iter()
                .take(ENUM_VALUES_SHOWN)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            let more = if names.len() > ENUM_VALUES_SHOWN {
                ", …"
            } else {
                ""
            };
            return format!(
                "one of the enum values {shown}{more} of {}",
                enumeration.full_name()
            );
        }
        Kind::Message(descriptor) => match well_known(descriptor.full_name()) {
            Some(what) => what,
            None => return format!("a {}", descriptor.full_name()),
        },
    }
    .to_owned()
}

const fn range_of(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Some("-2147483648 to 2147483647"),
        Kind::Uint32 | Kind::Fixed32 => Some("0 to 4294967295"),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            Some("-9223372036854775808 to 9223372036854775807")
        }
        Kind::Uint64 | Kind::Fixed64 => Some("0 to 18446744073709551615"),
        _ => None,
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.chars().count() > QUOTED => {
            format!(
                "the string {:?}…",
                text.chars().take(QUOTED).collect::<String>()
            )
        }
        Value::String(text) => format!("the string {text:?}"),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
