//! Real logs read back, and lines as the sources of their writers have them.

mod curl;
mod go;
mod netty;
mod nghttp;
mod others;

use std::fmt::Write as _;

use super::*;
use crate::capture::fixtures::fixture;
use crate::http::part::Within;
use crate::wire::{Payload, frame::Frame};

/// What a log is read as, a line for each thing: connection, time in milliseconds, line number, and what it is.
fn read_as(grammar: Grammar, log: &[u8], portion: usize) -> (Vec<String>, Option<Lost>) {
    let mut reader = Reader::new(grammar);
    let mut shown = Vec::new();
    let mut out = |logged: Logged<'_>| shown.push(show(&logged));
    for part in log.chunks(portion) {
        reader.feed(part, &mut out);
    }
    reader.finish(&mut out);
    (shown, reader.lost())
}

/// Reads a log as what it is recognised as, in one portion and byte by byte.
fn read(log: &[u8]) -> (Vec<String>, Option<Lost>) {
    let grammar = recognise(log).expect("a log");
    let whole = read_as(grammar, log, usize::MAX);
    assert_eq!(whole, read_as(grammar, log, 1));
    whole
}

/// What a log that loses nothing is read as, without what `show` puts before the first comma.
fn told(log: &str) -> Vec<String> {
    let (shown, lost) = read(log.as_bytes());
    assert_eq!(lost, None);
    shown
        .iter()
        .map(|line| line.split_once(", ").unwrap().1.to_owned())
        .collect()
}

fn show(logged: &Logged<'_>) -> String {
    let Within::Line(line) = logged.place.within else {
        unreachable!("logs have lines")
    };
    let mut text = format!("{}@", logged.connection);
    if let Some(at) = logged.at {
        write!(text, "{}", at.as_millis()).unwrap();
    }
    write!(text, "#{line}, ").unwrap();
    let arrow = |direction| match direction {
        Direction::Sent => "> ",
        Direction::Received => "< ",
    };
    let list = |fields: &HeaderBlock| {
        let field = |field: crate::wire::Field<'_>| {
            assert_eq!(field.representation, crate::wire::Representation::Unseen);
            let part = |part: &[u8]| part.escape_ascii().to_string();
            format!(" {}={}", part(field.name), part(field.value))
        };
        fields.iter().map(field).collect::<String>()
    };
    text += &match &logged.what {
        What::Frame(frame) => {
            let LoggedFrame {
                direction,
                header,
                payload,
                ..
            } = frame;
            let mut text = arrow(*direction).to_owned();
            write!(text, "{:?}", header.kind.0).unwrap();
            if let Some(name) = header.kind.name() {
                text = arrow(*direction).to_owned() + name;
            }
            for flag in header.flag_names() {
                write!(text, " {flag}").unwrap();
            }
            write!(text, " s{} ", header.stream).unwrap();
            text += &if frame.length_known {
                header.length.to_string()
            } else {
                "?".to_owned()
            };
            if !payload.is_empty() {
                text += &view(*header, payload);
            }
            match &frame.fields {
                Some(fields) => text += &format!(" [{}]", list(fields).trim_start()),
                None if header.kind == crate::wire::FrameType::HEADERS => text += " not shown",
                None => {}
            }
            let known = frame.fields.as_ref().is_none_or(HeaderBlock::is_known);
            assert!(known || frame.incomplete);
            text += if frame.guessed { " guessed" } else { "" };
            text + if frame.incomplete { " incomplete" } else { "" }
        }
        What::Head {
            direction,
            version,
            fields,
            incomplete,
        } => {
            assert_eq!(fields.is_known(), !incomplete);
            let end = if *incomplete { " incomplete" } else { "" };
            format!("{}{version}{}{end}", arrow(*direction), list(fields))
        }
        What::Body {
            direction,
            bytes,
            length,
        } => {
            let bytes = bytes.map_or("not shown".into(), |b| b.escape_ascii().to_string());
            format!("{}body {length} {bytes}", arrow(*direction))
        }
        What::Trailers {
            direction,
            fields,
            incomplete,
        } => {
            assert_eq!(fields.is_known(), !incomplete);
            let end = if *incomplete { " incomplete" } else { "" };
            format!("{}trailers{}{end}", arrow(*direction), list(fields))
        }
        What::End { direction } => format!("{}end", arrow(*direction)),
        What::Said(text) => format!("said {text}"),
    };
    text
}

