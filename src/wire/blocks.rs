//! Header blocks gathered from the frames that carry them (RFC 9113, 4.3).

use super::Span;
use super::frame::{Flags, Frame, FrameType, HEADER_LENGTH};
use super::hpack::{BLOCK_LIMIT, Block, Decoder, HeaderBlock, Place};
use super::payload::Payload;

/// Fragments of one block whose bytes are kept: enough for a block of [`BLOCK_LIMIT`] in fragments of 256 bytes,
/// while senders cut them at 16 KiB. It bounds what is noted for a flood of tiny CONTINUATION frames.
const FRAGMENT_LIMIT: usize = BLOCK_LIMIT / 256;

/// Room that is kept for the next block, in bytes: many are smaller than a single frame, and are not gathered.
const RETAINED: usize = 16_384;

/// The header blocks of one direction.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    hpack: Decoder,
    /// The stream of the block whose END_HEADERS is awaited.
    open: Option<u32>,
    /// Its fragments, joined, and where they stand.
    encoded: Vec<u8>,
    places: Vec<Place>,
    /// Its rest, once it grew too large.
    missing: Option<Span>,
    /// The last block decoded.
    decoded: HeaderBlock,
}

/// A header block fragment.
#[derive(Clone, Copy)]
struct Fragment<'a> {
    bytes: &'a [u8],
    /// Where it stands in its direction.
    offset: u64,
}

impl Blocks {
    /// Takes in a frame that starts at `offset`. Returns whether it ended a block, which is [`Self::decoded`] then.
    pub(super) fn take(&mut self, frame: &Frame<'_>, offset: u64) -> bool {
        let starts = match frame.header.kind {
            FrameType::HEADERS | FrameType::PUSH_PROMISE => true,
            FrameType::CONTINUATION => false,
            _ => return false,
        };
        if starts && self.open.is_some() {
            self.decode();
        }
        let Some(fragment) = fragment(frame, offset) else {
            self.hpack.lose();
            return false;
        };
        let ends = frame.header.flags.has(Flags::END_HEADERS);
        if starts && ends {
            let places = [Place {
                position: 0,
                offset: fragment.offset,
            }];
            let block = Block {
                bytes: fragment.bytes,
                places: &places,
                missing: None,
            };
            if fragment.bytes.len() <= BLOCK_LIMIT {
                self.hpack.decode(block, &mut self.decoded);
                return true;
            }
        }
        if starts {
            self.open = Some(frame.header.stream);
        } else if self.open != Some(frame.header.stream) {
            // Nothing tells which block this goes on with, nor what it would have added to the table.
            if !fragment.bytes.is_empty() {
                self.hpack.lose();
            }
            return false;
        }
        self.gather(fragment);
        if ends {
            self.decode();
        }
        ends
    }

    /// Tells that bytes are missing, of header blocks perhaps: the open one is given up, and entries of the table that
    /// the sender uses from now on may be ones that were never seen.
    pub(super) fn miss(&mut self) {
        self.open = None;
        self.encoded.clear();
        self.places.clear();
        self.missing = None;
        self.hpack.miss();
    }

    /// How much memory they take, in bytes.
    pub(super) fn memory(&self) -> usize {
        let places = self.places.capacity() * size_of::<Place>();
        self.encoded.capacity() + places + self.hpack.memory() + self.decoded.memory()
    }

    /// Gives up what was gathered of an open block; whether there was any.
    pub(super) fn shed(&mut self) -> bool {
        let gathered = !self.encoded.is_empty();
        self.encoded = Vec::new();
        self.places = Vec::new();
        self.decoded = HeaderBlock::default();
        gathered
    }

    /// The block that the last frame ended.
    pub(super) const fn decoded(&self) -> &HeaderBlock {
        &self.decoded
    }

    /// The stream of the block whose END_HEADERS is awaited.
    pub(super) const fn open(&self) -> Option<u32> {
        self.open
    }

