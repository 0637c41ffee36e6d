//! The packets of a pcap file.

use std::io::Read;
use std::time::Duration;

use pcap_parser::nom::{self, IResult, Needed};
use pcap_parser::{
    LegacyPcapBlock, Linktype, PcapError, parse_pcap_frame, parse_pcap_frame_be,
    parse_pcap_frame_modified, parse_pcap_header,
};

use super::buffer::Buffer;
use super::{Found, Why, begins_file};

/// The length of the header of a file, in bytes.
pub(super) const HEADER: usize = 24;

/// The bits of the header's last field that are the link type; those above it are about frame check sequences.
const LINK_TYPE_BITS: i32 = 0xffff;

/// Reads a packet from the bytes that begin with it.
type Parse = for<'a> fn(&'a [u8]) -> IResult<&'a [u8], LegacyPcapBlock<'a>, PcapError<&'a [u8]>>;

/// The header of the file, as far as its packets are read by it.
pub(super) struct Pcap {
    parse: Parse,
    /// The length of the header of a packet, in bytes.
    header: usize,
    /// What its fraction of a second counts, in nanoseconds.
    unit: u64,
    link: Linktype,
}

impl Pcap {
    /// Reads the header of a file.
    pub(super) fn parse(header: &[u8]) -> Option<Self> {
        let (_, header) = parse_pcap_header(header).ok()?;
        Some(Self {
            parse: if header.is_modified_format() {
                parse_pcap_frame_modified
            } else if header.is_bigendian() {
                parse_pcap_frame_be
            } else {
                parse_pcap_frame
            },
            header: if header.is_modified_format() { 24 } else { 16 },
            unit: if header.is_nanosecond_precision() {
                1
            } else {
                1_000
            },
            link: Linktype(header.network.0 & LINK_TYPE_BITS),
        })
    }

    /// Reads a packet, with its length in the file.
    pub(super) fn record(
        &self,
        buffer: &mut Buffer<impl Read>,
    ) -> Result<Option<(usize, Found)>, Why> {
        if !buffer.require(self.header)? {
            return Ok(None);
        }
        if begins_file(buffer.held()) {
            return Ok(Some((0, Found::File)));
        }
        loop {
            let held = buffer.held();
            match (self.parse)(held) {
                Ok((rest, packet)) => {
                    let length = held.len() - rest.len();
                    let fraction = Duration::from_nanos(u64::from(packet.ts_usec) * self.unit);
                    let found = Found::Packet {
                        data: self.header..length,
                        at: Duration::from_secs(packet.ts_sec.into()) + fraction,
                        link: self.link,
                        original_length: packet.origlen,
                    };
                    return Ok(Some((length, found)));
                }
                Err(nom::Err::Incomplete(Needed::Size(more))) => {
                    let length = held.len() + more.get();
                    buffer.require(length)?;
                }
                // A packet has no other way to be wrong than to be longer than what is left.
                Err(_) => return Err(Why::Malformed { kind: 0 }),
            }
        }
    }
}
