//! The static and the dynamic table (RFC 7541, 2.3 and 4).
//!
//! Entries are counted from the newest, and eviction takes the oldest. So a table that misses old entries, because
//! decoding began in the middle of a connection or an entry's true size is not known, still gives each index the
//! right entry or none: an insertion puts the newest entry at the same index for both sides, and one too large to
//! fit empties the table of all that is older. A wrong entry can come only of a peer that uses one which it evicted.

use std::collections::VecDeque;

use super::TABLE_LIMIT;
use super::static_table::ENTRIES;

/// Added to the length of name and value for an entry's size, in bytes (4.1).
const OVERHEAD: usize = 32;

/// The maximum size before any update, in bytes: the initial SETTINGS_HEADER_TABLE_SIZE (RFC 9113, 6.5.2).
const INITIAL_SIZE: usize = 4096;

/// Evicted text that may stand in the arena before it is dropped, in bytes, where the text in use is less. Moving
/// the rest down is then rare, and never costs more than was added since.
const SLACK: usize = 4096;

/// An entry, its unknown parts `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) name: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
}

/// Both tables, of one direction.
#[derive(Debug)]
pub(super) struct Table {
    /// The dynamic entries, oldest first.
    entries: VecDeque<Record>,
    /// Their names and values, oldest first, after `evicted` bytes that are no longer of use.
    arena: Vec<u8>,
    evicted: usize,
    /// Bytes ever dropped from the front of the arena.
    dropped: u64,
    /// The sum of the entries' sizes, in bytes.
    size: usize,
    maximum: usize,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    /// Bytes ever put into the arena before this entry's name.
    position: u64,
    name: u32,
    value: u32,
    known: Known,
}

/// Which parts of an entry are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) name: bool,
    pub(super) value: bool,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            arena: Vec::new(),
            evicted: 0,
            dropped: 0,
            size: 0,
            maximum: INITIAL_SIZE,
        }
    }

    /// The entry at `index`: 1 to 61 static, above dynamic; `None` for 0 and for what is not there.
    #[inline]
    pub(super) fn get(&self, index: u32) -> Option<Entry<'_>> {
        let place = (index as usize).checked_sub(1)?;
        if let Some((name, value)) = ENTRIES.get(place) {
            return Some(Entry {
                name: Some(name.as_bytes()),
                value: Some(value.as_bytes()),
            });
        }
        let age = place - ENTRIES.len();
        let record = self.entries.get(self.entries.len().checked_sub(age + 1)?)?;
        let start = (record.position - self.dropped) as usize;
        let (name, value) =
            self.arena[start..start + record.length()].split_at(record.name as usize);
        Some(Entry {
            name: record.known.name.then_some(name),
            value: record.known.value.then_some(value),
        })
    }

    /// Adds the entry whose name and value are the two parts of `text`, evicting to make room (4.4). An unknown part
    /// is empty, and counts for nothing.
    pub(super) fn insert(&mut self, text: &[u8], name: usize, known: Known) {
        let size = text.len() + OVERHEAD;
        self.evict(self.maximum.saturating_sub(size));
        if size > self.maximum {
            return;
        }
        self.entries.push_back(Record {
            position: self.dropped + self.arena.len() as u64,
            // Both are at most the table's maximum, which TABLE_LIMIT bounds.
            name: name as u32,
            value: (text.len() - name) as u32,
            known,
        });
        self.arena.extend_from_slice(text);
        self.size += size;
    }

    /// Sets the maximum size, in bytes (6.3); beyond [`TABLE_LIMIT`] it is that.
    pub(super) fn resize(&mut self, maximum: u32) {
        self.maximum = (maximum as usize).min(TABLE_LIMIT);
        self.evict(self.maximum);
    }

    /// How much memory it takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.arena.capacity() + self.entries.capacity() * size_of::<Record>()
    }

    /// Drops all entries, since it is no longer known at which index they stand.
    pub(super) fn lose(&mut self) {
        self.evict(0);
    }

    /// Evicts the oldest entries until at most `size` bytes are in use.
    fn evict(&mut self, size: usize) {
        while self.size > size {
            let Some(record) = self.entries.pop_front() else {
                break;
            };
            self.evicted += record.length();
            self.size -= record.length() + OVERHEAD;
        }
        if self.evicted > SLACK && self.evicted > self.arena.len() / 2 {
            self.arena.drain(..self.evicted);
            self.dropped += self.evicted as u64;
            self.evicted = 0;
        }
    }
}

