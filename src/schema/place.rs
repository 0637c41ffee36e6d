//! A place in a message's JSON, by the message's type: what may stand there, before there is a message.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Number, Value};

use super::fit;
use super::nearest::nearest;

/// What stands at a place of a message's JSON.
#[derive(Clone, Debug)]
pub struct Place {
    what: What,
    /// From the top, as `items[].price`; empty at the top.
    path: String,
}

#[derive(Clone, Debug)]
enum What {
    Message(MessageDescriptor),
    List(Kind),
    Map(Kind),
    Scalar(Kind),
    /// JSON that no type says more of: `Any`, `Struct` and the like.
    Free,
}

impl Place {
    /// The place of a whole message.
    pub(super) fn message(descriptor: MessageDescriptor) -> Self {
        Self::kind(&Kind::Message(descriptor), String::new())
    }

    /// The member of that name, as it stands in the JSON, with its place. Fields go by their JSON name and by that of
    /// the `.proto` file.
    ///
    /// # Errors
    /// Where there is no such member; says which are near.
    pub fn member(&self, name: &str) -> Result<(String, Self), String> {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        match &self.what {
            What::Message(descriptor) => {
                let field = descriptor
                    .get_field_by_json_name(name)
                    .or_else(|| descriptor.get_field_by_name(name));
                // Extensions stand under their full name.
                if field.is_none() && name.starts_with('[') {
                    return Ok((
                        name.to_owned(),
                        Self {
                            what: What::Free,
                            path,
                        },
                    ));
                }
                let field = field.ok_or_else(|| {
                    let fields: Vec<FieldDescriptor> = descriptor.fields().collect();
                    let names: Vec<&str> = fields.iter().map(FieldDescriptor::json_name).collect();
                    let near = nearest(name, names.iter().copied());
                    let hint = super::hint(&near, "it has", &names);
                    format!(
                        "there is no {path}: {} has no field {name:?}{hint}",
                        descriptor.full_name()
                    )
                })?;
                Ok((field.json_name().to_owned(), Self::field(&field, path)))
            }
            What::Map(value) => Ok((name.to_owned(), Self::kind(value, path))),
            What::Free => Ok((
                name.to_owned(),
                Self {
                    what: What::Free,
                    path,
                },
            )),
            What::List(_) => Err(format!("there is no {path}: {} is a list", self.path)),
            What::Scalar(_) => Err(format!("there is no {path}: {} is no message", self.path)),
        }
    }

    /// The place of a list's items.
    ///
    /// # Errors
    /// Where no list stands here.
    pub fn item(&self) -> Result<Self, String> {
        let path = format!("{}[]", self.path);
        match &self.what {
            What::List(item) => Ok(Self::kind(item, path)),
            What::Free => Ok(Self {
                what: What::Free,
                path,
            }),
            _ => Err(format!("{} is no list", self.path)),
        }
    }

