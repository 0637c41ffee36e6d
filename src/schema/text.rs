//! Messages as one line of bounded length, for a trace.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use prost_reflect::{DynamicMessage, Kind, MapKey, ReflectMessage as _, Value};

use super::raw;

/// A line that takes so many characters and ends in "…" where there were more.
pub(super) struct Line {
    out: String,
    room: usize,
    full: bool,
}

impl Line {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            out: String::new(),
            room: limit,
            full: false,
        }
    }

    /// Whether nothing more is taken, so that the work of writing it can be saved.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    /// Appends what still fits.
    pub(super) fn push(&mut self, text: &str) {
        for letter in text.chars() {
            if self.full {
                return;
            }
            if self.room == 0 {
                self.full = true;
                // The mark takes the place of the last letter; a line of no length has no mark either.
                if self.out.pop().is_some() {
                    self.out.push('…');
                }
                return;
            }
            self.out.push(letter);
            self.room -= 1;
        }
    }

    /// Appends anything short.
    pub(super) fn put(&mut self, value: impl Display) {
        // The line is its own writer, so that a long text is cut while it is written.
        let _ = write!(self, "{value}");
    }

    /// Appends a text in quotes, escaped as in Rust.
    pub(super) fn quote(&mut self, text: &str) {
        // No more than fits is escaped: a letter takes at least one place.
        let end = text
            .char_indices()
            .nth(self.room + 1)
            .map_or(text.len(), |(end, _)| end);
        self.put(format_args!("{:?}", text.get(..end).unwrap_or(text)));
    }

    /// Appends bytes in hexadecimal, as `0x0a1b`.
    pub(super) fn hex(&mut self, bytes: &[u8]) {
        self.push("0x");
        for byte in bytes {
            if self.full {
                return;
            }
            self.put(format_args!("{byte:02x}"));
        }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

impl std::fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push(text);
        if self.full {
            Err(std::fmt::Error)
        } else {
            Ok(())
        }
    }
}

/// `type.Name { field: value … }` of at most `limit` characters.
pub(super) fn of_message(message: &DynamicMessage, limit: usize) -> String {
    let mut line = Line::new(limit);
    line.push(message.descriptor().full_name());
    line.push(" ");
    body(&mut line, message);
    line.finish()
}

fn body(line: &mut Line, message: &DynamicMessage) {
    let mut separator = "{ ";
    for (field, value) in message.fields() {
        if line.is_full() || !message.has_field(&field) {
            continue;
        }
        line.push(separator);
        separator = ", ";
        line.push(field.name());
        named(line, value, &field.kind());
    }
    for (extension, value) in message.extensions() {
        line.push(separator);
        separator = ", ";
        line.push(extension.json_name());
        named(line, value, &extension.kind());
    }
    for unknown in message.unknown_fields() {
        if line.is_full() {
            return;
        }
        line.push(separator);
        separator = ", ";
        let mut bytes = Vec::new();
        unknown.encode(&mut bytes);
        raw::decode(&bytes).write(line);
    }
    line.push(if separator == "{ " { "{}" } else { " }" });
}

fn named(line: &mut Line, value: &Value, kind: &Kind) {
    if !matches!(value, Value::Message(_)) {
        line.push(":");
    }
    line.push(" ");
    one(line, value, kind);
}

fn one(line: &mut Line, value: &Value, kind: &Kind) {
    match value {
        Value::Bool(flag) => line.put(flag),
        Value::I32(number) => line.put(number),
        Value::I64(number) => line.put(number),
        Value::U32(number) => line.put(number),
        Value::U64(number) => line.put(number),
        Value::F32(number) => line.put(number),
        Value::F64(number) => line.put(number),
        Value::String(text) => line.quote(text),
        Value::Bytes(bytes) => line.hex(bytes),
        Value::EnumNumber(number) => match kind
            .as_enum()
            .and_then(|enumeration| enumeration.get_value(*number))
        {
            Some(known) => line.push(known.name()),
            None => line.put(number),
        },
        Value::Message(message) => body(line, message),
        Value::List(items) => {
            line.push("[");
            for (index, item) in items.iter().enumerate() {
                if line.is_full() {
                    return;
                }
                line.push(if index == 0 { "" } else { ", " });
                one(line, item, kind);
            }
            line.push("]");
        }
        Value::Map(entries) => {
            let value_kind = kind
                .as_message()
                .and_then(|entry| entry.get_field(2))
                .map(|field| field.kind());
            let Some(value_kind) = value_kind else { return };
            let sorted: BTreeMap<&MapKey, &Value> = entries.iter().collect();
            line.push("{");
            for (index, (key, item)) in sorted.into_iter().enumerate() {
                if line.is_full() {
                    return;
                }
                line.push(if index == 0 { " " } else { ", " });
                match key {
                    MapKey::String(text) => line.quote(text),
                    other => line.push(&super::decode::key_text(other)),
                }
                line.push(": ");
                one(line, item, &value_kind);
            }
            line.push(" }");
        }
    }
}
