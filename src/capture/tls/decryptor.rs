//! Both directions of one connection in, plaintext out.

use super::facts::{Facts, NoPlaintext};
use super::handshake::{Early, Handshake, Step};
use super::held::Held;
use super::keylog::{KeyLog, Secrets};
use super::keys::{Epoch, Keys};
use super::opening::Opening;
use super::output::{Out, Output};
use super::record::{ContentType, HEADER_LENGTH, Header, Unit};
use super::side::Side;
use crate::wire::Direction;

/// The longest encrypted record of TLS 1.3 that can be an alert, without its header, in bytes: the alert, its content
/// type and the tag.
const ENCRYPTED_ALERT: u16 = 2 + 1 + 16;

/// Decrypts one connection. To be fed what TCP carried, in the order in which it was captured, in any chunking.
///
/// It holds at most [`HELD_MAX`](super::HELD_MAX) bytes that wait for a key, a record (18 KiB) of each direction, and a handshake
/// message of each while it is incomplete.
#[derive(Debug, Default)]
pub struct Decryptor {
    facts: Facts,
    handshake: Handshake,
    sent: Side,
    received: Side,
    held: Held,
    opening: Opening,
}

impl Decryptor {
    /// A decryptor at the start of a connection, or of what was captured of it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known of the connection so far.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// How much memory it takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let sides = self.sent.memory() + self.received.memory();
        let kept = self.held.memory() + self.opening.memory() + self.facts.memory();
        size_of::<Self>() + sides + kept
    }

    /// Takes the next bytes of a direction. Keys that have been added since are used for what was held.
    pub fn feed(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        keys: &KeyLog,
        out: &mut dyn FnMut(Output<'_>),
    ) {
        self.release(keys, out);
        if direction == Direction::Received {
            self.opening.feed(bytes);
        }
        let mut input = bytes;
        while let Some(unit) = self.side(direction).records.next(&mut input) {
            self.unit(direction, unit, keys, out);
        }
    }

    /// Takes note that the next bytes of a direction are missing from the capture.
    pub fn missing(
        &mut self,
        direction: Direction,
        bytes: u64,
        keys: &KeyLog,
        out: &mut dyn FnMut(Output<'_>),
    ) {
        self.release(keys, out);
        if direction == Direction::Received && bytes > 0 {
            self.opening.missing();
        }
        let mut bytes = bytes;
        while let Some(unit) = self.side(direction).records.missing(&mut bytes) {
            self.unit(direction, unit, keys, out);
        }
    }

    /// Takes note that nothing follows in either direction.
    pub fn finish(&mut self, keys: &KeyLog, out: &mut dyn FnMut(Output<'_>)) {
        if self.handshake.early == Early::Offered {
            self.handshake.early = Early::Rejected;
        }
        self.release(keys, out);
        if self.facts.client_random.is_some() && self.facts.tls.failure.is_none() {
            self.facts.tls.failure = self.opening.failure();
        }
        for direction in [Direction::Sent, Direction::Received] {
            if let Some(unit) = self.side(direction).records.finish() {
                self.unit(direction, unit, keys, out);
            }
            if self.facts.side(direction).decrypted > 0 {
                self.side(direction).end();
                self.flush(direction, out);
            }
        }
    }

    const fn side(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    fn unit(&mut self, direction: Direction, unit: Unit, keys: &KeyLog, out: &mut Out<'_>) {
        match unit {
            Unit::Record(header) => {
                self.facts.side_mut(direction).records += 1;
                let mut record = self.side(direction).records.take();
                self.record(direction, header, &mut record, keys, out);
                self.side(direction).records.give_back(record);
                self.release(keys, out);
            }
            Unit::Lost(header) => {
                self.facts.side_mut(direction).lost += 1;
                if self.is_encrypted(direction, header.kind) {
                    self.side(direction).skip_record(header.record_length());
                } else {
                    self.side(direction).messages.lost();
                }
                self.answer_lost(direction);
            }
            Unit::Gap(bytes) => {
                self.side(direction).skip_bytes(bytes);
                self.answer_lost(direction);
            }
        }
    }

    /// Where the server's answer to an offer of early data may be lost, none is waited for.
    fn answer_lost(&mut self, direction: Direction) {
        if direction == Direction::Received && self.handshake.early == Early::Offered {
            self.handshake.early = Early::Rejected;
        }
    }

    /// Whether records of this type are encrypted, at this point of a direction.
    fn is_encrypted(&mut self, direction: Direction, kind: ContentType) -> bool {
        kind == ContentType::APPLICATION_DATA
            || self.side(direction).changed && !self.handshake.is_tls13()
    }

    fn record(
        &mut self,
        direction: Direction,
        header: Header,
        record: &mut [u8],
        keys: &KeyLog,
        out: &mut Out<'_>,
    ) {
        if !self.is_encrypted(direction, header.kind) {
            self.clear(direction, header, record, out);
        } else if self.side(direction).dead {
            self.seems_finished(direction, header);
        } else if self.is_ready(direction, keys) {
            self.open(direction, record, keys, out);
        } else {
            self.hold(direction, header, record);
        }
    }

    /// A record in the clear.
    fn clear(&mut self, direction: Direction, header: Header, record: &[u8], out: &mut Out<'_>) {
        self.side(direction).passed += 1;
        let content = record.get(HEADER_LENGTH..).unwrap_or_default();
        match header.kind {
            // In TLS 1.3 it means nothing (RFC 8446, 5).
            ContentType::CHANGE_CIPHER_SPEC if !self.handshake.is_tls13() => {
                self.side(direction).begin();
            }
            ContentType::ALERT => self.alert(direction, content, out),
            // In TLS 1.3 nothing is in the clear after the hellos.
            ContentType::HANDSHAKE
                if !self.handshake.negotiated.is_some_and(|it| it.is_tls13())
                    || self.facts.client_random.is_none() =>
            {
                self.messages(direction, content, None);
            }
            _ => {}
        }
    }

    /// Whether there is a key to open the next record of a direction with.
    fn is_ready(&mut self, direction: Direction, log: &KeyLog) -> bool {
        if direction == Direction::Sent && self.handshake.early == Early::Offered {
            return false;
        }
        let secrets = self.secrets(direction, log);
        let side = self.side(direction);
        side.is_sure() || side.keys.as_mut().is_some_and(|it| it.resolve(secrets))
    }

    /// The secrets of the connection, where the direction's next record may need them.
    fn secrets<'k>(&mut self, direction: Direction, log: &'k KeyLog) -> Option<&'k Secrets> {
        if self.side(direction).is_sure() {
            return None;
        }
        log.secrets(self.facts.client_random.as_ref()?)
    }

    /// An encrypted record with a key to try.
    fn open(&mut self, direction: Direction, record: &mut [u8], log: &KeyLog, out: &mut Out<'_>) {
        let secrets = self.secrets(direction, log);
        let side = self.side(direction);
        let Some(opened) = side.open(record, secrets) else {
            self.failed(direction, record.len());
            return;
        };
        side.opened(&opened);
        let facts = self.facts.side_mut(direction);
        facts.decrypted += 1;
        facts.no_plaintext = None;
        let content = record.get(opened.content).unwrap_or_default();
        match opened.kind {
            ContentType::APPLICATION_DATA => {
                facts.plaintext += content.len() as u64;
                let keys = self.side(direction).keys.as_ref();
                if !keys.is_some_and(|it| it.is_in(Epoch::EarlyData)) {
                    self.handshake.finish(direction, &mut self.facts);
                }
                if !content.is_empty() {
                    self.flush(direction, out);
                    out(Output::Plaintext(direction, content));
                }
            }
            ContentType::HANDSHAKE => self.messages(direction, content, Some(log)),
            ContentType::ALERT => self.alert(direction, content, out),
            _ => {}
        }
    }

    /// A record that no key opens.
    fn failed(&mut self, direction: Direction, length: usize) {
        let first = self.facts.side(direction).decrypted == 0;
        let early = direction == Direction::Sent && first && self.handshake.early != Early::None;
        let side = self.side(direction);
        if early {
            // Its key is not in the log, or the server did not take it and nor do we.
            if self.handshake.early == Early::Accepted {
                let overhead = self.sent.keys.as_ref().map_or(0, Keys::overhead);
                let lost = (length as u64).saturating_sub(overhead);
                self.sent.miss(Some(lost));
            }
        } else {
            side.failed(length);
        }
        let side = self.side(direction);
        let (dead, record) = (side.dead, side.passed);
        if first || dead {
            let facts = self.facts.side_mut(direction);
            facts
                .no_plaintext
                .get_or_insert(NoPlaintext::WrongKey { record });
        }
    }

    /// Tells from an encrypted record that its sender has finished the handshake, as far as that can be told.
    fn seems_finished(&mut self, direction: Direction, header: Header) {
        let Some(negotiated) = self.handshake.negotiated else {
            return;
        };
        let finished = if negotiated.is_tls13() {
            header.length > ENCRYPTED_ALERT && self.handshake.early == Early::None
        } else {
            header.kind != ContentType::ALERT
        };
        if finished {
            self.handshake.finish(direction, &mut self.facts);
        }
    }

    /// Handshake messages, or parts of them.
    fn messages(&mut self, direction: Direction, content: &[u8], log: Option<&KeyLog>) {
        let mut messages = std::mem::take(&mut self.side(direction).messages);
        let mut content = content;
        let mut ended = None;
        while ended.is_none()
            && let Some(message) = messages.next(&mut content)
        {
            match self.handshake.read(direction, message, &mut self.facts) {
                Step::Nothing => {}
                Step::Negotiated => self.negotiated(),
                Step::EarlyData => {
                    if let Some(keys) = &mut self.sent.keys {
                        keys.begin_early_data();
                    }
                }
                Step::Ended(epoch) => ended = Some(epoch),
            }
        }
        self.side(direction).messages = messages;
        if let (Some(epoch), Some(log)) = (ended, log) {
            let random = self.facts.client_random.as_ref();
            let secrets = random.and_then(|random| log.secrets(random));
            self.side(direction).advance(epoch, secrets);
        }
    }

    /// The hellos are complete.
    fn negotiated(&mut self) {
        let Some(negotiated) = self.handshake.negotiated else {
            return;
        };
        let (Some(suite), Some(random)) = (negotiated.suite, self.facts.client_random) else {
            return;
        };
        if negotiated.obstacle().is_some() {
            return;
        }
        for direction in [Direction::Sent, Direction::Received] {
            self.side(direction).keys = Some(if negotiated.is_tls13() {
                Keys::tls13(direction, suite)
            } else {
                Keys::tls12(direction, suite, [random, negotiated.server_random])
            });
        }
    }

    fn alert(&mut self, direction: Direction, content: &[u8], out: &mut Out<'_>) {
        let &[level, description] = content else {
            return;
        };
        self.flush(direction, out);
        let is_tls13 = self.handshake.is_tls13();
        out(
            match self.facts.alert(direction, level, description, is_tls13) {
                Some(alert) => Output::Alert(direction, alert),
                None => Output::CloseNotify(direction),
            },
        );
    }

    /// Tells of plaintext that is lost.
    fn flush(&mut self, direction: Direction, out: &mut Out<'_>) {
        if let Some(bytes) = self.side(direction).take_missing() {
            out(Output::Missing(direction, bytes));
        }
    }

    /// Gives up the records that wait for a key: they count as lost.
    pub fn shed(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        for (direction, header, _) in held.records() {
            self.side(direction).give_up(header.record_length());
        }
        self.sent.records.shed();
        self.received.records.shed();
    }

    /// An encrypted record without a key to try.
    fn hold(&mut self, direction: Direction, header: Header, record: &[u8]) {
        self.seems_finished(direction, header);
        let hopeless = match self.handshake.negotiated {
            Some(negotiated) => negotiated.obstacle().is_some(),
            // The server's hello comes before anything that it encrypts. What the client sends may have been captured
            // before it.
            None => direction == Direction::Received || self.facts.client_random.is_none(),
        };
        let side = match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        if hopeless {
            side.dead = true;
        } else if !side.skips_after() && self.held.push(direction, record) {
            side.held += 1;
        } else {
            side.skip_record(record.len());
        }
        self.facts.side_mut(direction).no_plaintext = self.obstacle();
    }

    /// What stands against decrypting at this point.
    fn obstacle(&self) -> Option<NoPlaintext> {
        let Some(negotiated) = self.handshake.negotiated else {
            return Some(NoPlaintext::NoHandshake);
        };
        negotiated.obstacle().or(match self.facts.client_random {
            Some(_) => Some(NoPlaintext::NoKey),
            None => Some(NoPlaintext::NoHandshake),
        })
    }

    /// Decrypts what was held, as far as there are keys for it by now.
    fn release(&mut self, keys: &KeyLog, out: &mut Out<'_>) {
        loop {
            let [sent, received] = [Direction::Sent, Direction::Received]
                .map(|it| self.side(it).waits() && self.is_ready(it, keys));
            if !sent && !received {
                return;
            }
            let mut held = std::mem::take(&mut self.held);
            let after = [self.sent.release(), self.received.release()];
            for (direction, header, record) in held.records() {
                let is_ready = match direction {
                    Direction::Sent => sent,
                    Direction::Received => received,
                };
                if is_ready {
                    self.record(direction, header, record, keys, out);
                } else {
                    self.hold(direction, header, record);
                }
            }
            let [after_sent, after_received] = after;
            self.sent.skip_after(after_sent);
            self.received.skip_after(after_received);
        }
    }
}
