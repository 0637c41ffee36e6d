//! Packets out of a capture file: pcap or pcapng, gzipped or not, several one after the other, as its bytes come.
//!
//! The blocks of a file are told apart here, so that each is read as soon as its last byte is there, at a known offset
//! and in bounded memory; what stands in a block is read by `pcap-parser`.

mod buffer;
mod pcap;
mod pcapng;

use std::io::{self, Cursor, Read};
use std::ops::Range;
use std::time::Duration;

pub use pcap_parser::Linktype;

use self::buffer::Buffer;
use self::pcap::Pcap;
use self::pcapng::Pcapng;

/// The largest block that is read, in bytes. Packets have 256 KiB at most (the largest snapshot length that `tcpdump` and
/// Wireshark set); only the key logs and name tables of long captures are larger.
const BLOCK_MAX: usize = 16 * 1024 * 1024;

/// A packet as it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its number in the input, from 1.
    pub number: u64,
    /// Bytes of the input before the first of `data`; of what it unpacks to, where it is gzipped.
    pub offset: u64,
    /// When it was captured, since the Unix epoch. A simple packet block does not say, and has the time of the packet
    /// before it.
    pub at: Duration,
    /// What kind of header `data` begins with.
    pub link: Linktype,
    /// What was captured of it.
    pub data: &'a [u8],
    /// How long it was on the link, in bytes.
    pub original_length: u32,
}

/// What a capture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A packet.
    Packet(Packet<'a>),
    /// A TLS key log, in the text form of `SSLKEYLOGFILE`, out of a Decryption Secrets Block.
    Secrets(&'a [u8]),
}

/// What ended the reading of a capture before its end.
#[derive(Debug)]
pub struct Stopped {
    /// Bytes of the input before the block that could not be read; of what it unpacks to, where it is gzipped.
    pub offset: u64,
    /// Why.
    pub why: Why,
}

/// Why a capture could not be read on.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// It begins like no capture.
    #[error("this is neither a pcap nor a pcapng file")]
    NoCapture,
    /// It ended inside a block or a packet.
    #[error("the capture ends within a block, of whose {needed} bytes {present} are there")]
    Cut {
        /// Bytes of the block that are there.
        present: usize,
        /// How many there should be, as far as could be told.
        needed: usize,
    },
    /// A block is said to be larger than any that is read.
    #[error("a block of {length} bytes is more than is read at once, or its length is corrupt")]
    Oversized {
        /// The length that the block gives itself, in bytes.
        length: usize,
    },
    /// The two lengths that a pcapng block has differ, or are shorter than that takes.
    #[error("a block has the length {before} before it and {after} behind it")]
    Length {
        /// The length at its start.
        before: u32,
        /// The length at its end.
        after: u32,
    },
    /// A section does not begin with the magic number that gives its byte order.
    #[error("a section begins without its byte-order magic")]
    ByteOrder,
    /// The parts of a block do not fit in it.
    #[error("a block of type 0x{kind:08x} is longer than it says, or its fields are corrupt")]
    Malformed {
        /// The type of the block.
        kind: u32,
    },
    /// A packet is of an interface that the section does not describe.
    #[error("a packet is of interface {interface}, which nothing before it describes")]
    NoInterface {
        /// The number of the interface, from 0.
        interface: u32,
    },
    /// A section describes more interfaces than are kept.
    #[error("a section describes more than {} interfaces", pcapng::INTERFACES_MAX)]
    TooManyInterfaces,
    /// The input could not be read, or not be unpacked.
    #[error("it cannot be read on: {0}")]
    Unreadable(io::Error),
}

/// Whether an input that starts with these bytes is a capture.
#[must_use]
pub fn recognise(start: &[u8]) -> bool {
    start.first_chunk().copied().is_some_and(recognise_magic)
}

/// Whether these are the first bytes of a capture: those of a pcapng section, or of pcap in either byte order, with
/// microseconds, nanoseconds or the longer packet headers that some Linux systems once wrote.
fn recognise_magic(magic: [u8; 4]) -> bool {
    magic == pcapng::SECTION_HEADER
        || matches!(
            u32::from_le_bytes(magic),
            0xa1b2_c3d4 | 0xd4c3_b2a1 | 0xa1b2_3c4d | 0x4d3c_b2a1 | 0xa1b2_cd34
        )
}

/// Whether a file starts where a block of another ends: what begins like a pcap header, and has the version of all that were
/// written since 1998, can be neither a packet's time nor a pcapng block's type and length. The bytes are a packet header's at
/// least, or a block's.
fn begins_file(start: &[u8]) -> bool {
    let (magic, rest) = start.split_first_chunk().unwrap_or((&[0; 4], &[]));
    let section = rest.get(4..8).is_some_and(pcapng::is_byte_order);
    match *magic {
        pcapng::SECTION_HEADER => section,
        magic => {
            recognise_magic(magic)
                && (rest.starts_with(&[2, 0, 4, 0]) || rest.starts_with(&[0, 2, 0, 4]))
        }
    }
}