/// A payload as the wire has it, taken apart by the decoder of frames.
fn view(header: FrameHeader, payload: &[u8]) -> String {
    let frame = Frame { header, payload };
    match frame.view() {
        Payload::Data { data, padding } => {
            let padding = padding.map_or(String::new(), |pad| format!(" pad {pad}"));
            format!(" \"{}\"{padding}", data.escape_ascii())
        }
        Payload::Settings(_) => frame
            .view()
            .settings()
            .map(|setting| format!(" {}={}", setting.id, setting.value))
            .collect(),
        Payload::Goaway {
            last_stream,
            code,
            debug,
        } => format!(" last {last_stream} {code} \"{}\"", debug.escape_ascii()),
        Payload::RstStream(code) => format!(" {code}"),
        Payload::WindowUpdate(increment) => format!(" +{increment}"),
        Payload::Ping(opaque) => format!(" {}", hex::encode(opaque)),
        other => format!(" {other:?}"),
    }
}

#[test]
fn other_texts_are_no_logs() {
    let none = [
        "",
        "Hello, world.\n",
        "{\"log\": {\"version\": \"1.2\"}}",
        "http2: is a protocol\n",
        "INBOUND and OUTBOUND: traffic\n",
        "> quoted text\n< less\n* a list\n",
        "the frame <length=3> of a picture\n",
        "00000000: 0000 0000 070a 0548 656c 6c6f 2077 6f72  .......Hello wor\n",
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    ];
    for text in none {
        assert_eq!(recognise(text.as_bytes()), None, "{text}");
    }
}

/// A generator of numbers (xorshift64), so that a failure can be made again.
fn next(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed as usize
}

#[test]
fn a_list_that_the_end_of_the_log_cuts_is_incomplete() {
    // The line of the log that is the last one left, and how the last list then reads.
    for (name, lines, shown) in [
        ("http2debug_ok.log", 7, "19 not shown incomplete"),
        ("http2debug_ok.log", 8, "19 [:status=200] incomplete"),
        ("nghttpd_v.log", 32, "96 [] incomplete"),
        (
            "nghttpd_v.log",
            34,
            "96 [:status=200 server=nghttpd nghttp2/1.52.0] incomplete",
        ),
        ("curl_v.log", 14, "te=trailers content-length=12"),
        (
            "curl_v.log",
            24,
            "< HTTP/2 :status=200 content-type=application/grpc incomplete",
        ),
        ("curl_v.log", 28, "< trailers grpc-status=0 incomplete"),
        ("curl_trace_ok.log", 28, "< HTTP/2 :status=200 incomplete"),
        (
            "curl_traceascii_ok.log",
            28,
            "< HTTP/2 :status=200 content-type=application/grpc incomplete",
        ),
        (
            "curl_traceascii_ok.log",
            34,
            "< trailers grpc-status=0 incomplete",
        ),
    ] {
        let log = fixture(name);
        let kept: Vec<u8> = log
            .split_inclusive(|b| *b == b'\n')
            .take(lines)
            .flatten()
            .copied()
            .collect();
        let (told, _) = read(&kept);
        let last = told.last().unwrap();
        assert!(last.ends_with(shown), "{name}, {lines}: {last}");
    }
}

#[test]
fn wherever_a_log_is_cut_no_list_is_taken_for_whole_that_is_not() {
    for name in [
        "curl_trace_ok.log",
        "curl_traceascii_ok.log",
        "curl_v.log",
        "http2debug_ok.log",
        "nghttpd_v.log",
    ] {
        let log = fixture(name);
        let told = |line: &String| line.split_once(", ").unwrap().1.to_owned();
        let whole: Vec<_> = read(&log).0.iter().map(told).collect();
        let mut incomplete = 0;
        for end in 0..log.len() {
            let Some(grammar) = recognise(&log[..end]) else {
                continue;
            };
            for line in read_as(grammar, &log[..end], usize::MAX).0.iter().map(told) {
                let list = !line.contains(" not shown")
                    && (line.contains(" HTTP/2")
                        || line.contains("trailers ")
                        || line.contains(" HEADERS "));
                let cut = line.strip_suffix(" incomplete");
                incomplete += usize::from(cut.is_some());
                // What is there of the list is how the whole one begins, with no value that is a part of one.
                let begins = |whole: &String| {
                    let line = cut.unwrap_or_default();
                    let line = line.strip_suffix(']').unwrap_or(line);
                    let rest = whole.strip_prefix(line);
                    rest.is_some_and(|rest| {
                        rest.is_empty() || line.ends_with('[') || rest.starts_with([' ', ']'])
                    })
                };
                let shown = cut.is_some() && whole.iter().any(begins);
                assert!(
                    !list || shown || whole.contains(&line),
                    "{name}, {end}: {line}"
                );
            }
        }
        assert!(incomplete > 20, "{name}: {incomplete}");
    }
}

