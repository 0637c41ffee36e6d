//! JSON that a reply is expected to contain.

use serde_json::Value;

use super::rules;
use crate::diagnosis::{Case, Finding, Findings, Party};
use crate::schema::{Decoded, Place};

/// How many characters of a value a message quotes.
const QUOTED: usize = 200;

/// A reply that is expected, in part.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply(Value);

impl std::str::FromStr for Reply {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        Self::new(value)
    }
}

impl Reply {
    /// A reply that contains these members.
    ///
    /// # Errors
    /// Where the value is no object: a message is one.
    pub fn new(value: Value) -> Result<Self, String> {
        if value.is_object() {
            Ok(Self(value))
        } else {
            Err("a reply is a message, so what it contains is a JSON object".to_owned())
        }
    }

    /// The same with the names and values that the reply's JSON has, by its type.
    pub(super) fn typed(self, reply: &Place) -> Result<Self, String> {
        typed(self.0, reply).map(Self)
    }

    pub(super) fn check(&self, reply: Option<&Contents<'_>>) -> Option<Finding> {
        let mut findings = Findings::new(&rules::UNEXPECTED_REPLY);
        let Some(reply) = reply else {
            findings
                .add(Party::Server, NO_REPLY)
                .expected(self.0.to_string());
            return findings.into_list().pop();
        };
        let difference = difference("", &self.0, Some(&reply.whole))?;
        let finding = findings.add(Party::Server, difference.seen);
        finding.expected(difference.expected);
        findings.into_list().pop()
    }
}

/// What is said where there is no reply to look at.
pub(super) const NO_REPLY: &str = "no reply could be decoded";

/// What a reply holds, seen through whatever defect.
pub(super) struct Contents<'a> {
    /// The fields that are in it.
    pub(super) sent: &'a Value,
    /// The same with the default values of those that are not, where they have no presence.
    pub(super) whole: Value,
}

impl<'a> Contents<'a> {
    /// What the reply of a call holds; `None` where none could be decoded.
    pub(super) fn of(case: &'a Case<'_>) -> Option<Self> {
        let decoded: &Decoded = case.body.seen.first()?.decoded.as_ref()?.as_ref().ok()?;
        Some(Self {
            sent: &decoded.json,
            whole: decoded.with_defaults(),
        })
    }
}

/// A value with the names and values that its place has in JSON.
pub(super) fn typed(value: Value, place: &Place) -> Result<Value, String> {
    Ok(match place.value(value)? {
        Value::Object(members) => {
            let mut typed_members = serde_json::Map::new();
            for (name, value) in members {
                let (name, place) = place.member(&name)?;
                typed_members.insert(name, typed(value, &place)?);
            }
            Value::Object(typed_members)
        }
        Value::Array(items) => {
            let place = place.item()?;
            let items = items.into_iter().map(|item| typed(item, &place));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        value => value,
    })
}

/// Where two values part.
struct Difference {
    seen: String,
    expected: String,
}

/// The first place at which `seen` does not contain `wanted`: objects may have more members, lists are as long and
/// contain one another item by item.
fn difference(path: &str, wanted: &Value, seen: Option<&Value>) -> Option<Difference> {
    let differs = |seen: String| {
        Some(Difference {
            seen,
            expected: if path.is_empty() {
                short(wanted)
            } else {
                format!("{path}: {}", short(wanted))
            },
        })
    };
    match (wanted, seen) {
        (_, None) => differs(format!("the reply has no {path}")),
        (Value::Object(wanted), Some(Value::Object(seen))) => {
            wanted.iter().find_map(|(name, value)| {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                difference(&path, value, seen.get(name))
            })
        }
        (Value::Array(wanted), Some(Value::Array(seen))) => {
            if wanted.len() == seen.len() {
                wanted
                    .iter()
                    .zip(seen)
                    .enumerate()
                    .find_map(|(index, (wanted, seen))| {
                        difference(&format!("{path}[{index}]"), wanted, Some(seen))
                    })
            } else {
                differs(format!("the reply's {path} has {} items", seen.len()))
            }
        }
        (wanted, Some(seen)) if same(wanted, seen) => None,
        (_, Some(seen)) => differs(format!("the reply has {path}: {}", short(seen))),
    }
}

/// Whether two values are the same: numbers by their value, `3` and `3.0` alike.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (integer(one), integer(other)) {
            (Some(one), Some(other)) => one == other,
            _ => one.as_f64() == other.as_f64(),
        },
        _ => one == other,
    }
}

/// A whole number, exactly.
pub(super) fn integer(number: &serde_json::Number) -> Option<i128> {
    number.as_i128()
}

/// A value for a message.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differs(wanted: &str, seen: &str) -> Option<String> {
        let wanted: Value = serde_json::from_str(wanted).unwrap();
        let seen: Value = serde_json::from_str(seen).unwrap();
        difference("", &wanted, Some(&seen))
            .map(|found| format!("{} | {}", found.seen, found.expected))
    }

    #[test]
    fn a_reply_contains_what_is_expected() {
        let reply = r#"{"a": 1, "b": {"c": [1, {"d": "x", "e": 2}]}, "n": "9007199254740993"}"#;
        for wanted in [
            "{}",
            r#"{"a": 1}"#,
            r#"{"a": 1.0}"#,
            r#"{"b": {"c": [1, {"d": "x"}]}}"#,
            r#"{"n": "9007199254740993"}"#,
        ] {
            assert_eq!(differs(wanted, reply), None, "{wanted}");
        }
        for (wanted, said) in [
            (r#"{"a": 2}"#, "the reply has a: 1 | a: 2"),
            (r#"{"a": "x"}"#, r#"the reply has a: 1 | a: "x""#),
            (r#"{"z": 2}"#, "the reply has no z | z: 2"),
            (
                r#"{"b": {"c": [1]}}"#,
                "the reply's b.c has 2 items | b.c: [1]",
            ),
            (
                r#"{"b": {"c": [1, {"d": "y"}]}}"#,
                r#"the reply has b.c[1].d: "x" | b.c[1].d: "y""#,
            ),
            // What stands as a text is none of the numbers: by its type an integer of 64 bits is wanted as a text too.
            (
                r#"{"n": 9007199254740993}"#,
                r#"the reply has n: "9007199254740993" | n: 9007199254740993"#,
            ),
            (r#"{"a": true}"#, "the reply has a: 1 | a: true"),
            (r#"{"a": null}"#, "the reply has a: 1 | a: null"),
        ] {
            assert_eq!(differs(wanted, reply).as_deref(), Some(said), "{wanted}");
        }
    }

    #[test]
    fn what_is_no_reply() {
        assert!("[1]".parse::<Reply>().unwrap_err().contains("JSON object"));
        assert!("{".parse::<Reply>().unwrap_err().contains("no JSON"));
    }
}
