//! `--pcapng`: the capture holds what the call sent and received, and what is said of it.

use std::io::Read as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::thread;

use serde_json::Value;

use super::support::capture::{ACK, Capture, FIN, Item, Packet, RST, SYN};
use super::support::script::Script;
use super::support::server::Server;
use super::tls::GOOD;
use super::{METHOD, call, code, document, file, stderr, stdout};

fn server(setup: &str) -> Server {
    Server::start(&Script::parse(&format!("{setup}\n{GOOD}")).unwrap())
}

/// A file to capture to, and the folder that it is in.
fn target() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("call.pcapng");
    (directory, path)
}

/// The URL of the hello service on a server.
fn url(server: &Server) -> String {
    match server.url.strip_prefix("unix:") {
        Some(socket) => format!("unix:{socket}/{METHOD}"),
        None => server.url.clone(),
    }
}

fn read(path: &PathBuf) -> Capture {
    Capture::read(&std::fs::read(path).unwrap())
}

/// The addresses of the only connection, the client's first.
fn ends(capture: &Capture) -> (SocketAddr, SocketAddr) {
    let [opened] = capture.opened()[..] else {
        panic!("not one connection: {:?}", capture.opened());
    };
    (opened.from, opened.to)
}

/// What was sent and received on the only connection.
fn streams(capture: &Capture) -> (Vec<u8>, Vec<u8>) {
    let (client, server) = ends(capture);
    (
        capture.stream(client, server),
        capture.stream(server, client),
    )
}

/// Whether one of these whole TLS records is encrypted, which has the type of application data (RFC 8446, 5.2).
fn is_encrypted(mut records: &[u8]) -> bool {
    while let [kind, _, _, high, low, ..] = *records {
        if kind == 23 {
            return true;
        }
        records = &records[5 + usize::from(u16::from_be_bytes([high, low]))..];
    }
    false
}

/// How many bytes the frames of a report have in a direction, with their headers.
fn frame_bytes(report: &Value, direction: &str) -> u64 {
    let frames = report["frames"].as_array().unwrap();
    frames
        .iter()
        .filter(|frame| frame["direction"] == direction)
        .map(|frame| 9 + frame["length"].as_u64().unwrap())
        .sum()
}

