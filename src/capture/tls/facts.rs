//! What is known of a connection beside its plaintext.

use std::fmt;

use super::keylog::RANDOM_LENGTH;
use crate::http::certificate::Certificate;
use crate::http::tls::{Tls, TlsFailure};
use crate::wire::Direction;
use crate::wire::alert;

/// The description of an alert that closes a direction in good order.
const CLOSE_NOTIFY: u8 = 0;

/// The description of the one other alert that is not fatal in TLS 1.3.
const USER_CANCELED: u8 = 90;

/// The level of a fatal alert.
const FATAL: u8 = 2;

/// What the records of a connection showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The handshake. `took` is left at zero, as nothing here knows the time; `faults` are not looked for. That the
    /// server does not speak TLS is told at the end.
    pub tls: Tls,
    /// The client's random, by which a key log names the connection; `None` where its ClientHello was not seen.
    pub client_random: Option<[u8; RANDOM_LENGTH]>,
    /// Whether the session is an earlier one's, which shows no certificates.
    pub resumed: bool,
    /// Whether both sides finished the handshake. Without keys, that is when each has sent a record that looks like it.
    pub complete: bool,
    /// The client's side.
    pub sent: SideFacts,
    /// The server's side.
    pub received: SideFacts,
}

impl Facts {
    /// The facts of one side.
    #[must_use]
    pub const fn side(&self, direction: Direction) -> &SideFacts {
        match direction {
            Direction::Sent => &self.sent,
            Direction::Received => &self.received,
        }
    }

    /// How much memory they take beside themselves, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let tls = &self.tls;
        let certificate = |it: &Certificate| {
            let texts = [&it.subject, &it.issuer, &it.serial, &it.key, &it.sha256];
            size_of::<Certificate>()
                + texts.map(String::capacity).iter().sum::<usize>()
                + strings(&it.names)
        };
        let texts = [&tls.version, &tls.cipher].into_iter().flatten();
        let alpn = tls.alpn.selected().map_or(0, str::len);
        alpn + tls.server_name.capacity()
            + texts.map(String::capacity).sum::<usize>()
            + strings(&tls.offered)
            + tls.chain.iter().map(certificate).sum::<usize>()
    }

    pub(super) const fn side_mut(&mut self, direction: Direction) -> &mut SideFacts {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    /// Takes note of an alert; answers `None` for close_notify.
    pub(super) fn alert(
        &mut self,
        direction: Direction,
        level: u8,
        description: u8,
        is_tls13: bool,
    ) -> Option<Alert> {
        let side = self.side_mut(direction);
        if description == CLOSE_NOTIFY {
            side.closed = true;
            return None;
        }
        let alert = Alert {
            level,
            description,
            name: alert::name(description),
        };
        side.alert.get_or_insert(alert);
        let is_fatal = if is_tls13 {
            description != USER_CANCELED
        } else {
            level == FATAL
        };
        if is_fatal {
            self.refused(direction, alert);
        }
        Some(alert)
    }

    /// A fatal alert ends the handshake; also where a server refuses, after its own Finished, what the client answered
    /// with (RFC 8446, 4.4.2.4).
    fn refused(&mut self, direction: Direction, alert: Alert) {
        let answered = direction == Direction::Received && self.received.plaintext == 0;
        // What is inside shows that the handshake had ended, even where a part of it is missing.
        let carried = self.sent.plaintext > 0 && self.received.plaintext > 0;
        if carried || self.complete && !answered {
            return;
        }
        let failure = match direction {
            Direction::Received => TlsFailure::Alert {
                description: alert.description,
                name: alert.name,
            },
            Direction::Sent => TlsFailure::Other(format!(
                "the client ended it with alert {}, {}",
                alert.description, alert.name
            )),
        };
        self.tls.failure.get_or_insert(failure);
    }
}

/// How much memory a list of texts takes, in bytes.
fn strings(list: &[String]) -> usize {
    list.iter()
        .map(|text| size_of::<String>() + text.capacity())
        .sum()
}

/// What the records of one side showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideFacts {
    /// Whole records.
    pub records: u64,
    /// Records that were decrypted.
    pub decrypted: u64,
    /// Records that are known to be missing in part. What is missing between records is not counted.
    pub lost: u64,
    /// Bytes of plaintext handed out.
    pub plaintext: u64,
    /// Why there is no plaintext, or no more of it; `None` while nothing stands against it.
    pub no_plaintext: Option<NoPlaintext>,
    /// The first alert that was not close_notify.
    pub alert: Option<Alert>,
    /// Whether close_notify was seen.
    pub closed: bool,
}

/// An alert (RFC 8446, 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// 1 is warning, 2 is fatal; TLS 1.3 has no use for it.
    pub level: u8,
    /// Its code.
    pub description: u8,
    /// Its name in the RFC; `unknown` for a code that it does not list.
    pub name: &'static str,
}

/// Why there is no plaintext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlaintext {
    /// The capture starts after the hellos, or they are missing from it.
    NoHandshake,
    /// The key log does not have the secret.
    NoKey,
    /// The cipher suite is not one of those that can be decrypted.
    CipherSuite(String),
    /// The version is not one of those that can be decrypted.
    Version(String),
    /// The secret is not the connection's, or the records are not what was sent.
    WrongKey {
        /// The first whole record of the direction, counted from 1, that does not decrypt.
        record: u64,
    },
}

impl fmt::Display for NoPlaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHandshake => f.write_str("the handshake was not captured"),
            Self::NoKey => f.write_str("no key log with its key was given"),
            Self::CipherSuite(name) => write!(
                f,
                "cipher suite {name} cannot be decrypted, only those of AES-GCM and ChaCha20-Poly1305"
            ),
            Self::Version(name) => write!(f, "{name} cannot be decrypted, only TLS 1.2 and 1.3"),
            Self::WrongKey { record } => {
                write!(f, "wrong key: record {record} does not decrypt")
            }
        }
    }
}
