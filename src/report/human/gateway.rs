//! Who answered, in one line.

use crate::gateways::{Confidence, Identified, Strength};
use crate::report::style::{Line, Page, Style};
use crate::report::view::View;

/// How many clues are shown for each; the others are in the JSON.
const CLUES: usize = 3;

/// Writes the line; none where nobody is identified.
pub(in crate::report) fn write(view: &View<'_>, page: &mut Page) {
    let gateways = view.report.gateways;
    let Some((first, rest)) = gateways.split_first() else {
        return;
    };
    let mut text = describe(view, first);
    for other in rest {
        // An edge stands before whatever else signed the answer.
        let how = if other.gateway.edge && !first.gateway.edge {
            "behind"
        } else {
            "and"
        };
        text.push_str(&format!(", {how} {}", describe(view, other)));
    }
    page.hang(Line::default().dim("gateway  "), Style::Dim, &text);
}

fn describe(view: &View<'_>, found: &Identified) -> String {
    let perhaps = match found.confidence {
        Confidence::Low => "perhaps ",
        Confidence::Medium | Confidence::High => "",
    };
    // Hints are not what the name rests on.
    let clues: Vec<String> = found
        .clues
        .iter()
        .filter(|clue| clue.strength > Strength::Hint)
        .take(CLUES)
        .map(|clue| view.text(&clue.what))
        .collect();
    format!("{perhaps}{} ({})", found.gateway.name, clues.join(", "))
}
