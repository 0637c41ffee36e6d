//! The function behind the gateway. It knows nothing of HTTP/2: it gets an event, and returns JSON of the shape
//! that Lambda proxy integration wants.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use prost::Message as _;
use serde_json::{Value, json};

/// Compressed-Flag and Message-Length.
const PREFIX: usize = 5;

/// The longest message that the function takes, decompressed: what gRPC servers take by default.
const MESSAGE_MAX: u64 = 4 * 1024 * 1024;

/// How a deploy of the function answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// JSON, and no content-type.
    Json,
    /// The reply as bare text, called gRPC.
    Text,
    /// The message in base64, without its length prefix.
    Unframed,
    /// The length-prefixed message in base64: all that a function can do.
    Framed,
}

/// The part of the gateway's event that this function reads.
pub(super) struct Event {
    pub(super) body: String,
    pub(super) is_base64_encoded: bool,
}

/// What a function gives back.
pub(super) struct Invocation {
    /// The document that the gateway turns into a response.
    pub(super) payload: Value,
    /// What a gRPC server sends after the message. The document has no place for it, so it reaches a client only
    /// through a hop that forwards trailers.
    pub(super) trailers: &'static [(&'static str, &'static str)],
}

/// The function threw. A gateway tells its client no more than that something went wrong.
#[derive(Debug)]
pub(super) struct FunctionError;

#[derive(Clone, PartialEq, prost::Message)]
struct HelloRequest {
    #[prost(string, tag = "1")]
    greeting: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HelloResponse {
    #[prost(string, tag = "1")]
    reply: String,
}

/// Runs the function once.
pub(super) fn invoke(behaviour: Behaviour, event: &Event) -> Result<Invocation, FunctionError> {
    let request = request(event)?;
    let reply = greet(&request.greeting);
    let payload = match behaviour {
        Behaviour::Json => {
            json!({ "statusCode": 200, "body": json!({ "reply": reply }).to_string() })
        }
        Behaviour::Text => grpc(reply, false),
        Behaviour::Unframed => grpc(
            STANDARD.encode(HelloResponse { reply }.encode_to_vec()),
            true,
        ),
        Behaviour::Framed => {
            let message = HelloResponse { reply }.encode_to_vec();
            let length = u32::try_from(message.len()).map_err(|_| FunctionError)?;
            let mut body = vec![0];
            body.extend(length.to_be_bytes());
            body.extend(message);
            grpc(STANDARD.encode(body), true)
        }
    };
    Ok(Invocation {
        payload,
        trailers: &[("grpc-status", "0")],
    })
}

/// A reply that calls itself gRPC.
fn grpc(body: String, is_base64_encoded: bool) -> Value {
    json!({
        "statusCode": 200,
        "headers": { "content-type": "application/grpc+proto" },
        "body": body,
        "isBase64Encoded": is_base64_encoded,
    })
}

fn greet(greeting: &str) -> String {
    match greeting {
        "Hello" => "Hello, world.".to_owned(),
        name => format!("Hello, {name}."),
    }
}

/// Takes the message out of its frame. A body that the gateway ran through UTF-8 no longer fits its length.
fn request(event: &Event) -> Result<HelloRequest, FunctionError> {
    let decoded;
    let body = if event.is_base64_encoded {
        decoded = STANDARD.decode(&event.body).map_err(|_| FunctionError)?;
        &decoded
    } else {
        event.body.as_bytes()
    };
    let (prefix, message) = body.split_at_checked(PREFIX).ok_or(FunctionError)?;
    let &[flag @ 0..=1, a, b, c, d] = prefix else {
        return Err(FunctionError);
    };
    if usize::try_from(u32::from_be_bytes([a, b, c, d])) != Ok(message.len()) {
        return Err(FunctionError);
    }
    let message = match flag {
        0 => HelloRequest::decode(message),
        _ => HelloRequest::decode(gunzip(message)?.as_slice()),
    };
    message.map_err(|_| FunctionError)
}

/// A compressed message; gzip is the one coding that the function knows.
fn gunzip(message: &[u8]) -> Result<Vec<u8>, FunctionError> {
    let mut plain = Vec::new();
    let bounded = &mut GzDecoder::new(message).take(MESSAGE_MAX);
    bounded.read_to_end(&mut plain).map_err(|_| FunctionError)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Event {
        Event {
            body: body.to_owned(),
            is_base64_encoded: false,
        }
    }

    const HELLO: &str = "\0\0\0\0\x07\x0a\x05Hello";

    #[test]
    fn greets() {
        assert_eq!(greet("Hello"), "Hello, world.");
        assert_eq!(greet("Ada"), "Hello, Ada.");
        assert_eq!(greet(""), "Hello, .");
    }

    #[test]
    fn the_body_is_as_the_deploy_has_it() {
        let body = |behaviour| {
            let payload = invoke(behaviour, &text(HELLO)).unwrap().payload;
            payload["body"].as_str().unwrap().to_owned()
        };
        assert_eq!(body(Behaviour::Json), r#"{"reply":"Hello, world."}"#);
        assert_eq!(body(Behaviour::Text), "Hello, world.");
        assert_eq!(body(Behaviour::Unframed), "Cg1IZWxsbywgd29ybGQu");
        assert_eq!(body(Behaviour::Framed), "AAAAAA8KDUhlbGxvLCB3b3JsZC4=");
    }

    #[test]
    fn an_event_may_be_base64() {
        let event = Event {
            body: STANDARD.encode(HELLO),
            is_base64_encoded: true,
        };
        assert_eq!(request(&event).unwrap().greeting, "Hello");
    }

    #[test]
    fn a_body_that_is_no_length_prefixed_message_throws() {
        for body in [
            "",
            "\0\0\0\0",
            "\x01\0\0\0\0",
            "\0\0\0\0\x01",
            "\0\0\0\0\0\x0a",
            "\0\0\0\0\x02\x0a\x05",
        ] {
            assert!(invoke(Behaviour::Json, &text(body)).is_err(), "{body:?}");
        }
        let event = Event {
            body: "!".to_owned(),
            is_base64_encoded: true,
        };
        assert!(invoke(Behaviour::Json, &event).is_err());
    }

    #[test]
    fn an_empty_message_is_a_request() {
        assert_eq!(request(&text("\0\0\0\0\0")).unwrap().greeting, "");
    }
}
