//! The secrets of a report, collected from its fields, its texts and its bodies.

use serde_json::Value;

use super::{
    Hidden, Names, Secrets, credentials, holds_block, is_sent, scrub,
    values::{VALUE_MIN, VALUES_MAX},
};
use crate::diagnosis::{self, Body};
use crate::grpc;
use crate::grpc::connection::FrameRecord;
use crate::grpc::dial::TlsFailure;
use crate::report::Report;
use crate::wire::frame::HEADER_LENGTH;
use crate::wire::{Direction, Field, Flags, FrameType, HeaderBlock, Payload, Span};

/// How many secrets of a body are known by their place; those beyond are found frame by frame.
const PLACES_OF_BODY: usize = 4_096;

/// From this length on, a value that a text names is searched for elsewhere too.
const NAMED_MIN: usize = 8;

impl Secrets {
    /// The secrets that the user names.
    pub(super) fn of_user(hidden: &Hidden) -> Self {
        let mut secrets = Self {
            names: hidden.names.clone(),
            ..Self::default()
        };
        for value in &hidden.values {
            secrets.add(b"", value.as_bytes());
        }
        secrets.values.index();
        secrets
    }

    /// The secrets of a text that is explained: parts of it are quoted apart from their names.
    #[must_use]
    pub fn of_text(text: &str, hidden: &Hidden) -> Self {
        let mut secrets = Self::of_user(hidden);
        for range in scrub::find(text.as_bytes(), &hidden.names) {
            secrets.add(b"", &text.as_bytes()[range]);
        }
        secrets.values.index();
        secrets
    }

    /// The secrets of a report; none if `show` says that they may be seen.
    #[must_use]
    pub fn of(report: &Report<'_>, show: bool) -> Self {
        if show {
            return Self::shown(true, &Names::default());
        }
        // First of all: a peer that sends many secrets must not keep ours from being known.
        let mut secrets = Self::of_user(report.hidden);
        secrets.add_values(report);
        secrets.values.index();
        secrets.add_places(report);
        secrets.sort_places();
        secrets
    }

    /// The values of a report's secrets.
    fn add_values(&mut self, report: &Report<'_>) {
        let connection = report.case.connection;
        let call = report.case.call;
        for half in [&call.request, &call.response] {
            let blocks = [&half.headers, &half.trailers].into_iter().flatten();
            for block in blocks.chain(&half.informational).chain(&half.misplaced) {
                self.add_fields(&block.fields);
            }
        }
        for (index, record) in connection.frames.iter().enumerate() {
            if let Payload::Goaway { debug, .. } = record.view() {
                self.add_named(debug);
            }
            self.add_block(record, &connection.frames[index + 1..]);
        }
        for body in [&report.case.body, report.request] {
            self.add_named(&body.bytes);
            for seen in &body.seen {
                if let Some(Ok(decoded)) = &seen.decoded {
                    self.add_members(&decoded.json, false);
                }
            }
        }
        let dial = connection.dial.as_ref();
        let foreign = connection.foreign.as_ref().map(|foreign| &foreign.bytes);
        let tunnel = dial.and_then(|dial| dial.tunnel.as_ref());
        let failure = dial.and_then(|dial| dial.tls.as_ref()?.failure.as_ref());
        let not_tls = match failure {
            Some(TlsFailure::NotTls { bytes, .. }) => Some(bytes),
            _ => None,
        };
        for bytes in foreign
            .into_iter()
            .chain(tunnel.map(|tunnel| &tunnel.answer))
            .chain(not_tls)
        {
            self.add_http1(bytes, None);
            self.add_named(bytes);
        }
        for text in [report.target.url, report.target.path] {
            self.add_named(text.as_bytes());
        }
    }

    /// The places of a report's secrets.
    fn add_places(&mut self, report: &Report<'_>) {
        let connection = report.case.connection;
        if !self.values.is_empty() {
            for (index, record) in connection.frames.iter().enumerate() {
                self.add_fields_with_values(record, &connection.frames[index + 1..]);
            }
        }
        let call = report.case.call;
        self.add_body(report.request, &call.request.body, Direction::Sent);
        self.add_body(&report.case.body, &call.response.body, Direction::Received);
        if let Some(foreign) = &connection.foreign {
            self.add_http1(&foreign.bytes, Some(foreign.span.offset));
        }
    }

    /// None yet; `show` says that there will be none.
    #[must_use]
    pub fn shown(show: bool, names: &Names) -> Self {
        Self {
            shown: show,
            names: names.clone(),
            ..Self::default()
        }
    }

    /// The secrets of a header block, whose values may stand in what follows.
    pub fn learn(&mut self, block: &HeaderBlock) {
        if !self.shown {
            let before = self.values.len();
            self.add_fields(block);
            if self.values.len() > before {
                self.values.index();
            }
        }
    }

    fn add_fields(&mut self, block: &HeaderBlock) {
        for field in block.iter() {
            if self.names.contain(field.name) {
                self.add(field.name, field.value);
            }
        }
    }

    /// The secret fields of the header block that a frame opens, and their places.
    fn add_block(&mut self, record: &FrameRecord, later: &[FrameRecord]) {
        let Some(block) = &record.block else {
            // Nobody can tell what a block holds that was not decoded.
            if holds_block(record.header.kind) && record.header.kind != FrameType::CONTINUATION {
                self.places.push((record.direction, record.span));
            }
            return;
        };
        for field in block.iter() {
            let secret = self.names.contain(field.name);
            if secret {
                self.add(field.name, field.value);
            }
            if secret || self.add_named(field.value) {
                self.places.push(place(record, later, &field));
            }
        }
    }

