//! One direction decoded: what is yielded, borrowed, gathered and told at the end.

use super::super::foreign::PREFACE;
use super::super::frame::FrameType;
use super::*;

const NOW: Duration = Duration::from_millis(7);
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
const DATA: &[u8] = b"\0\0\x03\0\x01\0\0\0\x01abc";

/// The type and the span of each frame in `chunk`.
fn frames(decoder: &mut Decoder, mut chunk: &[u8]) -> Vec<(FrameType, u64, u64)> {
    let mut frames = Vec::new();
    while let Some(Event { span, at, what }) = decoder.next(&mut chunk, NOW) {
        assert_eq!(at, NOW);
        let What::Frame { frame, .. } = what else {
            panic!("not a frame: {what:?}")
        };
        assert_eq!(frame.payload.len() as u32, frame.header.length);
        frames.push((frame.header.kind, span.offset, span.length));
    }
    assert!(chunk.is_empty());
    frames
}

#[test]
fn the_preface_then_frames() {
    let decoder = &mut Decoder::new(Direction::Sent);
    let bytes = [PREFACE, SETTINGS, DATA].concat();
    let mut input = &bytes[..];
    let event = decoder.next(&mut input, NOW).unwrap();
    assert_eq!((event.span.length, event.what), (24, What::Preface));
    let expected = [(FrameType::SETTINGS, 24, 9), (FrameType::DATA, 33, 12)];
    assert_eq!(frames(decoder, input), expected);
    assert_eq!(decoder.finish(NOW), None);
}

#[test]
fn a_client_in_mid_connection_needs_no_preface() {
    let decoder = &mut Decoder::new(Direction::Sent);
    assert_eq!(frames(decoder, DATA), [(FrameType::DATA, 0, 12)]);
}

#[test]
fn payloads_are_borrowed_from_the_chunk() {
    let decoder = &mut Decoder::new(Direction::Received);
    let bytes = [SETTINGS, DATA].concat();
    let mut input = &bytes[..];
    assert!(decoder.next(&mut input, NOW).is_some());
    let Some(Event {
        what: What::Frame { frame, .. },
        ..
    }) = decoder.next(&mut input, NOW)
    else {
        panic!("no frame")
    };
    assert!(std::ptr::eq(frame.payload, &bytes[18..]));
    assert_eq!(
        decoder.buffer.capacity(),
        8,
        "only what the first bytes were judged by"
    );
}

#[test]
fn a_frame_in_pieces_is_gathered() {
    let decoder = &mut Decoder::new(Direction::Received);
    assert_eq!(frames(decoder, &DATA[..5]), []);
    assert_eq!(frames(decoder, &DATA[5..10]), []);
    assert_eq!(frames(decoder, &DATA[10..]), [(FrameType::DATA, 0, 12)]);
    assert_eq!(frames(decoder, SETTINGS), [(FrameType::SETTINGS, 12, 9)]);
    assert_eq!(decoder.finish(NOW), None);
}

#[test]
fn a_length_that_lies_reserves_nothing_and_is_cut() {
    let decoder = &mut Decoder::new(Direction::Received);
    frames(decoder, SETTINGS);
    let huge = b"\xff\xff\xff\0\0\0\0\0\x01abc";
    assert_eq!(frames(decoder, huge), []);
    assert!(decoder.buffer.capacity() < 100);
    let event = decoder.finish(NOW).unwrap();
    assert_eq!(
        event.span,
        Span {
            offset: 9,
            length: 12
        }
    );
    let What::Cut {
        header: Some(header),
        bytes,
    } = event.what
    else {
        panic!("not cut")
    };
    assert_eq!((header.length, bytes), (0x00ff_ffff, &huge[..]));
    assert_eq!(decoder.finish(NOW), None);
    assert_eq!(frames(decoder, SETTINGS), [], "nothing after the end");
}

#[test]
fn the_largest_frame_is_gathered_and_let_go() {
    let decoder = &mut Decoder::new(Direction::Received);
    frames(decoder, SETTINGS);
    let mut bytes = b"\xff\xff\xff\0\0\0\0\0\x01".to_vec();
    bytes.resize(9 + 0x00ff_ffff, 0);
    let (first, last) = bytes.split_at(10_000_000);
    assert_eq!(frames(decoder, first), []);
    assert_eq!(
        frames(decoder, last),
        [(FrameType::DATA, 9, 9 + 0x00ff_ffff)]
    );
    assert!(decoder.buffer.capacity() <= RETAINED);
}

#[test]
fn a_cut_header_or_preface_has_no_header() {
    for (direction, bytes) in [
        (Direction::Received, &SETTINGS[..4]),
        (Direction::Received, &SETTINGS[..2]),
        (Direction::Sent, &PREFACE[..10]),
    ] {
        let decoder = &mut Decoder::new(direction);
        assert_eq!(frames(decoder, bytes), []);
        assert_eq!(decoder.foreign(), None);
        let event = decoder.finish(NOW).unwrap();
        assert_eq!(
            event.what,
            What::Cut {
                header: None,
                bytes
            }
        );
    }
    assert_eq!(Decoder::new(Direction::Sent).finish(NOW), None);
}

#[test]
fn foreign_bytes_are_one_event() {
    let decoder = &mut Decoder::new(Direction::Received);
    assert_eq!(frames(decoder, b"HTT"), []);
    assert_eq!(decoder.foreign(), None);
    assert_eq!(frames(decoder, b"P/1.1 400 Bad Request\r\n"), []);
    assert_eq!(decoder.foreign(), Some(Protocol::Http1Response));
    assert_eq!(frames(decoder, &[b'x'; KEPT]), []);
    let event = decoder.finish(NOW).unwrap();
    assert_eq!(
        event.span,
        Span {
            offset: 0,
            length: 26 + KEPT as u64
        }
    );
    let What::Foreign { protocol, bytes } = event.what else {
        panic!("not foreign")
    };
    assert_eq!((protocol, bytes.len()), (Protocol::Http1Response, KEPT));
    assert!(bytes.starts_with(b"HTTP/1.1 400 Bad Request\r\nxx"));
    assert_eq!(decoder.finish(NOW), None);
}

#[test]
fn short_foreign_answers_are_told_at_the_end() {
    let alert = Protocol::TlsAlert {
        level: 2,
        description: 40,
    };
    for (bytes, protocol) in [
        (&b"OK\n"[..], Protocol::Text),
        (b"HTTP", Protocol::Http1Response),
        (b"\x15\x03\x01\0\x02\x02\x28", alert),
    ] {
        let decoder = &mut Decoder::new(Direction::Received);
        assert_eq!(frames(decoder, bytes), []);
        let event = decoder.finish(NOW).unwrap();
        assert_eq!(event.what, What::Foreign { protocol, bytes });
    }
}

#[test]
fn a_block_left_open_is_told() {
    let decoder = &mut Decoder::new(Direction::Received);
    frames(decoder, b"\0\0\x01\x01\0\0\0\0\x05\x88");
    assert_eq!(decoder.open_block(), Some(5));
    frames(decoder, b"\0\0\x00\x09\x04\0\0\0\x05");
    assert_eq!(decoder.open_block(), None);
}
