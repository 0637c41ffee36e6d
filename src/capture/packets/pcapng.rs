//! The blocks of a pcapng file.

use std::io::Read;
use std::time::Duration;

use pcap_parser::{
    Block, EnhancedPacketBlock, InterfaceDescriptionBlock, Linktype, OptionCode, SecretsType,
    parse_block_be, parse_block_le,
};

use super::buffer::Buffer;
use super::{Found, Why, begins_file};

/// The type of a Section Header Block, the same in either byte order.
pub(super) const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// The byte-order magic of a section, as it stands in a big-endian one.
const BYTE_ORDER: [u8; 4] = [0x1a, 0x2b, 0x3c, 0x4d];

/// Whether a section may have these bytes as its byte-order magic.
pub(super) fn is_byte_order(magic: &[u8]) -> bool {
    magic == BYTE_ORDER || magic.iter().rev().eq(&BYTE_ORDER)
}

/// The type of the obsolete Packet Block, which Enhanced Packet Blocks took the place of.
const PACKET: u32 = 2;

/// The shortest block, in bytes: its type and its two lengths.
const BLOCK_MIN: usize = 12;

/// Bytes of a block before its packet's data: of an Enhanced Packet Block and of the obsolete one.
const BEFORE_PACKET: usize = 28;

/// Bytes of a Simple Packet Block before its packet's data.
const BEFORE_SIMPLE_PACKET: usize = 12;

/// Bytes of a Decryption Secrets Block before the secrets.
const BEFORE_SECRETS: usize = 16;

/// How many interfaces of a section are kept, at some 32 bytes each. Machines with thousands of containers have
/// thousands.
pub(super) const INTERFACES_MAX: usize = 16 * 1024;

/// What a section said so far that its packets are read by.
#[derive(Default)]
pub(super) struct Pcapng {
    big_endian: bool,
    interfaces: Vec<Interface>,
    /// The time of the last packet that had one.
    at: Duration,
}

impl Pcapng {
    /// Reads a block, with its length.
    pub(super) fn block(
        &mut self,
        buffer: &mut Buffer<impl Read>,
    ) -> Result<Option<(usize, Found)>, Why> {
        if !buffer.require(BLOCK_MIN)? {
            return Ok(None);
        }
        let held = buffer.held();
        if !held.starts_with(&SECTION_HEADER) && begins_file(held) {
            return Ok(Some((0, Found::File)));
        }
        if held.starts_with(&SECTION_HEADER) {
            let mut order: [u8; 4] = held
                .get(8..)
                .and_then(|order| order.first_chunk())
                .copied()
                .unwrap_or_default();
            self.big_endian = order == BYTE_ORDER;
            order.reverse();
            if !self.big_endian && order != BYTE_ORDER {
                return Err(Why::ByteOrder);
            }
        }
        let kind = self.number(held, 0);
        let before = self.number(held, 4);
        let length = before as usize;
        if length < BLOCK_MIN {
            return Err(Why::Length {
                before,
                after: before,
            });
        }
        buffer.require(length)?;
        let block = buffer.held().get(..length).unwrap_or_default();
        let after = self.number(block, length - 4);
        if before != after {
            return Err(Why::Length { before, after });
        }
        Ok(Some((length, self.contents(kind, block)?)))
    }

    /// Reads what is in a whole block.
    fn contents(&mut self, kind: u32, block: &[u8]) -> Result<Found, Why> {
        let parse = if self.big_endian {
            parse_block_be
        } else {
            parse_block_le
        };
        // The block is whole, so that what the parser misses is beyond its end.
        let (_, parsed) = parse(block).map_err(|_| Why::Malformed { kind })?;
        Ok(match parsed {
            Block::SectionHeader(_) => {
                self.interfaces.clear();
                Found::Nothing
            }
            Block::InterfaceDescription(description) => {
                if self.interfaces.len() == INTERFACES_MAX {
                    return Err(Why::TooManyInterfaces);
                }
                let interface = Interface::new(&description, self.big_endian);
                self.interfaces.push(interface);
                Found::Nothing
            }
            Block::EnhancedPacket(packet) => self.packet(&packet)?,
            Block::Unknown(_) if kind == PACKET => self.obsolete_packet(block)?,
            Block::SimplePacket(packet) => {
                // It is always of the first interface, and as long as that captures.
                let interface = self.interface(0)?;
                let captured = match interface.snapshot {
                    0 => packet.origlen,
                    snapshot => packet.origlen.min(snapshot),
                };
                let captured = packet.data.len().min(captured as usize);
                Found::Packet {
                    data: BEFORE_SIMPLE_PACKET..BEFORE_SIMPLE_PACKET + captured,
                    at: self.at,
                    link: interface.link,
                    original_length: packet.origlen,
                }
            }
            Block::DecryptionSecrets(secrets) if secrets.secrets_type == SecretsType::TlsKeyLog => {
                let length = secrets.data.len().min(secrets.secrets_len as usize);
                Found::Secrets(BEFORE_SECRETS..BEFORE_SECRETS + length)
            }
            _ => Found::Nothing,
        })
    }

