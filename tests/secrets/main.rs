//! Secrets that a server sends back are in no output: not eight bytes of one, as text, hexadecimal digits or base64.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests speak over real sockets and write real files, and a fault in their own doing ends them"
)]

#[path = "../support/mod.rs"]
mod support;

mod echo;
mod leak;
mod sources;
mod targets;

use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use echo::Echo;
use leak::Leaks;
use support::command::{code, probe, stderr, stdout};
use support::frames::{self, Block};
use support::script::Script;
use support::server::Server;

/// The arguments of each way to look at calls.
const CALL: [&[&str]; 6] = [
    &[],
    &["--format=json"],
    &["-v", "--color=always"],
    &["--hex=4096", "-v"],
    &["--format=json", "--hex=4096"],
    &["-q"],
];
const DECODE: [&[&str]; 6] = [
    &[],
    &["-v", "--color=always"],
    &["--hex=4096", "-v"],
    &["--format=json", "--hex=4096"],
    &["--format=json", "--path=*"],
    &["--summary"],
];
const CHECK: [&[&str]; 4] = [&[], &["-v", "--color=always"], &["--format=json"], &["-q"]];

fn start(script: &str) -> Server {
    Server::start(&Script::parse(script).unwrap_or_else(|error| panic!("{error}\n{script}")))
}

/// Runs `one` for each item, several at a time: most of the time is that of processes.
fn each<T: Sync>(items: &[T], one: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(item);
                }
            });
        }
    });
}

fn run(arguments: &[&[&str]]) -> Output {
    probe().args(arguments.concat()).output().unwrap()
}

/// Everything that an output says.
fn said(output: &Output) -> String {
    format!("{}{}", stdout(output), stderr(output))
}

/// Checks what `call` says of a call to each server with these arguments, and `decode` of all of them.
fn call_and_decode(servers: &[Server], arguments: &[String], leaks: &Leaks, what: &str) {
    let directory = tempfile::tempdir().unwrap();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let numbered: Vec<(usize, &Server)> = servers.iter().enumerate().collect();
    let capture = |number: usize| {
        let path = directory.path().join(format!("{number}.pcapng"));
        path.to_str().unwrap().to_owned()
    };
    each(&numbered, |(number, server)| {
        for (index, look) in CALL.iter().enumerate() {
            let pcapng = format!("--pcapng={}", capture(*number));
            let pcapng: &[&str] = if index == 0 { &[&pcapng] } else { &[] };
            let output = run(&[&["call", &server.url], look, pcapng, &arguments]);
            let what = format!("call {look:?}: {what}, {number}");
            assert_ne!(code(&output), 2, "{what}: {}", stderr(&output));
            leaks.assert_none(&said(&output), &what);
        }
    });
    // The names that the user gave to `call` are given again: the capture does not have them.
    let named = arguments.windows(2).filter(|pair| pair[0] == "--secret");
    let named: Vec<&str> = named.flatten().copied().collect();
    let captures: Vec<String> = (0..servers.len()).map(capture).collect();
    let captures: Vec<&str> = captures.iter().map(String::as_str).collect();
    each(&DECODE, |look| {
        let output = run(&[&["decode"], &captures, look, &named]);
        let what = format!("decode {look:?}: {what}");
        assert_ne!(code(&output), 2, "{what}: {}", stderr(&output));
        leaks.assert_none(&said(&output), &what);
    });
}

/// Checks what `check` says of these servers in every format.
fn check(servers: &[Server], arguments: &[String], leaks: &Leaks, what: &str) {
    let urls: Vec<&str> = servers.iter().map(|server| &*server.url).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    for look in CHECK {
        let directory = tempfile::tempdir().unwrap();
        let (files, reports) = reports(directory.path());
        let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
        let output = run(&[&["check"], &urls, look, &reports, &arguments]);
        assert_ne!(code(&output), 2, "{what} {look:?}: {}", stderr(&output));
        leaks.assert_none(&said(&output), &format!("check {look:?}: {what}"));
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            leaks.assert_none(&text, &format!("check {file}: {what}"));
        }
    }
}

/// A file for each report of `check`, and the options that write them.
fn reports(directory: &Path) -> (Vec<String>, Vec<String>) {
    let kinds = ["junit", "json", "markdown", "prometheus", "github"];
    let files = kinds.map(|kind| directory.join(kind).to_str().unwrap().to_owned());
    let options = kinds.iter().zip(&files);
    let options = options.map(|(kind, file)| format!("--report={kind}={file}"));
    (files.to_vec(), options.collect())
}

