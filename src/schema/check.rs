//! What the descriptor pool takes for granted, checked before it gets the files.

use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use prost_reflect::prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::SchemaError;

/// Checks the map entries of a file: a message that calls itself one has a key and a value, one of each.
///
/// # Errors
/// [`SchemaError::MapEntry`] with the full name of the first message that is none.
pub(super) fn map_entries(file: &FileDescriptorProto) -> Result<(), SchemaError> {
    file.message_type
        .iter()
        .try_for_each(|message| walk(file.package(), message))
}

fn walk(scope: &str, message: &DescriptorProto) -> Result<(), SchemaError> {
    let name = if scope.is_empty() {
        message.name().to_owned()
    } else {
        format!("{scope}.{}", message.name())
    };
    if message
        .options
        .as_ref()
        .is_some_and(|options| options.map_entry())
        && let Some(problem) = entry_problem(message)
    {
        return Err(SchemaError::MapEntry {
            message: name,
            problem,
        });
    }
    message
        .nested_type
        .iter()
        .try_for_each(|nested| walk(&name, nested))
}

fn entry_problem(message: &DescriptorProto) -> Option<&'static str> {
    let field = |number| message.field.iter().find(|field| field.number() == number);
    let Some(key) = field(1) else {
        return Some("it lacks field 1, the key");
    };
    let Some(value) = field(2) else {
        return Some("it lacks field 2, the value");
    };
    if !is_singular(key) || !is_singular(value) {
        return Some("its key and value must be optional fields");
    }
    // Integers, bool and string may be keys: what orders and prints the same everywhere.
    let bad_key = matches!(
        key.r#type(),
        Type::Double | Type::Float | Type::Bytes | Type::Message | Type::Group | Type::Enum
    ) || key.type_name.is_some();
    bad_key.then_some("its key must be an integer, a bool or a string")
}

fn is_singular(field: &FieldDescriptorProto) -> bool {
    field.label() == Label::Optional && field.oneof_index.is_none()
}
