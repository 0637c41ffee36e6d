//! Records that wait for a key.

use super::record::{HEADER_LENGTH, Header};
use crate::wire::Direction;

/// Bytes of one connection that are held until a key is there: the handshake of both sides, with any chain of
/// certificates in use, and the first requests. What comes after them, with no key yet, is lost.
pub const HELD_MAX: usize = 64 * 1024;

/// Records of both directions, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Each record behind a byte that tells its direction.
    bytes: Vec<u8>,
}

const SENT: u8 = 0;
const RECEIVED: u8 = 1;

impl Held {
    /// Holds a record, where there is room for it.
    pub(super) fn push(&mut self, direction: Direction, record: &[u8]) -> bool {
        if self.bytes.len() + 1 + record.len() > HELD_MAX {
            return false;
        }
        self.bytes.push(match direction {
            Direction::Sent => SENT,
            Direction::Received => RECEIVED,
        });
        self.bytes.extend_from_slice(record);
        true
    }

    /// How much memory it takes beside itself, in bytes.
    pub(super) const fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// The records, each to be opened in place.
    pub(super) fn records(&mut self) -> impl Iterator<Item = (Direction, Header, &mut [u8])> {
        let mut rest = self.bytes.as_mut_slice();
        std::iter::from_fn(move || {
            let (&mut tag, records) = std::mem::take(&mut rest).split_first_mut()?;
            let direction = if tag == SENT {
                Direction::Sent
            } else {
                Direction::Received
            };
            let header = Header::parse(records.first_chunk::<HEADER_LENGTH>()?);
            let (record, after) = records.split_at_mut_checked(header.record_length())?;
            rest = after;
            Some((direction, header, record))
        })
    }
}
