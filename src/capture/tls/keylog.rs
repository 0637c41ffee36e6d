//! The secrets of connections, as TLS libraries write them for Wireshark (RFC 9850).

use std::collections::{HashMap, VecDeque};
use std::fmt;

/// The longest secret in use, in bytes: the hash of SHA-384, or a master secret of TLS 1.2.
const SECRET_MAX: usize = 48;

/// Length of a client random, in bytes (RFC 8446, 4.1.2).
pub const RANDOM_LENGTH: usize = 32;

/// Connections whose secrets are kept: some 12 MiB of them. The first ones make place for more, as a key log that is
/// appended to has its newest last.
const CONNECTIONS_MAX: usize = 32 * 1024;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// The master secret of TLS 1.2 and before.
    Master,
    /// Early data of the client.
    ClientEarly,
    /// The client's handshake messages.
    ClientHandshake,
    /// The server's handshake messages.
    ServerHandshake,
    /// The client's application data, until its first key update.
    ClientTraffic,
    /// The server's application data, until its first key update.
    ServerTraffic,
}

impl Label {
    const ALL: [Self; 6] = [
        Self::Master,
        Self::ClientEarly,
        Self::ClientHandshake,
        Self::ServerHandshake,
        Self::ClientTraffic,
        Self::ServerTraffic,
    ];

    /// The label in a key log.
    const fn name(self) -> &'static str {
        match self {
            Self::Master => "CLIENT_RANDOM",
            Self::ClientEarly => "CLIENT_EARLY_TRAFFIC_SECRET",
            Self::ClientHandshake => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            Self::ServerHandshake => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            Self::ClientTraffic => "CLIENT_TRAFFIC_SECRET_0",
            Self::ServerTraffic => "SERVER_TRAFFIC_SECRET_0",
        }
    }
}

/// One secret. It is not shown by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Secret {
    length: u8,
    bytes: [u8; SECRET_MAX],
}

impl Secret {
    /// A secret of these bytes, where there are neither none nor too many of them.
    pub(super) fn new(secret: &[u8]) -> Option<Self> {
        let mut bytes = [0; SECRET_MAX];
        bytes.get_mut(..secret.len())?.copy_from_slice(secret);
        let length = u8::try_from(secret.len()).ok().filter(|it| *it > 0)?;
        Some(Self { length, bytes })
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length.into()).unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

/// The secrets of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets([Option<Secret>; Label::ALL.len()]);

impl Secrets {
    /// The secret with this label.
    pub(super) fn get(&self, label: Label) -> Option<&Secret> {
        self.0.get(label as usize)?.as_ref()
    }
}

/// What [`KeyLog::add`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Lines with a secret that can be used.
    pub secrets: usize,
    /// Well-formed lines with a label that decryption has no use for, such as an exporter's.
    pub unused: usize,
    /// Lines that are none of a key log.
    pub broken: usize,
    /// Connections whose secrets had to make place.
    pub dropped: usize,
}

/// The secrets of many connections, from any number of sources.
#[derive(Debug, Default)]
pub struct KeyLog {
    connections: HashMap<[u8; RANDOM_LENGTH], Box<Secrets>>,
    /// Their client randoms, the oldest first.
    order: VecDeque<[u8; RANDOM_LENGTH]>,
}

impl KeyLog {
    /// Adds what `text` holds: a whole key log, or whole lines of one. Blank lines and comments (`#`) are passed over.
    /// A secret that was there is replaced.
    pub fn add(&mut self, text: &[u8]) -> Added {
        let mut added = Added::default();
        for line in text.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            match parse(line) {
                Some(Line::Secret(label, random, secret)) => {
                    added.secrets += 1;
                    added.dropped += usize::from(self.insert(label, random, secret));
                }
                Some(Line::Unused) => added.unused += 1,
                None => added.broken += 1,
            }
        }
        added
    }

    /// Whether there are no secrets at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// The lines of one connection, to be written into another key log or a Decryption Secrets Block; empty where there
    /// are none.
    #[must_use]
    pub fn lines_for(&self, client_random: &[u8; RANDOM_LENGTH]) -> String {
        let mut lines = String::new();
        if let Some(secrets) = self.secrets(client_random) {
            let random = hex::encode(client_random);
            for label in Label::ALL {
                if let Some(secret) = secrets.get(label) {
                    let secret = hex::encode(secret.bytes());
                    lines.push_str(&format!("{} {random} {secret}\n", label.name()));
                }
            }
        }
        lines
    }

    /// The secrets of one connection.
    pub(super) fn secrets(&self, client_random: &[u8; RANDOM_LENGTH]) -> Option<&Secrets> {
        self.connections.get(client_random).map(AsRef::as_ref)
    }

    /// Puts a secret in its place, and tells whether a connection had to go for it.
    fn insert(&mut self, label: Label, random: [u8; RANDOM_LENGTH], secret: Secret) -> bool {
        let mut dropped = false;
        let secrets = self.connections.entry(random).or_insert_with(|| {
            self.order.push_back(random);
            Box::default()
        });
        if let Some(place) = secrets.0.get_mut(label as usize) {
            *place = Some(secret);
        }
        if self.order.len() > CONNECTIONS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.connections.remove(&oldest);
            dropped = true;
        }
        dropped
    }
}

