//! Captures that begin late, end early, or miss packets: what is lost is unknown, and never an error.

use std::collections::BTreeMap;

use serde_json::Value;

use super::lines::{lines, of_kind};
use super::reading::fixture;
use super::support::packets;

/// The type of an Enhanced Packet Block.
const PACKET: u32 = 6;

/// A call by the ports of its connection, the lower first, and its stream.
type Key = (u64, u64, u64);

/// A call as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Judged {
    path: String,
    /// The steps by the first letter of their status.
    steps: String,
    rules: Vec<String>,
    /// The packets with its first frame and its last.
    packets: (u64, u64),
}

/// A real capture as blocks.
struct Capture {
    head: Vec<u8>,
    packets: Vec<Vec<u8>>,
    whole: BTreeMap<Key, Judged>,
}

impl Capture {
    fn of(name: &str) -> Self {
        let (mut head, mut packets) = (Vec::new(), Vec::new());
        for (kind, body) in packets::blocks(&fixture(name)) {
            if kind == PACKET {
                packets.push(body);
            } else if packets.is_empty() {
                head.extend(packets::block(kind, &body));
            }
        }
        let mut capture = Self {
            head,
            packets,
            whole: BTreeMap::new(),
        };
        capture.whole = capture.judged(&capture.packets);
        capture
    }

    fn judged<'a>(&self, packets: impl IntoIterator<Item = &'a Vec<u8>>) -> BTreeMap<Key, Judged> {
        let packets = packets.into_iter();
        let blocks = packets.flat_map(|body| packets::block(PACKET, body));
        let file: Vec<u8> = self.head.iter().copied().chain(blocks).collect();
        judged(&lines(&file, &[]))
    }

    /// Holds the calls of a damaged capture against those of the whole: a step is as it was or unknown, and no rule fires
    /// that did not. How many steps are as they were.
    fn hold(&self, damaged: &BTreeMap<Key, Judged>, what: &str) -> usize {
        let mut same = 0;
        for (key, call) in damaged {
            let Some(whole) = self.whole.get(key) else {
                panic!("{what}: {key:?} is new: {call:?}");
            };
            for (now, then) in call.steps.chars().zip(whole.steps.chars()) {
                let fits = now == then || now == 'u';
                assert!(fits, "{what}: {key:?} is {call:?} and was {whole:?}");
                same += usize::from(now == then);
            }
            let fits = call.rules.iter().all(|rule| whole.rules.contains(rule));
            assert!(fits, "{what}: {key:?} is {call:?} and was {whole:?}");
            let fits = call.path.is_empty() || call.path == whole.path;
            assert!(fits, "{what}: {key:?} is {call:?} and was {whole:?}");
        }
        same
    }

    /// Holds calls that no damage touched against what they were.
    fn untouched(
        &self,
        damaged: &BTreeMap<Key, Judged>,
        what: &str,
        is_untouched: impl Fn(&Key, &Judged) -> bool,
    ) -> usize {
        let untouched = self.whole.iter().filter(|(key, it)| is_untouched(key, it));
        let mut count = 0;
        for (key, whole) in untouched {
            let call = damaged.get(key);
            let call = call.unwrap_or_else(|| panic!("{what}: {key:?} is lost: {damaged:?}"));
            let same = (&call.path, &call.steps, &call.rules);
            assert_eq!(
                same,
                (&whole.path, &whole.steps, &whole.rules),
                "{what}: {key:?}"
            );
            count += 1;
        }
        count
    }
}

fn judged(lines: &[Value]) -> BTreeMap<Key, Judged> {
    let mut ends = BTreeMap::new();
    for line in of_kind(lines, "connection") {
        let port = |end: &str| -> u64 {
            let address = line[end].as_str().unwrap();
            address.rsplit(':').next().unwrap().parse().unwrap()
        };
        let (client, server) = (port("client"), port("server"));
        let pair = (client.min(server), client.max(server));
        ends.insert(line["connection"].as_u64().unwrap(), pair);
    }
    let key = |line: &Value| -> Key {
        let (low, high) = ends[&line["connection"].as_u64().unwrap()];
        (low, high, line["stream"].as_u64().unwrap())
    };
    let mut calls: BTreeMap<Key, Judged> = BTreeMap::new();
    for line in of_kind(lines, "call").filter(|line| line["protocol"] == "grpc") {
        let steps = line["steps"].as_array().unwrap().iter();
        let call = Judged {
            path: line["path"].as_str().unwrap().to_owned(),
            steps: steps
                .map(|step| &step["status"].as_str().unwrap()[..1])
                .collect(),
            rules: Vec::new(),
            packets: (u64::MAX, 0),
        };
        let other = calls.insert(key(line), call);
        assert_eq!(other, None, "a call is told once");
    }
    for line in of_kind(lines, "finding") {
        let rule = line["rule"].as_str().unwrap().to_owned();
        calls.get_mut(&key(line)).unwrap().rules.push(rule);
    }
    for line in of_kind(lines, "frame") {
        if let Some(call) = calls.get_mut(&key(line)) {
            // A frame stands where its first byte does, and may end in a later packet.
            let packet = line["at"]["packet"].as_u64().unwrap();
            call.packets.0 = call.packets.0.min(packet);
            call.packets.1 = call.packets.1.max(packet);
        }
    }
    calls
}

