//! Where frames begin, in bytes of which the start is not known: after bytes are missing, or where a capture begins in
//! the middle of a connection.
//!
//! A frame header has no mark of its own, so that a place is taken for one where a chain of headers follows from it,
//! each of which has a known type, no flag that its type does not define, no reserved bit, and the length and the
//! stream that its type wants (RFC 9113, 4.1 and 6).

use std::collections::BTreeMap;

use super::frame::{Flags, FrameHeader, FrameType, HEADER_LENGTH};

/// How many headers in a row make a place one where frames begin. About one place in a million of random bytes looks
/// like a header, and nearly none is followed by another.
const CHAIN: usize = 3;

/// How many bytes are looked through before the first half of them is given up, in bytes: three frames of the initial
/// maximum size of 16 KiB, and room for what stands before them.
const WINDOW: usize = 128 * 1024;

/// How many places may be undecided at a time: those of a run of zeroes with a stream in it.
const UNDECIDED: usize = 1_024;

/// How much is taken in at a time, in bytes: a frame's worth, so that what is held stays small.
const AT_ONCE: usize = 16 * 1024;

/// The largest payload that a header in a chain may have, in bytes: four of the initial maximum (RFC 9113, 4.2). Peers
/// that allow more are few, and their long frames are not begun with.
const LENGTH_MAX: u32 = 64 * 1024;

/// Looks for the place, at one byte after the other, so that it is the same in whatever chunks the bytes come.
#[derive(Debug, Default)]
pub(super) struct Resync {
    /// What came and is neither given up nor found.
    bytes: Vec<u8>,
    /// Bytes of it at which a header was looked for.
    looked: usize,
    /// The chains that go on, by where the next header of each stands.
    undecided: BTreeMap<usize, Chain>,
}

/// A place that may be the start of a frame, and how many headers follow from it.
#[derive(Clone, Copy, Debug)]
struct Chain {
    start: usize,
    headers: usize,
}

impl Resync {
    /// Takes bytes from `input`, all of them unless enough is held. Where frames begin in what is held, once that can
    /// be told.
    pub(super) fn feed(&mut self, input: &mut &[u8]) -> Option<usize> {
        loop {
            while !self.is_full()
                && let Some(header) = self.bytes.get(self.looked..).and_then(<[u8]>::first_chunk)
            {
                let chain = self.look(FrameHeader::parse(header));
                if let Some(start) = chain
                    .filter(|chain| chain.headers == CHAIN)
                    .map(|it| it.start)
                {
                    return Some(start);
                }
            }
            if self.is_full() || input.is_empty() {
                return None;
            }
            let (more, rest) = input.split_at(input.len().min(AT_ONCE));
            self.bytes.extend_from_slice(more);
            *input = rest;
        }
    }

    /// Where frames begin, now that no more bytes come: from there they go on without a break, to the end or into a
    /// frame that was cut.
    pub(super) fn at_end(&self) -> Option<usize> {
        self.undecided
            .get(&self.bytes.len())
            .map(|chain| chain.start)
    }

    /// Gives up the first half of what was looked at, where that is too much; it is returned.
    pub(super) fn give_up(&mut self) -> Vec<u8> {
        if !self.is_full() {
            return Vec::new();
        }
        let count = self.looked.div_ceil(2);
        self.looked -= count;
        let chains = std::mem::take(&mut self.undecided).into_iter();
        self.undecided = chains
            .filter(|(_, chain)| chain.start >= count)
            .map(|(next, chain)| {
                let start = chain.start - count;
                (next - count, Chain { start, ..chain })
            })
            .collect();
        self.bytes.drain(..count).collect()
    }

    /// Whether so much is held that some of it is to be given up.
    fn is_full(&self) -> bool {
        self.looked >= WINDOW || self.undecided.len() >= UNDECIDED
    }

    /// Takes what stands at the next byte as a header. The chain that it goes on, or begins.
    fn look(&mut self, header: FrameHeader) -> Option<Chain> {
        let at = self.looked;
        self.looked += 1;
        let before = self.undecided.remove(&at);
        if !is_usual(header) {
            return None;
        }
        let mut chain = before.unwrap_or(Chain {
            start: at,
            headers: 0,
        });
        chain.headers += 1;
        let next = at + HEADER_LENGTH + header.length as usize;
        // Of chains that meet, the one that is told first stays.
        let met = self.undecided.get(&next);
        if met.is_none_or(|met| met.headers < chain.headers) {
            self.undecided.insert(next, chain);
        }
        Some(chain)
    }

