//! Header blocks in, fields out.

use super::super::Span;
use super::static_table::ENTRIES;
use super::table::{Known, Table};
use super::{COPY_LIMIT, FIELD_OVERHEAD, LIST_LIMIT};
use super::{Fault, FaultKind, FieldRecord, HeaderBlock, Representation, SizeUpdate, Unknown};
use super::{huffman, integer};

/// Where a fragment of a header block stands in its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the block before the fragment.
    pub position: usize,
    /// Bytes of the direction before the fragment.
    pub offset: u64,
}

/// An encoded header block, its fragments joined.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Where the fragments stand, in order, the first of them at position 0.
    pub places: &'a [Place],
    /// Bytes at the block's end that are missing from `bytes`, because the block was too large to keep.
    pub missing: Option<Span>,
}

/// Decodes the header blocks of one direction, in the order in which they were sent: each may change the table
/// that the next one uses.
#[derive(Debug)]
pub struct Decoder {
    table: Table,
    /// Whether entries may have been added that were never seen.
    incomplete: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder with an empty dynamic table of 4096 bytes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            table: Table::new(),
            incomplete: false,
        }
    }

    /// Decodes `block` into `decoded`, whose former content is dropped.
    pub fn decode(&mut self, block: Block<'_>, decoded: &mut HeaderBlock) {
        decoded.clear();
        let missing = block.missing.map_or(0, |missing| missing.length);
        decoded.encoded_length = block.bytes.len() as u64 + missing;
        let mut run = Run {
            table: &mut self.table,
            incomplete: &mut self.incomplete,
            block,
            position: 0,
            place: 0,
            budget: Budget {
                left: LIST_LIMIT,
                copies: COPY_LIMIT,
                full: false,
            },
            decoded,
        };
        let stop = run.fields().err();
        if let Some(span) = block.missing {
            // A field that seems cut is only cut by us.
            decoded.faults.push(Fault {
                span,
                kind: FaultKind::TooLarge,
            });
        } else if let Some(fault) = stop {
            decoded.faults.push(fault);
        }
        if stop.is_some() || block.missing.is_some() {
            self.table.lose();
        }
    }

    /// How much memory its table takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.table.memory()
    }

    /// Tells that blocks may be missing from the input. An index that points to nothing is no fault of the sender from
    /// then on, until it empties the table.
    pub fn miss(&mut self) {
        self.table.lose();
        self.incomplete = true;
    }

    /// Tells that part of a block was not decoded. Entries that the table holds may now stand at other indices, so
    /// they are dropped.
    pub fn lose(&mut self) {
        self.table.lose();
    }
}

/// The decoding of one block. A fault that ends the block is an `Err` of each of its steps.
struct Run<'a> {
    table: &'a mut Table,
    incomplete: &'a mut bool,
    block: Block<'a>,
    /// Bytes of the block taken.
    position: usize,
    /// Fragments that start at or before the last position that was located.
    place: usize,
    budget: Budget,
    decoded: &'a mut HeaderBlock,
}

/// What may still be kept and copied.
struct Budget {
    /// What is left of [`LIST_LIMIT`].
    left: usize,
    /// What is left of [`COPY_LIMIT`].
    copies: usize,
    /// Whether the list's limit was met; nothing is kept from then on.
    full: bool,
}

/// One half of a field.
struct Part {
    length: usize,
    huffman: bool,
    fault: Option<Fault>,
    known: bool,
}

