//! The fourteen steps in a few rows: what passes runs together, what fails stands alone with its reason.

use super::status_sign;
use crate::diagnosis::{Judged, Status};
use crate::report::style::{Line, Page, Style};
use crate::report::view::View;
use crate::report::wrap;

const INDENT: usize = 2;

/// Steps that stand in one row for as long as they fit.
#[derive(Default)]
struct Row {
    line: Option<Line>,
}

impl Row {
    fn add(&mut self, page: &mut Page, step: Line) {
        if let Some(line) = self.line.take() {
            if line.columns() + 2 + step.columns() <= page.width {
                self.line = Some(line.plain("  ").join(step));
                return;
            }
            page.push(line);
        }
        self.line = Some(Line::indent(INDENT).join(step));
    }

    fn end(&mut self, page: &mut Page) {
        if let Some(line) = self.line.take() {
            page.push(line);
        }
    }
}

/// Writes the ladder.
pub(in crate::report) fn write(view: &View<'_>, page: &mut Page) {
    let steps = &view.report.diagnosis.steps;
    let names = |judged: &&Judged| judged.status == Status::Fail;
    let name_width = steps
        .iter()
        .filter(names)
        .map(|judged| judged.step.name().len())
        .max()
        .unwrap_or(0);
    let mut row = Row::default();
    for judged in steps {
        let (sign, style) = status_sign(judged.status);
        let sign = Line::default().with(style, sign).plain(" ");
        let name = judged.step.name();
        let note = judged.note.as_deref().map(|note| view.text(note));
        if judged.status == Status::Fail {
            row.end(page);
            let start = Line::indent(INDENT)
                .join(sign)
                .with(Style::Strong, wrap::pad(name, name_width))
                .plain("  ");
            page.hang(start, Style::Plain, note.as_deref().unwrap_or_default());
            continue;
        }
        let step = sign.plain(name);
        let Some(note) = note else {
            row.add(page, step);
            continue;
        };
        let noted = step.clone().dim(format!(" ({note})"));
        if INDENT + noted.columns() <= page.width {
            row.add(page, noted);
        } else {
            row.end(page);
            let start = Line::indent(INDENT).join(step).plain("  ");
            page.hang(start, Style::Dim, &note);
        }
    }
    row.end(page);
}
