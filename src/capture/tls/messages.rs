//! Handshake messages put together from the records of one direction (RFC 8446, 4 and 5.1).

use super::reader::Reader;

/// The longest message that is read, in bytes: far beyond any chain of certificates in use, and OpenSSL's own limit for
/// one is 100 KiB. A longer one is passed over.
const MESSAGE_MAX: usize = 256 * 1024;

/// Length of the type and the length that begin a message, in bytes.
const HEADER_LENGTH: usize = 4;

/// The type of a message.
pub(super) mod kind {
    pub(in super::super) const CLIENT_HELLO: u8 = 1;
    pub(in super::super) const SERVER_HELLO: u8 = 2;
    pub(in super::super) const END_OF_EARLY_DATA: u8 = 5;
    pub(in super::super) const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub(in super::super) const CERTIFICATE: u8 = 11;
    pub(in super::super) const CERTIFICATE_REQUEST: u8 = 13;
    pub(in super::super) const FINISHED: u8 = 20;
    pub(in super::super) const KEY_UPDATE: u8 = 24;
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// Its type.
    pub(super) kind: u8,
    /// What follows its header.
    pub(super) body: &'a [u8],
}

impl<'a> Message<'a> {
    fn read(bytes: &mut Reader<'a>) -> Option<Self> {
        let kind = bytes.u8()?;
        let body = bytes.vector24()?.0;
        Some(Self { kind, body })
    }
}

/// Puts messages together, several to a record or over several records.
#[derive(Debug, Default)]
pub(super) struct Messages {
    state: State,
    /// A message as far as it came, or the last one.
    buffer: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Message,
    /// The message in the buffer was lent out.
    Lent,
    /// In a message that is too long, with so many bytes to go.
    TooLong { left: usize },
    /// Bytes are missing, and with them the places where messages begin.
    Lost,
}

impl Messages {
    /// The next message in the content of a record, which is moved past the bytes taken; `None` when all were taken.
    pub(super) fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Option<Message<'a>> {
        match &mut self.state {
            State::Message => {}
            State::Lent => {
                // It is not needed again soon, and connections are many.
                self.buffer = Vec::new();
                self.state = State::Message;
            }
            State::TooLong { left } => {
                let skipped = (*left).min(input.len());
                *left -= skipped;
                *input = input.get(skipped..)?;
                if *left > 0 {
                    return None;
                }
                self.state = State::Message;
            }
            State::Lost => {
                *input = &[];
                return None;
            }
        }
        if self.buffer.is_empty() {
            let mut whole = Reader(input);
            if let Some(message) = Message::read(&mut whole) {
                *input = whole.0;
                return Some(message);
            }
        }
        self.fill(input, HEADER_LENGTH);
        let &[_, a, b, c] = self.buffer.first_chunk()?;
        let length = HEADER_LENGTH + u32::from_be_bytes([0, a, b, c]) as usize;
        if length > MESSAGE_MAX {
            self.state = State::TooLong {
                left: length - self.buffer.len(),
            };
            self.buffer = Vec::new();
            // A record is shorter than such a message.
            return self.next(input);
        }
        self.fill(input, length);
        if self.buffer.len() < length {
            return None;
        }
        self.state = State::Lent;
        Message::read(&mut Reader(&self.buffer))
    }

    /// Takes note that a record is missing.
    pub(super) fn lost(&mut self) {
        self.state = State::Lost;
        self.buffer = Vec::new();
    }

    /// Whether a message may be missing that changes the key.
    pub(super) const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
    }

    /// How much memory it takes beside itself, in bytes.
    pub(super) const fn memory(&self) -> usize {
        self.buffer.capacity()
    }

    /// Begins anew, as messages do when the key changes.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    /// Moves bytes from `input` to the buffer until that holds `length`.
    fn fill(&mut self, input: &mut &[u8], length: usize) {
        let wanted = length.saturating_sub(self.buffer.len()).min(input.len());
        let (taken, rest) = input.split_at(wanted);
        self.buffer.extend_from_slice(taken);
        *input = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(messages: &mut Messages, mut record: &[u8]) -> Vec<(u8, usize)> {
        let mut found = Vec::new();
        while let Some(message) = messages.next(&mut record) {
            found.push((message.kind, message.body.len()));
        }
        found
    }

    fn message(kind: u8, length: usize) -> Vec<u8> {
        let [_, a, b, c] = u32::try_from(length).unwrap().to_be_bytes();
        let mut bytes = vec![kind, a, b, c];
        bytes.resize(HEADER_LENGTH + length, kind);
        bytes
    }

    #[test]
    fn messages_in_any_records() {
        let bytes = [message(2, 70), message(14, 0), message(11, 300)].concat();
        for size in 1..=bytes.len() {
            let mut messages = Messages::default();
            let records = bytes.chunks(size);
            let found: Vec<_> = records.flat_map(|it| found(&mut messages, it)).collect();
            assert_eq!(found, [(2, 70), (14, 0), (11, 300)], "{size}");
        }
    }

    #[test]
    fn a_message_that_is_too_long_is_passed_over() {
        let bytes = [message(11, 1 << 20), message(14, 0)].concat();
        let mut messages = Messages::default();
        let mut seen = Vec::new();
        for record in bytes.chunks(16_384) {
            seen.extend(found(&mut messages, record));
            assert!(messages.buffer.capacity() <= MESSAGE_MAX);
        }
        assert_eq!(seen, [(14, 0)]);
    }

    #[test]
    fn nothing_is_read_after_a_loss_until_the_key_changes() {
        let mut messages = Messages::default();
        assert_eq!(found(&mut messages, &message(8, 3)[..5]), []);
        messages.lost();
        assert_eq!(found(&mut messages, &message(20, 32)), []);
        messages.restart();
        assert_eq!(found(&mut messages, &message(4, 9)), [(4, 9)]);
    }
}
