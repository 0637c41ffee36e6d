//! The keys of one direction as they follow each other, and the place of its records.

use std::ops::Range;

use super::keylog::{Label, RANDOM_LENGTH, Secret, Secrets};
use super::record::ContentType;
use super::record_key::{self, RecordKey};
use super::suite::Suite;
use crate::wire::Direction;

/// How many places in a direction a record is tried at after a gap. A gap is of some hundred records at most where a
/// capture dropped packets, and a record of 16 KiB takes microseconds to try.
const TRIES_MAX: u64 = 4096;

/// Where the keys of a direction come from.
#[derive(Clone, Copy, Debug)]
enum Schedule {
    /// The master secret, and the randoms of client and server.
    Tls12([[u8; RANDOM_LENGTH]; 2]),
    /// A secret for each epoch; the current one's, once it is known.
    Tls13(Epoch, Option<Secret>),
}

/// The stages of a direction in TLS 1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Epoch {
    /// The client's, before the server's answer.
    EarlyData,
    /// Until Finished.
    Handshake,
    /// All that follows; each key update begins another.
    Application,
}

/// What was lost before a record that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// No plaintext of the application.
    Nothing,
    /// So many records of application data.
    Records(u64),
    /// It cannot be told.
    Unknown,
}

/// A record that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    /// What it carries.
    pub(super) kind: ContentType,
    /// Where in the record that stands.
    pub(super) content: Range<usize>,
    /// What was lost before it.
    pub(super) lost: Lost,
    /// Whether it is the first under a key whose beginning was not seen.
    pub(super) new_key: bool,
}

/// The keys of one direction, and where it is.
#[derive(Debug)]
pub(super) struct Keys {
    direction: Direction,
    suite: Suite,
    schedule: Schedule,
    current: Option<RecordKey>,
    /// The number of records under the current key before the next one, where none is lost beside those known.
    sequence: u64,
    /// The number after that of the last record opened.
    expected: u64,
    /// Records that may be lost beside those known.
    slack: u64,
    /// Whether the beginning of the current key was seen.
    begun: bool,
    /// Whether the next record should be at `sequence`, under a key that is proven.
    sure: bool,
}

impl Keys {
    /// The keys of a direction of TLS 1.2.
    pub(super) const fn tls12(
        direction: Direction,
        suite: Suite,
        randoms: [[u8; RANDOM_LENGTH]; 2],
    ) -> Self {
        Self::new(direction, suite, Schedule::Tls12(randoms))
    }

    /// The keys of a direction of TLS 1.3, from its handshake on.
    pub(super) const fn tls13(direction: Direction, suite: Suite) -> Self {
        Self::new(direction, suite, Schedule::Tls13(Epoch::Handshake, None))
    }

    const fn new(direction: Direction, suite: Suite, schedule: Schedule) -> Self {
        Self {
            direction,
            suite,
            schedule,
            current: None,
            sequence: 0,
            expected: 0,
            slack: 0,
            begun: false,
            sure: false,
        }
    }

    /// Goes back to the early data that comes before the handshake (TLS 1.3).
    pub(super) const fn begin_early_data(&mut self) {
        let schedule = Schedule::Tls13(Epoch::EarlyData, None);
        *self = Self::new(self.direction, self.suite, schedule);
    }

    /// Begins with the first encrypted record (TLS 1.2).
    pub(super) const fn begin(&mut self) {
        self.restart();
        self.begun = true;
    }

    /// Goes on to the next key, which begins with the next record.
    pub(super) fn advance(&mut self, secrets: Option<&Secrets>) {
        let next = self.next_secret(secrets);
        self.schedule = self.next_schedule(next);
        self.current = next.and_then(|secret| RecordKey::tls13(self.suite, &secret));
        self.begin();
    }

    /// Whether the keys are those of TLS 1.3, where messages change them.
    pub(super) const fn is_tls13(&self) -> bool {
        matches!(self.schedule, Schedule::Tls13(..))
    }

    /// Whether this is the epoch that the direction is in; it never is in TLS 1.2.
    pub(super) fn is_in(&self, epoch: Epoch) -> bool {
        matches!(self.schedule, Schedule::Tls13(current, _) if current == epoch)
    }

    /// Whether there is a key that the next record may be under, once there are `secrets`.
    pub(super) fn resolve(&mut self, secrets: Option<&Secrets>) -> bool {
        if self.current.is_none()
            && let Some(secrets) = secrets
        {
            self.current = match &mut self.schedule {
                Schedule::Tls12(randoms) => secrets.get(Label::Master).and_then(|master| {
                    RecordKey::tls12(self.suite, master, randoms, self.direction)
                }),
                Schedule::Tls13(epoch, secret) => {
                    *secret = secrets.get(label(self.direction, *epoch)).copied();
                    secret.and_then(|secret| RecordKey::tls13(self.suite, &secret))
                }
            };
        }
        self.current.is_some() || self.next_secret(secrets).is_some()
    }

    /// Whether the next record is under the current key, as far as lost records tell.
    pub(super) const fn is_sure(&self) -> bool {
        self.sure
    }

