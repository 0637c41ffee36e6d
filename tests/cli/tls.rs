//! TLS as the command line has it, against servers with right and wrong certificates.

use super::support::script::Script;
use super::support::server::Server;
use super::{call, code, file, probe, stderr, stdout};

/// What a good server answers.
pub(super) const GOOD: &str = "settings
settings ack
headers
  :status: 200
  content-type: application/grpc
message
headers end_stream
  grpc-status: 0
close
";

struct Peer {
    server: Server,
    directory: tempfile::TempDir,
    ca: String,
}

fn peer(setup: &str) -> Peer {
    let server = Server::start(&Script::parse(&format!("{setup}\n{GOOD}")).unwrap());
    let directory = tempfile::tempdir().unwrap();
    let ca = file(
        &directory,
        "ca.pem",
        server.ca_pem.as_ref().unwrap().as_bytes(),
    );
    Peer {
        server,
        directory,
        ca,
    }
}

impl Peer {
    /// The exit code of a call that trusts the CA.
    fn code(&self, arguments: &[&str]) -> i32 {
        let trusting = [self.server.url.as_str(), "--cacert", &self.ca];
        let output = call(&[&trusting, arguments].concat());
        assert!(!output.stdout.is_empty(), "{}", stderr(&output));
        code(&output)
    }
}

#[test]
fn a_certificate_is_verified() {
    let good = peer("tls good");
    assert_eq!(good.code(&[]), 0);
    assert_eq!(
        code(&call(&[&good.server.url])),
        12,
        "the authority is not known without --cacert"
    );
    assert_eq!(good.code(&["--server-name", "elsewhere.example"]), 12);
    assert_eq!(good.code(&["--server-name", "localhost"]), 0);
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_and_insecure_goes_on() {
    for certificate in [
        "expired",
        "not-yet-valid",
        "wrong-name",
        "unknown-issuer",
        "self-signed",
    ] {
        let wrong = peer(&format!("tls {certificate}"));
        assert_eq!(wrong.code(&[]), 12, "{certificate}");
        let output = call(&[&wrong.server.url, "--cacert", &wrong.ca, "--insecure"]);
        let text = stdout(&output);
        // The call was made all the same: the reply is there.
        assert!(text.contains("grpc-status"), "{certificate}: {text}");
        let requests = wrong.server.connections();
        assert!(
            requests
                .last()
                .is_some_and(|sent| sent.starts_with(b"PRI * ")),
            "{certificate}"
        );
    }
}

#[test]
fn certificates_that_end_soon_are_warned_of() {
    let soon = peer("tls expiring");
    for (days, warned) in [
        (None, true),
        (Some("4"), true),
        (Some("3"), false),
        (Some("0"), false),
    ] {
        let trusting = [soon.server.url.as_str(), "--cacert", &soon.ca];
        let given: Vec<&str> = days
            .into_iter()
            .flat_map(|days| ["--cert-days", days])
            .collect();
        let output = call(&[&trusting[..], &given].concat());
        assert_eq!(code(&output), 0, "{days:?}");
        let found = stdout(&output).contains("[certificate-expires-soon]");
        assert_eq!(found, warned, "{days:?}");
    }
}

#[test]
fn alpn_is_offered_as_asked() {
    // Where the server speaks HTTP/2 all the same, a selection that is missing is a warning.
    assert_eq!(peer("tls good\nalpn none").code(&[]), 0);
    assert_eq!(
        peer("tls good\nalpn http/1.1").code(&["--alpn", "h2,http/1.1"]),
        13
    );
    assert_eq!(peer("tls good").code(&["--alpn", "h2,http/1.1"]), 0);
    assert_eq!(peer("tls good").code(&["--alpn", ""]), 0);
}

#[test]
fn a_client_certificate_is_sent() {
    let server = peer("tls good\nclient-cert required");
    let (certificate, key) = server.server.client_pem.clone().unwrap();
    let certificate = file(&server.directory, "client.pem", certificate.as_bytes());
    let key = file(&server.directory, "client.key", key.as_bytes());
    assert_eq!(server.code(&["--cert", &certificate, "--key", &key]), 0);
    assert_eq!(server.code(&[]), 12);
}

#[test]
fn a_key_log_is_written_in_the_format_of_nss() {
    let server = peer("tls good");
    let path = server.directory.path().join("keys.log");
    let name = path.to_str().unwrap();
    let option = call(&[&server.server.url, "--cacert", &server.ca, "--keylog", name]);
    assert_eq!(code(&option), 0);
    assert!(
        stderr(&option).contains("keys.log"),
        "it is said that secrets were written"
    );
    let mut command = probe();
    command.args(["call", &server.server.url, "--cacert", &server.ca]);
    let environment = command.env("SSLKEYLOGFILE", name).output().unwrap();
    assert_eq!(code(&environment), 0);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.lines().count() >= 4, "{text}");
    let secrets = text
        .lines()
        .filter(|line| line.starts_with("CLIENT_TRAFFIC_SECRET_0 "));
    assert_eq!(secrets.count(), 2, "the second call is appended");
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [label, random, secret] = words[..] else {
            panic!("{line}");
        };
        assert!(
            label
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        );
        assert_eq!(random.len(), 64);
        assert!(secret.len() >= 64);
        assert!(
            format!("{random}{secret}")
                .bytes()
                .all(|b| b.is_ascii_hexdigit())
        );
    }
}

#[test]
fn options_without_effect_are_said() {
    let script = Script::parse(GOOD).unwrap();
    let server = Server::start(&script);
    let output = call(&[&server.url, "--insecure", "--server-name", "x.example"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    for option in ["--insecure", "--server-name"] {
        assert!(stderr(&output).contains(option), "{}", stderr(&output));
    }
}
