//! What the tools themselves wrote, read back, and what is none of theirs.

mod samples;

use self::samples::{BYTES, DUMPS, OTHERS};
use super::*;
use crate::capture::fixtures::fixture;

/// What a text is read as: the bytes by direction (none, sent, received), and what did not fit.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    bytes: [Vec<u8>; 3],
    begins: usize,
    misfits: Option<Misfits>,
    /// Every chunk's line and offset.
    places: Vec<(u64, u64)>,
}

fn read_as(dress: Dress, text: &[u8], portion: usize) -> Read {
    let mut reader = Reader::new(dress);
    let mut read = Read::default();
    let mut out = |chunk: Chunk<'_>| {
        let side = match chunk.direction {
            None => 0,
            Some(Direction::Sent) => 1,
            Some(Direction::Received) => 2,
        };
        read.bytes[side].extend_from_slice(chunk.bytes);
        read.begins += usize::from(chunk.begins);
        let Within::Line(line) = chunk.place.within else {
            unreachable!("text has lines")
        };
        read.places.push((line, chunk.place.offset));
    };
    for part in text.chunks(portion) {
        reader.feed(part, &mut out);
    }
    reader.finish(&mut out);
    read.misfits = reader.misfits();
    read
}

/// Reads a text in the dress that it is recognised as, in one portion and byte by byte.
fn recognised(text: &[u8]) -> (Dress, Read) {
    let dress = recognise(text, true).unwrap_or_else(|| {
        panic!("not recognised: {}", String::from_utf8_lossy(text));
    });
    let whole = read_as(dress, text, usize::MAX);
    assert_eq!(whole, read_as(dress, text, 1));
    (dress, whole)
}

#[test]
fn dumps_of_every_tool() {
    for (tool, dump) in DUMPS {
        let (dress, read) = recognised(dump.as_bytes());
        assert_eq!(dress, Dress::Dump { indented: false }, "{tool}");
        assert_eq!(read.bytes[0], BYTES, "{tool}");
        assert_eq!(read.misfits, None, "{tool}");
        assert_eq!(read.begins, 1, "{tool}");
    }
    let (_, read) = recognised(DUMPS[0].1.as_bytes());
    assert_eq!(read.places, [(1, 0), (2, 68), (3, 136)]);
}

#[test]
fn digits_arrays_strings_and_base64() {
    for (expected, text) in OTHERS {
        let (dress, read) = recognised(text.as_bytes());
        assert_eq!(dress, *expected, "{text}");
        assert_eq!(read.bytes[0], BYTES, "{text}");
        assert_eq!(read.misfits, None, "{text}");
    }
}

#[test]
fn carriage_returns_change_nothing() {
    let follows = ["follow.hexdump.txt", "follow.raw.txt", "unary.hex"].map(fixture);
    let others = OTHERS.iter().map(|(_, text)| text.as_bytes().to_vec());
    let dumps = DUMPS.iter().map(|(_, text)| text.as_bytes().to_vec());
    for text in follows.into_iter().chain(others).chain(dumps) {
        let text = String::from_utf8(text).unwrap();
        let text = text.replace("\r\n", "\n");
        let returns = text.replace('\n', "\r\n");
        let of = |(dress, read): (Dress, Read)| (dress, read.bytes, read.begins, read.misfits);
        assert_eq!(
            of(recognised(returns.as_bytes())),
            of(recognised(text.as_bytes()))
        );
    }
}

