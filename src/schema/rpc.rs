//! `google.rpc.Status` and the error details that usually come with it (googleapis, `google/rpc`).

use std::collections::BTreeMap;

use prost::Message;
use serde::Serialize;

use super::raw;

/// How many characters the text of one detail of an unknown type has at most.
const TEXT_MAX: usize = 200;

/// A status with its details.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The code.
    pub code: i32,
    /// The message.
    pub message: String,
    /// The details, in order.
    pub details: Vec<Detail>,
}

/// One detail of a status.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The full name of its type, `google.rpc.ErrorInfo`.
    pub type_name: String,
    /// Its contents on one line.
    pub text: String,
    /// Its fields, where the type is one of those that are known here.
    pub json: Option<serde_json::Value>,
}

/// Reads the bytes of a `google.rpc.Status`.
///
/// # Errors
/// Where they are none, in the decoder's words.
pub fn read(bytes: &[u8]) -> Result<Status, String> {
    let wire = Wire::decode(bytes).map_err(|error| error.to_string())?;
    Ok(Status {
        code: wire.code,
        message: wire.message,
        details: wire.details.into_iter().map(detail).collect(),
    })
}

fn detail(any: Any) -> Detail {
    let type_name = any
        .type_url
        .rsplit_once('/')
        .map_or(any.type_url.as_str(), |(_, name)| name)
        .to_owned();
    let value = any.value.as_slice();
    let known = match type_name.as_str() {
        "google.rpc.BadRequest" => known::<BadRequest>(value),
        "google.rpc.DebugInfo" => known::<DebugInfo>(value),
        "google.rpc.ErrorInfo" => known::<ErrorInfo>(value),
        "google.rpc.Help" => known::<Help>(value),
        "google.rpc.LocalizedMessage" => known::<LocalizedMessage>(value),
        "google.rpc.PreconditionFailure" => known::<PreconditionFailure>(value),
        "google.rpc.QuotaFailure" => known::<QuotaFailure>(value),
        "google.rpc.RequestInfo" => known::<RequestInfo>(value),
        "google.rpc.ResourceInfo" => known::<ResourceInfo>(value),
        "google.rpc.RetryInfo" => known::<RetryInfo>(value),
        _ => None,
    };
    let (text, json) = match known {
        Some((text, json)) => (text, Some(json)),
        None => {
            let fields = raw::decode(value).text(TEXT_MAX);
            (format!("{type_name} {{ {fields} }}"), None)
        }
    };
    Detail {
        type_name,
        text,
        json,
    }
}

/// A message of a known type as one line, and as JSON. Fields that are not set are left out.
fn known<M: Message + Default + Serialize>(value: &[u8]) -> Option<(String, serde_json::Value)> {
    let message = M::decode(value).ok()?;
    let json = serde_json::to_value(&message).ok()?;
    let name = std::any::type_name::<M>().rsplit("::").next()?;
    Some((format!("{name} {}", line(&json)), json))
}

/// A JSON value on one line, with room to break it.
fn line(json: &serde_json::Value) -> String {
    use serde_json::Value;
    let all = |parts: Vec<String>| parts.join(", ");
    match json {
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{name}: {}", line(value)));
            format!("{{ {} }}", all(members.collect()))
        }
        Value::Array(values) => format!("[{}]", all(values.iter().map(line).collect())),
        other => other.to_string(),
    }
}

#[derive(Clone, PartialEq, Message)]
struct Wire {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct Duration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_delay: Option<Duration>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct DebugInfo {
    #[prost(string, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stack_entries: Vec<String>,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct BadRequest {
    #[prost(message, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    field_violations: Vec<FieldViolation>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct FieldViolation {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    field: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[prost(string, tag = "3")]
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[prost(message, optional, tag = "4")]
    #[serde(skip_serializing_if = "Option::is_none")]
    localized_message: Option<LocalizedMessage>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct PreconditionFailure {
    #[prost(message, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<PreconditionViolation>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct PreconditionViolation {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    r#type: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    #[prost(string, tag = "3")]
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct QuotaFailure {
    #[prost(message, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<QuotaViolation>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct QuotaViolation {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct RequestInfo {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    request_id: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    serving_data: String,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct ResourceInfo {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    resource_type: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    resource_name: String,
    #[prost(string, tag = "3")]
    #[serde(skip_serializing_if = "String::is_empty")]
    owner: String,
    #[prost(string, tag = "4")]
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct Help {
    #[prost(message, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct Link {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct LocalizedMessage {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    locale: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(name: &str, value: Vec<u8>) -> Any {
        Any {
            type_url: format!("type.googleapis.com/{name}"),
            value,
        }
    }

    #[test]
    fn details_are_read_by_their_types() {
        let info = ErrorInfo {
            reason: "API_DISABLED".to_owned(),
            domain: "example.com".to_owned(),
            metadata: BTreeMap::from([("service".to_owned(), "hello".to_owned())]),
        };
        let wire = Wire {
            code: 7,
            message: "disabled".to_owned(),
            details: vec![
                any("google.rpc.ErrorInfo", info.encode_to_vec()),
                any("example.Own", b"\x0a\x02hi".to_vec()),
                any("google.rpc.Help", b"\xff".to_vec()),
            ],
        };
        let status = read(&wire.encode_to_vec()).unwrap();
        assert_eq!((status.code, status.message.as_str()), (7, "disabled"));
        assert_eq!(
            status.details[0].text,
            "ErrorInfo { reason: \"API_DISABLED\", domain: \"example.com\", metadata: { service: \"hello\" } }"
        );
        assert_eq!(status.details[1].text, "example.Own { 1: \"hi\" }");
        assert_eq!(status.details[2].json, None);
    }

    #[test]
    fn what_is_no_status_is_said() {
        assert!(read(b"\xff").is_err());
        assert_eq!(read(b"").unwrap().code, 0);
    }
}