    /// Opens a record in place, which is to be [sure](Self::is_sure). One that does not open is gone.
    pub(super) fn open(&mut self, record: &mut [u8]) -> Option<Opened> {
        let opened = self.current.as_ref()?.open(self.sequence, record);
        self.sure = opened.is_some();
        let (kind, content) = opened?;
        Some(self.opened(kind, content, self.sequence))
    }

    /// Opens a record in place, trying it at each place that it may have after records were lost, and under the key that
    /// may have followed. One that does not open is left as it is.
    pub(super) fn search(
        &mut self,
        record: &mut [u8],
        secrets: Option<&Secrets>,
    ) -> Option<Opened> {
        let tries = self.slack.saturating_add(1).min(TRIES_MAX);
        let mut scratch = Vec::new();
        let mut search = |key: &RecordKey, from: u64| {
            (from..from.saturating_add(tries)).find_map(|sequence| {
                scratch.clear();
                scratch.extend_from_slice(record);
                let (kind, content) = key.open(sequence, &mut scratch)?;
                record.copy_from_slice(&scratch);
                Some((kind, content, sequence))
            })
        };
        if let Some((kind, content, sequence)) = self
            .current
            .as_ref()
            .and_then(|key| search(key, self.sequence))
        {
            return Some(self.opened(kind, content, sequence));
        }
        let next = self.next_secret(secrets)?;
        let key = RecordKey::tls13(self.suite, &next)?;
        let (kind, content, sequence) = search(&key, 0)?;
        let updated = matches!(self.schedule, Schedule::Tls13(Epoch::Application, _));
        self.schedule = self.next_schedule(Some(next));
        self.current = Some(key);
        self.restart();
        let mut opened = self.opened(kind, content, sequence);
        opened.new_key = true;
        if updated {
            opened.lost = Lost::Unknown;
        }
        Some(opened)
    }

    /// Takes note that so many records are lost.
    pub(super) const fn skip(&mut self, records: u64) {
        self.sequence = self.sequence.saturating_add(records);
        self.sure = false;
    }

    /// Takes note that up to so many records may be lost.
    pub(super) const fn slacken(&mut self, records: u64) {
        self.slack = self.slack.saturating_add(records);
        self.sure = false;
    }

    /// The bytes of a record that are not plaintext, where it is not padded; its header is among them.
    pub(super) fn overhead(&self) -> u64 {
        record_key::overhead(self.suite, self.is_tls13()) as u64
    }

    /// Takes note of a record that was opened at a place.
    fn opened(&mut self, kind: ContentType, content: Range<usize>, sequence: u64) -> Opened {
        let lost = match self.schedule {
            Schedule::Tls13(Epoch::Handshake, _) => Lost::Nothing,
            // The first encrypted record of TLS 1.2 is Finished.
            Schedule::Tls12(_) if self.expected == 0 && sequence <= 1 => Lost::Nothing,
            _ if self.begun || self.expected > 0 => Lost::Records(sequence - self.expected),
            _ if sequence == 0 => Lost::Nothing,
            _ => Lost::Unknown,
        };
        self.sequence = sequence.saturating_add(1);
        self.expected = self.sequence;
        self.slack = 0;
        self.sure = true;
        Opened {
            kind,
            content,
            lost,
            new_key: false,
        }
    }

    const fn restart(&mut self) {
        self.sequence = 0;
        self.expected = 0;
        self.slack = 0;
        self.begun = false;
        self.sure = false;
    }

    /// The secret of the key that follows the current one; none in TLS 1.2.
    fn next_secret(&self, secrets: Option<&Secrets>) -> Option<Secret> {
        let Schedule::Tls13(epoch, secret) = &self.schedule else {
            return None;
        };
        let next = match epoch {
            Epoch::EarlyData => Epoch::Handshake,
            Epoch::Handshake => Epoch::Application,
            Epoch::Application => return record_key::updated(self.suite, secret.as_ref()?),
        };
        secrets?.get(label(self.direction, next)).copied()
    }

    /// The schedule that follows, with its secret.
    const fn next_schedule(&self, secret: Option<Secret>) -> Schedule {
        match self.schedule {
            Schedule::Tls13(Epoch::EarlyData, _) => Schedule::Tls13(Epoch::Handshake, secret),
            Schedule::Tls13(..) => Schedule::Tls13(Epoch::Application, secret),
            Schedule::Tls12(randoms) => Schedule::Tls12(randoms),
        }
    }
}

/// What the secret of an epoch is called in a key log.
const fn label(direction: Direction, epoch: Epoch) -> Label {
    match (direction, epoch) {
        (_, Epoch::EarlyData) => Label::ClientEarly,
        (Direction::Sent, Epoch::Handshake) => Label::ClientHandshake,
        (Direction::Received, Epoch::Handshake) => Label::ServerHandshake,
        (Direction::Sent, Epoch::Application) => Label::ClientTraffic,
        (Direction::Received, Epoch::Application) => Label::ServerTraffic,
    }
}
