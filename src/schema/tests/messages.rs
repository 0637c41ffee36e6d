use serde_json::json;

use super::{buy, shop};

#[test]
fn json_goes_to_protobuf_and_back() {
    let text = json!({
        "greeting": "Hello",
        "count": -1,
        "size": 4_294_967_295_u32,
        "big": "-9007199254740993",
        "huge": "18446744073709551615",
        "zig": -3,
        "paid": true,
        "ratio": 0.5,
        "weight": 0.1,
        "data": "AAEC/w==",
        "color": "GREEN",
        "items": [{"name": "a"}, {"price": 2, "parts": [{"name": "b"}]}],
        "names": {"-5": "five", "2": "two"},
        "byName": {"x": {"price": 1}, "y": {}},
        "left": "l",
        "at": "2024-05-01T12:30:00Z",
        "took": "1.500s",
        "maybe": 0,
        "extra": {"a": [1.0, null, "x"]},
        "anything": null,
        "list": [true],
        "any": {"@type": "type.googleapis.com/shop.Item", "name": "inside"},
        "mask": "user.name,email",
        "nothing": {},
        "numbers": [1, 2, 300],
        "perhaps": 0,
        "real": "NaN"
    });
    let bytes = buy().encode_request(&text.to_string()).unwrap();
    let decoded = buy().decode_reply(&bytes).unwrap();
    assert_eq!(
        serde_json::to_string(&decoded.json).unwrap(),
        serde_json::to_string(&text).unwrap()
    );
    assert!(!decoded.unknown_fields);
    assert_eq!(decoded.type_name, "shop.Order");
    assert_eq!(buy().decode_request(&bytes).unwrap().json, text);
}

#[test]
fn no_json_is_the_empty_message() {
    for text in ["", "  \n", "{}", r#"{"greeting": null}"#] {
        assert_eq!(buy().encode_request(text).unwrap(), b"");
    }
    let decoded = buy().decode_reply(b"").unwrap();
    assert_eq!(
        (decoded.json.clone(), decoded.text(80)),
        (json!({}), "shop.Order {}".to_owned())
    );
}

#[test]
fn unknown_fields_are_told_wherever_they_are() {
    let item = |bytes: &[u8]| {
        let mut order = vec![0x62, bytes.len() as u8];
        order.extend_from_slice(bytes);
        buy().decode_reply(&order).unwrap()
    };
    assert!(!item(b"\x0a\x01a").unknown_fields);
    let decoded = item(b"\x0a\x01a\xfa\x06\x02hi\x80\x07\x05");
    assert!(decoded.unknown_fields);
    assert_eq!(decoded.json, json!({"items": [{"name": "a"}]}));
    assert_eq!(
        decoded.text(200),
        r#"shop.Order { items: [{ name: "a", 111: "hi", 112: 5 }] }"#
    );
}

#[test]
fn what_the_schema_cannot_read_does_not_fail_the_rest() {
    // An Any of an unknown type, a timestamp out of range, an enum number without a name.
    let bytes = b"\x0a\x02hi\xba\x01\x08\x0a\x03a/b\x12\x01\xff\x8a\x01\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x10\x01\x58\x07";
    let decoded = buy().decode_reply(bytes).unwrap();
    assert_eq!(
        decoded.json,
        json!({
            "greeting": "hi",
            "color": 7,
            "at": {"seconds": "9223372036854775807", "nanos": 1},
            "any": {"@type": "a/b", "value": "/w=="}
        })
    );
}

