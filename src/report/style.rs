//! Lines of a page, and how they look. Looks are applied last, so that text is laid out without them.

use colored::Color;

use super::{escape, wrap};

/// How a piece of text looks. Never the only bearer of a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// What the eye should find first.
    Strong,
    /// What can be passed over.
    Dim,
    Good,
    Bad,
    Caution,
    /// Names: of fields, of settings.
    Name,
}

impl Style {
    /// The parameters of its SGR sequence (ECMA-48, 8.3.117).
    fn parameters(self) -> Option<String> {
        Some(match self {
            Self::Plain => return None,
            Self::Strong => "1".to_owned(),
            Self::Dim => "2".to_owned(),
            Self::Good => Color::Green.to_fg_str().into_owned(),
            Self::Bad => format!("1;{}", Color::Red.to_fg_str()),
            Self::Caution => Color::Yellow.to_fg_str().into_owned(),
            Self::Name => Color::Cyan.to_fg_str().into_owned(),
        })
    }
}

/// A line in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pieces: Vec<(Style, String)>,
}

impl Line {
    /// A line of so many spaces.
    pub(super) fn indent(columns: usize) -> Self {
        Self::default().plain(" ".repeat(columns))
    }

    pub(super) fn with(mut self, style: Style, text: impl Into<String>) -> Self {
        self.pieces.push((style, text.into()));
        self
    }

    pub(super) fn plain(self, text: impl Into<String>) -> Self {
        self.with(Style::Plain, text)
    }

    pub(super) fn dim(self, text: impl Into<String>) -> Self {
        self.with(Style::Dim, text)
    }

    /// The pieces of `other` after these.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    pub(super) fn columns(&self) -> usize {
        self.pieces
            .iter()
            .map(|(_, text)| wrap::columns(text))
            .sum()
    }

    fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    fn paint(&self, out: &mut String) {
        for (style, text) in &self.pieces {
            match style.parameters() {
                Some(parameters) if !text.trim().is_empty() => {
                    out.push_str(&format!("\x1b[{parameters}m{text}\x1b[0m"));
                }
                _ => out.push_str(text),
            }
        }
    }
}

/// Lines, and how wide they may be.
#[derive(Debug)]
pub(super) struct Page {
    lines: Vec<Line>,
    pub(super) width: usize,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self {
            lines: Vec::new(),
            width,
        }
    }

    pub(super) fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// How many lines it has.
    pub(super) fn height(&self) -> usize {
        self.lines.len()
    }

    /// The lines of `other` after these.
    pub(super) fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// Sets what follows apart; a page does not start with an empty line and has no two of them.
    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|last| last.columns() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// Columns that are left after `used`.
    pub(super) fn room(&self, used: usize) -> usize {
        self.width.saturating_sub(used).max(wrap::NARROWEST)
    }

    /// `start`, and then `text` broken into lines that all begin where `start` ends.
    pub(super) fn hang(&mut self, start: Line, style: Style, text: &str) {
        let indent = start.columns();
        let mut lines = wrap::fill(text, self.room(indent)).into_iter();
        let first = lines.next().unwrap_or_default();
        self.push(start.with(style, first));
        for line in lines {
            self.push(Line::indent(indent).with(style, line));
        }
    }

    /// The page as text; without `color` there is no escape character in it.
    pub(super) fn paint(&self, color: bool) -> String {
        let mut out = String::new();
        for line in &self.lines {
            let mut text = line.text();
            let length = text.trim_end().len();
            text.truncate(length);
            let plain = escape::line(text);
            // What was escaped is longer.
            if color && plain.len() == length {
                line.paint(&mut out);
            } else {
                out.push_str(&plain);
            }
            out.push('\n');
        }
        out
    }
}
