//! A test of one field of a reply: `items[0].price >= 3`.

use std::cmp::Ordering;

use serde_json::{Deserializer, Number, Value};

use super::relation::Relation;
use super::reply::{Contents, NO_REPLY, integer, same, short, typed};
use super::rules;
use crate::diagnosis::{Finding, Findings, Party};
use crate::schema::Place;

/// A test of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// The test as it was given.
    text: String,
    path: Vec<Part>,
    test: Test,
    /// Whether the field is an integer of 64 bits, which JSON has as a text.
    wide: bool,
}

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Member(String),
    Item(usize),
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Present,
    Compared(Relation, Value),
    Contains(Value),
}

/// Stands between a field and what it contains.
const CONTAINS: &str = "contains ";

impl std::str::FromStr for FieldTest {
    type Err = String;

    /// A path, or a path, a relation and a JSON value. A path may begin with `$.`, as in JSONPath.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("{text:?} is no test of a field, as in items[0].price >= 3");
        let mut rest = text.trim();
        rest = rest.strip_prefix("$.").unwrap_or(rest);
        let mut path = Vec::new();
        loop {
            let end = rest.find(|c: char| !is_letter(c)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() {
                return Err(form());
            }
            path.push(Part::Member(name.to_owned()));
            rest = after;
            while let Some(inside) = rest.strip_prefix('[') {
                let (part, after) = bracketed(inside).ok_or_else(form)?;
                path.push(part);
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None => break,
            }
        }
        let rest = rest.trim_start();
        let json = |value: &str| {
            serde_json::from_str::<Value>(value).map_err(|error| {
                format!("{:?} in {text:?} is no JSON value: {error}", value.trim())
            })
        };
        let signs = Relation::SIGNS.into_iter();
        let mut related =
            signs.filter_map(|(sign, relation)| Some((relation, rest.strip_prefix(sign)?)));
        let test = if rest.is_empty() {
            Test::Present
        } else if let Some(value) = rest.strip_prefix(CONTAINS) {
            Test::Contains(json(value)?)
        } else {
            let (relation, value) = related.next().ok_or_else(form)?;
            let value = json(value)?;
            if relation.orders() && !value.is_number() {
                return Err(format!("only numbers are greater or less ({text:?})"));
            }
            Test::Compared(relation, value)
        };
        Ok(Self {
            text: text.trim().to_owned(),
            path,
            test,
            wide: false,
        })
    }
}

