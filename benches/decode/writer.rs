//! Writes what the benchmarks read: frames, header blocks as gRPC clients send them, and captures of calls. It is small
//! and shares nothing with the reader.

/// The bytes that a client begins a connection with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// The initial largest frame (RFC 9113, 6.5.2), in bytes.
const FRAME: usize = 16 * 1024;

/// How much of a connection a packet carries, in bytes: what a card with segmentation offload hands over at most.
const SEGMENT: usize = 32_000;

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or_default();
    out.extend_from_slice(&length.to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// DATA frames of 16 KiB behind the SETTINGS of a server, at least so many bytes.
pub(crate) fn data_frames(length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 2 * FRAME);
    frame(&mut out, SETTINGS, 0, 0, b"");
    while out.len() < length {
        frame(&mut out, DATA, 0, 1, &[7; FRAME]);
    }
    out
}

/// So many frames of 4 to 8 bytes, of the types that come between messages.
pub(crate) fn small_frames(count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    frame(&mut out, SETTINGS, 0, 0, b"");
    for index in 0..count {
        match index % 3 {
            0 => frame(&mut out, WINDOW_UPDATE, 0, 1, &[0, 0, 1, 0]),
            1 => frame(&mut out, PING, 0, 0, b"datetime"),
            _ => frame(&mut out, DATA, 0, 1, b"\0\0\0\0\0"),
        }
    }
    out
}

/// Writes the header blocks of a connection (RFC 7541). What stays the same from call to call is indexed, as clients do
/// it; all else is a literal without indexing, so that the positions in the table never change.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    known: Vec<(&'static str, &'static str)>,
}

impl Fields {
    /// The fields of a request.
    pub(crate) fn request(&mut self, call: u32) -> Vec<u8> {
        // `:method: POST` and `:scheme: http` of the static table.
        let mut out = vec![0x83, 0x86];
        for (name, value) in [
            (":path", "/inventory.v1.StockService/Reserve"),
            (":authority", "stock.inventory.svc.cluster.local:50051"),
            ("content-type", "application/grpc"),
            ("user-agent", "grpc-go/1.65.0"),
            ("te", "trailers"),
            ("grpc-accept-encoding", "gzip"),
        ] {
            self.indexed(&mut out, name, value);
        }
        literal(&mut out, "grpc-timeout", &format!("{}m", 900 + call % 100));
        literal(&mut out, "x-request-id", &format!("{call:032x}"));
        out
    }

    /// The fields of a response.
    pub(crate) fn response(&mut self) -> Vec<u8> {
        let mut out = vec![0x88];
        self.indexed(&mut out, "content-type", "application/grpc");
        out
    }

    /// The trailers of a success.
    pub(crate) fn trailers(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.indexed(&mut out, "grpc-status", "0");
        self.indexed(&mut out, "grpc-message", "");
        out
    }

    fn indexed(&mut self, out: &mut Vec<u8>, name: &'static str, value: &'static str) {
        // The latest entry has the index 62.
        let known = self.known.iter().rev();
        let position = known.zip(62_u8..).find(|(it, _)| **it == (name, value));
        match position {
            Some((_, index)) => out.push(0x80 | index),
            None => {
                self.known.push((name, value));
                out.push(0x40);
                string(out, name);
                string(out, value);
            }
        }
    }
}

fn literal(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(0);
    string(out, name);
    string(out, value);
}

/// A string of fewer than 127 bytes, without Huffman coding.
fn string(out: &mut Vec<u8>, text: &str) {
    out.push(u8::try_from(text.len()).unwrap_or_default());
    out.extend_from_slice(text.as_bytes());
}

/// One connection in a pcapng file, little-endian, over Ethernet and IPv4.
#[derive(Debug)]
pub(crate) struct Capture {
    out: Vec<u8>,
    microseconds: u64,
    /// The next sequence number of the client, and of the server.
    next: [u32; 2],
}