    fn gather(&mut self, fragment: Fragment<'_>) {
        if let Some(missing) = &mut self.missing {
            missing.length += fragment.bytes.len() as u64;
            return;
        }
        if fragment.bytes.is_empty() {
            return;
        }
        let room = if self.places.len() < FRAGMENT_LIMIT {
            BLOCK_LIMIT - self.encoded.len()
        } else {
            0
        };
        let (kept, rest) = fragment.bytes.split_at(room.min(fragment.bytes.len()));
        if !kept.is_empty() {
            self.places.push(Place {
                position: self.encoded.len(),
                offset: fragment.offset,
            });
            self.encoded.extend_from_slice(kept);
        }
        if !rest.is_empty() {
            let offset = fragment.offset + kept.len() as u64;
            self.missing = Some(Span {
                offset,
                length: rest.len() as u64,
            });
        }
    }

    /// Decodes what was gathered of the open block, and closes it.
    fn decode(&mut self) {
        let block = Block {
            bytes: &self.encoded,
            places: &self.places,
            missing: self.missing.take(),
        };
        self.hpack.decode(block, &mut self.decoded);
        self.open = None;
        self.encoded.clear();
        self.encoded.shrink_to(RETAINED);
        self.places.clear();
        self.places.shrink_to(RETAINED / 256);
    }
}

/// The header block fragment in a frame that starts at `offset`; `None` where the frame is malformed.
fn fragment<'a>(frame: &Frame<'a>, offset: u64) -> Option<Fragment<'a>> {
    let (bytes, before) = match frame.view() {
        Payload::Headers {
            fragment,
            padding,
            priority,
        } => (
            fragment,
            u64::from(padding.is_some()) + if priority.is_some() { 5 } else { 0 },
        ),
        Payload::PushPromise {
            fragment, padding, ..
        } => (fragment, u64::from(padding.is_some()) + 4),
        Payload::Continuation(fragment) => (fragment, 0),
        _ => return None,
    };
    Some(Fragment {
        bytes,
        offset: offset + HEADER_LENGTH as u64 + before,
    })
}

#[cfg(test)]
mod tests {
    use super::super::frame::FrameHeader;
    use super::super::hpack::FaultKind;
    use super::*;

    const END: u8 = Flags::END_HEADERS;

    /// Takes in a frame that starts at offset 100; the fields' names, if it ended a block.
    fn take(
        blocks: &mut Blocks,
        kind: FrameType,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) -> Option<String> {
        let length = payload.len() as u32;
        let header = FrameHeader {
            length,
            kind,
            flags: Flags(flags),
            reserved: false,
            stream,
        };
        blocks.take(&Frame { header, payload }, 100).then(|| {
            let names = blocks
                .decoded()
                .iter()
                .map(|field| String::from_utf8_lossy(field.name));
            names.collect::<Vec<_>>().join(" ")
        })
    }

    const METHOD: &[u8] = &[0x83];
    const PATH: &[u8] = &[0x84];

    #[test]
    fn one_frame_or_several() {
        let blocks = &mut Blocks::default();
        assert_eq!(
            take(blocks, FrameType::HEADERS, END, 1, METHOD).as_deref(),
            Some(":method")
        );
        assert_eq!(take(blocks, FrameType::HEADERS, 0, 3, METHOD), None);
        assert_eq!(blocks.open(), Some(3));
        assert_eq!(take(blocks, FrameType::DATA, 0, 1, b"x"), None);
        assert_eq!(take(blocks, FrameType::CONTINUATION, 0, 3, &[]), None);
        let whole = take(blocks, FrameType::CONTINUATION, END, 3, PATH);
        assert_eq!(whole.as_deref(), Some(":method :path"));
        assert_eq!(blocks.open(), None);
        assert_eq!(blocks.decoded().encoded_length, 2);
    }

