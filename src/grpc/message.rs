//! Length-prefixed messages: Compressed-Flag (1 byte), Message-Length (4 bytes, big-endian), Message.

/// Length of the prefix, in bytes.
pub const PREFIX_LENGTH: usize = 5;

/// How many messages of one body are listed; the rest is only counted. A body of [`super::call::BODY_KEPT`] bytes of
/// empty messages would otherwise take twenty times its size.
pub const MESSAGES_KEPT: usize = 10_000;

/// A message in a body, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where its prefix starts in the body.
    pub start: usize,
    /// The flag octet as sent; 0 and 1 are defined.
    pub flag: u8,
    /// The length as sent.
    pub length: u32,
}

impl Message {
    /// Where its bytes start in the body.
    #[must_use]
    pub const fn payload_start(self) -> usize {
        self.start + PREFIX_LENGTH
    }

    /// Its bytes, in the body that it was found in.
    #[must_use]
    pub fn payload(self, body: &[u8]) -> &[u8] {
        let start = self.payload_start().min(body.len());
        let end = start.saturating_add(self.length as usize).min(body.len());
        &body[start..end]
    }
}

/// A body cut at its prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// Whole messages from the start of the body, at most [`MESSAGES_KEPT`].
    pub whole: Vec<Message>,
    /// How many whole messages there are, listed or not.
    pub count: usize,
    /// Where the first byte stands that belongs to none of them; the body's length where all do.
    pub end: usize,
    /// What stands at `end`.
    pub rest: Rest,
}

/// What follows the last whole message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// Nothing.
    #[default]
    Nothing,
    /// Fewer bytes than a prefix, the first of them a defined flag.
    PartialPrefix,
    /// A prefix that promises more bytes than there are.
    PartialMessage(Message),
    /// A byte where a flag belongs that is neither 0 nor 1. The message that it would begin is given where five
    /// bytes are there.
    Undefined(Option<Message>),
}

/// Cuts a body at its prefixes. Stops at the first flag that is neither 0 nor 1.
#[must_use]
pub fn split(body: &[u8]) -> Messages {
    let mut messages = Messages::default();
    loop {
        let rest = &body[messages.end..];
        let Some(&flag) = rest.first() else {
            return messages;
        };
        let prefix = rest.first_chunk::<PREFIX_LENGTH>().map(|prefix| Message {
            start: messages.end,
            flag,
            length: u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]),
        });
        messages.rest = match prefix {
            message if flag > 1 => Rest::Undefined(message),
            None => Rest::PartialPrefix,
            Some(message) if (rest.len() - PREFIX_LENGTH) < message.length as usize => {
                Rest::PartialMessage(message)
            }
            Some(message) => {
                if messages.whole.len() < MESSAGES_KEPT {
                    messages.whole.push(message);
                }
                messages.count += 1;
                messages.end += PREFIX_LENGTH + message.length as usize;
                continue;
            }
        };
        return messages;
    }
}

/// Follows the prefixes of a body of which not every byte is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanner {
    /// Whole messages so far.
    pub count: u64,
    /// Bytes of the body up to the end of the last of them.
    pub end: u64,
    prefix: [u8; PREFIX_LENGTH],
    filled: usize,
    /// Bytes of the current message still to come.
    missing: u64,
    undefined: bool,
}

/// What follows the last whole message of a body that was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remainder {
    /// Nothing.
    Nothing,
    /// A part of a prefix.
    PartialPrefix,
    /// A message of which so many bytes are missing.
    PartialMessage(u64),
    /// A byte where a flag belongs that is neither 0 nor 1.
    Undefined,
}

