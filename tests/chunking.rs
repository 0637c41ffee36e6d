//! The wire decoder gives the same events however its input is cut, its spans tile the input, and nothing makes it
//! panic: for the conversations below, for every `fixtures/**/*.hex`, and for mutations of all of them.
#![expect(clippy::disallowed_methods, reason = "fixtures are read from disk")]

use std::path::Path;
use std::time::Duration;

use grpc_probe::wire::foreign::KEPT;
use grpc_probe::wire::{Decoder, Direction, Event, FrameHeader, HeaderBlock, Protocol, What};

/// Conversations: `>` starts bytes that the client sent, `<` bytes that it received.
const CONVERSATIONS: [&str; 9] = [
    // A unary call: preface, SETTINGS, HEADERS (Huffman, incremental), DATA; answered with trailers.
    "> 50 52 49 20 2a 20 48 54 54 50 2f 32 2e 30 0d 0a 0d 0a 53 4d 0d 0a 0d 0a
       00 00 06 04 00 00 00 00 00 00 02 00 00 00 00
       00 00 14 01 04 00 00 00 01 83 86 44 02 2f 61 41 8c f1 e3 c2 e5 f2 3a 6b a0 ab 90 f4 ff
       00 00 05 00 01 00 00 00 01 00 00 00 00 00
     < 00 00 00 04 00 00 00 00 00
       00 00 00 04 01 00 00 00 00
       00 00 06 01 04 00 00 00 01 88 40 01 61 01 31
       00 00 07 00 00 00 00 00 01 00 00 00 00 02 08 01
       00 00 0f 01 05 00 00 00 01 00 0b 67 72 70 63 2d 73 74 61 74 75 73 01 30",
    // A block in HEADERS (padded, with priority) and two CONTINUATION frames, a PING among them; then the dynamic
    // entry is used, an unknown one too, and a size update comes first.
    "> 50 52 49 20 2a 20 48 54 54 50 2f 32 2e 30 0d 0a 0d 0a 53 4d 0d 0a 0d 0a
       00 00 00 04 00 00 00 00 00
       00 00 0a 01 28 00 00 00 01 02 80 00 00 03 0f 83 40 00 00
       00 00 02 09 00 00 00 00 01 01 61
       00 00 08 06 00 00 00 00 00 01 02 03 04 05 06 07 08
       00 00 03 09 04 00 00 00 01 02 62 63
       00 00 05 01 05 00 00 00 03 3f e1 0f be c6",
    // Every other type, an unknown one, and shapes that are wrong.
    "< 00 00 00 04 00 00 00 00 00
       00 00 05 02 00 00 00 00 01 80 00 00 03 10
       00 00 04 03 00 00 00 00 01 00 00 00 08
       00 00 05 05 04 00 00 00 01 00 00 00 02 82
       00 00 08 07 00 00 00 00 00 00 00 00 01 00 00 00 0b
       00 00 04 08 00 00 00 00 00 7f ff ff ff
       00 00 03 ee ff 80 00 00 01 61 62 63
       00 00 02 01 0c 00 00 00 01 09 82
       00 00 01 09 04 00 00 00 01 82
       00 00 04 06 00 00 00 00 00 00 00 00 00
       00 00 03 01 04 00 00 00 01 40 7f 61
       00 00 03 01 00 00 00 00 05 82 84 86
       00 00 01 00 00 00",
    // Mid-connection, in both directions.
    "> 00 00 02 01 05 00 00 00 07 be c1 00 00 00 00 01 00 00 00 07
     < 00 01 00 00 00 00 00 00 07 61",
    // A frame that promises 16 MiB.
    "< 00 00 00 04 00 00 00 00 00 ff ff ff 00 00 00 00 00 01 61 62 63",
    // HTTP/1.1 instead, each way.
    "> 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a 0d 0a
     < 48 54 54 50 2f 31 2e 31 20 34 30 30 20 42 61 64 20 52 65 71 75 65 73 74 0d 0a 0d 0a",
    // A TLS alert; a greeting.
    "> 32 32 30 20 6d 61 69 6c 0d 0a
     < 15 03 01 00 02 02 46",
    // Text and binary.
    "> 00 ff 80 81 82 83 84 85 86 87
     < 4f 4b 0a",
    // A preface cut short; a frame header cut short.
    "> 50 52 49 20 2a 20 48 54 54 50 2f
     < 00 00 12 04",
];

/// Inputs longer than this are split at some places only: the work grows with the square.
const SPLIT_EVERYWHERE: usize = 1500;

