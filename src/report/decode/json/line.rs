//! The lines: one kind of each, and what they carry.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::json::document::{Finding, Response, Step, Verdict};
use crate::report::json::wire::{Frame, Tls};

/// A line.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "grpc-probe.decode/1")]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Line {
    /// A connection that carries something that is read; before all other lines of it.
    Connection(ConnectionLine),
    /// A frame, as it is met.
    Frame(FrameLine),
    /// A call, once it has ended or can be followed no further.
    Call(Box<CallLine>),
    /// A rule that fired; after the line of its call.
    Finding(Box<FindingLine>),
    /// The end of a connection.
    Closed(ClosedLine),
    /// A sentence on the input.
    Note(NoteLine),
    /// The end of an input; its last line.
    Input(InputLine),
}

/// A connection.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ConnectionLine {
    /// The line's format, with its version.
    #[schemars(extend("const" = "grpc-probe.decode/1"))]
    pub(super) format: &'static str,
    /// Its number in the input, from 1.
    pub(super) connection: u64,
    /// The client's address, where the input has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<String>,
    /// The server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server: Option<String>,
    /// How a log calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// When its first byte was seen, in the form of RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<At>,
    /// What it carries.
    pub(super) carries: &'static str,
    /// Whether that is a guess, since its beginning is not in the input.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) guessed: bool,
    /// The TLS handshake around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tls: Option<TlsLine>,
}

/// A TLS handshake that was captured.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TlsLine {
    /// What it showed.
    #[serde(flatten)]
    pub(super) tls: Tls,
    /// Whether both sides finished it.
    pub(super) complete: bool,
    /// Why what is inside could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_decrypted: Option<String>,
}

/// A place in the input.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(super) struct At {
    /// Bytes of the input before it. Of what is encrypted, before the payload of the packet; of a line, before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) offset: Option<u64>,
    /// The packet that holds it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) packet: Option<u64>,
    /// The line that holds it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    /// The entry of an archive that it is, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<u64>,
}

/// A frame.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FrameLine {
    /// The line's format, with its version.
    #[schemars(extend("const" = "grpc-probe.decode/1"))]
    pub(super) format: &'static str,
    /// The number of its connection.
    pub(super) connection: u64,
    /// The frame. Its index counts those of the connection.
    #[serde(flatten)]
    pub(super) frame: Frame,
    /// Where its header stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<At>,
}

/// A call.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CallLine {
    /// The line's format, with its version.
    #[schemars(extend("const" = "grpc-probe.decode/1"))]
    pub(super) format: &'static str,
    /// The number of its connection.
    pub(super) connection: u64,
    /// Its stream; 0 where there is none.
    pub(super) stream: u32,
    /// `:authority`; empty where the input does not show it.
    pub(super) authority: String,
    /// `:path`; empty where the input does not show it.
    pub(super) path: String,
    /// What kind of exchange it is; only gRPC is judged.
    #[schemars(extend("enum" = ["grpc", "grpc-web", "other", "tls"]))]
    pub(super) protocol: &'static str,
    /// When its first frame was seen, in the form of RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<At>,
    /// The conclusion.
    pub(super) verdict: Verdict,
    /// The step that is not known and so leaves it open whether the call works; only where no step fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) open_step: Option<&'static str>,
    /// All fourteen steps, in the ladder's order; none for what is not judged.
    pub(super) steps: Vec<Step>,
    /// Of gRPC-Web: what its body holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) web: Option<WebLine>,
    /// Bytes of its request body.
    pub(super) request_length: u64,
    /// What was received.
    pub(super) response: Response,
    /// How long it took.
    pub(super) timing: CallTiming,
}

/// The body of a gRPC-Web response.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WebLine {
    /// The length of each message, at most a thousand.
    pub(super) messages: Vec<u64>,
    /// The trailers, where the body has them.
    pub(super) trailers: Option<String>,
    /// Bytes behind the last whole frame of it.
    pub(super) rest: u64,
}

/// How long a call took, in microseconds.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CallTiming {
    /// From its first frame to the first of the response.
    pub(super) first_byte_us: Option<u64>,
    /// From its first frame to its last; null where it did not end in the input.
    pub(super) total_us: Option<u64>,
}

/// A rule that fired.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FindingLine {
    /// The line's format, with its version.
    #[schemars(extend("const" = "grpc-probe.decode/1"))]
    pub(super) format: &'static str,
    /// The number of its connection.
    pub(super) connection: u64,
    /// Its stream; 0 where there is none.
    pub(super) stream: u32,
    /// Where the frame stands that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<At>,
    /// What was found.
    #[serde(flatten)]
    pub(super) finding: Finding,
}

/// The end of a connection.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ClosedLine {
    /// The line's format, with its version.
    #[schemars(extend("const" = "grpc-probe.decode/1"))]
    pub(super) format: &'static str,
    /// The connection's number.
    pub(super) connection: u64,
    /// How: `unseen` where the input ends before it.
    #[schemars(extend("enum" = ["server", "broken", "client", "unseen"]))]
    pub(super) how: &'static str,
    /// Bytes that the client sent.
    pub(super) sent: u64,
    /// Bytes that the server sent.
    pub(super) received: u64,
    /// Frames.
    pub(super) frames: usize,
    /// What broke it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// Frames that came on a stream after its call was told of.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) late: u64,
    /// What was met and not kept, for want of room: frames, header blocks, streams, bytes of bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_kept: Option<NotKeptLine>,
    /// Bytes of the client that are missing from the input, or could not be read for that.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) sent_missing: u64,
    /// The same of the server.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) received_missing: u64,
}

/// What was met and not kept.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct NotKeptLine {
    /// Frames.
    pub(super) frames: usize,
    /// Header blocks.
    pub(super) blocks: usize,
    /// Streams whose calls were told of before they ended.
    pub(super) streams: usize,
    /// Bytes of bodies.
    pub(super) body: u64,
}

/// A sentence on the input.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct NoteLine {
    /// The line's format, with its version.
    #[schemars(extend("const" = "grpc-probe.decode/1"))]
    pub(super) format: &'static str,
    /// The number of the connection that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connection: Option<u64>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<At>,
    /// The sentence.
    pub(super) text: String,
}

/// An input.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct InputLine {
    /// The line's format, with its version.
    #[schemars(extend("const" = "grpc-probe.decode/1"))]
    pub(super) format: &'static str,
    /// Its name, as it was given.
    pub(super) name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Bytes of it that were read, unpacked.
    pub(super) bytes: u64,
    /// Packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) packets: Option<u64>,
    /// Connections that were read.
    pub(super) connections: u64,
    /// Frames.
    pub(super) frames: u64,
    /// Calls.
    pub(super) calls: u64,
    /// Calls with an error.
    pub(super) failed: u64,
    /// What stopped the reading before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<StoppedAt>,
    /// What was lost or passed over, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

/// What stopped the reading of an input.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StoppedAt {
    /// Bytes of the input before what could not be read.
    pub(super) offset: u64,
    /// Why.
    pub(super) why: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}
