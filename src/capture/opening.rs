//! The first bytes of a connection, held until they tell what it carries.

use std::time::Duration;

use super::{http1, tls};
use crate::http::Place;
use crate::wire::foreign::PREFACE;
use crate::wire::frame::{FrameHeader, HEADER_LENGTH};
use crate::wire::{Decoder, Direction, Event, Flags, FrameType, What};

/// How much is held before a connection is taken for one of no interest, in bytes: what it takes to find frames in the
/// middle of a connection, and more than any peer sends before the client's preface.
const HELD_MAX: usize = 256 * 1024;

/// How many chunks are held at most.
pub(super) const CHUNKS_MAX: usize = 4_096;

/// What a chunk takes beside itself and its bytes, in bytes: what an allocator adds to a small one.
pub(super) const ALLOCATION: usize = 32;

/// How much a direction has to hold before it is taken for something unknown, in bytes: the preface's length.
const TOLD_BY: usize = PREFACE.len();

/// Bytes of a connection, or that some are missing.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) direction: Direction,
    pub(super) at: Duration,
    pub(super) place: Option<Place>,
    /// The bytes; how many are missing where there are none.
    pub(super) bytes: Result<Vec<u8>, u64>,
}

/// What is held of a connection.
#[derive(Debug)]
pub(super) struct Opening {
    /// Whether it is seen from its first byte.
    from_start: bool,
    pub(super) chunks: Vec<Chunk>,
    held: usize,
    /// How each direction begins, the client's first.
    starts: [Start; 2],
    /// How much is to be held before frames are looked for again.
    probe_at: usize,
}

/// The first bytes of a direction, as many as tell.
#[derive(Clone, Copy, Debug)]
struct Start {
    bytes: [u8; TOLD_BY],
    length: usize,
    /// Whether no more of them come: the next are missing.
    ended: bool,
}

impl Start {
    const NOTHING: Self = Self {
        bytes: [0; TOLD_BY],
        length: 0,
        ended: false,
    };

