//! Calls made by hand, frame by frame.

use super::support::frames::{
    Block, Frame, PREFACE, data, headers, message, rst_stream, settings, settings_ack,
};
use super::support::packets::{Talk, pcapng};

pub(crate) const CLIENT: &str = "192.0.2.1:40000";
pub(crate) const SERVER: &str = "198.51.100.2:50051";

/// The method that is called.
pub(crate) const PATH: &str = "/a.B/C";

/// The steps of a call in plaintext that works.
pub(crate) const GOOD: &str = "upsspppppppppp";

/// Frames one after the other.
pub(crate) fn bytes(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(Frame::bytes).collect()
}

/// What a client sends first.
pub(crate) fn client_start() -> Vec<u8> {
    [PREFACE, &settings(&[(2, 0)]).bytes()].concat()
}

/// What a server sends first.
pub(crate) fn server_start() -> Vec<u8> {
    bytes(&[settings(&[(3, 100)]), settings_ack()])
}

/// The fields of a request.
pub(crate) fn request_fields(path: &str) -> Block {
    Block::new()
        .field(":method", "POST")
        .field(":scheme", "http")
        .field(":path", path)
        .field(":authority", "stage.example.com")
        .field("content-type", "application/grpc")
        .field("te", "trailers")
}

/// The fields that a response begins with.
pub(crate) fn response_fields() -> Block {
    Block::new()
        .field(":status", "200")
        .field("content-type", "application/grpc")
}

/// A request with an empty message.
pub(crate) fn request(stream: u32, path: &str) -> Vec<u8> {
    bytes(&[
        headers(stream, request_fields(path).bytes, false),
        data(stream, message(0, b""), true),
    ])
}

/// A response with messages and a status.
pub(crate) fn response(stream: u32, messages: &[&[u8]], status: &str) -> Vec<u8> {
    let mut frames = vec![headers(stream, response_fields().bytes, false)];
    for it in messages {
        frames.push(data(stream, message(0, it), false));
    }
    frames.push(trailers(stream, status));
    bytes(&frames)
}

/// Trailers with a status.
pub(crate) fn trailers(stream: u32, status: &str) -> Frame {
    headers(
        stream,
        Block::new().field("grpc-status", status).bytes,
        true,
    )
}

/// RST_STREAM with CANCEL.
pub(crate) fn cancel(stream: u32) -> Vec<u8> {
    rst_stream(stream, 8).bytes()
}

/// A connection on which both sides have sent what they send first.
pub(crate) fn begun() -> Talk {
    begun_between(CLIENT, SERVER)
}

/// The same between these two.
pub(crate) fn begun_between(client: &str, server: &str) -> Talk {
    let mut talk = Talk::opened(client, server);
    talk.say(true, &client_start());
    talk.say(false, &server_start());
    talk.say(true, &settings_ack().bytes());
    talk
}

/// The capture of a connection.
pub(crate) fn file(talk: &Talk) -> Vec<u8> {
    pcapng(&talk.packets)
}
