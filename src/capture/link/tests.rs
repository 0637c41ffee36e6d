use std::net::SocketAddr;
use std::time::Duration;

use super::super::crafted::{ACK, FIN, RST, Random, SYN, Tcp, counting, ethernet};
use super::super::packets::{Linktype, Packet};
use super::{Layers, Segment, Skipped};
use crate::http::Within;

const V4: (&str, &str) = ("192.0.2.1:40000", "198.51.100.2:443");
const V6: (&str, &str) = ("[2001:db8::1]:40000", "[2001:db8::2]:50051");

fn packet(link: i32, data: &[u8], more: u32) -> Packet<'_> {
    Packet {
        number: 7,
        offset: 1_000,
        at: Duration::ZERO,
        link: Linktype(link),
        data,
        original_length: data.len() as u32 + more,
    }
}

/// Reads one packet, which has to be the segment.
fn same(link: i32, data: &[u8], expected: &Tcp) {
    let mut layers = Layers::default();
    let packet = packet(link, data, 0);
    let segment = layers.segment(&packet);
    let segment = segment.unwrap_or_else(|| panic!("link {link} has no segment"));
    assert_segment(&segment, expected);
    let at = usize::try_from(segment.place.offset - 1_000).unwrap();
    assert!(data[at..].starts_with(&expected.payload), "link {link}");
    assert_eq!(segment.place.within, Within::Packet(7));
    assert_eq!(layers.skipped(), Skipped::default());
}

fn assert_segment(segment: &Segment<'_>, expected: &Tcp) {
    assert_eq!(segment.source, expected.source);
    assert_eq!(segment.destination, expected.destination);
    assert_eq!(segment.sequence, expected.sequence);
    let acknowledges = expected.flags & ACK != 0;
    let acknowledgement = acknowledges.then_some(expected.acknowledgement);
    assert_eq!(segment.acknowledgement, acknowledgement);
    let flags = [segment.syn, segment.fin, segment.rst];
    let expected_flags = [SYN, FIN, RST].map(|flag| expected.flags & flag != 0);
    assert_eq!(flags, expected_flags);
    assert_eq!(segment.payload, expected.payload);
    assert_eq!(segment.missing, 0);
}

/// What is counted of one packet.
fn skipped(link: i32, data: &[u8]) -> Skipped {
    let mut layers = Layers::default();
    assert_eq!(layers.segment(&packet(link, data, 0)), None);
    layers.skipped()
}

#[test]
fn every_link_leads_to_its_segment() {
    for (source, destination) in [V4, V6] {
        let tcp = Tcp::new(source, destination, b"payload");
        let (ip, kind) = (tcp.ip(), if tcp.source.is_ipv4() { 0x0800 } else { 0x86dd });
        same(1, &tcp.ethernet(), &tcp);
        same(1, &ethernet(&[0x8100], kind, &ip), &tcp);
        same(1, &ethernet(&[0x88a8, 0x8100], kind, &ip), &tcp);
        // The address family, in either byte order.
        same(0, &[&[2, 0, 0, 0], ip.as_slice()].concat(), &tcp);
        same(0, &[&[0, 0, 0, 30], ip.as_slice()].concat(), &tcp);
        same(108, &[&[0, 0, 0, 2], ip.as_slice()].concat(), &tcp);
        for raw in [101, 12, 14, if kind == 0x0800 { 228 } else { 229 }] {
            same(raw, &ip, &tcp);
        }
        let protocol = u16::to_be_bytes(kind);
        let sll = [&[0; 14], protocol.as_slice(), &ip].concat();
        same(113, &sll, &tcp);
        let sll2 = [protocol.as_slice(), &[0; 18], &ip].concat();
        same(276, &sll2, &tcp);
    }
}

#[test]
fn flags_and_numbers_are_read() {
    for flags in [0, SYN, ACK, FIN | ACK, RST, RST | ACK, SYN | ACK] {
        let mut tcp = Tcp::new(V4.0, V4.1, b"");
        (tcp.flags, tcp.sequence, tcp.acknowledgement) = (flags, 0xfedc_ba98, 0x0123_4567);
        same(1, &tcp.ethernet(), &tcp);
    }
}

#[test]
fn padding_of_the_link_is_no_payload() {
    let tcp = Tcp::new(V4.0, V4.1, b"");
    let mut frame = tcp.ethernet();
    frame.extend([0; 20]);
    same(1, &frame, &tcp);
}

