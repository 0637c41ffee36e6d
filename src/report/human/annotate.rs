//! What runs of bytes read as, drawn beneath them: carets under the bytes, and a leg from each to its words.
//!
//! ```text
//! 0a 0d48656c | 6c 6f 2c
//! ^^ ^^^^^^^^
//! │  └ read as the length: 222848364 ("\rHel")
//! └ read as the compressed flag: 10, must be 0 or 1
//! ```

use crate::report::style::{Line, Style};
use crate::report::wrap;

/// Words that would have fewer columns than this to the right of their leg stand to its left.
const WORDS_MIN: usize = 28;

/// A run of columns in a row, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The first column.
    pub(super) start: usize,
    /// The column after the last.
    pub(super) end: usize,
    pub(super) words: String,
    pub(super) style: Style,
}

/// The lines beneath a row, `indent` columns in, of which `width` are left. Runs that overlap get carets of their own,
/// one beneath the other.
pub(super) fn beneath(mut marks: Vec<Mark>, indent: usize, width: usize) -> Vec<Line> {
    marks.retain(|mark| mark.end > mark.start);
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut lines = Vec::new();
    while !marks.is_empty() {
        let mut layer: Vec<Mark> = Vec::new();
        let mut rest = Vec::new();
        for mark in marks {
            match layer.last() {
                // The same bytes, read in two ways: one leg, both readings.
                Some(last) if (last.start, last.end) == (mark.start, mark.end) => layer.push(mark),
                Some(last) if mark.start < last.end => rest.push(mark),
                _ => layer.push(mark),
            }
        }
        lines.push(carets(&layer, indent));
        legs(&layer, indent, width, &mut lines);
        marks = rest;
    }
    lines
}

fn carets(layer: &[Mark], indent: usize) -> Line {
    let mut line = Line::indent(indent);
    let mut column = 0;
    for mark in layer {
        if mark.end <= column {
            continue;
        }
        line = line
            .plain(" ".repeat(mark.start.saturating_sub(column)))
            .with(mark.style, "^".repeat(mark.end - mark.start.max(column)));
        column = mark.end;
    }
    line
}

/// One leg a mark, from the right to the left, so that no leg crosses words.
fn legs(layer: &[Mark], indent: usize, width: usize, lines: &mut Vec<Line>) {
    let spoken: Vec<&Mark> = layer.iter().filter(|mark| !mark.words.is_empty()).collect();
    for (index, mark) in spoken.iter().enumerate().rev() {
        let left = &spoken[..index];
        let shared = left.last().is_some_and(|last| last.start == mark.start);
        let standing: Vec<&Mark> = left
            .iter()
            .copied()
            .filter(|other| other.start < mark.start)
            .collect();
        // Where several readings share a leg, it ends at the first of them, which is written last.
        let corner = if shared { "\u{251c} " } else { "\u{2514} " };
        let below = if shared { "\u{2502} " } else { "  " };
        let right = width.saturating_sub(mark.start + 2);
        let clear = standing.last().map_or(0, |other| other.start + 2);
        let to_the_left = mark.start.saturating_sub(clear + 1);
        if right < WORDS_MIN && to_the_left > right.max(WORDS_MIN) {
            for (number, words) in wrap::fill(&mark.words, to_the_left).iter().enumerate() {
                let pad = mark.start.saturating_sub(wrap::columns(words) + 1);
                let corner = if number == 0 { " \u{2518}" } else { "" };
                let line = standing_legs(&standing, indent, pad);
                lines.push(line.plain(words).with(mark.style, corner));
            }
            continue;
        }
        for (number, words) in wrap::fill(&mark.words, right).iter().enumerate() {
            let corner = if number == 0 { corner } else { below };
            let line = standing_legs(&standing, indent, mark.start);
            lines.push(line.with(mark.style, corner).plain(words));
        }
    }
}

/// The legs that go on to lines below, and blanks up to `column`.
fn standing_legs(standing: &[&Mark], indent: usize, column: usize) -> Line {
    let mut line = Line::indent(indent);
    let mut at = 0;
    for mark in standing {
        if mark.start < at || mark.start >= column {
            continue;
        }
        line = line
            .plain(" ".repeat(mark.start - at))
            .with(mark.style, "\u{2502}");
        at = mark.start + 1;
    }
    line.plain(" ".repeat(column.saturating_sub(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::style::Page;

    fn drawn(marks: &[(usize, usize, &str)], width: usize) -> Vec<String> {
        let marks = marks
            .iter()
            .map(|(start, end, words)| Mark {
                start: *start,
                end: *end,
                words: (*words).to_owned(),
                style: Style::Bad,
            })
            .collect();
        let mut page = Page::new(width);
        for line in beneath(marks, 0, width) {
            page.push(line);
        }
        page.paint(false).lines().map(str::to_owned).collect()
    }

    #[test]
    fn legs_go_from_right_to_left() {
        assert_eq!(
            drawn(&[(0, 2, "flag: 10"), (3, 11, "length: 222848364")], 64),
            [
                "^^ ^^^^^^^^",
                "\u{2502}  \u{2514} length: 222848364",
                "\u{2514} flag: 10"
            ]
        );
    }

    #[test]
    fn words_are_wrapped_beside_the_legs_that_stand() {
        assert_eq!(
            drawn(
                &[
                    (0, 2, "flag"),
                    (3, 5, "a reading that takes more than one line")
                ],
                36
            ),
            [
                "^^ ^^",
                "\u{2502}  \u{2514} a reading that takes more than",
                "\u{2502}    one line",
                "\u{2514} flag",
            ]
        );
    }

    #[test]
    fn words_at_the_right_edge_stand_to_the_left() {
        assert_eq!(
            drawn(&[(0, 2, "start"), (45, 47, "the end of it")], 48),
            [
                "^^                                           ^^",
                "\u{2502}                              the end of it \u{2518}",
                "\u{2514} start",
            ]
        );
    }

    #[test]
    fn the_same_bytes_read_twice_share_a_leg() {
        assert_eq!(
            drawn(&[(3, 5, "one"), (3, 5, "two")], 40),
            ["   ^^", "   \u{251c} two", "   \u{2514} one"]
        );
    }

    #[test]
    fn runs_that_overlap_are_drawn_one_beneath_the_other() {
        assert_eq!(
            drawn(&[(0, 14, "all"), (3, 5, "part"), (6, 8, "other")], 40),
            [
                "^^^^^^^^^^^^^^",
                "\u{2514} all",
                "   ^^ ^^",
                "   \u{2502}  \u{2514} other",
                "   \u{2514} part",
            ]
        );
    }

    #[test]
    fn nothing_to_draw() {
        assert!(drawn(&[], 40).is_empty());
        assert!(drawn(&[(3, 3, "empty")], 40).is_empty());
    }
}