    /// How much memory it takes, in bytes: an estimate, since what a map takes beyond its entries is not known.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.undecided.len() * size_of::<(usize, Chain)>()
    }

    /// All that is held, to be taken over.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.looked = 0;
        self.undecided.clear();
        std::mem::take(&mut self.bytes)
    }
}

/// Whether a header is one that a place may be known by: regular, and no rarer than that.
fn is_usual(header: FrameHeader) -> bool {
    // Servers have given up to push, which even numbers are for, and hardly anybody sends data of nothing that do not
    // end the stream.
    let of_client = header.stream == 0 || header.stream % 2 == 1;
    let has_use =
        header.kind != FrameType::DATA || header.length > 0 || header.flags.has(Flags::END_STREAM);
    header.is_regular() && header.length <= LENGTH_MAX && of_client && has_use
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame by hand: its header's nine bytes and a payload of sevens.
    fn frame(kind: u8, flags: u8, stream: u32, length: u32) -> Vec<u8> {
        let mut bytes = length.to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(vec![7; length as usize]);
        bytes
    }

    fn headers_data_headers() -> Vec<u8> {
        [frame(1, 4, 5, 30), frame(0, 0, 5, 12), frame(1, 5, 5, 10)].concat()
    }

    #[test]
    fn frames_at_the_start_and_after_the_rest_of_one() {
        let bytes = headers_data_headers();
        assert_eq!(Resync::default().feed(&mut &bytes[..]), Some(0));
        let late = [vec![9; 100], bytes].concat();
        assert_eq!(Resync::default().feed(&mut &late[..]), Some(100));
    }

    #[test]
    fn told_at_the_third_header_however_the_bytes_come() {
        let late = [vec![0; 20], headers_data_headers()].concat();
        let third = 20 + 39 + 21 + HEADER_LENGTH;
        let mut resync = Resync::default();
        for (index, byte) in late.iter().enumerate() {
            let found = resync.feed(&mut &[*byte][..]);
            assert_eq!(found, (index + 1 >= third).then_some(20), "byte {index}");
            if found.is_some() {
                break;
            }
        }
    }

    #[test]
    fn chains_that_overlap_are_told_alike_however_the_bytes_come() {
        // A frame whose payload is three others: those are complete before two more follow on it.
        let mut outer = frame(0, 0, 5, 51);
        outer.truncate(HEADER_LENGTH);
        let inner = frame(6, 0, 0, 8).repeat(3);
        let bytes = [outer, inner, headers_data_headers()].concat();
        assert_eq!(Resync::default().feed(&mut &bytes[..]), Some(HEADER_LENGTH));
        let mut resync = Resync::default();
        let mut chunks = bytes.chunks(1);
        let found = chunks.find_map(|mut byte| resync.feed(&mut byte));
        assert_eq!(found, Some(HEADER_LENGTH));
    }

    #[test]
    fn at_the_end_one_whole_frame_is_enough() {
        let mut resync = Resync::default();
        let ping = frame(6, 0, 0, 8);
        let late = [vec![1, 2, 3], ping.clone()].concat();
        assert_eq!(resync.feed(&mut &late[..]), None);
        assert_eq!(resync.at_end(), Some(3));
        let mut resync = Resync::default();
        let early = [ping, vec![1]].concat();
        assert_eq!(resync.feed(&mut &early[..]), None);
        assert_eq!(resync.at_end(), None);
    }

    #[test]
    fn text_zeroes_and_noise_are_no_frames() {
        let mut random: u32 = 1;
        let noise: Vec<u8> = (0..100_000)
            .map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (random >> 24) as u8
            })
            .collect();
        let text = b"GET / HTTP/1.1\r\nhost: example\r\n\r\n".repeat(100);
        for mut bytes in [&noise[..], &text, &[0; 50_000], &[0xff; 50_000]] {
            let mut resync = Resync::default();
            assert_eq!(resync.feed(&mut bytes), None);
            assert_eq!(resync.at_end(), None);
        }
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut resync = Resync::default();
        for _ in 0..100 {
            assert_eq!(resync.feed(&mut &[0x55; 10_000][..]), None);
            resync.give_up();
            assert!(resync.bytes.len() <= WINDOW);
        }
        let bytes = headers_data_headers();
        let found = resync.feed(&mut &bytes[..]).unwrap();
        assert_eq!(&resync.take()[found..], bytes);
    }
}