#[test]
fn values_of_every_name_of_the_table() {
    let (arguments, secrets) = sources::headers();
    let leaks = Leaks::of(&secrets);
    each(&Echo::ALL, |echo| {
        let server = start(&echo.script(&secrets));
        let servers = [server];
        call_and_decode(&servers, &arguments, &leaks, &format!("{echo:?}"));
        check(&servers, &arguments, &leaks, &format!("{echo:?}"));
    });
}

#[test]
fn names_of_the_user_and_files_of_fields() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fields");
    let file = "kept in a file: pA55-phrase_0123".to_owned();
    std::fs::write(&path, format!("te: trailers\n\nx-kept: {file}\n")).unwrap();
    let named = "tenant-0c5e9d1b77f24c".to_owned();
    let secrets = [named.clone(), file];
    let arguments = [
        "--secret".to_owned(),
        "X-Tenant".to_owned(),
        "-H".to_owned(),
        format!("x-tenant: {named}"),
        "-H".to_owned(),
        format!("@{}", path.display()),
    ];
    each(&Echo::ALL, |echo| {
        let server = start(&echo.script(&secrets));
        let servers = [server];
        let what = format!("{echo:?}");
        // The capture does not say which fields came from a file.
        call_and_decode(&servers, &arguments, &Leaks::of(&secrets[..1]), &what);
        check(&servers, &arguments, &Leaks::of(&secrets), &what);
    });
}

#[test]
fn users_of_urls() {
    let password = "pr0xy-p%40ssw0rd+42".to_owned();
    let secrets = [password.replace("%40", "@"), password.clone()];
    let leaks = Leaks::of(&secrets);
    let proxy = "read connect\nraw \"HTTP/1.1 407 Proxy Authentication Required\\r\\nx-echo: {s}\\r\\n\\r\\nno {s}\"\nclose\n";
    let server = start(&proxy.replace("{s}", &secrets[0]));
    let proxy = format!("http://user-name-7:{password}@{}", server.address);
    for look in CALL {
        let output = run(&[&["call", "http://a.invalid/a.B/C", "--proxy", &proxy], look]);
        assert_eq!(code(&output), 11, "{}", said(&output));
        leaks.assert_none(&said(&output), &format!("{look:?}"));
    }
    for look in CHECK {
        let output = run(&[
            &["check", "http://a.invalid/a.B/C", "--proxy", &proxy],
            look,
        ]);
        assert_eq!(code(&output), 1, "{}", said(&output));
        leaks.assert_none(&said(&output), &format!("{look:?}"));
    }
    for command in ["call", "check"] {
        let url = format!("https://user-name-7:{password}@a.invalid/a.B/C");
        let output = run(&[&[command, &url]]);
        assert_eq!(code(&output), 2);
        leaks.assert_none(&said(&output), command);
    }
}

#[test]
fn bodies_that_are_cut_at_every_length() {
    let secrets =
        ["K3y-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ".to_owned()];
    let arguments = ["-H".to_owned(), format!("x-api-key: {}", secrets[0])];
    let body = format!(
        "{{\"message\": \"the key was {}\", \"ok\": false, \"more\": \"{}\"}}",
        secrets[0],
        "-".repeat(60)
    );
    let servers: Vec<Server> = (1..=128)
        .map(|length| {
            start(&echo::page(
                "application/json",
                &body.as_bytes()[..length],
                1,
            ))
        })
        .collect();
    let leaks = Leaks::of(&secrets);
    call_and_decode(&servers, &arguments, &leaks, "cut bodies");
    check(&servers, &arguments, &leaks, "cut bodies");
}

#[test]
fn bodies_that_are_split_over_frames() {
    let secret = "K3y-0123456789abcdefghijklmnopqrstuvwxyz".to_owned();
    // No field names the second: the body does, in a frame before.
    let named = "n4med-by-the-body-0123456789".to_owned();
    let secrets = [secret.clone(), named.clone()];
    let arguments = ["-H".to_owned(), format!("x-api-key: {secret}")];
    let body = format!("{{\"message\": \"the key was {secret}\", \"access_token\": \"{named}\"}}");
    let servers: Vec<Server> = (20..body.len())
        .map(|at| start(&echo::in_two("application/json", body.as_bytes(), at)))
        .collect();
    let leaks = Leaks::of(&secrets);
    call_and_decode(&servers, &arguments, &leaks, "split bodies");
    check(&servers, &arguments, &leaks, "split bodies");
}

