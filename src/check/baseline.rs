//! Shapes of exchanges that were recorded, by the names of their targets: `grpc-probe.baseline/1`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use super::Shape;

/// The format and its version.
const FORMAT: &str = "grpc-probe.baseline/1";

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "grpc-probe.baseline/1")]
pub struct Baseline {
    /// The document's format and version: `grpc-probe.baseline/1`.
    #[schemars(extend("const" = "grpc-probe.baseline/1"))]
    format: String,
    /// The shape of each target's exchange.
    pub targets: BTreeMap<String, Shape>,
}

impl Default for Baseline {
    fn default() -> Self {
        Self {
            format: FORMAT.to_owned(),
            targets: BTreeMap::new(),
        }
    }
}

impl Baseline {
    /// Reads the document.
    ///
    /// # Errors
    /// Where it is none; a sentence.
    pub fn read(document: &[u8]) -> Result<Self, String> {
        let read: Self = serde_json::from_slice(document)
            .map_err(|error| format!("it is no {FORMAT} document: {error}"))?;
        if read.format == FORMAT {
            Ok(read)
        } else {
            Err(format!("it is no {FORMAT} document, but {:?}", read.format))
        }
    }
}

/// The JSON Schema (draft 2020-12) of the document.
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12();
    settings
        .into_generator()
        .into_root_schema_for::<Baseline>()
        .to_value()
}
