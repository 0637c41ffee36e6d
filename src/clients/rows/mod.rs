//! The table of what clients print, one file a part of the ladder.

mod content_type;
mod framing;
mod http_status;
mod message;
mod opening;
mod response;
mod trailers;

use super::row::Row;

/// Every row, in the ladder's order.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    [
        opening::ROWS,
        response::ROWS,
        http_status::ROWS,
        content_type::ROWS,
        framing::ROWS,
        message::ROWS,
        trailers::ROWS,
    ]
    .into_iter()
    .flatten()
}

/// The rows that tell what clients print on a rule.
pub(super) fn of(rule: &str) -> impl Iterator<Item = &'static Row> {
    all().filter(move |row| row.rules.contains(&rule) && !row.read_only)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::explain::FAMILIES;
    use crate::rules;

    #[test]
    fn rows_name_rules_and_clients_that_exist() {
        for row in all() {
            assert!(
                row.rules.iter().any(|name| rules::rule(name).is_some()),
                "{}",
                row.message
            );
            assert!(FAMILIES.contains(&row.family()), "{}", row.client);
        }
        assert!(all().count() > 150);
    }

    #[test]
    fn each_text_is_found_in_itself() {
        for row in all().filter(|row| row.is_text() && !row.message.is_empty()) {
            let filled = super::super::pattern::fill(row.message, &|hole| {
                Some(match hole {
                    "dump" | "record-dump" => "485454502f".to_owned(),
                    "code" | "reset" | "name" => "INTERNAL_ERROR".to_owned(),
                    "reason" | "content-type" | "debug" | "text" | "encoding" | "body" => {
                        "x".to_owned()
                    }
                    _ => "7".to_owned(),
                })
            });
            let filled = filled.unwrap();
            assert!(row.find(&filled).is_some(), "{filled}");
        }
    }
}
