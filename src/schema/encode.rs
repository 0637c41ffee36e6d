//! JSON to protobuf, by the protobuf JSON mapping.

use prost_reflect::prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::fit::{self, Misfit};
use super::guard;

/// Why a JSON text is no message of a type. Fits after "…: ".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The text is not JSON, or something follows it.
    #[error("line {line}, column {column}: {problem}")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// What the parser met, such as "trailing characters".
        problem: String,
    },
    /// A value does not fit the field it is for.
    #[error("{path}: {problem}")]
    Field {
        /// From the top of the JSON text, such as `items[2].price`.
        path: String,
        /// What fits there, and what was found, in words.
        problem: String,
    },
    /// The whole does not fit the type, in a way that has no place.
    #[error("no {type_name}: {problem}")]
    Message {
        /// Full name of the message type.
        type_name: String,
        /// What is wrong.
        problem: String,
    },
}

/// Encodes JSON as a message of the type.
///
/// # Errors
/// See [`JsonError`].
pub(super) fn encode(descriptor: &MessageDescriptor, json: &str) -> Result<Vec<u8>, JsonError> {
    if json.trim().is_empty() {
        return Ok(Vec::new());
    }
    let value: serde_json::Value = serde_json::from_str(json).map_err(|error| syntax(&error))?;
    guard::quietly(|| {
        // The text, not the value, is what is decoded: it still has the order of the fields.
        let mut parser = serde_json::Deserializer::from_str(json);
        match DynamicMessage::deserialize(descriptor.clone(), &mut parser) {
            Ok(message) => Ok(message.encode_to_vec()),
            // The library's errors name neither field nor type, so the misfit is looked for, and worded here.
            Err(error) => Err(match fit::first_misfit(descriptor, &value) {
                Some(Misfit { path, problem }) if !path.is_empty() => {
                    JsonError::Field { path, problem }
                }
                Some(Misfit { problem, .. }) => JsonError::Message {
                    type_name: descriptor.full_name().to_owned(),
                    problem,
                },
                None => JsonError::Message {
                    type_name: descriptor.full_name().to_owned(),
                    problem: without_place(&error),
                },
            }),
        }
    })
    .unwrap_or_else(|_| {
        Err(JsonError::Message {
            type_name: descriptor.full_name().to_owned(),
            problem: "its descriptor is malformed".to_owned(),
        })
    })
}

fn syntax(error: &serde_json::Error) -> JsonError {
    JsonError::Syntax {
        line: error.line(),
        column: error.column(),
        problem: without_place(error),
    }
}

/// The error's text without the " at line 1 column 2" that serde_json ends it with.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}
