//! The examples of RFC 7541, Appendix C, and what tolerance means.

use super::*;

fn decode(decoder: &mut Decoder, encoded: &[u8]) -> HeaderBlock {
    let mut decoded = HeaderBlock::default();
    let places = [Place {
        position: 0,
        offset: 100,
    }];
    decoder.decode(
        Block {
            bytes: encoded,
            places: &places,
            missing: None,
        },
        &mut decoded,
    );
    decoded
}

fn decode_hex(decoder: &mut Decoder, encoded: &str) -> HeaderBlock {
    decode(decoder, &hex::decode(encoded.replace(' ', "")).unwrap())
}

fn lines(block: &HeaderBlock) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    block
        .iter()
        .map(|field| format!("{}: {}", text(field.name), text(field.value)))
        .collect()
}

/// Decodes the block, expects these fields and no fault, then reads the dynamic table through its indices.
#[track_caller]
fn example(decoder: &mut Decoder, encoded: &str, fields: &[&str], table: &[&str]) {
    let block = decode_hex(decoder, encoded);
    assert_eq!(lines(&block), fields);
    assert_eq!(block.faults, []);
    assert_eq!(
        block.iter().map(|field| field.span.length).sum::<u64>(),
        block.encoded_length
    );
    let indices: Vec<u8> = (0..=table.len() as u8)
        .map(|age| 0x80 | (62 + age))
        .collect();
    let entries = decode(decoder, &indices);
    assert_eq!(lines(&entries)[..table.len()], *table);
    let past = entries.iter().last().unwrap();
    assert_eq!(
        past.unknown,
        Some(Unknown::Both),
        "the table holds no more than that"
    );
}

/// A decoder whose table was set to 256 bytes, as Appendix C.5 and C.6 want it.
fn small() -> Decoder {
    let mut decoder = Decoder::new();
    let block = decode_hex(&mut decoder, "3f e1 01");
    let span = Span {
        offset: 100,
        length: 3,
    };
    assert_eq!(
        block.size_updates,
        [SizeUpdate {
            size: 256,
            after_fields: 0,
            span
        }]
    );
    decoder
}

#[test]
fn appendix_c_2() {
    let header = "custom-key: custom-header";
    let encoded = "400a637573746f6d2d6b65790d637573746f6d2d686561646572";
    example(&mut Decoder::new(), encoded, &[header], &[header]);
    let encoded = "040c2f73616d706c652f70617468";
    example(&mut Decoder::new(), encoded, &[":path: /sample/path"], &[]);
    let encoded = "100870617373776f726406736563726574";
    example(&mut Decoder::new(), encoded, &["password: secret"], &[]);
    example(&mut Decoder::new(), "82", &[":method: GET"], &[]);
}

#[test]
fn appendix_c_3_and_c_4() {
    let plain = [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ];
    let huffman = [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ];
    for [first, second, third] in [plain, huffman] {
        let decoder = &mut Decoder::new();
        let authority = ":authority: www.example.com";
        let get = ":method: GET";
        let fields = [get, ":scheme: http", ":path: /", authority];
        example(decoder, first, &fields, &[authority]);
        let cache = "cache-control: no-cache";
        let fields = [get, ":scheme: http", ":path: /", authority, cache];
        example(decoder, second, &fields, &[cache, authority]);
        let custom = "custom-key: custom-value";
        let fields = [
            get,
            ":scheme: https",
            ":path: /index.html",
            authority,
            custom,
        ];
        example(decoder, third, &fields, &[custom, cache, authority]);
    }
}

#[test]
fn appendix_c_5_and_c_6() {
    let plain = [
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768\
         747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153\
         444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e\
         3d31",
    ];
    let huffman = [
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8\
         e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b\
         3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ];
    for [first, second, third] in [plain, huffman] {
        let decoder = &mut small();
        let private = "cache-control: private";
        let date = "date: Mon, 21 Oct 2013 20:13:21 GMT";
        let location = "location: https://www.example.com";
        let status = ":status: 302";
        let fields = [status, private, date, location];
        example(decoder, first, &fields, &[location, date, private, status]);
        let status = ":status: 307";
        let fields = [status, private, date, location];
        example(decoder, second, &fields, &[status, location, date, private]);
        let date = "date: Mon, 21 Oct 2013 20:13:22 GMT";
        let gzip = "content-encoding: gzip";
        let cookie = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
        let fields = [":status: 200", private, date, location, gzip, cookie];
        example(decoder, third, &fields, &[cookie, gzip, date]);
    }
}

