//! HTTP/2 error codes (RFC 9113, 7).

/// An error code as it stands in RST_STREAM and GOAWAY. Unknown values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub u32);

impl ErrorCode {
    /// Graceful shutdown.
    pub const NO_ERROR: Self = Self(0x0);
    /// Protocol error detected.
    pub const PROTOCOL_ERROR: Self = Self(0x1);
    /// Implementation fault.
    pub const INTERNAL_ERROR: Self = Self(0x2);
    /// Flow-control limits exceeded.
    pub const FLOW_CONTROL_ERROR: Self = Self(0x3);
    /// Settings not acknowledged.
    pub const SETTINGS_TIMEOUT: Self = Self(0x4);
    /// Frame received for closed stream.
    pub const STREAM_CLOSED: Self = Self(0x5);
    /// Frame size incorrect.
    pub const FRAME_SIZE_ERROR: Self = Self(0x6);
    /// Stream not processed.
    pub const REFUSED_STREAM: Self = Self(0x7);
    /// Stream cancelled.
    pub const CANCEL: Self = Self(0x8);
    /// Compression state not updated.
    pub const COMPRESSION_ERROR: Self = Self(0x9);
    /// TCP connection error for CONNECT method.
    pub const CONNECT_ERROR: Self = Self(0xa);
    /// Processing capacity exceeded.
    pub const ENHANCE_YOUR_CALM: Self = Self(0xb);
    /// Negotiated TLS parameters not acceptable.
    pub const INADEQUATE_SECURITY: Self = Self(0xc);
    /// Use HTTP/1.1 for the request.
    pub const HTTP_1_1_REQUIRED: Self = Self(0xd);

    /// The name RFC 9113 gives it, if it gives one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::NO_ERROR => "NO_ERROR",
            Self::PROTOCOL_ERROR => "PROTOCOL_ERROR",
            Self::INTERNAL_ERROR => "INTERNAL_ERROR",
            Self::FLOW_CONTROL_ERROR => "FLOW_CONTROL_ERROR",
            Self::SETTINGS_TIMEOUT => "SETTINGS_TIMEOUT",
            Self::STREAM_CLOSED => "STREAM_CLOSED",
            Self::FRAME_SIZE_ERROR => "FRAME_SIZE_ERROR",
            Self::REFUSED_STREAM => "REFUSED_STREAM",
            Self::CANCEL => "CANCEL",
            Self::COMPRESSION_ERROR => "COMPRESSION_ERROR",
            Self::CONNECT_ERROR => "CONNECT_ERROR",
            Self::ENHANCE_YOUR_CALM => "ENHANCE_YOUR_CALM",
            Self::INADEQUATE_SECURITY => "INADEQUATE_SECURITY",
            Self::HTTP_1_1_REQUIRED => "HTTP_1_1_REQUIRED",
            _ => return None,
        })
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn unknown_codes_are_shown_as_numbers() {
        assert_eq!(
            ErrorCode::HTTP_1_1_REQUIRED.to_string(),
            "HTTP_1_1_REQUIRED"
        );
        assert_eq!(ErrorCode(0xe).to_string(), "0xe");
    }
}
