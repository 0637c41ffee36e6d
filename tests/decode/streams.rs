//! Streams: many at a time, long ones, and those that a client gives up.

use std::time::Duration;

use grpc_probe::http::Assembler;
use grpc_probe::http::exchange::BODY_KEPT;
use grpc_probe::http::http2::{FIELDS_KEPT, FRAMES_KEPT, PAYLOADS_KEPT};
use grpc_probe::wire::Direction;

use super::lines::said;
use super::made::{
    GOOD, PATH, begun, bytes, cancel, client_start, file, request, request_fields, response,
    response_fields, server_start, trailers,
};
use super::reading::{Reading, calls};
use super::support::frames::{data, headers, message, window_update};
use super::support::packets::APART;

#[test]
fn a_thousand_streams_at_a_time() {
    let mut talk = begun();
    let streams: Vec<u32> = (0..1_000).map(|index| index * 2 + 1).collect();
    for stream in &streams {
        talk.say(true, &request(*stream, &format!("/a.B/C{stream}")));
    }
    for stream in &streams {
        talk.say(
            false,
            &headers(*stream, response_fields().bytes, false).bytes(),
        );
    }
    for stream in streams.iter().rev() {
        let frames = [
            data(*stream, message(0, b"\x0a\x01a"), false),
            trailers(*stream, "0"),
        ];
        talk.say(false, &bytes(&frames));
    }
    talk.close(true);
    let reading = Reading::of(&file(&talk));
    assert_eq!(reading.calls.len(), 1_000);
    for call in &reading.calls {
        assert_eq!(call.path(), format!("/a.B/C{}", call.stream()));
        assert_eq!((call.steps().as_str(), call.rules().len()), (GOOD, 0));
    }
}

/// A server's stream of so many messages, in frames of ten.
fn stream_of(count: usize) -> Vec<u8> {
    let ten = message(0, b"\x0a\x03abc").repeat(10);
    let mut frames = vec![headers(1, response_fields().bytes, false)];
    frames.extend((0..count / 10).map(|_| data(1, ten.clone(), false)));
    frames.push(trailers(1, "0"));
    bytes(&frames)
}

#[test]
fn a_server_stream_of_fifty_thousand_messages() {
    let answer = stream_of(50_000);
    let mut talk = begun();
    talk.say(true, &request(1, PATH));
    let room = [window_update(0, 1 << 24), window_update(1, 1 << 24)];
    talk.say(true, &bytes(&room));
    for part in answer.chunks(1_400) {
        talk.say(false, part);
    }
    talk.close(true);
    let reading = Reading::of(&file(&talk));
    let [call] = &reading.calls[..] else {
        panic!("{} calls", reading.calls.len());
    };
    assert_eq!(call.messages(), 50_000);
    assert_eq!(
        (call.steps().as_str(), call.rules().len()),
        (GOOD, 0),
        "{:?}",
        call.rules()
    );
    assert!(call.ended.connection.frames.len() <= FRAMES_KEPT + 100);
}

#[test]
fn what_is_kept_of_a_long_stream_is_bounded() {
    let mut assembler = Assembler::by_call();
    assembler.feed(
        Direction::Sent,
        &[client_start(), request(1, PATH)].concat(),
        Duration::ZERO,
    );
    assembler.feed(Direction::Received, &server_start(), Duration::ZERO);
    let opening = headers(1, response_fields().bytes, false).bytes();
    assembler.feed(Direction::Received, &opening, Duration::ZERO);
    let megabyte = data(1, message(0, &[7; 16_000]), false).bytes().repeat(64);
    let mut most = 0;
    for _ in 0..100 {
        assembler.feed(Direction::Received, &megabyte, Duration::ZERO);
        most = most.max(assembler.memory());
    }
    assert!(most > BODY_KEPT, "{most}");
    assert!(
        most <= 2 * BODY_KEPT + PAYLOADS_KEPT + FIELDS_KEPT,
        "{most}"
    );
    assembler.shed();
    assert!(assembler.memory() < 64 * 1024, "{}", assembler.memory());
    // Calls that end give back what they took.
    assembler.feed(
        Direction::Received,
        &trailers(1, "0").bytes(),
        Duration::ZERO,
    );
    for stream in (3..2_003).step_by(2) {
        assembler.feed(Direction::Sent, &request(stream, PATH), Duration::ZERO);
        assembler.feed(
            Direction::Received,
            &response(stream, &[&[1; 9_000]], "0"),
            Duration::ZERO,
        );
        assembler.settle();
        while assembler.ended().is_some() {}
        assert!(
            assembler.memory() < 16 * 1024,
            "{stream}: {}",
            assembler.memory()
        );
    }
}

