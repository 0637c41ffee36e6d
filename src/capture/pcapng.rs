//! Captures in pcapng (draft-ietf-opsawg-pcapng), written so that Wireshark opens them.
//!
//! What was seen is the bytes of connections and their times. The packets around them are made up: a TCP connection
//! as the bytes would make on an Ethernet that loses nothing, each segment acknowledging all that came before it from
//! the other side.

mod packet;

use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::time::Duration;

use self::packet::{ACK, FIN, PSH, RST, SYN, Segment};
use crate::wire::Direction;

/// The most bytes that a segment carries. With its TCP and IP headers, 88 bytes at most, it fits in the 65,535 that
/// the lengths of IPv4 and IPv6 can say.
pub const SEGMENT_MAX: usize = 65_000;

/// Types of blocks, each from the section of its name.
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;

/// By which a reader tells the byte order.
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Secrets that are a TLS key log: the letters `TLSK`.
const TLS_KEY_LOG: u32 = 0x544c_534b;

const LINKTYPE_ETHERNET: u16 = 1;

/// Codes of options.
const COMMENT: u16 = 1;
const USER_APPLICATION: u16 = 4;
const TIMESTAMP_RESOLUTION: u16 = 9;

/// Times are in units of 10 to the power of minus this, in seconds.
const NANOSECONDS: u8 = 9;

/// What is said to whoever looks at the capture's properties.
const MADE_UP: &str = "The bytes that TCP carries and their times are as seen; Ethernet, IP and TCP are made up around them, \
                       acknowledgments included.";

/// A side's first sequence number lies this much above that of the connection before it: a SYN with the number of
/// an earlier one between the same ports would be read as its retransmission.
const SEQUENCE_STEP: u32 = 64_001;

/// Writes a capture.
#[derive(Debug)]
pub struct Writer<W: Write> {
    to: BufWriter<W>,
    /// How many connections there were.
    connections: u32,
    /// The headers of the packet that is being written.
    headers: Vec<u8>,
}

/// One connection of a capture. It needs not be ended: a connection may outlast its capture.
#[derive(Debug)]
pub struct Connection {
    client: Side,
    server: Side,
}

#[derive(Debug)]
struct Side {
    address: SocketAddr,
    /// The sequence number of its next byte.
    next: u32,
}

/// How one direction of a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With FIN.
    Closed,
    /// With RST.
    Reset,
}

impl<W: Write> Writer<W> {
    /// Begins a capture, and lets it reach `to`.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn new(to: W) -> io::Result<Self> {
        let mut to = BufWriter::new(to);
        let mut section = BYTE_ORDER_MAGIC.to_le_bytes().to_vec();
        // The version, 1.0.
        section.extend([1, 0, 0, 0]);
        // The section's length is not known beforehand.
        section.extend(u64::MAX.to_le_bytes());
        option(&mut section, COMMENT, MADE_UP.as_bytes());
        let application = concat!("grpc-probe ", env!("CARGO_PKG_VERSION"));
        option(&mut section, USER_APPLICATION, application.as_bytes());
        end_of_options(&mut section);
        block(&mut to, SECTION_HEADER, &[&section])?;

