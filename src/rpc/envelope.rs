//! Length-prefixed messages: Compressed-Flag (1 byte), Message-Length (4 bytes, big-endian), Message.

/// Length of the prefix, in bytes.
pub const PREFIX_LENGTH: usize = 5;

/// How many messages of one body are listed; the rest is only counted. A body of [`crate::http::exchange::BODY_KEPT`] bytes of
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
}