#[test]
fn short_lists_and_numbers_with_signs() {
    let hex = Dress::Hex { indented: false };
    for (dress, text, bytes) in [
        (hex, "0x0a, 0x0d, 0x48", &b"\n\rH"[..]),
        (hex, "0a-0d-48-65", b"\n\rHe"),
        (Dress::Decimal, "[10, 13, 72, 101, 108]", b"\n\rHel"),
        (
            Dress::Decimal,
            "                                        [10, 5,\n  72, 101]\n",
            b"\n\x05He",
        ),
        (Dress::Decimal, "[0, 0, -1, 10]", b"\0\0\xff\n"),
        (Dress::Decimal, "{0,0,-128,255}\r\n", b"\0\0\x80\xff"),
        (Dress::Decimal, "[80 82 73 32]", b"PRI "),
        (Dress::Decimal, "[]byte{10, 5, 72, 101}", b"\n\x05He"),
        (
            Dress::Decimal,
            "new byte[] {10, 5, -1, 0};",
            b"\n\x05\xff\0",
        ),
        (Dress::Decimal, "vec![10, 5, 72, 101]", b"\n\x05He"),
        (Dress::Decimal, "bytearray([10, 5, 72, 101])", b"\n\x05He"),
        (
            Dress::Decimal,
            "Uint8Array(6) [\n  10, 5, 72,\n  101, 108, 108\n]\n",
            b"\n\x05Hell",
        ),
        (
            Dress::Decimal,
            "{\"type\":\"Buffer\",\"data\":[10,5,72,101]}\n",
            b"\n\x05He",
        ),
        (hex, "<Buffer 0a 05 48 65>\n", b"\n\x05He"),
        (Dress::Quoted, "b'\\n\\x05He'", b"\n\x05He"),
        (Dress::Quoted, "bytearray(b'\\n\\x05He')\n", b"\n\x05He"),
        (Dress::Arrays, "[]byte{0xa, 0x5, 0x48}", b"\n\x05H"),
        (Dress::Base64, "\"AAAAAAIIAQ==\"\n", b"\0\0\0\0\x02\x08\x01"),
        (Dress::Base64, "'AAAAAAIIAQ'", b"\0\0\0\0\x02\x08\x01"),
    ] {
        let (found, read) = recognised(text.as_bytes());
        assert_eq!((found, &read.bytes[0][..]), (dress, bytes), "{text}");
        assert_eq!(read.misfits, None, "{text}");
    }
    let long = format!("[{}", "0, ".repeat(3000));
    for length in 64..100 {
        let dress = recognise(&long.as_bytes()[..length], false);
        assert_eq!(dress, Some(Dress::Decimal), "{length}");
    }
    let read = read_as(Dress::Decimal, long.as_bytes(), 100);
    assert_eq!(read.bytes[0], [0; 3000]);
    let read = read_as(Dress::Decimal, b"[1, 256, -, 2\n3, 4x, 5]\n6\n[7]", 1);
    assert_eq!(read.bytes[0], [1, 2, 3, 5, 7]);
    let misfits = read.misfits.unwrap();
    assert_eq!(misfits.lines, 3);
    assert_eq!(misfits.first.within, Within::Line(1));
    assert_eq!(
        misfits.expected,
        "numbers from -128 to 255, in brackets or braces"
    );
}

#[test]
fn what_is_left_out_at_the_end_is_said() {
    let hex = Dress::Hex { indented: false };
    let half = "another digit for the half of a byte at its end";
    for (dress, text, bytes, line, expected) in [
        (hex, "0a05486", &b"\n\x05H"[..], 1, half),
        (hex, "0a05\n48650\n\n", b"\n\x05He", 2, half),
        (hex, "00 00 0a 0", b"\0\0\n", 1, half),
        (
            hex,
            "<Buffer 0a 05 48 65 ... 12 more bytes>\n",
            b"\n\x05He",
            1,
            "the bytes that Node left out (print toString('hex') of the Buffer)",
        ),
        (
            Dress::Decimal,
            "Uint8Array(104) [\n  10, 5, 72, 101,\n  ... 100 more items\n]\n",
            b"\n\x05He",
            3,
            "the items that Node left out (print Buffer.from(…).toString('hex'))",
        ),
        (
            Dress::Decimal,
            "[10, 5, 72, 101, ..., 5]\n",
            b"\n\x05He",
            1,
            "the items that were left out (those after them, up to the bracket, are not read)",
        ),
        (
            hex,
            "<Buffer 0a 05 48 65 ... 05>\n",
            b"\n\x05He",
            1,
            "the bytes that were left out (those after them, in the line, are not read)",
        ),
    ] {
        let (found, read) = match bytes.len() {
            // Too short to be told from a word.
            3 => (dress, read_as(dress, text.as_bytes(), 1)),
            _ => recognised(text.as_bytes()),
        };
        assert_eq!((found, &read.bytes[0][..]), (dress, bytes), "{text}");
        let misfits = read.misfits.unwrap();
        let place = (misfits.lines, misfits.first.within, misfits.expected);
        assert_eq!(place, (1, Within::Line(line), expected), "{text}");
    }
}