#[test]
fn messages_that_go_both_ways() {
    let mut talk = begun();
    talk.say(true, &headers(1, request_fields(PATH).bytes, false).bytes());
    talk.say(false, &headers(1, response_fields().bytes, false).bytes());
    for _ in 0..10 {
        talk.say(true, &data(1, message(0, b"\x0a\x01q"), false).bytes());
        talk.say(false, &data(1, message(0, b"\x0a\x01a"), false).bytes());
    }
    talk.say(true, &data(1, [], true).bytes());
    talk.say(false, &trailers(1, "0").bytes());
    talk.close(true);
    assert_eq!(calls(&file(&talk)), [(1, 1, GOOD.to_owned(), vec![])]);
}

#[test]
fn a_client_that_cancels() {
    let mut talk = begun();
    talk.say(true, &request(1, PATH));
    talk.wait(40 * APART);
    talk.say(true, &cancel(1));
    talk.acknowledge(false);
    let [(rule, message)] = &said(&file(&talk))[..] else {
        panic!("not one finding");
    };
    assert_eq!(rule, "no-response");
    let why = "the client reset the stream (CANCEL) after 41 ms, before the response headers";
    assert!(message.starts_with(why), "{message}");
}

/// Nobody is at fault for it.
#[test]
fn a_client_that_cancels_after_the_response_headers() {
    let mut talk = begun();
    talk.say(true, &request(1, PATH));
    talk.say(false, &headers(1, response_fields().bytes, false).bytes());
    talk.say(false, &data(1, message(0, b"\x0a\x01a"), false).bytes());
    talk.say(true, &cancel(1));
    talk.acknowledge(false);
    assert_eq!(said(&file(&talk)), []);
}

/// A request with a deadline of 300 ms on a connection that is a second old, given up when the deadline has passed.
#[test]
fn a_deadline_that_passes_is_named() {
    let mut talk = begun();
    talk.wait(1_000 * APART);
    let fields = request_fields(PATH).field("grpc-timeout", "300m");
    talk.say(
        true,
        &bytes(&[
            headers(1, fields.bytes, false),
            data(1, message(0, b""), true),
        ]),
    );
    talk.wait(299 * APART);
    talk.say(true, &cancel(1));
    let [(rule, message)] = &said(&file(&talk))[..] else {
        panic!("not one finding");
    };
    assert_eq!(rule, "no-response");
    let why = "the deadline passed after 300 ms while the client waited for the response headers";
    assert!(message.starts_with(why), "{message}");
}

#[test]
fn a_deadline_that_passes_within_the_response_is_named() {
    let mut talk = begun();
    let fields = request_fields(PATH).field("grpc-timeout", "300m");
    let asked = [
        headers(1, fields.bytes, false),
        data(1, message(0, b""), true),
    ];
    talk.say(true, &bytes(&asked));
    talk.say(false, &headers(1, response_fields().bytes, false).bytes());
    talk.say(false, &data(1, b"\0\0\0\0\x09half".to_vec(), false).bytes());
    talk.wait(300 * APART);
    talk.say(true, &cancel(1));
    let message = "the deadline passed after 4 of 9 message bytes".to_owned();
    assert_eq!(
        said(&file(&talk)),
        [("truncated-message".to_owned(), message)]
    );
}
