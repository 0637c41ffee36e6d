//! Frames of the document.

use super::wire::{ErrorCode, Field, Frame, Octets, Priority, Setting};
use crate::http::frames::FrameRecord;
use crate::report::view::{Lens, data_offset, hex};
use crate::wire::hpack::Unknown;
use crate::wire::payload::Malformed;
use crate::wire::{self as http2, Direction, HeaderBlock, Payload, Representation};

/// The name of a direction.
pub(super) const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    }
}

/// A frame type by name or number.
pub(super) fn kind(kind: http2::FrameType) -> String {
    kind.name()
        .map_or_else(|| format!("0x{:02x}", kind.0), str::to_owned)
}

pub(in crate::report) fn microseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

pub(in crate::report) fn frame(lens: &Lens, record: &FrameRecord) -> Frame {
    let header = &record.header;
    let mut flags: Vec<String> = header.flag_names().map(str::to_owned).collect();
    if header.undefined_flags() != 0 {
        flags.push(format!("0x{:02x}", header.undefined_flags()));
    }
    let mut frame = Frame {
        index: record.index,
        direction: direction(record.direction),
        at_us: microseconds(record.at),
        kind: kind(header.kind),
        flags,
        stream: header.stream,
        length: header.length,
        offset: record.span.offset,
        fields: record.block.as_deref().map(|block| fields(lens, block)),
        ..Frame::default()
    };
    payload(lens, record, &mut frame);
    frame
}

fn payload(lens: &Lens, record: &FrameRecord, frame: &mut Frame) {
    match record.view() {
        Payload::Data { data, padding } => {
            let offset = data_offset(record, padding);
            frame.data = Some(octets(lens, record, offset, data));
            frame.padding = padding;
        }
        Payload::Headers {
            padding, priority, ..
        } => {
            frame.padding = padding;
            frame.priority = priority.map(self::priority);
        }
        Payload::Priority(priority) => frame.priority = Some(self::priority(priority)),
        Payload::RstStream(code) => frame.error_code = Some(error_code(code)),
        payload @ Payload::Settings(_) => {
            let settings = payload.settings().map(|setting| Setting {
                id: setting.id.0,
                name: setting.id.to_string(),
                value: setting.value,
            });
            frame.settings = Some(settings.collect());
        }
        Payload::PushPromise {
            promised, padding, ..
        } => {
            frame.promised_stream = Some(promised);
            frame.padding = padding;
        }
        Payload::Ping(octets) => frame.ping = Some(lens.hex(record.direction, None, octets)),
        Payload::Goaway {
            last_stream,
            code,
            debug,
        } => {
            let debug = lens.json_value(b"", debug);
            frame.last_stream = Some(last_stream);
            frame.error_code = Some(error_code(code));
            frame.escaped = debug.escaped;
            frame.debug = Some(debug.text);
        }
        Payload::WindowUpdate(increment) => frame.increment = Some(increment),
        Payload::Continuation(_) => {}
        Payload::Unknown(bytes) => {
            frame.data = Some(octets(lens, record, data_offset(record, None), bytes))
        }
        Payload::Malformed(Malformed::Length { expected }) => {
            frame.malformed = Some(format!("the length is not {expected}"));
        }
        Payload::Malformed(Malformed::Padding { pad }) => {
            frame.malformed = Some(format!("{pad} octets of padding do not fit"));
        }
    }
}

fn octets(lens: &Lens, record: &FrameRecord, offset: u64, bytes: &[u8]) -> Octets {
    let shown = lens.secrets.first(
        record.direction,
        Some(offset),
        bytes,
        lens.dump(bytes.len()),
    );
    // A record may keep less than there was.
    let kept = record.payload.len() as u64 >= u64::from(record.header.length);
    Octets {
        hex: hex(&shown),
        truncated: shown.len() < bytes.len() || !kept,
    }
}

fn error_code(code: http2::ErrorCode) -> ErrorCode {
    ErrorCode {
        code: code.0,
        name: code.to_string(),
    }
}

fn priority(priority: http2::payload::Priority) -> Priority {
    Priority {
        exclusive: priority.exclusive,
        dependency: priority.dependency,
        weight: u16::from(priority.weight) + 1,
    }
}

fn fields(lens: &Lens, block: &HeaderBlock) -> Vec<Field> {
    block
        .iter()
        .map(|field| {
            let name = lens.json_value(b"", field.name);
            let value = lens.json_value(field.name, field.value);
            Field {
                name: name.text,
                value: value.text,
                representation: match field.representation {
                    Representation::Indexed => "indexed",
                    Representation::LiteralIncremental => "literal-incremental",
                    Representation::LiteralWithoutIndexing => "literal-without-indexing",
                    Representation::LiteralNeverIndexed => "literal-never-indexed",
                    Representation::Unseen => "unseen",
                },
                index: field.index,
                huffman: field.huffman.0 || field.huffman.1,
                offset: field.span.offset,
                length: field.span.length,
                escaped: name.escaped || value.escaped,
                redacted: value.redacted,
                unknown: field.unknown.map(|unknown| match unknown {
                    Unknown::Name => "name",
                    Unknown::Value => "value",
                    Unknown::Both => "both",
                }),
            }
        })
        .collect()
}