impl Run<'_> {
    fn fields(&mut self) -> Result<(), Fault> {
        while let Some(&first) = self.block.bytes.get(self.position) {
            match first {
                0x80.. => self.indexed()?,
                0x40.. => self.literal(Representation::LiteralIncremental, 6)?,
                0x20.. => self.size_update()?,
                0x10.. => self.literal(Representation::LiteralNeverIndexed, 4)?,
                _ => self.literal(Representation::LiteralWithoutIndexing, 4)?,
            }
        }
        Ok(())
    }

    #[inline]
    fn indexed(&mut self) -> Result<(), Fault> {
        let start = self.position;
        let index = self.integer(7)?;
        let from = self.decoded.text.len();
        let span = self.span(start);
        let entry = self.table.get(index);
        if entry.is_none() && !self.budget.full && !self.may_be_unseen(index) {
            self.decoded.faults.push(Fault {
                span,
                kind: FaultKind::Index(index.into()),
            });
        }
        let (name, value) = entry.map_or((None, None), |entry| (entry.name, entry.value));
        let unknown = unknown(name.is_some(), value.is_some());
        let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
        if !self.budget.fits(name.len() + value.len()) {
            self.drop_rest(span);
            return Ok(());
        }
        self.decoded.text.extend_from_slice(name);
        self.decoded.text.extend_from_slice(value);
        self.decoded.fields.push(FieldRecord {
            name: range(from, name.len()),
            value: range(from + name.len(), value.len()),
            representation: Representation::Indexed,
            index: Some(index),
            huffman: (false, false),
            span,
            unknown,
        });
        Ok(())
    }

    #[inline]
    fn literal(&mut self, representation: Representation, prefix: u32) -> Result<(), Fault> {
        let start = self.position;
        let offset = self.offset(start);
        let incremental = representation == Representation::LiteralIncremental;
        let index = self.integer(prefix)?;
        let from = self.decoded.text.len();
        let mut name = if index == 0 {
            self.string()?
        } else {
            self.indexed_name(index, incremental)?
        };
        let value = match self.string() {
            Ok(value) => value,
            Err(fault) => {
                self.decoded.text.truncate(from);
                return Err(fault);
            }
        };

        if incremental {
            let known = Known {
                name: name.known,
                value: value.known,
            };
            self.table
                .insert(&self.decoded.text[from..], name.length, known);
        }
        let span = Span {
            offset,
            length: (self.position - start) as u64,
        };
        if !self.budget.fits(name.length + value.length) {
            self.decoded.text.truncate(from);
            self.drop_rest(span);
            return Ok(());
        }
        if let Some(fault) = &mut name.fault
            && index != 0
        {
            fault.span = span;
        }
        self.decoded.faults.extend(name.fault);
        self.decoded.faults.extend(value.fault);
        self.decoded.fields.push(FieldRecord {
            name: range(from, name.length),
            value: range(from + name.length, value.length),
            representation,
            index: (index != 0).then_some(index),
            huffman: (name.huffman, value.huffman),
            span,
            unknown: unknown(name.known, value.known),
        });
        Ok(())
    }

    fn size_update(&mut self) -> Result<(), Fault> {
        let start = self.position;
        let size = self.integer(5)?;
        self.table.resize(size);
        *self.incomplete &= size > 0;
        let span = self.span(start);
        if !self.budget.fits(0) {
            self.drop_rest(span);
            return Ok(());
        }
        let after_fields = self.decoded.fields.len();
        self.decoded.size_updates.push(SizeUpdate {
            size: size.into(),
            after_fields,
            span,
        });
        Ok(())
    }

    /// Whether an index that points to nothing here may point to an entry that was never seen.
    const fn may_be_unseen(&self, index: u32) -> bool {
        *self.incomplete && index as usize > ENTRIES.len()
    }

    /// Appends the name of the entry at `index` to the text, where it will be kept or added to the table.
    fn indexed_name(&mut self, index: u32, incremental: bool) -> Result<Part, Fault> {
        let entry = self.table.get(index);
        let name = entry.and_then(|entry| entry.name);
        // The caller sets the span, which is not known before the value is read.
        let fault = (entry.is_none() && !self.may_be_unseen(index)).then(|| Fault {
            span: Span::default(),
            kind: FaultKind::Index(index.into()),
        });
        let known = name.is_some();
        let name = name.unwrap_or_default();
        if self.budget.full && !incremental {
            return Ok(Part {
                length: 0,
                huffman: false,
                fault,
                known,
            });
        }
        if !self.budget.copies(name.len()) {
            let span = self.rest();
            return Err(Fault {
                span,
                kind: FaultKind::TooLarge,
            });
        }
        self.decoded.text.extend_from_slice(name);
        Ok(Part {
            length: name.len(),
            huffman: false,
            fault,
            known,
        })
    }

    /// Takes a string and appends it to the text.
    #[inline]
    fn string(&mut self) -> Result<Part, Fault> {
        let start = self.position;
        let huffman = self
            .block
            .bytes
            .get(start)
            .is_some_and(|first| first & 0x80 != 0);
        let length = self.integer(7)?;
        let rest = &self.block.bytes[self.position..];
        let Some(encoded) = rest.get(..length as usize) else {
            self.position = start;
            return Err(Fault {
                span: self.rest(),
                kind: FaultKind::StringLength(length.into()),
            });
        };
        let from = self.decoded.text.len();
        let known = if huffman {
            huffman::decode(encoded, &mut self.decoded.text)
        } else {
            self.decoded.text.extend_from_slice(encoded);
            true
        };
        let fault = (!known).then(|| Fault {
            span: Span {
                offset: self.offset(self.position),
                length: length.into(),
            },
            kind: FaultKind::Huffman,
        });
        self.position += length as usize;
        Ok(Part {
            length: self.decoded.text.len() - from,
            huffman,
            fault,
            known,
        })
    }

    #[inline]
    fn integer(&mut self, prefix: u32) -> Result<u32, Fault> {
        match integer::decode(&self.block.bytes[self.position..], prefix) {
            Some((value, taken)) => {
                self.position += taken;
                Ok(value)
            }
            None => Err(Fault {
                span: self.rest(),
                kind: FaultKind::Integer,
            }),
        }
    }

    /// Notes, once, that `span` and what follows are not kept.
    #[cold]
    fn drop_rest(&mut self, span: Span) {
        if !self.budget.full {
            self.budget.full = true;
            let length = span.length + (self.block.bytes.len() - self.position) as u64;
            let span = Span { length, ..span };
            self.decoded.faults.push(Fault {
                span,
                kind: FaultKind::TooLarge,
            });
        }
    }

    /// The bytes taken since `start`.
    #[inline]
    fn span(&mut self, start: usize) -> Span {
        Span {
            offset: self.offset(start),
            length: (self.position - start) as u64,
        }
    }

    /// The bytes not taken.
    fn rest(&mut self) -> Span {
        let offset = self.offset(self.position);
        Span {
            offset,
            length: (self.block.bytes.len() - self.position) as u64,
        }
    }

    /// Where the byte at `position` of the block stands. Positions asked for must not descend.
    #[inline]
    fn offset(&mut self, position: usize) -> u64 {
        while self
            .block
            .places
            .get(self.place + 1)
            .is_some_and(|next| next.position <= position)
        {
            self.place += 1;
        }
        match self.block.places.get(self.place) {
            Some(place) => place.offset + (position - place.position) as u64,
            None => position as u64,
        }
    }
}

impl Budget {
    /// Takes the size of an item whose text has `length` bytes, if all before it were kept and it fits as well.
    #[inline]
    fn fits(&mut self, length: usize) -> bool {
        let left = self
            .left
            .checked_sub(length + FIELD_OVERHEAD)
            .filter(|_| !self.full);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// Takes the work of copying a name of `length` bytes that will not be kept.
    fn copies(&mut self, length: usize) -> bool {
        if self.full {
            self.copies = self.copies.saturating_sub(length);
        }
        self.copies > 0
    }
}

/// A range of a block's text. Kept text is bounded by [`LIST_LIMIT`], far below 2^32.
const fn range(start: usize, length: usize) -> (u32, u32) {
    (start as u32, length as u32)
}

const fn unknown(name: bool, value: bool) -> Option<Unknown> {
    match (name, value) {
        (true, true) => None,
        (false, true) => Some(Unknown::Name),
        (true, false) => Some(Unknown::Value),
        (false, false) => Some(Unknown::Both),
    }
}
