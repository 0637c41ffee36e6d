//! Bytes in hexadecimal, in rows, with the column of each known.

use std::ops::Range;

use crate::report::view::octet;
use crate::rpc::envelope::PREFIX_LENGTH;

/// Bytes in one row, as in every hex dump.
const ROW: usize = 16;

/// How bytes are grouped.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Where prefixes of messages start: each opens a row, its length stands in one piece, and a bar follows.
    pub(super) prefixes: Vec<usize>,
    /// The same for a prefix that is none but was read as one: no row of its own.
    pub(super) misread: Option<usize>,
}

impl Groups {
    fn prefix_of(&self, at: usize) -> Option<usize> {
        let starts = self.prefixes.iter().copied().chain(self.misread);
        starts
            .filter(|start| (*start..start + PREFIX_LENGTH + 1).contains(&at))
            .max()
    }

    /// What stands before the byte at `at` within a row.
    fn gap(&self, at: usize) -> &'static str {
        match self.prefix_of(at).map(|start| at - start) {
            Some(2..PREFIX_LENGTH) => "",
            Some(PREFIX_LENGTH) => " | ",
            _ => " ",
        }
    }
}

/// A row of a dump.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The bytes, without indentation.
    pub(super) text: String,
    /// Which bytes of the dump.
    pub(super) bytes: Range<usize>,
    columns: Vec<usize>,
}

impl Row {
    /// The columns of those bytes of `range` that stand in this row.
    pub(super) fn columns_of(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let first = range.start.max(self.bytes.start);
        let last = range.end.min(self.bytes.end).checked_sub(1)?;
        if first > last {
            return None;
        }
        let column = |at: usize| self.columns.get(at - self.bytes.start).copied();
        Some(column(first)?..column(last)? + 2)
    }
}

/// Lays bytes out in rows of at most `width` columns; `None` is a byte that is not to be seen.
pub(super) fn rows(bytes: &[Option<u8>], groups: &Groups, width: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        let gap = groups.gap(at);
        let opens = groups.prefixes.contains(&at);
        let full = rows.last().is_none_or(|row| {
            row.columns.len() >= ROW || row.text.len() + gap.len() + 2 > width.max(ROW)
        });
        if opens || full {
            rows.push(Row {
                bytes: at..at,
                ..Row::default()
            });
        }
        if let Some(row) = rows.last_mut() {
            if !row.columns.is_empty() {
                row.text.push_str(gap);
            }
            row.columns.push(row.text.len());
            row.text.extend(octet(*byte));
            row.bytes.end = at + 1;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], groups: &Groups, width: usize) -> Vec<String> {
        let bytes: Vec<Option<u8>> = bytes.iter().copied().map(Some).collect();
        rows(&bytes, groups, width)
            .into_iter()
            .map(|row| row.text)
            .collect()
    }

    #[test]
    fn prefixes_stand_apart() {
        let groups = Groups {
            prefixes: vec![0, 7],
            misread: None,
        };
        assert_eq!(
            shown(b"\0\0\0\0\x02hi\x01\0\0\0\0", &groups, 64),
            ["00 00000002 | 68 69", "01 00000000"]
        );
        let misread = Groups {
            prefixes: Vec::new(),
            misread: Some(0),
        };
        assert_eq!(shown(b"Hello!", &misread, 64), ["48 656c6c6f | 21"]);
    }

    #[test]
    fn rows_end_at_sixteen_bytes_or_the_edge() {
        let rows = shown(&[7; 17], &Groups::default(), 64);
        assert_eq!(rows[0].len(), 47);
        assert_eq!(rows[1], "07");
        assert!(
            shown(&[7; 17], &Groups::default(), 20)
                .iter()
                .all(|row| row.len() <= 20)
        );
    }

    #[test]
    fn columns_of_bytes() {
        let groups = Groups {
            prefixes: vec![0],
            misread: None,
        };
        let rows = rows(&[Some(0); 20], &groups, 64);
        assert_eq!(rows[0].columns_of(&(0..1)), Some(0..2));
        assert_eq!(rows[0].columns_of(&(1..5)), Some(3..11));
        assert_eq!(rows[0].columns_of(&(5..7)), Some(14..19));
        assert_eq!(rows[0].columns_of(&(15..40)), Some(44..46));
        assert_eq!(rows[1].columns_of(&(15..40)), Some(0..11));
        assert_eq!(rows[0].columns_of(&(18..19)), None);
    }

    #[test]
    fn hidden_bytes_are_stars() {
        assert_eq!(
            rows(&[Some(1), None], &Groups::default(), 64)[0].text,
            "01 **"
        );
    }
}
