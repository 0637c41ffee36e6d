//! What a server speaks that was to speak TLS.

use std::time::Duration;

use crate::wire::{Decoder, Direction, Protocol, What};

/// What bytes look like; `None` where they are HTTP/2.
pub(super) fn protocol(bytes: &[u8]) -> Option<Protocol> {
    let mut decoder = Decoder::new(Direction::Received);
    let mut rest = bytes;
    while decoder.next(&mut rest, Duration::ZERO).is_some() {}
    let early = decoder.foreign();
    early.or_else(|| match decoder.finish(Duration::ZERO)?.what {
        What::Foreign { protocol, .. } => Some(protocol),
        _ => None,
    })
}