impl Record {
    const fn length(&self) -> usize {
        self.name as usize + self.value as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known = Known {
        name: true,
        value: true,
    };

    fn insert(table: &mut Table, name: &str, value: &str) {
        table.insert(format!("{name}{value}").as_bytes(), name.len(), KNOWN);
    }

    fn text(table: &Table, index: u32) -> Option<(String, String)> {
        let part = |part: Option<&[u8]>| String::from_utf8(part.unwrap_or(b"?").to_vec()).unwrap();
        table
            .get(index)
            .map(|entry| (part(entry.name), part(entry.value)))
    }

    fn pair(name: &str, value: &str) -> Option<(String, String)> {
        Some((name.to_owned(), value.to_owned()))
    }

    #[test]
    fn static_entries_stand_where_appendix_a_says() {
        let table = Table::new();
        assert_eq!(text(&table, 0), None);
        assert_eq!(text(&table, 1), pair(":authority", ""));
        assert_eq!(text(&table, 8), pair(":status", "200"));
        assert_eq!(text(&table, 61), pair("www-authenticate", ""));
        assert_eq!(text(&table, 62), None);
        assert_eq!(text(&table, u32::MAX), None);
    }

    #[test]
    fn the_newest_entry_is_62() {
        let mut table = Table::new();
        insert(&mut table, "a", "1");
        insert(&mut table, "b", "2");
        assert_eq!(text(&table, 62), pair("b", "2"));
        assert_eq!(text(&table, 63), pair("a", "1"));
        assert_eq!(text(&table, 64), None);
        assert_eq!(table.size, 68);
    }

    #[test]
    fn the_oldest_is_evicted_to_make_room() {
        let mut table = Table::new();
        table.resize(34 * 2);
        for name in ["a", "b", "c"] {
            insert(&mut table, name, "1");
        }
        assert_eq!(text(&table, 62), pair("c", "1"));
        assert_eq!(text(&table, 63), pair("b", "1"));
        assert_eq!(text(&table, 64), None);
    }

    #[test]
    fn an_entry_larger_than_the_table_empties_it() {
        let mut table = Table::new();
        insert(&mut table, "a", "1");
        insert(&mut table, "long", &"x".repeat(4096));
        assert_eq!(text(&table, 62), None);
        assert_eq!(table.size, 0);
        insert(&mut table, "exact", &"x".repeat(4096 - 32 - 5));
        assert_eq!(table.size, 4096);
    }

    #[test]
    fn resizing_evicts_and_is_bounded() {
        let mut table = Table::new();
        insert(&mut table, "a", "1");
        table.resize(33);
        assert_eq!(text(&table, 62), None);
        table.resize(u32::MAX);
        assert_eq!(table.maximum, TABLE_LIMIT);
    }

    #[test]
    fn unknown_parts_hold_their_place() {
        let mut table = Table::new();
        insert(&mut table, "a", "1");
        table.insert(
            b"2",
            0,
            Known {
                name: false,
                value: true,
            },
        );
        insert(&mut table, "c", "3");
        assert_eq!(text(&table, 62), pair("c", "3"));
        assert_eq!(text(&table, 63), pair("?", "2"));
        assert_eq!(text(&table, 64), pair("a", "1"));
        table.lose();
        assert_eq!(text(&table, 62), None);
    }

    #[test]
    fn the_arena_stays_in_proportion_to_the_table() {
        let mut table = Table::new();
        for round in 0..10_000_u32 {
            let value = "x".repeat(round as usize % 1000);
            insert(&mut table, &round.to_string(), &value);
            assert_eq!(text(&table, 62), pair(&round.to_string(), &value));
            let oldest = 61 + table.entries.len() as u32;
            let oldest_round = round + 1 - table.entries.len() as u32;
            assert_eq!(text(&table, oldest).unwrap().0, oldest_round.to_string());
            assert!(table.arena.len() <= 2 * (4096 + SLACK));
        }
    }
}
