mod beginnings;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::capture::crafted::{File, Tcp};
use crate::http::Event;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The events of inputs: each connection that opens, and the streams of the calls that end on it, in their order.
fn events(inputs: Vec<Input<'_>>, options: &mut Options) -> (Vec<(u64, Vec<u32>)>, Vec<Outcome>) {
    let mut connections: Vec<(u64, Vec<u32>)> = Vec::new();
    let mut outcomes = Vec::new();
    for input in inputs {
        let outcome = read(input, options, &mut |event| match event {
            Event::Opened(opened) => connections.push((opened.number, Vec::new())),
            Event::Ended { connection, ended } => {
                let mut of = connections.iter_mut().rev();
                let of = of.find(|(number, _)| *number == connection).unwrap();
                of.1.push(ended.call.stream);
            }
            _ => {}
        });
        outcomes.push(outcome.unwrap());
    }
    (connections, outcomes)
}

fn one(bytes: &[u8]) -> Input<'_> {
    Input::One(Box::new(bytes))
}

/// A frame, byte by byte.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let header = [&[a, b, c, kind, flags][..], &stream.to_be_bytes()].concat();
    [&header, payload].concat()
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a client sends and what it is answered with: so many calls, each with an empty message, and a body of so many
/// bytes in each answer.
fn calls(count: u32, body: usize) -> [Vec<u8>; 2] {
    let settings = frame(4, 0, 0, &[]);
    let mut sent = [PREFACE, &settings].concat();
    let mut received = settings;
    for stream in (0..count).map(|number| 2 * number + 1) {
        // :method POST, :path /, ended by an empty message; :status 200, DATA, grpc-status 0.
        sent.extend(frame(1, 4, stream, &[0x83, 0x84]));
        sent.extend(frame(0, 1, stream, &[0; 5]));
        received.extend(frame(1, 4, stream, &[0x88]));
        let length = u32::try_from(body).unwrap().to_be_bytes();
        received.extend(frame(
            0,
            0,
            stream,
            &[&[0], &length[..], &vec![7; body]].concat(),
        ));
        received.extend(frame(1, 5, stream, b"\x00\x0bgrpc-status\x010"));
    }
    [sent, received]
}

