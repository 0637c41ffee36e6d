//! The secrets of a report, collected from its fields, its texts and its bodies.

use serde_json::Value;

use super::values::{Owner, PEER_MAX};
use super::{Hidden, Secrets, credentials, holds_block, is_sent, owner, scrub};
use crate::diagnosis::{self, Body};
use crate::http;
use crate::http::frames::{FrameRecord, Frames};
use crate::http::tls::TlsFailure;
use crate::report::Report;
use crate::wire::frame::HEADER_LENGTH;
use crate::wire::{Direction, Field, Flags, FrameType, HeaderBlock, Payload, Span};

/// The number of secrets of a body that are known by their place; those beyond are found frame by frame.
const PLACES_OF_BODY: usize = 4_096;

impl Secrets {
    /// The secrets of a text that is explained: parts of it are quoted apart from their names.
    #[must_use]
    pub fn of_text(text: &str, hidden: &Hidden) -> Self {
        let mut secrets = Self::new(hidden, false);
        secrets.add_named(text.as_bytes(), Owner::Client);
        secrets
    }

    /// The secrets of a report; `shown` says that none is hidden.
    #[must_use]
    pub fn of(report: &Report<'_>, hidden: &Hidden, shown: bool) -> Self {
        let mut secrets = Self::new(hidden, shown);
        if !shown {
            secrets.add_values(report);
            secrets.add_places(report);
            secrets.sort_places();
        }
        secrets
    }

