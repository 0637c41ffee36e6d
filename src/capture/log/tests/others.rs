//! Lines of other logs, and of other writers, among those of a log.

use super::*;

/// How many lines, and the first: those of other logs by whose they are, then those of other writers.
type Found = (Vec<(Grammar, u64, Within)>, Option<(u64, Within)>);

/// The lines of other logs in a log, and those of other writers.
fn others(log: &[u8], grammar: Grammar) -> Found {
    let mut reader = Reader::new(grammar);
    reader.feed(log, &mut |_| {});
    reader.finish(&mut |_| {});
    let others = reader.others().iter();
    let others = others.map(|(whose, lost)| (*whose, lost.lines, lost.first.within));
    let strangers = reader.strangers();
    let strangers = strangers.map(|lost| (lost.lines, lost.first.within));
    (others.collect(), strangers)
}

const NONE: Found = (Vec::new(), None);

#[test]
fn lines_of_another_log_are_counted() {
    for log in logs() {
        assert_eq!(others(&log, recognise(&log).unwrap()), NONE);
    }
    let [go, nghttp, curl] =
        ["http2debug_ok.log", "nghttp_v_ok.log", "curl_trace_ok.log"].map(fixture);
    let lines = |log: &[u8]| log.iter().filter(|b| **b == b'\n').count() as u64;
    let mixed = [&go[..], &nghttp, &curl].concat();
    let (found, _) = others(&mixed, Grammar::GoHttp2Debug);
    let after_go = lines(&go);
    assert_eq!(found[0], (Grammar::Nghttp, 14, Within::Line(after_go + 2)));
    let (whose, count, first) = found[1];
    assert_eq!((whose, count > 5), (Grammar::Curl, true));
    assert_eq!(first, Within::Line(after_go + lines(&nghttp) + 1));
    let (found, _) = others(&mixed, Grammar::Nghttp);
    assert_eq!(
        (found[0].0, found[0].2),
        (Grammar::GoHttp2Debug, Within::Line(1))
    );
    assert_eq!(read_as(Grammar::Nghttp, &mixed, usize::MAX).0.len(), 15);
}

#[test]
fn lines_of_another_log_are_no_part_of_the_bytes_around_them() {
    let go = "2026/11/22 13:26:38 http2: Framer 0xc0: wrote SETTINGS len=0\n";
    let log = format!(
        "[  0.001] recv SETTINGS frame <length=0, flags=0x00, stream_id=0>\nabc\n{go}def\n\
         [  0.002] recv DATA frame <length=8, flags=0x00, stream_id=1>\n"
    );
    assert_eq!(told(&log)[1], r#"< DATA s1 8 "abc\ndef\n""#);
    let found = vec![(Grammar::GoHttp2Debug, 1, Within::Line(3))];
    assert_eq!(others(log.as_bytes(), Grammar::Nghttp), (found, None));

    let curl = fixture("curl_trace_ok.log");
    let curl = String::from_utf8(curl).unwrap();
    let mut mixed = String::new();
    for line in curl.lines() {
        mixed += &format!("{line}\n");
        if line.starts_with("0000: ") {
            mixed += go;
        }
    }
    let count = curl
        .lines()
        .filter(|line| line.starts_with("0000: "))
        .count();
    let rest = |log: &str| {
        let (shown, lost) = read_as(Grammar::Curl, log.as_bytes(), usize::MAX);
        let shown = shown
            .iter()
            .map(|line| line.split_once(", ").unwrap().1.to_owned());
        (shown.collect::<Vec<_>>(), lost)
    };
    assert_eq!(rest(&mixed), rest(&curl));
    let (found, _) = others(mixed.as_bytes(), Grammar::Curl);
    assert_eq!(
        (found[0].0, found[0].1),
        (Grammar::GoHttp2Debug, count as u64)
    );
}

#[test]
fn a_body_may_have_lines_like_those_of_another_log() {
    let log = "\
[  0.001] recv SETTINGS frame <length=0, flags=0x00, stream_id=0>
> GET / HTTP/1.1
2026/11/22 13:26:38 http2: Framer 0xc0: wrote SETTINGS len=0
[  0.002] recv DATA frame <length=78, flags=0x00, stream_id=1>
";
    assert!(
        told(log)[1].contains("> GET / HTTP/1.1\\n2026/11/22"),
        "{:?}",
        told(log)
    );
    assert_eq!(others(log.as_bytes(), Grammar::Nghttp), NONE);
    let log = "\
=> Send data, 28 bytes (0x1c)
0000: http2: Framer 0xc0: OUTBOUND DATA: a
";
    assert_eq!(others(log.as_bytes(), Grammar::Curl), NONE);
    let log = "\
2026/11/22 13:26:38 http2: decoded hpack field header field \"a\" = \"OUTBOUND DATA: b\"
";
    assert_eq!(others(log.as_bytes(), Grammar::GoHttp2Debug), NONE);
}

#[test]
fn lines_of_another_writer_are_no_part_of_the_log() {
    for name in [
        "nghttp_v_ok.log",
        "nghttpd_v.log",
        "curl_trace_ok.log",
        "curl_v.log",
    ] {
        let log = fixture(name);
        let (mut dressed, mut mixed) = (Vec::new(), Vec::new());
        let mut count = 0;
        for (number, line) in log.split(|b| *b == b'\n').enumerate() {
            let line = [b"web  | ", line, b"\n"].concat();
            dressed.extend_from_slice(&line);
            mixed.extend(line);
            // The first line that is the log's own tells what stands before the others.
            if number > 2 {
                mixed.extend(b"api  | hello there\n");
                mixed.extend(
                    b"api  | [  0.012] send PING frame <length=8, flags=0x00, stream_id=0>\n",
                );
                count += 2;
            }
        }
        let rest = |log: &[u8]| {
            let (shown, lost) = read(log);
            let shown = shown
                .iter()
                .map(|line| line.split_once(", ").unwrap().1.to_owned());
            (shown.collect::<Vec<_>>(), lost.map(|lost| lost.lines))
        };
        assert_eq!(rest(&mixed), rest(&dressed), "{name}");
        let (found, strangers) = others(&mixed, recognise(&log).unwrap());
        assert_eq!((found, strangers.unwrap().0), (vec![], count), "{name}");
    }
}

#[test]
fn what_stands_before_the_first_line_alone_stands_before_no_other() {
    let log = fixture("nghttp_v_ok.log");
    let dressed = [b"started: [  0.000] Connected\n", &log[..]].concat();
    let (shown, _) = read(&dressed);
    assert_eq!(shown.len(), read(&log).0.len());
    assert_eq!(others(&dressed, Grammar::Nghttp), NONE);
}

#[test]
fn a_long_line_of_another_writer_is_one() {
    let log = "web | [  0.000] send SETTINGS frame <length=0, flags=0x00, stream_id=0>\n";
    let long = format!("{log}api | {}\n{log}", "a".repeat(3 << 20));
    assert_eq!(
        read_as(Grammar::Nghttp, long.as_bytes(), usize::MAX)
            .0
            .len(),
        2
    );
    let strangers = Some((1, Within::Line(2)));
    assert_eq!(
        others(long.as_bytes(), Grammar::Nghttp),
        (vec![], strangers)
    );
}
