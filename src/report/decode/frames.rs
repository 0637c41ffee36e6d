//! Frames as lines for programs, each as soon as all of it is known.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::json;
use crate::http::Seen;
use crate::http::frames::FrameRecord;
use crate::report::Options;
use crate::report::redact::{BEYOND, Hidden, Trail};
use crate::report::view::{Lens, data_offset};
use crate::wire::{Direction, Flags, FrameType, HeaderBlock, Payload, Span, What};

/// The number of frames that wait for the end of a header block before they are written without its fields.
const WAITING: usize = 256;

/// The least number of payload bytes that are kept: all of a frame with fixed fields, such as SETTINGS.
const FIXED: usize = 1024;

/// The number of payload bytes that wait before they are written without the fields of their block.
const WAITING_BYTES: usize = 1024 * 1024;

/// The number of streams whose bodies are followed at a time.
const FOLLOWED: usize = 256;

/// Writes the frames of connections.
#[derive(Debug)]
pub struct FrameLines {
    lens: Lens,
    /// Per connection, the frames from one on that opens a header block which has not ended.
    waiting: HashMap<u64, Vec<Waiting>>,
    /// The ends of the bodies of open streams, whose next frame may go on with a secret. By connection and stream, and
    /// whether it is the client's.
    trails: BTreeMap<(u64, u32, bool), Trail>,
}

/// A frame that waits.
#[derive(Debug)]
struct Waiting {
    record: FrameRecord,
    /// Secrets in its payload that earlier frames name.
    places: Vec<Span>,
}

impl FrameLines {
    /// Frames that look like this.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            lens: Lens::json(options),
            waiting: HashMap::new(),
            trails: BTreeMap::new(),
        }
    }

    /// Takes an event of a connection, and writes to `out` the frames that are complete. `hidden` is known so far.
    pub fn take(&mut self, connection: u64, seen: &Seen<'_>, hidden: &Hidden, out: &mut String) {
        let What::Frame { frame, block } = &seen.event.what else {
            return;
        };
        let opens = is_opener(frame.header.kind);
        let kept = (self.lens.options.hex + BEYOND).max(FIXED);
        let kept = frame.payload.len().min(kept);
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
        let places = self.follow(connection, &record, frame.view());
        let frame = Waiting { record, places };
        let Some(waiting) = self.waiting.get_mut(&connection) else {
            if awaits(&frame.record) {
                self.waiting.insert(connection, vec![frame]);
            } else {
                self.write(connection, frame, hidden, out);
            }
            return;
        };
        let ended = !opens && block.is_some();
        if let Some(block) = block.filter(|_| ended) {
            give(waiting, seen.direction, block);
        }
        waiting.push(frame);
        let over = ended && !waiting.iter().any(|it| awaits(&it.record));
        let bytes: usize = waiting.iter().map(|it| it.record.payload.len()).sum();
        if over || waiting.len() >= WAITING || bytes > WAITING_BYTES {
            self.flush(connection, hidden, out);
        }
    }

    /// Writes what still waits of a connection, since nothing more comes.
    pub fn flush(&mut self, connection: u64, hidden: &Hidden, out: &mut String) {
        for frame in self.waiting.remove(&connection).unwrap_or_default() {
            self.write(connection, frame, hidden, out);
        }
    }

    fn write(&mut self, connection: u64, frame: Waiting, hidden: &Hidden, out: &mut String) {
        let Waiting { record, places } = frame;
        self.lens.secrets.set_places(record.direction, places);
        self.lens.secrets.know(hidden);
        out.push_str(&json::frame_line(connection, &record, &self.lens));
        self.lens.secrets.forget();
    }

    /// Looks for secrets that go on from an earlier frame of the stream.
    fn follow(&mut self, connection: u64, record: &FrameRecord, payload: Payload<'_>) -> Vec<Span> {
        let key = (
            connection,
            record.header.stream,
            record.direction == Direction::Sent,
        );
        let mut places = Vec::new();
        if let Payload::Data { data, padding } = payload {
            let trail = self.trails.entry(key).or_default();
            let offset = data_offset(record, padding);
            places = self.lens.secrets.follow(trail, offset, data);
        }
        let ends = record.header.flags.has(Flags::END_STREAM);
        if ends || record.header.kind == FrameType::RST_STREAM {
            self.trails.remove(&key);
        } else if self.trails.len() > FOLLOWED {
            self.trails.pop_first();
        }
        places
    }
}

/// Gives the fields of a block to the frame that opened it.
fn give(waiting: &mut [Waiting], direction: Direction, block: &HeaderBlock) {
    let opener = waiting
        .iter_mut()
        .rev()
        .map(|it| &mut it.record)
        .find(|record| record.direction == direction && is_opener(record.header.kind));
    if let Some(opener) = opener {
        opener.block = Some(Arc::new(block.clone()));
    }
}

const fn is_opener(kind: FrameType) -> bool {
    matches!(kind, FrameType::HEADERS | FrameType::PUSH_PROMISE)
}

/// Returns true if a frame opens a header block whose fields are still to come.
fn awaits(record: &FrameRecord) -> bool {
    let header = record.header;
    is_opener(header.kind) && record.block.is_none() && !header.flags.has(Flags::END_HEADERS)
}