#[test]
fn any_chunking_gives_the_same_events() {
    for (name, direction, bytes) in inputs() {
        let whole = decode(direction, &[&bytes]);
        assert_tiles(&whole, bytes.len(), &name);
        let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode(direction, &bytewise), whole, "{name}, byte by byte");
        let with_empty: Vec<&[u8]> = bytes.chunks(5).flat_map(|chunk| [chunk, &[]]).collect();
        assert_eq!(
            decode(direction, &with_empty),
            whole,
            "{name}, with empty chunks"
        );
        for at in (0..bytes.len()).step_by(bytes.len() / SPLIT_EVERYWHERE + 1) {
            let (first, second) = bytes.split_at(at);
            assert_eq!(
                decode(direction, &[first, second]),
                whole,
                "{name}, split at {at}"
            );
        }
    }
}

#[test]
fn foreign_is_told_at_the_same_byte_for_any_chunking() {
    for (name, direction, bytes) in inputs() {
        let mut told = None;
        for length in 0..bytes.len().min(40) {
            let whole = foreign(direction, &[&bytes[..length]]);
            let bytewise: Vec<&[u8]> = bytes[..length].chunks(1).collect();
            assert_eq!(
                foreign(direction, &bytewise),
                whole,
                "{name}, {length} bytes"
            );
            assert!(told.is_none() || told == whole, "{name}: an answer stands");
            told = whole;
        }
    }
}

#[test]
fn mutations_never_panic_and_always_tile() {
    let inputs = inputs();
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    for round in 0..4000 {
        let (name, direction, bytes) = &inputs[random.below(inputs.len())];
        let mut bytes = bytes[..bytes.len().min(SPLIT_EVERYWHERE)].to_vec();
        for _ in 0..=random.below(6) {
            mutate(&mut bytes, &mut random);
        }
        let name = format!("round {round}, {name}: {bytes:02x?}");
        let whole = decode(*direction, &[&bytes]);
        assert_tiles(&whole, bytes.len(), &name);
        let (first, second) = bytes.split_at(random.below(bytes.len() + 1));
        let chunks: Vec<&[u8]> = first.chunks(1 + random.below(20)).chain([second]).collect();
        assert_eq!(decode(*direction, &chunks), whole, "{name}");
    }
}

#[test]
fn the_conversations_hold_what_they_say() {
    let (sent, _) = parse(CONVERSATIONS[0]);
    let events = decode(Direction::Sent, &[&sent]);
    let kinds: Vec<&str> = events.iter().map(|event| event.what.name()).collect();
    assert_eq!(kinds, ["preface", "SETTINGS", "HEADERS", "DATA"]);
    let Owned::Frame {
        block: Some(block), ..
    } = &events[2].what
    else {
        panic!("no block")
    };
    assert_eq!(block.get(":authority"), Some(&b"www.example.com"[..]));

    let (sent, _) = parse(CONVERSATIONS[1]);
    let events = decode(Direction::Sent, &[&sent]);
    let blocks: Vec<&HeaderBlock> = events
        .iter()
        .filter_map(|event| event.what.block())
        .collect();
    assert_eq!(blocks.len(), 2);
    assert_eq!(blocks[0].get("a"), Some(&b"bc"[..]));
    assert_eq!(blocks[1].get("a"), Some(&b"bc"[..]));
    assert_eq!(
        (blocks[1].size_updates.len(), blocks[1].faults.len()),
        (1, 1)
    );

    let (_, received) = parse(CONVERSATIONS[2]);
    let events = decode(Direction::Received, &[&received]);
    assert_eq!(events.last().map(|event| event.what.name()), Some("cut"));
    assert_eq!(events.len(), 13);
}

/// An event that owns its bytes.
#[derive(Debug, PartialEq)]
struct Kept {
    offset: u64,
    length: u64,
    what: Owned,
}

#[derive(Debug, PartialEq)]
enum Owned {
    Preface,
    Frame {
        header: FrameHeader,
        payload: Vec<u8>,
        block: Option<HeaderBlock>,
    },
    Foreign {
        protocol: Protocol,
        bytes: Vec<u8>,
    },
    Cut {
        header: Option<FrameHeader>,
        bytes: Vec<u8>,
    },
}

impl Owned {
    fn name(&self) -> &'static str {
        match self {
            Self::Preface => "preface",
            Self::Frame { header, .. } => header.kind.name().unwrap_or("unknown"),
            Self::Foreign { .. } => "foreign",
            Self::Cut { .. } => "cut",
        }
    }

    fn block(&self) -> Option<&HeaderBlock> {
        if let Self::Frame { block, .. } = self {
            block.as_ref()
        } else {
            None
        }
    }
}

