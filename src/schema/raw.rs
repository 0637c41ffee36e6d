//! Protobuf without a schema, with the offset of every byte.
//!
//! The wire format says where each field begins and ends, and which of four shapes its value has, but not its type. So
//! a value is read in every way that holds, and which ways hold is told ([`RawField::alternatives`]), the likeliest
//! first. Bytes that are no protobuf are not an error but a [`RawFault`], and what stood before them is kept.

mod reading;

use std::fmt;

pub use reading::{Alternative, Readings};

/// A run of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Bytes before the first of these, from the start of the outermost message.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Span {
    /// The offset just after the last byte.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.offset + self.length
    }
}

/// Levels of groups that are followed: the limit of protobuf's own decoders, beyond which they refuse a message.
pub const MAX_DEPTH: usize = 100;

/// Fields that one message keeps: under 4 MiB of them, and more than a report can show.
pub const MAX_FIELDS: usize = 32_768;

/// The highest field number, 2^29 − 1: a tag is 32 bits, three of which are the wire type.
pub const MAX_FIELD_NUMBER: u32 = (1 << 29) - 1;

/// How a value is laid out, the low three bits of a tag. 6 and 7 do not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WireType {
    /// One to ten bytes of seven bits each.
    Varint = 0,
    /// Eight bytes, little-endian.
    Fixed64 = 1,
    /// A length, and so many bytes.
    LengthDelimited = 2,
    /// Fields up to the tag that ends the group.
    StartGroup = 3,
    /// The end of a group; never the type of a field.
    EndGroup = 4,
    /// Four bytes, little-endian.
    Fixed32 = 5,
}

impl WireType {
    /// The name that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Varint => "varint",
            Self::Fixed64 => "fixed64",
            Self::LengthDelimited => "length-delimited",
            Self::StartGroup => "group",
            Self::EndGroup => "end of group",
            Self::Fixed32 => "fixed32",
        }
    }

    const fn of(tag: u64) -> Option<Self> {
        Some(match tag & 7 {
            0 => Self::Varint,
            1 => Self::Fixed64,
            2 => Self::LengthDelimited,
            3 => Self::StartGroup,
            4 => Self::EndGroup,
            5 => Self::Fixed32,
            _ => return None,
        })
    }
}

impl fmt::Display for WireType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Where bytes stop being protobuf, and why. Its text fits after "…: ".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {kind}")]
pub struct RawFault {
    /// Offset of the first byte of what is at fault, counted as the spans are.
    pub offset: u64,
    /// What is wrong there.
    pub kind: RawFaultKind,
}

/// What makes bytes no protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RawFaultKind {
    /// A tag whose field number is 0 or above [`MAX_FIELD_NUMBER`].
    #[error("field number {0} does not exist")]
    FieldNumber(u64),
    /// A tag of wire type 6 or 7.
    #[error("wire type {0} does not exist")]
    WireType(u8),
    /// The bytes end within a varint.
    #[error("the bytes end within a varint")]
    TruncatedVarint,
    /// A varint of more than ten bytes, or of more than 64 bits.
    #[error("a varint is longer than 64 bits")]
    LongVarint,
    /// The bytes end within a value of four or eight bytes.
    #[error("{wanted} bytes are needed, {left} are left")]
    TruncatedFixed {
        /// Bytes of the value.
        wanted: u64,
        /// Bytes there are.
        left: u64,
    },
    /// A length that reaches past the end.
    #[error("a length of {wanted} reaches past the end, {left} bytes are left")]
    TruncatedValue {
        /// The length as stated.
        wanted: u64,
        /// Bytes there are.
        left: u64,
    },
    /// The end of a group that did not begin, or not under this number.
    #[error("group {0} ends, which did not begin")]
    UnmatchedEndGroup(u32),
    /// The bytes end within a group.
    #[error("group {0} does not end")]
    UnfinishedGroup(u32),
    /// Groups nest deeper than [`MAX_DEPTH`].
    #[error("groups nest more than {MAX_DEPTH} deep")]
    TooDeep,
    /// There are more than [`MAX_FIELDS`] fields. The bytes up to here are sound.
    #[error("there are more than {MAX_FIELDS} fields")]
    TooManyFields,
}

