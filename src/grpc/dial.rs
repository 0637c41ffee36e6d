//! How a connection came to be: name resolution, TCP, TLS, ALPN. Filled in by the source; plain facts.

use std::time::Duration;

use crate::wire::Protocol;

/// The way to a connection, as far as it got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dial {
    /// The host as it was asked for: a name, an address, or the path of a unix socket.
    pub host: String,
    /// The port; `None` for a unix socket.
    pub port: Option<u16>,
    /// Looking the name up. `None` where there was nothing to look up (an address, a unix socket).
    pub resolve: Option<Resolve>,
    /// Every connection attempt, in the order in which they were started.
    pub attempts: Vec<Attempt>,
    /// The tunnel through a proxy; `None` where there is no proxy, or no connection to it came about. `host` and
    /// `attempts` are the proxy's, where one was to be used.
    pub tunnel: Option<Tunnel>,
    /// The proxy that was to be used, `host:port`.
    pub proxy: Option<String>,
    /// The address that accepted, `ip:port` or a path; the target's name and port where a proxy connected to it.
    pub peer: Option<String>,
    /// From the first attempt to the connection, or to giving up.
    pub connect_took: Option<Duration>,
    /// The handshake; `None` on plaintext connections, and where no connection came about.
    pub tls: Option<Tls>,
}

/// A look-up of a host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// How long it took.
    pub took: Duration,
    /// The addresses found, in the order in which they are tried.
    pub result: Result<Vec<String>, Failure>,
}

/// One attempt at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// `ip:port`, or a path.
    pub address: String,
    /// How long it took to succeed or fail.
    pub took: Duration,
    /// Why it failed; `None` where it succeeded or was abandoned for another that did.
    pub failure: Option<Failure>,
}

/// Why looking up or connecting failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind that rules tell apart.
    pub kind: FailureKind,
    /// The operating system's words.
    pub text: String,
}

/// The kinds of failure that rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The name has no addresses.
    NotFound,
    /// A host answered that nothing listens there (or the socket file has no listener).
    Refused,
    /// No route to the host or network.
    Unreachable,
    /// Our deadline passed.
    TimedOut,
    /// Anything else.
    Other,
}

/// Asking a proxy for a tunnel (HTTP CONNECT).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The proxy, `host:port`.
    pub proxy: String,
    /// What the tunnel was to lead to, `host:port`.
    pub target: String,
    /// Whether credentials were sent.
    pub credentials: bool,
    /// What the proxy answered: the head, and the start of the body where it refused.
    pub answer: Vec<u8>,
    /// How it went.
    pub end: TunnelEnd,
}

/// How asking for a tunnel went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TunnelEnd {
    /// It is open.
    Open,
    /// The proxy answered with a status other than success.
    Refused(u16),
    /// The answer is not HTTP.
    NotHttp,
    /// The proxy closed the connection; with the operating system's words, where it was not a plain end of stream.
    Closed(Option<String>),
    /// Our deadline passed.
    TimedOut,
}

/// A TLS handshake and what it showed.
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
    pub alpn: Option<String>,
    /// The certificates that the server sent, its own first.
    pub chain: Vec<Certificate>,
    /// Everything wrong with the chain, each fault apart.
    pub faults: Vec<CertificateFault>,
    /// Whether the server's certificate is an authority's (its CA flag is set), which is no fault here only because it
    /// is itself trusted.
    pub authority_as_server: bool,
    /// Whether the server asked for a client certificate, and whether we had one to give.
    pub client_certificate: ClientCertificate,
    /// Whether faults of the chain were to be reported but not to stop the call (`--insecure`).
    pub insecure: bool,
    /// Why the handshake did not complete. Faults of the chain alone leave this `None`.
    pub failure: Option<TlsFailure>,
}

impl Tls {
    /// Whether the handshake completed and left a connection to send on.
    #[must_use]
    pub fn usable(&self) -> bool {
        self.failure.is_none() && (self.faults.is_empty() || self.insecure)
    }
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

/// A certificate, described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Subject, RFC 4514 form.
    pub subject: String,
    /// Issuer, RFC 4514 form.
    pub issuer: String,
    /// DNS names and addresses it is valid for (subjectAltName).
    pub names: Vec<String>,
    /// Start of validity, seconds since the Unix epoch.
    pub not_before: i64,
    /// End of validity, seconds since the Unix epoch.
    pub not_after: i64,
    /// Serial number, hex.
    pub serial: String,
    /// Public key algorithm and size, `RSA 2048`, `EC P-256`, `Ed25519`.
    pub key: String,
    /// SHA-256 of the certificate, hex.
    pub sha256: String,
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
