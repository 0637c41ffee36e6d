//! A TLS handshake: what it showed, and why it failed. Filled in by the source; plain facts.

use std::sync::Arc;
use std::time::Duration;

use super::certificate::Certificate;
use crate::wire::Protocol;

/// The protection of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// Not known: no connection was made, or the source does not show it.
    #[default]
    Unknown,
    /// Nothing.
    Plaintext,
    /// TLS.
    Tls(Arc<Tls>),
}

impl Security {
    /// The handshake.
    #[must_use]
    pub fn tls(&self) -> Option<&Tls> {
        match self {
            Self::Tls(tls) => Some(tls),
            Self::Unknown | Self::Plaintext => None,
        }
    }
}

/// A TLS handshake. The encrypted part of one that was captured is known only if it was decrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The name sent as SNI and looked for in the certificate.
    pub server_name: String,
    /// The ALPN protocols offered.
    pub offered: Vec<String>,
    /// How long the handshake took, to its end or its failure.
    pub took: Duration,
    /// `TLS 1.3`; `None` where the handshake did not get that far.
    pub version: Option<String>,
    /// The cipher suite, `TLS13_AES_128_GCM_SHA256`.
    pub cipher: Option<String>,
    /// The protocol that the server selected.
    pub alpn: Alpn,
    /// The certificates that the server sent, its own first.
    pub chain: Vec<Certificate>,
    /// The verification of the chain, with its faults.
    pub verified: Verified,
    /// Whether the server's certificate is an authority's (its CA flag is set), which is no fault here only because it
    /// is itself trusted.
    pub authority_as_server: bool,
    /// Whether the server asked for a client certificate, and whether we had one to give.
    pub client_certificate: ClientCertificate,
    /// Whether faults of the chain were to be reported but not to stop the call (`--insecure`).
    pub insecure: bool,
    /// Why the handshake did not complete. Faults of the chain alone leave this `None`.
    pub failure: Option<TlsFailure>,
    /// True if both sides finished it.
    pub complete: bool,
    /// True if an earlier session was resumed, without a certificate.
    pub resumed: bool,
    /// The reason why a capture's bytes within TLS could not be read, a fragment; `None` if they were.
    pub not_decrypted: Option<String>,
}

impl Tls {
    /// Returns true if the handshake completed and left a connection to send on.
    #[must_use]
    pub fn usable(&self) -> bool {
        self.failure.is_none() && (self.faults().is_empty() || self.insecure)
    }

    /// Everything that is wrong with the chain.
    #[must_use]
    pub fn faults(&self) -> &[CertificateFault] {
        match &self.verified {
            Verified::Faults(faults) => faults,
            Verified::NotChecked | Verified::Yes => &[],
        }
    }
}

/// The server's answer on ALPN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Alpn {
    /// It was not seen.
    #[default]
    Unseen,
    /// It selected no protocol.
    Nothing,
    /// It selected this one.
    Selected(String),
}

impl Alpn {
    /// The protocol that was selected.
    #[must_use]
    pub fn selected(&self) -> Option<&str> {
        match self {
            Self::Selected(protocol) => Some(protocol),
            Self::Unseen | Self::Nothing => None,
        }
    }
}

impl From<Option<String>> for Alpn {
    fn from(selected: Option<String>) -> Self {
        selected.map_or(Self::Nothing, Self::Selected)
    }
}

/// The verification of a certificate chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verified {
    /// None was made: no certificate came, or a capture does not say whom the client trusts.
    #[default]
    NotChecked,
    /// Nothing is wrong with it.
    Yes,
    /// Everything that is wrong with it, each fault apart.
    Faults(Vec<CertificateFault>),
}

/// Client authentication in a handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificate {
    /// The server did not ask.
    #[default]
    NotRequested,
    /// The server asked and we had none.
    RequestedNoneSent,
    /// The server asked and got ours.
    Sent,
}

/// Why a handshake did not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// The server sent a fatal alert.
    Alert {
        /// The alert's description code (RFC 8446, 6).
        description: u8,
        /// Its name in the RFC, e.g. `handshake_failure`; `unknown` for a code it does not list.
        name: &'static str,
    },
    /// The server's first bytes are no TLS record.
    NotTls {
        /// What they look like; `None` where they are an HTTP/2 frame.
        protocol: Option<Protocol>,
        /// The first of them.
        bytes: Vec<u8>,
    },
    /// The server closed the connection; with how many bytes received before.
    Closed {
        /// Bytes that the server had sent.
        received: u64,
        /// The operating system's words, where it was not a plain end of stream.
        error: Option<String>,
    },
    /// Our deadline passed; with how many bytes received before.
    TimedOut {
        /// Bytes that the server had sent.
        received: u64,
    },
    /// Our TLS library gave up, in its words.
    Other(String),
}

/// One thing wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Past its end.
    Expired {
        /// Which certificate of the chain, 0 is the server's own.
        certificate: usize,
        /// End of validity, seconds since the Unix epoch.
        not_after: i64,
        /// The time it was checked at, seconds since the Unix epoch.
        now: i64,
    },
    /// Before its start.
    NotYetValid {
        /// Which certificate of the chain, 0 is the server's own.
        certificate: usize,
        /// Start of validity, seconds since the Unix epoch.
        not_before: i64,
        /// The time it was checked at, seconds since the Unix epoch.
        now: i64,
    },
    /// The chain does not end at a root that is trusted.
    UnknownIssuer {
        /// The issuer that was not found.
        issuer: String,
        /// Whether the server's own certificate is self-signed.
        self_signed: bool,
    },
    /// None of the names is the one that was asked for.
    WrongName {
        /// The name asked for.
        wanted: String,
        /// The names that the certificate has.
        names: Vec<String>,
    },
    /// Another fault, in our TLS library's words.
    Other(String),
}
