//! Packets and capture files written by hand, byte by byte, for the tests of what reads them. Nothing here is shared with
//! that.

use std::net::{IpAddr, SocketAddr};

pub(super) const FIN: u8 = 1;
pub(super) const SYN: u8 = 2;
pub(super) const RST: u8 = 4;
pub(super) const ACK: u8 = 16;

/// A number that is random enough, and the same in every run (splitmix64).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// A number from 0 up to, but not including, `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

/// Bytes in which every run of a few tells where it stands.
pub(super) fn counting(length: usize) -> Vec<u8> {
    let mut random = Random(length as u64);
    (0..length).map(|_| random.below(256) as u8).collect()
}

/// A capture file in one byte order.
#[derive(Clone)]
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) big_endian: bool,
}

impl File {
    pub(super) fn new(big_endian: bool) -> Self {
        Self {
            bytes: Vec::new(),
            big_endian,
        }
    }

    pub(super) fn u16(&self, number: u16) -> [u8; 2] {
        let bytes = number.to_le_bytes();
        let [low, high] = bytes;
        if self.big_endian { [high, low] } else { bytes }
    }

    pub(super) fn u32(&self, number: u32) -> [u8; 4] {
        let mut bytes = number.to_le_bytes();
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    /// The header of a pcap file.
    pub(super) fn pcap(mut self, magic: u32, link: u32) -> Self {
        let parts = [
            self.u32(magic).to_vec(),
            self.u16(2).to_vec(),
            self.u16(4).to_vec(),
            self.u32(0).to_vec(),
            self.u32(0).to_vec(),
            self.u32(262_144).to_vec(),
            self.u32(link).to_vec(),
        ];
        self.bytes.extend(parts.concat());
        self
    }

    /// A packet of a pcap file, `more` bytes of which were not captured.
    pub(super) fn record(mut self, seconds: u32, fraction: u32, data: &[u8], more: u32) -> Self {
        let captured = data.len() as u32;
        for number in [seconds, fraction, captured, captured + more] {
            let number = self.u32(number);
            self.bytes.extend(number);
        }
        self.bytes.extend(data);
        self
    }

    /// A pcapng block, padded.
    pub(super) fn block(mut self, kind: u32, body: &[u8]) -> Self {
        let padded = body.len().next_multiple_of(4);
        let length = self.u32(padded as u32 + 12);
        self.bytes.extend(self.u32(kind));
        self.bytes.extend(length);
        self.bytes.extend(body);
        self.bytes.resize(self.bytes.len() + padded - body.len(), 0);
        self.bytes.extend(length);
        self
    }

    /// A Section Header Block.
    pub(super) fn section(self) -> Self {
        let mut body = self.u32(0x1a2b_3c4d).to_vec();
        body.extend(self.u16(1));
        body.extend(self.u16(0));
        body.extend([0xff; 8]);
        self.block(0x0a0d_0d0a, &body)
    }

    /// An Interface Description Block with options, as code and value.
    pub(super) fn interface(self, link: u16, snapshot: u32, options: &[(u16, Vec<u8>)]) -> Self {
        let mut body = self.u16(link).to_vec();
        body.extend([0; 2]);
        body.extend(self.u32(snapshot));
        for (code, value) in options {
            body.extend(self.u16(*code));
            body.extend(self.u16(value.len() as u16));
            body.extend(value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        if !options.is_empty() {
            body.extend([0; 4]);
        }
        self.block(1, &body)
    }

    /// An Enhanced Packet Block, `more` bytes of whose packet were not captured.
    pub(super) fn packet(self, interface: u32, stamp: u64, data: &[u8], more: u32) -> Self {
        let captured = data.len() as u32;
        let numbers = [
            interface,
            (stamp >> 32) as u32,
            stamp as u32,
            captured,
            captured + more,
        ];
        let mut body = numbers.map(|number| self.u32(number)).concat();
        body.extend(data);
        self.block(6, &body)
    }
}

/// A TCP segment and what is around it.
#[derive(Clone)]
pub(super) struct Tcp {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) acknowledgement: u32,
    pub(super) flags: u8,
    pub(super) payload: Vec<u8>,
}

impl Tcp {
    pub(super) fn new(source: &str, destination: &str, payload: &[u8]) -> Self {
        Self {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            sequence: 1_000,
            acknowledgement: 2_000,
            flags: ACK,
            payload: payload.to_vec(),
        }
    }

    /// The segment, with twelve bytes of options.
    pub(super) fn segment(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.source.port().to_be_bytes());
        bytes.extend(self.destination.port().to_be_bytes());
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.acknowledgement.to_be_bytes());
        bytes.extend([0x80, self.flags, 0x01, 0xf6, 0, 0, 0, 0]);
        bytes.extend([1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9]);
        bytes.extend(&self.payload);
        bytes
    }

    /// The packet from its IP header on.
    pub(super) fn ip(&self) -> Vec<u8> {
        let segment = self.segment();
        match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(_), _) => self.ipv4(segment.len() as u16 + 20, 0, 0x4000, &segment),
            (IpAddr::V6(_), _) => self.ipv6(6, &segment),
        }
    }

    /// An IPv4 packet with these in its header, and what comes behind it.
    pub(super) fn ipv4(&self, total: u16, id: u16, fragment: u16, body: &[u8]) -> Vec<u8> {
        let (IpAddr::V4(source), IpAddr::V4(destination)) =
            (self.source.ip(), self.destination.ip())
        else {
            unreachable!()
        };
        let mut bytes = vec![0x45, 0];
        bytes.extend(total.to_be_bytes());
        bytes.extend(id.to_be_bytes());
        bytes.extend(fragment.to_be_bytes());
        bytes.extend([64, 6, 0, 0]);
        bytes.extend(source.octets());
        bytes.extend(destination.octets());
        bytes.extend(body);
        bytes
    }

    /// An IPv6 packet whose header is followed by one of this kind.
    pub(super) fn ipv6(&self, next: u8, body: &[u8]) -> Vec<u8> {
        let (IpAddr::V6(source), IpAddr::V6(destination)) =
            (self.source.ip(), self.destination.ip())
        else {
            unreachable!()
        };
        let mut bytes = vec![0x60, 0, 0, 0];
        bytes.extend((body.len() as u16).to_be_bytes());
        bytes.extend([next, 64]);
        bytes.extend(source.octets());
        bytes.extend(destination.octets());
        bytes.extend(body);
        bytes
    }

    /// The packet in an Ethernet frame.
    pub(super) fn ethernet(&self) -> Vec<u8> {
        let kind = match self.source {
            SocketAddr::V4(_) => 0x0800,
            SocketAddr::V6(_) => 0x86dd,
        };
        ethernet(&[], kind, &self.ip())
    }
}

/// An Ethernet frame with these VLAN tags.
pub(super) fn ethernet(tags: &[u16], kind: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x02; 12];
    for tag in tags {
        bytes.extend(tag.to_be_bytes());
        bytes.extend([0, 7]);
    }
    bytes.extend(kind.to_be_bytes());
    bytes.extend(body);
    bytes
}