    #[test]
    fn fields_stand_after_padding_priority_and_promise() {
        let blocks = &mut Blocks::default();
        let offset = |blocks: &Blocks| blocks.decoded().iter().next().unwrap().span.offset;
        let both = END | Flags::PADDED | Flags::PRIORITY;
        take(
            blocks,
            FrameType::HEADERS,
            both,
            1,
            &[1, 0, 0, 0, 0, 0, 0x83, 0],
        );
        assert_eq!(offset(blocks), 100 + 9 + 6);
        take(blocks, FrameType::PUSH_PROMISE, END, 1, &[0, 0, 0, 2, 0x83]);
        assert_eq!(offset(blocks), 100 + 9 + 4);
    }

    #[test]
    fn a_second_block_ends_the_first() {
        let blocks = &mut Blocks::default();
        take(blocks, FrameType::HEADERS, 0, 1, b"\x40\x01a\x011");
        let names = take(blocks, FrameType::HEADERS, END, 3, &[0xbe]);
        assert_eq!(
            names.as_deref(),
            Some("a"),
            "the first block's entry is in the table"
        );
        assert_eq!(take(blocks, FrameType::CONTINUATION, END, 1, PATH), None);
    }

    #[test]
    fn a_continuation_of_nothing_is_no_block_and_loses_the_table() {
        let blocks = &mut Blocks::default();
        take(blocks, FrameType::HEADERS, END, 1, b"\x40\x01a\x011");
        assert_eq!(take(blocks, FrameType::CONTINUATION, END, 1, &[]), None);
        assert_eq!(
            take(blocks, FrameType::HEADERS, END, 3, &[0xbe]).as_deref(),
            Some("a")
        );
        assert_eq!(take(blocks, FrameType::CONTINUATION, END, 1, PATH), None);
        assert_eq!(
            take(blocks, FrameType::HEADERS, END, 5, &[0xbe]).as_deref(),
            Some("")
        );
    }

    #[test]
    fn a_malformed_frame_is_no_block() {
        let blocks = &mut Blocks::default();
        let flags = END | Flags::PADDED;
        assert_eq!(take(blocks, FrameType::HEADERS, flags, 1, &[9, 0x83]), None);
        assert_eq!(take(blocks, FrameType::HEADERS, flags, 1, &[]), None);
        assert_eq!(blocks.open(), None);
    }

    #[test]
    fn too_large_a_block_is_cut() {
        let blocks = &mut Blocks::default();
        let huge = vec![0x20; BLOCK_LIMIT - 1];
        take(blocks, FrameType::HEADERS, 0, 1, &huge);
        take(blocks, FrameType::CONTINUATION, 0, 1, &[0x83, 0x83, 0x83]);
        assert!(take(blocks, FrameType::CONTINUATION, END, 1, &[0x83]).is_some());
        let faults = &blocks.decoded().faults;
        let missing = Span {
            offset: 100 + 9 + 1,
            length: 3,
        };
        assert_eq!(faults.last().unwrap().kind, FaultKind::TooLarge);
        assert_eq!(faults.last().unwrap().span, missing);
        assert_eq!(blocks.decoded().encoded_length, BLOCK_LIMIT as u64 + 3);
        let whole = vec![0x20; BLOCK_LIMIT + 1];
        assert!(take(blocks, FrameType::HEADERS, END, 1, &whole).is_some());
        assert_eq!(
            blocks.decoded().faults.last().unwrap().kind,
            FaultKind::TooLarge
        );
    }

    #[test]
    fn a_flood_of_tiny_fragments_is_bounded() {
        let blocks = &mut Blocks::default();
        take(blocks, FrameType::HEADERS, 0, 1, METHOD);
        for _ in 0..2 * FRAGMENT_LIMIT {
            take(blocks, FrameType::CONTINUATION, 0, 1, METHOD);
        }
        assert_eq!(blocks.places.len(), FRAGMENT_LIMIT);
        assert_eq!(blocks.encoded.len(), FRAGMENT_LIMIT);
        take(blocks, FrameType::CONTINUATION, END, 1, &[]);
        assert_eq!(blocks.decoded().len(), FRAGMENT_LIMIT);
        assert_eq!(blocks.decoded().faults.len(), 1);
    }
}
