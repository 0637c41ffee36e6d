//! Values in every encoding, whole and cut.

use super::*;

fn values(values: &[&str]) -> Values {
    let mut all = Values::default();
    for value in values {
        all.add(value.as_bytes(), Owner::Client);
    }
    all
}

/// The text with a star for each byte that was found.
fn masked(values: &Values, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in values.find(text.as_bytes(), false) {
        bytes[range].fill(b'*');
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn any_eight_bytes_of_a_value_are_found() {
    let values = values(&["0123456789abcdef"]);
    for (text, shown) in [
        ("<0123456789abcdef>", "<****************>"),
        ("<01234567", "<********"),
        ("3456789abx", "*********x"),
        ("0123456", "0123456"),
        ("89abcdef0123456789abcdef", "************************"),
    ] {
        assert_eq!(masked(&values, text), shown, "{text}");
    }
}

#[test]
fn values_are_found_in_every_encoding() {
    let secret = "cl\u{e9} \"x\"/<y>\\z\u{1f511}&\n";
    let values = values(&[secret]);
    let bytes: Vec<String> = secret.bytes().map(|it| format!("{it:03o}")).collect();
    for form in [
        secret.to_owned(),
        "cl\\u00e9 \\\"x\\\"\\/<y>\\\\z\\ud83d\\udd11&\\n".to_owned(),
        "cl%C3%A9%20%22x%22%2F%3Cy%3E%5Cz%F0%9F%94%91%26%0A".to_owned(),
        "cl%c3%a9 \"x\"/<y>\\z%f0%9f%94%91&%0a".to_owned(),
        "cl&#233; &quot;x&#x22;/&lt;y&gt;\\z&#128273;&amp;&#10;".to_owned(),
        "cl\\xc3\\xa9 \\\"x\\\"/<y>\\\\z\\U0001F511&\\n".to_owned(),
        format!("\\{}", bytes.join("\\")),
        secret.escape_default().to_string(),
        format!("{secret:?}").trim_matches('"').to_owned(),
    ] {
        assert_eq!(masked(&values, &form), "*".repeat(form.len()), "{form}");
    }
}

#[test]
fn values_are_found_in_base64_and_hex_at_every_place() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let values = values(&["s3cr3t-v\u{e4}lue>?~"]);
    for before in 0..4 {
        let text = format!("{}s3cr3t-v\u{e4}lue>?~{}", "<".repeat(before), "end");
        for form in [
            STANDARD.encode(&text),
            URL_SAFE_NO_PAD.encode(&text),
            hex::encode(&text),
            hex::encode_upper(&text),
        ] {
            let shown = masked(&values, &form);
            let left = shown.bytes().filter(|byte| *byte != b'*').count();
            assert!(left <= 2 * (before + 3) + 4, "{form} {shown}");
        }
    }
}

#[test]
fn short_values() {
    let values = values(&["open", "abc"]);
    assert_eq!(values.ours.values, 1);
    let found = |text: &str, whole| values.find(text.as_bytes(), whole).len();
    assert_eq!(found("open, reopened", true), 1);
    assert_eq!(found("open, reopened", false), 2);
    assert_eq!(found("\"b3Blbg==\" 6f70656e", true), 2);
    assert_eq!(found("abc", false), 0);
    assert_eq!(found("a\\x6fpen ", false), 1);
}

#[test]
fn what_is_kept_is_bounded() {
    let mut values = Values::default();
    for it in 0..10_000 {
        let value = format!("value-{it:05}").repeat(1_000);
        values.add(value.as_bytes(), Owner::Peer);
    }
    assert!(values.theirs.values <= PEER_MAX);
    assert!(values.windows.len() <= WINDOWS_MAX);
    // The client's own are known all the same.
    values.add(b"0123456789abcdef", Owner::Client);
    assert_eq!(masked(&values, "<456789abcd>"), "<**********>");
}

#[test]
fn a_value_that_is_repeated_takes_no_room() {
    let mut values = Values::default();
    for _ in 0..2 * PEER_MAX {
        values.add(b"the same token", Owner::Client);
        values.add(b"short", Owner::Client);
    }
    assert_eq!(values.ours.values, 2);
    values.add(b"another token", Owner::Client);
    assert_eq!(masked(&values, "another token"), "*************");
}

#[test]
fn broken_escapes_are_text() {
    let values = values(&["%zz\\q&;\\u12&#x;\\U1"]);
    let text = "%zz\\q&;\\u12&#x;\\U1\\u{}%";
    assert_eq!(masked(&values, text), "******************\\u{}%");
    for text in [
        "%",
        "%1",
        "\\",
        "\\u",
        "\\ud83d",
        "\\ud83d\\u0041",
        "&",
        "&#;",
        "\\777",
    ] {
        assert_eq!(masked(&values, text), text);
    }
}

#[test]
fn what_targets_share_is_bounded() {
    // Every window of these is another.
    let long = |number: u32| {
        let numbers = (0..9_000_u32).flat_map(|it| (number << 16 | it).to_be_bytes());
        let mut values = Values::default();
        values.add(&numbers.collect::<Vec<u8>>(), Owner::Client);
        values
    };
    let mut shared = Values::default();
    let merged = (0..100).take_while(|number| {
        let more = long(*number);
        let room = shared.have_room_for(&more);
        if room {
            shared.extend(&more);
        }
        room
    });
    assert!((10..99).contains(&merged.count()));
    assert!(shared.windows.len() <= SHARED_MAX);
}