#[test]
fn representation_index_and_huffman_use_are_kept() {
    let block = decode_hex(
        &mut Decoder::new(),
        "83 44 81 63 00 01 61 01 62 1f 2e 01 63",
    );
    let kept: Vec<_> = block
        .iter()
        .map(|field| {
            (
                field.representation,
                field.index,
                field.huffman,
                field.span.offset,
            )
        })
        .collect();
    let expected = [
        (Representation::Indexed, Some(3), (false, false), 100),
        (
            Representation::LiteralIncremental,
            Some(4),
            (false, true),
            101,
        ),
        (
            Representation::LiteralWithoutIndexing,
            None,
            (false, false),
            104,
        ),
        (
            Representation::LiteralNeverIndexed,
            Some(61),
            (false, false),
            109,
        ),
    ];
    assert_eq!(kept, expected);
    assert_eq!(
        lines(&block),
        [":method: POST", ":path: /", "a: b", "www-authenticate: c"]
    );
    assert_eq!(block.get("a"), Some(&b"b"[..]));
    assert_eq!(block.all("a").count(), 1);
    assert_eq!(block.get("b"), None);
    assert_eq!((block.len(), block.is_empty()), (4, false));
}

#[test]
fn a_bad_index_costs_one_field() {
    let block = decode_hex(&mut Decoder::new(), "80 be 83");
    let unknown: Vec<_> = block.iter().map(|field| field.unknown).collect();
    assert_eq!(unknown, [Some(Unknown::Both), Some(Unknown::Both), None]);
    let fault = |offset, index| Fault {
        span: Span { offset, length: 1 },
        kind: FaultKind::Index(index),
    };
    assert_eq!(block.faults, [fault(100, 0), fault(101, 62)]);
}

#[test]
fn a_literal_with_an_unknown_name_keeps_later_indices_right() {
    let decoder = &mut Decoder::new();
    decode_hex(decoder, "40 01 61 01 31");
    let block = decode_hex(decoder, "7f 80 01 01 32 40 01 62 01 33");
    assert_eq!(lines(&block), [": 2", "b: 3"]);
    assert_eq!(block.iter().next().unwrap().unknown, Some(Unknown::Name));
    let span = Span {
        offset: 100,
        length: 5,
    };
    assert_eq!(
        block.faults,
        [Fault {
            span,
            kind: FaultKind::Index(191)
        }]
    );
    let block = decode_hex(decoder, "be bf c0 c1");
    assert_eq!(lines(&block), ["b: 3", ": 2", "a: 1", ": "]);
    let unknown: Vec<_> = block.iter().map(|field| field.unknown).collect();
    assert_eq!(
        unknown,
        [None, Some(Unknown::Name), None, Some(Unknown::Both)]
    );
    assert_eq!(
        block.faults.len(),
        1,
        "an entry known in part is not a bad index"
    );
}

#[test]
fn a_bad_huffman_code_costs_one_string() {
    let decoder = &mut Decoder::new();
    let block = decode_hex(decoder, "40 01 61 82 ff ff 83");
    assert_eq!(lines(&block), ["a: ", ":method: POST"]);
    assert_eq!(block.iter().next().unwrap().unknown, Some(Unknown::Value));
    let span = Span {
        offset: 104,
        length: 2,
    };
    assert_eq!(
        block.faults,
        [Fault {
            span,
            kind: FaultKind::Huffman
        }]
    );
    let block = decode_hex(decoder, "be");
    assert_eq!(block.iter().next().unwrap().name, b"a");
    assert_eq!(block.iter().next().unwrap().unknown, Some(Unknown::Value));
    let block = decode_hex(decoder, "00 81 ff 81 ff");
    assert_eq!(block.iter().next().unwrap().unknown, Some(Unknown::Both));
    assert_eq!(block.faults.len(), 2);
}

#[test]
fn a_length_that_lies_ends_the_block_and_the_table_is_lost() {
    for (encoded, offset, kind) in [
        ("83 40 01 61 05 62", 104, FaultKind::StringLength(5)),
        ("83 40 0a 61", 102, FaultKind::StringLength(10)),
        ("83 40", 102, FaultKind::Integer),
        ("83 44", 102, FaultKind::Integer),
        ("83 7f", 101, FaultKind::Integer),
        ("83 ff ff ff ff ff ff ff", 101, FaultKind::Integer),
        ("83 3f", 101, FaultKind::Integer),
    ] {
        let decoder = &mut Decoder::new();
        decode_hex(decoder, "40 01 61 01 31");
        let block = decode_hex(decoder, encoded);
        assert_eq!(lines(&block), [":method: POST"], "{encoded}");
        let [fault] = block.faults[..] else {
            panic!("one fault in {encoded}")
        };
        assert_eq!((fault.span.offset, fault.kind), (offset, kind), "{encoded}");
        assert_eq!(fault.span.end(), 100 + block.encoded_length, "{encoded}");
        let block = decode_hex(decoder, "be");
        assert_eq!(
            block.iter().next().unwrap().unknown,
            Some(Unknown::Both),
            "{encoded}"
        );
    }
}

