use super::super::kept::KEPT_MAX;
use super::*;
use crate::http::Within;

const PLACE: Place = Place {
    offset: 0,
    within: Within::Packet(1),
};

/// Connections as TCP tells of them, with nothing told of what is in them.
#[derive(Default)]
struct Run {
    connections: Connections,
    options: Options,
}

impl Run {
    fn take(&mut self, number: u64, event: Event<'_>) {
        let id = ConnectionId(number);
        let when = (Duration::ZERO, PLACE);
        self.connections
            .take(id, event, when, &mut self.options, &mut |_| {});
        assert!(self.connections.open.kept() <= KEPT_MAX);
    }

    fn open(&mut self, number: u64) {
        let end = |port: u16| ([192, 0, 2, 1], port).into();
        let event = Event::Opened {
            client: end(40_000),
            server: end(80),
            handshake: true,
        };
        self.take(number, event);
    }

    fn say(&mut self, number: u64, from_client: bool, bytes: &[u8]) {
        self.take(number, Event::Bytes { from_client, bytes });
    }
}

#[test]
fn many_connections_in_tiny_packets_are_given_up() {
    let mut run = Run::default();
    for number in 1..=200 {
        run.open(number);
        // A server that speaks first: nothing tells what it is.
        for _ in 0..3_000 {
            run.say(number, false, b"a");
        }
    }
    // 3,000 pieces with their time and place take some 300 KB of a connection: 200 of them are 60 MB.
    let given_up = run.connections.open.given_up();
    assert!((50..150).contains(&given_up), "{given_up}");
    let notes = notes(0, Default::default(), &run.connections);
    let sentence = format!(
        "{given_up} connections were not followed to the end: there are more at a time than is kept"
    );
    assert_eq!(notes, [sentence]);
}

#[test]
fn heads_of_http1_count() {
    let mut run = Run::default();
    let head = [b"GET / HTTP/1.1\r\na: ".to_vec(), vec![b'a'; 60_000]].concat();
    for number in 1..=1_000 {
        run.open(number);
        run.say(number, true, &head);
    }
    // 60 KB each: some 500 fit.
    let given_up = run.connections.open.given_up();
    assert!((400..700).contains(&given_up), "{given_up}");
}

#[test]
fn tls_that_waits_counts() {
    let mut run = Run::default();
    // A record of 16 KiB, cut short.
    let record = [vec![22, 3, 3, 0x40, 0], vec![1; 16_000]].concat();
    for number in 1..=3_000 {
        run.open(number);
        run.say(number, true, &record);
    }
    let given_up = run.connections.open.given_up();
    assert!((900..2_500).contains(&given_up), "{given_up}");
}

#[test]
fn what_waits_is_forgotten_with_its_connection() {
    let mut run = Run::default();
    for number in 1..=10 {
        run.open(number);
        let call = [
            &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
            &[0, 0, 0, 4, 0, 0, 0, 0, 0],
            // :method GET in a HEADERS frame that ends the stream, which is then reset.
            &[0, 0, 1, 1, 5, 0, 0, 0, 1, 0x82],
            &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8],
        ]
        .concat();
        run.say(number, true, &call);
        assert_eq!(run.connections.waiting.len(), 1);
        run.take(number, Event::Closed);
        assert_eq!(run.connections.waiting.len(), 0);
    }
    assert_eq!(run.connections.open.kept(), 0);
}
