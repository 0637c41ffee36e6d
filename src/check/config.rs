//! The file that names targets: `grpc-probe.toml`.

mod keys;
mod settings;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use toml::{Table, Value};

pub use settings::{Expect, OneOrMany, Presence, Roots, Settings};

use super::{Expectations, VariableError, Variables};

/// Tables whose members take their defaults one by one; any other value takes the place of its default as a whole.
const MERGED: [&str; 3] = ["expect", HEADERS, "within"];

/// The table whose names are alike in any case.
const HEADERS: &str = "headers";

/// The message as JSON, or the file that it stands in.
const DATA: &str = "data";

/// What targets are picked by, which is filled in before the rest of them.
const PICKED_BY: [&str; 2] = ["name", "tags"];

/// What excludes one another, in each table: one of these that is set takes the place of a default that is another.
const EXCLUSIVE: [(&str, &[&str]); 2] = [
    ("", &[DATA, "data-raw", "body-raw"]),
    ("expect", &["strict", "lenient"]),
];

/// Targets to check. Texts may hold `${NAME}`, a variable given by `--var` or the environment; `$${` stands for `${`.
/// Files are looked up from where this one is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "grpc-probe.toml")]
pub struct Config {
    /// What holds for every target that says nothing else.
    #[serde(default)]
    defaults: Settings,
    /// The targets.
    #[serde(default)]
    target: Vec<Settings>,
}

/// A file of targets, read.
#[derive(Clone, Debug)]
pub struct File {
    defaults: Table,
    targets: Vec<Named>,
}

/// A target of the file, its defaults and variables not yet filled in.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its tags, those of the defaults included.
    pub tags: Vec<String>,
    table: Table,
}

/// Why a file names no targets that can be checked; a sentence, with the line where there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is no TOML, or a value is of the wrong kind.
    #[error("line {line}: {message}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A key that means nothing.
    #[error("line {line}: there is no key {key:?} in {table}; {hint}")]
    Key {
        /// The line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// The table that it stands in.
        table: String,
        /// What may have been meant.
        hint: String,
    },
    /// A target without a name.
    #[error("target {0} has no name")]
    Unnamed(usize),
    /// A default name would be that of every target.
    #[error("a name stands in a [[target]], not in the defaults")]
    DefaultName,
    /// No target at all.
    #[error("there is no [[target]]")]
    Empty,
    /// A variable that has no value.
    #[error("target {0:?}: {1}")]
    Variable(String, VariableError),
    /// The same in the tags of the defaults.
    #[error("tags: {0}")]
    Tags(VariableError),
    /// A value that means nothing.
    #[error("target {target:?}: {key}: {message}")]
    Value {
        /// The target.
        target: String,
        /// The key.
        key: &'static str,
        /// What is wrong with its value.
        message: String,
    },
}

impl File {
    /// Reads a file of targets. Their names and tags are filled in, so that targets can be picked by them.
    ///
    /// # Errors
    /// Where it is none: the first fault, with its line; or where a variable of a name or tag has no value.
    pub fn read(text: &str, variables: &mut Variables<'_>) -> Result<Self, ConfigError> {
        keys::check(text, &schema())?;
        let config: Config = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        if config.defaults.name.is_some() {
            return Err(ConfigError::DefaultName);
        }
        let mut whole: Table = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        let mut defaults = match whole.remove("defaults") {
            Some(Value::Table(defaults)) => defaults,
            _ => Table::new(),
        };
        let tables = match whole.remove("target") {
            Some(Value::Array(tables)) => tables,
            _ => Vec::new(),
        };
        for key in PICKED_BY {
            defaults.remove(key);
        }
        let default_tags = config.defaults.tags.unwrap_or_default().into_iter();
        let default_tags: Vec<String> = default_tags
            .map(|tag| variables.complete(&tag).map_err(ConfigError::Tags))
            .collect::<Result<_, _>>()?;
        let mut targets: Vec<Named> = Vec::new();
        for (index, (settings, table)) in config.target.into_iter().zip(tables).enumerate() {
            let name = settings.name.filter(|name| !name.trim().is_empty());
            let name = name.ok_or(ConfigError::Unnamed(index + 1))?;
            let name = variables
                .complete(&name)
                .map_err(|error| ConfigError::Variable(name, error))?;
            let mut tags = default_tags.clone();
            for tag in settings.tags.unwrap_or_default() {
                let tag = variables.complete(&tag);
                tags.push(tag.map_err(|error| ConfigError::Variable(name.clone(), error))?);
            }
            let Value::Table(mut table) = table else {
                return Err(ConfigError::Empty);
            };
            for key in PICKED_BY {
                table.remove(key);
            }
            targets.push(Named { name, tags, table });
        }
        if targets.is_empty() {
            return Err(ConfigError::Empty);
        }
        Ok(Self { defaults, targets })
    }

