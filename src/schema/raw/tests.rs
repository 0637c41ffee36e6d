use serde_json::json;

use super::*;

fn text(bytes: &[u8]) -> String {
    decode(bytes).text(1_000)
}

fn varint_of(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 127 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

#[test]
fn a_line_shows_the_likeliest_reading() {
    let cases: [(&[u8], &str); 16] = [
        (b"", ""),
        (
            b"\x0a\x05Hello\x10\x96\x01\x1a\x02\x08\x07",
            r#"1: "Hello" 2: 150 3 { 1: 7 }"#,
        ),
        (b"\x0a\x0dHello, world.", r#"1: "Hello, world.""#),
        (b"\x0a\x00", r#"1: """#),
        (b"\x0a\x06\x03\x8e\x02\x9e\xa7\x05", "1: [3, 270, 86942]"),
        (b"\x0a\x04\xff\xfe\x00\x80", "1: 0xfffe0080"),
        (b"\x0d\x00\x00\x80\x3f", "1: 0x3f800000"),
        (
            b"\x09\x00\x00\x00\x00\x00\x00\xf0\x3f",
            "1: 0x3ff0000000000000",
        ),
        (b"\x0b\x08\x07\x0c\x10\x01", "1 { 1: 7 } 2: 1"),
        (b"\x0a\x06ab\ncd\n", r#"1: "ab\ncd\n""#),
        (b"\x0a\x08\x0a\x06abcdef", r#"1 { 1: "abcdef" }"#),
        (
            b"\x08\x01\x00",
            "1: 1 (at byte 2: field number 0 does not exist)",
        ),
        (
            b"\x08\x01\x0b\x08\x07",
            "1: 1 1 { 1: 7 } (at byte 5: group 1 does not end)",
        ),
        (
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            "1: 18446744073709551615",
        ),
        (b"\x0a\x03\xe2\x82\xac", "1: \"€\""),
        (b"\x0a\x02\x1b\x07", "1: [27, 7]"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(text(bytes), expected, "{bytes:02x?}");
    }
    let long = decode(b"\x0a\x05Hello\x10\x96\x01");
    assert_eq!(long.text(6), r#"1: "H…"#);
}

#[test]
fn faults_are_data_with_their_place() {
    use RawFaultKind::*;
    let cases: [(&[u8], u64, RawFaultKind); 13] = [
        (b"\x08\x01\x02\x00", 2, FieldNumber(0)),
        (b"\x80\x80\x80\x80\x10\x00", 0, FieldNumber(1 << 29)),
        (b"\x0e", 0, WireType(6)),
        (b"\x08\x01\x0f", 2, WireType(7)),
        (b"\x80", 0, TruncatedVarint),
        (b"\x08\x80", 1, TruncatedVarint),
        (
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            1,
            LongVarint,
        ),
        (
            b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00",
            1,
            LongVarint,
        ),
        (b"\x0d\x01\x02", 1, TruncatedFixed { wanted: 4, left: 2 }),
        (b"\x09", 1, TruncatedFixed { wanted: 8, left: 0 }),
        (b"\x0a\x05abc", 1, TruncatedValue { wanted: 5, left: 3 }),
        (b"\x08\x01\x0c", 2, UnmatchedEndGroup(1)),
        (b"\x0b\x14", 1, UnmatchedEndGroup(2)),
    ];
    for (bytes, offset, kind) in cases {
        let message = decode(bytes);
        assert_eq!(
            message.fault,
            Some(RawFault { offset, kind }),
            "{bytes:02x?}"
        );
        assert!(!message.is_whole() && !message.plausible());
        assert!(tiled(&message.fields, 0) <= offset.max(tiled(&message.fields, 0)));
    }
    assert_eq!(decode(b"\x08\x01\x02\x00").fields.len(), 1);
}

#[test]
fn text_and_protobuf_are_told_apart() {
    assert!(decode(b"\x0a\x0dHello, world.").plausible());
    assert!(decode(b"\x0a\x05Hello").plausible());
    for other in [
        "",
        "Hello, world.",
        "CgVIZWxsbw==",
        "<html>",
        "{\"a\":1}",
        "Internal Server Error",
    ] {
        assert!(!decode(other.as_bytes()).plausible(), "{other}");
    }
    // 19000 is protobuf's own, 18999 is not.
    assert!(!decode(b"\xc0\xa3\x09\x01").plausible());
    assert!(decode(b"\xb8\xa3\x09\x01").plausible());
}

#[test]
fn spans_are_those_of_the_outermost_message() {
    let message = decode(b"\x08\x01\x12\x04\x0a\x02hi\x1b\x08\x07\x1c");
    let spans = |field: &RawField<'_>| {
        [field.span, field.tag, field.value_span].map(|span| (span.offset, span.length))
    };
    assert_eq!(spans(&message.fields[0]), [(0, 2), (0, 1), (1, 1)]);
    assert_eq!(spans(&message.fields[1]), [(2, 6), (2, 1), (4, 4)]);
    assert_eq!(spans(&message.fields[2]), [(8, 4), (8, 1), (9, 2)]);
    let nested = message.fields[1].nested().unwrap();
    assert_eq!(spans(&nested.fields[0]), [(4, 4), (4, 1), (6, 2)]);
    assert!(message.fields[0].nested().is_none());
}

#[test]
fn every_reading_that_holds_is_listed() {
    let names = |bytes: &[u8]| {
        let mut field = vec![0x0a];
        field.extend(varint_of(bytes.len()));
        field.extend_from_slice(bytes);
        decode(&field).fields[0]
            .alternatives()
            .iter()
            .map(Alternative::name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(b"Hi"), ["text", "message", "packed varints", "bytes"]);
    assert_eq!(
        names(b"\x08\x07"),
        ["message", "packed varints", "bytes", "text"]
    );
    assert_eq!(names(b""), ["text", "message", "bytes"]);
    assert_eq!(names(b"\xff\xfe\xfd\xfc"), ["bytes", "packed fixed32"]);
    assert_eq!(
        names(b"\xff\xfe\xfd\xfc\xff\xfe\xfd\x01"),
        [
            "bytes",
            "packed varints",
            "packed fixed32",
            "packed fixed64"
        ]
    );
    assert_eq!(
        Readings::of(1),
        Readings {
            uint64: 1,
            int64: 1,
            sint64: -1,
            boolean: Some(true),
            enumeration: Some(1)
        }
    );
    assert_eq!(
        Readings::of(u64::MAX),
        Readings {
            uint64: u64::MAX,
            int64: -1,
            sint64: i64::MIN,
            boolean: None,
            enumeration: Some(-1)
        }
    );
    assert_eq!(Readings::of(4).sint64, 2);
}

#[test]
fn json_has_offsets_values_and_alternatives() {
    let message = decode(b"\x08\x01\x12\x02hi\x1d\x00\x00\x80\x3f\x22\x02\x08\x07\x00");
    assert_eq!(
        message.to_json(),
        json!([
            {"field": 1, "wire_type": "varint", "offset": 0, "length": 2, "value": 1, "alternatives": [
                {"as": "uint64", "value": 1}, {"as": "sint64", "value": -1}, {"as": "bool", "value": true},
                {"as": "enum", "value": 1}
            ]},
            {"field": 2, "wire_type": "length-delimited", "offset": 2, "length": 4, "value": "hi", "alternatives": [
                {"as": "text"}, {"as": "message"}, {"as": "packed varints"}, {"as": "bytes"}
            ]},
            {"field": 3, "wire_type": "fixed32", "offset": 6, "length": 5, "value": 1_065_353_216, "alternatives": [
                {"as": "fixed32", "value": 1_065_353_216}, {"as": "sfixed32", "value": 1_065_353_216},
                {"as": "float", "value": 1.0}
            ]},
            {"field": 4, "wire_type": "length-delimited", "offset": 11, "length": 4, "value": [
                {"field": 1, "wire_type": "varint", "offset": 13, "length": 2, "value": 7, "alternatives": [
                    {"as": "uint64", "value": 7}, {"as": "sint64", "value": -4}, {"as": "enum", "value": 7}
                ]}
            ], "alternatives": [{"as": "message"}, {"as": "packed varints"}, {"as": "bytes"}, {"as": "text"}]},
            {"offset": 15, "fault": "field number 0 does not exist"}
        ])
    );
}

/// Checks that spans of fields follow each other without gaps, inside groups too; returns where they end.
fn tiled(fields: &[RawField<'_>], start: u64) -> u64 {
    let mut at = start;
    for field in fields {
        assert_eq!((field.span.offset, field.tag.offset), (at, at));
        assert!(
            field.tag.end() <= field.value_span.offset
                && field.value_span.end() <= field.span.end()
        );
        if let RawValue::Group(group) = &field.value {
            assert!(tiled(&group.fields, field.value_span.offset) <= field.value_span.end());
        }
        at = field.span.end();
    }
    at
}

fn check(bytes: &[u8]) {
    let message = decode(bytes);
    let end = tiled(&message.fields, 0);
    match message.fault {
        None => assert_eq!(end, bytes.len() as u64),
        Some(fault) => assert!(end <= bytes.len() as u64 && fault.offset <= bytes.len() as u64),
    }
    assert!(message.text(50).chars().count() <= 50);
    assert!(message.to_json().is_array());
}

#[test]
fn every_prefix_of_a_message_reads_without_panic() {
    let whole = b"\x08\x96\x01\x12\x05Hello\x1b\x08\x07\x23\x0d\x01\x02\x03\x04\x24\x1c\x29\x01\x02\x03\x04\x05\x06\x07\x08\
                  \x32\x04\x0a\x02hi\x3a\x06\x03\x8e\x02\x9e\xa7\x05";
    assert!(decode(whole).is_whole());
    for end in 0..=whole.len() {
        check(&whole[..end]);
    }
}

#[test]
fn random_bytes_never_panic() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..20_000 {
        let bytes: Vec<u8> = (0..round % 64)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                // Half of the bytes are small, as tags and lengths are.
                let byte = (state >> 24) as u8;
                if state & 1 == 0 { byte & 0x1f } else { byte }
            })
            .collect();
        check(&bytes);
    }
}

#[test]
fn depth_and_number_are_bounded() {
    let deep = vec![0x0b; 10_000];
    let message = decode(&deep);
    assert_eq!(
        message.fault.unwrap(),
        RawFault {
            offset: MAX_DEPTH as u64,
            kind: RawFaultKind::TooDeep
        }
    );
    check(&deep);
    let many = b"\x08\x01".repeat(MAX_FIELDS + 1);
    let message = decode(&many);
    assert_eq!(
        (message.fields.len(), message.fault.unwrap().kind),
        (MAX_FIELDS, RawFaultKind::TooManyFields)
    );
    assert!(message.plausible() && !message.is_whole());
    assert!(message.to_json().as_array().unwrap().len() < 5_000);
    // Messages within messages, far deeper than anything is followed.
    let mut nested = b"\x08\x01".to_vec();
    for _ in 0..2_000 {
        let mut outer = vec![0x0a];
        outer.extend(varint_of(nested.len()));
        outer.extend_from_slice(&nested);
        nested = outer;
    }
    check(&nested);
}
