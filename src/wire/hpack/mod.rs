//! HPACK (RFC 7541), decoding only, with each field's representation, index, Huffman use and place kept.
//!
//! Tolerant: a bad index or a bad Huffman code costs that field alone, since lengths still hold; a bad integer or a
//! string longer than the block ends the block. What the table may then miss is said, never guessed.

mod decoder;
mod huffman;
mod huffman_code;
mod integer;
mod static_table;
mod table;

pub use decoder::{Block, Decoder, Place};

use super::Span;

/// Encoded bytes of one header block that are kept: 1 MiB, 16 times the largest field section that servers and
/// gateways accept by default (64 KiB), and room for a long CONTINUATION flood to show what it is made of.
pub const BLOCK_LIMIT: usize = 1 << 20;

/// Size of the decoded field list that is kept of one block, in bytes: 1 MiB, counted as
/// SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113, 6.5.2): names, values, and [`FIELD_OVERHEAD`] for each field. A
/// small block can stand for gigabytes, since a one-byte index may repeat a large entry. What exceeds it is not
/// kept, but still changes the table.
pub const LIST_LIMIT: usize = 1 << 20;

/// What a field counts besides its text, in bytes (RFC 9113, 6.5.2). It bounds the number of fields, too.
pub const FIELD_OVERHEAD: usize = 32;

/// The largest dynamic table, in bytes: 1 MiB, 16 times what any client or server in use asks for (64 KiB). A size
/// update beyond it is recorded as it stands, but the table keeps to this; entries that the sender then still uses
/// are told as unknown.
pub const TABLE_LIMIT: usize = 1 << 20;

/// Bytes of names copied from table entry to table entry by one block after its list exceeded [`LIST_LIMIT`]:
/// 16 MiB, a few milliseconds of work. Two bytes can copy a name as large as the table; a block that goes on so
/// is given up.
const COPY_LIMIT: usize = 16 << 20;

/// Fields that a block keeps room for when it is used again, and text of [`FIELD_OVERHEAD`] bytes for each: what
/// nearly all header blocks need, so that a single huge one does not hold its memory while the connection lasts.
const RETAINED: usize = 1024;

/// How a field stands in the block (RFC 7541, 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Representation {
    /// 6.1: name and value from a table.
    Indexed,
    /// 6.2.1: literal, added to the dynamic table.
    LiteralIncremental,
    /// 6.2.2: literal, not added.
    LiteralWithoutIndexing,
    /// 6.2.3: literal, never to be added by anyone: the sender marks it sensitive.
    LiteralNeverIndexed,
    /// Not told: the field comes from a text, such as a log, that shows names and values only.
    Unseen,
}

/// A field line of a block, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name, as sent (case kept). Empty where [`Field::unknown`] says that it could not be told.
    pub name: &'a [u8],
    /// The value, as sent after HPACK. Empty where it could not be told.
    pub value: &'a [u8],
    /// How it is represented.
    pub representation: Representation,
    /// The table index used, for the field or for its name: 1 to 61 static, above dynamic.
    pub index: Option<u32>,
    /// Whether the name, the value are Huffman-coded literals.
    pub huffman: (bool, bool),
    /// The encoded bytes: where the first stands, and how many there are. In a block with CONTINUATION frames
    /// the bytes of a field may be parted by frame headers, which are not counted.
    pub span: Span,
    /// The part that could not be told, because an index points to an entry that this decoder never saw, or a
    /// Huffman code is bad.
    pub unknown: Option<Unknown>,
}

impl Field<'_> {
    /// Whether the value could be told.
    #[must_use]
    pub fn has_value(&self) -> bool {
        !matches!(self.unknown, Some(Unknown::Value | Unknown::Both))
    }
}

/// Which part of a field could not be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The name alone: a literal whose name index is unknown.
    Name,
    /// The value alone.
    Value,
    /// Both.
    Both,
}

