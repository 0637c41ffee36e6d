//! IP packets put together from their fragments (RFC 791, 3.2; RFC 8200, 4.5).

use std::collections::VecDeque;
use std::net::IpAddr;

use etherparse::IpFragOffset;
use etherparse::defrag::IpDefragBuf;

use super::Datagram;
use crate::http::Place;

/// How many packets are put together at a time, of 64 KiB at most each. TCP avoids fragments, so that they are rare.
const PARTIAL_MAX: usize = 64;

/// Which part of a packet a fragment is.
#[derive(Clone, Copy)]
pub(super) struct Fragment {
    pub(super) identification: u32,
    pub(super) offset: IpFragOffset,
    pub(super) more: bool,
}

/// What is known of a packet that is not whole.
struct Partial {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    buffer: IpDefragBuf,
    /// How many fragments of it came.
    fragments: u64,
    /// Where the first fragment stands, once it came.
    place: Option<Place>,
}

/// Packets that are not whole yet, the oldest first.
#[derive(Default)]
pub(super) struct Fragments {
    partial: VecDeque<Partial>,
    /// The last one that became whole.
    whole: Vec<u8>,
    /// Fragments of packets that were given up.
    given_up: u64,
}

impl Fragments {
    /// Takes a fragment; the whole packet, if it was the last part of it.
    pub(super) fn add(&mut self, part: &Datagram<'_>, fragment: Fragment) -> Option<Datagram<'_>> {
        let known = self.partial.iter().position(|it| {
            it.identification == fragment.identification
                && it.source == part.source
                && it.destination == part.destination
        });
        let mut partial = match known.and_then(|index| self.partial.remove(index)) {
            Some(partial) => partial,
            None => Partial {
                source: part.source,
                destination: part.destination,
                identification: fragment.identification,
                buffer: IpDefragBuf::new(part.protocol, Vec::new(), Vec::new()),
                fragments: 0,
                place: None,
            },
        };
        partial.fragments += 1;
        if fragment.offset.byte_offset() == 0 {
            partial.place.get_or_insert(part.place);
        }
        let added = partial
            .buffer
            .add(fragment.offset, fragment.more, part.payload);
        if part.missing > 0 || added.is_err() {
            self.given_up += partial.fragments;
            return None;
        }
        if !partial.buffer.is_complete() {
            if self.partial.len() == PARTIAL_MAX {
                let oldest = self.partial.pop_front();
                self.given_up += oldest.map_or(0, |it| it.fragments);
            }
            self.partial.push_back(partial);
            return None;
        }
        (self.whole, _) = partial.buffer.take_bufs();
        Some(Datagram {
            payload: &self.whole,
            missing: 0,
            place: partial.place.unwrap_or(part.place),
            ..*part
        })
    }

    /// How many fragments were of no use so far.
    pub(super) fn unused(&self) -> u64 {
        self.given_up + self.partial.iter().map(|it| it.fragments).sum::<u64>()
    }
}
