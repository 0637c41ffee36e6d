//! The hop in front of the function: routing, what counts as binary, and the headers that a REST API adds.
//!
//! Two points of the real gateway are not settled by its documentation. Here a stage whose `binaryMediaTypes` hold
//! `*/*` decodes also for a request without `accept`, as the documentation says; and `contentHandling` does not exist.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::lambda::{Event, FunctionError, Invocation};

/// The stage's name: the first segment of the path.
const STAGE: &str = "Prod";

/// Headers of the function that the gateway keeps for itself, and hands on under another name.
const REMAPPED: [&str; 4] = ["connection", "content-length", "date", "server"];

/// How a REST API is set up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gateway {
    /// The media types whose bodies are bytes. All others are text.
    pub(super) binary_media_types: &'static [&'static str],
    /// Whether trailers reach the client. Never so for a real REST API.
    pub(super) forwards_trailers: bool,
}

/// What goes out.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) trailers: Option<HeaderMap>,
}

impl Response {
    /// An answer of the gateway itself. Clients match on the bodies, so their spacing is the real one.
    fn error(status: StatusCode, error_type: &'static str, body: &'static str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-amzn-errortype", HeaderValue::from_static(error_type));
        Self {
            status,
            headers,
            body: Bytes::from_static(body.as_bytes()),
            trailers: None,
        }
    }

    fn forbidden() -> Self {
        Self::error(
            StatusCode::FORBIDDEN,
            "ForbiddenException",
            r#"{"message":"Forbidden"}"#,
        )
    }

    /// Says nothing about authentication: there is no such resource, or not with this method.
    fn missing_authentication_token() -> Self {
        let body = r#"{"message":"Missing Authentication Token"}"#;
        Self::error(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            body,
        )
    }

    fn internal(status: StatusCode) -> Self {
        Self::error(
            status,
            "InternalServerErrorException",
            r#"{"message": "Internal server error"}"#,
        )
    }