/// A dynamic table size update (RFC 7541, 6.3) found in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeUpdate {
    /// The new maximum, in bytes.
    pub size: u64,
    /// Fields before it in the block; RFC 7541 section 4.2 wants 0.
    pub after_fields: usize,
    /// Its bytes.
    pub span: Span,
}

/// Something in a block that RFC 7541 calls a decoding error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: FaultKind,
}

/// The kinds of decoding error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Index 0, or one past both tables.
    Index(u64),
    /// An integer that does not end, or exceeds 2^32 - 1 (5.1). Decoding of the block stopped.
    Integer,
    /// A string longer than what is left of the block (5.2). Decoding of the block stopped.
    StringLength(u64),
    /// A Huffman code with EOS in it, or with padding that is longer than 7 bits or not all ones (5.2).
    Huffman,
    /// The block exceeds [`BLOCK_LIMIT`] or its decoded fields [`LIST_LIMIT`]; the rest was not kept.
    TooLarge,
}

/// The fields of one header block, in order, with everything HPACK says of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderBlock {
    text: Vec<u8>,
    fields: Vec<FieldRecord>,
    /// Table size updates.
    pub size_updates: Vec<SizeUpdate>,
    /// Decoding errors.
    pub faults: Vec<Fault>,
    /// Encoded bytes of the block.
    pub encoded_length: u64,
    /// Whether more fields may have stood in it.
    incomplete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FieldRecord {
    name: (u32, u32),
    value: (u32, u32),
    representation: Representation,
    index: Option<u32>,
    huffman: (bool, bool),
    span: Span,
    unknown: Option<Unknown>,
}

impl HeaderBlock {
    /// A block that a text shows, which has names and values only: no bytes of it are known.
    #[must_use]
    pub fn of_text<'a>(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Self {
        let mut block = Self::default();
        for (name, value) in fields {
            let start = block.text.len();
            block.text.extend_from_slice(name);
            block.text.extend_from_slice(value);
            // No text source is read in one piece of more than a few megabytes.
            let (start, name, value) = (start as u32, name.len() as u32, value.len() as u32);
            block.fields.push(FieldRecord {
                name: (start, name),
                value: (start + name, value),
                representation: Representation::Unseen,
                index: None,
                huffman: (false, false),
                span: Span::default(),
                unknown: None,
            });
        }
        block
    }

    /// The fields, in wire order, duplicates kept.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        let text =
            |(start, length): (u32, u32)| &self.text[start as usize..(start + length) as usize];
        self.fields.iter().map(move |record| Field {
            name: text(record.name),
            value: text(record.value),
            representation: record.representation,
            index: record.index,
            huffman: record.huffman,
            span: record.span,
            unknown: record.unknown,
        })
    }

    /// The values of the fields called `name`, in order, but for those that could not be told.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.iter()
            .filter(move |field| field.name == name.as_bytes() && field.has_value())
            .map(|field| field.value)
    }

    /// The value of the first field called `name`, where it could be told.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|field| field.name == name.as_bytes())
            .filter(Field::has_value)
            .map(|field| field.value)
    }

    /// Whether every field of it is known: what is not among them did not stand in it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.incomplete
            && self.faults.is_empty()
            && self.fields.iter().all(|field| field.unknown.is_none())
    }

    /// Says that more fields may have stood in it than its source shows, so that it is not known.
    pub const fn mark_incomplete(&mut self) {
        self.incomplete = true;
    }

    /// The memory that it takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.text.len()
            + self.fields.len() * size_of::<FieldRecord>()
            + self.faults.len() * size_of::<Fault>()
            + self.size_updates.len() * size_of::<SizeUpdate>()
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Empties the block, and keeps the room that a usual one needs.
    fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(FIELD_OVERHEAD * RETAINED);
        self.fields.clear();
        self.fields.shrink_to(RETAINED);
        self.size_updates.clear();
        self.size_updates.shrink_to(RETAINED);
        self.faults.clear();
        self.faults.shrink_to(RETAINED);
        self.encoded_length = 0;
        self.incomplete = false;
    }
}

#[cfg(test)]
mod tests;
