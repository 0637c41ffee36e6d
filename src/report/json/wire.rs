//! The shape of the document's connection and frames.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// The connection.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Connection {
    /// The address that accepted; null where none did, and in captures.
    pub peer: Option<String>,
    /// The proxy that was to be used, `host:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// The gateways and proxies that answered, or that the answer passed, the surest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gateway: Vec<Gateway>,
    /// The peer's first SETTINGS by name; null where it sent none.
    pub settings: Option<BTreeMap<String, u32>>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// How many frames there were; `frames` may hold fewer.
    pub frames_seen: usize,
    /// What the peer sent that is no HTTP/2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign: Option<Foreign>,
    /// The last frame of the peer, where it was not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// What a strict client, the h2 crate, said when it gave up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<String>,
}

/// A gateway or proxy.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Gateway {
    /// Its name.
    pub name: &'static str,
    /// How sure that is. Whoever answers can write anything, so it is never certain.
    #[schemars(extend("enum" = ["low", "medium", "high"]))]
    pub confidence: &'static str,
    /// What shows it, the strongest first.
    pub clues: Vec<Clue>,
}

/// What shows who answered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Clue {
    /// What was seen: `x-amz-apigw-id`, `server: nginx/1.22.1`.
    pub what: String,
    /// Index of the frame that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<usize>,
    /// How much it is worth; hints alone identify nobody.
    #[schemars(extend("enum" = ["hint", "weak", "strong"]))]
    pub strength: &'static str,
}

/// A TLS handshake.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tls {
    /// The name sent as SNI and looked for in the certificate.
    pub server_name: String,
    /// The ALPN protocols offered.
    pub offered: Vec<String>,
    /// The version, as `TLS 1.3`.
    pub version: Option<String>,
    /// The cipher suite.
    pub cipher: Option<String>,
    /// The protocol that the server selected.
    pub alpn: Option<String>,
    /// The certificates that the server sent, its own first.
    pub chain: Vec<Certificate>,
    /// Everything wrong with the chain.
    pub faults: Vec<CertificateFault>,
    /// Client authentication.
    #[schemars(extend("enum" = ["not-requested", "requested-none-sent", "sent"]))]
    pub client_certificate: &'static str,
    /// Whether faults of the chain were to be reported but not to stop the call.
    pub insecure: bool,
    /// Why the handshake did not complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// A certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Certificate {
    /// Subject, RFC 4514 form.
    pub subject: String,
    /// Issuer, RFC 4514 form.
    pub issuer: String,
    /// Names and addresses that it is valid for.
    pub names: Vec<String>,
    /// Start of validity, seconds since 1970.
    pub not_before: i64,
    /// End of validity, seconds since 1970.
    pub not_after: i64,
    /// Serial number, hex.
    pub serial: String,
    /// Public key algorithm and size.
    pub key: String,
    /// SHA-256 of the certificate, hex.
    pub sha256: String,
}

/// One thing wrong with a certificate chain.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CertificateFault {
    /// Its kind.
    #[schemars(extend("enum" = ["expired", "not-yet-valid", "unknown-issuer", "wrong-name", "other"]))]
    pub fault: &'static str,
    /// The same in words.
    pub message: String,
}

/// The end of a connection.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Closed {
    /// When, in microseconds since the first byte sent.
    pub at_us: u64,
    /// How.
    #[schemars(extend("enum" = ["peer", "broken", "deadline", "ours", "unseen"]))]
    pub how: &'static str,
    /// The operating system's words, where it broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Bytes that are no HTTP/2.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Foreign {
    /// What they look like.
    pub protocol: String,
    /// When the last arrived, in microseconds since the first byte sent.
    pub at_us: u64,
    /// Bytes received before the first.
    pub offset: u64,
    /// How many there are.
    pub length: u64,
    /// The first of them.
    pub hex: String,
    /// The first of them as lines, where they are text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

/// A frame that was begun and not finished.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cut {
    /// Its type, where its header arrived.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<u32>,
    /// Bytes of payload that its header promises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// Bytes received before it.
    pub offset: u64,
    /// How many bytes of it arrived, header included.
    pub arrived: u64,
}

/// One frame.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Frame {
    /// Its place in the list.
    pub index: usize,
    /// Which way it went.
    #[schemars(extend("enum" = ["sent", "received"]))]
    pub direction: &'static str,
    /// When its last byte was seen, in microseconds since the first byte sent.
    pub at_us: u64,
    /// Its type: a name, or `0xNN`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The flags that its type defines, by name; others as `0xNN`.
    pub flags: Vec<String>,
    /// The stream; 0 is the connection.
    pub stream: u32,
    /// Bytes of payload.
    pub length: u32,
    /// Bytes of its direction before its header.
    pub offset: u64,
    /// HEADERS and PUSH_PROMISE: the fields of the block that it opens, wherever that ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<Field>>,
    /// Octets of padding, where there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<u8>,
    /// HEADERS and PRIORITY: the deprecated priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// DATA and types that are not known: the payload's first octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Octets>,
    /// SETTINGS: the parameters, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Vec<Setting>>,
    /// RST_STREAM and GOAWAY: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    /// GOAWAY: the last stream that the sender acts on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_stream: Option<u32>,
    /// GOAWAY: its opaque text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug: Option<String>,
    /// Whether bytes of `debug` that are no UTF-8 stand escaped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub escaped: bool,
    /// PING: its eight octets, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ping: Option<String>,
    /// WINDOW_UPDATE: the increment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment: Option<u32>,
    /// PUSH_PROMISE: the stream promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised_stream: Option<u32>,
    /// How the payload fails to have its type's shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub malformed: Option<String>,
}

/// A field of a header block.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Field {
    /// The name; empty where it is not known.
    pub name: String,
    /// The value; empty where it is not known.
    pub value: String,
    /// How it stands in the block (RFC 7541, 6); `unseen` where the source is a text that does not show it.
    #[schemars(extend("enum" = ["indexed", "literal-incremental", "literal-without-indexing", "literal-never-indexed", "unseen"]))]
    pub representation: &'static str,
    /// The table index used, for the field or for its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Whether its name or its value is Huffman-coded.
    pub huffman: bool,
    /// Bytes of its direction before it.
    pub offset: u64,
    /// Its encoded bytes, frame headers between them not counted.
    pub length: u64,
    /// Whether bytes that are no UTF-8 stand escaped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub escaped: bool,
    /// Whether the value is a secret that is not shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
    /// The part that could not be decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["name", "value", "both"]))]
    pub unknown: Option<&'static str>,
}

/// Deprecated priority fields (RFC 9113, 5.3.2).
#[derive(Debug, Serialize, JsonSchema)]
pub struct Priority {
    /// Whether the dependency is exclusive.
    pub exclusive: bool,
    /// The stream depended on.
    pub dependency: u32,
    /// 1 to 256.
    pub weight: u16,
}

/// Octets, as many as the options allow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Octets {
    /// In hexadecimal.
    pub hex: String,
    /// Whether there are more.
    pub truncated: bool,
}

/// A parameter of SETTINGS.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Setting {
    /// Its identifier.
    pub id: u16,
    /// Its name, or `0xN`.
    pub name: String,
    /// Its value.
    pub value: u32,
}

/// An HTTP/2 error code.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorCode {
    /// The code.
    pub code: u32,
    /// Its name, or `0xN`.
    pub name: String,
}