    /// A value as a message's JSON has it here, for protobuf's JSON takes more than it writes: enum values by their names,
    /// integers of 64 bits as texts, other numbers as numbers, bytes in padded base64. What stands within objects and
    /// lists is left as it is.
    ///
    /// # Errors
    /// Where no such value can stand here; says what can.
    pub fn value(&self, value: Value) -> Result<Value, String> {
        let path = &self.path;
        let kind = match &self.what {
            What::Free => return Ok(value),
            What::List(_) if value.is_array() => return Ok(value),
            What::List(_) => return Err(format!("{path} is a list, and {value} is none")),
            What::Message(_) | What::Map(_) if value.is_object() => return Ok(value),
            What::Message(_) | What::Map(_) => {
                return Err(format!("{path} is an object, and {value} is none"));
            }
            What::Scalar(kind) => kind,
        };
        fit::scalar(kind, &value, path).map_err(|misfit| format!("{path}: {}", misfit.problem))?;
        Ok(match (kind, value) {
            (Kind::Enum(values), Value::String(name)) => {
                let known = values.get_value_by_name(&name);
                named(values, known.map(|it| it.number())).unwrap_or(Value::String(name))
            }
            (Kind::Enum(values), Value::Number(number)) => {
                let known = number.as_i64().and_then(|it| i32::try_from(it).ok());
                named(values, known).unwrap_or(Value::Number(number))
            }
            (Kind::Bytes, Value::String(text)) => {
                let bytes = fit::base64(&text);
                Value::String(bytes.map_or(text, |bytes| STANDARD.encode(bytes)))
            }
            (Kind::Double | Kind::Float, Value::String(text)) => match text.parse::<f64>() {
                Ok(f64::INFINITY) => Value::from("Infinity"),
                Ok(f64::NEG_INFINITY) => Value::from("-Infinity"),
                Ok(number) => Number::from_f64(number).map_or(Value::from("NaN"), Value::Number),
                Err(_) => Value::String(text),
            },
            (_, Value::Number(number)) if self.is_wide() => Value::String(whole(&number)),
            (kind, Value::String(text)) if *kind != Kind::String => {
                match (text.parse::<i128>(), self.is_wide()) {
                    (Ok(number), true) => Value::String(number.to_string()),
                    (Ok(number), false) => {
                        Number::from_i128(number).map_or(Value::String(text), Value::Number)
                    }
                    (Err(_), _) => Value::String(text),
                }
            }
            (_, value) => value,
        })
    }

    /// Whether a number stands here.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        match &self.what {
            What::Free => true,
            What::Scalar(kind) => !matches!(
                kind,
                Kind::Bool | Kind::String | Kind::Bytes | Kind::Enum(_) | Kind::Message(_)
            ),
            _ => false,
        }
    }

    /// Whether a text stands here.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(&self.what, What::Free | What::Scalar(Kind::String))
    }

    /// Whether an integer of 64 bits stands here, which JSON has as a text.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        let What::Scalar(kind) = &self.what else {
            return false;
        };
        matches!(
            kind,
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64
        )
    }

    fn field(field: &FieldDescriptor, path: String) -> Self {
        let kind = field.kind();
        let what = match &kind {
            Kind::Message(entry) if field.is_map() => {
                What::Map(entry.map_entry_value_field().kind())
            }
            _ if field.is_list() => What::List(kind),
            _ => return Self::kind(&kind, path),
        };
        Self { what, path }
    }

    fn kind(kind: &Kind, path: String) -> Self {
        let what = match kind {
            Kind::Message(descriptor) => {
                match descriptor.full_name().strip_prefix("google.protobuf.") {
                    Some("Int64Value") => What::Scalar(Kind::Int64),
                    Some("UInt64Value") => What::Scalar(Kind::Uint64),
                    Some("Int32Value") => What::Scalar(Kind::Int32),
                    Some("UInt32Value") => What::Scalar(Kind::Uint32),
                    Some("DoubleValue") => What::Scalar(Kind::Double),
                    Some("FloatValue") => What::Scalar(Kind::Float),
                    Some("BoolValue") => What::Scalar(Kind::Bool),
                    Some("BytesValue") => What::Scalar(Kind::Bytes),
                    Some("Timestamp" | "Duration" | "FieldMask" | "StringValue") => {
                        What::Scalar(Kind::String)
                    }
                    Some("Any" | "Struct" | "Value" | "ListValue") => What::Free,
                    _ => What::Message(descriptor.clone()),
                }
            }
            scalar => What::Scalar(scalar.clone()),
        };
        Self { what, path }
    }
}

/// The name of an enum value; of several for one number the first, as JSON has it.
fn named(values: &EnumDescriptor, number: Option<i32>) -> Option<Value> {
    let value = values.get_value(number?)?;
    Some(Value::String(value.name().to_owned()))
}

/// A number as protobuf's JSON writes it where it is an integer of 64 bits.
fn whole(number: &Number) -> String {
    match (number.as_i128(), number.as_f64()) {
        (None, Some(float)) if float.fract() == 0.0 => format!("{float:.0}"),
        _ => number.to_string(),
    }
}
