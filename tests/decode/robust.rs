//! Every prefix and many mutations of every fixture: nothing panics, all of them end, and bytes are accounted for.

use std::collections::BTreeMap;
use std::path::Path;

use grpc_probe::capture::Input;
use grpc_probe::wire::Direction;

use super::made::{begun, bytes, client_start, file, request, response, server_start};
use super::made::{request_fields, response_fields, trailers};
use super::reading::Reading;
use super::support::frames::{data, headers, message};

/// How many prefixes of a fixture are tried; a longer one is stepped through.
const PREFIXES: usize = 150;

/// How many mutations of each are tried.
const MUTATIONS: usize = 60;

/// The secrets of the sample that is encrypted.
fn keys() -> String {
    String::from_utf8(super::reading::fixture("captures/tls.keys.log")).unwrap()
}

/// Everything that decode reads, with its name.
fn inputs() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/captures");
    let mut inputs: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    inputs.sort();
    let mut talk = begun();
    talk.say(true, &request(1, "/a.B/C"));
    talk.say(false, &response(1, &[b"\x0a\x01a"], "0"));
    talk.close(true);
    inputs.push(("written".to_owned(), file(&talk)));
    inputs.push(("sent".to_owned(), sent()));
    inputs.push(("received".to_owned(), received()));
    inputs.push(("body".to_owned(), message(0, b"\x0a\x01a").repeat(3)));
    assert!(inputs.len() > 18);
    inputs
}

/// What a client sends in raw bytes, and what a server does.
fn sent() -> Vec<u8> {
    let body = [
        headers(1, request_fields("/a.B/C").bytes, false),
        data(1, message(0, b"\x0a\x03abc"), true),
    ];
    [client_start(), bytes(&body), request(3, "/a.B/D")].concat()
}

fn received() -> Vec<u8> {
    let body = [
        headers(1, response_fields().bytes, false),
        data(1, message(0, b"\x0a\x03abc"), false),
        trailers(1, "0"),
    ];
    [server_start(), bytes(&body), response(3, &[b"", b""], "5")].concat()
}

/// What is told of each connection has to add up.
fn hold(reading: &Reading, name: &str) {
    let mut ends: BTreeMap<(u64, bool), u64> = BTreeMap::new();
    let raw = |connection: u64| {
        let carries = reading
            .opened
            .iter()
            .find(|(number, _)| *number == connection);
        carries.is_some_and(|(_, carries)| {
            use grpc_probe::http::Carries::{Guessed, Http2, Upgraded};
            matches!(carries, Http2 | Guessed | Upgraded)
        })
    };
    for seen in reading.seen.iter().filter(|seen| raw(seen.connection)) {
        let side = (seen.connection, seen.direction == Direction::Sent);
        let end = ends.entry(side).or_default();
        assert_eq!(seen.offset, *end, "{name}: spans leave no gap");
        *end += seen.length;
    }
    for (connection, [sent, received]) in &reading.closed {
        if raw(*connection) {
            let end = |sent: bool| ends.get(&(*connection, sent)).copied().unwrap_or(0);
            assert_eq!(
                [end(true), end(false)],
                [*sent, *received],
                "{name}: all bytes are told"
            );
        }
    }
    let mut told: Vec<u64> = reading.opened.iter().map(|(number, _)| *number).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(
        told.len(),
        reading.opened.len(),
        "{name}: a connection is told once"
    );
    assert_eq!(reading.closed.len(), told.len(), "{name}: each ends");
}

#[test]
fn every_prefix_of_every_fixture() {
    let keys = keys();
    let (mut read, mut unread) = (0, 0);
    for (name, bytes) in inputs() {
        for length in (0..bytes.len()).step_by(bytes.len() / PREFIXES + 1) {
            let name = format!("{length} bytes of {name}");
            match Reading::try_of(&bytes[..length], &keys) {
                Ok(reading) => {
                    hold(&reading, &name);
                    read += 1;
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty(), "{name}");
                    unread += 1;
                }
            }
        }
    }
    assert!(read > 1_500 && unread > 10, "{read} {unread}");
}

#[test]
fn raw_bytes_are_accounted_for_to_the_last() {
    let (sent, received) = (sent(), received());
    for (cut, other) in (0..sent.len()).map(|cut| (cut, cut.min(received.len()))) {
        let reading = Reading::of_input(
            Input::Directions {
                sent: Some(Box::new(&sent[..=cut])),
                received: Some(Box::new(&received[..other])),
            },
            "",
        );
        let reading = reading.unwrap();
        let name = format!("{cut} and {other}");
        hold(&reading, &name);
        assert_eq!(reading.outcome.bytes, (cut + 1 + other) as u64, "{name}");
        let length = |direction| -> u64 {
            let own = reading
                .seen
                .iter()
                .filter(|seen| seen.direction == direction);
            own.map(|seen| seen.length).sum()
        };
        assert_eq!(length(Direction::Sent), (cut + 1) as u64, "{name}");
        assert_eq!(length(Direction::Received), other as u64, "{name}");
    }
}

#[test]
fn mutations_of_every_fixture() {
    let keys = keys();
    let mut random = Random(0x5eed);
    let mut read = 0;
    for (name, whole) in inputs() {
        for round in 0..MUTATIONS {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(8) {
                mutate(&mut bytes, &mut random);
            }
            if let Ok(reading) = Reading::try_of(&bytes, &keys) {
                hold(&reading, &format!("mutation {round} of {name}"));
                read += 1;
            }
        }
    }
    assert!(read > 500, "{read}");
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => bytes[at] = random.below(256) as u8,
        1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, random.below(256) as u8),
        4 => {
            let end = (at + random.below(60)).min(bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let end = (at + random.below(60)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, copy);
        }
    }
}

/// A number that is random enough, and the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}
