//! Frames as lines for programs, each as soon as all of it is known.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::json;
use crate::grpc::Seen;
use crate::grpc::connection::FrameRecord;
use crate::report::Options;
use crate::report::redact::{Names, Secrets, Trail};
use crate::report::view::{Lens, data_offset};
use crate::wire::{Direction, Flags, FrameType, HeaderBlock, Payload, What};

/// How many frames wait for the end of a header block before they are written without its fields.
const WAITING: usize = 256;

/// How much of a payload is taken along beyond what a dump shows, in bytes: a secret that begins in it is found by
/// what follows.
const BEYOND: usize = 64;

/// How much of a payload is taken along at least, in bytes: all of one that has fixed fields, such as SETTINGS.
const FIXED: usize = 1024;

/// How many bytes of payloads wait before they are written without the fields of their block.
const WAITING_BYTES: usize = 1024 * 1024;

/// Writes the frames of one connection.
#[derive(Debug)]
pub struct FrameLines {
    connection: u64,
    lens: Lens,
    /// Frames from one on that opens a header block which has not ended.
    waiting: Vec<FrameRecord>,
    /// The ends of the bodies of open streams, whose next frame may go on with a secret.
    trails: BTreeMap<(u32, bool), Trail>,
}

/// How many streams' bodies are followed at a time.
const FOLLOWED: usize = 256;

impl FrameLines {
    /// For the connection of that number.
    #[must_use]
    pub fn new(connection: u64, options: &Options, names: &Names) -> Self {
        Self {
            connection,
            lens: Lens::json(options, Secrets::shown(options.show_secrets, names)),
            waiting: Vec::new(),
            trails: BTreeMap::new(),
        }
    }

    /// Takes an event; writes what can be written to `out`.
    pub fn take(&mut self, seen: &Seen<'_>, out: &mut String) {
        let What::Frame { frame, block } = &seen.event.what else {
            return;
        };
        if let Some(block) = block {
            self.lens.secrets.learn(block);
        }
        let kind = frame.header.kind;
        let kept = (self.lens.options.hex + BEYOND).max(FIXED);
        let kept = frame.payload.len().min(kept);
        let opens = matches!(kind, FrameType::HEADERS | FrameType::PUSH_PROMISE);
        let record = FrameRecord {
            index: seen.index,
            direction: seen.direction,
            at: seen.event.at,
            span: seen.event.span,
            header: frame.header,
            payload: frame.payload[..kept].into(),
            block: block
                .filter(|_| opens)
                .map(|block| Arc::new((*block).clone())),
            place: seen.place,
            told: false,
        };
        let ended = !opens && block.is_some();
        if let Some(block) = block.filter(|_| ended) {
            self.give(seen.direction, block);
        }
        if self.waiting.is_empty() {
            self.lens.secrets.forget_places();
        }
        self.follow(&record, frame.view());
        if awaits(&record) || !self.waiting.is_empty() {
            self.waiting.push(record);
            let over = ended && !self.waiting.iter().any(awaits);
            let bytes: usize = self.waiting.iter().map(|it| it.payload.len()).sum();
            if over || self.waiting.len() >= WAITING || bytes > WAITING_BYTES {
                self.flush(out);
            }
        } else {
            out.push_str(&json::frame_line(self.connection, &record, &self.lens));
        }
    }

    /// Writes what still waits, since nothing more comes.
    pub fn flush(&mut self, out: &mut String) {
        for record in self.waiting.drain(..) {
            out.push_str(&json::frame_line(self.connection, &record, &self.lens));
        }
    }

    /// Looks for secrets that go on from an earlier frame of the stream.
    fn follow(&mut self, record: &FrameRecord, payload: Payload<'_>) {
        let key = (record.header.stream, record.direction == Direction::Sent);
        if let Payload::Data { data, padding } = payload {
            let trail = self.trails.entry(key).or_default();
            let offset = data_offset(record, padding);
            self.lens
                .secrets
                .follow(trail, record.direction, offset, data);
        }
        let ends = record.header.flags.has(Flags::END_STREAM);
        if ends || record.header.kind == FrameType::RST_STREAM {
            self.trails.remove(&key);
        } else if self.trails.len() > FOLLOWED {
            self.trails.pop_first();
        }
    }

    /// Gives the fields of a block to the frame that opened it.
    fn give(&mut self, direction: Direction, block: &HeaderBlock) {
        let opener = self.waiting.iter_mut().rev().find(|record| {
            record.direction == direction
                && matches!(
                    record.header.kind,
                    FrameType::HEADERS | FrameType::PUSH_PROMISE
                )
        });
        if let Some(opener) = opener {
            opener.block = Some(Arc::new(block.clone()));
        }
    }
}

/// Whether a frame opens a header block whose fields are still to come.
fn awaits(record: &FrameRecord) -> bool {
    let header = record.header;
    let opens = matches!(header.kind, FrameType::HEADERS | FrameType::PUSH_PROMISE);
    opens && record.block.is_none() && !header.flags.has(Flags::END_HEADERS)
}
