//! A reader of pcapng files of one section and one Ethernet interface, which takes nothing on trust: every length,
//! padding and checksum is looked at.

use std::net::{IpAddr, SocketAddr};

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const PSH: u8 = 8;
pub const ACK: u8 = 16;

/// What a capture holds, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    Secrets(String),
    Packet(Packet),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Nanoseconds since the Unix epoch.
    pub at: u64,
    pub macs: [[u8; 6]; 2],
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub sequence: u32,
    pub acknowledgment: u32,
    pub flags: u8,
    pub options: Vec<u8>,
    pub payload: Vec<u8>,
}

/// A capture, read whole.
#[derive(Debug)]
pub struct Capture {
    /// What the section's header says: options by their codes.
    pub section: Vec<(u16, Vec<u8>)>,
    pub interface: Vec<(u16, Vec<u8>)>,
    pub items: Vec<Item>,
}

impl Capture {
    pub fn read(bytes: &[u8]) -> Self {
        let mut blocks = blocks(bytes).into_iter();
        let (kind, section) = blocks.next().expect("a section");
        assert_eq!(kind, 0x0a0d_0d0a);
        assert_eq!(section[..4], 0x1a2b_3c4d_u32.to_le_bytes());
        assert_eq!(section[4..8], [1, 0, 0, 0]);
        assert_eq!(section[8..16], [0xff; 8]);
        let (kind, interface) = blocks.next().expect("an interface");
        assert_eq!(kind, 1);
        assert_eq!(interface[..8], [1, 0, 0, 0, 0, 0, 0, 0]);
        Self {
            section: options(&section[16..]),
            interface: options(&interface[8..]),
            items: blocks.map(item).collect(),
        }
    }

    pub fn packets(&self) -> impl Iterator<Item = &Packet> {
        self.items.iter().filter_map(|item| match item {
            Item::Packet(packet) => Some(packet),
            Item::Secrets(_) => None,
        })
    }

    /// The packets that open connections, in order.
    pub fn opened(&self) -> Vec<&Packet> {
        self.packets().filter(|it| it.flags == SYN).collect()
    }

    /// All that one side of a connection sent, put in order by its sequence numbers alone, which must leave no gap.
    pub fn stream(&self, from: SocketAddr, to: SocketAddr) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut next = None;
        for packet in self.packets().filter(|it| (it.from, it.to) == (from, to)) {
            assert_eq!(packet.sequence, *next.get_or_insert(packet.sequence));
            let counted = u32::from(packet.flags & (SYN | FIN) != 0);
            let length = u32::try_from(packet.payload.len()).unwrap();
            next = Some(packet.sequence.wrapping_add(length + counted));
            bytes.extend(&packet.payload);
        }
        bytes
    }
}

fn u16_le(bytes: &[u8]) -> u16 {
    u16::from_le_bytes(bytes[..2].try_into().unwrap())
}

fn u32_le(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[..4].try_into().unwrap())
}

fn u16_be(bytes: &[u8]) -> u16 {
    u16::from_be_bytes(bytes[..2].try_into().unwrap())
}

fn u32_be(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[..4].try_into().unwrap())
}

fn blocks(mut bytes: &[u8]) -> Vec<(u32, &[u8])> {
    let mut blocks = Vec::new();
    while !bytes.is_empty() {
        let total = u32_le(&bytes[4..]) as usize;
        assert_eq!(total % 4, 0);
        assert_eq!(u32_le(&bytes[total - 4..]) as usize, total);
        blocks.push((u32_le(bytes), &bytes[8..total - 4]));
        bytes = &bytes[total..];
    }
    blocks
}

fn options(mut bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut options = Vec::new();
    loop {
        let (code, length) = (u16_le(bytes), usize::from(u16_le(&bytes[2..])));
        if code == 0 {
            assert_eq!(bytes, [0; 4], "nothing after the end of options");
            return options;
        }
        options.push((code, bytes[4..4 + length].to_vec()));
        bytes = &bytes[4 + padded(&bytes[4..], length)..];
    }
}