/// Holds plaintext streams against the report and the server's own record.
fn hold((sent, received): &(Vec<u8>, Vec<u8>), report: &Value, server: &Server) {
    assert_eq!(sent[..24], *b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(sent.len() as u64, 24 + frame_bytes(report, "sent"));
    assert_eq!(received.len() as u64, frame_bytes(report, "received"));
    let arrived = server.received();
    assert!(arrived.len() > 100);
    // What was sent last may still be on its way there.
    assert!(sent.starts_with(&arrived));
}

#[test]
fn plaintext() {
    let server = server("read request\nwait 100ms");
    let (directory, path) = target();
    std::fs::write(directory.path().join("call.pcapng"), [b'x'; 10_000]).unwrap();
    let report = document(&[&server.url, "--pcapng", path.to_str().unwrap()]);
    let capture = read(&path);
    let (client, peer) = ends(&capture);
    assert_eq!(peer.to_string(), server.address);
    assert!(client.ip().is_loopback());
    hold(&streams(&capture), &report, &server);
    let packets: Vec<&Packet> = capture.packets().collect();
    let opening: Vec<u8> = packets.iter().take(3).map(|it| it.flags).collect();
    assert_eq!(opening, [SYN, SYN | ACK, ACK]);
    assert!(packets.is_sorted_by_key(|it| it.at));
    // The server waits between the request and its reply.
    let took = packets.last().unwrap().at - packets[0].at;
    assert!(took >= 100_000_000, "{took} ns");
    assert!(report["notes"][0].as_str().unwrap().contains("unredacted"));
}

#[test]
fn over_a_unix_socket() {
    let server = server("listen unix");
    let (_directory, path) = target();
    let report = document(&[&url(&server), "--pcapng", path.to_str().unwrap()]);
    let capture = read(&path);
    let (client, peer) = ends(&capture);
    assert_eq!(client.to_string(), "127.0.0.1:49152");
    assert_eq!(peer.to_string(), "127.0.0.1:80");
    hold(&streams(&capture), &report, &server);
}

#[test]
fn tls_with_its_secrets() {
    let server = server("tls good");
    let (directory, path) = target();
    let ca = file(
        &directory,
        "ca.pem",
        server.ca_pem.as_ref().unwrap().as_bytes(),
    );
    let keylog = directory.path().join("keys.log");
    let keys = keylog.to_str().unwrap();
    let capturing = ["--pcapng", path.to_str().unwrap()];
    let trusting = [server.url.as_str(), "--cacert", &ca];
    let report = document(&[&trusting[..], &capturing, &["--keylog", keys]].concat());
    assert_eq!(report["verdict"]["exit_code"], 0);
    let capture = read(&path);
    let lines = std::fs::read_to_string(&keylog).unwrap();
    let secrets: String = capture
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Secrets(lines) => Some(lines.as_str()),
            Item::Packet(_) => None,
        })
        .collect();
    assert!(secrets.contains("SERVER_TRAFFIC_SECRET_0 "), "{secrets}");
    assert_eq!(secrets, lines);

    let (sent, received) = streams(&capture);
    assert_eq!(sent[..3], [22, 3, 1], "a ClientHello");
    assert_eq!(received[..2], [22, 3], "a ServerHello");
    assert!(received.len() as u64 > frame_bytes(&report, "received"));
    // The secrets of the handshake stand before the ServerHello, for what follows it in its packet is encrypted.
    let (_, peer) = ends(&capture);
    let hello =
        |item: &Item| matches!(item, Item::Packet(it) if it.from == peer && !it.payload.is_empty());
    let hello = capture.items.iter().position(hello).unwrap();
    let Item::Secrets(before) = &capture.items[hello - 1] else {
        panic!("{:?}", capture.items[hello - 1]);
    };
    assert!(before.contains("SERVER_HANDSHAKE_TRAFFIC_SECRET "));
    // Those of the call stand before our own first encrypted packet.
    let before =
        |item: &Item| matches!(item, Item::Secrets(it) if it.contains("CLIENT_TRAFFIC_SECRET_0 "));
    let application = capture.items.iter().position(before).unwrap();
    let ours = |item: &Item| matches!(item, Item::Packet(it) if it.from != peer && is_encrypted(&it.payload));
    assert!(application < capture.items.iter().position(ours).unwrap());

    // They are in the capture without a key log too.
    assert_eq!(code(&call(&[&trusting[..], &capturing].concat())), 0);
    let secrets = read(&path).items.into_iter();
    let count = secrets.filter(|it| matches!(it, Item::Secrets(_))).count();
    assert!(count > 0);
}

#[test]
fn a_proxy_is_captured_with_its_tunnel() {
    let script = "call proxy\nurl http://stage.example.com:50051/hello.HelloService/Hello\ntunnel";
    let server = server(script);
    let (_directory, path) = target();
    let proxy = format!("http://{}", server.address);
    let report = document(&[
        &server.url,
        "--proxy",
        &proxy,
        "--pcapng",
        path.to_str().unwrap(),
    ]);
    assert_eq!(report["verdict"]["exit_code"], 0);
    let capture = read(&path);
    assert_eq!(ends(&capture).1.to_string(), server.address);
    let (sent, received) = streams(&capture);
    let asked = b"CONNECT stage.example.com:50051 HTTP/1.1\r\n";
    assert!(sent.starts_with(asked));
    let preface = sent.windows(4).position(|it| it == b"PRI ").unwrap();
    assert_eq!(
        (sent.len() - preface) as u64,
        24 + frame_bytes(&report, "sent")
    );
    assert!(received.starts_with(b"HTTP/1.1 200"));
    let head = received
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert_eq!(
        (received.len() - head) as u64,
        frame_bytes(&report, "received")
    );
}

#[test]
fn a_close_is_a_close() {
    let server = Server::start(&Script::parse("read request\nclose").unwrap());
    let (_directory, path) = target();
    call(&[&server.url, "--pcapng", path.to_str().unwrap()]);
    let capture = read(&path);
    let (client, peer) = ends(&capture);
    let closing = capture.packets().filter(|it| it.flags == FIN | ACK);
    // The server's, and then ours.
    let from: Vec<_> = closing.map(|it| it.from).collect();
    assert_eq!(from, [peer, client]);
    assert_eq!(capture.packets().last().unwrap().from, client);
}