impl Capture {
    /// A capture of so many unary calls whose replies have so many bytes.
    pub(crate) fn of_calls(calls: u32, reply: usize) -> Vec<u8> {
        let mut capture = Self {
            out: Vec::new(),
            microseconds: 1_700_000_000_000_000,
            next: [1_000, 9_000],
        };
        let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
        section.extend_from_slice(&[1, 0, 0, 0]);
        section.extend_from_slice(&[0xff; 8]);
        capture.block(0x0a0d_0d0a, &section);
        capture.block(1, &[1, 0, 0, 0, 0, 0, 0, 0]);
        capture.packet(0, 0x02, b"");
        capture.packet(1, 0x12, b"");
        let mut opening = PREFACE.to_vec();
        // SETTINGS_INITIAL_WINDOW_SIZE and the window of the connection: as large as they may be.
        frame(
            &mut opening,
            SETTINGS,
            0,
            0,
            &[0, 4, 0x7f, 0xff, 0xff, 0xff],
        );
        frame(&mut opening, WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0, 0]);
        capture.send(0, &opening);
        let mut opening = Vec::new();
        frame(&mut opening, SETTINGS, 0, 0, b"");
        capture.send(1, &opening);
        let (mut sent, mut received) = (Fields::default(), Fields::default());
        for call in 0..calls {
            capture.call(call, reply, &mut sent, &mut received);
        }
        capture.out
    }

    fn call(&mut self, call: u32, reply: usize, sent: &mut Fields, received: &mut Fields) {
        let stream = 2 * call + 1;
        let mut request = Vec::new();
        frame(
            &mut request,
            HEADERS,
            END_HEADERS,
            stream,
            &sent.request(call),
        );
        frame(&mut request, DATA, END_STREAM, stream, &message(24));
        self.send(0, &request);
        let mut response = Vec::new();
        frame(
            &mut response,
            HEADERS,
            END_HEADERS,
            stream,
            &received.response(),
        );
        for piece in message(reply).chunks(FRAME) {
            frame(&mut response, DATA, 0, stream, piece);
        }
        let flags = END_STREAM | END_HEADERS;
        frame(&mut response, HEADERS, flags, stream, &received.trailers());
        self.send(1, &response);
        self.packet(0, 0x10, b"");
    }

    fn send(&mut self, side: usize, bytes: &[u8]) {
        for segment in bytes.chunks(SEGMENT) {
            self.packet(side, 0x18, segment);
        }
    }

    /// Writes a packet that one side sends.
    fn packet(&mut self, side: usize, flags: u8, payload: &[u8]) {
        let length = u16::try_from(20 + 20 + payload.len()).unwrap_or_default();
        let mut packet = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0];
        packet.extend_from_slice(&[0x45, 0]);
        packet.extend_from_slice(&length.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0x40, 0, 64, 6, 0, 0]);
        let hosts = [[10, 0, 0, 1], [10, 0, 0, 2]];
        let ports = [40_000_u16, 50_051];
        packet.extend_from_slice(&hosts[side]);
        packet.extend_from_slice(&hosts[1 - side]);
        packet.extend_from_slice(&ports[side].to_be_bytes());
        packet.extend_from_slice(&ports[1 - side].to_be_bytes());
        packet.extend_from_slice(&self.next[side].to_be_bytes());
        packet.extend_from_slice(&self.next[1 - side].to_be_bytes());
        packet.extend_from_slice(&[0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend_from_slice(payload);
        // A SYN takes a sequence number.
        let taken = payload.len() + usize::from(flags & 2 != 0);
        self.next[side] = self.next[side].wrapping_add(u32::try_from(taken).unwrap_or_default());
        self.microseconds += 13;
        let length = u32::try_from(packet.len()).unwrap_or_default();
        let mut block = 0_u32.to_le_bytes().to_vec();
        let (high, low) = (self.microseconds >> 32, self.microseconds & 0xffff_ffff);
        for part in [high, low] {
            let part = u32::try_from(part).unwrap_or_default();
            block.extend_from_slice(&part.to_le_bytes());
        }
        block.extend_from_slice(&length.to_le_bytes());
        block.extend_from_slice(&length.to_le_bytes());
        block.extend_from_slice(&packet);
        self.block(6, &block);
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        let padded = body.len().next_multiple_of(4);
        let length = u32::try_from(padded + 12).unwrap_or_default().to_le_bytes();
        self.out.extend_from_slice(&kind.to_le_bytes());
        self.out.extend_from_slice(&length);
        self.out.extend_from_slice(body);
        self.out.resize(self.out.len() + padded - body.len(), 0);
        self.out.extend_from_slice(&length);
    }
}

/// A length-prefixed message of so many bytes, at least 6: one field of type bytes, its length a varint of four bytes.
fn message(length: usize) -> Vec<u8> {
    let content = length - 5;
    let mut out = vec![0];
    out.extend_from_slice(&u32::try_from(length).unwrap_or_default().to_be_bytes());
    out.push(0x0a);
    for place in 0..4 {
        let digit = u8::try_from(content >> (7 * place) & 0x7f).unwrap_or_default();
        out.push(if place < 3 { digit | 0x80 } else { digit });
    }
    out.resize(out.len() + content, b'a');
    out
}
