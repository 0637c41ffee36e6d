//! The report for programs: one document, `grpc-probe.call/1`. Within the version members are only added.

pub(super) mod build;
pub(super) mod connection;
pub(super) mod document;
pub(super) mod frames;
pub(super) mod wire;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::view::View;
use super::{Options, Report, escape};
pub use document::Document;

/// The report as one JSON document with a line end. What the options say of looks has no effect.
#[must_use]
pub fn render(report: &Report<'_>, options: &Options) -> String {
    let view = View::json(report, options);
    let document = build::document(&view);
    // A document of numbers, strings and lists of them always has a JSON form.
    let mut text = escape::json(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON Schema (draft 2020-12) of what [`render`] writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_of::<Document>()
}

/// The JSON Schema (draft 2020-12) of what is written of a type.
pub(super) fn schema_of<T: JsonSchema>() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let generator = settings.into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

#[cfg(test)]
mod tests;