/// The body of a packet block with no more than so many bytes of its packet.
fn snapped(body: &[u8], length: usize) -> Vec<u8> {
    let captured = u32::from_le_bytes(body[12..16].try_into().unwrap()) as usize;
    let kept = captured.min(length);
    let mut cut = body[..12].to_vec();
    cut.extend((kept as u32).to_le_bytes());
    cut.extend(&body[16..20 + kept]);
    cut
}

/// The TCP payload's length and the flags of a packet block with Ethernet and IPv4.
fn tcp(body: &[u8]) -> (usize, u8) {
    let ip = &body[20 + 14..];
    let total = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
    let segment = &ip[20..];
    (total - 20 - usize::from(segment[12] >> 4) * 4, segment[13])
}

fn ports(body: &[u8]) -> (u64, u64) {
    let segment = &body[20 + 14 + 20..];
    let port = |at: usize| u64::from(u16::from_be_bytes([segment[at], segment[at + 1]]));
    (port(0).min(port(2)), port(0).max(port(2)))
}

fn is_of(key: &Key, packet: &[u8]) -> bool {
    (key.0, key.1) == ports(packet)
}

#[test]
fn a_capture_that_begins_late() {
    let capture = Capture::of("captures/grpc.pcapng");
    assert_eq!(capture.whole.len(), 7);
    let (mut same, mut untouched) = (0, 0);
    for first in 0..capture.packets.len() {
        let what = format!("from packet {}", first + 1);
        let (lost, rest) = capture.packets.split_at(first);
        let damaged = capture.judged(rest);
        same += capture.hold(&damaged, &what);
        untouched += capture.untouched(&damaged, &what, |key, _| {
            !lost.iter().any(|packet| is_of(key, packet))
        });
        // A call that begins later on a connection that began earlier is there too.
        for (key, whole) in &capture.whole {
            let later = whole.packets.0 > first as u64;
            assert!(
                !later || damaged.contains_key(key),
                "{what}: {key:?} is lost"
            );
        }
    }
    assert_eq!((same, untouched), (3299, 104));
}

/// Of the calls on a connection that is captured from its middle, what only its beginning has is not known.
#[test]
fn what_cannot_be_known_is_unknown() {
    let capture = Capture::of("captures/grpc.pcapng");
    let port = 57_120;
    // From the first response on: the request is lost, and what it indexed for later ones.
    let damaged = capture.judged(&capture.packets[12..]);
    let steps: Vec<(u64, &str, &str)> = damaged
        .iter()
        .filter(|((_, client, _), _)| *client == port)
        .map(|((_, _, stream), call)| (*stream, call.path.as_str(), call.steps.as_str()))
        .collect();
    assert_eq!(
        steps,
        [
            (1, "", "upssuppppppppp"),
            (3, "", "upssuppppppppp"),
            (5, "", "upssupppsssspf"),
            (7, "/hello.Greeter/Stream", "upssuppppppppp"),
            (9, "/hello.Greeter/Nope", "upssupppsssspf"),
        ]
    );
    // From the middle of the second response on.
    let damaged = capture.judged(&capture.packets[20..]);
    let of = |stream: u64| damaged[&(50_951, port, stream)].steps.clone();
    assert_eq!(of(3), "upssuuuuuuuuuu");
    assert_eq!(of(5), "upssuppusssspf");
}

#[test]
fn a_capture_that_ends_early() {
    let capture = Capture::of("captures/grpc.pcapng");
    let (mut same, mut untouched) = (0, 0);
    for end in 0..=capture.packets.len() {
        let what = format!("up to packet {end}");
        let damaged = capture.judged(&capture.packets[..end]);
        same += capture.hold(&damaged, &what);
        untouched += capture.untouched(&damaged, &what, |_, whole| whole.packets.1 <= end as u64);
    }
    assert_eq!((same, untouched), (4437, 306));
}

#[test]
fn a_capture_without_one_of_its_packets() {
    let capture = Capture::of("captures/grpc.pcapng");
    let (mut same, mut untouched) = (0, 0);
    for lost in 0..capture.packets.len() {
        let packet = &capture.packets[lost];
        let what = format!("without packet {}", lost + 1);
        let others = capture.packets.iter().enumerate();
        let others = others.filter(|(index, _)| *index != lost);
        let damaged = capture.judged(others.map(|(_, packet)| packet));
        same += capture.hold(&damaged, &what);
        let (length, flags) = tcp(packet);
        untouched += capture.untouched(&damaged, &what, |key, whole| {
            !is_of(key, packet) || length == 0 && flags == 0x10 || whole.packets.1 < lost as u64
        });
    }
    assert_eq!((same, untouched), (7437, 435));
}

#[test]
fn a_capture_with_the_start_of_each_packet_alone() {
    let capture = Capture::of("captures/grpc.pcapng");
    let mut counts = Vec::new();
    for length in [54, 66, 67, 75, 96, 128, 256, 1024] {
        let packets: Vec<_> = capture
            .packets
            .iter()
            .map(|body| snapped(body, length))
            .collect();
        let damaged = capture.judged(&packets);
        let same = capture.hold(&damaged, &format!("cut to {length} bytes"));
        counts.push((length, damaged.len(), same));
    }
    // Length, calls, and steps that are still known. 66 bytes are the headers up to the payload.
    assert_eq!(
        counts,
        [
            (54, 0, 0),
            (66, 0, 0),
            (67, 0, 0),
            (75, 0, 0),
            (96, 6, 33),
            (128, 7, 56),
            (256, 7, 87),
            (1024, 7, 87)
        ]
    );
}
