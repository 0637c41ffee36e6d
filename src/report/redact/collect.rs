//! The secrets of a report, collected from its fields, its texts and its bodies.

use serde_json::Value;

use super::{START, Secrets, VALUES_KEPT, WORD_MIN, holds_block, is_secret, is_sent, scrub};
use crate::diagnosis;
use crate::grpc::Body;
use crate::grpc::connection::FrameRecord;
use crate::grpc::dial::TlsFailure;
use crate::report::Report;
use crate::wire::frame::HEADER_LENGTH;
use crate::wire::{Direction, Flags, FrameType, HeaderBlock, Payload, Span};

/// How many secrets of a body are known by their place; those beyond are found frame by frame.
const PLACES_OF_BODY: usize = 4_096;

impl Secrets {
    /// These values.
    pub(super) fn of_values(values: &[String]) -> Self {
        let mut secrets = Self::default();
        for value in values {
            secrets.add(b"", value.as_bytes());
        }
        secrets.finish();
        secrets
    }

    /// The secrets of a report; none where `show` says that they may be seen.
    #[must_use]
    pub fn of(report: &Report<'_>, show: bool) -> Self {
        let mut secrets = Self {
            shown: show,
            ..Self::default()
        };
        if show {
            return secrets;
        }
        // First of all: a peer that sends many secrets must not keep ours from being known.
        for value in report.hidden {
            secrets.add(b"", value.as_bytes());
        }
        let connection = report.case.connection;
        for (index, record) in connection.frames.iter().enumerate() {
            secrets.add_frame(record, &connection.frames[index + 1..]);
        }
        let call = report.case.call;
        for half in [&call.request, &call.response] {
            let blocks = [&half.headers, &half.trailers].into_iter().flatten();
            for block in blocks.chain(&half.informational).chain(&half.misplaced) {
                for field in block.fields.iter().filter(|field| is_secret(field.name)) {
                    secrets.add(field.name, field.value);
                }
            }
        }
        for (half, direction) in [
            (&call.request, Direction::Sent),
            (&call.response, Direction::Received),
        ] {
            secrets.add_body(&half.body, direction);
        }
        for seen in report.case.body.seen.iter().chain(&report.request.seen) {
            if let Some(Ok(decoded)) = &seen.decoded {
                secrets.add_members(&decoded.json, false);
            }
        }
        if let Some(foreign) = &connection.foreign {
            secrets.add_http1(&foreign.bytes, Some(foreign.span.offset));
            secrets.add_hits(&foreign.bytes);
        }
        let dial = connection.dial.as_ref();
        if let Some(tunnel) = dial.and_then(|dial| dial.tunnel.as_ref()) {
            secrets.add_http1(&tunnel.answer, None);
            secrets.add_hits(&tunnel.answer);
        }
        if let Some(TlsFailure::NotTls { bytes, .. }) = connection
            .dial
            .as_ref()
            .and_then(|dial| dial.tls.as_ref())
            .and_then(|tls| tls.failure.as_ref())
        {
            secrets.add_http1(bytes, None);
            secrets.add_hits(bytes);
        }
        for text in [report.target.url, report.target.path] {
            secrets.add_hits(text.as_bytes());
        }
        secrets.finish();
        secrets
    }

    /// None yet; `show` says that there will be none.
    #[must_use]
    pub fn shown(show: bool) -> Self {
        Self {
            shown: show,
            ..Self::default()
        }
    }

    /// The secrets of a header block, whose values may stand in what follows.
    pub fn learn(&mut self, block: &HeaderBlock) {
        if self.shown {
            return;
        }
        let before = self.values.len();
        for field in block.iter().filter(|field| is_secret(field.name)) {
            if !self.values.iter().any(|value| value == field.value) {
                self.add(field.name, field.value);
            }
        }
        if self.values.len() > before {
            self.texts.clear();
            self.finish();
        }
    }

