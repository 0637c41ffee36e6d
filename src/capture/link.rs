//! From a captured packet to the TCP segment in it, through the headers of the link and of IP.

mod fragments;

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, IpNumber, Ipv6ExtensionSlice, LaxIpSlice};

use self::fragments::{Fragment, Fragments};
use super::packets::{Linktype, Packet};
use crate::http::{Place, Within};

/// Link types of raw IP that some systems wrote in place of 101: their own numbers for `DLT_RAW`.
const RAW_OF_SYSTEMS: [Linktype; 2] = [Linktype(12), Linktype(14)];

/// Bytes before the packet of NULL and LOOP: the address family, in one byte order or the other. The version that IP
/// begins with says the same.
const LOOPBACK_HEADER: usize = 4;

/// The length of the header of an Ethernet frame, in bytes, and where in it the type stands of what follows it.
const ETHERNET_HEADER: (usize, usize) = (14, 12);

/// The same of Linux "cooked" captures.
const SLL_HEADER: (usize, usize) = (16, 14);

/// The same of their second version.
const SLL2_HEADER: (usize, usize) = (20, 0);

/// The length of a VLAN tag, in bytes (IEEE 802.1Q).
const VLAN_TAG: usize = 4;

/// The length of a TCP header without options, in bytes (RFC 9293, 3.1).
const TCP_HEADER: usize = 20;

/// The port of HTTPS, and thus of QUIC.
const HTTPS: u16 = 443;

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// Its sequence number: of its SYN, or else of its first byte.
    pub sequence: u32,
    /// The sequence number that its sender expects next.
    pub acknowledgement: Option<u32>,
    /// Whether it opens its direction.
    pub syn: bool,
    /// Whether it ends its direction.
    pub fin: bool,
    /// Whether it resets the connection.
    pub rst: bool,
    /// What was captured of its payload.
    pub payload: &'a [u8],
    /// How many bytes of payload after these were not captured.
    pub missing: u32,
    /// Where its payload stands in the capture. Of a segment that came in fragments, only those bytes that came in the
    /// first one follow each other there.
    pub place: Place,
}

/// How many packets were no TCP segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// UDP from or to port 443, which is most likely QUIC.
    pub quic: u64,
    /// Other UDP.
    pub udp: u64,
    /// Other protocols, over IP or in place of it.
    pub other: u64,
    /// Packets whose headers are corrupt or not captured whole.
    pub malformed: u64,
    /// Fragments of IP packets whose other fragments did not come.
    pub fragments: u64,
    /// Packets of links whose headers are not known here.
    pub unknown_links: u64,
    /// The first such link.
    pub unknown_link: Option<Linktype>,
}

/// What a packet is, other than part of TCP.
enum No {
    UnknownLink,
    Other,
    Udp { quic: bool },
    Malformed,
}

impl Skipped {
    fn count(&mut self, no: &No, link: Linktype) {
        let count = match no {
            No::UnknownLink => {
                self.unknown_link.get_or_insert(link);
                &mut self.unknown_links
            }
            No::Other => &mut self.other,
            No::Udp { quic: true } => &mut self.quic,
            No::Udp { quic: false } => &mut self.udp,
            No::Malformed => &mut self.malformed,
        };
        *count += 1;
    }
}

/// Takes the headers off packets.
#[derive(Default)]
pub struct Layers {
    skipped: Skipped,
    fragments: Fragments,
}

impl Layers {
    /// The segment in a packet, or the one that this packet makes whole.
    pub fn segment<'a>(&'a mut self, packet: &Packet<'a>) -> Option<Segment<'a>> {
        let segment = match datagram(packet) {
            Ok((datagram, None)) => segment(&datagram),
            Ok((part, Some(fragment))) => segment(&self.fragments.add(&part, fragment)?),
            Err(no) => Err(no),
        };
        segment
            .inspect_err(|no| self.skipped.count(no, packet.link))
            .ok()
    }

    /// How many packets were no segments so far.
    #[must_use]
    pub fn skipped(&self) -> Skipped {
        Skipped {
            fragments: self.fragments.unused(),
            ..self.skipped
        }
    }
}

/// What is in an IP packet, or in a fragment of one.
#[derive(Clone, Copy)]
struct Datagram<'a> {
    source: IpAddr,
    destination: IpAddr,
    protocol: IpNumber,
    payload: &'a [u8],
    /// How many bytes of payload after these were not captured.
    missing: usize,
    place: Place,
}