#[test]
fn a_reset_is_a_reset() {
    let server = Server::start(&Script::parse("read request\nreset").unwrap());
    let (_directory, path) = target();
    call(&[&server.url, "--pcapng", path.to_str().unwrap()]);
    let capture = read(&path);
    let last = capture.packets().last().unwrap();
    assert_eq!(last.flags, RST | ACK);
    assert_eq!(last.from.to_string(), server.address);
    assert!(capture.packets().all(|it| it.flags & FIN == 0));
}

#[test]
fn every_attempt_of_the_stage_is_in_one_capture() {
    let (_directory, path) = target();
    let output = call(&["stage:", "-q", "--pcapng", path.to_str().unwrap()]);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).contains("call.pcapng is not redacted"));
    let capture = read(&path);
    let opened = capture.opened();
    assert_eq!(opened.len(), 6);
    for it in opened {
        assert!(
            capture
                .stream(it.from, it.to)
                .starts_with(b"PRI * HTTP/2.0")
        );
        assert!(!capture.stream(it.to, it.from).is_empty());
    }
}

#[test]
fn what_is_written_is_said_and_is_for_the_user_alone() {
    let server = server("listen tcp");
    let (_directory, path) = target();
    let output = call(&[&server.url, "--pcapng", path.to_str().unwrap()]);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).contains("call.pcapng is not redacted"));
    let note = "what was sent and received was written to";
    assert!(stdout(&output).contains(note), "{}", stdout(&output));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn without_a_connection_it_is_empty() {
    let server = Server::start(&Script::parse("listen nobody").unwrap());
    let (_directory, path) = target();
    let output = call(&[&server.url, "--pcapng", path.to_str().unwrap()]);
    assert_eq!(code(&output), 11);
    assert!(stderr(&output).contains("no connection came about"));
    assert_eq!(read(&path).items, []);
}

#[test]
fn a_file_that_cannot_be_written_is_bad_input() {
    let server = server("listen tcp");
    let (directory, path) = target();
    let nowhere = directory.path().join("no/such.pcapng");
    let name = path.to_str().unwrap();
    for (arguments, sentence) in [
        (&[nowhere.to_str().unwrap()][..], "no/such.pcapng"),
        (&["/dev/full"], "cannot write /dev/full"),
        (&["-"], "--pcapng - takes standard output"),
        (&[name, "-o", name], "a file of its own"),
        (&[name, "--keylog", name], "a file of its own"),
    ] {
        let output = call(&[&[&server.url, "--pcapng"][..], arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(
            stderr(&output).contains(sentence),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "");
    }
    assert_eq!(server.connections(), [[0; 0]; 0], "nothing was sent");
}

#[test]
fn standard_output_where_the_report_does_not_need_it() {
    let server = server("listen tcp");
    let (directory, _) = target();
    let report = directory.path().join("report.txt");
    let output = call(&[&server.url, "--pcapng", "-", "-o", report.to_str().unwrap()]);
    assert_eq!(code(&output), 0);
    let (sent, _) = streams(&Capture::read(&output.stdout));
    assert!(sent.starts_with(b"PRI * HTTP/2.0"));
    assert!(stderr(&output).contains("the capture on standard output is not redacted"));
    assert!(!std::fs::read(&report).unwrap().is_empty());
}

#[test]
fn a_write_that_fails_later_leaves_the_verdict() {
    // More than a pipe holds, so that the writer meets the end of its reader.
    let message = r#"message split=4096 hex 0a 80a001 repeat 20480 "a""#;
    let many = [message; 8].join("\n");
    let script = GOOD.replace("message", &many);
    let server = Server::start(&Script::parse(&script).unwrap());
    let (directory, _) = target();
    let pipe = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut start = [0; 4];
            std::fs::File::open(pipe).unwrap().read_exact(&mut start)
        }
    });
    let name = pipe.to_str().unwrap();
    let report = document(&[&server.url]);
    let output = call(&[&server.url, "--pcapng", name, "--format", "json"]);
    reader.join().unwrap().unwrap();
    let captured: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(captured["verdict"], report["verdict"]);
    assert!(
        stderr(&output).contains("pipe: Broken pipe"),
        "{}",
        stderr(&output)
    );
    assert!(captured.get("notes").is_none());
}
