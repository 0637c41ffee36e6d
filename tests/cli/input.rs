//! Bad input: one clear sentence on standard error, nothing on standard output, exit code 2, and nothing is sent.

use std::net::TcpListener;

use super::{METHOD, call, code, file, schema, stderr, stdout};

/// A listener that nobody may connect to.
struct Untouched(TcpListener);

impl Untouched {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/{METHOD}", self.0.local_addr().unwrap())
    }

    /// Runs a call that must be refused before it begins, in a sentence with these words.
    fn refuses(&self, arguments: &[&str], words: &[&str]) {
        let output = call(arguments);
        let said = stderr(&output);
        assert_eq!(code(&output), 2, "{arguments:?}: {said}{}", stdout(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
        for word in words {
            assert!(
                said.contains(word),
                "{arguments:?}: no {word:?} in {said:?}"
            );
        }
        assert!(
            !said.contains("panicked") && !said.contains("Os {"),
            "{arguments:?}: {said}"
        );
        assert!(
            self.0.accept().is_err(),
            "{arguments:?}: something was sent"
        );
    }

    /// The same, where the sentence is ours and not clap's, which adds its usage.
    fn refuses_in_a_line(&self, arguments: &[&str], words: &[&str]) {
        self.refuses(arguments, words);
        let output = call(arguments);
        let said = stderr(&output);
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
        assert!(said.starts_with("grpc-probe: "), "{said}");
    }
}

#[test]
fn flags() {
    let peer = Untouched::new();
    let url = &peer.url("http");
    peer.refuses(&[url, "--no-such-flag"], &["--no-such-flag"]);
    peer.refuses(&[url, "--formt", "json"], &["--format"]);
    peer.refuses(&[url, "--format", "yaml"], &["yaml", "human", "json"]);
    peer.refuses(&[url, "--color", "sometimes"], &["sometimes", "never"]);
    peer.refuses(&[url, "--roots", "mine"], &["mine", "webpki", "system"]);
    peer.refuses(&[url, "--hex", "many"], &["many"]);
    peer.refuses(&[url, url], &["unexpected argument"]);
    peer.refuses(
        &[url, "-d", "{}", "--data-raw", "x"],
        &["cannot be used with"],
    );
    peer.refuses(
        &[url, "--body-raw", "x", "--gzip"],
        &["cannot be used with"],
    );
    peer.refuses(&[], &["Usage"]);
}

#[test]
fn deadlines() {
    let peer = Untouched::new();
    let url = &peer.url("http");
    for bad in ["0", "0s", "soon", "-1", "10 parsecs", "", "1e400"] {
        peer.refuses(&[url, &format!("--timeout={bad}")], &["--timeout"]);
        peer.refuses(
            &[url, &format!("--connect-timeout={bad}")],
            &["--connect-timeout"],
        );
    }
}

#[test]
fn urls() {
    let peer = Untouched::new();
    let address = peer.0.local_addr().unwrap();
    for (url, words) in [
        (address.to_string(), "begins with https://"),
        (format!("ftp://{address}/{METHOD}"), "begins with https://"),
        (format!("http://{address}"), "package.Service/Method"),
        (
            format!("http://{address}/hello.HelloService"),
            "package.Service/Method",
        ),
        (
            format!("http://{address}/hello.HelloService/"),
            "package.Service/Method",
        ),
        (
            format!("http://user:secret@{address}/{METHOD}"),
            "authorization",
        ),
        (format!("http://{address}/{METHOD}#part"), "fragment"),
        (format!("http://{address}/a b/{METHOD}"), "percent-encoded"),
        (format!("http://127.0.0.1:99999/{METHOD}"), "port"),
        (format!("http:///{METHOD}"), "no host"),
        (format!("unix:{METHOD}"), "package.Service/Method"),
    ] {
        peer.refuses(&[&url], &[words]);
    }
    let socket = format!("unix:/tmp/none.sock/{METHOD}");
    let elsewhere = ["--connect-to", &address.to_string()];
    peer.refuses(&[&[&*socket], &elsewhere[..]].concat(), &["a unix socket"]);
}

#[test]
fn files_that_cannot_be_read() {
    let peer = Untouched::new();
    let (plain, tls) = (&peer.url("http"), &peer.url("https"));
    let directory = tempfile::tempdir().unwrap();
    let none = directory.path().join("none.bin");
    let none = none.to_str().unwrap();
    let at = format!("@{none}");
    for arguments in [
        [plain, "--proto", none],
        [plain, "--protoset", none],
        [plain, "--data-raw", none],
        [plain, "--body-raw", none],
        [plain, "--data", &at],
        [tls, "--cacert", none],
        [tls, "--cert", none],
    ] {
        peer.refuses_in_a_line(&arguments, &["none.bin"]);
    }
    let folder = directory.path().to_str().unwrap();
    peer.refuses_in_a_line(&[plain, "--data-raw", folder], &[folder]);
}

#[test]
fn schemas_that_are_none() {
    let peer = Untouched::new();
    let url = &peer.url("http");
    let (directory, proto) = schema();
    let broken = file(
        &directory,
        "broken.proto",
        b"syntax = \"proto3\";\nmessage {",
    );
    peer.refuses(&[url, "--proto", &broken], &["broken.proto"]);
    let importing = file(
        &directory,
        "importing.proto",
        b"syntax = \"proto3\";\nimport \"nowhere.proto\";",
    );
    peer.refuses(&[url, "--proto", &importing], &["nowhere.proto"]);
    let noise = file(&directory, "noise.bin", b"\xff\xff\xff\xffnoise");
    peer.refuses_in_a_line(&[url, "--protoset", &noise], &["noise.bin"]);
    peer.refuses_in_a_line(
        &[url, "-d", r#"{"greeting": "x"}"#],
        &["--proto", "--protoset"],
    );
    peer.refuses(&[url, "-I", "."], &["--proto"]);
    let unknown = url.replace("/Hello", "/Hallo");
    peer.refuses_in_a_line(&[&unknown, "--proto", &proto], &["Hallo", "Hello"]);
    let elsewhere = url.replace("hello.HelloService", "hello.HeloService");
    peer.refuses_in_a_line(
        &[&elsewhere, "--proto", &proto],
        &["HeloService", "HelloService"],
    );
    let streaming = url.replace("/Hello", "/Watch");
    peer.refuses_in_a_line(&[&streaming, "--proto", &proto], &["Watch", "streaming"]);
}

#[test]
fn json_that_does_not_fit() {
    let peer = Untouched::new();
    let url = &peer.url("http");
    let (_directory, proto) = schema();
    for (json, words) in [
        (r#"{"greting": "x"}"#, &["greting", "greeting"][..]),
        (r#"{"greeting": 5}"#, &["greeting", "string"]),
        (r#"{"count": "many"}"#, &["count", "int32"]),
        (r#"{"count": 3000000000}"#, &["count", "int32"]),
        (r#"{"greeting": {}}"#, &["greeting", "string"]),
        ("[]", &["HelloRequest"]),
        (r#"{"greeting": "x""#, &["JSON"]),
    ] {
        peer.refuses_in_a_line(&[url, "--proto", &proto, "-d", json], words);
    }
}

#[test]
fn headers() {
    let peer = Untouched::new();
    let url = &peer.url("http");
    for (header, words) in [
        ("no colon", "name: value"),
        (": no name", "name: value"),
        (":path: /x", "URL"),
        ("a b: c", "header name"),
        ("x-text: a\nb", "control character"),
        ("te: gzip", "te"),
        ("connection: close", "connection"),
        ("transfer-encoding: chunked", "transfer-encoding"),
    ] {
        peer.refuses_in_a_line(&[url, "-H", header], &[words]);
    }
    peer.refuses_in_a_line(&[url, "--authority", "a b"], &["a b"]);
}

#[test]
fn addresses_to_connect_to() {
    let peer = Untouched::new();
    let url = &peer.url("http");
    for bad in [
        "127.0.0.1",
        ":80",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:99999",
        "[::1]",
        "",
    ] {
        peer.refuses_in_a_line(&[url, "--connect-to", bad], &["--connect-to", "HOST:PORT"]);
    }
}

#[test]
fn tls_options() {
    let peer = Untouched::new();
    let url = &peer.url("https");
    let directory = tempfile::tempdir().unwrap();
    let noise = &file(&directory, "noise.pem", b"no certificate in here");
    peer.refuses_in_a_line(&[url, "--cacert", noise], &["noise.pem", "certificate"]);
    peer.refuses_in_a_line(&[url, "--cert", noise], &["noise.pem"]);
    peer.refuses(&[url, "--key", noise], &["--cert"]);
    peer.refuses_in_a_line(&[url, "--server-name", "not a name"], &["not a name"]);
    let folder = directory.path().to_str().unwrap();
    peer.refuses_in_a_line(&[url, "--keylog", folder], &[folder]);
    let key = rcgen::KeyPair::generate().unwrap();
    let other = rcgen::KeyPair::generate().unwrap();
    let parameters = rcgen::CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    let certificate = &file(&directory, "client.pem", certificate.pem().as_bytes());
    let wrong = &file(&directory, "other.key", other.serialize_pem().as_bytes());
    peer.refuses_in_a_line(&[url, "--cert", certificate, "--key", wrong], &["key"]);
    peer.refuses_in_a_line(
        &[url, "--cert", certificate, "--key", noise],
        &["noise.pem"],
    );
}

#[test]
fn the_stage_takes_the_same_options() {
    let peer = Untouched::new();
    peer.refuses_in_a_line(&["stage:healthy", "-H", "no colon"], &["name: value"]);
    peer.refuses_in_a_line(&["stage:healthy", "-d", r#"{"greting": 1}"#], &["greting"]);
    peer.refuses_in_a_line(&["stage:", "-H", "no colon"], &["name: value"]);
}
