use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::super::crafted::{File, Random};
use super::{BLOCK_MAX, Item, Linktype, Packets, Why, recognise};

const GRPC: &[u8] = include_bytes!("../../../fixtures/captures/grpc.pcapng");
const TLS: &[u8] = include_bytes!("../../../fixtures/captures/tls.pcapng");

/// A packet: its number, offset, time, link type, bytes and original length.
type Seen = (u64, u64, Duration, i32, Vec<u8>, u32);

#[derive(Default)]
struct Everything {
    packets: Vec<Seen>,
    secrets: Vec<Vec<u8>>,
    stopped: Option<(u64, String)>,
    read: u64,
}

fn read(packets: &mut Packets<impl Read>) -> Everything {
    let mut all = Everything::default();
    while let Some(item) = packets.next_item() {
        match item {
            Item::Secrets(text) => all.secrets.push(text.to_vec()),
            Item::Packet(it) => all.packets.push((
                it.number,
                it.offset,
                it.at,
                it.link.0,
                it.data.to_vec(),
                it.original_length,
            )),
        }
    }
    all.stopped = packets.stopped().map(|it| (it.offset, it.why.to_string()));
    all.read = packets.read();
    all
}

fn read_all(bytes: &[u8]) -> Everything {
    read(&mut Packets::new(
        bytes[..bytes.len().min(4)].to_vec(),
        bytes.get(4..).unwrap_or(&[]),
    ))
}

/// Gives a piece at a time, like a pipe, and fails where there are no more if it is told to.
struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    then: Option<io::ErrorKind>,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.pieces.front_mut() else {
            return self.then.map_or(Ok(0), |kind| Err(kind.into()));
        };
        let taken = piece.len().min(into.len());
        into[..taken].copy_from_slice(&piece[..taken]);
        piece.drain(..taken);
        if piece.is_empty() {
            self.pieces.pop_front();
        }
        Ok(taken)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_real_capture_is_read() {
    assert!(recognise(GRPC));
    let read = read_all(GRPC);
    assert_eq!(read.packets.len(), 79);
    assert_eq!(read.stopped, None);
    assert_eq!(read.read, GRPC.len() as u64);
    let (number, offset, at, link, data, length) = &read.packets[0];
    assert_eq!((*number, *offset, *link, *length), (1, 292, 1, 74));
    assert_eq!(*at, Duration::from_nanos(1_795_352_078_088_044_936));
    assert_eq!(data, &GRPC[292..366]);
    let (number, offset, at, ..) = &read.packets[78];
    assert_eq!((*number, *offset), (79, 30_992));
    assert_eq!(*at, Duration::from_nanos(1_795_352_078_366_287_232));
}

#[test]
fn a_capture_that_ends_early_gives_what_came_before() {
    // Blocks are of multiples of four bytes, so that every fifth is enough to be at each place of them.
    for (capture, step) in [(GRPC, 5), (TLS, 1)] {
        let whole = read_all(capture).packets;
        // The offset at which each packet is whole, its block's padding and second length included.
        let ends: Vec<u64> = whole
            .iter()
            .map(|(_, offset, .., data, _)| offset + data.len().next_multiple_of(4) as u64 + 4)
            .collect();
        let mut clean = 0;
        for end in (0..capture.len()).step_by(step) {
            let read = read_all(&capture[..end]);
            let expected = ends.iter().filter(|it| **it <= end as u64).count();
            assert_eq!(read.packets, whole[..expected], "cut at {end}");
            match read.stopped {
                None => clean += 1,
                Some((offset, _)) => assert!(offset <= end as u64 && offset == read.read),
            }
        }
        // Between two blocks, of which the last is not a packet's.
        if step == 1 {
            assert_eq!(clean, whole.len() + 2);
        }
    }
}

#[test]
fn a_capture_that_is_damaged_is_read_or_refused() {
    let mut random = Random(1);
    let mut stopped = 0;
    for _ in 0..2_000 {
        let mut bytes = TLS.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        let read = read_all(&bytes);
        stopped += usize::from(read.stopped.is_some());
        assert!(read.packets.len() <= 22);
    }
    assert!(stopped > 200, "only {stopped} were refused");
}

