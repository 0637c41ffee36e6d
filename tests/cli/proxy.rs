//! Calls through a proxy, which connects to loopback alone.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use super::support::script::Script;
use super::support::server::Server;
use super::tls::GOOD;
use super::{call, code, file, stderr, stdout};

/// A proxy that opens a tunnel for each connection; gives its address, and the heads of the requests that it gets.
fn proxy() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, heads) = mpsc::channel();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let target = head.split(' ').nth(1).unwrap().to_owned();
            assert!(target.starts_with("127.0.0.1:"), "{target}");
            sender.send(head).unwrap();
            let server = TcpStream::connect(target).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            relay(client.try_clone().unwrap(), server.try_clone().unwrap());
            relay(server, client);
        }
    });
    (address, heads)
}

fn server(setup: &str) -> Server {
    Server::start(&Script::parse(&format!("{setup}\n{GOOD}")).unwrap())
}

fn relay(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // An end on either side ends the tunnel.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[test]
fn tls_and_plaintext_go_through_it() {
    for setup in ["tls good", "listen tcp"] {
        let (address, heads) = proxy();
        let server = server(setup);
        let directory = tempfile::tempdir().unwrap();
        let authority = server.ca_pem.clone().unwrap_or_default();
        let ca = file(&directory, "ca.pem", authority.as_bytes());
        let trusting = ["--cacert", &ca];
        let trust = if setup.starts_with("tls") {
            &trusting[..]
        } else {
            &[]
        };
        let url = format!("http://{address}");
        let output = call(&[&[server.url.as_str(), "--proxy", &url], trust].concat());
        let text = stdout(&output);
        assert_eq!(code(&output), 0, "{text}");
        assert!(
            text.contains(&format!("through the proxy {address}")),
            "{text}"
        );
        let head = heads.recv().unwrap();
        let target = &server.address;
        assert_eq!(
            head,
            format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")
        );
    }
}

#[test]
fn credentials_are_sent_and_never_shown() {
    let (address, heads) = proxy();
    let server = server("listen tcp");
    let url = format!("http://me:hush%21@{address}");
    for format in ["human", "json"] {
        let output = call(&[&server.url, "--proxy", &url, "--format", format]);
        let head = heads.recv().unwrap();
        assert!(head.contains("Proxy-Authorization: Basic bWU6aHVzaCE=\r\n"));
        let text = format!("{}{}", stdout(&output), stderr(&output));
        assert!(!text.contains("hush") && !text.contains("bWU6"), "{text}");
    }
}

#[test]
fn a_proxy_that_does_not_listen_is_what_is_to_be_mended() {
    let output = call(&["http://h/a.B/C", "--proxy", "http://127.0.0.1:1"]);
    assert_eq!(code(&output), 11);
    let text = stdout(&output);
    assert!(text.contains("the proxy is not running"), "{text}");
    assert!(!text.contains("the server is not running"), "{text}");
}

#[test]
fn a_proxy_that_cannot_be_used_is_bad_input() {
    let server = server("listen tcp");
    for bad in ["https://me:hush@127.0.0.1:1", "http://me:hush@127.0.0.1:x"] {
        let output = call(&[&server.url, "--proxy", bad]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("--proxy cannot be used"));
        assert!(!stderr(&output).contains("hush"));
    }
    assert_eq!(code(&call(&[&server.url, "--proxy", ""])), 0);
}