#[test]
fn any_in_any_is_bounded() {
    let mut bytes = Vec::new();
    for _ in 0..2_000 {
        let mut outer = vec![0x0a, 21];
        outer.extend_from_slice(b"/google.protobuf.Any\0");
        outer[22] = b' ';
        outer.truncate(22);
        outer[1] = 20;
        outer.push(0x12);
        let mut length = bytes.len();
        while length > 127 {
            outer.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend_from_slice(&bytes);
        bytes = outer;
    }
    let decoded = shop().decode("google.protobuf.Any", &bytes).unwrap();
    assert!(
        decoded
            .json
            .to_string()
            .starts_with(r#"{"@type":"/google.protobuf.Any","value":{"@type""#)
    );
}

#[test]
fn bytes_of_another_type_are_told_with_their_place() {
    let cases: [(&[u8], &str); 6] = [
        (
            b"\x08\x05",
            "field 1 (greeting) at byte 0 has wire type varint, which does not fit its type",
        ),
        (
            b"\x0a\x01a\x12\x01b",
            "field 2 (count) at byte 3 has wire type length-delimited, which does not fit its type",
        ),
        (
            b"\x0a\x02a\xff",
            "field 1 (greeting) is not UTF-8 at byte 3",
        ),
        (
            b"\x0a\x09a",
            "at byte 1: a length of 9 reaches past the end, 1 bytes are left",
        ),
        (b"<html>", "at byte 0: group 7 ends, which did not begin"),
        (b"\x10\xff", "at byte 1: the bytes end within a varint"),
    ];
    for (bytes, expected) in cases {
        let error = buy().decode_reply(bytes).unwrap_err();
        assert_eq!(error.to_string(), format!("no shop.Order: {expected}"));
    }
    let error = shop().decode("no.Such", b"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no no.Such: the schema has no such message type"
    );
}

#[test]
fn more_values_than_memory_allows_are_not_decoded() {
    let many = |count: usize| {
        let mut bytes = b"\xd2\x01".to_vec();
        bytes.extend([
            count as u8 & 0x7f | 0x80,
            (count >> 7) as u8 & 0x7f | 0x80,
            (count >> 14) as u8,
        ]);
        bytes.resize(bytes.len() + count, 1);
        buy().decode_reply(&bytes)
    };
    assert!(many(65_000).is_ok());
    let error = many(66_000).unwrap_err();
    assert!(
        error.ours && error.problem.starts_with("more than 65536 values"),
        "{error}"
    );
    assert!(!buy().decode_reply(b"\x08").unwrap_err().ours);
}

#[test]
fn depth_is_bounded() {
    let mut bytes = Vec::new();
    for _ in 0..200 {
        let mut length = bytes.len();
        let mut outer = vec![0x22];
        while length > 127 {
            outer.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend_from_slice(&bytes);
        bytes = outer;
    }
    let error = shop().decode("shop.Item", &bytes).unwrap_err();
    assert!(error.problem.contains("recursion limit"), "{error}");
}

#[test]
fn text_is_one_line_of_bounded_length() {
    let json = r#"{"greeting": "a \"b\"\n\u001b", "data": "AP8=", "color": "GREEN", "items": [{"name": "x", "price": 1}, {}],
        "names": {"2": "b", "1": "a"}, "byName": {"k": {"price": 3}}, "maybe": 5, "weight": 0.1}"#;
    let bytes = buy().encode_request(json).unwrap();
    let decoded = buy().decode_reply(&bytes).unwrap();
    let whole = concat!(
        r#"shop.Order { greeting: "a \"b\"\n\u{1b}", weight: 0.1, data: 0x00ff, color: GREEN, "#,
        r#"items: [{ name: "x", price: 1 }, {}], names: { 1: "a", 2: "b" }, by_name: { "k": { price: 3 } }, "#,
        r#"maybe { value: 5 } }"#
    );
    assert_eq!(decoded.text(1_000), whole);
    for limit in 0..=whole.chars().count() {
        let text = decoded.text(limit);
        assert!(text.chars().count() <= limit);
        assert_eq!(text == whole, limit == whole.chars().count());
        let kept = text.strip_suffix('…').unwrap_or(&text);
        assert!(whole.starts_with(kept), "{text}");
    }
}

#[test]
fn seeded_bytes_never_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let valid = buy().encode_request(
        r#"{"items": [{"name": "a"}], "names": {"1": "x"}, "any": {"@type": "t/shop.Item"}}"#,
    );
    let valid = valid.unwrap();
    for round in 0..5_000 {
        let mut bytes = valid.clone();
        for _ in 0..=(round % 4) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = state as usize % bytes.len();
            bytes[at] = (state >> 32) as u8;
        }
        match buy_cached().decode_reply(&bytes) {
            Ok(decoded) => assert!(decoded.text(60).chars().count() <= 60),
            Err(error) => assert!(!error.problem.contains("malformed"), "{error} in {bytes:?}"),
        }
    }
}

fn buy_cached() -> &'static crate::schema::Method {
    static METHOD: std::sync::OnceLock<crate::schema::Method> = std::sync::OnceLock::new();
    METHOD.get_or_init(buy)
}
