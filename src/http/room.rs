//! What a connection may still keep.

use super::assembler::{FIELDS_KEPT, PAYLOADS_KEPT};
use super::exchange::BODY_KEPT;
use crate::wire::Direction;

/// Bytes that may still be kept, of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// Payloads of frames.
    pub(super) payloads: usize,
    /// Header blocks.
    pub(super) fields: usize,
    /// Bodies, per direction.
    pub(super) bodies: [usize; 2],
}

impl Room {
    /// All that a connection may keep.
    pub(super) const WHOLE: Self = Self {
        payloads: PAYLOADS_KEPT,
        fields: FIELDS_KEPT,
        bodies: [BODY_KEPT; 2],
    };

    /// How much is in use, in bytes.
    pub(super) const fn used(self) -> usize {
        let all = Self::WHOLE;
        (all.payloads - self.payloads)
            + (all.fields - self.fields)
            + (all.bodies[0] - self.bodies[0])
            + (all.bodies[1] - self.bodies[1])
    }

    /// Takes up to `wanted` bytes from one kind of room; how many there were.
    pub(super) fn take(kind: &mut usize, wanted: usize) -> usize {
        let taken = wanted.min(*kind);
        *kind -= taken;
        taken
    }

    /// Gives back what was taken for something that is no longer kept.
    pub(super) fn give_back(&mut self, taken: &Self) {
        self.payloads += taken.payloads;
        self.fields += taken.fields;
        self.bodies[0] += taken.bodies[0];
        self.bodies[1] += taken.bodies[1];
    }
}

/// The place of a direction in pairs.
pub(super) const fn side(direction: Direction) -> usize {
    match direction {
        Direction::Sent => 0,
        Direction::Received => 1,
    }
}