    /// The values of a report's secrets.
    fn add_values(&mut self, report: &Report<'_>) {
        let connection = report.case.connection;
        let call = report.case.call;
        for (half, owner) in [
            (&call.request, Owner::Client),
            (&call.response, Owner::Peer),
        ] {
            let blocks = [&half.headers, &half.trailers].into_iter().flatten();
            for block in blocks.chain(&half.informational).chain(&half.misplaced) {
                self.add_fields(&block.fields, owner);
            }
        }
        self.add_frames(report.case.frames);
        for (body, owner) in [
            (report.request, Owner::Client),
            (&report.case.body, Owner::Peer),
        ] {
            self.add_named(&body.bytes, owner);
            for seen in &body.seen {
                if let Some(Ok(decoded)) = &seen.decoded {
                    self.add_members(&decoded.json, false, owner);
                }
            }
        }
        let dial = connection.reach.as_ref();
        let foreign = connection.foreign.as_ref().map(|foreign| &foreign.bytes);
        let tunnel = dial.and_then(|dial| dial.tunnel.as_ref());
        let failure = connection.own_tls().and_then(|tls| tls.failure.as_ref());
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
            self.add_named(bytes, Owner::Peer);
        }
        for text in [report.target.url, report.target.path] {
            self.add_named(text.as_bytes(), Owner::Client);
        }
    }

    /// The places of a report's secrets.
    fn add_places(&mut self, report: &Report<'_>) {
        let connection = report.case.connection;
        if !(self.values.is_empty() && self.known.is_empty()) {
            let frames = report.case.frames;
            for (position, record) in frames.iter().enumerate() {
                self.add_fields_with_values(record, frames.after(position));
            }
        }
        let call = report.case.call;
        self.add_body(report.request, &call.request.body, Direction::Sent);
        self.add_body(&report.case.body, &call.response.body, Direction::Received);
        if let Some(foreign) = &connection.foreign {
            self.add_http1(&foreign.bytes, Some(foreign.span.offset));
        }
    }

    fn add_fields(&mut self, block: &HeaderBlock, owner: Owner) {
        for field in block.iter() {
            if self.names.contain(field.name) {
                self.add(field.name, field.value, owner);
            }
            self.add_user(field.name, field.value, owner);
        }
    }

    /// The user that a `:authority` names.
    fn add_user(&mut self, name: &[u8], value: &[u8], owner: Owner) {
        for part in credentials::user_of_authority(name, value) {
            self.add(b"", part, owner);
        }
    }

    /// The secrets that frames show, and the places of secret fields.
    fn add_frames(&mut self, frames: Frames<'_>) {
        // Per direction, whether a CONTINUATION frame belongs to a block whose fields are known.
        let mut known = [false; 2];
        for (position, record) in frames.iter().enumerate() {
            if let Payload::Goaway { debug, .. } = record.view() {
                self.add_named(debug, owner(record.direction));
            }
            let known = &mut known[usize::from(is_sent(record.direction))];
            match (record.header.kind, &record.block) {
                (_, Some(block)) => {
                    *known = true;
                    self.add_block(record, block, frames.after(position));
                }
                // A block that was not decoded may hold a secret.
                (FrameType::CONTINUATION, None) if *known => {}
                (kind, None) => {
                    *known = false;
                    if holds_block(kind) {
                        self.places.push((record.direction, record.span));
                    }
                }
            }
        }
    }

    /// The secret fields of the header block that a frame opens, and their places.
    fn add_block(&mut self, record: &FrameRecord, block: &HeaderBlock, later: Frames<'_>) {
        let owner = owner(record.direction);
        for field in block.iter() {
            let secret = self.names.contain(field.name);
            if secret {
                self.add(field.name, field.value, owner);
            }
            if secret || self.add_named(field.value, owner) {
                self.places.push(place(record, later, &field));
            }
        }
    }

    /// The places of the other fields that hold a secret. Huffman codes hide it from comparison, but not from a reader
    /// who decodes them.
    fn add_fields_with_values(&mut self, record: &FrameRecord, later: Frames<'_>) {
        for field in record.block.iter().flat_map(|block| block.iter()) {
            if !self.find_values(field.value, false).is_empty() {
                self.places.push(place(record, later, &field));
            }
        }
    }

    /// The secrets that a text names, whose bytes may appear elsewhere without that name. Returns true if there are any.
    fn add_named(&mut self, text: &[u8], owner: Owner) -> bool {
        let found = scrub::find(text, &self.names);
        for range in &found {
            let value = &text[range.clone()];
            if scrub::is_value(value) {
                self.add(b"", value, owner);
            }
        }
        !found.is_empty()
    }

    /// The texts of members of a message that have the names of secrets.
    fn add_members(&mut self, json: &Value, secret: bool, owner: Owner) {
        match json {
            Value::String(text) if secret => {
                self.add(b"", text.as_bytes(), owner);
                // A field of bytes is base64 in JSON.
                if let Some(bytes) = credentials::decode(text.as_bytes()) {
                    self.add(b"", &bytes, owner);
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.add_members(value, secret, owner);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    let secret = secret || self.names.contain(name.as_bytes());
                    self.add_members(value, secret, owner);
                }
            }
            _ => {}
        }
    }

    /// The places of the secrets of a body, also where a frame ends within one.
    fn add_body(&mut self, read: &Body<'_>, came: &http::Body, direction: Direction) {
        let mut found = self.find(&came.bytes, false);
        if read.is_as_it_came() {
            for seen in &read.seen {
                let unpacked = seen.decompressed.as_ref().and_then(|it| it.as_ref().ok());
                if unpacked.is_some_and(|it| !self.find(&it.bytes, false).is_empty()) {
                    found.push(seen.start..seen.start + seen.length);
                }
            }
        } else if !scrub::find(&read.bytes, &self.names).is_empty()
            || found.is_empty() && !self.find_values(&read.bytes, false).is_empty()
        {
            // A secret is seen through the body's encoding: its place in it cannot be said.
            found.clear();
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
                self.add(&name, value, Owner::Peer);
            }
            start += line.len();
            if line.trim_ascii().is_empty() {
                return;
            }
        }
    }

    /// Adds the value of a secret field; without a name, a value that is secret as it is.
    pub(super) fn add(&mut self, name: &[u8], value: &[u8], owner: Owner) {
        let value = value.trim_ascii();
        let searched = credentials::searched(name, value, owner);
        for part in searched.iter().filter(|part| !self.known.know(part)) {
            self.values.add(part, owner);
        }
        if name.is_empty()
            || value.is_empty()
            || !searched.is_empty()
            || self.readings.len() >= PEER_MAX
        {
            return;
        }
        let name = diagnosis::text(name);
        let reading = (format!("{name}: "), diagnosis::text(value));
        if !self.readings.contains(&reading) {
            self.readings.push(reading);
            if owner == Owner::Client {
                let parts = credentials::of_field(name.as_bytes(), value);
                let longest = parts.iter().map(|part| part.len()).max();
                self.short.push((name, longest.unwrap_or_default()));
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
fn place(record: &FrameRecord, later: Frames<'_>, field: &Field<'_>) -> (Direction, Span) {
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