/// The IP packet in a packet of a link, and which part of it this is where it is fragmented.
fn datagram<'a>(packet: &Packet<'a>) -> Result<(Datagram<'a>, Option<Fragment>), No> {
    let data = packet.data;
    let whole = packet.original_length as usize;
    let ip = LaxIpSlice::from_slice(network(packet.link, data)?);
    let Ok((ip, None)) = ip else {
        return Err(No::Malformed);
    };
    let (end, fragment) = match &ip {
        LaxIpSlice::Ipv4(ip) => {
            let header = ip.header();
            let length = usize::from(header.total_len());
            // Where the network card cuts packets into segments, the system writes no length.
            let end = if length < header.slice().len() {
                whole
            } else {
                within(data, header.slice()) + length
            };
            let fragment = header.is_fragmenting_payload().then(|| Fragment {
                identification: header.identification().into(),
                offset: header.fragments_offset(),
                more: header.more_fragments(),
            });
            (end, fragment)
        }
        LaxIpSlice::Ipv6(ip) => {
            let header = ip.header();
            // The same, or a jumbogram (RFC 2675).
            let end = match usize::from(header.payload_length()) {
                0 => whole,
                length => within(data, header.slice()) + header.slice().len() + length,
            };
            let fragment = ip.extensions().clone().into_iter().find_map(|it| match it {
                Ipv6ExtensionSlice::Fragment(it) if it.is_fragmenting_payload() => Some(Fragment {
                    identification: it.identification(),
                    offset: it.fragment_offset(),
                    more: it.more_fragments(),
                }),
                _ => None,
            });
            (end, fragment)
        }
    };
    let payload = ip.payload();
    let payload_at = within(data, payload.payload);
    let datagram = Datagram {
        source: ip.source_addr(),
        destination: ip.destination_addr(),
        protocol: payload.ip_number,
        payload: payload.payload,
        missing: end.saturating_sub(data.len()),
        place: Place {
            offset: packet.offset + payload_at as u64,
            within: Within::Packet(packet.number),
        },
    };
    // Only what may be part of a segment is put together.
    match datagram.protocol {
        IpNumber::TCP => Ok((datagram, fragment)),
        _ => Ok((datagram, None)),
    }
}

/// What is behind the header of a link: IP.
fn network(link: Linktype, data: &[u8]) -> Result<&[u8], No> {
    let typed = |(length, kind): (usize, usize)| {
        let (header, body) = data.split_at_checked(length).ok_or(No::Malformed)?;
        untagged(ether_type(header, kind), body)
    };
    match link {
        Linktype::ETHERNET => typed(ETHERNET_HEADER),
        Linktype::NULL | Linktype::LOOP => data.get(LOOPBACK_HEADER..).ok_or(No::Malformed),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => Ok(data),
        link if RAW_OF_SYSTEMS.contains(&link) => Ok(data),
        Linktype::LINUX_SLL => typed(SLL_HEADER),
        Linktype::LINUX_SLL2 => typed(SLL2_HEADER),
        _ => Err(No::UnknownLink),
    }
}

/// What is behind the VLAN tags in front of a packet (IEEE 802.1Q), if that is IP. Each tag holds the type of what
/// follows it, as the header of the link does.
fn untagged(mut kind: EtherType, mut body: &[u8]) -> Result<&[u8], No> {
    loop {
        match kind {
            EtherType::IPV4 | EtherType::IPV6 => return Ok(body),
            EtherType::VLAN_TAGGED_FRAME
            | EtherType::PROVIDER_BRIDGING
            | EtherType::VLAN_DOUBLE_TAGGED_FRAME => {
                let (tag, rest) = body.split_at_checked(VLAN_TAG).ok_or(No::Malformed)?;
                (kind, body) = (ether_type(tag, 2), rest);
            }
            _ => return Err(No::Other),
        }
    }
}

/// The type that stands in a header of a link.
fn ether_type(header: &[u8], at: usize) -> EtherType {
    let bytes = header.get(at..).and_then(|rest| rest.first_chunk());
    EtherType(u16::from_be_bytes(bytes.copied().unwrap_or_default()))
}

/// Where in `data` a part of it begins.
fn within(data: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(data.as_ptr().addr())
}

/// The segment in an IP packet.
fn segment<'a>(datagram: &Datagram<'a>) -> Result<Segment<'a>, No> {
    let bytes = datagram.payload;
    match datagram.protocol {
        IpNumber::TCP => {}
        IpNumber::UDP => {
            let ports = bytes.first_chunk().copied().map(ports);
            let quic =
                ports.is_some_and(|(source, destination)| source == HTTPS || destination == HTTPS);
            return Err(No::Udp { quic });
        }
        _ => return Err(No::Other),
    }
    let header: &[u8; TCP_HEADER] = bytes.first_chunk().ok_or(No::Malformed)?;
    let [
        p0,
        p1,
        p2,
        p3, // ports
        s0,
        s1,
        s2,
        s3, // sequence number
        a0,
        a1,
        a2,
        a3, // acknowledgement number
        length,
        flags,
        ..,
    ] = *header;
    let flag = |bit| flags & bit != 0;
    let (source, destination) = ports([p0, p1, p2, p3]);
    let length = usize::from(length >> 4) * 4;
    // Options may not all be captured.
    let missing_options = length.saturating_sub(bytes.len());
    if length < TCP_HEADER || missing_options > datagram.missing {
        return Err(No::Malformed);
    }
    Ok(Segment {
        source: SocketAddr::new(datagram.source, source),
        destination: SocketAddr::new(datagram.destination, destination),
        sequence: u32::from_be_bytes([s0, s1, s2, s3]),
        acknowledgement: flag(0x10).then(|| u32::from_be_bytes([a0, a1, a2, a3])),
        syn: flag(0x02),
        fin: flag(0x01),
        rst: flag(0x04),
        payload: bytes.get(length..).unwrap_or_default(),
        missing: u32::try_from(datagram.missing - missing_options).unwrap_or_default(),
        place: Place {
            offset: datagram.place.offset + length as u64,
            ..datagram.place
        },
    })
}

/// The ports that TCP and UDP begin with: of the source and of the destination.
const fn ports([s0, s1, d0, d1]: [u8; 4]) -> (u16, u16) {
    (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]))
}

#[cfg(test)]
mod tests;