        let mut interface = LINKTYPE_ETHERNET.to_le_bytes().to_vec();
        // Two reserved bytes, and no limit to what is captured of a packet.
        interface.extend([0; 6]);
        option(&mut interface, TIMESTAMP_RESOLUTION, &[NANOSECONDS]);
        end_of_options(&mut interface);
        block(&mut to, INTERFACE_DESCRIPTION, &[&interface])?;
        to.flush()?;
        Ok(Self {
            to,
            connections: 0,
            headers: Vec::new(),
        })
    }

    /// Writes TLS secrets, as lines of a key log (RFC 9850). They decrypt the packets that come after them.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn secrets(&mut self, key_log: &str) -> io::Result<()> {
        let kind = TLS_KEY_LOG.to_le_bytes();
        let length = length(key_log.len())?.to_le_bytes();
        let parts = [&kind[..], &length, key_log.as_bytes()];
        block(&mut self.to, DECRYPTION_SECRETS, &parts)
    }

    /// Opens a connection: the client's SYN at `at`, since the Unix epoch, and the rest of the handshake `took` later.
    /// Where one address is of IPv4 and the other of IPv6, both are written as IPv6.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn connect(
        &mut self,
        client: SocketAddr,
        server: SocketAddr,
        at: Duration,
        took: Duration,
    ) -> io::Result<Connection> {
        let first = self.connections.wrapping_mul(SEQUENCE_STEP);
        self.connections = self.connections.wrapping_add(1);
        let side = |address| Side {
            address,
            next: first,
        };
        let mut connection = Connection {
            client: side(client),
            server: side(server),
        };
        let established = at.saturating_add(took);
        self.segment(&mut connection, Direction::Sent, SYN, &[], at)?;
        self.segment(
            &mut connection,
            Direction::Received,
            SYN | ACK,
            &[],
            established,
        )?;
        self.segment(&mut connection, Direction::Sent, ACK, &[], established)?;
        Ok(connection)
    }

    /// Writes bytes of one direction that were seen at `at`, since the Unix epoch.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn bytes(
        &mut self,
        connection: &mut Connection,
        direction: Direction,
        bytes: &[u8],
        at: Duration,
    ) -> io::Result<()> {
        let mut segments = bytes.chunks(SEGMENT_MAX).peekable();
        while let Some(payload) = segments.next() {
            let last = segments.peek().is_none();
            let flags = if last { PSH | ACK } else { ACK };
            self.segment(connection, direction, flags, payload, at)?;
        }
        Ok(())
    }

    /// Ends one direction of a connection; a reset ends both.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub fn end(
        &mut self,
        connection: &mut Connection,
        direction: Direction,
        end: End,
        at: Duration,
    ) -> io::Result<()> {
        let flags = match end {
            End::Closed => FIN | ACK,
            End::Reset => RST | ACK,
        };
        self.segment(connection, direction, flags, &[], at)
    }

    /// Lets all of the capture reach its file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.to.flush()
    }

    fn segment(
        &mut self,
        connection: &mut Connection,
        direction: Direction,
        flags: u8,
        payload: &[u8],
        at: Duration,
    ) -> io::Result<()> {
        let (from, to) = match direction {
            Direction::Sent => (&mut connection.client, &connection.server),
            Direction::Received => (&mut connection.server, &connection.client),
        };
        let acknowledges = flags & ACK != 0;
        let segment = Segment {
            direction,
            from: from.address,
            to: to.address,
            sequence: from.next,
            acknowledgment: if acknowledges { to.next } else { 0 },
            flags,
            payload,
        };
        self.headers.clear();
        segment.headers(&mut self.headers);
        // SYN and FIN count as a byte each (RFC 9293, 3.4).
        from.advance(payload.len() as u64 + u64::from(flags & (SYN | FIN) != 0));

        let captured = length(self.headers.len() + payload.len())?;
        let nanoseconds = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        let mut fixed = [0; 20];
        // The interface is the first, 0. The time's upper half goes first, whatever the byte order.
        fixed[4..8].copy_from_slice(&((nanoseconds >> 32) as u32).to_le_bytes());
        fixed[8..12].copy_from_slice(&(nanoseconds as u32).to_le_bytes());
        fixed[12..16].copy_from_slice(&captured.to_le_bytes());
        fixed[16..].copy_from_slice(&captured.to_le_bytes());
        let parts = [&fixed[..], &self.headers, payload];
        block(&mut self.to, ENHANCED_PACKET, &parts)
    }
}

impl Connection {
    /// Leaves out bytes of a direction that were not seen: its sequence numbers jump.
    pub fn missing(&mut self, direction: Direction, bytes: u64) {
        match direction {
            Direction::Sent => self.client.advance(bytes),
            Direction::Received => self.server.advance(bytes),
        }
    }
}

impl Side {
    fn advance(&mut self, bytes: u64) {
        // Sequence numbers are modulo 2³² (RFC 9293, 3.4).
        self.next = self.next.wrapping_add(bytes as u32);
    }
}

/// Writes a block of these parts.
fn block(to: &mut impl Write, kind: u32, parts: &[&[u8]]) -> io::Result<()> {
    let body: usize = parts.iter().map(|part| part.len()).sum();
    let padding = padding(body);
    // Its type, and its length before and after the body.
    let total = length(4 + 4 + body + padding.len() + 4)?.to_le_bytes();
    to.write_all(&kind.to_le_bytes())?;
    to.write_all(&total)?;
    for part in parts {
        to.write_all(part)?;
    }
    to.write_all(padding)?;
    to.write_all(&total)
}

fn option(to: &mut Vec<u8>, code: u16, value: &'static [u8]) {
    to.extend(code.to_le_bytes());
    // All values are our own, and short.
    to.extend((value.len() as u16).to_le_bytes());
    to.extend(value);
    to.extend(padding(value.len()));
}

fn end_of_options(to: &mut Vec<u8>) {
    to.extend([0; 4]);
}

/// What brings a length to a multiple of four.
fn padding(length: usize) -> &'static [u8] {
    &[0; 3][..length.next_multiple_of(4) - length]
}

fn length(bytes: usize) -> io::Result<u32> {
    u32::try_from(bytes).map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "a block of a capture is shorter than 4 GiB",
        )
    })
}
