//! Rows on the way to a connection: names, TCP, TLS, ALPN, the preface.

use crate::clients::row::{Basis, Row, row};
use crate::clients::when::has_port;

const NAME: &[&str] = &["host-not-found"];
const REFUSED: &[&str] = &["connection-refused"];
const TIMEOUT: &[&str] = &["connect-timeout"];
const UNREACHABLE: &[&str] = &["unreachable"];
const PLAINTEXT: &[&str] = &["not-a-tls-server"];
const ISSUER: &[&str] = &["certificate-unknown-issuer"];
const EXPIRED: &[&str] = &["certificate-expired"];
const WRONG_NAME: &[&str] = &["certificate-wrong-name"];
const CLIENT: &[&str] = &["client-certificate-required"];
const ALERT: &[&str] = &["handshake-alert"];
const SHAKE_CLOSED: &[&str] = &["handshake-closed"];
const SHAKE_TIMEOUT: &[&str] = &["handshake-timeout"];
const NO_ALPN: &[&str] = &["alpn-missing", "alpn-http1"];
const ALPN_REFUSED: &[&str] = &["alpn-refused"];
const H1: &[&str] = &["http1-answer"];
const FIRST: &[&str] = &[
    "http1-answer",
    "tls-answer",
    "first-frame-not-settings",
    "foreign-protocol",
];
const SETTINGS_EOF: &[&str] = &["closed-before-settings", "tls-answer"];
const ANY_CONNECT: &[&str] = &[
    "connection-refused",
    "connect-timeout",
    "not-a-tls-server",
    "certificate-unknown-issuer",
    "tls-answer",
];

