//! What a peer may speak instead of HTTP/2, recognised by its first bytes.

use std::time::Duration;

use super::frame::{FrameHeader, FrameType, HEADER_LENGTH};
use super::{Decoder, Direction, What};

/// The client connection preface (RFC 9113, 3.4).
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How many bytes of foreign input an event keeps: enough for an HTTP/1.1 error page with its headers.
pub const KEPT: usize = 64 * 1024;

/// A protocol other than HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// An HTTP/1.x response (`HTTP/1.1 400 …`).
    Http1Response,
    /// An HTTP/1.x request (`POST / HTTP/1.1`).
    Http1Request,
    /// A TLS alert record.
    TlsAlert {
        /// 1 is warning, 2 is fatal.
        level: u8,
        /// The alert's description code (RFC 8446, 6).
        description: u8,
    },
    /// Another TLS record: handshake, change cipher spec, application data.
    TlsRecord,
    /// An SSH identification string.
    Ssh,
    /// A greeting such as SMTP's or FTP's: three digits, then a space or a dash.
    Greeting,
    /// Other readable text.
    Text,
    /// Bytes that are neither text nor an HTTP/2 frame.
    Binary,
}

impl Protocol {
    /// The protocol of a server that sent `bytes`; `None` if it is HTTP/2.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        let mut decoder = Decoder::new(Direction::Received);
        let mut rest = bytes;
        while decoder.next(&mut rest, Duration::ZERO).is_some() {}
        let early = decoder.foreign();
        early.or_else(|| match decoder.finish(Duration::ZERO)?.what {
            What::Foreign { protocol, .. } => Some(protocol),
            _ => None,
        })
    }
}

/// How a direction starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// With the client connection preface.
    Preface,
    /// With a frame.
    Frame,
    /// With something that is not HTTP/2.
    Foreign(Protocol),
}

/// The largest payload before a SETTINGS frame allows more, in bytes (RFC 9113, 4.2).
const INITIAL_FRAME_SIZE: u32 = 16_384;

/// The largest fragment of a TLS record, with room for what encryption adds, in bytes (RFC 5246, 6.2.3).
const TLS_RECORD_SIZE: u16 = 16_384 + 2048;

/// What an HTTP/1.x request line starts with. The HTTP/2 preface is made to look like one; an echo sends it back.
const METHODS: [&[u8]; 10] = [
    b"CONNECT ",
    b"DELETE ",
    b"GET ",
    b"HEAD ",
    b"OPTIONS ",
    b"PATCH ",
    b"POST ",
    b"PRI ",
    b"PUT ",
    b"TRACE ",
];

/// What an HTTP/1.x status line starts with.
const STATUS_LINE: &[u8] = b"HTTP/";

/// How a direction that starts with `bytes` starts, if that can be told yet. To be asked for each prefix in turn
/// until it answers, so that the answer does not depend on how the bytes arrive: at most [`PREFACE`]'s length.
///
/// SETTINGS, which has to come first, is recognised by its type and a length that is allowed: text and TLS, whose first
/// byte is not zero, never look so. Another type, as where a capture starts in the middle of a connection or a peer
/// forgets SETTINGS, is a frame only where its length and stream are what RFC 9113 wants of it.
pub(super) fn opening(direction: Direction, bytes: &[u8]) -> Option<Opening> {
    if direction == Direction::Sent && PREFACE.starts_with(bytes) {
        return (bytes.len() == PREFACE.len()).then_some(Opening::Preface);
    }
    let &[a, b, c, kind, ..] = bytes else {
        return None;
    };
    if u32::from_be_bytes([0, a, b, c]) <= INITIAL_FRAME_SIZE {
        if FrameType(kind) == FrameType::SETTINGS {
            return Some(Opening::Frame);
        }
        let header = FrameHeader::parse(bytes.first_chunk::<HEADER_LENGTH>()?);
        return if header.has_shape() {
            Some(Opening::Frame)
        } else {
            protocol(bytes).map(Opening::Foreign)
        };
    }
    if is_tls_record([a, b, c]) {
        let length = u16::from_be_bytes([kind, *bytes.get(4)?]);
        if length <= TLS_RECORD_SIZE {
            return tls(bytes, length).map(Opening::Foreign);
        }
    }
    let has_long_frames = matches!(
        FrameType(kind),
        FrameType::DATA | FrameType::HEADERS | FrameType::PUSH_PROMISE | FrameType::CONTINUATION
    );
    if has_long_frames {
        let header = FrameHeader::parse(bytes.first_chunk::<HEADER_LENGTH>()?);
        let regular = header.undefined_flags() == 0 && !header.reserved && header.stream != 0;
        if regular && !is_text(bytes) {
            return Some(Opening::Frame);
        }
    }
    protocol(bytes).map(Opening::Foreign)
}