/// The fields of a message in the order of their bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct RawMessage<'a> {
    /// The fields before the fault, or all.
    pub fields: Vec<RawField<'a>>,
    /// Where the bytes stopped making sense.
    pub fault: Option<RawFault>,
}

/// One field. Its spans count bytes from the start of the outermost message.
#[derive(Clone, Debug, PartialEq)]
pub struct RawField<'a> {
    /// 1 to [`MAX_FIELD_NUMBER`].
    pub number: u32,
    /// The layout of its value.
    pub wire_type: WireType,
    /// The whole field: tag, length where there is one, value, and the end of a group.
    pub span: Span,
    /// The tag.
    pub tag: Span,
    /// The value alone, without its length or the tag that ends its group.
    pub value_span: Span,
    /// The value.
    pub value: RawValue<'a>,
}

/// A value as its layout gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum RawValue<'a> {
    /// See [`Readings`] for what it may stand for.
    Varint(u64),
    /// Four bytes as an unsigned number.
    Fixed32(u32),
    /// Eight bytes as an unsigned number.
    Fixed64(u64),
    /// Text, a nested message, packed numbers or bytes.
    LengthDelimited(&'a [u8]),
    /// The fields of a group.
    Group(RawMessage<'a>),
}

/// Reads all of `bytes` as the fields of one message.
#[must_use]
pub fn decode(bytes: &[u8]) -> RawMessage<'_> {
    decode_at(bytes, 0)
}

/// As [`decode`], where `bytes` begin at this offset of something larger.
#[must_use]
pub fn decode_at(bytes: &[u8], offset: u64) -> RawMessage<'_> {
    let mut cursor = Cursor {
        bytes,
        base: offset,
        at: 0,
        fields: 0,
    };
    let (fields, fault, _) = cursor.fields(None, 0);
    RawMessage { fields, fault }
}

impl RawMessage<'_> {
    /// Whether every byte belongs to a field.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.fault.is_none()
    }

    /// Whether this looks like protobuf rather than like something else: whole, with at least one field, and no number
    /// of those that protobuf keeps for itself (19000 to 19999).
    #[must_use]
    pub fn plausible(&self) -> bool {
        let sound = match self.fault {
            None => true,
            // Nobody writes so many fields by chance.
            Some(fault) => fault.kind == RawFaultKind::TooManyFields,
        };
        sound
            && !self.fields.is_empty()
            && self
                .fields
                .iter()
                .all(|field| !(19_000..20_000).contains(&field.number))
    }
}

/// Fields, where they stop, and where the tag stands that ended the group.
type Fields<'a> = (Vec<RawField<'a>>, Option<RawFault>, Option<usize>);

struct Cursor<'a> {
    bytes: &'a [u8],
    base: u64,
    at: usize,
    /// Fields kept so far, those of groups included.
    fields: usize,
}

