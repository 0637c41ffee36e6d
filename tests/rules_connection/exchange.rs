//! What HTTP/2 itself gets wrong.

use std::time::Duration;

use grpc_probe::diagnosis::{Diagnosis, Severity, Step};
use grpc_probe::http::{Assembler, Closing};
use grpc_probe::wire::Direction;

use super::*;

/// A frame in bytes.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .unwrap_or_default()
        .to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block of literals that are not indexed.
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    /// The greatest length that fits before the continuation bytes of an integer of 7 bits.
    const PREFIX: usize = 0x7f;
    let string = |text: &str| {
        let mut bytes = Vec::new();
        if text.len() < PREFIX {
            bytes.push(text.len() as u8);
        } else {
            bytes.push(0x7f);
            let mut rest = text.len() - PREFIX;
            while rest >= 0x80 {
                bytes.push((rest % 0x80) as u8 | 0x80);
                rest /= 0x80;
            }
            bytes.push(rest as u8);
        }
        bytes.extend(text.as_bytes());
        bytes
    };
    fields
        .iter()
        .flat_map(|(name, value)| [vec![0], string(name), string(value)].concat())
        .collect()
}

const OK: &[(&str, &str)] = &[(":status", "200"), ("content-type", "application/grpc")];
const END: &[(&str, &str)] = &[("grpc-status", "0")];

fn settings() -> Vec<u8> {
    frame(4, 0, 0, &[])
}

fn headers(flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(1, flags, 1, &block(fields))
}

/// A whole good response.
fn good() -> Vec<u8> {
    [
        headers(4, OK),
        frame(0, 0, 1, &[0, 0, 0, 0, 0]),
        headers(5, END),
    ]
    .concat()
}

/// What the rules make of a server that sends `received`, after an ordinary request.
fn exchange(received: &[u8], how: Closing) -> Diagnosis {
    let request = block(&[
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/a.B/C"),
        (":authority", "a"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ]);
    let mut assembler = Assembler::new();
    let sent = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        frame(4, 0, 0, &[0, 2, 0, 0, 0, 0]),
        frame(1, 4, 1, &request),
        frame(0, 1, 1, &[0, 0, 0, 0, 0]),
    ]
    .concat();
    assembler.feed(Direction::Sent, &sent, Duration::ZERO);
    assembler.feed(Direction::Received, received, SECOND);
    let (mut connection, calls) = assembler.finish(SECOND, how);
    connection.called(plaintext());
    let call = calls.get(&1).cloned().unwrap_or_default();
    judged(&connection, &call)
}

/// The names of the errors of the first six steps.
fn early(diagnosis: &Diagnosis) -> Vec<&'static str> {
    diagnosis
        .findings
        .iter()
        .filter(|finding| {
            finding.severity == Severity::Error && finding.rule.step <= Step::Response
        })
        .map(|finding| finding.rule.name)
        .collect()
}

#[test]
fn what_comes_after_the_response_has_ended_is_a_note() {
    for (late, rule) in [
        (frame(0, 0, 1, b"x"), "misplaced-frame"),
        (frame(6, 0, 0, b"1"), "malformed-frame"),
    ] {
        let diagnosis = exchange(&[settings(), good(), late].concat(), Closing::GaveUp);
        let [finding] = &diagnosis.findings[..] else {
            panic!("{:?}", diagnosis.findings);
        };
        assert_eq!(
            (finding.rule.name, finding.severity),
            (rule, Severity::Note)
        );
        let end = " (after the response had ended)";
        assert!(finding.message.ends_with(end), "{}", finding.message);
        assert_eq!(diagnosis.verdict.step, None);
    }
}

#[test]
fn what_parts_the_last_block_is_an_error() {
    let parted = [
        headers(1, END),
        frame(6, 0, 0, &[0; 8]),
        frame(9, 4, 1, b""),
    ];
    let start = [settings(), headers(4, OK), frame(0, 0, 1, &[0; 5])];
    let diagnosis = exchange(&[start.concat(), parted.concat()].concat(), Closing::GaveUp);
    let verdict = &diagnosis.verdict;
    assert_eq!(early(&diagnosis), ["misplaced-frame"], "{verdict:?}");
}

