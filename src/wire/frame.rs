//! Frames (RFC 9113, 4.1 and 6): the nine-byte header; the views of each type's payload are in [`super::payload`].

use super::payload::Payload;

/// Length of a frame header, in bytes.
pub const HEADER_LENGTH: usize = 9;

/// A frame's type. Unknown values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameType(pub u8);

impl FrameType {
    /// Body octets (6.1).
    pub const DATA: Self = Self(0x0);
    /// Opens a header block (6.2).
    pub const HEADERS: Self = Self(0x1);
    /// Deprecated priority (6.3).
    pub const PRIORITY: Self = Self(0x2);
    /// Ends a stream at once (6.4).
    pub const RST_STREAM: Self = Self(0x3);
    /// Connection parameters (6.5).
    pub const SETTINGS: Self = Self(0x4);
    /// Announces a pushed stream (6.6).
    pub const PUSH_PROMISE: Self = Self(0x5);
    /// Liveness (6.7).
    pub const PING: Self = Self(0x6);
    /// Ends the connection (6.8).
    pub const GOAWAY: Self = Self(0x7);
    /// Flow control (6.9).
    pub const WINDOW_UPDATE: Self = Self(0x8);
    /// Goes on with a header block (6.10).
    pub const CONTINUATION: Self = Self(0x9);

    /// The type's name, for the ten of RFC 9113 and the registered extensions.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0x0 => "DATA",
            0x1 => "HEADERS",
            0x2 => "PRIORITY",
            0x3 => "RST_STREAM",
            0x4 => "SETTINGS",
            0x5 => "PUSH_PROMISE",
            0x6 => "PING",
            0x7 => "GOAWAY",
            0x8 => "WINDOW_UPDATE",
            0x9 => "CONTINUATION",
            0xa => "ALTSVC",
            0xc => "ORIGIN",
            0x10 => "PRIORITY_UPDATE",
            _ => return None,
        })
    }

    /// The flags that RFC 9113 defines for the type, in bit order, with their names.
    const fn flags(self) -> &'static [(u8, &'static str)] {
        match self {
            Self::DATA => &[(Flags::END_STREAM, "END_STREAM"), (Flags::PADDED, "PADDED")],
            Self::HEADERS => &[
                (Flags::END_STREAM, "END_STREAM"),
                (Flags::END_HEADERS, "END_HEADERS"),
                (Flags::PADDED, "PADDED"),
                (Flags::PRIORITY, "PRIORITY"),
            ],
            Self::SETTINGS | Self::PING => &[(Flags::ACK, "ACK")],
            Self::PUSH_PROMISE => &[
                (Flags::END_HEADERS, "END_HEADERS"),
                (Flags::PADDED, "PADDED"),
            ],
            Self::CONTINUATION => &[(Flags::END_HEADERS, "END_HEADERS")],
            _ => &[],
        }
    }
}

/// A frame's flags octet. What a bit means depends on the type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// On DATA and HEADERS: the sender's last frame on the stream.
    pub const END_STREAM: u8 = 0x1;
    /// On SETTINGS and PING: an acknowledgement.
    pub const ACK: u8 = 0x1;
    /// On HEADERS, PUSH_PROMISE and CONTINUATION: the header block ends here.
    pub const END_HEADERS: u8 = 0x4;
    /// On DATA, HEADERS and PUSH_PROMISE: padding is present.
    pub const PADDED: u8 = 0x8;
    /// On HEADERS: priority fields are present.
    pub const PRIORITY: u8 = 0x20;

    /// Whether all bits of `bit` are set.
    #[must_use]
    pub const fn has(self, bit: u8) -> bool {
        self.0 & bit == bit
    }
}

/// The nine bytes before each payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Payload length in bytes, 24 bits.
    pub length: u32,
    /// The type.
    pub kind: FrameType,
    /// The flags.
    pub flags: Flags,
    /// The reserved bit before the stream identifier.
    pub reserved: bool,
    /// The stream identifier, 31 bits; 0 is the connection.
    pub stream: u32,
}

/// A frame: its header and its payload. A record may keep a payload shorter than the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The header.
    pub header: FrameHeader,
    /// The payload, padding included.
    pub payload: &'a [u8],
}

impl FrameHeader {
    /// The header in nine bytes.
    #[must_use]
    pub const fn parse(b: &[u8; HEADER_LENGTH]) -> Self {
        Self {
            length: u32::from_be_bytes([0, b[0], b[1], b[2]]),
            kind: FrameType(b[3]),
            flags: Flags(b[4]),
            reserved: b[5] & 0x80 != 0,
            stream: u32::from_be_bytes([b[5] & 0x7f, b[6], b[7], b[8]]),
        }
    }

