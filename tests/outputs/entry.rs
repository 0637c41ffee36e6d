//! The outputs of one input.

use std::fmt::Write as _;
use std::path::Path;

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::{facts, names};

/// The number of bytes of each digest that are kept: enough to notice a change.
const DIGEST: usize = 4;

#[derive(Debug)]
pub(crate) struct Entry {
    /// `decode/captures/grpc.pcapng`
    pub(crate) name: String,
    exit_code: i32,
    facts: Vec<Value>,
    /// Each output with the ending of its file.
    pub(crate) outputs: Vec<(&'static str, String)>,
}

impl Entry {
    /// An entry whose facts are those of its JSON.
    pub(crate) fn new(name: String, exit_code: i32, outputs: Vec<(&'static str, String)>) -> Self {
        let json = outputs.iter().find(|(ending, _)| *ending == "json");
        Self {
            facts: json.map_or_else(Vec::new, |(_, text)| facts::of(text)),
            name,
            exit_code,
            outputs,
        }
    }

    pub(crate) fn add(&mut self, ending: &'static str, text: String) {
        self.outputs.push((ending, text));
    }

    /// Replaces what differs between runs of a live command by names.
    pub(crate) fn without_times(mut self) -> Self {
        for (_, text) in &mut self.outputs {
            *text = names::replaced(text);
        }
        self
    }

    /// The line in the file of facts.
    pub(crate) fn verdict(&self) -> String {
        json!({ "input": self.name, "exit_code": self.exit_code, "facts": self.facts }).to_string()
    }

    /// The line in the file of digests.
    pub(crate) fn digests(&self) -> String {
        let mut line = self.name.clone();
        for (ending, text) in &self.outputs {
            let digest = digest(&SHA256, text.as_bytes());
            let _ = write!(
                line,
                " {ending}:{}",
                hex::encode(&digest.as_ref()[..DIGEST])
            );
        }
        line
    }

    /// Writes each output to a file in a folder.
    pub(crate) fn write(&self, folder: &Path) {
        for (ending, text) in &self.outputs {
            let path = folder.join(format!("{}.{ending}", self.name));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
}
