//! A writer of TCP conversations and of the pcap and pcapng files that hold them, from RFC 9293, RFC 791 and the pcapng
//! draft alone.

use std::net::{IpAddr, SocketAddr};

use super::capture::{ACK, FIN, PSH, Packet, RST, SYN};

/// Between one packet and the next, in nanoseconds.
pub const APART: u64 = 1_000_000;

/// When the first packet of a conversation is captured, in nanoseconds since the Unix epoch: 7 March 2026.
pub const START: u64 = 1_772_841_600_000_000_000;

/// The packets of one TCP connection.
#[derive(Clone, Debug)]
pub struct Talk {
    pub client: SocketAddr,
    pub server: SocketAddr,
    pub packets: Vec<Packet>,
    /// When the next packet is captured.
    pub at: u64,
    /// The next sequence number of each side, the client's first.
    next: [u32; 2],
}

impl Talk {
    /// A connection of which nothing was captured yet. Its sequence numbers wrap soon.
    pub fn new(client: &str, server: &str) -> Self {
        Self {
            client: client.parse().unwrap(),
            server: server.parse().unwrap(),
            packets: Vec::new(),
            at: START,
            next: [u32::MAX - 40, 7_000],
        }
    }

    /// One opened by its handshake.
    pub fn opened(client: &str, server: &str) -> Self {
        let mut talk = Self::new(client, server);
        talk.open();
        talk
    }

    /// The handshake.
    pub fn open(&mut self) {
        self.packet(true, SYN, &[]);
        self.packet(false, SYN | ACK, &[]);
        self.acknowledge(true);
    }

    /// Bytes of one side in one packet.
    pub fn say(&mut self, from_client: bool, bytes: &[u8]) {
        self.packet(from_client, PSH | ACK, bytes);
    }

    /// Bytes of one side in packets of at most so many.
    pub fn say_in(&mut self, from_client: bool, bytes: &[u8], size: usize) {
        for part in bytes.chunks(size) {
            self.say(from_client, part);
        }
    }

    /// Says that what the other side sent has arrived.
    pub fn acknowledge(&mut self, from_client: bool) {
        self.packet(from_client, ACK, &[]);
    }

    /// One side sends no more.
    pub fn end(&mut self, from_client: bool) {
        self.packet(from_client, FIN | ACK, &[]);
    }

    /// Both sides send no more, this one first.
    pub fn close(&mut self, from_client: bool) {
        self.end(from_client);
        self.end(!from_client);
        self.acknowledge(from_client);
    }

    /// One side breaks the connection off.
    pub fn reset(&mut self, from_client: bool) {
        self.packet(from_client, RST | ACK, &[]);
    }

    /// Time passes, in nanoseconds.
    pub fn wait(&mut self, time: u64) {
        self.at += time;
    }

    fn packet(&mut self, from_client: bool, flags: u8, payload: &[u8]) {
        let (from, to) = match from_client {
            true => (self.client, self.server),
            false => (self.server, self.client),
        };
        let (own, other) = (usize::from(!from_client), usize::from(from_client));
        let (sequence, acknowledgment) = (self.next[own], self.next[other]);
        self.packets.push(Packet {
            at: self.at,
            macs: [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]],
            from,
            to,
            sequence,
            acknowledgment: if flags & ACK == 0 { 0 } else { acknowledgment },
            flags,
            options: Vec::new(),
            payload: payload.to_vec(),
        });
        self.at += APART;
        let counted = u32::from(flags & (SYN | FIN) != 0);
        let length = u32::try_from(payload.len()).unwrap();
        self.next[own] = sequence.wrapping_add(length + counted);
    }
}

/// A pcapng file of these packets, little-endian, with times in nanoseconds.
pub fn pcapng<'a>(packets: impl IntoIterator<Item = &'a Packet>) -> Vec<u8> {
    let mut file = pcapng_head();
    for packet in packets {
        let bytes = ethernet(packet);
        file.extend(pcapng_packet(packet.at, &bytes, bytes.len()));
    }
    file
}

/// What a pcapng file begins with: a section and an Ethernet interface.
pub fn pcapng_head() -> Vec<u8> {
    let section = [
        &0x1a2b_3c4d_u32.to_le_bytes()[..],
        &[1, 0, 0, 0],
        &[0xff; 8],
        &[0; 4],
    ];
    let nanoseconds = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    let interface = [&[1, 0, 0, 0, 0, 0, 0, 0][..], &nanoseconds];
    [
        block(0x0a0d_0d0a, &section.concat()),
        block(1, &interface.concat()),
    ]
    .concat()
}

/// An Enhanced Packet Block; `original` is the packet's length before it was cut.
pub fn pcapng_packet(at: u64, bytes: &[u8], original: usize) -> Vec<u8> {
    let numbers = [0, (at >> 32) as u32, at as u32];
    let lengths = [bytes.len() as u32, original as u32];
    let mut body: Vec<u8> = numbers
        .into_iter()
        .chain(lengths)
        .flat_map(u32::to_le_bytes)
        .collect();
    body.extend(bytes);
    block(6, &body)
}

/// A pcapng block, padded.
pub fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut padded = body.to_vec();
    padded.resize(body.len().next_multiple_of(4), 0);
    let length = (padded.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes()[..], &length, &padded, &length].concat()
}

/// The blocks of a little-endian pcapng file: kind and body.
pub fn blocks(mut file: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().unwrap());
    let mut blocks = Vec::new();
    while !file.is_empty() {
        let (kind, length) = (number(file), number(&file[4..]) as usize);
        blocks.push((kind, file[8..length - 4].to_vec()));
        file = &file[length..];
    }
    blocks
}

/// A packet as an Ethernet frame, with all checksums.
pub fn ethernet(packet: &Packet) -> Vec<u8> {
    let [from, to] = packet.macs;
    let mut tcp: Vec<u8> = Vec::new();
    tcp.extend(packet.from.port().to_be_bytes());
    tcp.extend(packet.to.port().to_be_bytes());
    tcp.extend(packet.sequence.to_be_bytes());
    tcp.extend(packet.acknowledgment.to_be_bytes());
    let words = 5 + packet.options.len() / 4;
    tcp.extend([(words << 4) as u8, packet.flags, 0xff, 0xff, 0, 0, 0, 0]);
    tcp.extend(&packet.options);
    tcp.extend(&packet.payload);
    let length = tcp.len();
    let (kind, mut ip, addresses) = match (packet.from.ip(), packet.to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let total = (20 + length) as u16;
            let mut ip = vec![0x45, 0];
            ip.extend(total.to_be_bytes());
            ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
            let addresses = [from.octets(), to.octets()].concat();
            ip.extend(&addresses);
            let sum = checksum(&ip);
            ip[10..12].copy_from_slice(&sum.to_be_bytes());
            (0x0800_u16, ip, addresses)
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let mut ip = vec![0x60, 0, 0, 0];
            ip.extend((length as u16).to_be_bytes());
            ip.extend([6, 64]);
            let addresses = [from.octets(), to.octets()].concat();
            ip.extend(&addresses);
            (0x86dd, ip, addresses)
        }
        mixed => panic!("{mixed:?}"),
    };
    let pseudo = [
        &addresses[..],
        &(length as u32).to_be_bytes(),
        &[0, 0, 0, 6],
    ]
    .concat();
    let sum = checksum(&[&pseudo[..], &tcp].concat());
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    let mut bytes = [to, from].concat();
    bytes.extend(kind.to_be_bytes());
    bytes.append(&mut ip);
    bytes.append(&mut tcp);
    bytes
}

/// The one's complement of the one's complement sum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
