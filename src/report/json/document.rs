//! The shape of the document. Its own structs, so that it does not change with what it is made from.

use schemars::JsonSchema;
use serde::Serialize;

use super::wire::{Connection, Frame};

/// What one call of `grpc-probe call` found. Text of the peer that is no UTF-8 stands with `\xNN` for each such byte
/// and is marked by `escaped`. Secret values stand as `<redacted, N bytes>`, octets of theirs in hexadecimal as `**`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "grpc-probe.call/1")]
pub struct Document {
    /// The document's format and version: `grpc-probe.call/1`.
    #[schemars(extend("const" = "grpc-probe.call/1"))]
    pub format: &'static str,
    /// What was called.
    pub target: Target,
    /// The conclusion.
    pub verdict: Verdict,
    /// All fourteen steps, in the ladder's order.
    #[schemars(length(min = 14, max = 14))]
    pub steps: Vec<Step>,
    /// What is wrong, in the ladder's order.
    pub findings: Vec<Finding>,
    /// The connection.
    pub connection: Connection,
    /// The frames of both directions, in the order in which they were seen.
    pub frames: Vec<Frame>,
    /// What was sent.
    pub request: Request,
    /// What was received.
    pub response: Response,
    /// How long it took, in microseconds; null for what there was none of.
    pub timing: Timing,
    /// Sentences about the run itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What was called.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Target {
    /// The URL as it was given.
    pub url: String,
    /// The protocol spoken: `grpc`.
    pub protocol: &'static str,
    /// `:authority`.
    pub authority: String,
    /// `:path`.
    pub path: String,
    /// The address that accepted the connection; null where none did.
    pub peer: Option<String>,
}

/// The conclusion.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Verdict {
    /// `fail` where a step failed.
    #[schemars(extend("enum" = ["pass", "fail"]))]
    pub outcome: &'static str,
    /// The first step that failed.
    pub step: Option<&'static str>,
    /// The rule that failed it.
    pub rule: Option<&'static str>,
    /// One sentence for a ticket.
    pub summary: String,
    /// The exit code of `call`.
    pub exit_code: u8,
}

/// One step of the ladder.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Step {
    /// Which.
    pub step: &'static str,
    /// How it went.
    #[schemars(extend("enum" = ["pass", "fail", "skipped", "unknown"]))]
    pub status: &'static str,
    /// How long it took, in microseconds, where it has a time of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_us: Option<u64>,
    /// Why it failed, was skipped or is unknown, or how a pass was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A rule that fired.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// The step that it judges.
    pub step: &'static str,
    /// How bad it is; errors fail their step.
    #[schemars(extend("enum" = ["error", "warning", "note"]))]
    pub severity: &'static str,
    /// Whose fault it is.
    #[schemars(extend("enum" = ["server", "gateway", "client", "network"]))]
    pub party: &'static str,
    /// What was found.
    pub message: String,
    /// What should have stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The sentence that is broken.
    pub citation: Citation,
    /// The bytes that show it.
    pub evidence: Vec<Evidence>,
    /// What may have caused it, the likeliest first.
    pub causes: Vec<Cause>,
    /// What mainstream clients print.
    pub clients: Vec<Client>,
}

/// A sentence of a specification.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Citation {
    /// Its title.
    pub spec: &'static str,
    /// The section.
    pub section: &'static str,
    /// The sentence.
    pub quote: &'static str,
    /// Where to read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'static str>,
}

/// A run of bytes that shows something.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Evidence {
    /// Index of the frame that holds the first byte; null outside of frames.
    pub frame: Option<usize>,
    /// Which way the bytes went.
    #[schemars(extend("enum" = ["sent", "received"]))]
    pub direction: &'static str,
    /// Bytes of that direction before the first.
    pub offset: u64,
    /// How many there are.
    pub length: u64,
    /// The first of them; of a whole frame, of its payload.
    pub hex: String,
    /// What they read as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads_as: Option<String>,
}

/// A possible cause.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cause {
    /// What may have happened.
    pub cause: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Where: a product, a file, a setting.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// What one client makes of a finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Client {
    /// The client, with its versions.
    pub client: &'static str,
    /// The status that it reports.
    pub status: &'static str,
    /// The message that it prints.
    pub message: String,
    /// Whether the client was run or its source read; else the row is derived or remembered.
    pub verified: bool,
}

/// What was sent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Request {
    /// The header fields as `[name, value]`, in order.
    pub headers: Vec<[String; 2]>,
    /// Places in `headers` where bytes that are no UTF-8 stand escaped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers_escaped: Vec<usize>,
    /// The messages.
    pub messages: Vec<Message>,
}

/// What was received.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Response {
    /// `:status`; null where there is none that is a number.
    pub http_status: Option<u16>,
    /// The header fields as `[name, value]`, in order.
    pub headers: Vec<[String; 2]>,
    /// Places in `headers` where bytes that are no UTF-8 stand escaped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers_escaped: Vec<usize>,
    /// Bytes of body received.
    pub body_length: u64,
    /// The messages that came to light, through whatever defect; at most sixteen.
    pub messages: Vec<Message>,
    /// The fields of the trailers as `[name, value]`, in order; empty also where the headers end the stream.
    pub trailers: Vec<[String; 2]>,
    /// Places in `trailers` where bytes that are no UTF-8 stand escaped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trailers_escaped: Vec<usize>,
    /// The status that the call ended with, where there is a well-formed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc_status: Option<GrpcStatus>,
}

/// A message of a body.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Message {
    /// The flag octet; null where the message has no prefix of its own.
    pub flag: Option<u8>,
    /// Its bytes, as they came.
    pub length: u64,
    /// The coding by which it was decompressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Its contents by the schema, in protobuf's JSON form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<serde_json::Value>,
    /// Its fields as its bytes show them, where there is no schema: of each the number, wire type, place, value by its
    /// likeliest reading, and the readings that are possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<serde_json::Value>,
    /// Its first bytes, decompressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    /// Whether `hex` holds fewer bytes than there are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// A gRPC status.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GrpcStatus {
    /// The code.
    pub code: u32,
    /// Its name; null for codes that gRPC does not define.
    pub name: Option<&'static str>,
    /// `grpc-message`, percent-decoded; empty where there is none.
    pub message: String,
    /// Whether bytes of `message` that are no UTF-8 stand escaped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub escaped: bool,
    /// The details of `grpc-status-details-bin`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<StatusDetail>,
}

/// One of the details of a status.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatusDetail {
    /// The full name of its type: `google.rpc.ErrorInfo`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its contents on one line.
    pub text: String,
    /// Its fields, where the type is one of `google.rpc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<serde_json::Value>,
}

/// How long each phase took, in microseconds.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Timing {
    /// Looking the name up.
    pub resolve_us: Option<u64>,
    /// Connecting.
    pub connect_us: Option<u64>,
    /// The TLS handshake.
    pub tls_us: Option<u64>,
    /// From the first byte sent to the first of the response headers.
    pub first_byte_us: Option<u64>,
    /// From the start to the end of the exchange.
    pub total_us: u64,
}
