//! Which of the known names somebody meant.

/// How many names a suggestion holds at most: more is a list to search, not an answer.
const SUGGESTIONS: usize = 3;

/// The names most like `wanted`, best first: a third of its letters may differ, in any case.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = wanted.to_lowercase();
    let tolerance = (wanted.chars().count() / 3).max(1);
    let mut scored: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            // A name that only adds to the wanted one is near whatever its length.
            let extends = folded.len() >= 3
                && (lower.starts_with(&folded) || folded.starts_with(&lower) && lower.len() >= 3);
            let distance = if extends {
                1
            } else {
                edit_distance(&folded, &lower)
            };
            (distance <= tolerance).then_some((distance, name))
        })
        .collect();
    scored.sort();
    scored.truncate(SUGGESTIONS);
    scored.into_iter().map(|(_, name)| name).collect()
}

/// Letters to insert, delete or replace to turn one text into the other.
pub(crate) fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut previous: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.chars().enumerate() {
        let mut current = Vec::with_capacity(previous.len());
        current.push(row + 1);
        let mut left = row + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = previous[column] + usize::from(letter != *other);
            left = replaced.min(previous[column + 1] + 1).min(left + 1);
            current.push(left);
        }
        previous = current;
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["greeting", "greeted", "name", "item_count"];
        assert_eq!(nearest("greting", names.into_iter()), ["greeting"]);
        assert_eq!(nearest("GREETED", names.into_iter()), ["greeted"]);
        assert_eq!(nearest("item", names.into_iter()), ["item_count"]);
        assert!(nearest("zebra", names.into_iter()).is_empty());
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
    }
}
