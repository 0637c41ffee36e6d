//! Calls put together from frames: what becomes headers, body and trailers, where it stands, and how it ended.

mod support;

use std::time::Duration;

use grpc_probe::http::exchange::BODY_KEPT;
use grpc_probe::http::http2::{DATA_KEPT, FRAMES_KEPT};
use grpc_probe::http::part::{Anchor, Origin};
use grpc_probe::http::{Assembler, Call, Closing, Connection, End};
use grpc_probe::wire::{Direction, ErrorCode};
use support::frames::{self, Block, Frame};

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What becomes of frames that the server sends, each a millisecond after the one before.
fn received(frames: &[Frame]) -> (Connection, Call) {
    let mut assembler = Assembler::new();
    for (index, frame) in frames.iter().enumerate() {
        assembler.feed(Direction::Received, &frame.bytes(), at(index as u64));
    }
    let (connection, mut calls) = assembler.finish(at(1_000), Closing::Peer);
    (connection, calls.remove(&1).unwrap_or_default())
}

/// Whether a part comes from the frame of that number, which is received that much later.
fn is_at(origin: &Origin, frame: usize) -> bool {
    origin.anchor == Anchor::Frame(frame) && origin.at == at(frame as u64)
}

fn ok() -> Block {
    Block::new()
        .indexed(8)
        .field("content-type", "application/grpc")
}

fn trailers() -> Block {
    Block::new().field("grpc-status", "0")
}

fn block(fields: Block, end_stream: bool) -> Frame {
    frames::headers(1, fields.bytes, end_stream)
}

#[test]
fn a_plain_reply() {
    let (connection, call) = received(&[
        frames::settings(&[(3, 100)]),
        block(ok(), false),
        frames::data(1, frames::message(0, b"hi"), false),
        block(trailers(), true),
    ]);
    let response = &call.response;
    assert_eq!(
        response.header("content-type"),
        Some(&b"application/grpc"[..])
    );
    assert_eq!(response.body.bytes, b"\0\0\0\0\x02hi");
    assert_eq!(
        response.closing_block().unwrap().fields.get("grpc-status"),
        Some(&b"0"[..])
    );
    assert!(matches!(response.end, Some(End::Headers(origin)) if is_at(&origin, 3)));
    assert!(!response.is_trailers_only());
    assert_eq!(
        connection
            .settings(Direction::Received)
            .first
            .as_ref()
            .unwrap()[0]
            .value,
        100
    );
    assert_eq!(connection.frames_seen, 4);
    let block = connection.frames().get(1).unwrap().block.as_ref().unwrap();
    assert_eq!(block.get(":status"), Some(&b"200"[..]));
}

#[test]
fn interim_responses_are_apart() {
    let early = Block::new().field(":status", "103").field("link", "x");
    let (_, call) = received(&[
        frames::settings(&[]),
        block(early, false),
        block(ok(), false),
    ]);
    assert_eq!(call.response.informational.len(), 1);
    assert_eq!(call.response.header(":status"), Some(&b"200"[..]));
    // One that ends the stream is no final response either.
    let last = Block::new().field(":status", "100");
    let (_, call) = received(&[frames::settings(&[]), block(last, true)]);
    assert_eq!(call.response.informational.len(), 1);
    assert_eq!(call.response.headers, None);
    assert!(matches!(call.response.end, Some(End::Headers(origin)) if is_at(&origin, 1)));
}

#[test]
fn trailers_only_and_misplaced_blocks() {
    let (_, call) = received(&[frames::settings(&[]), block(trailers(), true)]);
    assert!(call.response.is_trailers_only());
    let (_, call) = received(&[
        frames::settings(&[]),
        block(ok(), false),
        block(Block::new().field("x-a", "1"), false),
        block(trailers(), true),
    ]);
    assert_eq!(call.response.misplaced.len(), 1);
    assert_eq!(
        call.response.trailers.unwrap().fields.get("grpc-status"),
        Some(&b"0"[..])
    );
}

/// A position in the body leads to the byte on the wire, past padding and frame headers.
#[test]
fn positions_lead_to_the_wire() {
    let frames = [
        frames::settings(&[]),
        block(ok(), false),
        frames::data(1, &b"ab"[..], false),
        frames::data(1, &b"cd"[..], false).padded(3),
        frames::data(1, &b""[..], false),
        frames::data(1, &b"ef"[..], true),
    ];
    let wire: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
    let (_, call) = received(&frames);
    let body = &call.response.body;
    assert_eq!(body.bytes, b"abcdef");
    for (position, byte) in body.bytes.iter().enumerate() {
        let piece = body.piece_at(position as u64).unwrap();
        let offset = piece.offset + (position as u64 - piece.start);
        assert_eq!(
            wire[usize::try_from(offset).unwrap()],
            *byte,
            "byte {position}"
        );
    }
    assert_eq!(body.piece_at(6), None);
    assert!(matches!(call.response.end, Some(End::Data(origin)) if is_at(&origin, 5)));
}

