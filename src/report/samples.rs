//! Calls to render in tests: bytes written by hand, assembled as live ones are, with findings made by hand.

mod calls;
mod hard;

use std::sync::Arc;
use std::time::Duration;

pub(in crate::report) use calls::{bare, good};
pub(in crate::report) use hard::{base64, certificate, flood, hostile, http1};

use crate::clients::ClientSays;
use crate::diagnosis::{Body, Case, Diagnosis};
use crate::gateways;
use crate::http::certificate::Certificate;
use crate::http::reach::Resolve;
use crate::http::tls::{Alpn, Security, Tls, Verified};
use crate::http::{Assembler, Call, Closing, Connection, Dial};
use crate::report::{Options, Report, Target, Timing};
use crate::wire::Direction::{self, Received, Sent};

/// Written in the certificates below: 212 days before they end.
pub(in crate::report) const NOW: i64 = 1_750_000_000;

pub(in crate::report) struct Sample {
    pub(in crate::report) connection: Connection,
    pub(in crate::report) call: Call,
    pub(in crate::report) diagnosis: Diagnosis,
    pub(in crate::report) clients: Vec<Vec<ClientSays>>,
    pub(in crate::report) notes: Vec<String>,
}

impl Sample {
    pub(in crate::report) fn with<T>(&self, show: impl FnOnce(&Report<'_>) -> T) -> T {
        let case = Case::new(&self.connection, &self.call, None);
        let gateways = gateways::identify(&self.connection, &self.call);
        let sent = &self.call.request.body;
        let request = Body::read_request(sent, None, None);
        show(&Report {
            target: Target {
                url: "https://api.example.com/Prod/hello.HelloService/Hello",
                authority: "api.example.com",
                path: "/Prod/hello.HelloService/Hello",
            },
            case: &case,
            diagnosis: &self.diagnosis,
            gateways: &gateways,
            clients: &self.clients,
            request: &request,
            timing: Timing {
                resolve: Some(Duration::from_micros(2_100)),
                connect: Some(Duration::from_micros(12_100)),
                tls: Some(Duration::from_micros(25_400)),
                first_byte: Some(Duration::from_micros(88_300)),
                total: Duration::from_micros(130_200),
            },
            called_at: Some(NOW),
            notes: &self.notes,
        })
    }

    pub(in crate::report) fn human(&self, options: &Options) -> String {
        self.with(|report| super::human::render(report, options))
    }

    pub(in crate::report) fn json(&self, options: &Options) -> serde_json::Value {
        let text = self.with(|report| super::json::render(report, options));
        serde_json::from_str(&text).expect("a report in JSON is JSON")
    }
}

/// Both directions of a connection, written frame by frame.
pub(in crate::report) struct Script {
    assembler: Assembler,
    at: Duration,
    dial: Option<(Dial, Tls)>,
}

impl Script {
    /// A connection on which nothing was sent yet.
    pub(in crate::report) fn empty() -> Self {
        Self {
            assembler: Assembler::new(),
            at: Duration::ZERO,
            dial: Some((dial(), tls())),
        }
    }

    /// A connection up to the request's end.
    pub(in crate::report) fn request(fields: &[(&str, &[u8])], message: &[u8]) -> Self {
        let mut script = Self::empty();
        script.raw(Sent, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        script.frame(Sent, 4, 0, 0, &setting(2, 0));
        script.at(100);
        let mut all: Vec<(&str, &[u8])> = vec![
            (":method", b"POST"),
            (":scheme", b"https"),
            (":authority", b"api.example.com"),
            (":path", b"/Prod/hello.HelloService/Hello"),
            ("content-type", b"application/grpc+proto"),
            ("te", b"trailers"),
        ];
        all.extend_from_slice(fields);
        script.frame(Sent, 1, 0x4, 1, &block(&all));
        script.frame(Sent, 0, 0x1, 1, message);
        script.at(41_000);
        let settings = [setting(3, 128), setting(4, 65_536), setting(5, 16_777_215)].concat();
        script.frame(Received, 4, 0, 0, &settings);
        script.frame(Sent, 4, 1, 0, b"");
        script.at(88_300);
        script
    }

    pub(in crate::report) fn dialed(&mut self, dial: Dial, tls: Tls) {
        self.dial = Some((dial, tls));
    }

    pub(in crate::report) fn at(&mut self, microseconds: u64) {
        self.at = Duration::from_micros(microseconds);
    }

    pub(in crate::report) fn raw(&mut self, direction: Direction, bytes: &[u8]) {
        self.assembler.feed(direction, bytes, self.at);
    }

    pub(in crate::report) fn frame(
        &mut self,
        direction: Direction,
        kind: u8,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) {
        let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend_from_slice(payload);
        self.raw(direction, &bytes);
    }

    pub(in crate::report) fn finish(self, how: Closing) -> (Connection, Call) {
        let at = self.at + Duration::from_micros(1_700);
        let (mut connection, mut calls) = self.assembler.finish(at, how);
        if let Some((dial, tls)) = self.dial {
            connection.security = Security::Tls(Arc::new(tls));
            connection.called(dial);
        }
        (connection, calls.remove(&1).unwrap_or_default())
    }
}

/// A header block of literals that are not indexed.
pub(in crate::report) fn block(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let string = |bytes: &[u8]| {
        assert!(bytes.len() < 127, "one octet of length");
        [&[bytes.len() as u8], bytes].concat()
    };
    fields
        .iter()
        .flat_map(|(name, value)| [vec![0], string(name.as_bytes()), string(value)].concat())
        .collect()
}

pub(in crate::report) fn setting(id: u16, value: u32) -> Vec<u8> {
    [&id.to_be_bytes()[..], &value.to_be_bytes()[..]].concat()
}

pub(in crate::report) fn dial() -> Dial {
    Dial {
        host: "api.example.com".to_owned(),
        port: Some(443),
        resolve: Some(Resolve {
            took: Duration::from_micros(2_100),
            result: Ok(vec!["203.0.113.7".to_owned(), "2001:db8::7".to_owned()]),
        }),
        attempts: Vec::new(),
        tunnel: None,
        proxy: None,
        peer: Some("203.0.113.7:443".to_owned()),
        connect_took: Some(Duration::from_micros(12_100)),
    }
}

pub(in crate::report) fn tls() -> Tls {
    Tls {
        server_name: "api.example.com".to_owned(),
        offered: vec!["h2".to_owned()],
        took: Duration::from_micros(25_400),
        version: Some("TLS 1.3".to_owned()),
        cipher: Some("TLS13_AES_128_GCM_SHA256".to_owned()),
        alpn: Alpn::Selected("h2".to_owned()),
        chain: vec![Certificate {
            subject: "CN=*.example.com".to_owned(),
            issuer: "CN=Example R3,O=Example Trust,C=US".to_owned(),
            names: vec!["*.example.com".to_owned(), "example.com".to_owned()],
            not_before: NOW - 86_400 * 153,
            not_after: NOW + 86_400 * 212 + 60,
            serial: "01ab".to_owned(),
            key: "EC P-256".to_owned(),
            sha256: "00".repeat(32),
        }],
        verified: Verified::Yes,
        complete: true,
        ..Tls::default()
    }
}

/// Compares with a committed file; under `BLESS=1` writes it.
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads and writes the files it compares with"
)]
pub(in crate::report) fn compare(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var("BLESS").is_ok() {
        let folder = path.parent().expect("a file is in a folder");
        std::fs::create_dir_all(folder).expect("the folder can be made");
        std::fs::write(&path, text).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{} differs; BLESS=1 rewrites it. Now:\n{text}",
        path.display()
    );
}