    /// The names of the flags set that this type defines, in bit order; bits without a meaning here are
    /// [`FrameHeader::undefined_flags`].
    pub fn flag_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let flags = self.flags;
        self.kind
            .flags()
            .iter()
            .filter(move |(bit, _)| flags.has(*bit))
            .map(|(_, name)| *name)
    }

    /// Whether the length and the stream are what the type demands (RFC 9113, 6).
    #[must_use]
    pub const fn has_shape(&self) -> bool {
        let on_stream = self.stream != 0;
        match self.kind {
            FrameType::DATA | FrameType::HEADERS | FrameType::CONTINUATION => on_stream,
            FrameType::PRIORITY => on_stream && self.length == 5,
            FrameType::RST_STREAM => on_stream && self.length == 4,
            FrameType::PUSH_PROMISE => on_stream && self.length >= 4,
            FrameType::PING => !on_stream && self.length == 8,
            FrameType::GOAWAY => !on_stream && self.length >= 8,
            FrameType::WINDOW_UPDATE => self.length == 4,
            _ => true,
        }
    }

    /// Whether the header has all that its type demands, and nothing that a peer would not send: what a header is that
    /// stands where a frame begins, where any other bytes seldom are one.
    #[must_use]
    pub fn is_regular(&self) -> bool {
        let usual = match self.kind {
            FrameType::SETTINGS => self.stream == 0 && self.length.is_multiple_of(6),
            // Nobody sends a header block of nothing.
            FrameType::HEADERS => self.length > 0,
            kind => kind <= FrameType::CONTINUATION,
        };
        usual && self.undefined_flags() == 0 && !self.reserved && self.has_shape()
    }

    /// The bits set that this type gives no meaning: all of them, where RFC 9113 does not define the type.
    #[must_use]
    pub const fn undefined_flags(&self) -> u8 {
        let defined = self.kind.flags();
        let mut undefined = self.flags.0;
        let mut place = 0;
        while place < defined.len() {
            undefined &= !defined[place].0;
            place += 1;
        }
        undefined
    }
}

impl<'a> Frame<'a> {
    /// The payload taken apart. Where the payload was kept shorter than the header's length, a DATA view is cut
    /// too, and its padding is not subtracted; so is a header block fragment. A payload of which not even the fixed
    /// fields were kept is [`Payload::Unknown`], since nothing tells that it was malformed.
    #[must_use]
    pub fn view(&self) -> Payload<'a> {
        Payload::of(self.header, self.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: FrameType, flags: u8) -> FrameHeader {
        FrameHeader {
            length: 0,
            kind,
            flags: Flags(flags),
            reserved: false,
            stream: 0,
        }
    }

    #[test]
    fn parses_a_header_and_masks_the_reserved_bit() {
        let header = FrameHeader::parse(&[0x01, 0x02, 0x03, 0x01, 0x25, 0x80, 0x00, 0x01, 0x05]);
        assert_eq!(header.length, 0x0001_0203);
        assert_eq!(header.kind, FrameType::HEADERS);
        assert_eq!(header.flags, Flags(0x25));
        assert!(header.reserved);
        assert_eq!(header.stream, 0x105);
        let header = FrameHeader::parse(&[0xff, 0xff, 0xff, 0xab, 0, 0x7f, 0xff, 0xff, 0xff]);
        assert_eq!((header.length, header.stream), (0x00ff_ffff, 0x7fff_ffff));
        assert!(!header.reserved);
        assert_eq!(header.kind.name(), None);
    }

    #[test]
    fn names_flags_by_type() {
        let names = |kind, flags| header(kind, flags).flag_names().collect::<Vec<_>>();
        let all = ["END_STREAM", "END_HEADERS", "PADDED", "PRIORITY"];
        assert_eq!(names(FrameType::HEADERS, 0xff), all);
        assert_eq!(names(FrameType::DATA, 0xff), ["END_STREAM", "PADDED"]);
        assert_eq!(names(FrameType::SETTINGS, 0x01), ["ACK"]);
        assert_eq!(names(FrameType::PING, 0x03), ["ACK"]);
        assert_eq!(
            names(FrameType::PUSH_PROMISE, 0xff),
            ["END_HEADERS", "PADDED"]
        );
        assert_eq!(names(FrameType::CONTINUATION, 0xff), ["END_HEADERS"]);
        assert!(names(FrameType::GOAWAY, 0xff).is_empty());
        assert!(names(FrameType(0xee), 0xff).is_empty());
        assert!(names(FrameType::HEADERS, 0).is_empty());
    }

    #[test]
    fn the_other_flags_are_undefined() {
        assert_eq!(header(FrameType::HEADERS, 0xff).undefined_flags(), 0xd2);
        assert_eq!(header(FrameType::DATA, 0x09).undefined_flags(), 0);
        assert_eq!(header(FrameType::RST_STREAM, 0x01).undefined_flags(), 0x01);
        assert_eq!(header(FrameType(0xee), 0xa5).undefined_flags(), 0xa5);
    }
}