/// What stands in brackets, as `0]` or `"a.b"]`, and what follows.
fn bracketed(inside: &str) -> Option<(Part, &str)> {
    if !inside.starts_with('"') {
        let (index, after) = inside.split_once(']')?;
        return Some((Part::Item(index.trim().parse().ok()?), after));
    }
    let mut names = Deserializer::from_str(inside).into_iter::<String>();
    let name = names.next()?.ok()?;
    let after = inside.get(names.byte_offset()..)?.strip_prefix(']')?;
    Some((Part::Member(name), after))
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

impl FieldTest {
    /// The same with the names and values that the reply's JSON has, by its type.
    pub(super) fn typed(mut self, reply: &Place) -> Result<Self, String> {
        let mut place = reply.clone();
        for part in &mut self.path {
            place = match part {
                Part::Member(name) => {
                    let (known, member) = place.member(name)?;
                    *name = known;
                    member
                }
                Part::Item(_) => place.item()?,
            };
        }
        self.wide = place.is_wide();
        self.test = match self.test {
            Test::Compared(relation, _) if relation.orders() && !place.is_number() => {
                return Err(format!(
                    "only numbers are greater or less ({:?})",
                    self.text
                ));
            }
            Test::Compared(relation, value) if !relation.orders() => {
                let typed = typed(value.clone(), &place)?;
                // A number is compared as one, however JSON has it.
                Test::Compared(relation, if self.wide { value } else { typed })
            }
            Test::Contains(value) => Test::Contains(match place.item() {
                Ok(item) => typed(value, &item)?,
                Err(_) if place.is_text() => typed(value, &place)?,
                Err(error) => return Err(format!("{error}, nor a text ({:?})", self.text)),
            }),
            test => test,
        };
        Ok(self)
    }

    pub(super) fn check(&self, reply: Option<&Contents<'_>>) -> Option<Finding> {
        let mut findings = Findings::new(&rules::UNEXPECTED_FIELD);
        let message = match reply {
            None => NO_REPLY.to_owned(),
            // A field that is not sent is not there, whatever its default value.
            Some(reply) if self.test == Test::Present => self.unmet(reply.sent)?,
            Some(reply) => self.unmet(&reply.whole)?,
        };
        findings
            .add(Party::Server, message)
            .expected(self.text.clone());
        findings.into_list().pop()
    }

    /// What a reply has instead; `None` where it passes.
    fn unmet(&self, reply: &Value) -> Option<String> {
        let path = self.path();
        let found = self.path.iter().try_fold(reply, |value, part| match part {
            Part::Member(name) => value.get(name),
            Part::Item(index) => value.get(index),
        });
        let Some(found) = found else {
            return Some(format!("the reply has no {path}"));
        };
        let met = match &self.test {
            Test::Present => true,
            Test::Compared(relation, value) => self
                .order(found, value)
                .is_some_and(|order| relation.holds(order)),
            Test::Contains(value) => match (found, value) {
                (Value::String(found), Value::String(value)) => found.contains(value),
                (Value::Array(items), value) => items.iter().any(|item| same(item, value)),
                _ => false,
            },
        };
        (!met).then(|| format!("the reply has {path}: {}", short(found)))
    }

    /// How what was found stands to a value. What is not the same and has no order is unlike: greater than nothing that
    /// a test may ask for, since tests ask for numbers.
    fn order(&self, found: &Value, value: &Value) -> Option<Ordering> {
        let number = |value: &Value| match value {
            Value::Number(number) => Some(number.clone()),
            Value::String(text) if self.wide => text.parse().ok().map(|it: i128| wide(it))?,
            _ => None,
        };
        match (number(found), number(value)) {
            (Some(found), Some(value)) => match (integer(&found), integer(&value)) {
                (Some(found), Some(value)) => Some(found.cmp(&value)),
                _ => found.as_f64()?.partial_cmp(&value.as_f64()?),
            },
            _ if same(found, value) => Some(Ordering::Equal),
            _ => match &self.test {
                Test::Compared(Relation::IsNot, _) => Some(Ordering::Greater),
                _ => None,
            },
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for part in &self.path {
            match part {
                Part::Member(name) if path.is_empty() => path.push_str(name),
                Part::Member(name) if name.chars().all(is_letter) => {
                    path.push_str(&format!(".{name}"));
                }
                Part::Member(name) => path.push_str(&format!("[{name:?}]")),
                Part::Item(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }
}

/// An integer that a field of 64 bits may have; none is greater than an unsigned one.
fn wide(integer: i128) -> Option<Number> {
    Number::from_i128(integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_of_a_reply() {
        let reply = serde_json::json!({
            "items": [{"price": 3, "name": "a b"}, {"price": "12345678901"}],
            "ok": true, "no": null, "tags": ["x", "y"], "labels": {"a.b": 1},
        });
        for (test, seen) in [
            ("items", None),
            ("$.items[0].price", None),
            ("items[0].price == 3", None),
            ("items[0].price==3.0", None),
            ("items[0].price > 2", None),
            (
                "items[0].price >= 4",
                Some("the reply has items[0].price: 3"),
            ),
            (
                "items[0].price < 3",
                Some("the reply has items[0].price: 3"),
            ),
            ("items[0].price <= 3", None),
            ("labels[\"a.b\"] == 1", None),
            (
                "labels[\"a.b\"] == 2",
                Some("the reply has labels[\"a.b\"]: 1"),
            ),
            // A text is no number, but where the field's type says so.
            (
                "items[1].price == 12345678901",
                Some("the reply has items[1].price: \"12345678901\""),
            ),
            ("items[1].price != 12345678901", None),
            ("items[0].name == \"a b\"", None),
            ("items[0].name contains \"b\"", None),
            (
                "items[0].name contains \"c\"",
                Some("the reply has items[0].name: \"a b\""),
            ),
            (
                "items[0].name > 1",
                Some("the reply has items[0].name: \"a b\""),
            ),
            ("tags contains \"y\"", None),
            ("ok != false", None),
            ("ok == true", None),
            ("no == null", None),
            (
                "items[2].price == 1",
                Some("the reply has no items[2].price"),
            ),
            ("ok.deeper", Some("the reply has no ok.deeper")),
            ("none != 1", Some("the reply has no none")),
        ] {
            let parsed: FieldTest = test.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(parsed.unmet(&reply).as_deref(), seen, "{test}");
        }
    }

    #[test]
    fn what_is_no_test() {
        for (text, sentence) in [
            ("", "is no test of a field"),
            ("a b", "is no test of a field"),
            ("a[x]", "is no test of a field"),
            ("a[0", "is no test of a field"),
            ("a[\"b\"", "is no test of a field"),
            ("a[\"b]", "is no test of a field"),
            ("a. == 1", "is no test of a field"),
            ("a = 1", "is no test of a field"),
            ("a == x", "is no JSON value"),
            ("a > \"x\"", "only numbers"),
        ] {
            let error = text.parse::<FieldTest>().expect_err(text);
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
