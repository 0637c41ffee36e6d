//! Calls to a real tonic server: what a sound stage looks like to the command.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests speak over real sockets and write real files, and a fault in their own doing ends them"
)]

use std::convert::Infallible;
use std::net::TcpListener;
use std::process::Output;
use std::sync::mpsc;
use std::thread;

use prost::Message;
use serde_json::{Value, json};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{BoxFuture, CompressionEncoding, Context, Poll, Service, http};
use tonic::metadata::MetadataValue;
use tonic::server::{Grpc, NamedService};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Code, Request, Response, Status};

const PROTO: &str = r#"syntax = "proto3";
package greet;
service Greeter { rpc Greet(Greeting) returns (Reply); }
message Greeting { string name = 1; }
message Reply { string text = 1; int32 length = 2; }
"#;

#[derive(Clone, PartialEq, Message)]
struct Greeting {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Reply {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(int32, tag = "2")]
    length: i32,
}

/// Messages as prost writes them.
#[derive(Default)]
struct Prost;

impl Codec for Prost {
    type Encode = Reply;
    type Decode = Greeting;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Prost {
    type Item = Reply;
    type Error = Status;

    fn encode(&mut self, item: Reply, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(to)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Prost {
    type Item = Greeting;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Greeting>, Status> {
        let decoded = Greeting::decode(from);
        decoded
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

/// What the service does with a name.
#[derive(Clone)]
struct Greet;

impl Service<Request<Greeting>> for Greet {
    type Response = Response<Reply>;
    type Error = Status;
    type Future = BoxFuture<Self::Response, Status>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Greeting>) -> Self::Future {
        let name = request.into_inner().name;
        Box::pin(async move {
            if name == "nobody" {
                let mut status = Status::not_found("no one is called „nobody“, 100% sure");
                let detail = MetadataValue::from_bytes(&[0, 1, 2, 255]);
                status.metadata_mut().insert_bin("why-bin", detail);
                status.metadata_mut().insert("retry", "no".parse().unwrap());
                return Err(status);
            }
            let text = if name == "long" {
                "x".repeat(1 << 20)
            } else {
                format!("Hello, {name}.")
            };
            let length = text.len() as i32;
            let mut response = Response::new(Reply { text, length });
            response
                .metadata_mut()
                .insert("served-by", "tonic".parse().unwrap());
            Ok(response)
        })
    }
}

/// The service as a router takes it.
#[derive(Clone)]
struct Greeter {
    gzip: bool,
}

impl NamedService for Greeter {
    const NAME: &'static str = "greet.Greeter";
}

impl Service<http::Request<tonic::body::Body>> for Greeter {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        let mut grpc = Grpc::new(Prost);
        if self.gzip {
            grpc = grpc
                .accept_compressed(CompressionEncoding::Gzip)
                .send_compressed(CompressionEncoding::Gzip);
        }
        let known = request.uri().path().ends_with("/Greet");
        Box::pin(async move {
            Ok(match known {
                true => grpc.unary(Greet, request).await,
                false => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

/// A running server, which ends when it is dropped.
struct Running {
    url: String,
    /// The certificate to trust.
    ca: Option<String>,
    directory: tempfile::TempDir,
    _stop: tokio::sync::oneshot::Sender<()>,
}

fn start(tls: bool, gzip: bool) -> Running {
    let (_stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (tell, told) = mpsc::channel();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("greet.proto"), PROTO).unwrap();
    let signed =
        tls.then(|| rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap());
    let pem = signed.map(|signed| (signed.cert.pem(), signed.signing_key.serialize_pem()));
    let ca = pem.as_ref().map(|(certificate, _)| {
        let path = directory.path().join("ca.pem");
        std::fs::write(&path, certificate).unwrap();
        path.to_str().unwrap().to_owned()
    });
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            tell.send(listener.local_addr().unwrap().port()).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let mut server = Server::builder();
            if let Some((certificate, key)) = pem {
                let identity = Identity::from_pem(certificate, key);
                server = server
                    .tls_config(ServerTlsConfig::new().identity(identity))
                    .unwrap();
            }
            let serving = server
                .add_service(Greeter { gzip })
                .serve_with_incoming(TcpIncoming::from(listener));
            tokio::select! {
                served = serving => served.unwrap(),
                _ = stopped => {}
            }
        });
    });
    let scheme = if tls { "https" } else { "http" };
    let port = told.recv().unwrap();
    Running {
        url: format!("{scheme}://localhost:{port}/greet.Greeter/Greet"),
        ca,
        directory,
        _stop,
    }
}

impl Running {
    fn run(&self, url: &str, arguments: &[&str]) -> Output {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("grpc-probe");
        let proto = self.directory.path().join("greet.proto");
        command
            .arg("call")
            .arg(url)
            .arg("--proto")
            .arg(proto)
            .args(arguments);
        command.env("NO_COLOR", "1").env_remove("SSLKEYLOGFILE");
        if let Some(ca) = &self.ca {
            command.args(["--cacert", ca]);
        }
        command
            .timeout(std::time::Duration::from_secs(30))
            .output()
            .unwrap()
    }

    /// The exit code and the document of a call with this message.
    fn call(&self, message: &str, arguments: &[&str]) -> (i32, Value) {
        let output = self.run(
            &self.url,
            &[&["-d", message, "--format", "json"], arguments].concat(),
        );
        let document = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code().unwrap(), document)
    }
}

fn statuses(document: &Value) -> Vec<(&str, &str)> {
    let steps = document["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            (
                step["step"].as_str().unwrap(),
                step["status"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn every_step_passes_in_plaintext_and_over_tls() {
    for tls in [false, true] {
        let (code, document) = start(tls, false).call(r#"{"name": "Ada"}"#, &[]);
        assert_eq!(code, 0, "{document:#}");
        for (step, status) in statuses(&document) {
            let skipped = !tls && ["tls", "alpn"].contains(&step);
            assert_eq!(status, if skipped { "skipped" } else { "pass" }, "{step}");
        }
        assert_eq!(document["findings"], json!([]), "tls: {tls}");
        let reply = json!({"text": "Hello, Ada.", "length": 11});
        assert_eq!(document["response"]["messages"][0]["json"], reply);
        assert_eq!(document["connection"]["tls"].is_object(), tls);
        if tls {
            assert_eq!(document["connection"]["tls"]["alpn"], "h2");
        }
    }
}

#[test]
fn the_report_for_people_shows_the_reply() {
    let server = start(false, false);
    let output = server.run(&server.url, &["-d", r#"{"name": "Ada"}"#]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Hello, Ada."), "{text}");
    assert!(text.contains("served-by"), "{text}");
}

#[test]
fn a_status_that_is_not_ok_is_the_exit_code() {
    for tls in [false, true] {
        let (code, document) = start(tls, false).call(r#"{"name": "nobody"}"#, &[]);
        assert_eq!(code, 64 + Code::NotFound as i32, "{document:#}");
        let status = &document["response"]["grpc_status"];
        assert_eq!(status["code"], 5);
        assert_eq!(status["message"], "no one is called „nobody“, 100% sure");
        assert_eq!(document["verdict"]["step"], "grpc-status");
        let text = document.to_string();
        assert!(
            text.contains("why-bin") && text.contains("retry"),
            "{document:#}"
        );
    }
    let server = start(false, false);
    let nowhere = server
        .url
        .replace("greet.Greeter/Greet", "greet.Nobody/Greet");
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("grpc-probe");
    command
        .args(["call", &nowhere])
        .assert()
        .code(64 + Code::Unimplemented as i32);
}

#[test]
fn gzip_both_ways() {
    let (code, document) = start(false, true).call(r#"{"name": "long"}"#, &["--gzip"]);
    assert_eq!(code, 0, "{document:#}");
    let message = &document["response"]["messages"][0];
    assert_eq!(message["flag"], 1);
    assert!(
        message["length"].as_u64().unwrap() < 100_000,
        "what was on the wire"
    );
    assert_eq!(message["json"]["length"], 1 << 20);
    // A server that takes no gzip says so with a status of its own.
    let (code, document) = start(false, false).call(r#"{"name": "Ada"}"#, &["--gzip"]);
    assert_eq!(code, 64 + Code::Unimplemented as i32, "{document:#}");
}

#[test]
fn a_long_reply_arrives_whole() {
    for tls in [false, true] {
        let (code, document) = start(tls, false).call(r#"{"name": "long"}"#, &[]);
        assert_eq!(code, 0, "{}", document["verdict"]);
        let message = &document["response"]["messages"][0];
        assert!(message["length"].as_u64().unwrap() > 1 << 20);
        assert_eq!(document["verdict"]["outcome"], "pass");
    }
}

#[test]
fn a_body_without_its_prefix_gets_what_tonic_says() {
    let server = start(false, false);
    let body = server.directory.path().join("body.bin");
    std::fs::write(&body, b"\x0a\x03Ada").unwrap();
    let body = body.to_str().unwrap();
    let output = server.run(&server.url, &["--body-raw", body]);
    assert_eq!(
        output.status.code(),
        Some(64 + Code::Internal as i32),
        "no prefix was sent"
    );
}