    fn packet(&mut self, packet: &EnhancedPacketBlock<'_>) -> Result<Found, Why> {
        let interface = self.interface(packet.if_id)?;
        let link = interface.link;
        self.at = interface.time(packet.ts_high, packet.ts_low);
        Ok(Found::Packet {
            data: BEFORE_PACKET..BEFORE_PACKET + packet.caplen as usize,
            at: self.at,
            link,
            original_length: packet.origlen,
        })
    }

    /// Reads a block that is laid out like an Enhanced Packet Block, but for the half of its first field that counts
    /// dropped packets.
    fn obsolete_packet(&mut self, block: &[u8]) -> Result<Found, Why> {
        let captured = self.number(block, 20) as usize;
        let room = block.len().saturating_sub(BEFORE_PACKET + 4);
        if block.len() < BEFORE_PACKET + 4 || captured > room {
            return Err(Why::Malformed { kind: PACKET });
        }
        let first = self.number(block, 8);
        let interface = if self.big_endian {
            first >> 16
        } else {
            first & 0xffff
        };
        let interface = self.interface(interface)?;
        let link = interface.link;
        self.at = interface.time(self.number(block, 12), self.number(block, 16));
        Ok(Found::Packet {
            data: BEFORE_PACKET..BEFORE_PACKET + captured,
            at: self.at,
            link,
            original_length: self.number(block, 24),
        })
    }

    fn interface(&self, interface: u32) -> Result<&Interface, Why> {
        self.interfaces
            .get(interface as usize)
            .ok_or(Why::NoInterface { interface })
    }

    /// The number at an offset of a block.
    fn number(&self, block: &[u8], offset: usize) -> u32 {
        let bytes = block.get(offset..).and_then(|rest| rest.first_chunk());
        let bytes = bytes.copied().unwrap_or_default();
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }
}

/// Where packets were captured.
struct Interface {
    link: Linktype,
    /// How much of a packet is captured, in bytes; 0 for all of it.
    snapshot: u32,
    /// How many units of a timestamp are a second; `None` where that is more than a timestamp can count.
    resolution: Option<u64>,
    /// What is to be added to its timestamps, in seconds.
    offset: i64,
}

impl Interface {
    fn new(description: &InterfaceDescriptionBlock<'_>, big_endian: bool) -> Self {
        // The parser takes this option for a little-endian one in any section.
        let option = description
            .options
            .iter()
            .find(|option| option.code == OptionCode::IfTsoffset);
        let offset = option.and_then(|option| option.value().first_chunk());
        let offset = offset.copied().unwrap_or_default();
        let exponent = u32::from(description.if_tsresol & 0x7f);
        let base: u64 = if description.if_tsresol & 0x80 == 0 {
            10
        } else {
            2
        };
        Self {
            link: description.linktype,
            snapshot: description.snaplen,
            resolution: base.checked_pow(exponent),
            offset: if big_endian {
                i64::from_be_bytes(offset)
            } else {
                i64::from_le_bytes(offset)
            },
        }
    }

    /// The time that the two halves of a timestamp give, since the Unix epoch.
    fn time(&self, high: u32, low: u32) -> Duration {
        let stamp = u64::from(high) << 32 | u64::from(low);
        let (seconds, nanos) = match self.resolution {
            // What cannot count to a second is a fraction of one, and too small to tell.
            None => (0, 0),
            Some(resolution) => {
                let fraction = u128::from(stamp % resolution) * 1_000_000_000;
                let nanos = fraction / u128::from(resolution);
                // Less than a second, so that it fits.
                (stamp / resolution, u32::try_from(nanos).unwrap_or_default())
            }
        };
        Duration::new(seconds.saturating_add_signed(self.offset), nanos)
    }
}
