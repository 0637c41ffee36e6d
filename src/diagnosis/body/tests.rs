use super::*;
use crate::diagnosis::shape::Text;
use crate::rpc::envelope::Message;

const HELLO: &[u8] = b"\n\rHello, world.";

/// A body as it is recorded: its bytes, and then zeroes that were not kept, `length` in all.
fn kept(bytes: &[u8], length: usize) -> http::Body {
    let mut body = http::Body {
        bytes: bytes.to_vec(),
        length: length as u64,
        ended: true,
        ..http::Body::default()
    };
    body.scanner.feed(bytes);
    body.scanner.feed(&vec![0; length - bytes.len()]);
    body
}

fn read(bytes: &[u8]) -> Body<'static> {
    read_as(bytes, bytes.len(), None)
}

fn read_as(bytes: &[u8], length: usize, coding: Option<&[u8]>) -> Body<'static> {
    // Tests are short, and a body borrows what it reads.
    Body::read_by(
        Box::leak(Box::new(kept(bytes, length))),
        coding,
        None,
        &|_| None,
    )
}

fn framed(flag: u8, length: u32, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &length.to_be_bytes(), message].concat()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn plain(body: &Body<'_>) -> Vec<Vec<u8>> {
    body.seen
        .iter()
        .filter_map(|seen| seen.plain(body))
        .map(<[u8]>::to_vec)
        .collect()
}

fn read_packed(bytes: &[u8], packing: &[u8]) -> Body<'static> {
    let body = Box::leak(Box::new(kept(bytes, bytes.len())));
    Body::read_by(body, None, Some(packing), &|_| None)
}

#[test]
fn what_text_does_to_bytes() {
    let message = b"\x0a\x03\xc3\xbc!\x10\xe9\x07";
    let body = framed(0, 8, message);
    let widened: String = body.iter().map(|byte| char::from(*byte)).collect();
    let read_widened = read(widened.as_bytes());
    assert_eq!(read_widened.shape, Shape::Mangled(Mangling::Widened));
    assert_eq!(plain(&read_widened), [message]);
    let replaced = String::from_utf8_lossy(&body).into_owned();
    let read_replaced = read(replaced.as_bytes());
    assert_eq!(read_replaced.shape, Shape::Mangled(Mangling::Replaced));
    assert!(read_replaced.seen.is_empty());
    let marked = read(&[b"\xef\xbb\xbf", body.as_slice()].concat());
    assert_eq!(marked.shape, Shape::Mangled(Mangling::Marked));
    assert_eq!(plain(&marked), [message]);
    // A length that was counted in characters is a length, and the bytes are right.
    let counted = read(&framed(0, 4, b"\x0a\x04\xc3\xbc\xc3\xbc"));
    assert!(matches!(counted.shape, Shape::TooShort(_)), "{counted:?}");
}

#[test]
fn bodies_that_are_compressed_as_a_whole() {
    let body = framed(0, 15, HELLO);
    let gzip = compression::gzip(&body).unwrap();
    for read in [
        read(&gzip),
        read_packed(&gzip, b"gzip"),
        read_packed(&gzip, b"br"),
    ] {
        assert_eq!(read.packed, Packed::Known(Encoding::Gzip));
        assert_eq!(read.shape, Shape::Framed);
        assert_eq!(plain(&read), [HELLO]);
        assert!(!read.is_as_it_came());
    }
    let cut = &gzip[..gzip.len() - 4];
    assert_eq!(read_packed(cut, b"gzip").shape, Shape::Packed);
    assert_eq!(read_packed(&body, b"gzip").packed, Packed::No);
    assert_eq!(read_packed(b"\x8b\x07\x80hi", b"br").shape, Shape::Packed);
    assert_eq!(read_packed(b"<html></html>", b"br").packed, Packed::No);
}

#[test]
fn the_opening_of_a_connection() {
    let opening = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\0\0\x04\x01\0\0\0\0";
    assert_eq!(read(opening).shape, Shape::RelayedPreface);
    assert_ne!(read(&opening[..12]).shape, Shape::RelayedPreface);
}

#[test]
fn a_compressed_message_whose_prefix_is_too_short() {
    let gzip = compression::gzip(HELLO).unwrap();
    let body = framed(1, 12, &gzip);
    let read = read_as(&body, body.len(), Some(b"gzip"));
    assert!(matches!(read.shape, Shape::TooShort(_)), "{read:?}");
    assert_eq!(plain(&read), [HELLO]);
}