#[test]
fn every_call_of_a_connection() {
    // The server sends back the token of the first call in every reply, though the calls between have others, and it sets
    // many cookies of its own. The last token is in the path.
    let [first, last] = ["first-t0ken-0123456789", "last-t0ken-abcdefghij"];
    let token = |call: u32| match call {
        0 => first.to_owned(),
        101 => last.to_owned(),
        call => format!("0ther-token-{call}"),
    };
    let mut sent = frames::PREFACE.to_vec();
    sent.extend(frames::settings(&[]).bytes());
    let mut received = frames::settings(&[]).bytes();
    for call in 0..102 {
        let token = token(call);
        let stream = 2 * call + 1;
        let request = Block::new()
            .field(":method", "POST")
            .field(
                ":path",
                if call < 101 {
                    "/a.B/C"
                } else {
                    "/a.B/C?token=last-t0ken-abcdefghij"
                },
            )
            .field("content-type", "application/grpc")
            .field("authorization", &format!("Bearer {token}"));
        sent.extend(frames::headers(stream, request.bytes, true).bytes());
        let response = Block::new()
            .field(":status", "500")
            .field("set-cookie", &format!("a=c00kie-of-the-peer-{call}"));
        received.extend(frames::headers(stream, response.bytes, false).bytes());
        let body = format!("{first} {}", if call < 101 { "" } else { last });
        received.extend(frames::data(stream, body, true).bytes());
    }
    received.extend(frames::goaway(203, 0, first.as_bytes()).bytes());
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        format!("--{name}={}", path.display())
    };
    let files = [file("sent", &sent), file("received", &received)];
    let leaks = Leaks::of(&[first.to_owned(), last.to_owned()]);
    let one = ["--format=json", "--stream=3"];
    let looks = DECODE.into_iter().chain([&one[..]]);
    each(&looks.collect::<Vec<_>>(), |look| {
        let output = run(&[&["decode", &files[0], &files[1]], look]);
        assert_eq!(code(&output), 1, "{}", said(&output));
        leaks.assert_none(&said(&output), &format!("decode {look:?}"));
    });
}

#[test]
fn users_of_authorities_and_cookies_of_letters() {
    let secrets = ["us3r-name:pa55-word", "qwrtzplk", "asdf-ghjk.y"].map(str::to_owned);
    let arguments = [
        "--authority",
        "us3r-name:pa55-word@example.org",
        "-H",
        "cookie: theme=dark; sid=qwrtzplk; other=asdf-ghjk.y",
    ]
    .map(str::to_owned);
    let leaks = Leaks::of(&secrets);
    each(&[Echo::Header, Echo::Page, Echo::Message], |echo| {
        let servers = [start(&echo.script(&secrets))];
        call_and_decode(&servers, &arguments, &leaks, &format!("{echo:?}"));
        check(&servers, &arguments, &leaks, &format!("{echo:?}"));
    });
}

#[test]
fn as_many_secrets_as_a_request_has() {
    let secrets: Vec<String> = (0..100)
        .map(|it| format!("{it:04}-v4lue-{it:04}"))
        .collect();
    let mut arguments = Vec::new();
    for (index, secret) in secrets.iter().enumerate() {
        arguments.extend(["-H".to_owned(), format!("x-{index}-key: {secret}")]);
    }
    let servers = [start(&Echo::Json.script(&secrets))];
    let leaks = Leaks::of(&secrets);
    call_and_decode(&servers, &arguments, &leaks, "a hundred");
}

#[test]
fn fields_of_a_message() {
    let secret = "s3cr3t-0123456789abcdef";
    let directory = tempfile::tempdir().unwrap();
    let proto = directory.path().join("t.proto");
    let text = "syntax = \"proto3\"; package hello; service HelloService { rpc Hello(M) returns (M); } \
                message M { bytes session_token = 1; string tenant_id = 2; int64 password = 3; string plain = 4; }";
    std::fs::write(&proto, text).unwrap();
    let message = [
        echo::protobuf(1, secret.as_bytes()),
        echo::protobuf(2, format!("tenant-{secret}").as_bytes()),
        vec![0x18, 0x95, 0x9a, 0xef, 0x3a],
        echo::protobuf(4, format!("it was {secret}").as_bytes()),
    ];
    let server = start(&echo::reply("message", &message.concat()));
    let leaks = Leaks::of(&[secret.to_owned(), "123456789".to_owned()]);
    let proto = format!("--proto={}", proto.display());
    for look in CALL {
        let output = run(&[&["call", &server.url, &proto, "--secret=tenant-id"], look]);
        assert_eq!(code(&output), 0, "{}", said(&output));
        leaks.assert_none(&said(&output), &format!("{look:?}"));
    }
}

