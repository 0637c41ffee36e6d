//! A writer of HTTP/2 frames and of HPACK that keeps no rule unless told to, and a reader of frame headers.
//!
//! Written from RFC 9113 and RFC 7541 alone: what the crate is tested against must share nothing with it.

use super::huffman;

/// What a client sends first.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Length of a frame header.
pub const HEADER: usize = 9;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const ACK: u8 = 0x1;
pub const END_STREAM: u8 = 0x1;
pub const END_HEADERS: u8 = 0x4;
pub const PADDED: u8 = 0x8;
pub const PRIORITY_FLAG: u8 = 0x20;

pub const SETTING_NAMES: &[(&str, u32)] = &[
    ("HEADER_TABLE_SIZE", 1),
    ("ENABLE_PUSH", 2),
    ("MAX_CONCURRENT_STREAMS", 3),
    ("INITIAL_WINDOW_SIZE", 4),
    ("MAX_FRAME_SIZE", 5),
    ("MAX_HEADER_LIST_SIZE", 6),
    ("ENABLE_CONNECT_PROTOCOL", 8),
    ("NO_RFC7540_PRIORITIES", 9),
];

pub const ERROR_NAMES: &[(&str, u32)] = &[
    ("NO_ERROR", 0),
    ("PROTOCOL_ERROR", 1),
    ("INTERNAL_ERROR", 2),
    ("FLOW_CONTROL_ERROR", 3),
    ("SETTINGS_TIMEOUT", 4),
    ("STREAM_CLOSED", 5),
    ("FRAME_SIZE_ERROR", 6),
    ("REFUSED_STREAM", 7),
    ("CANCEL", 8),
    ("COMPRESSION_ERROR", 9),
    ("CONNECT_ERROR", 10),
    ("ENHANCE_YOUR_CALM", 11),
    ("INADEQUATE_SECURITY", 12),
    ("HTTP_1_1_REQUIRED", 13),
];

/// One frame. To read, `length` is the payload's; to write, a length of its own makes the header lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub reserved: bool,
    pub payload: Vec<u8>,
    /// What the header says where that is not the payload's length.
    pub length: Option<u32>,
}

impl Frame {
    pub fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            flags,
            stream,
            payload: payload.into(),
            ..Self::default()
        }
    }

    /// Puts the payload between a pad length and that many zeros.
    pub fn padded(mut self, padding: u8) -> Self {
        self.flags |= PADDED;
        self.payload.insert(0, padding);
        self.payload.extend(std::iter::repeat_n(0, padding.into()));
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let length = self.length.unwrap_or(self.payload.len() as u32);
        let mut out = length.to_be_bytes()[1..].to_vec();
        out.extend([self.kind, self.flags]);
        out.extend((self.stream | u32::from(self.reserved) << 31).to_be_bytes());
        out.extend(&self.payload);
        out
    }
}

pub fn data(stream: u32, payload: impl Into<Vec<u8>>, end_stream: bool) -> Frame {
    Frame::new(
        DATA,
        if end_stream { END_STREAM } else { 0 },
        stream,
        payload,
    )
}

/// A whole block of headers in one frame.
pub fn headers(stream: u32, block: impl Into<Vec<u8>>, end_stream: bool) -> Frame {
    Frame::new(
        HEADERS,
        END_HEADERS | if end_stream { END_STREAM } else { 0 },
        stream,
        block,
    )
}

pub fn continuation(stream: u32, block: impl Into<Vec<u8>>, end_headers: bool) -> Frame {
    Frame::new(
        CONTINUATION,
        if end_headers { END_HEADERS } else { 0 },
        stream,
        block,
    )
}

pub fn settings(parameters: &[(u16, u32)]) -> Frame {
    let payload: Vec<u8> = parameters
        .iter()
        .flat_map(|(name, value)| name.to_be_bytes().into_iter().chain(value.to_be_bytes()))
        .collect();
    Frame::new(SETTINGS, 0, 0, payload)
}

pub fn settings_ack() -> Frame {
    Frame::new(SETTINGS, ACK, 0, [])
}

pub fn rst_stream(stream: u32, code: u32) -> Frame {
    Frame::new(RST_STREAM, 0, stream, code.to_be_bytes())
}

pub fn goaway(last: u32, code: u32, debug: &[u8]) -> Frame {
    let mut payload = last.to_be_bytes().to_vec();
    payload.extend(code.to_be_bytes());
    payload.extend(debug);
    Frame::new(GOAWAY, 0, 0, payload)
}

pub fn ping(ack: bool, opaque: [u8; 8]) -> Frame {
    Frame::new(PING, u8::from(ack), 0, opaque)
}

