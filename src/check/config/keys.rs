//! Keys that mean nothing, found by the schema: a key that is misspelt must not be one that is left out.

use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, line, syntax};
use crate::check::hint;

/// Looks for a key that the schema does not have.
pub(super) fn check(text: &str, schema: &Json) -> Result<(), ConfigError> {
    let table = DeTable::parse(text).map_err(|error| syntax(text, &error))?;
    let keys = Keys { text };
    keys.table(table.get_ref(), schema, "the file")
}

struct Keys<'a> {
    text: &'a str,
}

impl Keys<'_> {
    fn table(&self, table: &DeTable<'_>, schema: &Json, name: &str) -> Result<(), ConfigError> {
        let Some(members) = schema.get("properties").and_then(Json::as_object) else {
            return Ok(());
        };
        for (key, value) in table {
            let Some(schema) = members.get(key.get_ref().as_ref()) else {
                return Err(ConfigError::Key {
                    line: line(self.text, key.span().start),
                    key: key.get_ref().to_string(),
                    table: name.to_owned(),
                    hint: hint(key.get_ref(), members.keys().map(String::as_str)),
                });
            };
            let schema = without_null(schema);
            let inner = format!("[{}]", key.get_ref());
            match value.get_ref() {
                DeValue::Table(table) => self.table(table, schema, &inner)?,
                DeValue::Array(values) => {
                    let schema = schema.get("items").unwrap_or(&Json::Null);
                    for value in values {
                        if let DeValue::Table(table) = value.get_ref() {
                            self.table(table, schema, &format!("[{inner}]"))?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The schema of a value that may be left out.
fn without_null(schema: &Json) -> &Json {
    let choices = schema.get("anyOf").and_then(Json::as_array);
    let object = choices.and_then(|choices| {
        choices
            .iter()
            .find(|choice| choice.get("properties").is_some())
    });
    object.unwrap_or(schema)
}