/// A line of a key log.
enum Line {
    Secret(Label, [u8; RANDOM_LENGTH], Secret),
    Unused,
}

/// `LABEL client-random secret`, the latter two in hexadecimal.
fn parse(line: &[u8]) -> Option<Line> {
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let (label, random, secret) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let random = hex::decode(random).ok()?;
    let secret = hex::decode(secret).ok()?;
    let Some(label) = Label::ALL
        .into_iter()
        .find(|it| it.name().as_bytes() == label)
    else {
        return Some(Line::Unused);
    };
    let fits = match label {
        Label::Master => secret.len() == 48,
        // The hash of SHA-256 or SHA-384.
        _ => matches!(secret.len(), 32 | 48),
    };
    let random = random.try_into().ok()?;
    let secret = Secret::new(&secret).filter(|_| fits)?;
    Some(Line::Secret(label, random, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn random() -> [u8; 32] {
        std::array::from_fn(|at| u8::try_from(at).unwrap())
    }

    #[test]
    fn lines_of_all_kinds() {
        let mut log = KeyLog::default();
        let text = format!(
            "# a comment\r\n\r\nCLIENT_RANDOM {} {}\r\n\
             EXPORTER_SECRET {RANDOM} {}\n\
             RSA 0011223344556677 {}\n\
             SERVER_TRAFFIC_SECRET_0  {RANDOM}\t{} \n\
             CLIENT_TRAFFIC_SECRET_0 {RANDOM} {}",
            RANDOM.to_uppercase(),
            "AB".repeat(48),
            "cd".repeat(32),
            "cd".repeat(48),
            "ef".repeat(32),
            "0a".repeat(48),
        );
        assert!(log.is_empty());
        let added = log.add(text.as_bytes());
        let expected = Added {
            secrets: 3,
            unused: 2,
            ..Added::default()
        };
        assert_eq!(added, expected);
        let lines = format!(
            "CLIENT_RANDOM {RANDOM} {}\nCLIENT_TRAFFIC_SECRET_0 {RANDOM} {}\nSERVER_TRAFFIC_SECRET_0 {RANDOM} {}\n",
            "ab".repeat(48),
            "0a".repeat(48),
            "ef".repeat(32)
        );
        assert_eq!(log.lines_for(&random()), lines);
        assert_eq!(log.lines_for(&[0; 32]), "");
        // What was written is read again, and replaces itself.
        assert_eq!(log.add(lines.as_bytes()).secrets, 3);
        assert_eq!(log.lines_for(&random()), lines);
    }

    #[test]
    fn broken_lines_are_counted() {
        let secret = "ab".repeat(32);
        let broken = [
            "CLIENT_TRAFFIC_SECRET_0".to_owned(),
            format!("CLIENT_TRAFFIC_SECRET_0 {RANDOM}"),
            format!("CLIENT_TRAFFIC_SECRET_0 {RANDOM} {secret} {secret}"),
            format!("CLIENT_TRAFFIC_SECRET_0 {RANDOM}00 {secret}"),
            format!("CLIENT_TRAFFIC_SECRET_0 {RANDOM} {secret}0"),
            format!("CLIENT_TRAFFIC_SECRET_0 {RANDOM} {secret}00"),
            format!("CLIENT_TRAFFIC_SECRET_0 {RANDOM} {}", "zz".repeat(32)),
            format!("CLIENT_RANDOM {RANDOM} {secret}"),
            format!("EXPORTER_SECRET {RANDOM} no-hex"),
            "plain text of another kind".to_owned(),
            "\u{0}\u{ff}".to_owned(),
        ];
        let mut log = KeyLog::default();
        let added = log.add(broken.join("\n").as_bytes());
        let expected = Added {
            broken: broken.len(),
            ..Added::default()
        };
        assert_eq!(added, expected);
        assert!(log.is_empty());
    }

    #[test]
    fn the_oldest_make_place() {
        let mut log = KeyLog::default();
        let secret = "ab".repeat(48);
        let line = |at: usize| format!("CLIENT_RANDOM {at:064x} {secret}\n");
        let text: String = (0..CONNECTIONS_MAX).map(line).collect();
        assert_eq!(log.add(text.as_bytes()).dropped, 0);
        assert_eq!(log.add(line(CONNECTIONS_MAX).as_bytes()).dropped, 1);
        assert_eq!(log.lines_for(&[0; 32]), "");
        assert_eq!(log.connections.len(), CONNECTIONS_MAX);
        assert_eq!(log.order.len(), CONNECTIONS_MAX);
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = Secret::new(&[7; 32]).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret { .. }");
        assert_eq!(Secret::new(&[]), None);
        assert_eq!(Secret::new(&[7; 49]), None);
    }
}
