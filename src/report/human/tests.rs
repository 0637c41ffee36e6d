//! Whole reports, compared with what is committed in `fixtures/report/`; `BLESS=1` rewrites them.

use crate::report::samples::{self, Sample};
use crate::report::{Options, wrap};
use crate::wire::Direction::Received;

fn samples() -> [(&'static str, Sample); 7] {
    [
        ("bare", samples::bare()),
        ("good", samples::good()),
        ("hostile", samples::hostile()),
        ("http1", samples::http1()),
        ("flood", samples::flood()),
        ("certificate", samples::certificate()),
        ("base64", samples::base64()),
    ]
}

#[test]
fn reports_are_as_committed() {
    // What the rules and the clients say of "base64" is their matter.
    let own = samples().into_iter().filter(|(name, _)| *name != "base64");
    for (name, sample) in own {
        samples::compare(
            &format!("fixtures/report/{name}.txt"),
            &sample.human(&Options::default()),
        );
    }
    let bare = samples::bare();
    let verbose = Options {
        verbose: true,
        hex: 8,
        ..Options::default()
    };
    samples::compare("fixtures/report/bare.verbose.txt", &bare.human(&verbose));
    let color = Options {
        color: true,
        ..Options::default()
    };
    // Made visible, so that the file can be read.
    samples::compare(
        "fixtures/report/bare.color.txt",
        &bare.human(&color).replace('\x1b', "\u{241b}"),
    );
}

#[test]
fn no_line_but_the_last_is_wider_than_asked() {
    for width in [60, 80, 120] {
        for (name, sample) in samples() {
            let text = sample.human(&Options {
                width,
                ..Options::default()
            });
            let lines: Vec<&str> = text.lines().collect();
            for line in &lines[..lines.len() - 1] {
                assert!(wrap::columns(line) <= width, "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn nothing_of_the_wire_reaches_a_terminal() {
    for verbose in [false, true] {
        for (name, sample) in samples() {
            let text = sample.human(&Options {
                verbose,
                ..Options::default()
            });
            for line in text.lines() {
                assert!(!line.chars().any(char::is_control), "{name}: {line}");
                assert!(!line.trim_start().starts_with("::"), "{name}: {line}");
                assert!(!line.contains("##["), "{name}: {line}");
                assert!(!line.contains('\u{202e}'), "{name}: {line}");
            }
            assert!(!text.contains("0123456789abcdef"), "{name}");
            assert!(!text.contains("eyJhbGciOiJIUzI1NiJ9"), "{name}");
        }
    }
}

#[test]
fn secrets_are_shown_where_they_are_asked_for() {
    let text = samples::hostile().human(&Options {
        show_secrets: true,
        ..Options::default()
    });
    assert!(
        text.contains("Bearer eyJhbGciOiJIUzI1NiJ9.e30") && text.contains("sid=0123456789abcdef")
    );
    assert!(!text.contains("redacted"));
}

#[test]
fn colour_adds_nothing_but_colour() {
    for (_, sample) in samples() {
        let plain = sample.human(&Options::default());
        let mut painted = sample.human(&Options {
            color: true,
            ..Options::default()
        });
        while let Some(start) = painted.find("\x1b[") {
            let end = painted[start..]
                .find('m')
                .map_or(painted.len(), |end| start + end + 1);
            painted.replace_range(start..end, "");
        }
        let painted: Vec<&str> = painted.lines().map(str::trim_end).collect();
        assert_eq!(painted, plain.lines().collect::<Vec<_>>());
    }
}

#[test]
fn quiet_is_the_sentence_alone() {
    let text = samples::good().human(&Options {
        quiet: true,
        ..Options::default()
    });
    assert_eq!(
        text,
        "https://api.example.com/Prod/hello.HelloService/Hello: api.example.com answers /Prod/hello.HelloService/Hello with OK\n"
    );
}

#[test]
fn a_page_as_narrow_as_can_be_does_not_fail() {
    for (_, sample) in samples() {
        for (width, hex) in [(0, 0), (1, 1), (20, 3)] {
            assert!(
                !sample
                    .human(&Options {
                        width,
                        hex,
                        ..Options::default()
                    })
                    .is_empty()
            );
        }
    }
}

/// A call refused with secrets in its message, many fields, and GOAWAY.
fn talkative() -> Sample {
    let mut script = samples::Script::request(&[], b"");
    let mut fields: Vec<(&str, &[u8])> = vec![
        (":status", b"200"),
        ("grpc-status", b"16"),
        ("grpc-message", b"bad token: Bearer s3cr3t-one"),
        ("x-echo", b"authorization=Bearer s3cr3t-two"),
        ("link", b"https://u:s3cr3t-three@h/"),
    ];
    fields.extend([("x-many", &b"v"[..]); 120]);
    script.frame(Received, 1, 0x5, 1, &samples::block(&fields));
    let debug = b"\0\0\0\x01\0\0\0\0authorization: Bearer s3cr3t-four";
    script.frame(Received, 7, 0, 0, debug);
    script.frame(
        Received,
        0xfa,
        0,
        0,
        &[b"token=s3cr3t-five ", &[b'y'; 900][..]].concat(),
    );
    let (mut connection, call) = script.finish(crate::http::Closing::Peer);
    connection.witness = Some(crate::http::Witness {
        words: format!(
            "b\"authorization: Bearer s3cr3t-four\" {}",
            "w".repeat(3_000)
        ),
        refused: false,
    });
    let case = crate::diagnosis::Case::new(&connection, &call, None);
    let diagnosis = crate::rules::diagnose(&case);
    Sample {
        diagnosis,
        clients: Vec::new(),
        notes: Vec::new(),
        connection,
        call,
    }
}

#[test]
fn secrets_in_words_of_the_peer_stay_out_of_every_form() {
    let sample = talkative();
    for (verbose, quiet) in [(false, false), (true, false), (false, true)] {
        let text = sample.human(&Options {
            verbose,
            quiet,
            hex: 4_096,
            ..Options::default()
        });
        assert!(!text.contains("s3cr3t"), "{text}");
    }
    let document = sample.json(&Options::default()).to_string();
    assert!(!document.contains("s3cr3t"), "{document}");
    assert!(!document.contains("733363723374"), "{document}");
    let shown = sample.human(&Options {
        show_secrets: true,
        ..Options::default()
    });
    assert!(shown.contains("s3cr3t-four"), "{shown}");
}

#[test]
fn long_blocks_and_texts_are_folded() {
    let sample = talkative();
    let text = sample.human(&Options::default());
    assert!(text.contains("\u{2026} 25 more fields"), "{text}");
    assert!(text.contains("more bytes"), "{text}");
    let verbose = sample.human(&Options {
        verbose: true,
        ..Options::default()
    });
    assert!(!verbose.contains("more fields"), "{verbose}");
    assert!(verbose.len() > text.len() + 2_000);
}

#[test]
fn dumps_have_a_limit_together() {
    let mut script = samples::Script::request(&[], b"");
    for _ in 0..100 {
        script.frame(Received, 0xfa, 0, 0, &[7; 4_096]);
    }
    let (connection, call) = script.finish(crate::http::Closing::GaveUp);
    let sample = Sample {
        connection,
        call,
        ..samples::good()
    };
    let options = Options {
        verbose: true,
        hex: 4_096,
        ..Options::default()
    };
    let text = sample.human(&options);
    assert!(
        text.contains("\u{2026} 36 more frames not dumped"),
        "{}",
        text.len()
    );
    assert!(text.len() < 2 * 1024 * 1024);
}
