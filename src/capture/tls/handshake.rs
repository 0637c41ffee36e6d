//! What the handshake messages of both sides say.

use super::facts::{Facts, NoPlaintext};
use super::hello::{self, ClientHello, EncryptedExtensions, ServerHello};
use super::keylog::RANDOM_LENGTH;
use super::keys::Epoch;
use super::messages::{Message, kind};
use super::suite::Suite;
use crate::http::certificate;
use crate::http::tls::{Alpn, ClientCertificate};
use crate::wire::Direction;

/// The version's code (RFC 8446, 4.2.1).
const TLS12: u16 = 0x0303;
const TLS13: u16 = 0x0304;

/// Early data of the client (RFC 8446, 2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Early {
    /// The client sends none.
    #[default]
    None,
    /// The client may be sending some, and the server's answer is not seen yet.
    Offered,
    /// The server takes it.
    Accepted,
    /// The server passes over it, and the client sends it again.
    Rejected,
}

/// What the hellos agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Negotiated {
    version: u16,
    code: u16,
    /// The suite, where it can be decrypted.
    pub(super) suite: Option<Suite>,
    /// The server's random.
    pub(super) server_random: [u8; RANDOM_LENGTH],
}

impl Negotiated {
    /// Whether the version is TLS 1.3.
    pub(super) const fn is_tls13(&self) -> bool {
        self.version == TLS13
    }

    /// What stands against decrypting, whatever the keys.
    pub(super) fn obstacle(&self) -> Option<NoPlaintext> {
        if !matches!(self.version, TLS12 | TLS13) {
            return Some(NoPlaintext::Version(version_name(self.version)));
        }
        if self.suite.is_none() {
            return Some(NoPlaintext::CipherSuite(Suite::name(self.code)));
        }
        None
    }
}

/// What a message changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing about keys.
    Nothing,
    /// The hellos are complete.
    Negotiated,
    /// Early data was accepted.
    EarlyData,
    /// The last message of this epoch of its side; what follows is under the next key.
    Ended(Epoch),
}

/// Reads the handshake.
#[derive(Debug, Default)]
pub(super) struct Handshake {
    /// What the hellos agreed on, once both were seen.
    pub(super) negotiated: Option<Negotiated>,
    /// Early data.
    pub(super) early: Early,
    /// Whether a HelloRetryRequest was seen, which only TLS 1.3 has.
    pub(super) retried: bool,
    session_id: Vec<u8>,
    finished: [bool; 2],
}

impl Handshake {
    /// Whether the version is known to be TLS 1.3.
    pub(super) fn is_tls13(&self) -> bool {
        self.retried || self.negotiated.is_some_and(|it| it.is_tls13())
    }

    /// Reads one message into `facts`, and answers what it changes.
    pub(super) fn read(
        &mut self,
        direction: Direction,
        message: Message<'_>,
        facts: &mut Facts,
    ) -> Step {
        let body = message.body;
        match (direction, message.kind) {
            (Direction::Sent, kind::CLIENT_HELLO) => return self.client_hello(body, facts),
            (Direction::Received, kind::SERVER_HELLO) => return self.server_hello(body, facts),
            (Direction::Received, kind::ENCRYPTED_EXTENSIONS) => {
                return self.encrypted_extensions(body, facts);
            }
            (_, kind::CERTIFICATE) => self.certificate(direction, body, facts),
            (Direction::Received, kind::CERTIFICATE_REQUEST)
                if facts.tls.client_certificate == ClientCertificate::NotRequested =>
            {
                facts.tls.client_certificate = ClientCertificate::RequestedNoneSent;
            }
            (_, kind::FINISHED) => {
                self.finish(direction, facts);
                return Step::Ended(Epoch::Handshake);
            }
            (Direction::Sent, kind::END_OF_EARLY_DATA) => return Step::Ended(Epoch::EarlyData),
            (_, kind::KEY_UPDATE) => return Step::Ended(Epoch::Application),
            _ => {}
        }
        Step::Nothing
    }

