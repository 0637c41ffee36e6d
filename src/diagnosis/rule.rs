//! A rule: one named check, with what it rests on.

use super::{Case, Findings, Step};

/// One named check. Each stands in a file of its own in [`crate::rules`].
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case, of the pattern and not of the cure; never used again for something else.
    pub name: &'static str,
    /// The step that it judges.
    pub step: Step,
    /// How bad it is where it fires.
    pub severity: Severity,
    /// What it found, a fragment: "the message has no 5-byte prefix".
    pub summary: &'static str,
    /// The sentence that is broken.
    pub citation: Citation,
    /// Cause, effect and what to do, in plain words.
    pub explain: &'static str,
    /// Looks at a call and adds what it finds.
    pub check: fn(&Case<'_>, &mut Findings),
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The step fails: a requirement is broken.
    Error,
    /// Allowed, and yet something that some clients or gateways fail on.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The severity in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A sentence of a specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Citation {
    /// Whose.
    pub spec: Spec,
    /// Which section, as its contents list names it.
    pub section: &'static str,
    /// The sentence, emphasis marks removed.
    pub quote: &'static str,
}

/// The specifications that rules cite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spec {
    /// grpc/grpc `doc/PROTOCOL-HTTP2.md`.
    GrpcOverHttp2,
    /// grpc/grpc `doc/statuscodes.md`.
    GrpcStatusCodes,
    /// grpc/grpc `doc/http-grpc-status-mapping.md`.
    GrpcHttpStatusMapping,
    /// grpc/grpc `doc/compression.md`.
    GrpcCompression,
    /// grpc/grpc `doc/naming.md`.
    GrpcNaming,
    /// grpc/grpc `doc/connectivity-semantics-and-api.md`.
    GrpcConnectivity,
    /// RFC 9113.
    Http2,
    /// RFC 7541.
    Hpack,
    /// RFC 9110.
    HttpSemantics,
    /// RFC 8446.
    Tls13,
    /// RFC 7301.
    Alpn,
    /// RFC 5280.
    Pkix,
    /// RFC 9525.
    ServiceIdentity,
    /// RFC 9293.
    Tcp,
    /// No specification: what deployed software does. Never the ground of an error.
    Practice,
    /// No specification: what the user of `check` expects.
    Expectation,
}

impl Spec {
    /// Its title, short.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::GrpcOverHttp2 => "gRPC over HTTP/2",
            Self::GrpcStatusCodes => "gRPC status codes",
            Self::GrpcHttpStatusMapping => "HTTP to gRPC status code mapping",
            Self::GrpcCompression => "gRPC compression",
            Self::GrpcNaming => "gRPC name resolution",
            Self::GrpcConnectivity => "gRPC connectivity semantics",
            Self::Http2 => "RFC 9113 (HTTP/2)",
            Self::Hpack => "RFC 7541 (HPACK)",
            Self::HttpSemantics => "RFC 9110 (HTTP semantics)",
            Self::Tls13 => "RFC 8446 (TLS 1.3)",
            Self::Alpn => "RFC 7301 (ALPN)",
            Self::Pkix => "RFC 5280 (X.509)",
            Self::ServiceIdentity => "RFC 9525 (service identity in TLS)",
            Self::Tcp => "RFC 9293 (TCP)",
            Self::Practice => "practice",
            Self::Expectation => "what the check expects",
        }
    }

    /// Where to read it; `None` where there is nothing to read.
    #[must_use]
    pub const fn url(self) -> Option<&'static str> {
        Some(match self {
            Self::GrpcOverHttp2 => "https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md",
            Self::GrpcStatusCodes => "https://github.com/grpc/grpc/blob/master/doc/statuscodes.md",
            Self::GrpcHttpStatusMapping => {
                "https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md"
            }
            Self::GrpcCompression => "https://github.com/grpc/grpc/blob/master/doc/compression.md",
            Self::GrpcNaming => "https://github.com/grpc/grpc/blob/master/doc/naming.md",
            Self::GrpcConnectivity => {
                "https://github.com/grpc/grpc/blob/master/doc/connectivity-semantics-and-api.md"
            }
            Self::Http2 => "https://www.rfc-editor.org/rfc/rfc9113",
            Self::Hpack => "https://www.rfc-editor.org/rfc/rfc7541",
            Self::HttpSemantics => "https://www.rfc-editor.org/rfc/rfc9110",
            Self::Tls13 => "https://www.rfc-editor.org/rfc/rfc8446",
            Self::Alpn => "https://www.rfc-editor.org/rfc/rfc7301",
            Self::Pkix => "https://www.rfc-editor.org/rfc/rfc5280",
            Self::ServiceIdentity => "https://www.rfc-editor.org/rfc/rfc9525",
            Self::Tcp => "https://www.rfc-editor.org/rfc/rfc9293",
            Self::Practice | Self::Expectation => return None,
        })
    }
}