/// What a direction that ended after `bytes`, for which [`opening`] has no answer, carried: `None` if it may have
/// been HTTP/2.
pub(super) fn cut_short(direction: Direction, bytes: &[u8]) -> Option<Protocol> {
    if bytes.is_empty() || direction == Direction::Sent && PREFACE.starts_with(bytes) {
        return None;
    }
    let digit = |place: usize| bytes.get(place).copied().unwrap_or(0);
    let start = [digit(0), digit(1), digit(2)];
    if bytes.len() >= 2 && is_tls_record(start) {
        return Some(Protocol::TlsRecord);
    }
    if is_text(bytes) {
        let status_line = bytes.len() >= 4 && STATUS_LINE.starts_with(bytes);
        return Some(if status_line {
            Protocol::Http1Response
        } else {
            Protocol::Text
        });
    }
    let [a, b, c] = start;
    let may_be_frame = bytes.len() > 3 || u32::from_be_bytes([0, a, b, c]) <= INITIAL_FRAME_SIZE;
    (!may_be_frame).then_some(Protocol::Binary)
}

/// Whether bytes begin like a request line of HTTP/1.x, or like the preface of HTTP/2.
#[must_use]
pub fn is_request(bytes: &[u8]) -> bool {
    METHODS.iter().any(|method| bytes.starts_with(method))
}

/// The protocol of what is known not to be HTTP/2 or TLS. Nine bytes are enough.
fn protocol(bytes: &[u8]) -> Option<Protocol> {
    if !is_text(bytes) {
        return Some(Protocol::Binary);
    }
    if bytes.starts_with(STATUS_LINE) {
        return Some(Protocol::Http1Response);
    }
    if is_request(bytes) {
        return Some(Protocol::Http1Request);
    }
    match bytes {
        [b'S', b'S', b'H', b'-', ..] => Some(Protocol::Ssh),
        [a, b, c, b' ' | b'-', ..] if [a, b, c].iter().all(|digit| digit.is_ascii_digit()) => {
            Some(Protocol::Greeting)
        }
        _ => (bytes.len() >= HEADER_LENGTH).then_some(Protocol::Text),
    }
}

/// What a TLS record is, whose header says that its fragment has `length` bytes.
fn tls(bytes: &[u8], length: u16) -> Option<Protocol> {
    const ALERT: u8 = 21;
    if bytes[0] != ALERT || length != 2 {
        return Some(Protocol::TlsRecord);
    }
    let (&level, &description) = (bytes.get(5)?, bytes.get(6)?);
    Some(Protocol::TlsAlert { level, description })
}

/// Whether a TLS record may start so: change cipher spec to heartbeat, SSL 3.0 to TLS 1.3.
const fn is_tls_record(start: [u8; 3]) -> bool {
    matches!(start, [0x14..=0x18, 3, 0..=4])
}

