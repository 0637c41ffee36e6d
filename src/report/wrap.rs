//! Text broken into lines by the columns that it takes on a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The fewest columns that text is broken to: narrower, it would be a column of syllables.
pub(super) const NARROWEST: usize = 20;

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    // What is most of a report takes a column each.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    text.width()
}

/// Breaks `text` at spaces into lines of at most `width` columns. A word longer than a line is broken where the line
/// ends. Runs of spaces within a line are kept; an empty text is one empty line.
pub(super) fn fill(text: &str, width: usize) -> Vec<String> {
    let width = width.max(NARROWEST);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for piece in text.split_inclusive(' ') {
        let word = piece.trim_end_matches(' ');
        if used > 0 && used + columns(word) > width {
            lines.push(line.trim_end().to_owned());
            line.clear();
            used = 0;
        }
        if columns(word) <= width {
            line.push_str(piece);
            used += columns(piece);
            continue;
        }
        for letter in piece.chars() {
            let step = letter.width().unwrap_or(0);
            if used + step > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(letter);
            used += step;
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// `text` padded with spaces to `width` columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces() {
        assert_eq!(
            fill("the stream ended on DATA: no trailers, no grpc-status", 24),
            [
                "the stream ended on",
                "DATA: no trailers, no",
                "grpc-status"
            ]
        );
        assert_eq!(fill("", 24), [""]);
        assert_eq!(fill("two  spaces", 24), ["two  spaces"]);
    }

    #[test]
    fn long_words_are_broken_where_the_line_ends() {
        let token = "x".repeat(45);
        assert_eq!(
            fill(&format!("see {token}"), 20),
            ["see", &token[..20], &token[..20], "xxxxx"]
        );
        let wide = "\u{6f22}".repeat(15);
        let lines = fill(&wide, 21);
        assert_eq!(lines.iter().map(|line| columns(line)).max(), Some(20));
        assert_eq!(lines.concat(), wide);
    }

    #[test]
    fn never_wider_than_asked() {
        let text = "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii \u{e9}\u{e9}";
        for width in NARROWEST..40 {
            assert!(fill(text, width).iter().all(|line| columns(line) <= width));
        }
    }
}