#[test]
fn broken_exchanges() {
    let after = |bytes: Vec<u8>| [settings(), bytes].concat();
    let goaway = |last: u32, code: u8, debug: &[u8]| {
        frame(
            7,
            0,
            0,
            &[&last.to_be_bytes()[..], &[0, 0, 0, code], debug].concat(),
        )
    };
    let with = |name, value| headers(4, &[OK, &[(name, value)]].concat());
    let reset = |code| frame(3, 0, 1, &[0, 0, 0, code]);
    use Closing::{Deadline, GaveUp, Peer};
    let table: Vec<(Vec<u8>, Closing, &[&str])> = vec![
        (
            frame(6, 0, 0, &[0; 8]),
            GaveUp,
            &["first-frame-not-settings"],
        ),
        (frame(4, 1, 0, &[]), GaveUp, &["first-frame-not-settings"]),
        (goaway(0, 2, b"no"), Peer, &["first-frame-not-settings"]),
        (b"\0\0\x06\x04".to_vec(), Peer, &["closed-before-settings"]),
        (b"\0\0\x06\x04".to_vec(), Deadline, &["silent-server"]),
        (settings(), Deadline, &["no-response"]),
        (after(frame(4, 1, 0, &[])), Deadline, &["no-response"]),
        (
            after(headers(4, &[(":status", "103")])),
            Deadline,
            &["no-response"],
        ),
        (
            frame(4, 0, 0, &[0, 3, 0, 0, 0, 0]),
            Deadline,
            &["no-response"],
        ),
        (after(reset(7)), GaveUp, &["stream-refused"]),
        (after(reset(2)), GaveUp, &["stream-reset"]),
        (after(goaway(0, 0, b"")), Peer, &["goaway"]),
        (after(goaway(1, 11, b"too_many_pings")), Peer, &["goaway"]),
        (after(goaway(1, 0, b"")), Peer, &["connection-closed"]),
        (settings(), Peer, &["connection-closed"]),
        (
            after(b"\0\0\x10\x01\x04\0\0\0\x01abc".to_vec()),
            Peer,
            &["connection-closed"],
        ),
        (
            after([frame(6, 0, 0, &[0; 7]), good()].concat()),
            GaveUp,
            &["malformed-frame"],
        ),
        (
            after([frame(8, 0, 0, &[0; 4]), good()].concat()),
            GaveUp,
            &["malformed-frame"],
        ),
        (
            after([frame(4, 1, 0, &[0; 6]), good()].concat()),
            GaveUp,
            &["malformed-frame"],
        ),
        (
            after([frame(4, 0, 0, &[0, 5, 0, 0, 0, 1]), good()].concat()),
            GaveUp,
            &["malformed-frame"],
        ),
        (
            after(frame(1, 0xc, 1, &[9, 0])),
            Deadline,
            &["malformed-frame"],
        ),
        (
            after([frame(0, 0, 0, b"x"), good()].concat()),
            GaveUp,
            &["misplaced-frame"],
        ),
        (
            after([frame(6, 0, 1, &[0; 8]), good()].concat()),
            GaveUp,
            &["misplaced-frame"],
        ),
        (
            after([frame(0, 0, 1, b"x"), good()].concat()),
            GaveUp,
            &["misplaced-frame"],
        ),
        (after(frame(0, 1, 1, b"x")), Deadline, &["misplaced-frame"]),
        (
            after([frame(0, 0, 3, b"x"), good()].concat()),
            GaveUp,
            &["misplaced-frame"],
        ),
        (
            after([frame(9, 4, 1, b""), good()].concat()),
            GaveUp,
            &["misplaced-frame"],
        ),
        (
            after([headers(0, OK), frame(6, 0, 0, &[0; 8]), frame(9, 4, 1, b"")].concat()),
            Deadline,
            &["misplaced-frame"],
        ),
        (
            after([frame(4, 1, 0, &[]), frame(5, 4, 1, &[0, 0, 0, 2]), good()].concat()),
            GaveUp,
            &["misplaced-frame"],
        ),
        (
            after([headers(4, OK), headers(4, OK), headers(5, END)].concat()),
            GaveUp,
            &["misplaced-frame"],
        ),
        (
            after(
                [
                    headers(4, OK),
                    frame(0, 0, 1, &[0; 20_000]),
                    headers(5, END),
                ]
                .concat(),
            ),
            GaveUp,
            &["oversized-frame"],
        ),
        (
            after(b"panic: it broke\n".to_vec()),
            Deadline,
            &["oversized-frame"],
        ),
        (
            after([headers(4, OK), frame(1, 5, 1, &[0xff, 0xff, 0x7f])].concat()),
            GaveUp,
            &["broken-header-block"],
        ),
        (
            after(frame(1, 4, 1, &[0x80])),
            GaveUp,
            &["broken-header-block"],
        ),
        (after(headers(0, OK)), Deadline, &["broken-header-block"]),
        (
            after([headers(4, &OK[1..]), headers(5, END)].concat()),
            GaveUp,
            &["missing-status-field"],
        ),
        (
            after([headers(4, &[(":status", "200 OK")]), headers(5, END)].concat()),
            GaveUp,
            &["invalid-status-field"],
        ),
        (
            after([with("X-A", "1"), headers(5, END)].concat()),
            GaveUp,
            &["uppercase-field-name"],
        ),
        (
            after([with("connection", "close"), headers(5, END)].concat()),
            GaveUp,
            &["connection-specific-field"],
        ),
        (
            after([with(":path", "/"), headers(5, END)].concat()),
            GaveUp,
            &["pseudo-field-order"],
        ),
        (
            after([with(":status", "200"), headers(5, END)].concat()),
            GaveUp,
            &["pseudo-field-order"],
        ),
        (
            after([headers(4, &[OK[1], OK[0]]), headers(5, END)].concat()),
            GaveUp,
            &["pseudo-field-order"],
        ),
        (
            after([headers(4, OK), headers(5, &[OK[0], END[0]])].concat()),
            GaveUp,
            &["pseudo-field-order"],
        ),
        (
            after(headers(5, &[(":status", "103")])),
            GaveUp,
            &["informational-end-stream"],
        ),
        (
            after([with("content-length", "5"), headers(5, END)].concat()),
            GaveUp,
            &["content-length-mismatch"],
        ),
        (
            after([with("content-length", "many"), headers(5, END)].concat()),
            GaveUp,
            &["content-length-mismatch"],
        ),
    ];
    for (bytes, how, names) in table {
        let shown = format!("{} {how:?}", hex::encode(&bytes[..bytes.len().min(60)]));
        let diagnosis = exchange(&bytes, how);
        assert_eq!(early(&diagnosis), names, "{shown} {:?}", diagnosis.verdict);
        let step = if bytes.starts_with(&settings()) || names == ["no-response"] {
            Step::Response
        } else {
            Step::Preface
        };
        assert_eq!(
            diagnosis.verdict.rule.and(diagnosis.verdict.step),
            Some(step),
            "{shown}"
        );
    }
}