/// One side or the other that gives so many bytes, and then fails.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::other("the disk is gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn gzip_is_unpacked_once_whatever_the_input() {
    let [sent, _] = calls(1, 0);
    let hex: String = sent.iter().map(|byte| format!("{byte:02x}")).collect();
    for form in [None, Some(Form::Text(None))] {
        let mut options = Options {
            form,
            ..Options::default()
        };
        let (found, outcomes) = events(vec![one(&gzip(hex.as_bytes()))], &mut options);
        assert_eq!(found, [(1, vec![1])], "{form:?}");
        assert_eq!(outcomes[0].format, "HTTP/2 bytes as hexadecimal digits");
    }
    for form in [None, Some(Form::Packets), Some(Form::Http2)] {
        let mut options = Options {
            form,
            ..Options::default()
        };
        let twice = gzip(&gzip(&sent));
        let error = read(one(&twice), &mut options, &mut |_| {}).unwrap_err();
        let said = "it is gzip within gzip, which is unpacked once: unpack it, and it is read";
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn what_a_cut_archive_has_is_read_and_the_rest_is_said_to_be_missing() {
    let [sent, _] = calls(2_000, 0);
    let packed = gzip(&sent);
    let (found, outcomes) = events(
        vec![one(&packed[..packed.len() - 100])],
        &mut Options::default(),
    );
    assert!(found[0].1.len() > 100);
    let (offset, why) = outcomes[0].stopped.as_ref().unwrap();
    assert!(*offset > 10_000 && *offset < sent.len() as u64, "{offset}");
    assert!(why.contains("deflate"), "{why}");
}

#[test]
fn thousands_of_calls_in_two_files_are_all_followed() {
    for body in [0, 3_000] {
        let [sent, received] = calls(5_000, body);
        let input = Input::Directions {
            sent: Some(Box::new(&sent[..])),
            received: Some(Box::new(&received[..])),
        };
        let mut whole = 0;
        read(input, &mut Options::default(), &mut |event| {
            if let Event::Ended { ended, .. } = event {
                let call = &ended.call;
                whole += u32::from(call.request.end.is_some() && call.response.trailers.is_some());
                assert_eq!(ended.connection.not_kept.streams, 0);
                assert_eq!(ended.connection.late, 0);
            }
        })
        .unwrap();
        assert_eq!(whole, 5_000, "{body}");
    }
}

#[test]
fn what_one_side_gives_is_shown_where_the_other_cannot_be_read() {
    let [sent, received] = calls(3, 0);
    let directions = |cut: usize, received| Input::Directions {
        sent: Some(Box::new(Broken(&sent[..cut]))),
        received,
    };
    let input = directions(40, Some(Box::new(&received[..]) as Box<dyn Read>));
    let (found, outcomes) = events(vec![input], &mut Options::default());
    assert_eq!(found, [(1, vec![1, 3, 5])]);
    let why = "what the client sent cannot be read on: the disk is gone";
    assert_eq!(outcomes[0].stopped, Some((40, why.to_owned())));
    let nothing = read(directions(0, None), &mut Options::default(), &mut |_| {});
    assert!(matches!(nothing.unwrap_err(), Unread::Io(_)));
}

#[test]
fn connections_are_numbered_over_all_inputs() {
    let [sent, _] = calls(1, 0);
    let mut capture = File::new(false).section().interface(1, 0, &[]);
    for port in [40_000, 40_001] {
        let client = format!("192.0.2.1:{port}");
        let packet = Tcp::new(&client, "192.0.2.2:80", &sent);
        capture = capture.packet(0, 1, &packet.ethernet(), 0);
    }
    let log = b"2026/01/02 03:04:05 http2: Framer 0xc0001: wrote RST_STREAM stream=7 len=4 ErrCode=CANCEL\n";
    let inputs = vec![
        one(&capture.bytes),
        one(&sent),
        one(log),
        one(&capture.bytes),
    ];
    let (found, _) = events(inputs, &mut Options::default());
    let numbers: Vec<u64> = found.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_body_of_many_pieces_is_one() {
    let message = [&[0, 0, 0x30, 0, 0][..], &vec![b'a'; 3 * 1024 * 1024]].concat();
    let mut options = Options {
        form: Some(Form::Body),
        ..Options::default()
    };
    let mut calls = 0;
    read(one(&message), &mut options, &mut |event| {
        if let Event::Ended { ended, .. } = event {
            calls += 1;
            let body = &ended.call.response.body;
            assert_eq!(body.length, message.len() as u64);
            assert_eq!(body.bytes, message);
            assert!(body.ended);
            // Portions of 64 KiB would be 49 frames.
            assert_eq!(ended.connection.frames_seen, 4);
        }
    })
    .unwrap();
    assert_eq!(calls, 1);
}

#[test]
fn what_could_not_be_read_says_what_was_tried() {
    let tried = |bytes: &[u8], form| {
        let mut options = Options {
            form,
            ..Options::default()
        };
        let read = read(one(bytes), &mut options, &mut |_| {});
        read.unwrap_err().to_string()
    };
    let cut = b"\xd4\xc3\xb2\xa1\x02\0";
    let why = "read as pcap or pcapng, it has no packet: the capture ends within a block, of whose 24 bytes 6 are there (byte 0)";
    assert_eq!(tried(cut, Some(Form::Packets)), why);
    let begins = format!("{why}; it begins like that, and --from says what else it is");
    assert_eq!(tried(cut, None), begins);
    assert_eq!(
        tried(b"nothing of that kind\n", Some(Form::Log(Grammar::Netty))),
        "read as a Netty frame log, no line of it is one"
    );
    assert_eq!(
        tried(b"{", Some(Form::Har)),
        "read as an HTTP archive, it is none: EOF while parsing an object at line 1 column 1"
    );
    assert_eq!(
        tried(b"<xml/>\n", Some(Form::Text(None))),
        "read as hexadecimal digits, no line of it could be used: pairs of hexadecimal digits should stand there"
    );
}

#[test]
fn text_in_utf16_is_read_as_the_same_text() {
    let [sent, _] = calls(2, 0);
    let hex: String = sent.iter().map(|byte| format!("{byte:02x}\r\n")).collect();
    let log = "2026/11/22 13:26:38 http2: Framer 0xc0: wrote SETTINGS len=0\r\n\
               2026/11/22 13:26:38 http2: Framer 0xc0: read SETTINGS len=0\r\n";
    for (text, format) in [
        (&hex[..], "HTTP/2 bytes as hexadecimal digits, in UTF-16"),
        (log, "Go http2debug log, in UTF-16"),
    ] {
        let units = [0xfeff].into_iter().chain(text.encode_utf16());
        let utf16: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        let (plain, _) = events(vec![one(text.as_bytes())], &mut Options::default());
        let (found, outcomes) = events(vec![one(&utf16)], &mut Options::default());
        assert_eq!(found, plain);
        assert_eq!(outcomes[0].format, format);
    }
    // A body is judged as it is.
    let mut options = Options {
        form: Some(Form::Body),
        ..Options::default()
    };
    let (_, outcomes) = events(vec![one(b"\xff\xfea\0")], &mut options);
    assert_eq!(outcomes[0].bytes, 4);
}

#[test]
fn lines_of_another_log_are_said() {
    let log = "2026/11/22 13:26:38 http2: Framer 0xc0: wrote SETTINGS len=0\n\
               [  0.001] send SETTINGS frame <length=0, flags=0x00, stream_id=0>\n\
               [  0.001] recv SETTINGS frame <length=0, flags=0x00, stream_id=0>\n";
    let (_, outcomes) = events(vec![one(log.as_bytes())], &mut Options::default());
    assert_eq!(
        outcomes[0].notes,
        [
            "2 lines of another log (nghttp log) were not read, the first is line 2: --from nghttp reads those"
        ]
    );
}

#[test]
fn lines_of_another_writer_are_said() {
    let log = "web | [  0.001] send SETTINGS frame <length=0, flags=0x00, stream_id=0>\n\
               api | hello there\n\
               web | [  0.001] recv SETTINGS frame <length=0, flags=0x00, stream_id=0>\n";
    let (_, outcomes) = events(vec![one(log.as_bytes())], &mut Options::default());
    assert_eq!(
        outcomes[0].notes,
        [
            "1 line of another writer was not read, the first is line 2: what stands before the log's own lines is missing there"
        ]
    );
}
