//! Bodies of gRPC-Web (PROTOCOL-WEB): messages as in gRPC, and the trailers as a last one whose flag says so.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::envelope::PREFIX_LENGTH;

/// The bit of the flag that marks trailers ("the 8th (MSB) bit of the 1st gRPC frame byte", PROTOCOL-WEB).
const TRAILERS: u8 = 0x80;

/// How many messages are listed.
const LISTED: usize = 1_000;

/// What a body holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The length of each message, in bytes, at most a thousand.
    pub messages: Vec<u64>,
    /// The text of the trailers, where they are there.
    pub trailers: Option<Vec<u8>>,
    /// Bytes behind the last whole frame.
    pub rest: u64,
}

/// Reads a body; where its content-type is `application/grpc-web-text`, it is base64.
#[must_use]
pub fn read(body: &[u8], content_type: &[u8]) -> Body {
    const TEXT: &[u8] = b"application/grpc-web-text";
    let is_text = content_type
        .get(..TEXT.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(TEXT));
    if is_text {
        split(&decode(body))
    } else {
        split(body)
    }
}

fn split(mut bytes: &[u8]) -> Body {
    let mut body = Body::default();
    while let Some((prefix, after)) = bytes.split_first_chunk::<PREFIX_LENGTH>() {
        let [flag, a, b, c, d] = *prefix;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some((payload, next)) = after.split_at_checked(length) else {
            break;
        };
        if flag & TRAILERS != 0 {
            body.trailers = Some(payload.to_vec());
        } else if body.messages.len() < LISTED {
            body.messages.push(length as u64);
        }
        bytes = next;
    }
    body.rest = bytes.len() as u64;
    body
}

/// The bytes that a text stands for: pieces of base64, each with its own padding ("base64 encoded", chunk by chunk).
fn decode(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    for four in digits.chunks(4) {
        match STANDARD.decode(four) {
            Ok(three) => bytes.extend(three),
            Err(_) => break,
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINARY: &[u8] = b"\0\0\0\0\x02hi\x80\0\0\0\x0fgrpc-status:0\r\n";

    #[test]
    fn messages_and_trailers() {
        let body = read(BINARY, b"application/grpc-web+proto");
        assert_eq!(body.messages, [2]);
        assert_eq!(body.trailers.as_deref(), Some(&b"grpc-status:0\r\n"[..]));
        assert_eq!(body.rest, 0);
        let cut = read(&BINARY[..10], b"application/grpc-web");
        assert_eq!((cut.messages.len(), cut.trailers, cut.rest), (1, None, 3));
    }

    #[test]
    fn text_in_pieces_with_padding_of_their_own() {
        // "\0\0\0\0\x02hi", then the trailers, each encoded by itself.
        let text = b"AAAAAAJoaQ==gAAAAA9ncnBjLXN0YXR1czowDQo=";
        let body = read(text, b"application/grpc-web-text+proto");
        assert_eq!(body, read(BINARY, b"application/grpc-web"));
    }
}
