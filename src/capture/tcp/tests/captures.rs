//! Real captures, from the file to the bytes of each connection.

use std::collections::BTreeMap;

use super::super::super::crafted::Random;
use super::super::super::link::{Layers, Skipped};
use super::super::super::packets::{Item, Packets};
use super::super::{ConnectionId, Event, Reassembler};
use super::say;

const GRPC: &[u8] = include_bytes!("../../../../fixtures/captures/grpc.pcapng");
const TLS: &[u8] = include_bytes!("../../../../fixtures/captures/tls.pcapng");

/// What is told of a connection: its bytes each way, the client's first, and the other events.
#[derive(Default)]
struct Told {
    bytes: [Vec<u8>; 2],
    events: Vec<String>,
}

fn read(file: &[u8]) -> (BTreeMap<u64, Told>, Skipped) {
    let mut packets = Packets::new(Vec::new(), file);
    let (mut layers, mut reassembler) = (Layers::default(), Reassembler::default());
    let mut told: BTreeMap<u64, Told> = BTreeMap::new();
    let mut out = |ConnectionId(id), event: Event<'_>, _, place: crate::http::Place| {
        let connection = told.entry(id).or_default();
        if let Event::Bytes { from_client, bytes } = event {
            // They stand in the file where they are said to.
            let at = usize::try_from(place.offset).unwrap();
            assert_eq!(&file[at..at + bytes.len()], bytes);
            connection.bytes[usize::from(!from_client)].extend(bytes);
        } else {
            connection.events.push(say(&event));
        }
    };
    while let Some(item) = packets.next_item() {
        if let Item::Packet(packet) = item
            && let Some(segment) = layers.segment(&packet)
        {
            reassembler.segment(&segment, packet.at, &mut out);
        }
    }
    reassembler.finish(&mut out);
    (told, layers.skipped())
}

#[test]
fn the_calls_of_grpc_python() {
    let (told, skipped) = read(GRPC);
    assert_eq!(skipped, Skipped::default());
    let lengths: Vec<_> = told
        .values()
        .map(|it| it.bytes.each_ref().map(Vec::len))
        .collect();
    assert_eq!(lengths, [[727, 20_715], [417, 296], [430, 296]]);
    for (connection, port) in told.values().zip([57_120, 57_130, 57_134]) {
        let opened = format!("opened 127.0.0.1:{port} 127.0.0.1:50951 true");
        assert_eq!(connection.events, [&opened, "> fin", "< fin", "closed"]);
        let [sent, received] = &connection.bytes;
        assert!(sent.starts_with(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        assert!(received.starts_with(&[0, 0, 0x18, 4, 0, 0, 0, 0, 0]));
    }
    assert!(told[&1].bytes[0].ends_with(&[0, 0, 0, 0x15]));
}

#[test]
fn a_connection_over_tls() {
    let (told, skipped) = read(TLS);
    assert_eq!(skipped, Skipped::default());
    assert_eq!(told.len(), 1);
    let Told {
        bytes: [sent, received],
        events,
    } = &told[&1];
    assert_eq!((sent.len(), received.len()), (855, 2_107));
    assert!(sent.starts_with(&[0x16, 3, 1, 2, 0, 1]));
    assert!(received.ends_with(&[0xf5, 0xed, 0x61, 0x6f, 0x3b, 0x21, 0x6d, 0xc0]));
    let opened = "opened 127.0.0.1:58536 127.0.0.1:50954 true";
    assert_eq!(events, &[opened, "> fin", "> rst", "closed"]);
}

#[test]
fn captures_that_are_damaged_are_read_as_far_as_they_go() {
    let mut random = Random(17);
    for _ in 0..500 {
        let mut file = TLS.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(file.len());
            file[at] = random.below(256) as u8;
        }
        file.truncate(file.len() - random.below(2_000));
        for connection in read(&file).0.values() {
            assert_eq!(connection.events.last().unwrap(), "closed");
        }
    }
}
