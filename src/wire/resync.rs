//! Where frames begin, in bytes of which the start is not known: after bytes are missing, or where a capture begins in
//! the middle of a connection.
//!
//! A frame header has no mark of its own, so that a place is taken for one where a chain of headers follows from it,
//! each of which has a known type, no flag that its type does not define, no reserved bit, and the length and the
//! stream that its type wants (RFC 9113, 4.1 and 6).

use super::frame::{Flags, FrameHeader, FrameType, HEADER_LENGTH};

/// How many headers in a row make a place one where frames begin. About one place in a million of random bytes looks
/// like a header, and nearly none is followed by another.
const CHAIN: usize = 3;

/// How many bytes are looked through before the first half of them is given up, in bytes: three frames of the initial
/// maximum size of 16 KiB, and room for what stands before them.
const WINDOW: usize = 128 * 1024;

/// How many places may be undecided at a time: those of a run of zeroes with a stream in it.
const UNDECIDED: usize = 1_024;

/// The largest payload that a header in a chain may have, in bytes: four of the initial maximum (RFC 9113, 4.2). Peers
/// that allow more are few, and their long frames are not begun with.
const LENGTH_MAX: u32 = 64 * 1024;

/// Looks for the place.
#[derive(Debug, Default)]
pub(super) struct Resync {
    /// What came and is neither given up nor found.
    bytes: Vec<u8>,
    /// Bytes of it that were looked at.
    looked: usize,
    /// Places whose chain is not complete.
    undecided: Vec<Chain>,
}

/// A place that may be the start of a frame, and how far the headers that follow from it were read.
#[derive(Clone, Copy, Debug)]
struct Chain {
    start: usize,
    next: usize,
    headers: usize,
}

impl Resync {
    /// Takes more bytes. Where frames begin in all bytes that were taken, once that can be told.
    pub(super) fn feed(&mut self, more: &[u8]) -> Option<usize> {
        self.bytes.extend_from_slice(more);
        while self.looked + HEADER_LENGTH <= self.bytes.len() && self.undecided.len() < UNDECIDED {
            self.undecided.push(Chain {
                start: self.looked,
                next: self.looked,
                headers: 0,
            });
            self.looked += 1;
            self.follow(self.undecided.len() - 1);
        }
        for index in (0..self.undecided.len()).rev() {
            self.follow(index);
        }
        let found = self
            .undecided
            .iter()
            .filter(|chain| chain.headers >= CHAIN)
            .map(|chain| chain.start);
        found.min()
    }

    /// Where frames begin, now that no more bytes come: from there they go on without a break, to the end or into a
    /// frame that was cut.
    pub(super) fn at_end(&self) -> Option<usize> {
        let whole = self
            .undecided
            .iter()
            .filter(|chain| chain.headers > 0 && chain.next == self.bytes.len());
        whole.map(|chain| chain.start).min()
    }

    /// Gives up the first half of what is held, where that is too much; it is returned.
    pub(super) fn give_up(&mut self) -> Vec<u8> {
        if self.bytes.len() <= WINDOW && self.undecided.len() < UNDECIDED {
            return Vec::new();
        }
        let count = self.bytes.len().div_ceil(2);
        self.looked = self.looked.saturating_sub(count);
        self.undecided.retain_mut(|chain| {
            let stays = chain.start >= count;
            if stays {
                chain.start -= count;
                chain.next -= count;
            }
            stays
        });
        self.bytes.drain(..count).collect()
    }

    /// How much memory it takes, in bytes.
    pub(super) const fn memory(&self) -> usize {
        self.bytes.capacity() + self.undecided.capacity() * size_of::<Chain>()
    }

    /// All that is held, to be taken over.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.looked = 0;
        self.undecided.clear();
        std::mem::take(&mut self.bytes)
    }

    /// Reads on in a chain, which is dropped where it breaks. The last one takes its place then.
    fn follow(&mut self, index: usize) {
        let Some(chain) = self.undecided.get_mut(index) else {
            return;
        };
        while chain.headers < CHAIN {
            let header = self
                .bytes
                .get(chain.next..)
                .and_then(|rest| rest.first_chunk::<HEADER_LENGTH>());
            let Some(header) = header.map(FrameHeader::parse) else {
                return;
            };
            if !is_usual(header) {
                self.undecided.swap_remove(index);
                return;
            }
            chain.headers += 1;
            chain.next += HEADER_LENGTH + header.length as usize;
        }
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
        assert_eq!(Resync::default().feed(&bytes), Some(0));
        let late = [vec![9; 100], bytes].concat();
        assert_eq!(Resync::default().feed(&late), Some(100));
    }

    #[test]
    fn told_at_the_third_header_however_the_bytes_come() {
        let late = [vec![0; 20], headers_data_headers()].concat();
        let third = 20 + 39 + 21 + HEADER_LENGTH;
        let mut resync = Resync::default();
        for (index, byte) in late.iter().enumerate() {
            let found = resync.feed(&[*byte]);
            assert_eq!(found, (index + 1 >= third).then_some(20), "byte {index}");
            if found.is_some() {
                break;
            }
        }
    }

    #[test]
    fn at_the_end_one_whole_frame_is_enough() {
        let mut resync = Resync::default();
        let ping = frame(6, 0, 0, 8);
        assert_eq!(resync.feed(&[vec![1, 2, 3], ping.clone()].concat()), None);
        assert_eq!(resync.at_end(), Some(3));
        let mut resync = Resync::default();
        assert_eq!(resync.feed(&[ping, vec![1]].concat()), None);
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
        for bytes in [&noise[..], &text, &[0; 50_000], &[0xff; 50_000]] {
            let mut resync = Resync::default();
            assert_eq!(resync.feed(bytes), None);
            assert_eq!(resync.at_end(), None);
        }
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut resync = Resync::default();
        for _ in 0..100 {
            assert_eq!(resync.feed(&[0x55; 10_000]), None);
            resync.give_up();
            assert!(resync.bytes.len() <= WINDOW);
        }
        let bytes = headers_data_headers();
        let found = resync.feed(&bytes).unwrap();
        assert_eq!(&resync.take()[found..], bytes);
    }
}