pub(super) static ROWS: &[Row] = &[
    row(ISSUER, "tonic", "", "invalid peer certificate: UnknownIssuer").by(Basis::Recalled).read_only(),
    row(ISSUER, "tonic", "", "InvalidCertificate(UnknownIssuer)").by(Basis::Recalled).read_only(),
    row(PLAINTEXT, "tonic", "", "InvalidMessage(InvalidContentType)").by(Basis::Recalled).read_only(),
    row(ISSUER, "grpc-js", "UNAVAILABLE", "self-signed certificate in certificate chain").by(Basis::Recalled).read_only(),
    row(ISSUER, "grpc-js", "UNAVAILABLE", "unable to verify the first certificate").by(Basis::Recalled).read_only(),
    // Names.
    row(NAME, "grpc-go", "Unavailable", "no such host").by(Basis::Derived),
    row(NAME, "grpc-go", "Unavailable", "name resolver error: produced zero addresses").by(Basis::Derived).read_only(),
    row(NAME, "grpc-java", "UNAVAILABLE", "Unable to resolve host {host}").by(Basis::Derived),
    row(NAME, "C-core", "UNAVAILABLE", "DNS resolution failed for {host}").by(Basis::Derived),
    row(NAME, "C-core", "UNAVAILABLE", "DNS resolution failed").by(Basis::Derived).read_only(),
    row(NAME, "C-core", "UNAVAILABLE", "Domain name not found").by(Basis::Derived).read_only(),
    row(NAME, "grpc-js", "UNAVAILABLE", "Name resolution failed for target {host}").by(Basis::Derived),
    row(NAME, "grpc-js", "UNAVAILABLE", "getaddrinfo ENOTFOUND {host}").by(Basis::Derived).read_only(),
    row(NAME, "tonic", "", "dns error: failed to lookup address information").by(Basis::Derived),
    row(NAME, "grpc-dotnet", "", "No such host is known").by(Basis::Derived),
    row(NAME, "grpc-dotnet", "", "Name or service not known").by(Basis::Derived).read_only(),
    // TCP.
    row(REFUSED, "grpc-go", "Unavailable", "connect: connection refused").by(Basis::Derived),
    row(REFUSED, "grpc-go", "Unavailable", "No connection could be made because the target machine actively refused it")
        .by(Basis::Derived).read_only(),
    row(REFUSED, "grpc-java", "UNAVAILABLE", "Connection refused").by(Basis::Derived),
    row(REFUSED, "C-core", "UNAVAILABLE", "Failed to connect to remote host: Connection refused").by(Basis::Derived),
    row(REFUSED, "C-core", "UNAVAILABLE", "connect: Connection refused").by(Basis::Derived).read_only(),
    row(REFUSED, "grpc-js", "UNAVAILABLE", "connect ECONNREFUSED {text}").by(Basis::Derived).read_only(),
    row(REFUSED, "tonic", "Unavailable", "tcp connect error: Connection refused").by(Basis::Derived),
    row(REFUSED, "tonic", "Unavailable", "ConnectError(\"tcp connect error\", Os { code: 111").by(Basis::Derived).read_only(),
    row(REFUSED, "grpc-dotnet", "Unavailable", "SocketException: Connection refused").by(Basis::Derived),
    row(REFUSED, "grpc-dotnet", "Unavailable", "SocketException: No connection could be made because the target machine \
         actively refused it.").by(Basis::Derived).read_only(),
    row(TIMEOUT, "grpc-go", "Unavailable", "i/o timeout").by(Basis::Derived),
    row(TIMEOUT, "grpc-java", "UNAVAILABLE", "connection timed out").by(Basis::Derived),
    row(TIMEOUT, "C-core", "UNAVAILABLE", "FD Shutdown").by(Basis::Derived).read_only(),
    row(TIMEOUT, "grpc-js", "UNAVAILABLE", "connect ETIMEDOUT {text}").by(Basis::Derived).read_only(),
    row(TIMEOUT, "grpc-dotnet", "Unavailable", "A connection attempt failed because the connected party did not properly \
         respond after a period of time").by(Basis::Derived).read_only(),
    row(UNREACHABLE, "grpc-go", "Unavailable", "connect: no route to host").by(Basis::Derived).when(has_port),
    row(UNREACHABLE, "grpc-go", "Unavailable", "connect: network is unreachable").by(Basis::Derived).read_only(),
    row(UNREACHABLE, "C-core", "UNAVAILABLE", "No route to host").by(Basis::Derived).when(has_port),
    row(UNREACHABLE, "C-core", "UNAVAILABLE", "Network is unreachable").by(Basis::Derived).read_only(),
    row(UNREACHABLE, "grpc-js", "UNAVAILABLE", "connect EHOSTUNREACH {text}").by(Basis::Derived).read_only(),
    row(UNREACHABLE, "grpc-dotnet", "", "Cannot assign requested address").by(Basis::Derived).read_only(),
    // A plaintext port, spoken to in TLS.
    row(PLAINTEXT, "grpc-go", "Unavailable", "tls: first record does not look like a TLS handshake"),
    row(PLAINTEXT, "grpc-go", "Unavailable", "tls: oversized record received with length {record-length}").by(Basis::Derived).read_only(),
    row(PLAINTEXT, "grpc-java (netty)", "UNAVAILABLE", "not an SSL/TLS record: {record-dump}").read_only(),
    row(PLAINTEXT, "C-core", "UNAVAILABLE", "WRONG_VERSION_NUMBER"),
    row(PLAINTEXT, "grpc-js", "UNAVAILABLE", "wrong version number").by(Basis::Derived),
    row(PLAINTEXT, "tonic", "Unavailable", "received corrupt message of type InvalidContentType").by(Basis::Derived),
    row(PLAINTEXT, "grpc-dotnet", "", "Cannot determine the frame size or a corrupted frame was received.").by(Basis::Recalled),
    // Certificates and alerts.
    row(ISSUER, "grpc-go", "Unavailable", "x509: certificate signed by unknown authority").by(Basis::Derived),
    row(ISSUER, "grpc-java", "UNAVAILABLE", "unable to find valid certification path to requested target").by(Basis::Derived),
    row(&["certificate-unknown-issuer", "certificate-wrong-name", "certificate-expired", "certificate-invalid"], "C-core", "UNAVAILABLE",
        "CERTIFICATE_VERIFY_FAILED").by(Basis::Derived)
        .note("C-core keeps to itself what is wrong with the certificate"),
    row(ISSUER, "grpc-js", "UNAVAILABLE", "unable to get local issuer certificate").by(Basis::Derived),
    row(ISSUER, "grpc-js", "UNAVAILABLE", "self signed certificate").by(Basis::Derived).read_only(),
    row(ISSUER, "grpc-js", "UNAVAILABLE", "self-signed certificate").by(Basis::Derived).read_only(),
    row(ISSUER, "tonic", "Unavailable", "invalid peer certificate: UnknownIssuer").by(Basis::Derived),
    row(ISSUER, "grpc-dotnet", "", "The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot")
        .by(Basis::Derived),
    row(&["certificate-unknown-issuer", "certificate-invalid", "certificate-expired"], "grpc-dotnet", "",
        "The remote certificate is invalid").by(Basis::Derived).vague(),
    row(WRONG_NAME, "grpc-dotnet", "", "RemoteCertificateNameMismatch").by(Basis::Derived),
    row(&["certificate-is-authority"], "tonic", "Unavailable", "CaUsedAsEndEntity").by(Basis::Derived),
    row(EXPIRED, "grpc-go", "Unavailable", "x509: certificate has expired or is not yet valid").by(Basis::Derived),
    row(EXPIRED, "grpc-java", "UNAVAILABLE", "CertificateExpiredException").by(Basis::Derived),
    row(EXPIRED, "grpc-js", "UNAVAILABLE", "certificate has expired").by(Basis::Derived),
    row(EXPIRED, "tonic", "Unavailable", "invalid peer certificate: Expired").by(Basis::Derived),
    row(WRONG_NAME, "grpc-go", "Unavailable", "x509: certificate is valid for {text}, not {text}").by(Basis::Derived).read_only(),
    row(WRONG_NAME, "grpc-go", "Unavailable", "because it doesn't contain any IP SANs").by(Basis::Derived).read_only(),
    row(WRONG_NAME, "grpc-go", "Unavailable", "x509: certificate relies on legacy Common Name field").by(Basis::Derived).read_only(),
    row(WRONG_NAME, "grpc-java", "UNAVAILABLE", "No subject alternative").by(Basis::Derived),
    row(WRONG_NAME, "C-core", "UNAVAILABLE", "Hostname Verification Check failed.").by(Basis::Derived),
    row(WRONG_NAME, "C-core", "UNAVAILABLE", "is not in peer certificate").by(Basis::Derived).read_only(),
    row(WRONG_NAME, "grpc-js", "UNAVAILABLE", "does not match certificate's altnames").by(Basis::Derived),
    row(WRONG_NAME, "tonic", "Unavailable", "invalid peer certificate: NotValidForName").by(Basis::Derived),
    row(CLIENT, "grpc-go", "Unavailable", "remote error: tls: certificate required").by(Basis::Derived),
    row(&["client-certificate-required", "handshake-alert"], "grpc-go", "Unavailable", "remote error: tls: bad certificate").by(Basis::Derived),
    row(CLIENT, "tonic", "Unavailable", "received fatal alert: CertificateRequired").by(Basis::Derived),
    row(ALPN_REFUSED, "grpc-go", "Unavailable", "remote error: tls: no application protocol"),
    row(ALERT, "grpc-go", "Unavailable", "remote error: tls: {text}").by(Basis::Derived).read_only(),
    row(ALERT, "grpc-java", "UNAVAILABLE", "SSLV3_ALERT_HANDSHAKE_FAILURE").by(Basis::Derived),
    row(ALERT, "grpc-java", "UNAVAILABLE", "Received fatal alert: {code}").by(Basis::Derived).read_only(),
    row(ALERT, "tonic", "Unavailable", "received fatal alert: {code}").by(Basis::Derived).read_only(),
    row(SHAKE_CLOSED, "grpc-go", "Unavailable", "transport: authentication handshake failed: EOF").by(Basis::Derived),
    row(SHAKE_CLOSED, "tonic", "Unavailable", "tls handshake eof").by(Basis::Derived),
    row(SHAKE_CLOSED, "grpc-js", "UNAVAILABLE", "Client network socket disconnected before secure TLS connection was established")
        .by(Basis::Derived),
    row(SHAKE_TIMEOUT, "grpc-java (netty)", "UNAVAILABLE", "SslHandshakeTimeoutException: handshake timed out after").by(Basis::Derived),
    row(SHAKE_TIMEOUT, "grpc-go", "Unavailable", "transport: authentication handshake failed: context deadline exceeded")
        .by(Basis::Derived),
    row(&["handshake-failed", "certificate-unknown-issuer", "not-a-tls-server"], "grpc-dotnet", "", "The SSL connection could not be established")
        .by(Basis::Derived).vague(),
    row(&["handshake-failed", "certificate-unknown-issuer"], "grpc-go", "Unavailable", "transport: authentication handshake failed: {text}")
        .vague(),
    // ALPN.
    row(NO_ALPN, "grpc-go from 1.67", "Unavailable", "transport: authentication handshake failed: credentials: cannot check \
         peer: missing selected ALPN property."),
    row(NO_ALPN, "grpc-go 1.65 to 1.66", "Unavailable", "credentials: cannot check peer: missing selected ALPN property").read_only(),
    row(NO_ALPN, "grpc-java", "UNAVAILABLE", "Failed ALPN negotiation: Unable to find compatible protocol"),
    row(NO_ALPN, "grpc-java (older)", "UNAVAILABLE", "Failed protocol negotiation: Unable to find compatible protocol").read_only(),
    row(NO_ALPN, "C-core", "UNAVAILABLE", "Cannot check peer: missing selected ALPN property."),
    row(NO_ALPN, "tonic", "Unavailable", "HTTP/2 was not negotiated."),
    // The preface.
    row(H1, "grpc-go from 1.51", "Unavailable", "error reading server preface: http2: failed reading the frame payload: http2: \
         frame too large, note that the frame header looked like an HTTP/1.1 header"),
    row(H1, "grpc-go", "Unavailable", "note that the frame header looked like an HTTP/1.1 header").read_only(),
    row(FIRST, "grpc-go", "Unavailable", "error reading server preface: http2: frame too large").by(Basis::Derived).read_only(),
    row(FIRST, "grpc-java (netty)", "INTERNAL", "First received frame was not SETTINGS. Hex dump for first 5 bytes: {dump}").read_only(),
    row(FIRST, "grpc-java (netty)", "INTERNAL", "Hex dump for first 5 bytes: {dump}").read_only(),
    row(FIRST, "grpc-java (okhttp)", "", "FRAME_SIZE_ERROR: {frame-length}").by(Basis::Derived).read_only(),
    row(H1, "C-core from 1.81", "UNAVAILABLE", "Trying to connect an http1.x server (HTTP status {number}))").by(Basis::Run).read_only(),
    row(H1, "C-core 1.65 to 1.80", "UNAVAILABLE", "Trying to connect an http1.x server (HTTP status {number})").read_only(),
    row(H1, "C-core", "UNAVAILABLE", "Trying to connect an http1.x server"),
    row(FIRST, "C-core from 1.81", "UNAVAILABLE", "Expected SETTINGS frame as the first frame, got frame type {frame-kind}")
        .by(Basis::Run)
        .read_only(),
    row(FIRST, "grpc-js from 1.9.6", "UNAVAILABLE", "No connection established. Last error: Protocol error").by(Basis::Derived),
    row(FIRST, "tonic", "Unknown", "GoAway(b\"\", FRAME_SIZE_ERROR, Library)").by(Basis::Derived),
    row(FIRST, "tonic (hyper 0.14)", "Unknown", "connection error detected: frame with invalid size").by(Basis::Derived).read_only(),
    row(FIRST, "grpc-dotnet", "Internal", "The HTTP/2 server sent invalid data on the connection.").by(Basis::Derived),
    row(&["closed-before-settings", "tls-answer", "http1-answer"], "grpc-dotnet", "Internal", "An HTTP/2 connection could not be established because \
         the server did not complete the HTTP/2 handshake.").by(Basis::Derived),
    row(H1, "connect-go", "", "HTTP/1.x transport connection broken: malformed HTTP response")
        .read_only()
        .note("here the client speaks HTTP/1 and the server HTTP/2: give the client a transport that speaks h2c"),
    row(&["first-frame-not-settings"], "grpc-go", "Unavailable", "initial http2 frame from server is not a settings frame"),
    row(SETTINGS_EOF, "grpc-go", "Unavailable", "error reading server preface: EOF"),
    row(SETTINGS_EOF, "grpc-go", "Unavailable", "error reading server preface: unexpected EOF").read_only(),
    row(SETTINGS_EOF, "grpc-go", "Unavailable", "error reading server preface: {text}").vague(),
    // Whatever kept a connection from coming about.
    row(ANY_CONNECT, "C-core", "UNAVAILABLE", "failed to connect to all addresses")
        .vague()
        .note("the client hides why; newer ones add \"last error\", and all of them log it with GRPC_VERBOSITY=debug"),
    row(ANY_CONNECT, "C-core", "UNAVAILABLE", "Connect Failed").by(Basis::Derived).vague()
        .note("the client hides why; newer ones tell"),
    row(ANY_CONNECT, "grpc-js", "UNAVAILABLE", "No connection established")
        .vague()
        .note("the client hides why; from 1.9.6 on it adds the last error"),
    row(ANY_CONNECT, "grpc-java", "UNAVAILABLE", "io exception")
        .vague()
        .note("the cause stands in the `Caused by:` lines"),
    row(ANY_CONNECT, "tonic", "", "transport error")
        .vague()
        .note("the cause stands in the error's sources: print it with {:?}"),
    row(&["http1-answer", "goaway", "stream-reset", "tls-answer"], "tonic", "", "h2 protocol error: http2 error")
        .vague()
        .note("the cause stands in the error's sources: print it with {:?}"),
];
