//! The test support's server: what a script says is what happens on the socket.
#![expect(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests speak over real sockets, and a fault in their own doing ends them"
)]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use support::frames::{self, Block};
use support::script::Script;
use support::server::Server;

const REQUEST: &[u8] = b"\0\0\0\0\x07\x0a\x05Hello";

fn script(text: &str) -> Script {
    Script::parse(text).unwrap()
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(&server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream
}

/// A client's preface and one request.
fn request() -> Vec<u8> {
    let block = Block::new()
        .indexed(3)
        .indexed(6)
        .field(":path", "/hello.HelloService/Hello");
    let parts = [
        frames::PREFACE.to_vec(),
        frames::settings(&[]).bytes(),
        frames::headers(1, block.bytes, false).bytes(),
        frames::data(1, REQUEST, true).bytes(),
    ];
    parts.concat()
}

/// What a raw client gets for its request, up to the end of the connection.
fn exchange(text: &str) -> Vec<u8> {
    let server = Server::start(&script(text));
    let mut stream = connect(&server);
    stream.write_all(&request()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn closes() {
    let answer = exchange("settings\nheaders end_stream\n  !index=13\nclose");
    let expected = [
        frames::settings(&[]).bytes(),
        frames::headers(1, [0x8d], true).bytes(),
    ];
    assert_eq!(answer, expected.concat());
}

#[test]
fn resets() {
    let server = Server::start(&script("settings\nread request\nwait 50ms\nreset"));
    let mut stream = connect(&server);
    stream.write_all(&request()).unwrap();
    let mut answer = Vec::new();
    let error = stream.read_to_end(&mut answer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(answer, frames::settings(&[]).bytes());
}

#[test]
fn hangs_until_it_is_dropped() {
    let server = Server::start(&script("settings\nwait 9s\nhang"));
    let mut stream = connect(&server);
    stream.read_exact(&mut [0; 9]).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    assert!(matches!(
        stream.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    drop(server);
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn nobody_refuses() {
    let server = Server::start(&script("listen nobody"));
    assert_eq!(
        TcpStream::connect(&server.address).unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
}

#[test]
fn listens_on_a_unix_socket() {
    let server = Server::start(&script("listen unix\nraw \"hello\"\nclose"));
    assert_eq!(server.url, format!("unix:{}", server.address));
    let mut answer = String::new();
    UnixStream::connect(&server.address)
        .unwrap()
        .read_to_string(&mut answer)
        .unwrap();
    assert_eq!(answer, "hello");
}

#[test]
fn a_second_connection_runs_the_script_again() {
    let server = Server::start(&script("read preface\nraw \"x\"\nclose"));
    for _ in 0..2 {
        let mut stream = connect(&server);
        stream.write_all(frames::PREFACE).unwrap();
        stream.read_exact(&mut [0]).unwrap();
    }
    assert_eq!(server.connections(), [frames::PREFACE, frames::PREFACE]);
}

/// A handshake as a client that offers h2 and trusts the known CA, and the ALPN protocol it ends with.
fn handshake(text: &str) -> Result<Option<Vec<u8>>, String> {
    let server = Server::start(&script(text));
    assert!(server.url.starts_with("https://127.0.0.1:"));
    let mut roots = RootCertStore::empty();
    let ca = server
        .ca_pem
        .clone()
        .map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap());
    roots.add_parsable_certificates(ca);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match &server.client_pem {
        Some((certificate, key)) => {
            let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder
                .with_client_auth_cert(vec![certificate], key)
                .unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, connect(&server));
    let answer = stream
        .write_all(frames::PREFACE)
        .and_then(|()| stream.read_exact(&mut [0; 9]));
    answer.map_err(|error| error.to_string())?;
    assert_eq!(server.received(), frames::PREFACE);
    Ok(stream.conn.alpn_protocol().map(<[u8]>::to_vec))
}

#[test]
fn certificates_are_as_bad_as_they_say() {
    let answer = "read preface\nsettings\nclose";
    assert_eq!(
        handshake(&format!("tls good\n{answer}")),
        Ok(Some(b"h2".to_vec()))
    );
    assert_eq!(
        handshake(&format!("tls good\nalpn none\n{answer}")),
        Ok(None)
    );
    assert_eq!(
        handshake(&format!("tls good\nclient-cert required\n{answer}")),
        Ok(Some(b"h2".to_vec()))
    );
    for (setup, error) in [
        ("tls expired", "certificate expired"),
        ("tls not-yet-valid", "not valid yet"),
        ("tls wrong-name", "not valid for name"),
        ("tls unknown-issuer", "UnknownIssuer"),
        ("tls self-signed", "UnknownIssuer"),
        ("tls good\nalpn http/1.1", "NoApplicationProtocol"),
        ("tls_alert 40", "HandshakeFailure"),
        (
            "read hello\nraw \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\"\nclose",
            "corrupt message",
        ),
    ] {
        let text = if setup.contains("tls ") {
            format!("{setup}\n{answer}")
        } else {
            setup.to_owned()
        };
        let seen = handshake(&text).unwrap_err();
        assert!(seen.contains(error), "{setup}: {seen}");
    }
}
