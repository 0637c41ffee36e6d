//! The part of an input that is being read.

use std::io::{self, Read};

use super::{BLOCK_MAX, Why};

/// How much room there is to read into, in bytes: enough that a file is read in few calls and what is left over of a
/// block is moved to the front seldom, and little enough to stay in the processor's cache.
const ROOM: usize = 256 * 1024;

/// Bytes read and not yet consumed.
pub(super) struct Buffer<R> {
    input: R,
    bytes: Vec<u8>,
    /// Where those that are not consumed begin and end.
    start: usize,
    end: usize,
    /// How many were consumed.
    offset: u64,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            bytes: vec![0; ROOM],
            start: 0,
            end: 0,
            offset: 0,
        }
    }

    /// What is there.
    pub(super) fn held(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Gives up the first `length` bytes of what is there.
    pub(super) fn consume(&mut self, length: usize) {
        let length = length.min(self.end - self.start);
        self.start += length;
        self.offset += length as u64;
    }

    /// Reads until `length` bytes are there; no more is read than what the input gives in a turn. `false` where it ended
    /// and nothing is there at all.
    pub(super) fn require(&mut self, length: usize) -> Result<bool, Why> {
        if length > BLOCK_MAX {
            return Err(Why::Oversized { length });
        }
        while self.end - self.start < length {
            self.make_room(length);
            let room = self.bytes.get_mut(self.end..).unwrap_or_default();
            match self.input.read(room) {
                Ok(0) => {
                    return match self.end - self.start {
                        0 => Ok(false),
                        present => Err(Why::Cut {
                            present,
                            needed: length,
                        }),
                    };
                }
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Why::Unreadable(error)),
            }
        }
        Ok(true)
    }

    /// Makes room behind what is there, so that it can become `length` bytes.
    fn make_room(&mut self, length: usize) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.start + length > self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if length > self.bytes.len() {
            self.bytes.resize(length, 0);
        }
    }
}

impl<R> Buffer<R> {
    /// Bytes of the input before what is there.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }
}
