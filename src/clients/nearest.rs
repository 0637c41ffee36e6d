//! The rules that come nearest to a name or a text that is not known.

use crate::rules::RULES;
use crate::schema::nearest::nearest as by_name;

/// How many are named.
const NAMED: usize = 3;

/// How many words of a text are looked at.
const WORDS: usize = 64;

/// The rules whose names are nearest to a misspelt one, or whose texts have most of the words of a text.
#[must_use]
pub fn nearest(text: &str) -> Vec<&'static str> {
    let text = text.trim();
    if text.len() <= WORDS && !text.contains(char::is_whitespace) {
        let mut names = by_name(text, RULES.iter().map(|rule| rule.name));
        names.truncate(NAMED);
        if !names.is_empty() {
            return names;
        }
    }
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 3)
        .take(WORDS)
        .map(str::to_ascii_lowercase)
        .collect();
    let mut scored: Vec<(usize, &'static str)> = RULES
        .iter()
        .map(|rule| {
            let known = format!("{} {} {}", rule.name, rule.summary, rule.explain);
            let known = known.to_ascii_lowercase();
            let score = words
                .iter()
                .filter(|word| known.contains(word.as_str()))
                .count();
            (score, rule.name)
        })
        .filter(|(score, _)| *score > 0)
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored
        .into_iter()
        .take(NAMED)
        .map(|(_, name)| name)
        .collect()
}
