//! Payloads taken apart (RFC 9113, 6).

use super::frame::{Flags, FrameHeader, FrameType};
use super::{ErrorCode, Setting};

/// Deprecated priority fields (RFC 9113, 5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priority {
    /// Whether the dependency is exclusive.
    pub exclusive: bool,
    /// The stream depended on.
    pub dependency: u32,
    /// Weight as sent, 0 to 255, meaning 1 to 256.
    pub weight: u8,
}

/// A payload taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// DATA.
    Data {
        /// The body octets, without padding.
        data: &'a [u8],
        /// Pad octets after the data, where PADDED is set.
        padding: Option<u8>,
    },
    /// HEADERS.
    Headers {
        /// The header block fragment.
        fragment: &'a [u8],
        /// Pad octets, where PADDED is set.
        padding: Option<u8>,
        /// Priority, where PRIORITY is set.
        priority: Option<Priority>,
    },
    /// PRIORITY.
    Priority(Priority),
    /// RST_STREAM.
    RstStream(ErrorCode),
    /// SETTINGS; the parameters by [`Payload::settings`].
    Settings(&'a [u8]),
    /// PUSH_PROMISE.
    PushPromise {
        /// The stream promised.
        promised: u32,
        /// The header block fragment.
        fragment: &'a [u8],
        /// Pad octets, where PADDED is set.
        padding: Option<u8>,
    },
    /// PING: eight opaque octets.
    Ping(&'a [u8]),
    /// GOAWAY.
    Goaway {
        /// The last stream that the sender may act on.
        last_stream: u32,
        /// Why.
        code: ErrorCode,
        /// Opaque text.
        debug: &'a [u8],
    },
    /// WINDOW_UPDATE: the increment, 31 bits.
    WindowUpdate(u32),
    /// CONTINUATION: the header block fragment.
    Continuation(&'a [u8]),
    /// A type that RFC 9113 does not define.
    Unknown(&'a [u8]),
    /// The payload does not have its type's shape.
    Malformed(Malformed),
}

/// How a payload fails to have its type's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The length is not the type's fixed one, or not a multiple of it, or too short.
    Length {
        /// What the type demands, as RFC 9113 puts it, e.g. `8` or `a multiple of 6`.
        expected: &'static str,
    },
    /// Pad Length leaves no room for itself.
    Padding {
        /// The Pad Length octet.
        pad: u8,
    },
}

impl<'a> Payload<'a> {
    /// The parameters of a SETTINGS payload, in wire order; empty for other types.
    pub fn settings(&self) -> impl Iterator<Item = Setting> + 'a {
        let bytes = if let Self::Settings(bytes) = self {
            *bytes
        } else {
            &[]
        };
        super::settings::parse(bytes)
    }

    /// The payload of a frame with this header, taken apart; see [`Frame::view`](super::Frame::view).
    pub(super) fn of(header: FrameHeader, payload: &'a [u8]) -> Self {
        let body = Body {
            bytes: payload.get(..header.length as usize).unwrap_or(payload),
            length: header.length as usize,
            flags: header.flags,
        };
        let view = match header.kind {
            FrameType::DATA => body.data(),
            FrameType::HEADERS => body.headers(),
            FrameType::PRIORITY => body.fixed::<5>("5").map(|b| Self::Priority(priority(b))),
            FrameType::RST_STREAM => body
                .fixed("4")
                .map(|b| Self::RstStream(ErrorCode(u32::from_be_bytes(b)))),
            FrameType::SETTINGS => body.settings(),
            FrameType::PUSH_PROMISE => body.push_promise(),
            FrameType::PING => body.fixed::<8>("8").map(|_| Self::Ping(body.bytes)),
            FrameType::GOAWAY => body.goaway(),
            FrameType::WINDOW_UPDATE => body.fixed("4").map(|b| Self::WindowUpdate(u31(b))),
            FrameType::CONTINUATION => Ok(Self::Continuation(body.bytes)),
            _ => Ok(Self::Unknown(body.bytes)),
        };
        view.unwrap_or_else(|shape| match shape {
            Misfit::Malformed(malformed) => Self::Malformed(malformed),
            Misfit::NotKept => Self::Unknown(body.bytes),
        })
    }
}

/// Why a payload has no view.
enum Misfit {
    Malformed(Malformed),
    NotKept,
}

/// What is left of a payload, as its fields are taken off its front.
#[derive(Clone, Copy)]
struct Body<'a> {
    /// What was kept.
    bytes: &'a [u8],
    /// How many bytes there were, at least those kept.
    length: usize,
    flags: Flags,
}

