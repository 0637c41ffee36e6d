//! The writer of captures, by readers that share nothing with it.
#![expect(
    clippy::unwrap_used,
    reason = "a capture that cannot be read is a test that fails"
)]

#[path = "support/mod.rs"]
mod support;

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use grpc_probe::capture::pcapng::{End, SEGMENT_MAX, Writer};
use grpc_probe::wire::Direction::{Received, Sent};
use pcap_parser::traits::PcapNGPacketBlock as _;
use pcap_parser::{Block, PcapNGCapture};

use support::capture::{ACK, Capture, FIN, Item, PSH, Packet, RST, SYN};

/// A time with all of its nanoseconds.
const AT: Duration = Duration::new(1_750_000_000, 123_456_789);
const TOOK: Duration = Duration::from_millis(1);
const NO_TIME: Duration = Duration::ZERO;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// The capture that `write` makes.
fn written(write: impl FnOnce(&mut Writer<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes).unwrap();
    write(&mut writer);
    writer.finish().unwrap();
    bytes
}

/// Flags, sequence and acknowledgment numbers (from `base` on), and the payload's length.
fn numbers(packets: &[&Packet], base: u32) -> Vec<(u8, u32, u32, usize)> {
    let from_base = |packet: &&Packet| {
        let acknowledgment = match packet.flags {
            SYN => packet.acknowledgment,
            _ => packet.acknowledgment.wrapping_sub(base),
        };
        let sequence = packet.sequence.wrapping_sub(base);
        (packet.flags, sequence, acknowledgment, packet.payload.len())
    };
    packets.iter().map(from_base).collect()
}