/// A length with its padding, which must be zeros.
fn padded(bytes: &[u8], length: usize) -> usize {
    let padded = length.div_ceil(4) * 4;
    assert!(bytes[length..padded].iter().all(|byte| *byte == 0));
    padded
}

fn item((kind, body): (u32, &[u8])) -> Item {
    match kind {
        10 => {
            assert_eq!(u32_le(body), 0x544c_534b, "a TLS key log");
            let length = u32_le(&body[4..]) as usize;
            assert_eq!(body.len(), 8 + padded(&body[8..], length));
            Item::Secrets(String::from_utf8(body[8..8 + length].to_vec()).unwrap())
        }
        6 => {
            assert_eq!(u32_le(body), 0, "the only interface");
            let at = u64::from(u32_le(&body[4..])) << 32 | u64::from(u32_le(&body[8..]));
            let length = u32_le(&body[12..]) as usize;
            assert_eq!(u32_le(&body[16..]) as usize, length, "captured whole");
            assert_eq!(body.len(), 20 + padded(&body[20..], length));
            Item::Packet(packet(at, &body[20..20 + length]))
        }
        other => panic!("a block of type {other}"),
    }
}

fn packet(at: u64, frame: &[u8]) -> Packet {
    let macs = [&frame[6..12], &frame[..6]].map(|mac| mac.try_into().unwrap());
    let ip = &frame[14..];
    let (from, to, tcp): (IpAddr, IpAddr, &[u8]) = match u16_be(&frame[12..]) {
        0x0800 => {
            assert_eq!(ip[0], 0x45);
            assert_eq!(usize::from(u16_be(&ip[2..])), ip.len());
            assert_eq!(ip[9], 6);
            assert_eq!(ones_sum(&[&ip[..20]]), 0xffff, "the checksum of IPv4");
            let address = |at: usize| <[u8; 4]>::try_from(&ip[at..at + 4]).unwrap().into();
            (address(12), address(16), &ip[20..])
        }
        0x86dd => {
            assert_eq!(ip[0] >> 4, 6);
            assert_eq!(usize::from(u16_be(&ip[4..])), ip.len() - 40);
            assert_eq!(ip[6], 6);
            let address = |at: usize| <[u8; 16]>::try_from(&ip[at..at + 16]).unwrap().into();
            (address(8), address(24), &ip[40..])
        }
        other => panic!("an ethertype of {other:04x}"),
    };
    let addresses = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => [from.octets(), to.octets()].concat(),
        (IpAddr::V6(from), IpAddr::V6(to)) => [from.octets(), to.octets()].concat(),
        mixed => panic!("{mixed:?}"),
    };
    let length = u32::try_from(tcp.len()).unwrap().to_be_bytes();
    let sum = ones_sum(&[&addresses, &length, &[0, 0, 0, 6], tcp]);
    assert_eq!(sum, 0xffff, "the checksum of TCP");
    let header = usize::from(tcp[12] >> 4) * 4;
    Packet {
        at,
        macs,
        from: SocketAddr::new(from, u16_be(tcp)),
        to: SocketAddr::new(to, u16_be(&tcp[2..])),
        sequence: u32_be(&tcp[4..]),
        acknowledgment: u32_be(&tcp[8..]),
        flags: tcp[13],
        options: tcp[20..header].to_vec(),
        payload: tcp[header..].to_vec(),
    }
}

/// The one's complement sum of 16-bit words, carries added as they come. All parts but the last are even.
fn ones_sum(parts: &[&[u8]]) -> u16 {
    let mut total = 0_u16;
    for pair in parts.concat().chunks(2) {
        let word = u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
        let (sum, carry) = total.overflowing_add(word);
        total = sum + u16::from(carry);
    }
    total
}
