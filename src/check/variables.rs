//! `${NAME}` in texts: values that a file does not hold.

use std::collections::BTreeMap;

/// Where the values of variables come from.
pub struct Variables<'a> {
    given: &'a BTreeMap<String, String>,
    environment: &'a dyn Fn(&str) -> Option<String>,
    hidden: Vec<String>,
}

/// Why a text cannot be completed; a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// There is no value.
    #[error("{0} is not set: give it by --var {0}=…, or in the environment")]
    Missing(String),
    /// Its value in the environment is empty, as build servers set a secret that they do not have.
    #[error("{0} is empty in the environment; --var {0}= says that it is to be")]
    Empty(String),
    /// What stands in the braces is no name.
    #[error("${{{0}}} names no variable; a name is of letters, digits and _ ($${{ stands for ${{)")]
    Name(String),
    /// Where no string is, a value that is no JSON value would make other JSON of it.
    #[error("the value of {0} is no JSON value, and ${{{0}}} stands outside of a string")]
    Json(String),
    /// A brace is not closed.
    #[error("${{ is not closed ($${{ stands for ${{)")]
    Open,
}

impl<'a> Variables<'a> {
    /// Variables that are `given`, and those of the environment. What comes from the environment is taken for a secret.
    #[must_use]
    pub fn new(
        given: &'a BTreeMap<String, String>,
        environment: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            given,
            environment,
            hidden: Vec::new(),
        }
    }

    /// A text with its variables replaced; `$${` stands for `${`.
    ///
    /// # Errors
    /// Where a variable has no value or no name.
    pub fn complete(&mut self, text: &str) -> Result<String, VariableError> {
        self.fill_in(text, |_, _, value| Ok(value.to_owned()))
    }

    /// The same for JSON: in a string a value stands escaped, elsewhere it has to be a JSON value.
    ///
    /// # Errors
    /// As [`Variables::complete`], and where a value would make other JSON of it.
    pub fn complete_json(&mut self, text: &str) -> Result<String, VariableError> {
        self.fill_in(text, |before, name, value| {
            if ends_in_string(before) {
                let quoted = serde_json::Value::from(value).to_string();
                let inner = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
                Ok(inner.unwrap_or_default().to_owned())
            } else if serde_json::from_str::<serde_json::Value>(value).is_ok() {
                Ok(value.to_owned())
            } else {
                Err(VariableError::Json(name.to_owned()))
            }
        })
    }

    /// A text with its variables replaced by what `stand_in` makes of the text before, the name and the value.
    fn fill_in(
        &mut self,
        text: &str,
        stand_in: impl Fn(&str, &str, &str) -> Result<String, VariableError>,
    ) -> Result<String, VariableError> {
        let mut complete = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                complete.push_str(before);
                complete.push_str("${");
                rest = after;
                continue;
            }
            complete.push_str(before);
            let (name, after) = after.split_once('}').ok_or(VariableError::Open)?;
            let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(named) {
                return Err(VariableError::Name(name.to_owned()));
            }
            if let Some(value) = self.given.get(name) {
                let value = stand_in(&complete, name, value)?;
                complete.push_str(&value);
            } else {
                let value = (self.environment)(name);
                let value = value.ok_or_else(|| VariableError::Missing(name.to_owned()))?;
                if value.is_empty() {
                    return Err(VariableError::Empty(name.to_owned()));
                }
                let filled = stand_in(&complete, name, &value)?;
                complete.push_str(&filled);
                if !self.hidden.contains(&value) {
                    self.hidden.push(value);
                }
            }
            rest = after;
        }
        complete.push_str(rest);
        Ok(complete)
    }

    /// The values that came from the environment.
    #[must_use]
    pub fn hidden(self) -> Vec<String> {
        self.hidden
    }
}

/// Whether the end of what is the start of a JSON text stands in a string.
fn ends_in_string(json: &str) -> bool {
    let (mut inside, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ => {}
        }
    }
    inside
}

impl std::fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.given.keys().collect();
        f.debug_struct("Variables").field("given", &names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_completed() {
        let given = [("STAGE", "prod"), ("NOTHING", "")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let given = BTreeMap::from(given);
        let environment = |name: &str| match name {
            "TOKEN" => Some("s3cret".to_owned()),
            "STAGE" => Some("from the environment".to_owned()),
            "SECRET" => Some(String::new()),
            _ => None,
        };
        let mut variables = Variables::new(&given, &environment);
        for (text, complete) in [
            ("plain $ {} $TOKEN", "plain $ {} $TOKEN"),
            ("Bearer ${TOKEN}", "Bearer s3cret"),
            ("${STAGE}/${STAGE}${NOTHING}", "prod/prod"),
            ("$${TOKEN} ${TOKEN}", "${TOKEN} s3cret"),
        ] {
            assert_eq!(variables.complete(text).as_deref(), Ok(complete));
        }
        for (text, sentence) in [
            ("${NONE}", "NONE is not set: give it by --var NONE=…"),
            ("${SECRET}", "SECRET is empty in the environment"),
            ("${}", "${} names no variable"),
            ("${a b}", "${a b} names no variable"),
            ("${TOKEN", "is not closed"),
        ] {
            let error = variables.complete(text).expect_err(text).to_string();
            assert!(error.contains(sentence), "{error}");
        }
        assert_eq!(variables.hidden(), ["s3cret"]);
    }

    #[test]
    fn values_stay_in_their_strings() {
        let given = [("Q", "\"a\\\"\n"), ("N", "12"), ("B", "1, \"admin\": true")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (given, environment) = (BTreeMap::from(given), |_: &str| None);
        let mut variables = Variables::new(&given, &environment);
        for (text, complete) in [
            (r#"{"a": "x${Q}"}"#, r#"{"a": "x\"a\\\"\n"}"#),
            (r#"{"a\"${Q}": ${N}}"#, r#"{"a\"\"a\\\"\n": 12}"#),
            (r#"{"a": "${B}"}"#, r#"{"a": "1, \"admin\": true"}"#),
        ] {
            assert_eq!(variables.complete_json(text).as_deref(), Ok(complete));
        }
        for text in [r#"{"a": ${B}}"#, r#"{"a": ${Q}}"#] {
            let error = variables.complete_json(text).unwrap_err();
            assert!(matches!(error, VariableError::Json(_)), "{error}");
        }
    }
}
