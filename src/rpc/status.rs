//! Status codes (grpc/grpc `doc/statuscodes.md`), and what other layers' codes map to.

use crate::wire::ErrorCode;

/// A gRPC status code. Unknown values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u32);

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

impl Code {
    /// Success.
    pub const OK: Self = Self(0);
    /// Cancelled, usually by the caller.
    pub const CANCELLED: Self = Self(1);
    /// No better code is known.
    pub const UNKNOWN: Self = Self(2);
    /// The caller lacks permission.
    pub const PERMISSION_DENIED: Self = Self(7);
    /// A quota or a limit is used up.
    pub const RESOURCE_EXHAUSTED: Self = Self(8);
    /// The method is not implemented.
    pub const UNIMPLEMENTED: Self = Self(12);
    /// An invariant is broken.
    pub const INTERNAL: Self = Self(13);
    /// The service is not available now.
    pub const UNAVAILABLE: Self = Self(14);
    /// No valid credentials.
    pub const UNAUTHENTICATED: Self = Self(16);

    /// The name, for the codes 0 to 16.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(self.0 as usize).copied()
    }

    /// The code that a `grpc-status` value stands for: `1*DIGIT` without leading zeros (PROTOCOL-HTTP2, Responses).
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let digits = std::str::from_utf8(value)
            .ok()
            .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        digits.parse().ok().map(Self)
    }

    /// What a client makes of an HTTP status where `grpc-status` is absent
    /// (grpc/grpc `doc/http-grpc-status-mapping.md`).
    #[must_use]
    pub const fn from_http(status: u16) -> Self {
        match status {
            400 | 431 => Self::INTERNAL,
            401 => Self::UNAUTHENTICATED,
            403 => Self::PERMISSION_DENIED,
            404 => Self::UNIMPLEMENTED,
            429 | 502 | 503 | 504 => Self::UNAVAILABLE,
            _ => Self::UNKNOWN,
        }
    }

    /// What a client makes of RST_STREAM (PROTOCOL-HTTP2, Errors); `None` where the table has no row.
    #[must_use]
    pub const fn from_reset(code: ErrorCode) -> Option<Self> {
        Some(match code {
            ErrorCode::NO_ERROR
            | ErrorCode::PROTOCOL_ERROR
            | ErrorCode::INTERNAL_ERROR
            | ErrorCode::FLOW_CONTROL_ERROR
            | ErrorCode::SETTINGS_TIMEOUT
            | ErrorCode::FRAME_SIZE_ERROR
            | ErrorCode::COMPRESSION_ERROR
            | ErrorCode::CONNECT_ERROR => Self::INTERNAL,
            ErrorCode::REFUSED_STREAM => Self::UNAVAILABLE,
            ErrorCode::CANCEL => Self::CANCELLED,
            ErrorCode::ENHANCE_YOUR_CALM => Self::RESOURCE_EXHAUSTED,
            ErrorCode::INADEQUATE_SECURITY => Self::PERMISSION_DENIED,
            _ => return None,
        })
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "code {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_grpc_status() {
        assert_eq!(Code::parse(b"0"), Some(Code::OK));
        assert_eq!(Code::parse(b"16"), Some(Code::UNAUTHENTICATED));
        assert_eq!(Code::parse(b"99"), Some(Code(99)));
        for bad in ["", "00", "07", "-1", "+1", "1 ", "OK", "99999999999"] {
            assert_eq!(Code::parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn names_end_at_sixteen() {
        assert_eq!(Code(16).to_string(), "UNAUTHENTICATED");
        assert_eq!(Code(17).to_string(), "code 17");
    }

    #[test]
    fn maps_of_other_layers() {
        assert_eq!(Code::from_http(200), Code::UNKNOWN);
        assert_eq!(Code::from_http(431), Code::INTERNAL);
        assert_eq!(Code::from_http(502), Code::UNAVAILABLE);
        assert_eq!(
            Code::from_reset(ErrorCode::REFUSED_STREAM),
            Some(Code::UNAVAILABLE)
        );
        assert_eq!(Code::from_reset(ErrorCode::STREAM_CLOSED), None);
    }
}