/// Whether all of `bytes` is readable text, in UTF-8, the last character perhaps cut.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer, and how many bytes it took; at the end of input otherwise.
    fn told(direction: Direction, bytes: &[u8]) -> (Option<Opening>, usize) {
        for length in 1..=bytes.len() {
            if let Some(opening) = opening(direction, &bytes[..length]) {
                assert!(length <= PREFACE.len());
                return (Some(opening), length);
            }
        }
        (
            cut_short(direction, bytes).map(Opening::Foreign),
            bytes.len(),
        )
    }

    fn received(bytes: &[u8]) -> (Option<Opening>, usize) {
        told(Direction::Received, bytes)
    }

    fn foreign(protocol: Protocol, length: usize) -> (Option<Opening>, usize) {
        (Some(Opening::Foreign(protocol)), length)
    }

    #[test]
    fn the_preface_is_told_by_its_last_byte() {
        assert_eq!(told(Direction::Sent, PREFACE), (Some(Opening::Preface), 24));
        assert_eq!(told(Direction::Sent, &PREFACE[..23]), (None, 23));
        let other = b"PRI * HTTP/1.1\r\n";
        assert_eq!(
            told(Direction::Sent, other),
            foreign(Protocol::Http1Request, 12)
        );
        assert_eq!(received(PREFACE), foreign(Protocol::Http1Request, 4));
    }

    #[test]
    fn frames_are_told_by_length_and_type() {
        let frame = |length| (Some(Opening::Frame), length);
        assert_eq!(received(b"\0\0\x12\x04\0\0\0\0\0"), frame(4));
        assert_eq!(told(Direction::Sent, b"\0\0\x12\x04\0\0\0\0\0"), frame(4));
        assert_eq!(received(b"\0\x40\0\xff\0\0\0\0\0"), frame(9));
        assert_eq!(received(b"\0\0\x08\x06\0\0\0\0\0"), frame(9));
        // Not the length of RST_STREAM; DATA on stream 0.
        assert_eq!(
            received(b"\0\x01\x02\x03\x04\x05\x06\x07\x08"),
            foreign(Protocol::Binary, 9)
        );
        assert_eq!(received(&[0; 9]), foreign(Protocol::Binary, 9));
        assert_eq!(received(b"\x10\0\0\0\x01\0\0\0\x01"), frame(9));
        // Too long for its type, undefined flags, no stream, the reserved bit.
        assert_eq!(
            received(b"\x10\0\0\x06\0\0\0\0\0"),
            foreign(Protocol::Binary, 4)
        );
        assert_eq!(
            received(b"\x4a\0\0\0\x0a8.0."),
            foreign(Protocol::Binary, 9)
        );
        assert_eq!(
            received(b"\x10\0\0\0\0\0\0\0\0"),
            foreign(Protocol::Binary, 9)
        );
        assert_eq!(
            received(b"\x10\0\0\0\0\x80\0\0\x01"),
            foreign(Protocol::Binary, 9)
        );
    }

    #[test]
    fn a_header_cut_short_may_be_a_frame() {
        for bytes in [
            &b""[..],
            b"\0",
            b"\0\0",
            b"\0\0\x12",
            b"\x10\0\0\0",
            b"\x10\0\0\0\0\0\0",
        ] {
            assert_eq!(received(bytes), (None, bytes.len()), "{bytes:?}");
        }
        assert_eq!(received(b"\x80"), foreign(Protocol::Binary, 1));
        assert_eq!(received(b"\0\x80"), foreign(Protocol::Binary, 2));
    }

    #[test]
    fn http1_ssh_and_greetings() {
        assert_eq!(
            received(b"HTTP/1.1 400 Bad"),
            foreign(Protocol::Http1Response, 5)
        );
        assert_eq!(received(b"HTTP"), foreign(Protocol::Http1Response, 4));
        assert_eq!(
            received(b"POST / HTTP/1.1"),
            foreign(Protocol::Http1Request, 5)
        );
        assert_eq!(
            told(Direction::Sent, b"POST / "),
            foreign(Protocol::Http1Request, 5)
        );
        assert_eq!(
            told(Direction::Sent, b"OPTIONS *"),
            foreign(Protocol::Http1Request, 8)
        );
        assert_eq!(received(b"SSH-2.0-OpenSSH"), foreign(Protocol::Ssh, 4));
        assert_eq!(received(b"220 mail"), foreign(Protocol::Greeting, 4));
        assert_eq!(received(b"220-mail"), foreign(Protocol::Greeting, 4));
    }

    #[test]
    fn tls_records() {
        let alert = Protocol::TlsAlert {
            level: 2,
            description: 70,
        };
        assert_eq!(received(b"\x15\x03\x03\0\x02\x02\x46"), foreign(alert, 7));
        assert_eq!(
            received(b"\x15\x03\x03\0\x02\x02"),
            foreign(Protocol::TlsRecord, 6)
        );
        assert_eq!(received(b"\x15\x03"), foreign(Protocol::TlsRecord, 2));
        assert_eq!(
            received(b"\x15\x03\x03\0\x1a123"),
            foreign(Protocol::TlsRecord, 5)
        );
        let hello = b"\x16\x03\x01\x02\0\x01";
        assert_eq!(
            told(Direction::Sent, hello),
            foreign(Protocol::TlsRecord, 5)
        );
        assert_eq!(
            received(b"\x16\x03\x01\xff\0\x01"),
            foreign(Protocol::Binary, 5)
        );
    }

    #[test]
    fn text_and_binary() {
        assert_eq!(received(b"OK\n"), foreign(Protocol::Text, 3));
        assert_eq!(received(b"OK\r\n"), foreign(Protocol::Text, 4));
        assert_eq!(received(b"abc\tdefghij"), foreign(Protocol::Text, 9));
        assert_eq!(received(b"<html><body>"), foreign(Protocol::Text, 9));
        assert_eq!(
            received("\u{feff}héllo wörld".as_bytes()),
            foreign(Protocol::Text, 9)
        );
        assert_eq!(received(b"\x1f\x8b\x08\x10"), foreign(Protocol::Binary, 4));
        assert_eq!(received(b"GIF89a\0\0\0"), foreign(Protocol::Binary, 7));
    }
}