#[test]
fn prefixes_right_and_wrong() {
    let message = |flag, length| Message {
        start: 0,
        flag,
        length,
    };
    let good = framed(0, 15, HELLO);
    let cases: Vec<(Vec<u8>, Shape)> = vec![
        (Vec::new(), Shape::Empty),
        (good.clone(), Shape::Framed),
        (framed(0, 0, b""), Shape::Framed),
        ([good.clone(), good.clone()].concat(), Shape::Framed),
        (HELLO.to_vec(), Shape::Bare),
        (
            framed(0, 15u32.swap_bytes(), HELLO),
            Shape::LittleEndian(message(0, 251_658_240)),
        ),
        (framed(0, 20, HELLO), Shape::SelfCounting(message(0, 20), 5)),
        (framed(0, 19, HELLO), Shape::SelfCounting(message(0, 19), 4)),
        (framed(0, 10, HELLO), Shape::TooShort(message(0, 10))),
        (framed(0, 100, HELLO), Shape::Truncated(message(0, 100))),
        (framed(2, 15, HELLO), Shape::ReservedFlags(message(2, 15))),
        (good[1..].to_vec(), Shape::WithoutFlag),
        (
            [b"\x0f", HELLO].concat(),
            Shape::VarintPrefix {
                flag: false,
                size: 1,
            },
        ),
        (
            [b"\x00\x0f", HELLO].concat(),
            Shape::VarintPrefix {
                flag: true,
                size: 1,
            },
        ),
        (b"\0\0\0".to_vec(), Shape::PartialPrefix),
        ([good.as_slice(), b"\n"].concat(), Shape::Trailing),
        ([good.as_slice(), b"junk!!"].concat(), Shape::Trailing),
        (
            framed(0x80, 16, b"grpc-status: 0\r\n"),
            Shape::WebTrailers(message(0x80, 16)),
        ),
        (vec![0xff; 20], Shape::Unrecognised),
    ];
    for (bytes, shape) in cases {
        assert_eq!(read(&bytes).shape, shape, "{}", hex::encode(&bytes));
    }
}

#[test]
fn the_message_comes_to_light_through_its_defect() {
    for body in [
        framed(0, 15, HELLO),
        HELLO.to_vec(),
        framed(0, 15u32.swap_bytes(), HELLO),
        framed(0, 20, HELLO),
        framed(0, 10, HELLO),
        framed(2, 15, HELLO),
        framed(0, 15, HELLO)[1..].to_vec(),
        [b"\x0f", HELLO].concat(),
        base64(&framed(0, 15, HELLO)).into_bytes(),
        base64(HELLO).into_bytes(),
    ] {
        assert_eq!(plain(&read(&body)), [HELLO], "{}", hex::encode(&body));
    }
}

#[test]
fn encodings_are_peeled() {
    let good = framed(0, 15, HELLO);
    let once = base64(&good);
    let dresses: [(String, usize); 9] = [
        (once.clone(), 1),
        (once.trim_end_matches('=').to_owned(), 1),
        (once.replace('+', "-").replace('/', "_"), 1),
        (format!("{}\r\n{}\r\n", &once[..16], &once[16..]), 1),
        (format!("\"{once}\""), 2),
        (base64(once.as_bytes()), 2),
        (format!("\"{}\"", base64(once.as_bytes())), 3),
        (hex::encode(&good), 1),
        (base64(HELLO), 1),
    ];
    for (text, layers) in dresses {
        let body = read(text.as_bytes());
        assert_eq!(body.encodings.len(), layers, "{text}: {:?}", body.encodings);
        assert_eq!(plain(&body), [HELLO], "{text}");
    }
}

/// Words and pages are text, although many a word is valid base64, and some text is valid protobuf.
#[test]
fn text_stays_text() {
    for (text, kind) in [
        ("Hello", Text::Plain),
        ("Hello, world.", Text::Plain),
        ("Forbidden", Text::Plain),
        ("Unauthorized", Text::Plain),
        ("NotFound", Text::Plain),
        ("Internal", Text::Plain),
        ("Internal Server Error", Text::Plain),
        ("hello\nworld", Text::Plain),
        ("404 page not found\n", Text::Plain),
        (
            "upstream connect error or disconnect/reset before headers",
            Text::Plain,
        ),
        ("deadbeef", Text::Plain),
        ("1234567", Text::Plain),
        ("OK", Text::Plain),
        ("{\"message\": \"Internal server error\"}", Text::Json),
        ("\"Forbidden\"", Text::Json),
        ("<html><head></head></html>", Text::Html),
        ("<!DOCTYPE html>\n<p>", Text::Html),
        ("<?xml version=\"1.0\"?><Error/>", Text::Xml),
    ] {
        let body = read(text.as_bytes());
        assert_eq!(body.shape, Shape::Text(kind), "{text}");
        assert!(body.encodings.is_empty(), "{text}: {:?}", body.encodings);
    }
}

#[test]
fn a_body_that_was_not_kept_whole_is_judged_by_its_start() {
    let start = framed(0, 100, HELLO);
    let of = |length| read_as(&start, length, None).shape;
    let first = Message {
        start: 0,
        flag: 0,
        length: 100,
    };
    assert_eq!(of(105), Shape::Framed);
    assert_eq!(of(90), Shape::Truncated(first));
    assert_eq!(of(110), Shape::Framed, "an empty message follows");
    assert_eq!(of(108), Shape::Trailing);
    assert_eq!(
        read_as(b"Hello", 1_000, None).shape,
        Shape::Text(Text::Plain)
    );
}

#[test]
fn compressed_messages_are_opened() {
    let packed = compression::gzip(HELLO).unwrap();
    let bytes = framed(1, u32::try_from(packed.len()).unwrap(), &packed);
    assert_eq!(plain(&read_as(&bytes, bytes.len(), Some(b"gzip"))), [HELLO]);
    let body = read(&bytes);
    assert!(body.seen[0].compressed && body.seen[0].decompressed.is_none());
    assert_eq!(plain(&body), Vec::<Vec<u8>>::new());
}
