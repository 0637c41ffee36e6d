//! An input, a portion at a time.

use std::io::{self, Read};

/// How much is read at a time, in bytes, where nothing speaks for less.
pub(super) const AT_ONCE: usize = 64 * 1024;

/// Reads an input whole, if it is no more than `limit` bytes, which are whole MiB.
///
/// # Errors
/// If it cannot be read, or is larger.
pub fn read_whole(from: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let limit = limit / (1024 * 1024);
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {limit} MiB"),
        ));
    }
    Ok(bytes)
}

/// Reads an input to its end, or as far as it can be read.
pub(super) struct Portions<R> {
    reader: R,
    buffer: Vec<u8>,
    read: u64,
    ended: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Portions<R> {
    /// An input in portions of at most so many bytes.
    pub(super) fn new(reader: R, at_once: usize) -> Self {
        Self {
            reader,
            buffer: vec![0; at_once],
            read: 0,
            ended: false,
            failure: None,
        }
    }

    /// The next bytes, and how many came before them; `None` at the end, or where no more can be read.
    pub(super) fn next(&mut self) -> Option<(u64, &[u8])> {
        while !self.ended {
            match self.reader.read(&mut self.buffer) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    let before = self.read;
                    self.read += count as u64;
                    return Some((before, self.buffer.get(..count)?));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.failure = Some(error);
                }
            }
        }
        None
    }

    /// Whether no more comes.
    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Bytes that were read.
    pub(super) const fn read(&self) -> u64 {
        self.read
    }

    /// What stopped the reading before the end.
    pub(super) fn failure(self) -> Option<io::Error> {
        self.failure
    }

    /// The same, with where that was, in words.
    pub(super) fn stopped(self) -> Option<(u64, String)> {
        let read = self.read;
        self.failure.map(|error| (read, error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte, is interrupted, gives another, and fails.
    struct Fitful(u8);

    impl Read for Fitful {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            into[0] = self.0;
            match self.0 {
                1 | 3 => Ok(1),
                2 => Err(io::ErrorKind::Interrupted.into()),
                _ => Err(io::Error::other("enough")),
            }
        }
    }

    #[test]
    fn an_interruption_is_no_end_and_a_failure_is() {
        let mut portions = Portions::new(Fitful(0), 16);
        assert_eq!(portions.next(), Some((0, &[1][..])));
        assert_eq!(portions.next(), Some((1, &[3][..])));
        assert_eq!(portions.next(), None);
        assert_eq!(portions.next(), None);
        assert_eq!(portions.stopped(), Some((2, "enough".to_owned())));
        let mut whole = Portions::new(&b"abc"[..], 2);
        assert_eq!(whole.next(), Some((0, &b"ab"[..])));
        assert_eq!(whole.next(), Some((2, &b"c"[..])));
        assert_eq!(whole.next(), None);
        assert!(whole.is_ended());
        assert_eq!(whole.stopped(), None);
    }
}
