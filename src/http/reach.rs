//! The way to a connection: name resolution, TCP, a proxy. Filled in by the source; plain facts.

use std::time::Duration;

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
