//! Conversations: some by hand, and those of all fixtures in hexadecimal.

use std::path::Path;

use grpc_probe::wire::Direction;

/// Conversations: `>` starts bytes that the client sent, `<` bytes that it received.
pub(crate) const CONVERSATIONS: [&str; 9] = [
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

/// Each direction of each conversation that is not empty, with a name.
pub(crate) fn inputs() -> Vec<(String, Direction, Vec<u8>)> {
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
pub(crate) fn read_fixtures(folder: &Path, texts: &mut Vec<(String, String)>) {
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
pub(crate) fn parse(text: &str) -> (Vec<u8>, Vec<u8>) {
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
