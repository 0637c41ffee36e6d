//! A TCP segment in an IP packet in an Ethernet frame.

use std::net::{IpAddr, SocketAddr};

use crate::wire::Direction;

/// TCP's flags (RFC 9293, 3.1).
pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const PSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

/// The client's and the server's addresses on the Ethernet, locally administered as the 02 says.
const CLIENT: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];
const SERVER: [u8; 6] = [0x02, 0, 0, 0, 0, 0x02];

const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_IPV6: u16 = 0x86dd;

/// IP's number of TCP.
const TCP: u8 = 6;

/// How many routers a packet may pass.
const HOPS: u8 = 64;

/// The largest receive window that TCP can say, with the factor of [`SYN_OPTIONS`]: nothing here ever waits for
/// one, and a reader that keeps count of it has nothing to remark.
const WINDOW: u16 = u16::MAX;

/// Of both SYN: a maximum segment size of 65,000 bytes, a pad, and a window scale of 2¹⁴, the largest (RFC 7323, 2.3).
const SYN_OPTIONS: [u8; 8] = [2, 4, 0xfd, 0xe8, 1, 3, 3, 14];

/// One segment. Where one address is of IPv4 and the other of IPv6, it goes over IPv6.
pub(super) struct Segment<'a> {
    pub(super) direction: Direction,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    pub(super) acknowledgment: u32,
    pub(super) flags: u8,
    pub(super) payload: &'a [u8],
}

impl Segment<'_> {
    /// Appends all that goes before the payload.
    pub(super) fn headers(&self, to: &mut Vec<u8>) {
        let (source, destination) = match self.direction {
            Direction::Sent => (CLIENT, SERVER),
            Direction::Received => (SERVER, CLIENT),
        };
        to.extend(destination);
        to.extend(source);
        let options: &[u8] = if self.flags & SYN == 0 {
            &[]
        } else {
            &SYN_OPTIONS
        };
        // A segment's size is bounded, so that this cannot be cut.
        let length = (20 + options.len() + self.payload.len()) as u16;
        let pseudo_header = match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(destination)) => {
                to.extend(ETHERTYPE_IPV4.to_be_bytes());
                ipv4(to, from.octets(), destination.octets(), length);
                sum(&from.octets()) + sum(&destination.octets())
            }
            (from, destination) => {
                let [from, destination] = [from, destination].map(ipv6_octets);
                to.extend(ETHERTYPE_IPV6.to_be_bytes());
                ipv6(to, from, destination, length);
                sum(&from) + sum(&destination)
            }
        };
        let pseudo_header = pseudo_header + u64::from(TCP) + u64::from(length);

        let start = to.len();
        to.extend(self.from.port().to_be_bytes());
        to.extend(self.to.port().to_be_bytes());
        to.extend(self.sequence.to_be_bytes());
        to.extend(self.acknowledgment.to_be_bytes());
        // The header's length, in words of four bytes.
        to.extend([(5 + options.len() as u8 / 4) << 4, self.flags]);
        to.extend(WINDOW.to_be_bytes());
        // The checksum, and the urgent pointer.
        to.extend([0; 4]);
        to.extend(options);
        let checksum = checksum(pseudo_header + sum(&to[start..]) + sum(self.payload));
        to[start + 16..start + 18].copy_from_slice(&checksum.to_be_bytes());
    }
}

/// An IPv4 header (RFC 791, 3.1) before `length` bytes. It may not be fragmented, and so needs no identification
/// (RFC 6864, 4.1).
fn ipv4(to: &mut Vec<u8>, from: [u8; 4], destination: [u8; 4], length: u16) {
    let start = to.len();
    to.extend([0x45, 0]);
    to.extend((20 + length).to_be_bytes());
    to.extend([0, 0, 0x40, 0, HOPS, TCP, 0, 0]);
    to.extend(from);
    to.extend(destination);
    let checksum = checksum(sum(&to[start..]));
    to[start + 10..start + 12].copy_from_slice(&checksum.to_be_bytes());
}

/// An IPv6 header (RFC 8200, 3) before `length` bytes.
fn ipv6(to: &mut Vec<u8>, from: [u8; 16], destination: [u8; 16], length: u16) {
    to.extend([0x60, 0, 0, 0]);
    to.extend(length.to_be_bytes());
    to.extend([TCP, HOPS]);
    to.extend(from);
    to.extend(destination);
}

/// An address as IPv6 has it, one of IPv4 mapped (RFC 4291, 2.5.5.2).
fn ipv6_octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// The sum of a text's 16-bit words, the last one filled up with zero.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let whole: u64 = words
        .iter()
        .map(|word| u64::from(u16::from_be_bytes(*word)))
        .sum();
    whole + rest.first().map_or(0, |last| u64::from(*last) << 8)
}

/// The complement of a sum in one's complement arithmetic (RFC 1071, 1).
fn checksum(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