    fn add(&mut self, bytes: &[u8]) {
        if !self.ended {
            for (kept, byte) in self.bytes[self.length..].iter_mut().zip(bytes) {
                *kept = *byte;
                self.length += 1;
            }
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// HTTP/2 from its beginning; whether what the server sent may have begun earlier than what is seen of it.
    Http2 { received_late: bool },
    /// HTTP/2 by its looks; whether the server was taken for the client.
    Http2InTheMiddle { swap: bool },
    /// TLS; whether the server was taken for the client.
    Tls { swap: bool },
    /// A request of HTTP/1.1.
    Http1,
    /// Something else.
    Other,
}

/// HTTP/2 of which both sides are seen from their first bytes.
const WHOLE: Decision = Decision::Http2 {
    received_late: false,
};

impl Opening {
    /// Nothing yet of a connection that is seen from its first byte, or not.
    pub(super) const fn new(from_start: bool) -> Self {
        Self {
            from_start,
            chunks: Vec::new(),
            held: 0,
            starts: [Start::NOTHING; 2],
            probe_at: HEADER_LENGTH,
        }
    }

    pub(super) fn add(&mut self, chunk: Chunk) {
        let [sent, received] = &mut self.starts;
        let start = match chunk.direction {
            Direction::Sent => sent,
            Direction::Received => received,
        };
        match &chunk.bytes {
            Ok(bytes) => {
                self.held += bytes.len();
                start.add(bytes);
            }
            Err(_) => {
                self.from_start = false;
                start.ended = true;
            }
        }
        self.chunks.push(chunk);
    }

    /// How much memory is held, in bytes.
    pub(super) const fn memory(&self) -> usize {
        self.chunks.capacity() * size_of::<Chunk>() + self.chunks.len() * ALLOCATION + self.held
    }

    /// What the connection carries, if that can be told yet.
    pub(super) fn decide(&mut self, at_end: bool) -> Option<Decision> {
        let [client, server] = self.starts;
        let (client, server) = (client.bytes(), server.bytes());
        let told = if self.from_start {
            from_start(client, server, at_end)
        } else {
            self.in_the_middle(client, server, at_end)
        };
        let full = self.held > HELD_MAX || self.chunks.len() > CHUNKS_MAX;
        told.or_else(|| (full || at_end).then_some(Decision::Other))
    }

    fn in_the_middle(&mut self, client: &[u8], server: &[u8], at_end: bool) -> Option<Decision> {
        if client.starts_with(PREFACE) {
            let received_late = !begins_with_settings(server);
            return Some(Decision::Http2 { received_late });
        }
        let is_hello =
            |start: &[u8]| start.first() == Some(&0x16) && tls::is_tls(start) == Some(true);
        let record = |start: &[u8]| tls::is_tls(start) == Some(true);
        if is_hello(client) || record(client) && (record(server) || server.is_empty()) {
            // A ClientHello is the first message of a handshake, type 1; a ServerHello has type 2.
            let swap = client.first() == Some(&0x16) && client.get(5) == Some(&2);
            return Some(Decision::Tls { swap });
        }
        if http1::is_request(client) {
            return Some(Decision::Http1);
        }
        if self.held < self.probe_at && !at_end {
            return None;
        }
        self.probe_at = self.held * 2;
        let probes = [Direction::Sent, Direction::Received].map(|side| self.probe(side, at_end));
        let [sent, received] = &probes;
        let enough = if at_end { 2 } else { 3 };
        if sent.frames + received.frames < enough || sent.irregular || received.irregular {
            return None;
        }
        let right = sent.is_client.or(received.is_client.map(|is| !is));
        // Where no header block tells who is who, wait for one.
        if right.is_none() && !at_end && self.held < HELD_MAX / 2 {
            return None;
        }
        Some(Decision::Http2InTheMiddle {
            swap: right == Some(false),
        })
    }

    /// Looks for frames in a direction.
    fn probe(&self, direction: Direction, at_end: bool) -> Probe {
        let mut decoder = Decoder::in_the_middle(direction);
        let mut probe = Probe::default();
        for chunk in self
            .chunks
            .iter()
            .filter(|chunk| chunk.direction == direction)
        {
            let mut rest: &[u8] = match &chunk.bytes {
                Ok(bytes) => bytes,
                Err(missing) => {
                    decoder.miss(*missing);
                    &[]
                }
            };
            while let Some(event) = decoder.next(&mut rest, Duration::ZERO) {
                probe.take(&event);
            }
        }
        while at_end && let Some(event) = decoder.finish(Duration::ZERO) {
            probe.take(&event);
        }
        probe
    }
}

/// What was found in a direction.
#[derive(Debug, Default)]
struct Probe {
    frames: usize,
    /// Whether one of them is none that a peer would send.
    irregular: bool,
    /// Whether a header block says that it is the client's, or the server's.
    is_client: Option<bool>,
}

impl Probe {
    fn take(&mut self, event: &Event<'_>) {
        let What::Frame { frame, block } = &event.what else {
            return;
        };
        self.frames += 1;
        self.irregular |= !frame.header.is_regular();
        let of = |names: &[&str]| {
            let mut fields = block.iter().flat_map(|block| block.iter());
            fields.any(|field| names.iter().any(|name| field.name == name.as_bytes()))
        };
        if of(&[":method", ":path", ":authority", "te"]) {
            self.is_client = Some(true);
        } else if of(&[":status", "grpc-status"]) {
            self.is_client = Some(false);
        }
    }
}

/// What a connection carries that is seen from its first byte.
fn from_start(client: &[u8], server: &[u8], at_end: bool) -> Option<Decision> {
    if client.is_empty() {
        // Where the input has nothing of the client, the server's first bytes have to do.
        return at_end.then(|| match tls::is_tls(server) {
            Some(true) => Decision::Tls { swap: false },
            _ if begins_with_settings(server) => WHOLE,
            _ => Decision::Other,
        });
    }
    if PREFACE.starts_with(client) || client.starts_with(PREFACE) {
        return (client.len() == PREFACE.len() || at_end).then_some(WHOLE);
    }
    if tls::is_tls(client) == Some(true) {
        return Some(Decision::Tls { swap: false });
    }
    if http1::is_request(client) {
        return Some(Decision::Http1);
    }
    if begins_with_settings(client) {
        return Some(WHOLE);
    }
    (client.len() >= TOLD_BY || at_end).then_some(Decision::Other)
}

/// Whether bytes are frames: from the first byte to the last, or several from some place on.
pub(super) fn looks_like_frames(mut bytes: &[u8], ended: bool) -> bool {
    let whole = bytes.len() as u64;
    let mut decoder = Decoder::in_the_middle(Direction::Received);
    let (mut frames, mut first, mut regular) = (0, whole, true);
    let mut take = |event: Event<'_>| {
        if let What::Frame { frame, .. } = event.what {
            frames += 1;
            first = first.min(event.span.offset);
            regular &= frame.header.is_regular();
        }
    };
    while let Some(event) = decoder.next(&mut bytes, Duration::ZERO) {
        take(event);
    }
    while ended && let Some(event) = decoder.finish(Duration::ZERO) {
        take(event);
    }
    regular && (frames >= 3 || ended && frames >= 1 && first == 0)
}

/// Whether bytes begin with a SETTINGS frame, as a server's do, and those of a client that forgets the preface.
pub(super) fn begins_with_settings(bytes: &[u8]) -> bool {
    let header = bytes.first_chunk().map(FrameHeader::parse);
    header.is_some_and(|header| {
        header.kind == FrameType::SETTINGS
            && !header.flags.has(Flags::ACK)
            && header.stream == 0
            && header.length.is_multiple_of(6)
            && header.length < 16_384
    })
}