    /// The request's body is longer than the stage takes.
    pub(super) fn too_long() -> Self {
        let body = r#"{"message":"Request Too Long"}"#;
        Self::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            body,
        )
    }

    /// Adds what every response of a REST API has. `request` counts the requests of this stage.
    pub(super) fn sign(&mut self, request: u64) {
        let traced = !self.headers.contains_key("x-amzn-errortype");
        let names = ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"];
        let values = identifiers(request);
        self.headers
            .insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        for (name, value) in names.into_iter().zip(values) {
            if (traced || name != "x-amzn-trace-id")
                && let Ok(value) = HeaderValue::try_from(value)
            {
                self.headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

impl Gateway {
    /// Answers one request, with the function behind the gateway.
    pub(super) fn answer(
        &self,
        request: &Request<Bytes>,
        function: impl FnOnce(&Event) -> Result<Invocation, FunctionError>,
    ) -> Response {
        if let Some(refusal) = refuse(request) {
            return refusal;
        }
        match function(&self.event(request)) {
            Ok(invocation) => self.respond(request.headers(), &invocation),
            Err(FunctionError) => Response::internal(StatusCode::BAD_GATEWAY),
        }
    }

    /// What the function gets to see. A body that is not binary becomes text, also where that destroys it.
    fn event(&self, request: &Request<Bytes>) -> Event {
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let is_base64_encoded = content_type.is_some_and(|value| self.is_binary(value));
        let body = if is_base64_encoded {
            STANDARD.encode(request.body())
        } else {
            String::from_utf8_lossy(request.body()).into_owned()
        };
        Event {
            body,
            is_base64_encoded,
        }
    }

    fn respond(&self, request: &HeaderMap, invocation: &Invocation) -> Response {
        let Some(mut response) = Reply::read(&invocation.payload) else {
            return Response::internal(StatusCode::BAD_GATEWAY);
        };
        if response.is_base64_encoded && self.decodes(request) {
            match STANDARD.decode(&response.body) {
                Ok(body) => response.body = body.into(),
                Err(_) => return Response::internal(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
        let trailers = self.forwards_trailers.then(|| {
            let pairs = invocation.trailers.iter();
            pairs
                .map(|&(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect()
        });
        Response {
            status: response.status,
            headers: response.headers,
            body: response.body,
            trailers,
        }
    }

    /// Whether a base64 body is decoded: by what the client accepts, never by what the function answers.
    fn decodes(&self, request: &HeaderMap) -> bool {
        match request.get(ACCEPT) {
            Some(accept) => accept.to_str().is_ok_and(|accept| self.is_binary(accept)),
            None => self.binary_media_types.contains(&"*/*"),
        }
    }

    /// Whether the first media type of a header is among the binary ones. Only its subtype may be a wildcard there.
    fn is_binary(&self, value: &str) -> bool {
        let first = value.split([',', ';']).next().unwrap_or(value).trim();
        let Some((kind, subtype)) = first.split_once('/') else {
            return false;
        };
        self.binary_media_types
            .iter()
            .any(|&binary| match binary.split_once('/') {
                Some(("*", "*")) => true,
                Some(("*", _)) => false,
                Some((binary_kind, "*")) => binary_kind == kind,
                _ => binary == first && !subtype.is_empty(),
            })
    }
}

/// Refuses a request for what is not there. A custom domain is mapped to the stage with an empty base path: clients that cannot put a prefix
/// before the service call it there.
fn refuse(request: &Request<Bytes>) -> Option<Response> {
    let path = request.uri().path();
    let resource = if request.uri().host() == Some(super::CUSTOM_DOMAIN) {
        path.strip_prefix('/')
    } else {
        path.strip_prefix('/')
            .and_then(|path| path.strip_prefix(STAGE))
            .and_then(|path| path.strip_prefix('/'))
    };
    let resource = match resource {
        Some(resource) => resource,
        // The stage alone is a resource that does not exist.
        None if path.strip_prefix('/') == Some(STAGE) => "",
        None => return Some(Response::forbidden()),
    };
    let exists = resource
        .strip_suffix("HelloService/Hello")
        .is_some_and(|package| {
            !package.contains('/') && (package.is_empty() || package.ends_with('.'))
        });
    let found = exists && request.method() == Method::POST;
    (!found).then(Response::missing_authentication_token)
}

/// The shape of a function's answer. A key that is not of it makes the answer malformed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProxyReply {
    status_code: Value,
    headers: Option<Map<String, Value>>,
    multi_value_headers: Option<Map<String, Value>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// A function's answer after it was found well-formed.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    is_base64_encoded: bool,
}

impl Reply {
    fn read(payload: &Value) -> Option<Self> {
        let reply = ProxyReply::deserialize(payload).ok()?;
        let status = match reply.status_code {
            Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
            Value::String(text) => text.parse().ok()?,
            _ => return None,
        };
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| !status.is_informational())?;
        let mut headers = HeaderMap::new();
        for (name, value) in reply.headers.into_iter().flatten() {
            append(&mut headers, &name, &value)?;
        }
        for (name, values) in reply.multi_value_headers.into_iter().flatten() {
            for value in values.as_array()? {
                append(&mut headers, &name, value)?;
            }
        }
        headers
            .entry(CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("application/json"));
        let body = reply.body.unwrap_or_default().into();
        Some(Self {
            status,
            headers,
            body,
            is_base64_encoded: reply.is_base64_encoded.unwrap_or(false),
        })
    }
}

fn append(headers: &mut HeaderMap, name: &str, value: &Value) -> Option<()> {
    let name = match name.to_ascii_lowercase() {
        name if REMAPPED.contains(&name.as_str()) => format!("x-amzn-remapped-{name}"),
        name => name,
    };
    let name = HeaderName::try_from(name).ok()?;
    let value = match value {
        Value::String(text) => HeaderValue::try_from(text).ok()?,
        Value::Number(_) | Value::Bool(_) => HeaderValue::try_from(value.to_string()).ok()?,
        _ => return None,
    };
    if name != TRANSFER_ENCODING {
        headers.append(name, value);
    }
    Some(())
}

/// The identifiers of a request, in the shapes of the real ones. They follow from the request's number alone, so that
/// two runs can be compared byte by byte.
fn identifiers(request: u64) -> [String; 3] {
    // SplitMix64: any mixing function does, as long as neighbours look unlike.
    let mix = |step: u64| {
        let mut bits =
            (request.wrapping_mul(8).wrapping_add(step)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    let (high, low) = (
        hex::encode(mix(1).to_be_bytes()),
        hex::encode(mix(2).to_be_bytes()),
    );
    let request_id = format!(
        "{}-{}-4{}-a{}-{}",
        &high[..8],
        &high[8..12],
        &high[13..],
        &low[1..4],
        &low[4..]
    );
    let mut api_id = [0; 11];
    api_id[..8].copy_from_slice(&mix(3).to_be_bytes());
    api_id[8..].copy_from_slice(&mix(4).to_be_bytes()[..3]);
    let trace = hex::encode(mix(5).to_be_bytes());
    let root = &hex::encode(mix(6).to_be_bytes())[..8];
    [
        request_id,
        base64::engine::general_purpose::URL_SAFE.encode(api_id),
        format!("Root=1-{}-{root}{trace}", &high[..8]),
    ]
}

#[cfg(test)]
mod tests;
