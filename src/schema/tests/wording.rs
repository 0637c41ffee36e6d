use super::buy;

fn error(json: &str) -> String {
    buy().encode_request(json).unwrap_err().to_string()
}

#[test]
fn json_that_does_not_fit_is_told_where_and_what_fits() {
    let cases = [
        (
            r#"{"count": "x"}"#,
            r#"count: expected an int32, found the string "x""#,
        ),
        (
            r#"{"count": 1.5}"#,
            "count: expected an int32, found the number 1.5",
        ),
        (
            r#"{"count": 3000000000}"#,
            "count: expected an int32 (-2147483648 to 2147483647), found the number 3000000000",
        ),
        (
            r#"{"size": -1}"#,
            "size: expected a uint32 (0 to 4294967295), found the number -1",
        ),
        (r#"{"big": true}"#, "big: expected an int64, found true"),
        (
            r#"{"huge": "-1"}"#,
            r#"huge: expected a uint64, found the string "-1""#,
        ),
        (r#"{"zig": []}"#, "zig: expected an sint32, found an array"),
        (
            r#"{"paid": "true"}"#,
            r#"paid: expected a bool, found the string "true""#,
        ),
        (
            r#"{"ratio": "high"}"#,
            r#"ratio: expected a double, found the string "high""#,
        ),
        (
            r#"{"weight": 1e300}"#,
            "weight: expected a float, found the number 1e+300",
        ),
        (
            r#"{"greeting": 5}"#,
            "greeting: expected a string, found the number 5",
        ),
        (
            r#"{"data": "%%"}"#,
            r#"data: expected a base64 string, found the string "%%""#,
        ),
        (
            r#"{"color": "BLUE"}"#,
            r#"color: expected one of the enum values RED, GREEN of shop.Color, found the string "BLUE""#,
        ),
        (
            r#"{"items": {}}"#,
            "items: expected an array, of which each is a shop.Item, found an object",
        ),
        (
            r#"{"items": [{}, {}, {"price": "a"}]}"#,
            r#"items[2].price: expected an int32, found the string "a""#,
        ),
        (
            r#"{"items": [{"parts": [{"price": {}}]}]}"#,
            "items[0].parts[0].price: expected an int32, found an object",
        ),
        (
            r#"{"items": [3]}"#,
            "items[0]: expected an object for shop.Item, found the number 3",
        ),
        (
            r#"{"numbers": [1, null]}"#,
            "numbers[1]: expected an int32, found null",
        ),
        (
            r#"{"names": {"a": "b"}}"#,
            r#"names["a"]: expected an int32 as the key"#,
        ),
        (
            r#"{"names": {"1": 2}}"#,
            r#"names["1"]: expected a string, found the number 2"#,
        ),
        (
            r#"{"names": 1}"#,
            "names: expected an object, of which each key is an int32 and each value a string, found the number 1",
        ),
        (
            r#"{"byName": {"x": {"prize": 1}}}"#,
            r#"byName["x"].prize: shop.Item has no such field; did you mean price?"#,
        ),
        (
            r#"{"left": "a", "right": 1}"#,
            "right: only one of the oneof choice may be set, and left is",
        ),
        (
            r#"{"at": "yesterday"}"#,
            r#"at: expected an RFC 3339 timestamp such as "2024-05-01T12:30:00Z", found the string "yesterday""#,
        ),
        (
            r#"{"took": 5}"#,
            r#"took: expected a duration in seconds such as "1.5s", found the number 5"#,
        ),
        (
            r#"{"maybe": "x"}"#,
            r#"maybe: expected an int32, found the string "x""#,
        ),
        (
            r#"{"extra": []}"#,
            "extra: expected an object, found an array",
        ),
        (
            r#"{"list": {}}"#,
            "list: expected an array, found an object",
        ),
        (
            r#"{"mask": 1}"#,
            r#"mask: expected a string of field paths such as "user.name,email", found the number 1"#,
        ),
        (
            r#"{"nothing": {"a": 1}}"#,
            "nothing: expected an empty object {}, found an object",
        ),
        (
            r#"{"any": {}}"#,
            "any.@type: expected the URL of a message type, found nothing",
        ),
        (
            r#"{"any": {"@type": "x.y/no.Such"}}"#,
            "any.@type: there is no message type no.Such in the schema",
        ),
        (
            r#"{"any": {"@type": "t/shop.Item", "price": "z"}}"#,
            r#"any.price: expected an int32, found the string "z""#,
        ),
        (
            r#"{"greting": "a"}"#,
            "greting: shop.Order has no such field; did you mean greeting?",
        ),
        (
            r#"{"items": [{"q": 1}]}"#,
            "items[0].q: shop.Item has no such field; it has name, price, color, parts",
        ),
        (
            "[]",
            "no shop.Order: expected an object for shop.Order, found an array",
        ),
        (
            "{\"count\": 1}\n{}",
            "line 2, column 1: trailing characters",
        ),
        (r#"{"count": }"#, "line 1, column 11: expected value"),
        (
            r#"{"count": 1"#,
            "line 1, column 11: EOF while parsing an object",
        ),
        ("{'count': 1}", "line 1, column 2: key must be a string"),
    ];
    for (json, expected) in cases {
        assert_eq!(error(json), expected, "{json}");
    }
}

#[test]
fn a_long_string_is_quoted_in_part() {
    let json = format!(r#"{{"count": "{}"}}"#, "a".repeat(100));
    assert_eq!(
        error(&json),
        format!(
            "count: expected an int32, found the string \"{}\"…",
            "a".repeat(40)
        )
    );
}

#[test]
fn json_of_any_depth_ends_in_an_error() {
    let deep = format!("{}{}", r#"{"items":["#.repeat(10_000), "]}".repeat(10_000));
    assert!(error(&deep).contains("recursion limit"));
}
