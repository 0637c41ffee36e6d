//! What comes out of a connection.

use super::facts::Alert;
use crate::wire::Direction;

/// What comes out of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Bytes of the application.
    Plaintext(Direction, &'a [u8]),
    /// Bytes of the application are lost here, before the next plaintext or at the end. How many is told where both ends
    /// of the gap are known. It is the most that they can be, and it is their number if all records lost were of
    /// application data and, in TLS 1.3, not padded: no TLS library in wide use pads.
    ///
    /// Nothing is said of what is lost in a direction of which no record decrypts.
    Missing(Direction, Option<u64>),
    /// An alert other than close_notify.
    Alert(Direction, Alert),
    /// The direction ended in good order.
    CloseNotify(Direction),
}

/// Where [`Output`] goes.
pub(super) type Out<'a> = dyn FnMut(Output<'_>) + 'a;