#[test]
fn an_empty_capture() {
    let capture = Capture::read(&written(|_| {}));
    assert_eq!(capture.items, []);
    assert_eq!(capture.interface, [(9, vec![9])], "nanoseconds");
    let application = format!("grpc-probe {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(capture.section.len(), 2);
    assert_eq!(capture.section[1], (4, application.into_bytes()));
    let (code, comment) = &capture.section[0];
    assert_eq!(*code, 1);
    assert!(str::from_utf8(comment).unwrap().contains("made up"));
}

#[test]
fn a_connection() {
    let (client, server) = (address("192.0.2.1:40000"), address("192.0.2.2:443"));
    let capture = Capture::read(&written(|writer| {
        let mut it = writer.connect(client, server, AT, TOOK).unwrap();
        let later = AT + 2 * TOOK;
        writer.bytes(&mut it, Sent, b"hello", later).unwrap();
        writer.bytes(&mut it, Received, b"you", later).unwrap();
        writer.bytes(&mut it, Received, b"", later).unwrap();
        writer.bytes(&mut it, Sent, b"again", later).unwrap();
        writer.end(&mut it, Received, End::Closed, later).unwrap();
        writer.end(&mut it, Sent, End::Closed, later).unwrap();
    }));
    let packets: Vec<_> = capture.packets().collect();
    assert_eq!(
        numbers(&packets, 0),
        [
            (SYN, 0, 0, 0),
            (SYN | ACK, 0, 1, 0),
            (ACK, 1, 1, 0),
            (PSH | ACK, 1, 1, 5),
            (PSH | ACK, 1, 6, 3),
            (PSH | ACK, 6, 4, 5),
            (FIN | ACK, 4, 11, 0),
            (FIN | ACK, 11, 5, 0),
        ]
    );
    assert_eq!(capture.stream(client, server), b"helloagain");
    assert_eq!(capture.stream(server, client), b"you");
    let times: Vec<_> = packets.iter().map(|it| it.at).collect();
    let at = 1_750_000_000_123_456_789;
    assert_eq!(times[..3], [at, at + 1_000_000, at + 1_000_000]);
    assert!(times[3..].iter().all(|it| *it == at + 2_000_000));
    // The Ethernet addresses tell the sides apart too.
    let macs = packets[0].macs;
    assert_ne!(macs[0], macs[1]);
    for packet in &packets {
        let [own, other] = if packet.from == client {
            macs
        } else {
            [macs[1], macs[0]]
        };
        assert_eq!(packet.macs, [own, other]);
        let opening = packet.flags & SYN != 0;
        assert_eq!(packet.options.is_empty(), !opening);
    }
}

#[test]
fn long_runs_are_parted() {
    let (client, server) = (address("[2001:db8::1]:40000"), address("[2001:db8::2]:443"));
    let long: Vec<u8> = (0..2 * SEGMENT_MAX + 1).map(|at| at as u8).collect();
    let capture = Capture::read(&written(|writer| {
        let mut it = writer.connect(client, server, AT, NO_TIME).unwrap();
        writer.bytes(&mut it, Received, &long, AT).unwrap();
    }));
    let packets: Vec<_> = capture.packets().skip(3).collect();
    assert_eq!(
        numbers(&packets, 0),
        [
            (ACK, 1, 1, 65_000),
            (ACK, 65_001, 1, 65_000),
            (PSH | ACK, 130_001, 1, 1),
        ]
    );
    assert!(capture.stream(server, client) == long);
}

#[test]
fn what_was_not_seen_is_a_gap() {
    let (client, server) = (address("192.0.2.1:40000"), address("192.0.2.2:443"));
    let capture = Capture::read(&written(|writer| {
        let mut it = writer.connect(client, server, AT, NO_TIME).unwrap();
        it.missing(Received, 1000);
        writer.bytes(&mut it, Received, b"on", AT).unwrap();
        // Sequence numbers begin again at 2³².
        it.missing(Sent, 5 << 32);
        it.missing(Sent, (1 << 32) - 2);
        writer.bytes(&mut it, Sent, b"ok", AT).unwrap();
        writer.end(&mut it, Received, End::Reset, AT).unwrap();
    }));
    let packets: Vec<_> = capture.packets().skip(3).collect();
    assert_eq!(
        numbers(&packets, 0),
        [
            (PSH | ACK, 1001, 1, 2),
            (PSH | ACK, u32::MAX, 1003, 2),
            (RST | ACK, 1003, 1, 0),
        ]
    );
}

#[test]
fn connections_are_apart() {
    let (client, server) = (address("192.0.2.1:40000"), address("192.0.2.2:443"));
    let (other, far) = (address("[::1]:40000"), address("[::1]:443"));
    let capture = Capture::read(&written(|writer| {
        let mut first = writer.connect(client, server, AT, NO_TIME).unwrap();
        let mut second = writer.connect(other, far, AT, NO_TIME).unwrap();
        writer.bytes(&mut first, Sent, b"one", AT).unwrap();
        writer.bytes(&mut second, Sent, b"two", AT).unwrap();
        writer.bytes(&mut first, Sent, b"three", AT).unwrap();
        // The ports of an earlier one, whose first sequence number it must not have.
        writer.connect(client, server, AT, NO_TIME).unwrap();
        writer.connect(client, far, AT, NO_TIME).unwrap();
    }));
    let opened = capture.opened();
    assert_eq!(opened.len(), 4);
    assert_ne!(opened[0].sequence, opened[2].sequence);
    assert_eq!(opened[3].from, address("[::ffff:192.0.2.1]:40000"));
    assert_eq!(capture.stream(other, far), b"two");
    let one: Vec<_> = capture
        .packets()
        .filter(|it| it.from == client && !it.payload.is_empty())
        .collect();
    assert_eq!(
        numbers(&one, opened[0].sequence),
        [(PSH | ACK, 1, 1, 3), (PSH | ACK, 4, 1, 5)]
    );
}

#[test]
fn secrets_stand_where_they_were_written() {
    let (client, server) = (address("192.0.2.1:40000"), address("192.0.2.2:443"));
    let line = "CLIENT_RANDOM 01 02\n";
    let capture = Capture::read(&written(|writer| {
        let mut it = writer.connect(client, server, AT, NO_TIME).unwrap();
        writer.secrets(line).unwrap();
        writer.bytes(&mut it, Sent, b"one", AT).unwrap();
    }));
    assert_eq!(capture.items.len(), 5);
    assert_eq!(capture.items[3], Item::Secrets(line.to_owned()));
}

/// The lengths, options and checksums by two libraries.
#[test]
fn libraries_read_it_too() {
    let payload: Vec<u8> = (0..=255).collect();
    let bytes = written(|writer| {
        for (client, server) in [("192.0.2.1:1", "192.0.2.2:2"), ("[::1]:1", "[::2]:2")] {
            let mut it = writer
                .connect(address(client), address(server), AT, TOOK)
                .unwrap();
            for length in [1, 2, 3, 255, 256] {
                let payload = &payload[..length];
                writer.bytes(&mut it, Sent, payload, AT).unwrap();
            }
        }
        writer.secrets("CLIENT_RANDOM 01 02\n").unwrap();
    });
    let capture = PcapNGCapture::from_file(&bytes).unwrap();
    let (mut packets, mut secrets) = (0, 0);
    for block in capture.sections.iter().flat_map(|it| &it.blocks) {
        match block {
            Block::EnhancedPacket(packet) => {
                packets += 1;
                checksums(packet.packet_data());
            }
            Block::DecryptionSecrets(it) => {
                secrets += 1;
                let length = it.secrets_len as usize;
                assert_eq!(&it.data[..length], b"CLIENT_RANDOM 01 02\n");
            }
            _ => {}
        }
    }
    assert_eq!((packets, secrets), (16, 1));
}

fn checksums(frame: &[u8]) {
    let sliced = SlicedPacket::from_ethernet(frame).unwrap();
    let Some(TransportSlice::Tcp(tcp)) = &sliced.transport else {
        panic!("{sliced:?}");
    };
    let expected = match sliced.net.as_ref().unwrap() {
        NetSlice::Ipv4(ip) => {
            let header = ip.header();
            let calculated = header.to_header().calc_header_checksum();
            assert_eq!(header.header_checksum(), calculated);
            tcp.calc_checksum_ipv4(header.source(), header.destination())
        }
        NetSlice::Ipv6(ip) => {
            let header = ip.header();
            tcp.calc_checksum_ipv6(header.source(), header.destination())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(tcp.checksum(), expected.unwrap());
    if tcp.syn() {
        let options: Vec<_> = tcp.options_iterator().map(Result::unwrap).collect();
        use etherparse::TcpOptionElement::{MaximumSegmentSize, Noop, WindowScale};
        assert_eq!(options, [MaximumSegmentSize(65_000), Noop, WindowScale(14)]);
    }
}

/// A disk with room for so many bytes.
struct Room<'a>(&'a Cell<usize>);

impl io::Write for Room<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0.get());
        self.0.set(self.0.get() - taken);
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told() {
    let full = |result: io::Result<()>| {
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull);
    };
    let head = written(|_| {}).len();
    let room = Cell::new(head - 1);
    full(Writer::new(Room(&room)).map(drop));
    room.set(head);
    let (client, server) = (address("192.0.2.1:1"), address("192.0.2.2:2"));
    let mut writer = Writer::new(Room(&room)).unwrap();
    let mut it = writer.connect(client, server, AT, TOOK).unwrap();
    full(writer.bytes(&mut it, Sent, &[0; SEGMENT_MAX], AT));
    room.set(head);
    let mut writer = Writer::new(Room(&room)).unwrap();
    writer.connect(client, server, AT, TOOK).unwrap();
    full(writer.finish());
}
