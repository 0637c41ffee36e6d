//! How far the messages of a body reach, as it comes.

use super::envelope::PREFIX_LENGTH;

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
    use super::super::envelope::{Rest, split};
    use super::*;

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