    /// Takes note that a side has finished the handshake.
    pub(super) fn finish(&mut self, direction: Direction, facts: &mut Facts) {
        if let Some(finished) = self
            .finished
            .get_mut(usize::from(direction == Direction::Sent))
        {
            *finished = true;
        }
        facts.complete = self.finished == [true; 2];
    }

    fn client_hello(&mut self, body: &[u8], facts: &mut Facts) -> Step {
        // The second one, after a HelloRetryRequest, has the random and the offers of the first.
        if facts.client_random.is_some() {
            return Step::Nothing;
        }
        let Some(hello) = ClientHello::parse(body) else {
            return Step::Nothing;
        };
        facts.client_random = Some(hello.random);
        facts.tls.server_name = hello.server_name.unwrap_or_default();
        facts.tls.offered = hello.offered;
        hello.session_id.clone_into(&mut self.session_id);
        if hello.early_data {
            self.early = Early::Offered;
        }
        // The server's may have been captured first.
        if self.negotiated.is_some() {
            Step::Negotiated
        } else {
            Step::Nothing
        }
    }

    fn server_hello(&mut self, body: &[u8], facts: &mut Facts) -> Step {
        if self.negotiated.is_some() {
            return Step::Nothing;
        }
        let Some(hello) = ServerHello::parse(body) else {
            return Step::Nothing;
        };
        if hello.is_retry_request() {
            self.retried = true;
            if self.early == Early::Offered {
                self.early = Early::Rejected;
            }
            return Step::Nothing;
        }
        let negotiated = Negotiated {
            version: hello.version,
            code: hello.suite,
            suite: Suite::of(hello.suite),
            server_random: hello.random,
        };
        facts.tls.version = Some(version_name(hello.version));
        facts.tls.cipher = Some(Suite::name(hello.suite));
        facts.tls.alpn = selected(hello.alpn);
        facts.resumed = if negotiated.is_tls13() {
            hello.pre_shared_key
        } else {
            !hello.session_id.is_empty() && hello.session_id == self.session_id
        };
        if !negotiated.is_tls13() && self.early == Early::Offered {
            self.early = Early::Rejected;
        }
        self.negotiated = Some(negotiated);
        Step::Negotiated
    }

    fn encrypted_extensions(&mut self, body: &[u8], facts: &mut Facts) -> Step {
        let read = EncryptedExtensions::parse(body);
        facts.tls.alpn = selected(read.alpn);
        if self.early != Early::Offered {
            return Step::Nothing;
        }
        if !read.early_data {
            self.early = Early::Rejected;
            return Step::Nothing;
        }
        self.early = Early::Accepted;
        Step::EarlyData
    }

    fn certificate(&self, direction: Direction, body: &[u8], facts: &mut Facts) {
        let mut certificates = hello::certificates(body, self.is_tls13());
        match direction {
            Direction::Sent => {
                if certificates.next().is_some() {
                    facts.tls.client_certificate = ClientCertificate::Sent;
                }
            }
            Direction::Received => {
                if facts.tls.chain.is_empty() {
                    facts.tls.chain = certificates.map(certificate::describe).collect();
                }
            }
        }
    }
}

/// The name of a version: `TLS 1.3`; its code for one that has none.
fn version_name(version: u16) -> String {
    match version {
        0x0300 => "SSL 3.0".to_owned(),
        0x0301 => "TLS 1.0".to_owned(),
        0x0302 => "TLS 1.1".to_owned(),
        TLS12 => "TLS 1.2".to_owned(),
        TLS13 => "TLS 1.3".to_owned(),
        other => format!("TLS version {other:#06x}"),
    }
}

/// The protocol of a message that may be the one before that which has it.
fn selected(protocol: Option<String>) -> Alpn {
    protocol.map_or(Alpn::Unseen, Alpn::Selected)
}