#[test]
fn each_packet_is_there_as_soon_as_its_last_byte_is() {
    let start = File::new(false).section().interface(1, 0, &[]);
    let file = start
        .clone()
        .packet(0, 1, b"one", 0)
        .packet(0, 2, b"two!", 0);
    // What comes after the bytes is an error: to read on for more of them fails.
    let pieces = |bytes: &[u8]| Pieces {
        pieces: VecDeque::from([bytes.to_vec()]),
        then: Some(io::ErrorKind::ConnectionReset),
    };
    let gzipped = MultiGzDecoder::new(pieces(&gzip(&file.bytes)));
    let readers: [(usize, Box<dyn Read>); 2] = [
        (2, Box::new(pieces(&file.bytes[2..]))),
        (0, Box::new(gzipped)),
    ];
    for (start, rest) in readers {
        let mut packets = Packets::new(file.bytes[..start].to_vec(), rest);
        for expected in [b"one".as_slice(), b"two!"] {
            let Some(Item::Packet(packet)) = packets.next_item() else {
                panic!("no packet")
            };
            assert_eq!(packet.data, expected);
        }
        assert!(packets.stopped().is_none());
        assert_eq!(packets.next_item(), None);
        let stopped = packets.stopped().unwrap();
        assert_eq!(stopped.offset, file.bytes.len() as u64);
        assert!(matches!(stopped.why, Why::Unreadable(_)));
        assert_eq!(packets.next_item(), None);
    }
}

#[test]
fn the_size_of_the_pieces_does_not_matter() {
    let whole = read_all(GRPC);
    for size in [1, 2, 3, 7, 100, 4_096] {
        let pieces = Pieces {
            pieces: GRPC.chunks(size).map(<[u8]>::to_vec).collect(),
            then: None,
        };
        let read = read(&mut Packets::new(Vec::new(), pieces));
        assert_eq!(read.packets, whole.packets, "pieces of {size}");
        assert_eq!(read.stopped, None);
    }
}

#[test]
fn pcap_of_either_byte_order_and_any_unit_is_read() {
    for big_endian in [false, true] {
        for (magic, nanos) in [(0xa1b2_c3d4, 7_000), (0xa1b2_3c4d, 7)] {
            // The bits above the link type say how long the frame check sequence is.
            let file = File::new(big_endian)
                .pcap(magic, 0x4000_0071)
                .record(5, 7, b"packet", 4)
                .record(6, 0, b"", 0);
            assert!(recognise(&file.bytes));
            let read = read_all(&file.bytes);
            let first = (1, 40, Duration::new(5, nanos), 113, b"packet".to_vec(), 10);
            let second = (2, 62, Duration::from_secs(6), 113, Vec::new(), 0);
            assert_eq!(read.packets, [first, second]);
            assert_eq!(read.stopped, None);
        }
    }
    // The longer headers of some old Linux systems: interface, protocol, packet type and a byte of padding.
    let mut file = File::new(false).pcap(0xa1b2_cd34, 1);
    for number in [5, 7, 2, 2, 0, 0] {
        file.bytes.extend(file.u32(number));
    }
    file.bytes.extend(b"ok");
    let read = read_all(&file.bytes);
    let packet = (1, 48, Duration::new(5, 7_000), 1, b"ok".to_vec(), 2);
    assert_eq!(read.packets, [packet]);
}