/// Where in the buffer an item was found; the block that holds it begins the buffer.
enum Found {
    Packet {
        data: Range<usize>,
        at: Duration,
        link: Linktype,
        original_length: u32,
    },
    Secrets(Range<usize>),
    /// A block that holds nothing of interest.
    Nothing,
    /// The start of another file.
    File,
}

/// What is known of the capture's format.
enum Format {
    /// Nothing yet.
    Start,
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// Reads a capture. A packet is there as soon as its last byte is: no more is read ahead than the input has ready.
pub struct Packets<R> {
    buffer: Buffer<io::Chain<Cursor<Vec<u8>>, R>>,
    /// The length of the block last lent out, which is still in the buffer.
    lent: usize,
    format: Format,
    packets: u64,
    ended: bool,
    stopped: Option<Stopped>,
}

impl<R: Read> Packets<R> {
    /// Reads `start`, what was already taken of the input in order to recognise it, and then the rest.
    pub fn new(start: Vec<u8>, rest: R) -> Self {
        Self {
            buffer: Buffer::new(Cursor::new(start).chain(rest)),
            lent: 0,
            format: Format::Start,
            packets: 0,
            ended: false,
            stopped: None,
        }
    }

    /// The next item; `None` at the end of the capture, or of what can be read of it.
    pub fn next_item(&mut self) -> Option<Item<'_>> {
        if self.ended {
            return None;
        }
        let found = match self.find() {
            Ok(found) => found,
            Err(why) => {
                let offset = self.buffer.offset();
                self.stopped = Some(Stopped { offset, why });
                None
            }
        };
        self.ended = found.is_none();
        let held = self.buffer.held();
        Some(match found? {
            Found::Nothing | Found::File => return None,
            Found::Secrets(range) => Item::Secrets(held.get(range).unwrap_or_default()),
            Found::Packet {
                data,
                at,
                link,
                original_length,
            } => Item::Packet(Packet {
                number: self.packets,
                offset: self.buffer.offset() + data.start as u64,
                at,
                link,
                data: held.get(data).unwrap_or_default(),
                original_length,
            }),
        })
    }

    /// What ended the reading, unless that was the end of the capture.
    #[must_use]
    pub const fn stopped(&self) -> Option<&Stopped> {
        self.stopped.as_ref()
    }

    /// What the capture is called, or the last of several.
    #[must_use]
    pub const fn format_name(&self) -> &'static str {
        match self.format {
            Format::Start => "capture",
            Format::Pcap(_) => "pcap",
            Format::Pcapng(_) => "pcapng",
        }
    }

    /// Bytes of the input that were read and understood; of what it unpacks to, where it is gzipped.
    #[must_use]
    pub const fn read(&self) -> u64 {
        self.buffer.offset() + self.lent as u64
    }

    /// Finds the next item; `None` at a clean end.
    fn find(&mut self) -> Result<Option<Found>, Why> {
        loop {
            self.buffer.consume(self.lent);
            self.lent = 0;
            let block = match &mut self.format {
                Format::Start => self.begin()?,
                Format::Pcap(pcap) => pcap.record(&mut self.buffer)?,
                Format::Pcapng(pcapng) => pcapng.block(&mut self.buffer)?,
            };
            let Some((length, found)) = block else {
                return Ok(None);
            };
            self.lent = length;
            match found {
                Found::Nothing => {}
                Found::File => self.format = Format::Start,
                Found::Secrets(_) => return Ok(Some(found)),
                Found::Packet { .. } => {
                    self.packets += 1;
                    return Ok(Some(found));
                }
            }
        }
    }

    /// Tells the format; the length of its header, where that is no block.
    fn begin(&mut self) -> Result<Option<(usize, Found)>, Why> {
        self.buffer.require(4)?;
        let length = if self.buffer.held().starts_with(&pcapng::SECTION_HEADER) {
            self.format = Format::Pcapng(Pcapng::default());
            0
        } else {
            let known = self.buffer.held().first_chunk().copied();
            if !known.is_some_and(recognise_magic) {
                return Err(Why::NoCapture);
            }
            self.buffer.require(pcap::HEADER)?;
            let pcap = Pcap::parse(self.buffer.held()).ok_or(Why::NoCapture)?;
            self.format = Format::Pcap(pcap);
            pcap::HEADER
        };
        Ok(Some((length, Found::Nothing)))
    }
}

#[cfg(test)]
mod tests;