impl From<Event<'_>> for Kept {
    fn from(event: Event<'_>) -> Self {
        let what = match event.what {
            What::Preface => Owned::Preface,
            What::Frame { frame, block } => {
                // A view must hold on any payload, and the fields must read.
                let _ = format!("{:?}", frame.view());
                Owned::Frame {
                    header: frame.header,
                    payload: frame.payload.to_vec(),
                    block: block.cloned(),
                }
            }
            What::Foreign { protocol, bytes } => Owned::Foreign {
                protocol,
                bytes: bytes.to_vec(),
            },
            What::Cut { header, bytes } => Owned::Cut {
                header,
                bytes: bytes.to_vec(),
            },
        };
        Self {
            offset: event.span.offset,
            length: event.span.length,
            what,
        }
    }
}

/// All events of a direction whose bytes arrive in these chunks.
fn decode(direction: Direction, chunks: &[&[u8]]) -> Vec<Kept> {
    let mut decoder = Decoder::new(direction);
    let mut events = Vec::new();
    for mut chunk in chunks.iter().copied() {
        while let Some(event) = decoder.next(&mut chunk, Duration::ZERO) {
            events.push(Kept::from(event));
        }
        assert!(chunk.is_empty(), "all of the chunk is taken in");
    }
    events.extend(decoder.finish(Duration::ZERO).map(Kept::from));
    assert!(decoder.finish(Duration::ZERO).is_none());
    events
}

/// What the decoder says of the direction after these chunks.
fn foreign(direction: Direction, chunks: &[&[u8]]) -> Option<Protocol> {
    let mut decoder = Decoder::new(direction);
    for mut chunk in chunks.iter().copied() {
        while decoder.next(&mut chunk, Duration::ZERO).is_some() {}
    }
    decoder.foreign()
}

#[track_caller]
fn assert_tiles(events: &[Kept], length: usize, name: &str) {
    let mut end = 0;
    for event in events {
        assert_eq!(event.offset, end, "{name}: spans leave no gap");
        end += event.length;
        let bytes = match &event.what {
            Owned::Preface => 24,
            Owned::Frame {
                header,
                payload,
                block,
            } => {
                assert_eq!(header.length as usize, payload.len(), "{name}");
                for field in block.iter().flat_map(HeaderBlock::iter) {
                    assert!(
                        field.span.end() <= end,
                        "{name}: a field stands in what came"
                    );
                }
                9 + payload.len()
            }
            Owned::Foreign { bytes, .. } if bytes.len() == KEPT => event.length as usize,
            Owned::Foreign { bytes, .. } | Owned::Cut { bytes, .. } => bytes.len(),
        };
        assert_eq!(
            event.length as usize, bytes,
            "{name}: a span is as long as its bytes"
        );
    }
    assert_eq!(end as usize, length, "{name}: all bytes are accounted for");
}

/// Each direction of each conversation that is not empty, with a name.
fn inputs() -> Vec<(String, Direction, Vec<u8>)> {
    let mut texts: Vec<(String, String)> = CONVERSATIONS
        .iter()
        .enumerate()
        .map(|(place, text)| (format!("conversation {place}"), (*text).to_owned()))
        .collect();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    read_fixtures(&fixtures, &mut texts);
    assert!(texts.len() > CONVERSATIONS.len(), "the fixtures were found");
    texts
        .into_iter()
        .flat_map(|(name, text)| {
            let (sent, received) = parse(&text);
            [
                (format!("{name}, sent"), Direction::Sent, sent),
                (format!("{name}, received"), Direction::Received, received),
            ]
        })
        .filter(|(_, _, bytes)| !bytes.is_empty())
        .collect()
}

/// Adds the text of each `.hex` file in `folder` and below it.
fn read_fixtures(folder: &Path, texts: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read_fixtures(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "hex") {
            texts.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).expect("readable"),
            ));
        }
    }
}

/// The bytes sent and received in a text of hex digits: `>` and `<` start a direction, which goes on until the next;
/// `#` starts a comment.
fn parse(text: &str) -> (Vec<u8>, Vec<u8>) {
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    let mut direction = Direction::Sent;
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let digits = if let Some(digits) = line.strip_prefix('>') {
            direction = Direction::Sent;
            digits
        } else if let Some(digits) = line.strip_prefix('<') {
            direction = Direction::Received;
            digits
        } else {
            line
        };
        let digits: String = digits.split_whitespace().collect();
        let bytes = hex::decode(&digits).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        match direction {
            Direction::Sent => sent.extend(bytes),
            Direction::Received => received.extend(bytes),
        }
    }
    (sent, received)
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Xorshift) {
    if bytes.is_empty() {
        bytes.push(random.next() as u8);
    }
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => bytes[at] = random.next() as u8,
        1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, random.next() as u8),
        4 => drop(bytes.remove(at)),
        _ => {
            let end = (at + random.below(40)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, copy);
        }
    }
}

/// A small generator, seeded so that a failure comes back.
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}