#[test]
fn files_one_after_the_other_are_read_as_one() {
    let pcap = |big_endian, magic, link| {
        let file = File::new(big_endian).pcap(magic, link);
        file.record(5, 7, b"one", 0).bytes
    };
    let pcapng = |big_endian| {
        let file = File::new(big_endian).section().interface(276, 0, &[]);
        file.packet(0, 6_000_000, b"four", 0).bytes
    };
    let mut files = Vec::new();
    for big_endian in [false, true] {
        files.push((pcap(big_endian, 0xa1b2_c3d4, 1), 40, 5_000_007_000, 1));
        files.push((pcap(big_endian, 0xa1b2_3c4d, 101), 40, 5_000_000_007, 101));
        let file = pcapng(big_endian);
        let data = file.len() as u64 - 8;
        files.push((file, data, 6_000_000_000, 276));
    }
    for (first, data, at, link) in &files {
        for (second, more, later, other) in &files {
            let bytes = [&first[..], second].concat();
            let read = read_all(&bytes);
            assert_eq!(read.stopped, None);
            assert_eq!(read.read, bytes.len() as u64);
            let seen: Vec<_> = read
                .packets
                .iter()
                .map(|(number, offset, at, link, ..)| (*number, *offset, *at, *link))
                .collect();
            let expected = [
                (1, *data, Duration::from_nanos(*at), *link),
                (
                    2,
                    first.len() as u64 + more,
                    Duration::from_nanos(*later),
                    *other,
                ),
            ];
            assert_eq!(seen, expected);
            // A file of no packets between them, and one that is cut.
            let empty = &pcap(true, 0xa1b2_c3d4, 1)[..24];
            let read = read_all(&[&first[..], empty, second].concat());
            assert_eq!((read.packets.len(), read.stopped), (2, None));
            let read = read_all(&bytes[..first.len() + 17]);
            assert_eq!(read.packets.len(), 1);
            assert_eq!(read.stopped.unwrap().0, first.len() as u64);
        }
    }
    // A packet of the second whose bytes a magic number has is a packet.
    let file = File::new(false).pcap(0xa1b2_c3d4, 1);
    let file = file.record(0x4d3c_b2a1, 7, b"old", 0);
    let file = file.record(0x0a0d_0d0a, 7, b"older", 0);
    assert_eq!(read_all(&file.bytes).packets.len(), 2);
}

#[test]
fn sections_have_byte_orders_interfaces_and_units_of_their_own() {
    let first = File::new(true)
        .section()
        .interface(1, 0, &[(9, vec![9]), (14, 100_i64.to_be_bytes().to_vec())])
        .interface(276, 0, &[(9, vec![0x80 | 10])])
        .packet(0, 5_000_000_007, b"a", 9)
        .packet(1, 1_536, b"bc", 0);
    let second = File {
        big_endian: false,
        ..first
    }
    .section()
    .interface(101, 0, &[(14, (-2_i64).to_le_bytes().to_vec())])
    .packet(0, 5_000_007, b"def", 0);
    let read = read_all(&second.bytes);
    let at = |seconds, nanos| Duration::new(seconds, nanos);
    let seen: Vec<_> = read
        .packets
        .iter()
        .map(|(number, _, at, link, data, length)| (*number, *at, *link, data.as_slice(), *length))
        .collect();
    assert_eq!(
        seen,
        [
            (1, at(105, 7), 1, b"a".as_slice(), 10),
            (2, at(1, 500_000_000), 276, b"bc", 2),
            (3, at(3, 7_000), 101, b"def", 3),
        ]
    );
    assert_eq!(read.stopped, None);
}

#[test]
fn other_blocks_are_read_or_skipped() {
    for big_endian in [false, true] {
        let file = File::new(big_endian).section().interface(1, 5, &[]);
        let mut secrets = [0x544c_534b_u32, 9].map(|it| file.u32(it)).concat();
        secrets.extend(b"CLIENT_RA");
        let mut wireguard = [0x5747_4b4c_u32, 2].map(|it| file.u32(it)).concat();
        wireguard.extend(b"no");
        let simple = [&file.u32(900), b"simp\0\0\0\0".as_slice()].concat();
        // Interface 0, 0xffff packets dropped before it.
        let mut obsolete = [file.u16(0), file.u16(0xffff)].concat();
        for number in [0, 2_000_000, 3, 4] {
            obsolete.extend(file.u32(number));
        }
        obsolete.extend(b"old");
        let file = file
            .block(10, &secrets)
            .block(10, &wireguard)
            .block(5, &[0; 12])
            .block(0xbad, b"custom")
            .packet(0, 1_000_000, b"new", 0)
            .block(3, &simple)
            .block(2, &obsolete);
        let read = read_all(&file.bytes);
        assert_eq!(read.stopped, None);
        assert_eq!(read.secrets, [b"CLIENT_RA"]);
        let seen: Vec<_> = read
            .packets
            .iter()
            .map(|(_, _, at, _, data, length)| (at.as_secs(), data.as_slice(), *length))
            .collect();
        assert_eq!(
            seen,
            [
                (1, b"new".as_slice(), 3),
                (1, b"simp\0", 900),
                (2, b"old", 4)
            ]
        );
        for (number, offset, .., data, _) in &read.packets {
            let at = usize::try_from(*offset).unwrap();
            assert_eq!(&file.bytes[at..at + data.len()], data, "packet {number}");
        }
    }
}