impl<'a> Cursor<'a> {
    /// Reads fields to the end of the bytes, or of the group that is open.
    fn fields(&mut self, group: Option<u32>, depth: usize) -> Fields<'a> {
        let mut fields = Vec::new();
        loop {
            let start = self.at;
            if start >= self.bytes.len() {
                let fault =
                    group.map(|number| self.fault(start, RawFaultKind::UnfinishedGroup(number)));
                return (fields, fault, None);
            }
            match self.tag() {
                Err(fault) => return (fields, Some(fault), None),
                Ok((number, WireType::EndGroup)) => {
                    let matched = group == Some(number);
                    let fault = (!matched)
                        .then(|| self.fault(start, RawFaultKind::UnmatchedEndGroup(number)));
                    return (fields, fault, matched.then_some(start));
                }
                Ok((number, wire_type)) => {
                    if self.fields >= MAX_FIELDS {
                        return (
                            fields,
                            Some(self.fault(start, RawFaultKind::TooManyFields)),
                            None,
                        );
                    }
                    self.fields += 1;
                    let (field, fault) = self.field(start, number, wire_type, depth);
                    fields.extend(field);
                    if fault.is_some() {
                        return (fields, fault, None);
                    }
                }
            }
        }
    }

    /// Reads what follows a tag. A group that breaks off is kept with what it has, and its fault returned beside it.
    fn field(
        &mut self,
        start: usize,
        number: u32,
        wire_type: WireType,
        depth: usize,
    ) -> (Option<RawField<'a>>, Option<RawFault>) {
        let after_tag = self.at;
        let (value, value_start, value_end, fault) = match wire_type {
            WireType::StartGroup | WireType::EndGroup => {
                if depth >= MAX_DEPTH {
                    return (None, Some(self.fault(start, RawFaultKind::TooDeep)));
                }
                let (fields, fault, ended) = self.fields(Some(number), depth + 1);
                let value = RawValue::Group(RawMessage { fields, fault });
                // A group that breaks off has no end: it spans what was read, up to the fault.
                let broke = fault.map_or(self.at, |fault| (fault.offset - self.base) as usize);
                self.at = if fault.is_some() { broke } else { self.at };
                (value, after_tag, ended.unwrap_or(broke), fault)
            }
            _ => match self.value(wire_type) {
                Ok((value, value_start)) => (value, value_start, self.at, None),
                Err(fault) => return (None, Some(fault)),
            },
        };
        let field = RawField {
            number,
            wire_type,
            span: self.span(start, self.at),
            tag: self.span(start, after_tag),
            value_span: self.span(value_start, value_end),
            value,
        };
        (Some(field), fault)
    }

    /// The value, and where it starts: after its length, where it has one.
    fn value(&mut self, wire_type: WireType) -> Result<(RawValue<'a>, usize), RawFault> {
        let start = self.at;
        let value = match wire_type {
            WireType::Fixed32 => RawValue::Fixed32(u32::from_le_bytes(self.fixed()?)),
            WireType::Fixed64 => RawValue::Fixed64(u64::from_le_bytes(self.fixed()?)),
            WireType::LengthDelimited => {
                let wanted = self.varint()?;
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                let value = usize::try_from(wanted)
                    .ok()
                    .and_then(|length| rest.get(..length));
                let Some(value) = value else {
                    let left = rest.len() as u64;
                    return Err(self.fault(start, RawFaultKind::TruncatedValue { wanted, left }));
                };
                let value_start = self.at;
                self.at += value.len();
                return Ok((RawValue::LengthDelimited(value), value_start));
            }
            _ => RawValue::Varint(self.varint()?),
        };
        Ok((value, start))
    }

    fn tag(&mut self) -> Result<(u32, WireType), RawFault> {
        let start = self.at;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3)
            .ok()
            .filter(|number| (1..=MAX_FIELD_NUMBER).contains(number));
        let Some(number) = number else {
            return Err(self.fault(start, RawFaultKind::FieldNumber(tag >> 3)));
        };
        match WireType::of(tag) {
            Some(wire_type) => Ok((number, wire_type)),
            None => Err(self.fault(start, RawFaultKind::WireType((tag & 7) as u8))),
        }
    }

    fn varint(&mut self) -> Result<u64, RawFault> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        match varint(rest) {
            Ok((value, length)) => {
                self.at += length;
                Ok(value)
            }
            Err(kind) => Err(self.fault(start, kind)),
        }
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], RawFault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(value) = rest.first_chunk::<N>() else {
            let left = rest.len() as u64;
            return Err(self.fault(
                self.at,
                RawFaultKind::TruncatedFixed {
                    wanted: N as u64,
                    left,
                },
            ));
        };
        self.at += N;
        Ok(*value)
    }

    const fn fault(&self, at: usize, kind: RawFaultKind) -> RawFault {
        RawFault {
            offset: self.base + at as u64,
            kind,
        }
    }

    const fn span(&self, start: usize, end: usize) -> Span {
        Span {
            offset: self.base + start as u64,
            length: (end - start) as u64,
        }
    }
}

/// The varint at the start of the bytes, and its length.
fn varint(bytes: &[u8]) -> Result<(u64, usize), RawFaultKind> {
    if let Some(byte @ 0..0x80) = bytes.first() {
        return Ok(((*byte).into(), 1));
    }
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        // The tenth byte holds the last of 64 bits.
        if index == 9 && *byte > 1 {
            return Err(RawFaultKind::LongVarint);
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((value, index + 1));
        }
    }
    Err(RawFaultKind::TruncatedVarint)
}

#[cfg(test)]
mod tests;