#[test]
fn what_was_not_captured_is_known() {
    let mut layers = Layers::default();
    for (source, destination) in [V4, V6] {
        let tcp = Tcp::new(source, destination, &counting(100));
        let frame = tcp.ethernet();
        let headers = frame.len() - 100;
        for captured in headers - 12..frame.len() {
            let data = &frame[..captured];
            let packet = packet(1, data, (frame.len() - captured) as u32);
            let segment = layers.segment(&packet).unwrap();
            let payload = captured.saturating_sub(headers);
            assert_eq!(segment.payload, &tcp.payload[..payload]);
            assert_eq!(segment.missing, 100 - payload as u32);
            assert_eq!(segment.place.offset, 1_000 + headers as u64);
        }
        for captured in 0..headers - 12 {
            let data = &frame[..captured];
            assert_eq!(layers.segment(&packet(1, data, 500)), None);
        }
    }
    // All of IPv4's and IPv6's headers but TCP's options are needed.
    assert_eq!(layers.skipped().malformed, (14 + 20 + 20) + (14 + 40 + 20));
}

#[test]
fn a_packet_that_a_network_card_will_cut_has_no_length() {
    let mut layers = Layers::default();
    let tcp = Tcp::new(V4.0, V4.1, &counting(9_000));
    let frame = ethernet(&[], 0x0800, &tcp.ipv4(0, 1, 0, &tcp.segment()));
    same(1, &frame, &tcp);
    let snapped = packet(1, &frame[..frame.len() - 1_000], 1_000);
    let segment = layers.segment(&snapped).unwrap();
    assert_eq!((segment.payload.len(), segment.missing), (8_000, 1_000));

    let tcp = Tcp::new(V6.0, V6.1, &counting(9_000));
    let mut frame = tcp.ethernet();
    frame[18..20].fill(0);
    same(1, &frame, &tcp);
}

