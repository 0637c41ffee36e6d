//! One direction of a connection: its records, its keys, and what is lost of it.

use super::keylog::Secrets;
use super::keys::{Epoch, Keys, Lost, Opened};
use super::messages::Messages;
use super::record::Records;

/// Records that may fail to decrypt one after another until a direction is given up. A wrong key fails them all; bytes
/// taken for a record in a gap fail one or two.
const FAILURES_MAX: u32 = 16;

/// The shortest record that is encrypted, in bytes: a header, a tag, a byte of TLS 1.3's content type or none.
const ENCRYPTED_MIN: u64 = 5 + 16;

/// Bytes and records that were not decrypted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skipped {
    /// Records that are known to be lost.
    records: u64,
    /// The most records that may be lost beside them.
    slack: u64,
    /// Bytes of all of them, headers included.
    bytes: u64,
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) records: Records,
    pub(super) messages: Messages,
    /// Its keys, once the hellos are complete.
    pub(super) keys: Option<Keys>,
    /// Whether change_cipher_spec was seen.
    pub(super) changed: bool,
    /// Whether it is given up.
    pub(super) dead: bool,
    /// Whole records tried, or in the clear.
    pub(super) passed: u64,
    /// Records held until there is a key.
    pub(super) held: usize,
    /// What came after those held and is not held itself.
    after: Skipped,
    /// Bytes of records, headers included, between the last record decrypted and the next.
    skipped: u64,
    /// Plaintext that is lost and not told yet: the number of bytes, where it can be told.
    missing: Option<Option<u64>>,
    failures: u32,
}

impl Side {
    /// How much memory it takes beside itself, in bytes.
    pub(super) const fn memory(&self) -> usize {
        self.records.memory() + self.messages.memory()
    }

    /// Whether the key and the place of the next record are known, so that there is nothing to try.
    pub(super) fn is_sure(&self) -> bool {
        let keys = self.keys.as_ref();
        keys.is_some_and(|it| it.is_sure() && !(it.is_tls13() && self.messages.is_lost()))
    }

    /// Opens a record in place; `secrets` are of use where it is not sure.
    pub(super) fn open(&mut self, record: &mut [u8], secrets: Option<&Secrets>) -> Option<Opened> {
        self.passed += 1;
        let is_sure = self.is_sure();
        let keys = self.keys.as_mut()?;
        if is_sure {
            keys.open(record)
        } else {
            keys.search(record, secrets)
        }
    }

    /// Takes note of a whole encrypted record, of so many bytes, that is lost.
    pub(super) fn skip_record(&mut self, bytes: usize) {
        self.skip(Skipped {
            records: 1,
            slack: 0,
            bytes: bytes as u64,
        });
    }

    /// Takes note of bytes in which records may have begun.
    pub(super) fn skip_bytes(&mut self, bytes: u64) {
        self.skip(Skipped {
            records: 0,
            slack: (bytes / ENCRYPTED_MIN).saturating_add(1),
            bytes,
        });
    }

    fn skip(&mut self, skipped: Skipped) {
        let Skipped {
            records,
            slack,
            bytes,
        } = skipped;
        if self.held == 0 {
            self.messages.lost();
        }
        let waits = self.waits();
        match &mut self.keys {
            Some(keys) if !waits => {
                keys.skip(records);
                keys.slacken(slack);
                self.skipped = self.skipped.saturating_add(bytes);
            }
            _ => {
                let after = &mut self.after;
                after.records = after.records.saturating_add(records);
                after.slack = after.slack.saturating_add(slack);
                after.bytes = after.bytes.saturating_add(bytes);
            }
        }
    }

    /// Gives up a record that was held, of so many bytes. It counts with what came after those held.
    pub(super) fn give_up(&mut self, bytes: usize) {
        self.held = self.held.saturating_sub(1);
        self.messages.lost();
        let after = &mut self.after;
        after.records = after.records.saturating_add(1);
        after.bytes = after.bytes.saturating_add(bytes as u64);
    }

    /// Whether something waits for a key, so that nothing must overtake it.
    pub(super) const fn waits(&self) -> bool {
        self.held > 0 || self.skips_after()
    }

    /// Whether something that came after the records held is not held, so that nothing more can be.
    pub(super) const fn skips_after(&self) -> bool {
        self.after.bytes > 0
    }

    /// Lets go of the records held, which are to be tried now, and answers what came after them.
    pub(super) fn release(&mut self) -> Skipped {
        self.held = 0;
        std::mem::take(&mut self.after)
    }

    /// Takes note of what came after the records held, now that those were tried.
    pub(super) fn skip_after(&mut self, after: Skipped) {
        if after.bytes > 0 {
            self.passed += after.records;
            self.skip(after);
        }
    }

    /// Begins with encrypted records (TLS 1.2).
    pub(super) fn begin(&mut self) {
        self.changed = true;
        self.skipped = 0;
        if self.held == 0 {
            self.after = Skipped::default();
        }
        self.messages.restart();
        if let Some(keys) = &mut self.keys {
            keys.begin();
        }
    }

    /// Takes note that a whole record did not decrypt.
    pub(super) fn failed(&mut self, bytes: usize) {
        self.messages.lost();
        self.skipped = self.skipped.saturating_add(bytes as u64);
        if let Some(keys) = &mut self.keys {
            // Itself, and one that may be lost unnoticed: so failures catch up with what is lost.
            keys.slacken(2);
        }
        self.failures += 1;
        self.dead = self.failures >= FAILURES_MAX;
    }

    /// Takes note that a record was decrypted.
    pub(super) fn opened(&mut self, opened: &Opened) {
        let failures = std::mem::take(&mut self.failures);
        if opened.new_key {
            self.messages.restart();
        }
        let skipped = std::mem::take(&mut self.skipped);
        if skipped == 0 {
            return;
        }
        let overhead = self.keys.as_ref().map_or(0, Keys::overhead);
        match opened.lost {
            Lost::Nothing => {}
            // Where bytes are missing unnoticed, or others came, theirs do not count.
            Lost::Records(_) if failures > 0 => self.miss(None),
            Lost::Records(records) => {
                self.miss(Some(skipped.saturating_sub(records * overhead)));
            }
            Lost::Unknown => self.miss(None),
        }
    }

    /// Goes on to the next key, as the last message of an epoch wants it.
    pub(super) fn advance(&mut self, ended: Epoch, secrets: Option<&Secrets>) {
        if let Some(keys) = self.keys.as_mut().filter(|it| it.is_in(ended)) {
            keys.advance(secrets);
            self.messages.restart();
        }
    }

    /// Takes note of plaintext that is lost.
    pub(super) fn miss(&mut self, bytes: Option<u64>) {
        self.missing = match (self.missing, bytes) {
            (None, bytes) => Some(bytes),
            (Some(Some(before)), Some(bytes)) => Some(Some(before.saturating_add(bytes))),
            _ => Some(None),
        };
    }

    /// The plaintext that is lost before the next, where that was not told yet.
    pub(super) const fn take_missing(&mut self) -> Option<Option<u64>> {
        self.missing.take()
    }

    /// Takes note that nothing follows.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.skipped) > 0 {
            self.miss(None);
        }
    }
}
