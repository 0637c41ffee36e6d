//! The ladder: what has to hold for a gRPC client to get a reply, in the order in which it would notice.

use std::time::Duration;

/// A rung of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The host has addresses.
    Resolve,
    /// A TCP, unix or proxied connection opens.
    Connect,
    /// The handshake completes and the certificate verifies for the name.
    Tls,
    /// The server selected `h2`.
    Alpn,
    /// The peer's first bytes are an HTTP/2 SETTINGS frame.
    Preface,
    /// A well-formed final response header block arrives for our stream.
    Response,
    /// `:status` is 200.
    HttpStatus,
    /// The content-type announces gRPC.
    ContentType,
    /// The body is not text that encodes the real body.
    Base64,
    /// The body is whole length-prefixed messages and nothing else.
    LengthPrefix,
    /// Flag, `grpc-encoding` and bytes agree, and decompress.
    Compression,
    /// Exactly one message for a unary success, and it decodes.
    Message,
    /// The stream ends with a HEADERS block that carries `grpc-status`.
    Trailers,
    /// `grpc-status` is a known code and is 0.
    GrpcStatus,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 14] = [
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Alpn,
        Self::Preface,
        Self::Response,
        Self::HttpStatus,
        Self::ContentType,
        Self::Base64,
        Self::LengthPrefix,
        Self::Compression,
        Self::Message,
        Self::Trailers,
        Self::GrpcStatus,
    ];

    /// The step's name, the same in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Alpn => "alpn",
            Self::Preface => "preface",
            Self::Response => "response",
            Self::HttpStatus => "http-status",
            Self::ContentType => "content-type",
            Self::Base64 => "base64",
            Self::LengthPrefix => "length-prefix",
            Self::Compression => "compression",
            Self::Message => "message",
            Self::Trailers => "trailers",
            Self::GrpcStatus => "grpc-status",
        }
    }

    /// `call`'s exit code where this step is the first to fail: 10 to 22, in the ladder's order. `grpc-status` has
    /// none of its own; it exits with 64 and the status code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        10 + self as u8
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It does not apply.
    Skipped,
    /// There is no evidence: not reached, or not in the capture.
    Unknown,
}

impl Status {
    /// The status in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }
}

/// A step, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which.
    pub step: Step,
    /// How it went.
    pub status: Status,
    /// How long it took, where it has a time of its own.
    pub took: Option<Duration>,
    /// Why it failed, was skipped or is unknown, or how a pass was seen; a fragment.
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_follow_the_ladder() {
        assert_eq!(
            Step::ALL.map(Step::exit_code)[..13],
            [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]
        );
        assert_eq!(Step::Base64.exit_code(), 18);
        assert_eq!(Step::Trailers.exit_code(), 22);
    }
}
