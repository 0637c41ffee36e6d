//! What a value without a schema may mean, and how it is shown.

use serde_json::{Map, Value as Json, json};

use super::{RawField, RawMessage, RawValue, Span, decode_at, varint};
use crate::schema::text::Line;

/// Fields that one JSON document shows, nested ones included: about 3 MiB of it. The rest is left out, and marked.
const MAX_JSON_FIELDS: usize = 4_096;

/// Numbers or bytes of one value that a JSON document shows.
const MAX_JSON_ITEMS: usize = 256;

/// Messages within messages that are shown: each level is read anew and keeps its fields meanwhile, and nobody reads more.
const MAX_NESTED: usize = 12;

/// A packed number below this takes three bytes: what counters, indexes and enums are, and random bytes are not.
const SMALL: u64 = 1 << 21;

/// What a varint may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readings {
    /// As uint64 or uint32.
    pub uint64: u64,
    /// As int64 or int32: two's complement.
    pub int64: i64,
    /// As sint64 or sint32: zigzag.
    pub sint64: i64,
    /// As a bool, where it is 0 or 1.
    pub boolean: Option<bool>,
    /// As the number of an enum value, where it fits one.
    pub enumeration: Option<i32>,
}

impl Readings {
    /// Every reading of this varint.
    #[must_use]
    pub fn of(varint: u64) -> Self {
        let int64 = varint.cast_signed();
        Self {
            uint64: varint,
            int64,
            sint64: (varint >> 1).cast_signed() ^ -((varint & 1).cast_signed()),
            boolean: (varint < 2).then_some(varint == 1),
            enumeration: i32::try_from(int64).ok(),
        }
    }
}

/// A way to read a length-delimited value that holds for all its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative<'a> {
    /// UTF-8. `printable` where there is no control character but tab and line ends.
    Text {
        /// The text.
        text: &'a str,
        /// Whether a person can have written it.
        printable: bool,
    },
    /// The fields of a message, to the last byte; see [`RawField::nested`].
    Message,
    /// Varints, so many.
    PackedVarints(usize),
    /// Numbers of four bytes, so many.
    PackedFixed32(usize),
    /// Numbers of eight bytes, so many.
    PackedFixed64(usize),
    /// Always holds.
    Bytes(&'a [u8]),
}

impl Alternative<'_> {
    /// The name that reports use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Message => "message",
            Self::PackedVarints(_) => "packed varints",
            Self::PackedFixed32(_) => "packed fixed32",
            Self::PackedFixed64(_) => "packed fixed64",
            Self::Bytes(_) => "bytes",
        }
    }
}

