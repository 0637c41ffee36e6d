//! How the server begins.

use super::record::is_tls;
use crate::http::tls::TlsFailure;
use crate::wire::Protocol;

/// How much is kept of an answer that is no TLS, in bytes: an HTTP/1.1 error page.
const KEPT: usize = 4 * 1024;

/// The first bytes of the server, kept as long as they may be, or are, something else than TLS.
#[derive(Debug)]
pub(super) enum Opening {
    /// It cannot be told yet.
    Unknown(Vec<u8>),
    /// With a record, or the bytes are missing.
    Tls,
    /// With something else.
    Foreign(Vec<u8>),
}

impl Default for Opening {
    fn default() -> Self {
        Self::Unknown(Vec::new())
    }
}

impl Opening {
    /// Takes the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let (Self::Unknown(kept) | Self::Foreign(kept)) = self else {
            return;
        };
        let room = KEPT - kept.len();
        kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if let Self::Unknown(kept) = self
            && let Some(is_tls) = is_tls(kept)
        {
            let kept = std::mem::take(kept);
            *self = if is_tls {
                Self::Tls
            } else {
                Self::Foreign(kept)
            };
        }
    }

    /// Takes note that the next bytes are missing.
    pub(super) fn missing(&mut self) {
        if let Self::Unknown(_) = self {
            *self = Self::Tls;
        }
    }

    /// How much memory it takes beside itself, in bytes.
    pub(super) const fn memory(&self) -> usize {
        match self {
            Self::Unknown(kept) | Self::Foreign(kept) => kept.capacity(),
            Self::Tls => 0,
        }
    }

    /// The failure that this is to a client that began with a ClientHello.
    pub(super) fn failure(&self) -> Option<TlsFailure> {
        let Self::Foreign(bytes) = self else {
            return None;
        };
        Some(TlsFailure::NotTls {
            protocol: Protocol::recognise(bytes),
            bytes: bytes.clone(),
        })
    }
}