impl<'a> Body<'a> {
    fn data(mut self) -> Result<Payload<'a>, Misfit> {
        let padding = self.pad_length("at least 1")?;
        let data = self.without(padding)?;
        Ok(Payload::Data { data, padding })
    }

    fn headers(mut self) -> Result<Payload<'a>, Misfit> {
        let padding = self.pad_length("at least 1")?;
        let has_priority = self.flags.has(Flags::PRIORITY);
        let expected = if padding.is_some() {
            "at least 6"
        } else {
            "at least 5"
        };
        let priority = has_priority
            .then(|| self.take(expected).map(priority))
            .transpose()?;
        let fragment = self.without(padding)?;
        Ok(Payload::Headers {
            fragment,
            padding,
            priority,
        })
    }

    fn settings(self) -> Result<Payload<'a>, Misfit> {
        if self.flags.has(Flags::ACK) && self.length != 0 {
            return Err(length("0"));
        }
        if !self.length.is_multiple_of(6) {
            return Err(length("a multiple of 6"));
        }
        Ok(Payload::Settings(self.bytes))
    }

    fn push_promise(mut self) -> Result<Payload<'a>, Misfit> {
        let padding = self.pad_length("at least 5")?;
        let expected = if padding.is_some() {
            "at least 5"
        } else {
            "at least 4"
        };
        let promised = u31(self.take(expected)?);
        let fragment = self.without(padding)?;
        Ok(Payload::PushPromise {
            promised,
            fragment,
            padding,
        })
    }

    fn goaway(mut self) -> Result<Payload<'a>, Misfit> {
        let last_stream = u31(self.take("at least 8")?);
        let code = ErrorCode(u32::from_be_bytes(self.take("at least 8")?));
        Ok(Payload::Goaway {
            last_stream,
            code,
            debug: self.bytes,
        })
    }

    /// All of a payload that has exactly `N` bytes.
    fn fixed<const N: usize>(mut self, expected: &'static str) -> Result<[u8; N], Misfit> {
        if self.length != N {
            return Err(length(expected));
        }
        self.take(expected)
    }

    /// The next `N` bytes.
    fn take<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Misfit> {
        if self.length < N {
            return Err(length(expected));
        }
        let (&taken, rest) = self.bytes.split_first_chunk().ok_or(Misfit::NotKept)?;
        self.bytes = rest;
        self.length -= N;
        Ok(taken)
    }

    /// The Pad Length octet, where there is one (6.1).
    fn pad_length(&mut self, expected: &'static str) -> Result<Option<u8>, Misfit> {
        let padded = self.flags.has(Flags::PADDED);
        padded
            .then(|| self.take(expected).map(|[pad]| pad))
            .transpose()
    }

    /// What is left without the padding at its end.
    fn without(self, padding: Option<u8>) -> Result<&'a [u8], Misfit> {
        let pad = padding.unwrap_or(0);
        let Some(length) = self.length.checked_sub(usize::from(pad)) else {
            return Err(Misfit::Malformed(Malformed::Padding { pad }));
        };
        let cut = self.bytes.len() < self.length;
        Ok(if cut {
            self.bytes
        } else {
            &self.bytes[..length]
        })
    }
}

const fn length(expected: &'static str) -> Misfit {
    Misfit::Malformed(Malformed::Length { expected })
}

/// A number of 31 bits, the reserved bit before it dropped.
const fn u31(bytes: [u8; 4]) -> u32 {
    u32::from_be_bytes(bytes) & 0x7fff_ffff
}

const fn priority([a, b, c, d, weight]: [u8; 5]) -> Priority {
    Priority {
        exclusive: a & 0x80 != 0,
        dependency: u31([a, b, c, d]),
        weight,
    }
}

#[cfg(test)]
mod tests;
