//! The server answered the ClientHello with something other than TLS.

use super::shared::{as_record, http1_gist};
use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, quoted,
};
use crate::http::tls::TlsFailure;
use crate::wire::Protocol;

pub(super) static RULE: Rule = Rule {
    name: "not-a-tls-server",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the port does not speak TLS",
    citation: Citation {
        spec: Spec::Tls13,
        section: "5. Record Protocol",
        quote: "Implementations MUST NOT send record types not defined in this document unless negotiated by some extension.",
    },
    explain: "\
The URL says https, and the server answered the first message of the TLS handshake in plain text. The port
is a plaintext port, or another service listens there. Clients print riddles: \"first record does not look
like a TLS handshake\" (grpc-go), NotSslRecordException with the bytes in hex (grpc-java),
WRONG_VERSION_NUMBER (everything on OpenSSL or BoringSSL), InvalidContentType (tonic); the \"wrong version\"
is plain text read as a record header.

Where the answer is an HTTP/2 SETTINGS frame, a gRPC server without TLS stands there: use http:// (in
clients: insecure or plaintext credentials), or give the server a certificate. Where it is HTTP/1.1, look
for the port that has TLS.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(TlsFailure::NotTls { protocol, bytes }) = super::shared::tls_failure(case) else {
        return;
    };
    let what = match protocol {
        None => "HTTP/2 in plain text".to_owned(),
        Some(Protocol::Http1Response | Protocol::Http1Request) => {
            format!("HTTP/1 in plain text: {}", http1_gist(bytes))
        }
        Some(Protocol::Ssh) => format!("SSH: {}", quoted(bytes, 60)),
        Some(Protocol::Greeting | Protocol::Text) => format!("text: {}", quoted(bytes, 60)),
        Some(Protocol::TlsAlert { .. } | Protocol::TlsRecord | Protocol::Binary) => {
            "bytes that are no TLS record".to_owned()
        }
    };
    let finding = findings.add(
        Party::Client,
        format!("the server answered the TLS handshake with {what}"),
    );
    finding.expected("a TLS record: 16 03 …");
    let mut evidence = Evidence::received(0, bytes.len() as u64, bytes);
    if let Some(reading) = as_record(bytes) {
        evidence = evidence.reads_as(reading);
    }
    finding.evidence([evidence]);
    match protocol {
        None => finding
            .cause(
                "the port speaks HTTP/2 without TLS",
                "use http:// in the URL; in clients, insecure (plaintext) channel credentials",
            )
            .cause(
                "TLS was to be terminated on this port and is not",
                "give the listener its certificate and key",
            ),
        Some(Protocol::Http1Response | Protocol::Http1Request) => finding
            .cause(
                "the port serves plain HTTP",
                "use the port that has TLS, often 443 or 8443",
            )
            .cause(
                "the listener lacks its TLS setting",
                "nginx: `listen 443 ssl;` with `http2 on;`",
            ),
        Some(_) => finding.cause(
            "another service listens on the port",
            "check host and port of the URL",
        ),
    };
}