#[test]
fn what_comes_out_of_turn_is_kept() {
    let (connection, call) = received(&[
        frames::settings(&[]),
        frames::data(1, &b"early"[..], false),
        block(ok(), false),
        block(trailers(), true),
        frames::data(1, &b"late"[..], false),
        frames::rst_stream(1, 0),
        frames::goaway(1, 11, b"too_many_pings"),
    ]);
    assert_eq!(call.response.before_headers, [1]);
    assert_eq!(call.response.after_end, [4, 5]);
    assert_eq!(call.response.body.bytes, b"early");
    let goaway = &connection.goaways[0];
    assert_eq!(
        (goaway.code, goaway.last_stream),
        (ErrorCode::ENHANCE_YOUR_CALM, 1)
    );
    assert_eq!(goaway.debug, b"too_many_pings");
}

#[test]
fn a_reset_ends_the_half() {
    let (_, call) = received(&[frames::settings(&[]), frames::rst_stream(1, 7)]);
    let Some(End::Reset(origin, ErrorCode::REFUSED_STREAM)) = call.response.end else {
        panic!("{:?}", call.response.end);
    };
    assert!(is_at(&origin, 1));
}

#[test]
fn a_frame_cut_short_and_an_open_block_are_told() {
    let mut assembler = Assembler::new();
    let mut bytes = frames::settings(&[]).bytes();
    bytes.extend(Frame::new(frames::HEADERS, 0, 1, ok().bytes).bytes());
    bytes.extend(&frames::data(1, &b"hello"[..], false).bytes()[..11]);
    assembler.feed(Direction::Received, &bytes, at(0));
    let (connection, _) = assembler.finish(at(1), Closing::Broken("reset".to_owned()));
    assert_eq!(connection.open_block, Some(1));
    let cut = connection.cut.unwrap();
    assert_eq!(cut.header.unwrap().length, 5);
    assert_eq!(cut.span.length, 11);
}

/// What did arrive of a DATA frame is part of the body, its padding is not.
#[test]
fn data_of_a_frame_cut_short_is_kept() {
    for (padding, sent, kept) in [
        (None, 12, &b"hel"[..]),
        (Some(2), 12, b"he"),
        (Some(2), 16, b"hello"),
    ] {
        let mut assembler = Assembler::new();
        assembler.feed(Direction::Received, &frames::settings(&[]).bytes(), at(0));
        assembler.feed(Direction::Received, &block(ok(), false).bytes(), at(0));
        let mut frame = frames::data(1, &b"hello"[..], false);
        if let Some(padding) = padding {
            frame = frame.padded(padding);
        }
        assembler.feed(Direction::Received, &frame.bytes()[..sent], at(0));
        let (_, mut calls) = assembler.finish(at(1), Closing::Peer);
        assert_eq!(
            calls.remove(&1).unwrap().response.body.bytes,
            kept,
            "{padding:?}"
        );
    }
}

#[test]
fn memory_is_bounded() {
    let mut assembler = Assembler::new();
    assembler.feed(Direction::Received, &frames::settings(&[]).bytes(), at(0));
    assembler.feed(Direction::Received, &block(ok(), false).bytes(), at(0));
    let large = frames::data(1, vec![0; 16 * 1024], false).bytes();
    let count = BODY_KEPT / (16 * 1024) + 10;
    for _ in 0..count {
        assembler.feed(Direction::Received, &large, at(0));
    }
    let small = frames::ping(false, [0; 8]).bytes();
    for _ in 0..FRAMES_KEPT {
        assembler.feed(Direction::Received, &small, at(0));
    }
    let (connection, mut calls) = assembler.finish(at(1), Closing::Deadline);
    let body = calls.remove(&1).unwrap().response.body;
    assert_eq!(body.bytes.len(), BODY_KEPT);
    assert_eq!(body.length, (count * 16 * 1024) as u64);
    assert!(!body.is_whole());
    assert_eq!(connection.frames.len(), FRAMES_KEPT);
    assert_eq!(connection.frames_seen, 2 + count + FRAMES_KEPT);
    assert!(
        connection
            .frames
            .iter()
            .all(|frame| frame.payload.len() <= DATA_KEPT)
    );
}