#[test]
fn ipv6_extension_headers_are_passed() {
    let tcp = Tcp::new(V6.0, V6.1, b"payload");
    // Hop-by-hop options, a routing header, destination options and a fragment header of a packet in one piece.
    let mut body = vec![43, 0, 1, 4, 0, 0, 0, 0];
    body.extend([60, 0, 0, 0, 0, 0, 0, 0]);
    body.extend([44, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    body.extend([6, 0, 0, 0, 0, 0, 0, 9]);
    body.extend(tcp.segment());
    same(1, &ethernet(&[], 0x86dd, &tcp.ipv6(0, &body)), &tcp);
}

/// The fragments of a segment, of `size` bytes each.
fn fragments(tcp: &Tcp, id: u16, size: usize) -> Vec<Vec<u8>> {
    let segment = tcp.segment();
    let parts: Vec<&[u8]> = segment.chunks(size).collect();
    let last = parts.len() - 1;
    let fragment = |(index, part): (usize, &&[u8])| {
        let offset = (index * size / 8) as u16;
        let more = index < last;
        if tcp.source.is_ipv4() {
            let bits = offset | if more { 0x2000 } else { 0 };
            let packet = tcp.ipv4(part.len() as u16 + 20, id, bits, part);
            ethernet(&[], 0x0800, &packet)
        } else {
            let bits = offset << 3 | u16::from(more);
            let mut body = vec![6, 0];
            body.extend(bits.to_be_bytes());
            body.extend(u32::from(id).to_be_bytes());
            body.extend(*part);
            ethernet(&[], 0x86dd, &tcp.ipv6(44, &body))
        }
    };
    parts.iter().enumerate().map(fragment).collect()
}

#[test]
fn fragments_are_put_together_in_any_order() {
    let mut random = Random(3);
    for (source, destination) in [V4, V6] {
        for id in 0..20 {
            let mut layers = Layers::default();
            let tcp = Tcp::new(source, destination, &counting(3_000));
            let other = Tcp::new(source, destination, &counting(2_900));
            let mut parts = fragments(&tcp, id, 520);
            parts.extend(fragments(&other, id + 1, 520).into_iter().skip(1));
            let first = parts[0].clone();
            for index in (1..parts.len()).rev() {
                parts.swap(index, random.below(index + 1));
            }
            let mut found = 0;
            for (number, part) in (1..).zip(&parts) {
                let packet = Packet {
                    number,
                    ..packet(1, part, 0)
                };
                let Some(segment) = layers.segment(&packet) else {
                    continue;
                };
                assert_segment(&segment, &tcp);
                let at = usize::try_from(segment.place.offset - 1_000).unwrap();
                assert_eq!(first[at..], tcp.payload[..first.len() - at]);
                let holder = 1 + parts.iter().position(|it| *it == first).unwrap();
                assert_eq!(segment.place.within, Within::Packet(holder as u64));
                found += 1;
            }
            assert_eq!(found, 1);
            assert_eq!(layers.skipped().fragments, 5);
        }
    }
}

#[test]
fn fragments_are_not_kept_for_ever() {
    let mut layers = Layers::default();
    let tcp = Tcp::new(V4.0, V4.1, &counting(3_000));
    for id in 0..1_000 {
        let parts = fragments(&tcp, id, 1_496);
        assert_eq!(layers.segment(&packet(1, &parts[0], 0)), None);
    }
    assert_eq!(layers.skipped().fragments, 1_000);
    // The first is forgotten, the last is not.
    for (id, whole) in [(0, false), (999, true)] {
        let parts = fragments(&tcp, id, 1_496);
        assert_eq!(layers.segment(&packet(1, &parts[1], 0)), None);
        assert_eq!(layers.segment(&packet(1, &parts[2], 0)).is_some(), whole);
    }
}

#[test]
fn what_is_no_tcp_is_counted() {
    let tcp = Tcp::new(V4.0, V4.1, b"payload");
    let with = |at: usize, value: u8| {
        let mut frame = tcp.ethernet();
        frame[at] = value;
        skipped(1, &frame)
    };
    let none = Skipped::default();
    // The protocol of the IP header: UDP, to port 443 and to another, and ICMP.
    assert_eq!(with(23, 17), Skipped { quic: 1, ..none });
    let mut dns = Tcp::new(V4.0, "198.51.100.2:53", b"").ethernet();
    dns[23] = 17;
    assert_eq!(skipped(1, &dns), Skipped { udp: 1, ..none });
    assert_eq!(with(23, 1), Skipped { other: 1, ..none });
    // ARP, and a frame with a length in place of a type.
    let arp = [
        0, 1, 8, 0, 6, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let arp = ethernet(&[], 0x0806, &arp);
    assert_eq!(skipped(1, &arp), Skipped { other: 1, ..none });
    let llc = ethernet(&[], 3, &[0x42, 0x42, 3]);
    assert_eq!(skipped(1, &llc), Skipped { other: 1, ..none });
    // A data offset of 16 bytes, and one of 60 where only 39 are there; no IP; nothing at all.
    let malformed = Skipped {
        malformed: 1,
        ..none
    };
    assert_eq!(with(46, 0x40), malformed);
    assert_eq!(with(46, 0xf0), malformed);
    assert_eq!(with(14, 0x75), malformed);
    for link in [0, 1, 101, 113, 276] {
        assert_eq!(skipped(link, b""), malformed, "link {link}");
    }
    // An extension header, and a tag, that are cut short.
    let options = Tcp::new(V6.0, V6.1, b"").ipv6(0, &[6, 9, 0, 0]);
    assert_eq!(skipped(101, &options), malformed);
    assert_eq!(skipped(1, &ethernet(&[], 0x8100, &[0, 7, 8])), malformed);
    // Radio headers.
    let radio = Skipped {
        unknown_links: 1,
        unknown_link: Some(Linktype(127)),
        ..none
    };
    assert_eq!(skipped(127, &tcp.ethernet()), radio);
}

#[test]
fn damaged_packets_are_read_or_counted() {
    let mut random = Random(5);
    let mut layers = Layers::default();
    let mut samples = vec![
        Tcp::new(V4.0, V4.1, &counting(60)).ethernet(),
        Tcp::new(V6.0, V6.1, &counting(60)).ethernet(),
    ];
    samples.extend(fragments(&Tcp::new(V4.0, V4.1, &counting(60)), 1, 24));
    samples.extend(fragments(&Tcp::new(V6.0, V6.1, &counting(60)), 1, 24));
    let mut segments = 0;
    for _ in 0..30_000 {
        let mut data = samples[random.below(samples.len())].clone();
        for _ in 0..random.below(4) {
            let at = random.below(data.len());
            data[at] = random.below(256) as u8;
        }
        data.truncate(data.len() - random.below(20) * random.below(2));
        let links = [0, 1, 1, 1, 1, 101, 113, 276];
        let packet = packet(links[random.below(8)], &data, random.below(9) as u32);
        if let Some(segment) = layers.segment(&packet) {
            let bound: SocketAddr = V4.0.parse().unwrap();
            segments += usize::from(segment.source.port() == bound.port());
            assert!(segment.payload.len() < 200);
        }
    }
    assert!(segments > 2_000, "only {segments} were segments");
    assert!(layers.skipped().malformed > 3_000);
}