#[test]
fn healthy_exchanges() {
    let after = |bytes: Vec<u8>| [settings(), bytes].concat();
    let opening = block(OK);
    let (front, back) = opening.split_at(5);
    let goaway = frame(7, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]);
    let padded = [&[3][..], &block(OK), &[0; 3]].concat();
    let table: Vec<(Vec<u8>, Closing)> = vec![
        (after(good()), Closing::GaveUp),
        (after(good()), Closing::Peer),
        (after(good()), Closing::Deadline),
        (
            after([headers(4, &[(":status", "100")]), good()].concat()),
            Closing::GaveUp,
        ),
        (
            after([frame(1, 0, 1, front), frame(9, 4, 1, back), headers(5, END)].concat()),
            Closing::GaveUp,
        ),
        (
            after([frame(1, 0xc, 1, &padded), headers(5, END)].concat()),
            Closing::GaveUp,
        ),
        (
            after([frame(6, 0, 0, &[0; 8]), frame(0xbe, 0xff, 1, b"?"), good()].concat()),
            Closing::GaveUp,
        ),
        (after([goaway, good()].concat()), Closing::Peer),
        (
            after([good(), frame(3, 0, 1, &[0; 4])].concat()),
            Closing::GaveUp,
        ),
        (
            after([good(), frame(8, 0, 1, &[0, 0, 0, 9])].concat()),
            Closing::GaveUp,
        ),
        (
            after([good(), b"\0\0\x08\x06".to_vec()].concat()),
            Closing::Peer,
        ),
        // What cuts a response after its headers is told by the rules of later steps.
        (
            after([headers(4, OK), frame(3, 0, 1, &[0, 0, 0, 2])].concat()),
            Closing::GaveUp,
        ),
        (after(headers(4, OK)), Closing::Peer),
        (after(headers(4, OK)), Closing::Deadline),
        (
            after([headers(4, OK), b"\0\0\x08\0\0\0\0\0\x01abc".to_vec()].concat()),
            Closing::Peer,
        ),
        (
            after([headers(4, OK), headers(0, END)].concat()),
            Closing::Peer,
        ),
        (
            after(headers(
                5,
                &[OK, &[("content-length", "0"), ("grpc-status", "5")]].concat(),
            )),
            Closing::GaveUp,
        ),
    ];
    for (bytes, how) in table {
        let shown = format!("{} {how:?}", hex::encode(&bytes[..bytes.len().min(60)]));
        assert_eq!(early(&exchange(&bytes, how)), Vec::<&str>::new(), "{shown}");
    }
}

#[test]
fn a_large_header_list_is_a_warning() {
    let large = "x".repeat(9_000);
    let fields = [OK, &[("x-large", large.as_str())]].concat();
    let bytes = [settings(), headers(4, &fields), headers(5, END)].concat();
    let diagnosis = exchange(&bytes, Closing::GaveUp);
    let found = diagnosis
        .findings
        .iter()
        .find(|finding| finding.rule.name == "header-list-too-large");
    assert_eq!(
        found.map(|finding| finding.severity),
        Some(Severity::Warning)
    );
    assert_eq!(early(&diagnosis), Vec::<&str>::new());
}