impl<'a> RawField<'a> {
    /// The ways to read a length-delimited value, the likeliest first; none for other values.
    ///
    /// | score | reading | why |
    /// |---|---|---|
    /// | 90 | printable text without line ends | few messages begin with a letter and fit to the end |
    /// | 80 | a message whose numbers are all below 16 | such a tag is a control character or a letter |
    /// | 70 | printable text with line ends or tabs | they are also the commonest tags |
    /// | 60 | any other message | |
    /// | 50 | two or more varints, all small and none padded | random bytes are hardly that |
    /// | 40 | bytes | |
    /// | 30 to 10 | text with controls, varints, fixed32, fixed64 | they hold by chance |
    #[must_use]
    pub fn alternatives(&self) -> Vec<Alternative<'a>> {
        let RawValue::LengthDelimited(bytes) = self.value else {
            return Vec::new();
        };
        let mut scored = vec![(40, Alternative::Bytes(bytes))];
        if let Ok(text) = std::str::from_utf8(bytes) {
            let mut controls = text.chars().filter(|letter| letter.is_control()).peekable();
            let has_controls = controls.peek().is_some();
            let printable = controls.all(|letter| matches!(letter, '\t' | '\n' | '\r'));
            let score = match (printable, has_controls) {
                (true, false) => 90,
                (true, true) => 70,
                _ => 30,
            };
            scored.push((score, Alternative::Text { text, printable }));
        }
        // No bytes at all are an empty message as well as an empty text.
        let nested = decode_at(bytes, 0);
        if nested.plausible() || bytes.is_empty() {
            let low = nested.fields.iter().all(|field| field.number < 16);
            scored.push((if low { 80 } else { 60 }, Alternative::Message));
        }
        if let Some((count, small)) = packed_varints(bytes) {
            scored.push((
                if small && count > 1 { 50 } else { 20 },
                Alternative::PackedVarints(count),
            ));
        }
        if !bytes.is_empty() && bytes.len().is_multiple_of(4) {
            scored.push((11, Alternative::PackedFixed32(bytes.len() / 4)));
        }
        if !bytes.is_empty() && bytes.len().is_multiple_of(8) {
            scored.push((10, Alternative::PackedFixed64(bytes.len() / 8)));
        }
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored
            .into_iter()
            .map(|(_, alternative)| alternative)
            .collect()
    }

    /// A length-delimited value read as a message, with spans of the outermost one; `None` for other values.
    #[must_use]
    pub fn nested(&self) -> Option<RawMessage<'a>> {
        match self.value {
            RawValue::LengthDelimited(bytes) => Some(decode_at(bytes, self.value_span.offset)),
            _ => None,
        }
    }

    fn write(&self, line: &mut Line, depth: usize) {
        line.put(self.number);
        match &self.value {
            RawValue::Varint(value) => line.put(format_args!(": {value}")),
            RawValue::Fixed32(value) => line.put(format_args!(": 0x{value:08x}")),
            RawValue::Fixed64(value) => line.put(format_args!(": 0x{value:016x}")),
            RawValue::Group(group) => {
                line.push(" { ");
                group.write_at(line, depth + 1);
                line.push(" }");
            }
            RawValue::LengthDelimited(bytes) => match self.alternatives().first() {
                Some(Alternative::Text { text, .. }) => {
                    line.push(": ");
                    line.quote(text);
                }
                Some(Alternative::Message) if depth < MAX_NESTED => {
                    line.push(" { ");
                    decode_at(bytes, self.value_span.offset).write_at(line, depth + 1);
                    line.push(" }");
                }
                Some(Alternative::PackedVarints(_)) => {
                    line.push(": [");
                    for (index, value) in varints(bytes).enumerate() {
                        if line.is_full() {
                            return;
                        }
                        line.push(if index == 0 { "" } else { ", " });
                        line.put(value);
                    }
                    line.push("]");
                }
                _ => {
                    line.push(": ");
                    line.hex(bytes);
                }
            },
        }
    }

    fn to_json(&self, budget: &mut usize, depth: usize) -> Json {
        let alternatives = self.alternatives();
        let (value, ways): (Json, Vec<Json>) = match &self.value {
            RawValue::Varint(value) => {
                let readings = Readings::of(*value);
                let mut ways = vec![json!({"as": "uint64", "value": value})];
                if readings.int64 < 0 {
                    ways.push(json!({"as": "int64", "value": readings.int64}));
                }
                ways.push(json!({"as": "sint64", "value": readings.sint64}));
                ways.extend(
                    readings
                        .boolean
                        .map(|value| json!({"as": "bool", "value": value})),
                );
                ways.extend(
                    readings
                        .enumeration
                        .map(|value| json!({"as": "enum", "value": value})),
                );
                ((*value).into(), ways)
            }
            RawValue::Fixed32(value) => (
                (*value).into(),
                vec![
                    json!({"as": "fixed32", "value": value}),
                    json!({"as": "sfixed32", "value": value.cast_signed()}),
                    json!({"as": "float", "value": real(f64::from(f32::from_bits(*value)))}),
                ],
            ),
            RawValue::Fixed64(value) => (
                (*value).into(),
                vec![
                    json!({"as": "fixed64", "value": value}),
                    json!({"as": "sfixed64", "value": value.cast_signed()}),
                    json!({"as": "double", "value": real(f64::from_bits(*value))}),
                ],
            ),
            RawValue::Group(group) => (
                group.json_at(budget, depth + 1),
                vec![json!({"as": "group"})],
            ),
            RawValue::LengthDelimited(bytes) => {
                let value = match alternatives.first() {
                    Some(Alternative::Text { text, .. }) => Json::String((*text).to_owned()),
                    Some(Alternative::Message) if depth < MAX_NESTED => {
                        decode_at(bytes, self.value_span.offset).json_at(budget, depth + 1)
                    }
                    Some(Alternative::PackedVarints(_)) => {
                        varints(bytes).take(MAX_JSON_ITEMS).collect()
                    }
                    _ => Json::String(hex::encode(bytes.get(..MAX_JSON_ITEMS).unwrap_or(bytes))),
                };
                (
                    value,
                    alternatives
                        .iter()
                        .map(|way| json!({"as": way.name()}))
                        .collect(),
                )
            }
        };
        json!({
            "field": self.number,
            "wire_type": self.wire_type.name(),
            "offset": self.span.offset,
            "length": self.span.length,
            "value": value,
            "alternatives": ways,
        })
    }
}