#[test]
fn what_stops_the_reading_is_said_with_its_offset() {
    let start = File::new(false).section().interface(1, 0, &[]);
    let at = start.bytes.len() as u64;
    let stopped = |file: &File| {
        let read = read_all(&file.bytes);
        assert!(read.packets.is_empty());
        read.stopped.unwrap()
    };
    let number = |number: u32| number.to_le_bytes();

    let mut cut = start.clone().packet(0, 1, b"packet", 0);
    cut.bytes.truncate(cut.bytes.len() - 1);
    let said = "the capture ends within a block, of whose 40 bytes 39 are there";
    assert_eq!(stopped(&cut), (at, said.to_owned()));

    let mut huge = start.clone();
    huge.bytes
        .extend([number(6), number(BLOCK_MAX as u32 + 4), number(0)].concat());
    let said = "a block of 16777220 bytes is more than is read at once, or its length is corrupt";
    assert_eq!(stopped(&huge), (at, said.to_owned()));

    let mut short = start.clone();
    short
        .bytes
        .extend([number(6), number(8), number(8)].concat());
    let said = "a block has the length 8 before it and 8 behind it";
    assert_eq!(stopped(&short), (at, said.to_owned()));

    let mut unequal = start.clone().packet(0, 1, b"packet", 0);
    *unequal.bytes.last_mut().unwrap() = 1;
    let said = "a block has the length 40 before it and 16777256 behind it";
    assert_eq!(stopped(&unequal), (at, said.to_owned()));

    let said = "a packet is of interface 3, which nothing before it describes";
    let foreign = start.clone().packet(3, 1, b"packet", 0);
    assert_eq!(stopped(&foreign), (at, said.to_owned()));

    let mut long = start.clone().packet(0, 1, b"packet", 0);
    long.bytes[at as usize + 20] = 200;
    let said = "a block of type 0x00000006 is longer than it says, or its fields are corrupt";
    assert_eq!(stopped(&long), (at, said.to_owned()));

    let mut order = start.clone().section();
    order.bytes[at as usize + 8] = 0;
    let said = "a section begins without its byte-order magic";
    assert_eq!(stopped(&order), (at, said.to_owned()));

    let interfaces =
        (0..super::pcapng::INTERFACES_MAX).fold(start, |file, _| file.interface(1, 0, &[]));
    let said = "a section describes more than 16384 interfaces";
    assert_eq!(stopped(&interfaces).1, said);

    let mut pcap = File::new(true).pcap(0xa1b2_c3d4, 1).record(1, 1, b"", 0);
    pcap.bytes[32] = 0x7f;
    let said = "a block of 2130706448 bytes is more than is read at once, or its length is corrupt";
    assert_eq!(stopped(&pcap), (24, said.to_owned()));

    let gzipped = gzip(GRPC);
    let half = MultiGzDecoder::new(&gzipped[..gzipped.len() / 2]);
    let read = read(&mut Packets::new(Vec::new(), half));
    assert!(!read.packets.is_empty());
    assert_eq!(
        read.stopped.unwrap().1,
        "it cannot be read on: incomplete deflate stream"
    );
}

#[test]
fn other_files_are_no_captures() {
    let said = "this is neither a pcap nor a pcapng file";
    for other in [b"PRI * HTTP/2.0\r\n".as_slice(), b"\x0a\x0d\x0d", b""] {
        assert!(!recognise(other));
    }
    let read = read_all(b"PRI * HTTP/2.0\r\n");
    assert_eq!(read.stopped, Some((0, said.to_owned())));
    assert_eq!(read_all(b"").stopped, Some((0, said.to_owned())));
    assert_eq!(Linktype::ETHERNET.0, 1);
}
