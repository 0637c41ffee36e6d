//! Payload views: shapes that hold, and those that do not.

use super::super::frame::Frame;
use super::super::settings::SettingId;
use super::*;

fn cut(kind: FrameType, flags: u8, payload: &[u8], length: u32) -> Payload<'_> {
    let flags = Flags(flags);
    let header = FrameHeader {
        length,
        kind,
        flags,
        reserved: false,
        stream: 1,
    };
    Frame { header, payload }.view()
}

fn view(kind: FrameType, flags: u8, payload: &[u8]) -> Payload<'_> {
    cut(kind, flags, payload, payload.len() as u32)
}

fn bad_length(expected: &'static str) -> Payload<'static> {
    Payload::Malformed(Malformed::Length { expected })
}

fn bad_padding(pad: u8) -> Payload<'static> {
    Payload::Malformed(Malformed::Padding { pad })
}

#[test]
fn data_with_and_without_padding() {
    let data = FrameType::DATA;
    assert_eq!(
        view(data, 0, b"abc"),
        Payload::Data {
            data: b"abc",
            padding: None
        }
    );
    assert_eq!(
        view(data, 0, b""),
        Payload::Data {
            data: b"",
            padding: None
        }
    );
    let padded = |bytes| view(data, Flags::PADDED, bytes);
    assert_eq!(
        padded(b"\x02abc\0\0"),
        Payload::Data {
            data: b"abc",
            padding: Some(2)
        }
    );
    assert_eq!(
        padded(b"\x02\0\0"),
        Payload::Data {
            data: b"",
            padding: Some(2)
        }
    );
    assert_eq!(
        padded(b"\0abc"),
        Payload::Data {
            data: b"abc",
            padding: Some(0)
        }
    );
    assert_eq!(padded(b"\x03\0\0"), bad_padding(3));
    assert_eq!(padded(b""), bad_length("at least 1"));
}

#[test]
fn headers_with_padding_and_priority() {
    let headers = FrameType::HEADERS;
    let expected = Payload::Headers {
        fragment: b"abc",
        padding: None,
        priority: None,
    };
    assert_eq!(view(headers, Flags::END_HEADERS, b"abc"), expected);
    let priority = Some(Priority {
        exclusive: true,
        dependency: 3,
        weight: 15,
    });
    let expected = Payload::Headers {
        fragment: b"abc",
        padding: Some(1),
        priority,
    };
    let both = Flags::PADDED | Flags::PRIORITY;
    assert_eq!(view(headers, both, b"\x01\x80\0\0\x03\x0fabc\0"), expected);
    assert_eq!(
        view(headers, both, b"\x01\x80\0\0\x03"),
        bad_length("at least 6")
    );
    assert_eq!(view(headers, both, b"\x01\x80\0\0\x03\x0f"), bad_padding(1));
    assert_eq!(
        view(headers, Flags::PRIORITY, b"\0\0\0\0"),
        bad_length("at least 5")
    );
    assert_eq!(view(headers, Flags::PADDED, b""), bad_length("at least 1"));
}

#[test]
fn fixed_shapes() {
    let priority = Priority {
        exclusive: false,
        dependency: 1,
        weight: 255,
    };
    let bytes = [0, 0, 0, 1, 255];
    assert_eq!(
        view(FrameType::PRIORITY, 0, &bytes),
        Payload::Priority(priority)
    );
    assert_eq!(view(FrameType::PRIORITY, 0, &bytes[1..]), bad_length("5"));
    let cancel = Payload::RstStream(ErrorCode::CANCEL);
    assert_eq!(view(FrameType::RST_STREAM, 0, &[0, 0, 0, 8]), cancel);
    assert_eq!(view(FrameType::RST_STREAM, 0, &bytes), bad_length("4"));
    let update = Payload::WindowUpdate(0x7fff_ffff);
    assert_eq!(view(FrameType::WINDOW_UPDATE, 0, &[0xff; 4]), update);
    assert_eq!(view(FrameType::WINDOW_UPDATE, 0, &[]), bad_length("4"));
    assert_eq!(
        view(FrameType::PING, 0, b"12345678"),
        Payload::Ping(b"12345678")
    );
    assert_eq!(view(FrameType::PING, 0, b"1234567"), bad_length("8"));
}