    /// The places of the other fields that hold a secret. Huffman codes hide it from comparison, but not from a reader
    /// who decodes them.
    fn add_fields_with_values(&mut self, record: &FrameRecord, later: &[FrameRecord]) {
        for field in record.block.iter().flat_map(|block| block.iter()) {
            if !self.values.find(field.value, false).is_empty() {
                self.places.push(place(record, later, &field));
            }
        }
    }

    /// The secrets that a text names, whose bytes may stand elsewhere without that name. Returns true if there are any.
    fn add_named(&mut self, text: &[u8]) -> bool {
        let found = scrub::find(text, &self.names);
        for range in &found {
            let value = &text[range.clone()];
            // A word that follows "token:" in a sentence is no reason to hide it everywhere.
            if value.len() >= NAMED_MIN && scrub::looks_random(value) {
                self.add(b"", value);
            }
        }
        !found.is_empty()
    }

    /// The texts that stand under names of secrets in a message.
    fn add_members(&mut self, json: &Value, secret: bool) {
        match json {
            Value::String(text) if secret => self.add(b"", text.as_bytes()),
            Value::Array(values) => {
                for value in values {
                    self.add_members(value, secret);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    self.add_members(value, secret || self.names.contain(name.as_bytes()));
                }
            }
            _ => {}
        }
    }

    /// The places of the secrets of a body, also where a frame ends within one.
    fn add_body(&mut self, read: &Body<'_>, came: &grpc::Body, direction: Direction) {
        let mut found = self.find(&came.bytes, false);
        if read.is_as_it_came() {
            for seen in &read.seen {
                let unpacked = seen.decompressed.as_ref().and_then(|it| it.as_ref().ok());
                if unpacked.is_some_and(|it| !self.find(&it.bytes, false).is_empty()) {
                    found.push(seen.start..seen.start + seen.length);
                }
            }
        } else if found.is_empty() && !self.find(&read.bytes, false).is_empty() {
            // A secret is seen through what encodes the body: where in it cannot be said.
            found.push(0..came.bytes.len());
        }
        for range in found.into_iter().take(PLACES_OF_BODY) {
            let mut at = range.start as u64;
            let end = range.end as u64;
            while let Some(piece) = came.piece_at(at).filter(|_| at < end) {
                let until = (piece.start + piece.length).min(end);
                let span = Span {
                    offset: piece.offset + (at - piece.start),
                    length: until.saturating_sub(at),
                };
                self.places.push((direction, span));
                if until <= at {
                    break;
                }
                at = until;
            }
        }
    }

    /// The fields of an HTTP/1.1 message, folded lines included.
    pub(super) fn add_http1(&mut self, bytes: &[u8], offset: Option<u64>) {
        let mut start = 0;
        let mut secret: Option<Vec<u8>> = None;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let value_at = if line.starts_with(b" ") || line.starts_with(b"\t") {
                secret.is_some().then_some(0)
            } else {
                let colon = line.iter().position(|byte| *byte == b':');
                secret = colon
                    .map(|colon| line[..colon].trim_ascii().to_vec())
                    .filter(|name| self.names.contain(name));
                colon.filter(|_| secret.is_some()).map(|colon| colon + 1)
            };
            if let (Some(at), Some(name)) = (value_at, &secret) {
                let value = line[at..].trim_ascii();
                let blank = line[at..].len() - line[at..].trim_ascii_start().len();
                if let Some(offset) = offset {
                    let span = Span {
                        offset: offset + (start + at + blank) as u64,
                        length: value.len() as u64,
                    };
                    self.places.push((Direction::Received, span));
                }
                let name = name.clone();
                self.add(&name, value);
            }
            start += line.len();
            if line.trim_ascii().is_empty() {
                return;
            }
        }
    }

    /// Adds the value of a secret field; without a name, a value that is secret as it is.
    pub(super) fn add(&mut self, name: &[u8], value: &[u8]) {
        let value = value.trim_ascii();
        let parts = credentials::of_field(name, value);
        for part in &parts {
            self.values.add(part);
            if part.contains(&b'\\') {
                // Our own quotations leave a backslash as it is: what they escape cannot be told from it.
                let quoted = diagnosis::quoted(part, part.len());
                self.values.add(quoted.trim_matches('"').as_bytes());
            }
        }
        let short = parts.iter().all(|part| part.len() < VALUE_MIN);
        if short && !value.is_empty() && !name.is_empty() && self.readings.len() < VALUES_MAX {
            let reading = (
                format!("{}: ", diagnosis::text(name)),
                diagnosis::text(value),
            );
            if !self.readings.contains(&reading) {
                self.readings.push(reading);
            }
        }
    }

    pub(super) fn sort_places(&mut self) {
        self.places
            .sort_by_key(|(way, span)| (is_sent(*way), span.offset));
        // Later ones may lie within earlier ones: merged, those that touch some bytes are found by halving.
        self.places.dedup_by(|(way, span), (before_way, before)| {
            let merged = way == before_way && span.offset <= before.end();
            if merged {
                before.length = before.length.max(span.end() - before.offset);
            }
            merged
        });
    }
}

/// The place of a field of the header block that `record` opens.
fn place(record: &FrameRecord, later: &[FrameRecord], field: &Field<'_>) -> (Direction, Span) {
    // The lengths of fields do not count the headers of frames between their bytes.
    let between = if record.header.flags.has(Flags::END_HEADERS) {
        0
    } else {
        let continuations = later
            .iter()
            .filter(|frame| frame.direction == record.direction)
            .take_while(|frame| frame.header.kind == FrameType::CONTINUATION);
        continuations.count() * HEADER_LENGTH
    };
    let span = Span {
        offset: field.span.offset,
        length: field.span.length + between as u64,
    };
    (record.direction, span)
}
