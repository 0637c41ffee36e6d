//! Records that wait for a key: held, tried again, given up.

use super::super::facts::NoPlaintext;
use super::super::keylog::KeyLog;
use super::super::output::Out;
use super::super::record::Header;
use super::Decryptor;
use crate::wire::Direction;

impl Decryptor {
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
    pub(super) fn hold(&mut self, direction: Direction, header: Header, record: &[u8]) {
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
    pub(super) fn release(&mut self, keys: &KeyLog, out: &mut Out<'_>) {
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
