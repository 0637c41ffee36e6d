//! Names of secrets, and the places that their values are kept out of.

use super::*;
use crate::diagnosis;

fn secrets(fields: &[(&str, &str)]) -> Secrets {
    let mut secrets = Secrets::new(&Hidden::default(), false);
    for (name, value) in fields {
        secrets.add(name.as_bytes(), value.as_bytes(), Owner::Client);
    }
    secrets
}

#[test]
fn texts_lose_values_and_their_starts() {
    let secrets = secrets(&[
        ("authorization", "Bearer eyJhbGciOiJIUzI1NiJ9"),
        ("cookie", "abc"),
    ]);
    for (text, shown) in [
        (
            "authorization: Bearer eyJhbGciOiJIUzI1NiJ9",
            "authorization: <redacted, 27 bytes>",
        ),
        (
            "got \"Bearer eyJh\u{2026}\"",
            "got \"Bearer <redacted, 4 bytes>\u{2026}\"",
        ),
        (
            "token eyJhbGciOiJIUzI1NiJ9 is expired",
            "token <redacted, 20 bytes> is expired",
        ),
        ("cookie: abc", "cookie: <redacted, 3 bytes>"),
        ("the abc of it", "the abc of it"),
    ] {
        assert_eq!(secrets.text(text), shown);
    }
}

#[test]
fn line_ends_are_no_part_of_a_value() {
    let secrets = secrets(&[("", "s3cretv\n"), ("", " pad ded ")]);
    assert_eq!(secrets.text("x: s3cretv"), "x: <redacted, 7 bytes>");
    assert_eq!(secrets.text("x: pad ded"), "x: <redacted, 7 bytes>");
    let bytes = secrets.bytes(Direction::Received, None, b"as3cretvb");
    assert_eq!(bytes.iter().flatten().count(), 2);
}

#[test]
fn values_are_known_in_any_quotation() {
    for value in ["CORP\\svc-deploy", "qu\"o\\te\t<&>", "tab\tline\nmore"] {
        let secrets = secrets(&[("", value)]);
        let json = serde_json::Value::from(value).to_string();
        for text in [
            value.to_owned(),
            json,
            format!("{value:?}"),
            diagnosis::quoted(value.as_bytes(), 99),
        ] {
            let quoted = text.trim_matches('"').len();
            let shown = secrets.text(&format!("reply: {text}."));
            let hidden = shown.trim_start_matches("reply: ").trim_matches(['"', '.']);
            assert_eq!(hidden, placeholder(quoted), "{text}");
        }
    }
}

#[test]
fn values_beyond_those_that_are_kept_cost_nothing() {
    let cookies = (0..10_000).map(|it| ("set-cookie", format!("a=value-{it:05}-x")));
    let mut secrets = Secrets::new(&Hidden::default(), false);
    for (name, value) in cookies {
        secrets.add(name.as_bytes(), value.as_bytes(), Owner::Peer);
    }
    let shown = |number: usize| secrets.text(&format!("<value-{number:05}-x>"));
    assert_eq!(shown(63), "<<redacted, 13 bytes>>");
    assert_eq!(shown(9_999), "<value-09999-x>");
}

#[test]
fn quoted_values_and_short_words() {
    let secrets = secrets(&[("x-secret", "a\"b\x1bcdefgh"), ("x-token", "open")]);
    assert_eq!(
        secrets.text(&diagnosis::quoted(b"a\"b\x1bcdefgh", 64)),
        "\"<redacted, 16 bytes>\""
    );
    assert_eq!(
        secrets.text("open reopened"),
        "<redacted, 4 bytes> reopened"
    );
}

#[test]
fn bytes_are_hidden_by_place_and_by_value() {
    let mut secrets = secrets(&[("x-token", "sesame")]);
    secrets.places.push((
        Direction::Sent,
        Span {
            offset: 12,
            length: 2,
        },
    ));
    let shown = |masked: Vec<Option<u8>>| -> String {
        masked.iter().map(|b| b.map_or('*', char::from)).collect()
    };
    assert_eq!(
        shown(secrets.bytes(Direction::Sent, Some(10), b"abcdef")),
        "ab**ef"
    );
    assert_eq!(
        shown(secrets.bytes(Direction::Received, Some(10), b"abcdef")),
        "abcdef"
    );
    assert_eq!(
        shown(secrets.bytes(Direction::Received, None, b"open sesame!")),
        "open ******!"
    );
}