impl RawMessage<'_> {
    /// One line such as `1: "Hello" 2: 150 3 { 1: 7 }`, of at most `limit` characters; one that is longer ends in "…".
    /// Where the bytes stop being protobuf, the line says so.
    #[must_use]
    pub fn text(&self, limit: usize) -> String {
        let mut line = Line::new(limit);
        self.write(&mut line);
        line.finish()
    }

    pub(in crate::schema) fn write(&self, line: &mut Line) {
        self.write_at(line, 0);
    }

    fn write_at(&self, line: &mut Line, depth: usize) {
        for (index, field) in self.fields.iter().enumerate() {
            if line.is_full() {
                return;
            }
            line.push(if index == 0 { "" } else { " " });
            field.write(line, depth);
        }
        // A group that breaks off has the fault of its message, which says it once, at the end.
        if depth == 0
            && let Some(fault) = self.fault
        {
            line.push(if self.fields.is_empty() { "" } else { " " });
            line.put(format_args!("({fault})"));
        }
    }

    /// An array with an object per field: "field", "wire_type", "offset", "length", "value" by its likeliest reading, and
    /// "alternatives", the likeliest first, each with "as" and, for numbers, its "value". Bytes are hexadecimal. A fault
    /// is a last object with "offset" and "fault". Of very large messages only the beginning is shown, and "omitted"
    /// counts the fields left out.
    #[must_use]
    pub fn to_json(&self) -> Json {
        self.json_at(&mut { MAX_JSON_FIELDS }, 0)
    }

    fn json_at(&self, budget: &mut usize, depth: usize) -> Json {
        let mut items = Vec::new();
        for (index, field) in self.fields.iter().enumerate() {
            if *budget == 0 {
                items.push(json!({"omitted": self.fields.len() - index}));
                return Json::Array(items);
            }
            *budget -= 1;
            items.push(field.to_json(budget, depth));
        }
        if let Some(fault) = self.fault {
            let mut item = Map::new();
            item.insert("offset".to_owned(), fault.offset.into());
            item.insert("fault".to_owned(), fault.kind.to_string().into());
            items.push(Json::Object(item));
        }
        Json::Array(items)
    }
}

impl From<Span> for std::ops::Range<u64> {
    fn from(span: Span) -> Self {
        span.offset..span.end()
    }
}

/// How many varints the bytes are, and whether all are small and none is longer than it need be.
fn packed_varints(mut bytes: &[u8]) -> Option<(usize, bool)> {
    let (mut count, mut small) = (0, true);
    while !bytes.is_empty() {
        let (value, length) = varint(bytes).ok()?;
        let padded = length > 1 && bytes.get(length - 1) == Some(&0);
        small &= value < SMALL && !padded;
        count += 1;
        bytes = bytes.get(length..)?;
    }
    (count > 0).then_some((count, small))
}

fn varints(mut bytes: &[u8]) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let (value, length) = varint(bytes).ok()?;
        bytes = bytes.get(length..)?;
        Some(value)
    })
}

/// JSON has no NaN and no infinity.
fn real(number: f64) -> Json {
    serde_json::Number::from_f64(number)
        .map_or_else(|| Json::String(number.to_string()), Json::Number)
}