#[test]
fn settings_come_in_sixes() {
    let bytes = [0, 4, 0, 1, 0, 0, 0xab, 0xcd, 0, 0, 0, 1];
    let settings: Vec<_> = view(FrameType::SETTINGS, 0, &bytes).settings().collect();
    let window = Setting {
        id: SettingId::INITIAL_WINDOW_SIZE,
        value: 65_536,
    };
    assert_eq!(
        settings,
        [
            window,
            Setting {
                id: SettingId(0xabcd),
                value: 1
            }
        ]
    );
    assert_eq!(
        view(FrameType::SETTINGS, 0, &bytes[..7]),
        bad_length("a multiple of 6")
    );
    assert_eq!(
        view(FrameType::SETTINGS, Flags::ACK, &bytes),
        bad_length("0")
    );
    assert_eq!(
        view(FrameType::SETTINGS, Flags::ACK, b""),
        Payload::Settings(b"")
    );
    assert_eq!(view(FrameType::PING, 0, b"12345678").settings().count(), 0);
}

#[test]
fn push_promise_and_goaway() {
    let expected = Payload::PushPromise {
        promised: 2,
        fragment: b"abc",
        padding: None,
    };
    assert_eq!(
        view(FrameType::PUSH_PROMISE, 0, b"\x80\0\0\x02abc"),
        expected
    );
    let expected = Payload::PushPromise {
        promised: 2,
        fragment: b"a",
        padding: Some(2),
    };
    let padded = |bytes| view(FrameType::PUSH_PROMISE, Flags::PADDED, bytes);
    assert_eq!(padded(b"\x02\0\0\0\x02a\0\0"), expected);
    assert_eq!(padded(b"\x02\0\0\0"), bad_length("at least 5"));
    assert_eq!(padded(b"\x02\0\0\0\x02a"), bad_padding(2));
    let code = ErrorCode::ENHANCE_YOUR_CALM;
    let expected = Payload::Goaway {
        last_stream: 3,
        code,
        debug: b"too_many_pings",
    };
    let bytes = b"\x80\0\0\x03\0\0\0\x0btoo_many_pings";
    assert_eq!(view(FrameType::GOAWAY, 0, bytes), expected);
    assert_eq!(
        view(FrameType::GOAWAY, 0, &bytes[..7]),
        bad_length("at least 8")
    );
}

#[test]
fn other_types_are_left_as_they_are() {
    assert_eq!(
        view(FrameType::CONTINUATION, 0xff, b"abc"),
        Payload::Continuation(b"abc")
    );
    assert_eq!(
        view(FrameType(0x0a), 0xff, b"abc"),
        Payload::Unknown(b"abc")
    );
}

#[test]
fn a_payload_kept_short_is_not_malformed() {
    let data = cut(FrameType::DATA, Flags::PADDED, b"\x02abc", 1000);
    assert_eq!(
        data,
        Payload::Data {
            data: b"abc",
            padding: Some(2)
        }
    );
    assert_eq!(
        cut(FrameType::DATA, Flags::PADDED, b"\x09abc", 9),
        bad_padding(9)
    );
    assert_eq!(
        cut(FrameType::DATA, Flags::PADDED, b"", 9),
        Payload::Unknown(b"")
    );
    assert_eq!(
        cut(FrameType::RST_STREAM, 0, b"\0", 4),
        Payload::Unknown(b"\0")
    );
    assert_eq!(cut(FrameType::RST_STREAM, 0, b"\0", 5), bad_length("4"));
    assert_eq!(
        cut(FrameType::SETTINGS, 0, b"\0\x04", 12),
        Payload::Settings(b"\0\x04")
    );
    let fragment: &[u8] = b"abc";
    let headers = Payload::Headers {
        fragment,
        padding: None,
        priority: None,
    };
    assert_eq!(cut(FrameType::HEADERS, 0, fragment, 99), headers);
}

#[test]
fn a_payload_longer_than_its_length_is_cut_to_it() {
    let data = cut(FrameType::DATA, 0, b"abcdef", 3);
    assert_eq!(
        data,
        Payload::Data {
            data: b"abc",
            padding: None
        }
    );
}
