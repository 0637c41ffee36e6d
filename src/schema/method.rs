//! One method of a service.

use prost_reflect::MethodDescriptor;

use super::{DecodeError, Decoded, JsonError, Place, encode};

/// A method: its name, what it takes and what it returns. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Method {
    /// "package.Service/Method", as it stands in the path of a call.
    pub full_name: String,
    /// Full name of the request's message type.
    pub input: String,
    /// Full name of the reply's message type.
    pub output: String,
    /// Whether the client sends any number of messages.
    pub client_streaming: bool,
    /// Whether the server sends any number of messages.
    pub server_streaming: bool,
    descriptor: MethodDescriptor,
}

impl Method {
    pub(super) fn new(descriptor: MethodDescriptor) -> Self {
        Self {
            full_name: format!(
                "{}/{}",
                descriptor.parent_service().full_name(),
                descriptor.name()
            ),
            input: descriptor.input().full_name().to_owned(),
            output: descriptor.output().full_name().to_owned(),
            client_streaming: descriptor.is_client_streaming(),
            server_streaming: descriptor.is_server_streaming(),
            descriptor,
        }
    }

    /// Encodes a request given as protobuf JSON. Text that is empty or blank is the empty message.
    ///
    /// # Errors
    /// [`JsonError`] names the place in the JSON and what fits there.
    pub fn encode_request(&self, json: &str) -> Result<Vec<u8>, JsonError> {
        encode::encode(&self.descriptor.input(), json)
    }

    /// Decodes a message that the client sent.
    ///
    /// # Errors
    /// [`DecodeError`] where the bytes are no message of the type [`Method::input`].
    pub fn decode_request(&self, bytes: &[u8]) -> Result<Decoded, DecodeError> {
        Decoded::new(&self.descriptor.input(), bytes)
    }

    /// What a reply's JSON has, by the type [`Method::output`].
    #[must_use]
    pub fn reply(&self) -> Place {
        Place::message(self.descriptor.output())
    }

    /// Decodes a message that the server sent.
    ///
    /// # Errors
    /// [`DecodeError`] where the bytes are no message of the type [`Method::output`].
    pub fn decode_reply(&self, bytes: &[u8]) -> Result<Decoded, DecodeError> {
        Decoded::new(&self.descriptor.output(), bytes)
    }
}