    fn add_frame(&mut self, record: &FrameRecord, later: &[FrameRecord]) {
        if let Payload::Goaway { debug, .. } = record.view() {
            self.add_hits(debug);
        }
        let Some(block) = &record.block else {
            // Nobody can tell what a block holds that was not decoded.
            if holds_block(record.header.kind) && record.header.kind != FrameType::CONTINUATION {
                self.places.push((record.direction, record.span));
            }
            return;
        };
        // The lengths of fields do not count the headers of frames between their bytes.
        let parted = if record.header.flags.has(Flags::END_HEADERS) {
            0
        } else {
            let continuations = later
                .iter()
                .filter(|frame| frame.direction == record.direction)
                .take_while(|frame| frame.header.kind == FrameType::CONTINUATION);
            continuations.count() * HEADER_LENGTH
        };
        for field in block.iter() {
            let secret = is_secret(field.name);
            if !secret && !self.add_hits(field.value) {
                continue;
            }
            let length = field.span.length + parted as u64;
            let span = Span {
                offset: field.span.offset,
                length,
            };
            self.places.push((record.direction, span));
            if secret {
                self.add(field.name, field.value);
            }
        }
    }

    /// The secrets that a text names, whose bytes may stand elsewhere without that name, and whether there are any.
    fn add_hits(&mut self, text: &[u8]) -> bool {
        let found = scrub::find(text);
        for range in &found {
            let value = &text[range.clone()];
            // A word that follows "token:" in a sentence is no reason to hide it everywhere.
            if value.len() >= START && scrub::looks_random(value) {
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
                    self.add_members(value, secret || is_secret(name.as_bytes()));
                }
            }
            _ => {}
        }
    }

    /// The places of secrets that a body names, also where a frame ends between name and value.
    fn add_body(&mut self, body: &Body, direction: Direction) {
        for range in scrub::find(&body.bytes).into_iter().take(PLACES_OF_BODY) {
            let mut at = range.start as u64;
            let end = range.end as u64;
            while let Some(piece) = body.piece_at(at).filter(|_| at < end) {
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
                    .filter(|name| is_secret(name));
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

    pub(super) fn add(&mut self, name: &[u8], value: &[u8]) {
        // What is kept in a file often ends with a line end, which no header field is sent with.
        let value = value.trim_ascii();
        if value.is_empty() || self.are_enough() {
            return;
        }
        if value.len() < WORD_MIN {
            let name = diagnosis::text(name);
            self.readings
                .push((format!("{name}: "), diagnosis::text(value)));
            return;
        }
        self.values.push(value.to_vec());
        // What follows the scheme of `Bearer …`, and the values of cookies, are secrets on their own.
        let parts = value.split(|byte| matches!(byte, b' ' | b';' | b','));
        for part in parts {
            let part = part
                .iter()
                .position(|byte| *byte == b'=')
                .map_or(part, |at| {
                    let after = &part[at + 1..];
                    if after.iter().all(|byte| *byte == b'=') {
                        part
                    } else {
                        after
                    }
                });
            if part.len() >= START && part.len() < value.len() && !self.are_enough() {
                self.values.push(part.to_vec());
            }
        }
    }

    /// Whether no more values are kept.
    const fn are_enough(&self) -> bool {
        self.values.len() + self.readings.len() >= VALUES_KEPT
    }

    pub(super) fn finish(&mut self) {
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
        self.values
            .sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.values.dedup();
        for value in &self.values {
            let plain = diagnosis::text(value);
            // As messages quote it, as JSON has it, and as fields of messages are shown: their marks are taken off again.
            let quotations = [
                diagnosis::quoted(value, value.len()),
                Value::from(plain.as_str()).to_string(),
                format!("{plain:?}"),
            ];
            let quoted = quotations.iter().map(|it| it[1..it.len() - 1].to_owned());
            let mut forms: Vec<String> = quoted.chain([plain]).collect();
            forms.sort_unstable();
            forms.dedup();
            let texts = forms.into_iter().map(|form| (form, value.len()));
            self.texts.extend(texts);
        }
    }
}