#[test]
fn colours_and_carriage_returns_change_nothing() {
    let mut logs: Vec<Vec<u8>> = [
        "http2debug_ok.log",
        "http2debug_noprefix.log",
        "curl_trace_ok.log",
        "curl_traceascii_ok.log",
        "curl_v.log",
    ]
    .map(fixture)
    .to_vec();
    logs.extend([netty::NETTY, netty::OKHTTP].map(|log| log.as_bytes().to_vec()));
    for log in logs {
        let log = String::from_utf8(log).unwrap();
        let plain = told(&log);
        let dressed = |start: &str, end: &str| {
            let lines = log.lines().map(|line| format!("{start}{line}{end}"));
            told(&lines.collect::<String>())
        };
        assert_eq!(dressed("", "\r\n"), plain);
        assert_eq!(dressed("\x1b[32m", "\x1b[0m\r\n"), plain);
        assert_eq!(dressed("\x1b[1;38;5;208m\x1b[K", "\r\x1b[m\x1b[K\n"), plain);
    }
}

/// A log of each kind.
fn logs() -> Vec<Vec<u8>> {
    let mut logs: Vec<Vec<u8>> = [
        "http2debug_ok.log",
        "http2debug_noprefix.log",
        "nghttp_v_ok.log",
        "nghttp_v_color.log",
        "nghttp_nv_noprefix.log",
        "nghttpd_v.log",
        "curl_trace_ok.log",
        "curl_trace_noprefix.log",
        "curl_traceascii_ok.log",
        "curl_v.log",
    ]
    .map(fixture)
    .to_vec();
    logs.extend([go::LINES, netty::NETTY, netty::OKHTTP].map(|log| log.as_bytes().to_vec()));
    logs
}

#[test]
fn what_gathers_logs_may_put_something_before_each_line() {
    let prefixes: [fn(usize) -> String; 5] = [
        |_| "web-1  | ".to_owned(),
        |line| format!("2026-01-02T03:04:05.{:09}Z ", line * 7),
        |line| format!("2026-01-02T03:04:05.{}Z [pod/web-7d/app] ", line * 7),
        |line| format!("Jan {:2} 03:04:05 host nghttp[123]: ", 9 + line / 9),
        |line| format!("app-{}[web]: 03:04:05.{line:03} \t", line % 10),
    ];
    for log in logs() {
        let plain = read(&log);
        let rest = |(shown, lost): &(Vec<String>, Option<Lost>)| {
            let shown = shown.iter().map(|line| line.split_once(", ").unwrap().1);
            let shown = shown.map(|line| line.split(" said ").next().unwrap().to_owned());
            let whose = shown.filter(|line| !line.starts_with("said "));
            (whose.collect::<Vec<_>>(), lost.map(|lost| lost.lines))
        };
        for prefix in prefixes {
            for end in [&b"\n"[..], b"\r\n"] {
                let mut dressed = Vec::new();
                for (number, line) in log.split(|b| *b == b'\n').enumerate() {
                    let prefix = prefix(number);
                    let line = [prefix.as_bytes(), line].concat();
                    // An editor may take the blanks at the ends of lines.
                    let line = if line.len() == prefix.len() {
                        line.trim_ascii_end()
                    } else {
                        &line
                    };
                    dressed.extend([line, end].concat());
                }
                let text = String::from_utf8_lossy(&dressed);
                assert_eq!(rest(&read(&dressed)), rest(&plain), "{text}");
            }
        }
    }
}

#[test]
fn prefixes_and_mutations_are_read_alike_in_every_portioning() {
    let mut logs: Vec<Vec<u8>> = [
        "http2debug_ok.log",
        "nghttp_v_ok.log",
        "nghttp_v_color.log",
        "nghttpd_v.log",
        "curl_trace_ok.log",
        "curl_traceascii_ok.log",
        "curl_v.log",
    ]
    .map(fixture)
    .to_vec();
    logs.extend([go::LINES, netty::NETTY, netty::OKHTTP].map(|log| log.as_bytes().to_vec()));
    let grammars = [
        Grammar::GoHttp2Debug,
        Grammar::Curl,
        Grammar::Nghttp,
        Grammar::Netty,
    ];
    let mut seed = 0x10c;
    for log in &logs {
        let own = recognise(log).unwrap();
        for end in (0..log.len()).step_by(7) {
            read_as(own, &log[..end], usize::MAX);
        }
        for round in 0..40 {
            let mut mutated = log.clone();
            for _ in 0..=next(&mut seed) % 6 {
                let at = next(&mut seed) % mutated.len();
                mutated[at] = b"\n =:[]{}()<>\"\\0189af,\x1b\0\xff"[next(&mut seed) % 24];
            }
            let _ = recognise(&mutated);
            let other = grammars[round % grammars.len()];
            read_as(other, &mutated, usize::MAX);
            assert_eq!(read_as(own, &mutated, 1), read_as(own, &mutated, 61));
        }
    }
}