#[test]
fn the_empty_block_has_no_fields() {
    let block = decode(&mut Decoder::new(), &[]);
    assert!(block.is_empty());
    assert_eq!(block.faults, []);
}

#[test]
fn size_updates_are_recorded_as_sent() {
    let block = decode_hex(&mut Decoder::new(), "20 83 3f e1 ff ff 07");
    let kept: Vec<_> = block
        .size_updates
        .iter()
        .map(|update| (update.size, update.after_fields))
        .collect();
    assert_eq!(kept, [(0, 0), (16_777_216, 1)]);
    assert_eq!(
        block.size_updates[1].span,
        Span {
            offset: 102,
            length: 5
        }
    );
}

#[test]
fn spans_follow_the_fragments() {
    let mut decoded = HeaderBlock::default();
    let bytes = hex::decode("83400161016284").unwrap();
    let places =
        [(0, 9), (1, 30), (3, 50), (6, 70)].map(|(position, offset)| Place { position, offset });
    Decoder::new().decode(
        Block {
            bytes: &bytes,
            places: &places,
            missing: None,
        },
        &mut decoded,
    );
    let spans: Vec<_> = decoded
        .iter()
        .map(|field| (field.span.offset, field.span.length))
        .collect();
    assert_eq!(spans, [(9, 1), (30, 5), (70, 1)]);
}

#[test]
fn a_small_block_cannot_stand_for_gigabytes() {
    let decoder = &mut Decoder::new();
    let mut encoded = hex::decode("4001617fa11e").unwrap();
    encoded.extend([b'x'; 4000]);
    encoded.extend([0xbe; 100_000]);
    encoded.extend(hex::decode("4001620131").unwrap());
    let block = decode(decoder, &encoded);
    let size: usize = block
        .iter()
        .map(|field| field.name.len() + field.value.len() + FIELD_OVERHEAD)
        .sum();
    assert!(size <= LIST_LIMIT && size > LIST_LIMIT - 5000);
    let [fault] = block.faults[..] else {
        panic!("one fault")
    };
    assert_eq!(fault.kind, FaultKind::TooLarge);
    assert_eq!(fault.span.end(), 100 + block.encoded_length);
    assert_eq!(
        lines(&decode_hex(decoder, "be")),
        ["b: 1"],
        "the table is still updated"
    );
}

#[test]
fn names_copied_without_end_are_given_up() {
    let decoder = &mut Decoder::new();
    // A table of 1 MiB, and in it an entry whose name takes most of that.
    let mut encoded = hex::decode("3fe1ff3f407f81ff3e").unwrap();
    let length = encoded.len();
    encoded.extend(vec![b'n'; 127 + 1 + (0x3e << 14 | 0x7f << 7)]);
    assert!(encoded.len() - length < TABLE_LIMIT - FIELD_OVERHEAD);
    encoded.extend([0]);
    encoded.extend([0x7e, 0x00].repeat(100_000));
    let block = decode(decoder, &encoded);
    let kinds: Vec<_> = block.faults.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [FaultKind::TooLarge; 2]);
}

#[test]
fn what_is_missing_of_a_block_is_told_once() {
    let decoder = &mut Decoder::new();
    decode_hex(decoder, "40 01 61 01 31");
    let mut decoded = HeaderBlock::default();
    let missing = Span {
        offset: 500,
        length: 7,
    };
    let places = [Place {
        position: 0,
        offset: 100,
    }];
    let block = Block {
        bytes: &[0x83, 0x40, 0x05],
        places: &places,
        missing: Some(missing),
    };
    decoder.decode(block, &mut decoded);
    assert_eq!(lines(&decoded), [":method: POST"]);
    assert_eq!(
        decoded.faults,
        [Fault {
            span: missing,
            kind: FaultKind::TooLarge
        }]
    );
    assert_eq!(decoded.encoded_length, 10);
    assert_eq!(
        decode_hex(decoder, "be").faults.len(),
        1,
        "the table is lost"
    );
}