#[test]
fn fields_of_http1() {
    let mut secrets = Secrets::new(&Hidden::default(), false);
    let answer = b"HTTP/1.1 400 Bad\r\nSet-Cookie: sid=0123456789;\r\n Path=/hidden\r\nVia: x\r\n\r\nThe token of a body";
    secrets.add_http1(answer, Some(0));
    secrets.sort_places();
    let shown: String = secrets
        .bytes(Direction::Received, Some(0), answer)
        .iter()
        .map(|b| b.map_or('*', char::from))
        .collect();
    assert!(
        !shown.contains("0123456789") && !shown.contains("hidden"),
        "{shown}"
    );
    assert!(
        shown.contains("Via: x") && shown.contains("The token of a body"),
        "{shown}"
    );
}

#[test]
fn texts_lose_what_they_name_themselves() {
    for (text, shown) in [
        (
            "GOAWAY authorization: Bearer SECRET\u{2026}",
            "GOAWAY authorization: <redacted, 13 bytes>\u{2026}",
        ),
        ("bad token: Bearer X", "bad token: <redacted, 8 bytes>"),
        (
            "bad Bearer X, sorry",
            "bad Bearer <redacted, 1 byte>, sorry",
        ),
        (
            "authorization=Bearer X",
            "authorization=<redacted, 8 bytes>",
        ),
        ("see https://u:X@h/p", "see https://<redacted, 3 bytes>@h/p"),
        (
            "/a.B/C?token=SECRET&x=1",
            "/a.B/C?token=<redacted, 6 bytes>&x=1",
        ),
        (
            "access_token%3DSECRET",
            "access_token%3D<redacted, 6 bytes>",
        ),
        (
            "token:%20Bearer%20X%20no",
            "token:%20<redacted, 10 bytes>%20no",
        ),
        ("bad%20Bearer%20X", "bad%20Bearer%20<redacted, 1 byte>"),
        (
            "{\"api_key\": \"a, b\"}",
            "{\"api_key\": \"<redacted, 4 bytes>\"}",
        ),
        (
            "b\"{\\\"token\\\":\\\"X y\\\"}\"",
            "b\"{\\\"token\\\":\\\"<redacted, 3 bytes>\\\"}\"",
        ),
        (
            "cookie: a=b; c=d\nnext: e",
            "cookie: <redacted, 8 bytes>\nnext: e",
        ),
        ("Basic dXNlcjpwYXNz", "Basic <redacted, 12 bytes>"),
        ("token == \"X\"", "token == \"<redacted, 1 byte>\""),
        ("a.token != 'X'", "a.token != '<redacted, 1 byte>'"),
        (
            "token  contains  \"X\"",
            "token  contains  \"<redacted, 1 byte>\"",
        ),
        ("otp_token >= 424242", "otp_token >= <redacted, 6 bytes>"),
        (
            "labels[\"token\"] == \"X\"",
            "labels[\"token\"] == \"<redacted, 1 byte>\"",
        ),
        (
            "tokens[0][1]: \"X\"",
            "tokens[0][1]: \"<redacted, 1 byte>\"",
        ),
        (
            "{\"tokens\":[\"X\",{\"a\":\"Y\"}],\"b\":1}",
            "{\"tokens\":<redacted, 15 bytes>,\"b\":1}",
        ),
        ("tokens == [\"X", "tokens == <redacted, 3 bytes>"),
    ] {
        assert_eq!(scrub(text, &Hidden::default()), shown);
    }
}

#[test]
fn texts_keep_what_is_no_secret() {
    for text in [
        "",
        "token",
        "the token is expired",
        "if token == null, or token[",
        "the token contains X",
        "www-authenticate: Bearer realm=\"x\"",
        "Basic authentication is needed, Bearer token missing",
        "crate::token::Error",
        "https://example.com:443/a@b",
        "host: example.com, content-type: text/html",
        "session: <redacted, 3 bytes>",
        "gr\u{fc}n: \u{2713}",
    ] {
        assert_eq!(scrub(text, &Hidden::default()), text);
    }
}

#[test]
fn bytes_lose_what_they_name_themselves() {
    let shown: String = Secrets::new(&Hidden::default(), false)
        .bytes(
            Direction::Received,
            None,
            b"\0\x01x-token: SECRET\r\nVia: x",
        )
        .iter()
        .map(|b| b.map_or('*', char::from))
        .collect();
    assert_eq!(shown, "\0\x01x-token: ******\r\nVia: x");
}

#[test]
fn hostile_texts_take_no_longer_than_others() {
    // Quadratic work on a megabyte would not end within a test run.
    for piece in [
        "token:", "://", "Bearer ", "token=\"", "a", "\\\"", "%20", "Basic x", "token: ",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        assert!(!scrub(&text, &Hidden::default()).is_empty());
    }
}