impl Scanner {
    /// Takes the next bytes of the body.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.undefined {
            if self.filled < PREFIX_LENGTH {
                let (head, rest) = bytes.split_at(bytes.len().min(PREFIX_LENGTH - self.filled));
                self.prefix[self.filled..self.filled + head.len()].copy_from_slice(head);
                self.filled += head.len();
                bytes = rest;
                self.undefined = self.prefix[0] > 1;
                if self.filled < PREFIX_LENGTH || self.undefined {
                    continue;
                }
                let [_, a, b, c, d] = self.prefix;
                self.missing = u64::from(u32::from_be_bytes([a, b, c, d]));
            } else {
                let taken = self.missing.min(bytes.len() as u64);
                self.missing -= taken;
                bytes = &bytes[usize::try_from(taken).unwrap_or(bytes.len())..];
            }
            self.complete();
        }
    }

    /// Passes over bytes of the body that the source does not show. Whether it is still known where the next prefix
    /// stands: they are all of one message.
    #[must_use]
    pub fn skip(&mut self, bytes: u64) -> bool {
        let within = self.filled == PREFIX_LENGTH && bytes <= self.missing;
        if within {
            self.missing -= bytes;
            self.complete();
        }
        within || self.undefined || bytes == 0
    }

    /// Ends the current message, where nothing of it is to come.
    fn complete(&mut self) {
        if self.missing == 0 {
            let [_, a, b, c, d] = self.prefix;
            self.count += 1;
            self.end += PREFIX_LENGTH as u64 + u64::from(u32::from_be_bytes([a, b, c, d]));
            self.filled = 0;
        }
    }

    /// What follows the last whole message.
    #[must_use]
    pub const fn remainder(&self) -> Remainder {
        if self.undefined {
            Remainder::Undefined
        } else if self.filled == 0 {
            Remainder::Nothing
        } else if self.filled < PREFIX_LENGTH {
            Remainder::PartialPrefix
        } else {
            Remainder::PartialMessage(self.missing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_messages() {
        let messages = split(b"\0\0\0\0\x02hi\x01\0\0\0\0");
        assert_eq!(messages.rest, Rest::Nothing);
        assert_eq!(messages.count, 2);
        assert_eq!(messages.end, 12);
        assert_eq!(
            messages.whole[0].payload(b"\0\0\0\0\x02hi\x01\0\0\0\0"),
            b"hi"
        );
        assert_eq!(split(b""), Messages::default());
    }

    #[test]
    fn what_follows() {
        assert_eq!(split(b"\0\0\0").rest, Rest::PartialPrefix);
        let cut = Message {
            start: 0,
            flag: 0,
            length: 3,
        };
        assert_eq!(split(b"\0\0\0\0\x03hi").rest, Rest::PartialMessage(cut));
        assert_eq!(cut.payload(b"\0\0\0\0\x03hi"), b"hi");
        let hello = Message {
            start: 0,
            flag: b'H',
            length: 1_701_604_463,
        };
        assert_eq!(split(b"Hello").rest, Rest::Undefined(Some(hello)));
        assert_eq!(split(b"OK").rest, Rest::Undefined(None));
        assert_eq!(hello.payload(b"Hello"), b"");
    }

    #[test]
    fn bytes_of_one_message_may_be_passed_over() {
        let mut scanner = Scanner::default();
        scanner.feed(b"\0\0\0\0\x08ab");
        assert!(scanner.skip(4));
        assert_eq!(scanner.remainder(), Remainder::PartialMessage(2));
        scanner.feed(b"yz\0\0");
        assert_eq!((scanner.count, scanner.end), (1, 13));
        assert!(!scanner.skip(1), "of a prefix");
        let mut scanner = Scanner::default();
        scanner.feed(b"\0\0\0\0\x02");
        assert!(!scanner.skip(3), "of the next message too");
        assert!(scanner.skip(2));
        assert_eq!(scanner.remainder(), Remainder::Nothing);
        scanner.feed(b"Hello");
        assert!(scanner.skip(9), "nothing can be read into text anyhow");
    }

    /// However the bytes come, the scanner says what cutting the whole body says.
    #[test]
    fn scanning_agrees_with_cutting() {
        let whole = b"\0\0\0\0\x02hi\x01\0\0\0\0\0\0\0\0\x03abc";
        for body in [
            &whole[..],
            b"",
            b"\0\0\0",
            b"\0\0\0\0\x03hi",
            b"Hello",
            b"\0\0\0\0\x02hi!",
        ] {
            for size in 1..=body.len().max(1) {
                let mut scanner = Scanner::default();
                body.chunks(size).for_each(|chunk| scanner.feed(chunk));
                let messages = split(body);
                assert_eq!(
                    (scanner.count, scanner.end),
                    (messages.count as u64, messages.end as u64),
                    "{body:?}"
                );
                let same = match (scanner.remainder(), messages.rest) {
                    (Remainder::Nothing, Rest::Nothing)
                    | (Remainder::PartialPrefix, Rest::PartialPrefix) => true,
                    (Remainder::Undefined, Rest::Undefined(_)) => true,
                    (Remainder::PartialMessage(missing), Rest::PartialMessage(message)) => {
                        missing == u64::from(message.length) - message.payload(body).len() as u64
                    }
                    _ => false,
                };
                assert!(same, "{body:?} in chunks of {size}");
            }
        }
    }
}