#[test]
fn words_of_a_report_are_not_taken_for_cookies() {
    let server = start(
        "settings\nheaders\n  :status: 502\n  content-type: text/html\n  server: nginx\n  set-cookie: a=HTTP 502\n  set-cookie: b=content-type\ndata end_stream \"<h1>Bad Gateway</h1>\"\n",
    );
    let cookies = "cookie: ct=text/html; srv=nginx; st=Gateway; a=grpc; w=HTTP";
    let output = run(&[&["call", &server.url, "-q", "-H", cookies]]);
    assert!(!said(&output).contains("redacted"), "{}", said(&output));
}

#[test]
fn texts_to_explain() {
    let secret = "s3cr3t-0123456789abcdef";
    let texts = [
        format!(
            "rpc error: code = Unknown desc = unexpected HTTP status code received from server: 502; x-functions-key: {secret}"
        ),
        format!(
            "io.grpc.StatusRuntimeException: UNKNOWN: HTTP status code 502\nMetadata(authorization=Bearer {secret},x-jwt={secret})"
        ),
        format!(
            "rpc error: code = Unavailable desc = dial https://user:{secret}@host/a.B/C: connection refused"
        ),
        format!("received message larger than max (1701604463 vs. 4194304) token={secret}"),
        format!("ocp-apim-subscription-key: {secret}"),
        format!("upstream connect error or disconnect/reset before headers. x-tenant: {secret}"),
    ];
    let leaks = Leaks::of(&[secret.to_owned()]);
    for text in &texts {
        for look in [&[][..], &["--format=json"], &["--color=always"]] {
            let output = run(&[&["explain", "--secret=x-tenant", text], look]);
            leaks.assert_none(&said(&output), &format!("{look:?} {text}"));
        }
    }
}

#[test]
fn advice_is_never_redacted() {
    let server = start("settings\nheaders end_stream\n  :status: 401\n");
    for look in CALL {
        let output = run(&[&["call", &server.url], look]);
        assert!(!said(&output).contains("redacted"), "{}", said(&output));
    }
    let output = run(&[&["call", &server.url]]);
    let advice = "-H \"authorization: $TOKEN\"";
    assert!(stdout(&output).contains(advice), "{}", stdout(&output));
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("grpc-probe.toml");
    let target = "[[target]]\nname = \"a\"\nurl = \"https://user:pass@a.invalid/a.B/C\"\n";
    std::fs::write(&config, target).unwrap();
    let output = run(&[&["check", "--config", config.to_str().unwrap()]]);
    assert!(stderr(&output).contains(advice), "{}", stderr(&output));
    assert!(
        !stderr(&output).contains("user:pass"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn short_values_are_hidden_in_their_fields_alone() {
    let body = "{\"message\": \"abc or wxyz\"}";
    let server = start(&echo::page("application/json", body.as_bytes(), 1));
    let fields = ["-H", "x-api-key: abc", "-H", "authorization: wxyz"];
    let output = run(&[&["call", &server.url, "-v"], &fields]);
    let text = stdout(&output);
    assert!(
        text.contains("x-api-key") && !text.contains("wxyz"),
        "{text}"
    );
    assert!(text.contains("\"abc or"), "{text}");
    let note = "x-api-key: a value of 3 bytes is too short to be searched for in bodies";
    assert!(text.contains(note), "{text}");
    let quiet = run(&[&["call", &server.url], &fields]);
    assert!(!stdout(&quiet).contains("too short"), "{}", stdout(&quiet));
}

#[test]
fn secrets_are_shown_if_they_are_asked_for() {
    let secret = "s3cr3t-0123456789abcdef";
    let server = start(&Echo::Page.script(&[secret.to_owned()]));
    let field = format!("authorization: Bearer {secret}");
    for look in [&[][..], &["--format=json"]] {
        let output = run(&[&["call", &server.url, "--show-secrets", "-H", &field], look]);
        assert!(stdout(&output).contains(secret), "{}", stdout(&output));
        assert!(!stdout(&output).contains("redacted"), "{}", stdout(&output));
    }
}