pub fn window_update(stream: u32, increment: u32) -> Frame {
    Frame::new(WINDOW_UPDATE, 0, stream, increment.to_be_bytes())
}

/// The five bytes of a PRIORITY frame, which a HEADERS frame may also begin with. `weight` is 1 to 256.
pub fn priority_fields(exclusive: bool, depends: u32, weight: u16) -> Vec<u8> {
    let mut out = (depends | u32::from(exclusive) << 31)
        .to_be_bytes()
        .to_vec();
    out.push(weight.saturating_sub(1) as u8);
    out
}

pub fn push_promise(stream: u32, promised: u32, block: &[u8]) -> Frame {
    let mut payload = promised.to_be_bytes().to_vec();
    payload.extend(block);
    Frame::new(PUSH_PROMISE, END_HEADERS, stream, payload)
}

/// A Length-Prefixed-Message.
pub fn message(flag: u8, message: &[u8]) -> Vec<u8> {
    let mut out = vec![flag];
    out.extend((message.len() as u32).to_be_bytes());
    out.extend(message);
    out
}

/// How a literal is written: RFC 7541 section 6.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    Incremental,
    Without,
    Never,
}

/// The name of a literal: an index into the tables, or spelled out.
#[derive(Clone, Copy, Debug)]
pub enum Name<'a> {
    Index(u64),
    Text(&'a [u8]),
}

/// Writes one block of header fields. It keeps no table: an index is what the caller says it is.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub bytes: Vec<u8>,
}

impl Block {
    pub fn new() -> Self {
        Self::default()
    }

    /// Both name and value from the tables.
    pub fn indexed(mut self, index: u64) -> Self {
        integer(&mut self.bytes, 0x80, 7, index);
        self
    }

    pub fn literal(
        mut self,
        literal: Literal,
        name: Name<'_>,
        value: &[u8],
        huffman: bool,
    ) -> Self {
        let (pattern, prefix) = match literal {
            Literal::Incremental => (0x40, 6),
            Literal::Without => (0x00, 4),
            Literal::Never => (0x10, 4),
        };
        match name {
            Name::Index(index) => integer(&mut self.bytes, pattern, prefix, index),
            Name::Text(name) => {
                self.bytes.push(pattern);
                string(&mut self.bytes, name, huffman);
            }
        }
        string(&mut self.bytes, value, huffman);
        self
    }

    /// The plainest literal: no table, no Huffman code.
    pub fn field(self, name: &str, value: &str) -> Self {
        self.literal(
            Literal::Without,
            Name::Text(name.as_bytes()),
            value.as_bytes(),
            false,
        )
    }

    /// A dynamic table size update.
    pub fn size(mut self, size: u64) -> Self {
        integer(&mut self.bytes, 0x20, 5, size);
        self
    }

    /// Bytes that need mean nothing.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }
}

/// An integer with an N-bit prefix: RFC 7541 section 5.1.
pub fn integer(out: &mut Vec<u8>, pattern: u8, prefix: u8, mut value: u64) {
    let max = (1 << prefix) - 1;
    if value < max {
        out.push(pattern | value as u8);
        return;
    }
    out.push(pattern | max as u8);
    value -= max;
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn string(out: &mut Vec<u8>, octets: &[u8], huffman: bool) {
    let encoded;
    let (pattern, octets) = if huffman {
        encoded = huffman::encode(octets);
        (0x80, encoded.as_slice())
    } else {
        (0, octets)
    };
    integer(out, pattern, 7, octets.len() as u64);
    out.extend(octets);
}

/// The first frame of `bytes` and how long it is, if it is there whole.
pub fn read_one(bytes: &[u8]) -> Option<(Frame, usize)> {
    let header = bytes.get(..HEADER)?;
    let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
    let stream = u32::from_be_bytes([header[5], header[6], header[7], header[8]]);
    let payload = bytes.get(HEADER..HEADER + length)?;
    let mut frame = Frame::new(header[3], header[4], stream & 0x7fff_ffff, payload);
    frame.reserved = stream >> 31 == 1;
    Some((frame, HEADER + length))
}

/// All whole frames of `bytes`, without a preface that may stand before them, and what is left over.
pub fn read_all(bytes: &[u8]) -> (Vec<Frame>, &[u8]) {
    let mut rest = bytes.strip_prefix(PREFACE).unwrap_or(bytes);
    let mut frames = Vec::new();
    while let Some((frame, length)) = read_one(rest) {
        frames.push(frame);
        rest = &rest[length..];
    }
    (frames, rest)
}
