mod captures;
mod connections;
mod gaps;
mod order;
mod random;

use std::net::SocketAddr;
use std::time::Duration;

use super::super::link::Segment;
use super::{ConnectionId, Event, Reassembler};
use crate::http::{Place, Within};

const CLIENT: &str = "192.0.2.1:40000";
const SERVER: &str = "198.51.100.2:443";

/// What an event says, in short: `opened CLIENT SERVER true`, `> bytes` of the client, `< bytes` of the server,
/// `> missing 5`, `> fin`, `> rst`, `closed`.
fn say(event: &Event<'_>) -> String {
    let arrow = |from_client: bool| if from_client { '>' } else { '<' };
    match *event {
        Event::Opened {
            client,
            server,
            handshake,
        } => format!("opened {client} {server} {handshake}"),
        Event::Bytes { from_client, bytes } => {
            let text = String::from_utf8_lossy(bytes);
            format!("{} {text}", arrow(from_client))
        }
        Event::Missing { from_client, bytes } => {
            format!("{} missing {bytes}", arrow(from_client))
        }
        Event::Ended { from_client, reset } => {
            format!(
                "{} {}",
                arrow(from_client),
                if reset { "rst" } else { "fin" }
            )
        }
        Event::Closed => "closed".to_owned(),
    }
}

/// A reassembler that is handed segments and keeps what it tells.
struct Played {
    reassembler: Reassembler,
    now: Duration,
    packets: u64,
    told: Vec<(u64, String, Duration, Place)>,
    /// How many of those were looked at.
    seen: usize,
}

impl Played {
    fn new() -> Self {
        Self {
            reassembler: Reassembler::default(),
            now: Duration::from_secs(1_000),
            packets: 0,
            told: Vec::new(),
            seen: 0,
        }
    }

    /// Hands over a segment, whose packet's number is the next and whose payload stands at a hundred times that.
    fn segment(&mut self, mut segment: Segment<'_>) {
        self.packets += 1;
        segment.place = Place {
            offset: self.packets * 100,
            within: Within::Packet(self.packets),
        };
        let told = &mut self.told;
        self.reassembler.segment(
            &segment,
            self.now,
            &mut |ConnectionId(id), event, at, place| told.push((id, say(&event), at, place)),
        );
    }

    /// Hands over a segment and gives what is told then.
    fn play(&mut self, segment: Segment<'_>) -> Vec<String> {
        self.segment(segment);
        self.news()
    }

    fn finish(&mut self) -> Vec<String> {
        let told = &mut self.told;
        self.reassembler
            .finish(&mut |ConnectionId(id), event, at, place| {
                told.push((id, say(&event), at, place));
            });
        assert_eq!(self.reassembler.held, 0);
        self.news()
    }

    /// What was told since the last look, without connections: `#2 ` stands before what is not of the first.
    fn news(&mut self) -> Vec<String> {
        let news = self.told.get(self.seen..).unwrap_or_default();
        self.seen = self.told.len();
        let line = |(id, text, ..): &(u64, String, Duration, Place)| match id {
            1 => text.clone(),
            id => format!("#{id} {text}"),
        };
        news.iter().map(line).collect()
    }

    /// Opens the first connection, whose first bytes have the numbers 1,001 and 5,001.
    fn shaken() -> Self {
        let mut played = Self::new();
        let opened = played.play(syn(sent(1_000, b"")));
        assert_eq!(opened, [format!("opened {CLIENT} {SERVER} true")]);
        let answer = Segment {
            acknowledgement: Some(1_001),
            ..syn(received(5_000, b""))
        };
        assert!(played.play(answer).is_empty());
        assert!(played.play(ack(sent(1_001, b""), 5_001)).is_empty());
        played
    }
}

fn between<'a>(source: &str, destination: &str, sequence: u32, payload: &'a [u8]) -> Segment<'a> {
    let address = |text: &str| -> SocketAddr { text.parse().unwrap() };
    Segment {
        source: address(source),
        destination: address(destination),
        sequence,
        acknowledgement: None,
        syn: false,
        fin: false,
        rst: false,
        payload,
        missing: 0,
        place: Place {
            offset: 0,
            within: Within::Bytes,
        },
    }
}

/// A segment of the client.
fn sent(sequence: u32, payload: &[u8]) -> Segment<'_> {
    between(CLIENT, SERVER, sequence, payload)
}

/// A segment of the server.
fn received(sequence: u32, payload: &[u8]) -> Segment<'_> {
    between(SERVER, CLIENT, sequence, payload)
}

fn syn(segment: Segment<'_>) -> Segment<'_> {
    Segment {
        syn: true,
        ..segment
    }
}

fn fin(segment: Segment<'_>) -> Segment<'_> {
    Segment {
        fin: true,
        ..segment
    }
}

fn rst(segment: Segment<'_>) -> Segment<'_> {
    Segment {
        rst: true,
        ..segment
    }
}

fn ack(segment: Segment<'_>, acknowledgement: u32) -> Segment<'_> {
    Segment {
        acknowledgement: Some(acknowledgement),
        ..segment
    }
}