#[test]
fn both_alphabets_with_padding_and_without() {
    for text in ["AAAAAAL__g==", "AAAAAAL__g", "AAAAAAL//g==", "AAAAAAL//g\n"] {
        let (dress, read) = recognised(text.as_bytes());
        assert_eq!(dress, Dress::Base64);
        assert_eq!(read.bytes[0], b"\0\0\0\0\x02\xff\xfe", "{text}");
    }
    let lone = read_as(Dress::Base64, b"AAAAA", 1);
    assert_eq!(lone.bytes[0], [0, 0, 0]);
    assert_eq!(lone.misfits.map(|misfits| misfits.lines), Some(1));
}

#[test]
fn a_conversation_in_wireshark_has_two_directions() {
    let (dress, dump) = recognised(&fixture("follow.hexdump.txt"));
    assert_eq!(dress, Dress::Dump { indented: true });
    let (dress, raw) = recognised(&fixture("follow.raw.txt"));
    assert_eq!(dress, Dress::Hex { indented: true });
    // The repository's own dress of the same connection's call.
    let (dress, own) = recognised(&fixture("unary.hex"));
    assert_eq!(dress, Dress::Hex { indented: false });
    assert_eq!(dump.bytes, raw.bytes);
    assert_eq!((dump.misfits, raw.misfits), (None, None));
    assert!(dump.bytes[0].is_empty());
    assert_eq!(dump.bytes[1].len(), 0x1a1);
    assert_eq!(dump.bytes[2].len(), 0x128);
    assert!(dump.bytes[1].starts_with(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x24\x04"));
    assert!(dump.bytes[2].starts_with(b"\0\0\x18\x04\0"));
    assert_eq!(dump.begins, 2);
    assert!(own.bytes[0].is_empty() && own.bytes[1].starts_with(&dump.bytes[1][..0x52]));

    let arrays = b"char peer1_0[] = { /* Packet 4 */\n0x00, 0x01 };\nchar peer0_0[] = { /* Packet 6 */\n0x50, 0x52,\n\
                   0x49 };\n/* Packet\n * 8 */ char peer1_1[] = {\n0x02 };\n";
    let (dress, read) = recognised(arrays);
    assert_eq!(dress, Dress::Arrays);
    assert_eq!(read.bytes, [vec![], b"PRI".to_vec(), vec![0, 1, 2]]);
    assert_eq!(read.begins, 3);
}

#[test]
fn packets_of_tshark_each_begin_anew() {
    let text = b"0000  00 00 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d   ..\n0010  20 20      \n\n0000  ff                 .\n";
    let (dress, read) = recognised(text);
    assert_eq!(dress, Dress::Dump { indented: false });
    assert_eq!(read.begins, 2);
    assert_eq!(read.bytes[0].len(), 19);
    assert_eq!(read.misfits, None);
}

#[test]
fn an_asterisk_repeats_the_row() {
    let text =
        b"00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|\n*\n\
                 00000040  42                                                |B|\n00000041\n";
    let (_, read) = recognised(text);
    let mut expected = vec![b'A'; 64];
    expected.push(b'B');
    assert_eq!(read.bytes[0], expected);
    // od counts in octal where it was not asked for another base.
    let text = b"0000000 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41\n*\n0000100\n";
    assert_eq!(recognised(text).1.bytes[0], vec![b'A'; 64]);
    let text = b"00000000  41 41  |AA|\n*\n7fffffffffffffff\n";
    let read = read_as(Dress::Dump { indented: false }, text, 7);
    assert_eq!(read.bytes[0], b"AA");
    assert_eq!(
        read.misfits.unwrap().expected,
        "the offset that follows from the row before"
    );
    // However many repetitions there are, what they stand for is bounded.
    let mut text = "00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41\n".to_owned();
    for mebibyte in 1..=20 {
        text += &format!("*\n{:08x}\n", (mebibyte << 20) + 16);
    }
    let read = read_as(Dress::Dump { indented: false }, text.as_bytes(), usize::MAX);
    assert_eq!(read.bytes[0].len(), 16 + (16 << 20));
    assert_eq!(read.misfits.unwrap().lines, 4);
}

#[test]
fn what_does_not_fit_is_said_and_the_rest_is_read() {
    let misfit = |dress, text: &[u8]| {
        let read = read_as(dress, text, usize::MAX);
        let misfits = read.misfits.unwrap();
        let Within::Line(line) = misfits.first.within else {
            unreachable!("text has lines")
        };
        (read.bytes[0].clone(), misfits.lines, line, misfits.expected)
    };
    let pairs = "pairs of hexadecimal digits";
    let hex = Dress::Hex { indented: false };
    assert_eq!(
        misfit(hex, b"00 01\n02 oops 03\n04 0\n05"),
        (vec![0, 1, 2, 4, 5], 2, 2, pairs)
    );
    let dump = Dress::Dump { indented: false };
    assert_eq!(
        misfit(dump, b"0000: 00 01\nnothing\n0002: 02 0\n0010: 03\n"),
        (
            vec![0, 1, 3],
            3,
            2,
            "an offset and pairs of hexadecimal digits"
        )
    );
    let words = "0000000 0000 0000 0a07 4805\n0000008\n";
    let (bytes, lines, _, expected) = misfit(dump, words.as_bytes());
    assert_eq!((bytes.len(), lines), (0, 1));
    assert!(expected.contains("hexdump -C"));
    assert_eq!(recognise(words.as_bytes(), true), None);
    assert_eq!(
        misfit(Dress::Quoted, b"\"\\x01\n\"\\x02\\q\\x03\"\n\"\\x04\""),
        (vec![1, 2, 4], 2, 1, "a closing quotation mark")
    );
    let expected = "bytes such as 0x0a, with commas between them";
    assert_eq!(
        misfit(Dress::Arrays, b"a = {0x01, 2, 0x003, 0x04};"),
        (vec![1, 4], 1, 1, expected)
    );
    assert_eq!(
        misfit(Dress::Base64, b"AAEC\n!\nAwQF"),
        (vec![0, 1, 2, 3, 4, 5], 1, 2, "base64 digits")
    );
}

#[test]
fn other_texts_have_no_dress() {
    let none = [
        "",
        "\n\n",
        "Hello, world.\n",
        "Hello",
        "password",
        "dead beef and a facade\n",
        "The quick brown fox jumps over the lazy dog.\nThen it rests.\n",
        "{\"greeting\": \"Hello\", \"numbers\": [1, 2, 3]}",
        "[1, 2, 3]",
        "\"Hello\\nworld\"",
        "1234567890",
        "2026-11-22 13:26:38 INFO started\n2026-11-22 13:26:39 INFO stopped\n",
        "12:34:56\n13:45:07\n",
        "2026/11/22 13:26:38 http2: Framer 0xc000140000: wrote SETTINGS len=0\n",
        "=> Send header, 12 bytes (0xc)\n0000: 50 4f 53 54 20 2f 74 2e 54 2f 6e 6f             POST /t.T/no\n",
        "fn main() {\n    let bytes = [0x00, 0x01];\n    println!(\"{bytes:?}\");\n}\n",
        "int main(void) {\n  char a[] = {0x01};\n  return 0;\n}\n",
        "0x1F",
        "550e8400-e29b-41d4-a716-446655440000\n",
        "2026-11-22\n",
        "[1, 2, 3, 4, 5]",
        "[0, 0]",
        "[0, 0, 256, 1]",
        "[0, 0, -129, 1]",
        "[0, 0, 1.5, 2, 10]",
        "[[0, 0], [1, 10]]",
        "[\"0\", \"0\", \"1\", \"10\"]",
        "{\"bytes\": [0, 0, 0, 0, 2, 8, 1]}",
        "0, 0, 0, 0, 2, 8, 1\n",
        "10 13 72 101 108\n",
        "a,b,c,d\n0,0,0,10\n",
        "See [10] and [13, 14], also {2}.\n",
        "[INFO] 0 0 0 10\n",
        "package main\n\nimport \"fmt\"\n\nvar b = []byte{1, 2}\n",
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html></html>\r\n",
        "name,age\nAda,36\n",
        "# A comment alone\n",
        "10.0.0.1 - - [22/Nov/2026:13:26:38 +0000] \"GET / HTTP/1.1\" 200 12\n",
        "/hello.Greeter/SayHello",
        "CLIENT_RANDOM c4eb7ba5006e7c9b 849986d745e8c71d\n",
    ];
    for text in none {
        assert_eq!(recognise(text.as_bytes(), true), None, "{text}");
    }
    assert_eq!(recognise(&[0x0a, 0x00, 0xff, 0xfe], true), None);
    assert_eq!(recognise(BYTES, true), None);
}

#[test]
fn the_start_of_a_longer_text_is_enough() {
    let follow = fixture("follow.hexdump.txt");
    for length in 700..1500 {
        let dress = recognise(&follow[..length], false);
        assert_eq!(dress, Some(Dress::Dump { indented: true }), "{length}");
    }
    let hex = "00000000070a05".repeat(1000);
    for length in 64..100 {
        let dress = recognise(&hex.as_bytes()[..length], false);
        assert_eq!(dress, Some(Dress::Hex { indented: false }), "{length}");
    }
    let quoted = format!("\"{}\"", "\\x00\\a".repeat(1000));
    for length in 64..100 {
        let dress = recognise(&quoted.as_bytes()[..length], false);
        assert_eq!(dress, Some(Dress::Quoted), "{length}");
    }
    let base64 = "AAAAAAcK".repeat(1000);
    assert_eq!(
        recognise(&base64.as_bytes()[..101], false),
        Some(Dress::Base64)
    );
}

#[test]
fn a_long_line_is_read_in_pieces() {
    let digits = "0a0b".repeat(5000);
    let whole = read_as(Dress::Hex { indented: false }, digits.as_bytes(), 77);
    assert_eq!(whole.bytes[0].len(), 10_000);
    assert_eq!(whole.misfits, None);
    assert_eq!(whole.places[..2], [(1, 0), (1, 4096)]);
    let escapes = format!("\"{}\"", "\\x00\\377\\u00e9".repeat(1000));
    let whole = read_as(Dress::Quoted, escapes.as_bytes(), 1);
    assert_eq!(whole.bytes[0], b"\0\xff\xc3\xa9".repeat(1000));
    let row = format!("0000: {}", "00 ".repeat(5000));
    let misfits = read_as(Dress::Dump { indented: false }, row.as_bytes(), 99).misfits;
    assert_eq!(misfits.unwrap().lines, 1);
}

/// A generator of numbers (xorshift64), so that a failure can be made again.
fn next(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed as usize
}

#[test]
fn prefixes_and_mutations_are_read_alike_in_every_portioning() {
    let mut texts: Vec<Vec<u8>> = DUMPS
        .iter()
        .map(|(_, text)| text.as_bytes().to_vec())
        .collect();
    texts.extend(OTHERS.iter().map(|(_, text)| text.as_bytes().to_vec()));
    texts.push(fixture("follow.raw.txt")[..1200].to_vec());
    let dresses = [
        Dress::Hex { indented: true },
        Dress::Dump { indented: true },
        Dress::Arrays,
        Dress::Decimal,
        Dress::Quoted,
        Dress::Base64,
    ];
    let mut seed = 0x5eed;
    for text in &texts {
        for end in (0..=text.len()).step_by(3) {
            let _ = recognise(&text[..end], end % 2 == 0);
        }
        for _ in 0..40 {
            let mut mutated = text.clone();
            for _ in 0..=next(&mut seed) % 4 {
                let at = next(&mut seed) % mutated.len();
                mutated[at] = b"\n*\\\"'{}[]0x: |=<>#\0\xff"[next(&mut seed) % 20];
            }
            let _ = recognise(&mutated, true);
            for dress in dresses {
                assert_eq!(read_as(dress, &mutated, 1), read_as(dress, &mutated, 53));
            }
        }
    }
}