    /// The targets, in the file's order.
    #[must_use]
    pub fn targets(&self) -> &[Named] {
        &self.targets
    }

    /// A target with its defaults and its variables filled in.
    ///
    /// # Errors
    /// Where a variable has no value, or what it makes of a text is none that fits.
    pub fn complete(
        &self,
        target: &Named,
        variables: &mut Variables<'_>,
    ) -> Result<Settings, ConfigError> {
        let mut merged = self.defaults.clone();
        merge("", &mut merged, &target.table);
        let message = merged.get(DATA).and_then(Value::as_str);
        // A value must not make other JSON of the message.
        let message = message
            .filter(|data| !data.starts_with('@'))
            .map(str::to_owned);
        let message = message
            .map(|json| variables.complete_json(&json))
            .transpose();
        let complete = message
            .and_then(|message| {
                let own = message.map(Value::String);
                let rest = merged
                    .into_iter()
                    .filter(|(key, _)| own.is_none() || key != DATA);
                let mut complete = fill_in(Value::Table(rest.collect()), variables)?;
                if let (Some(own), Value::Table(table)) = (own, &mut complete) {
                    table.insert(DATA.to_owned(), own);
                }
                Ok(complete)
            })
            .map_err(|error| ConfigError::Variable(target.name.clone(), error))?;
        complete
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Value {
                target: target.name.clone(),
                key: "settings",
                message: error.message().to_owned(),
            })
    }
}

impl Named {
    /// Its URL as it stands in the file; `None` where that is a default.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.table.get("url").and_then(Value::as_str)
    }

    /// What is expected of the target.
    ///
    /// # Errors
    /// Where a value means nothing.
    pub fn expectations(&self, settings: &Settings) -> Result<Expectations, ConfigError> {
        settings
            .expect
            .expectations()
            .map_err(|(key, message)| ConfigError::Value {
                target: self.name.clone(),
                key,
                message,
            })
    }
}

/// The JSON Schema (draft 2020-12) of the file.
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<Config>()
        .to_value()
}

/// Puts what a target says in the place of the defaults, in the table of that name; `""` is the target itself.
fn merge(name: &str, defaults: &mut Table, own: &Table) {
    let is_set = |key: &&str| own.get(*key).is_some_and(|it| *it != Value::Boolean(false));
    for (_, keys) in EXCLUSIVE.iter().filter(|(table, _)| *table == name) {
        if keys.iter().any(is_set) {
            defaults.retain(|key, _| !keys.contains(&key));
        }
    }
    for (key, value) in own {
        match (defaults.get_mut(key), value) {
            (Some(Value::Table(default)), Value::Table(value))
                if MERGED.contains(&key.as_str()) =>
            {
                if key == HEADERS {
                    let own = |name: &str| value.keys().any(|it| it.eq_ignore_ascii_case(name));
                    default.retain(|name, _| !own(name));
                }
                merge(key, default, value);
            }
            _ => {
                defaults.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A value with the variables of its texts filled in; the names of tables stay.
fn fill_in(value: Value, variables: &mut Variables<'_>) -> Result<Value, VariableError> {
    Ok(match value {
        Value::String(text) => Value::String(variables.complete(&text)?),
        Value::Array(values) => {
            let values = values.into_iter().map(|value| fill_in(value, variables));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        Value::Table(table) => {
            let mut filled = Table::new();
            for (key, value) in table {
                filled.insert(key, fill_in(value, variables)?);
            }
            Value::Table(filled)
        }
        other => other,
    })
}

fn syntax(text: &str, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    ConfigError::Syntax {
        line: line(text, at),
        // Of several lines the first says what is wrong.
        message: error
            .message()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The line of a place in a text, from 1.
fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
