//! The frames of the connection in order, each with its time, direction, type, stream and meaning.

use super::fold::{self, Folded, Item};
use super::{data, fields, foreign, severity_sign};
use crate::http::Within;
use crate::http::connection::{Closing, Role, Shown};
use crate::http::frames::FrameRecord;
use crate::http::part::Anchor;
use crate::report::decode;
use crate::report::style::{Line, Page, Style};
use crate::report::view::{View, count, milliseconds, number};
use crate::report::wrap;
use crate::wire::payload::{Malformed, Priority};
use crate::wire::{Direction, Flags, FrameHeader, FrameType, Payload};

/// Where the contents of a frame are shown.
pub(super) const BODY_INDENT: usize = 16;

/// Columns that all rows share.
struct Columns {
    time: usize,
    kind: usize,
    stream: usize,
}

/// Writes the frames, and what came instead of or after them.
pub(in crate::report) fn write(view: &View<'_>, page: &mut Page) {
    let connection = view.report.case.connection;
    let items = fold::items(view);
    let columns = columns(view);
    for item in &items {
        match item {
            Item::Frame(index, record) => frame(view, &columns, *index, record, page),
            Item::Folded(folded) => folded_frames(view, &columns, folded, page),
        }
    }
    if view.not_dumped() > 0 {
        let text = format!(
            "\u{2026} {} not dumped",
            count(view.not_dumped(), "more frame")
        );
        page.push(Line::indent(2).dim(text));
    }
    // A capture has the frames of other calls too, which are told apart from those that were not kept.
    let dropped = match view.report.case.vantage.role {
        Role::Caller => connection
            .frames_seen
            .saturating_sub(connection.frames().len()),
        Role::Observer => connection.not_kept.frames,
    };
    if dropped > 0 {
        let text = format!(
            "\u{2026} and {}, not kept",
            count(dropped as u64, "more frame")
        );
        page.push(Line::indent(2).dim(text));
    }
    if let Some(foreign) = &connection.foreign {
        let start = row_start(&columns, None, Some(foreign.at), Direction::Received);
        let text = format!(
            "not HTTP/2 but {}, {}",
            foreign::describe(foreign.protocol),
            count(foreign.span.length, "byte")
        );
        page.hang(start, Style::Plain, &text);
        let offset = Some(foreign.span.offset);
        foreign::write(
            view,
            Some(foreign.protocol),
            offset,
            &foreign.bytes,
            BODY_INDENT,
            page,
        );
    }
    if let Some(cut) = &connection.cut {
        let start = row_start(&columns, None, None, Direction::Received);
        let text = match &cut.header {
            Some(header) => format!(
                "{} cut off: {} of {} arrived",
                kind_name(header),
                number(cut.span.length),
                count(u64::from(header.length) + 9, "byte")
            ),
            None => format!(
                "a frame cut off within its header: {} arrived",
                count(cut.span.length, "byte")
            ),
        };
        page.hang(start, Style::Plain, &text);
        if view
            .secrets
            .may_show_cut(cut.header.map(|header| header.kind))
        {
            foreign::hex(view, Some(cut.span.offset), &cut.bytes, BODY_INDENT, page);
        }
    }
    closing(view, &columns, page);
    if let Some(witness) = &connection.witness {
        page.hang(
            Line::indent(2).dim("the h2 crate gave up: "),
            Style::Dim,
            &view.text(&witness.words),
        );
    }
}

fn columns(view: &View<'_>) -> Columns {
    let connection = view.report.case.connection;
    let times = connection.frames().iter().map(|record| record.at);
    let last = times
        .chain(connection.closed.iter().map(|closed| closed.at))
        .max();
    let kinds = connection
        .frames()
        .iter()
        .map(|record| row_name(view, record).len());
    let streams = connection
        .frames()
        .iter()
        .map(|record| record.header.stream);
    Columns {
        time: last.map_or(0, |at| milliseconds(at).len()).max(5),
        kind: kinds.max().unwrap_or(0).max(9),
        stream: streams.max().unwrap_or(0).to_string().len(),
    }
}

/// What a frame is called in its row: by its type, or by what it stands for where the source shows no frames.
fn row_name(view: &View<'_>, record: &FrameRecord) -> String {
    let case = view.report.case;
    let halves = [&case.call.request, &case.call.response];
    let trailers = |index| {
        let mut blocks = halves.iter().filter_map(|half| half.trailers.as_ref());
        blocks.any(|block| block.origin.anchor == Anchor::Frame(index))
    };
    match (case.connection.shown, record.header.kind) {
        (Shown::Messages, FrameType::DATA) => "body".to_owned(),
        (Shown::Messages, FrameType::HEADERS) if trailers(record.index) => "trailers".to_owned(),
        (Shown::Messages, FrameType::HEADERS) => "headers".to_owned(),
        _ => kind_name(&record.header),
    }
}

fn kind_name(header: &FrameHeader) -> String {
    let kind = header.kind;
    kind.name()
        .map_or_else(|| format!("type 0x{:02x}", kind.0), str::to_owned)
}

/// The gutter, the time and the arrow.
fn row_start(
    columns: &Columns,
    sign: Option<(&'static str, Style)>,
    at: Option<std::time::Duration>,
    direction: Direction,
) -> Line {
    let (sign, style) = sign.unwrap_or((" ", Style::Plain));
    let time = match at {
        Some(at) => format!("{:>1$} ms", milliseconds(at), columns.time),
        None => " ".repeat(columns.time + 3),
    };
    let arrow = match direction {
        Direction::Sent => "  \u{2192} ",
        Direction::Received => "  \u{2190} ",
    };
    Line::default()
        .with(style, sign)
        .plain(" ")
        .dim(time)
        .plain(arrow)
}

fn named(view: &View<'_>, columns: &Columns, start: Line, record: &FrameRecord) -> Line {
    let framed = view.report.case.connection.shown != Shown::Messages;
    let stream = match record.header.stream {
        stream @ 1.. if framed => stream.to_string(),
        _ => String::new(),
    };
    let name = row_name(view, record);
    start
        .with(Style::Strong, wrap::pad(&name, columns.kind))
        .plain(" ")
        .plain(wrap::pad(&stream, columns.stream))
        .plain("  ")
}

fn frame(view: &View<'_>, columns: &Columns, index: usize, record: &FrameRecord, page: &mut Page) {
    // Evidence in a field or in body bytes is marked there.
    let inside = record.header.kind == FrameType::DATA || record.block.is_some();
    let sign = view
        .worst_in(index, |evidence| {
            !inside || evidence.length == record.span.length
        })
        .map(severity_sign);
    let start = row_start(columns, sign, Some(record.at), record.direction);
    let mut text = detail(view, record);
    if view.options.verbose {
        text.push_str(&place(view, record));
    }
    page.hang(
        named(view, columns, start, record),
        Style::Plain,
        text.trim_start(),
    );
    match &record.block {
        Some(block) => fields::write(view, index, block, page),
        None => data::write(view, index, record, page),
    }
    if let Payload::Unknown(bytes) = record.view()
        && !bytes.is_empty()
    {
        let offset = record.span.end() - record.payload.len() as u64;
        if record.direction == Direction::Received {
            foreign::hex(view, Some(offset), bytes, BODY_INDENT, page);
        }
    }
    if !inside {
        for (finding, evidence) in view.evidence_in(index) {
            if let Some(reading) = &evidence.reads_as {
                let (_, style) = severity_sign(finding.severity);
                let start = Line::indent(BODY_INDENT).with(style, "\u{2514} ");
                page.hang(start, Style::Plain, &view.text(reading));
            }
        }
    }
}

/// Where a frame stands: in its direction, and in the input.
fn place(view: &View<'_>, record: &FrameRecord) -> String {
    let mut text = match view.report.case.connection.shown {
        Shown::Bytes => format!("  @{}+{}", record.span.offset, record.span.length),
        Shown::Frames | Shown::Messages => String::new(),
    };
    if let Some(place) = record.place {
        text.push_str(&format!("  {}", decode::place_text(place)));
        if let Within::Packet(_) = place.within {
            text.push_str(&format!(", byte {}", number(place.offset)));
        }
    }
    text
}

fn folded_frames(view: &View<'_>, columns: &Columns, folded: &Folded<'_>, page: &mut Page) {
    let first = folded.first;
    let start = row_start(columns, None, Some(first.at), first.direction);
    let text = format!(
        "\u{2026} {} more until {} ms, {}",
        number(folded.count),
        milliseconds(folded.until),
        count(folded.bytes, "byte")
    );
    page.hang(named(view, columns, start, first), Style::Dim, &text);
}

/// A frame in words: "RST_STREAM frame on stream 1: CANCEL (0x8)".
pub(super) fn describe(view: &View<'_>, record: &FrameRecord) -> String {
    let stream = match record.header.stream {
        0 => String::new(),
        stream => format!(" on stream {stream}"),
    };
    let detail = detail(view, record);
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("{} frame{stream}{colon}{detail}", kind_name(&record.header))
}

/// What a frame says, on its own line.
fn detail(view: &View<'_>, record: &FrameRecord) -> String {
    let header = &record.header;
    let acknowledges = header.flags.has(Flags::ACK);
    let length = || count(u64::from(header.length), "byte");
    let mut parts: Vec<String> = Vec::new();
    match record.view() {
        Payload::Data { data, padding } => {
            // A record may keep less than there was; then the length is the header's.
            let kept = record.payload.len() as u64 == u64::from(header.length);
            parts.push(if kept {
                count(data.len() as u64, "byte")
            } else {
                length()
            });
            parts.extend(padding.map(padded));
        }
        Payload::Headers {
            padding,
            priority,
            fragment,
        } => {
            if record.block.is_none() && view.report.case.connection.shown == Shown::Frames {
                parts.push(format!("{}, their fields not in this source", length()));
            } else if record.block.is_none() {
                parts.push(format!(
                    "{} of a header block that never ends",
                    count(fragment.len() as u64, "byte")
                ));
            }
            parts.extend(padding.map(padded));
            parts.extend(priority.map(prioritised));
        }
        Payload::Priority(priority) => parts.push(prioritised(priority)),
        Payload::RstStream(code) => parts.push(error_code(code.0, &code.to_string())),
        payload @ Payload::Settings(_) => {
            if acknowledges {
                parts.push("ACK".to_owned());
            }
            parts.extend(
                payload
                    .settings()
                    .map(|setting| format!("{}={}", setting.id, setting.value)),
            );
        }
        Payload::PushPromise {
            promised, padding, ..
        } => {
            parts.push(format!("promises stream {promised}"));
            parts.extend(padding.map(padded));
        }
        Payload::Ping(octets) => {
            if acknowledges {
                parts.push("ACK".to_owned());
            }
            parts.push(view.hex(record.direction, None, octets));
        }
        Payload::Goaway {
            last_stream,
            code,
            debug,
        } => {
            parts.push(format!(
                "{}, last stream {last_stream}",
                error_code(code.0, &code.to_string())
            ));
            if !debug.is_empty() {
                parts.push(format!("\"{}\"", view.wire_text(debug)));
            }
        }
        Payload::WindowUpdate(increment) => parts.push(format!("+{}", number(increment.into()))),
        Payload::Continuation(_) | Payload::Unknown(_) => parts.push(length()),
        Payload::Malformed(fault) => parts.push(malformed(fault, header)),
    }
    if view.report.case.connection.shown == Shown::Messages {
        return parts.join(" ");
    }
    let flags = header.flag_names().filter(|name| match *name {
        "ACK" => false,
        "PADDED" | "PRIORITY" => view.options.verbose,
        _ => true,
    });
    parts.extend(flags.map(str::to_owned));
    if header.undefined_flags() != 0 && view.options.verbose {
        parts.push(format!(
            "undefined flags 0x{:02x}",
            header.undefined_flags()
        ));
    }
    parts.join(" ")
}

fn padded(padding: u8) -> String {
    format!("and {} of padding", count(padding.into(), "byte"))
}

fn prioritised(priority: Priority) -> String {
    let exclusive = if priority.exclusive {
        "exclusively "
    } else {
        ""
    };
    let weight = u16::from(priority.weight) + 1;
    format!(
        "depends {exclusive}on {}, weight {weight}",
        priority.dependency
    )
}

fn error_code(code: u32, name: &str) -> String {
    if name.starts_with("0x") {
        format!("error code {name}")
    } else {
        format!("{name} (0x{code:x})")
    }
}

fn malformed(fault: Malformed, header: &FrameHeader) -> String {
    match fault {
        Malformed::Length { expected } => {
            format!(
                "malformed: {} where there must be {expected}",
                count(header.length.into(), "byte")
            )
        }
        Malformed::Padding { pad } => {
            format!(
                "malformed: {pad} of padding do not fit in {}",
                count(header.length.into(), "byte")
            )
        }
    }
}

/// How the connection ended, where that cut the call off.
fn closing(view: &View<'_>, columns: &Columns, page: &mut Page) {
    let case = view.report.case;
    let Some(closed) = &case.connection.closed else {
        return;
    };
    let silent = case.connection.sent == 0 && case.connection.received == 0;
    if silent || (case.ended() && !view.options.verbose) {
        return;
    }
    let text = match &closed.how {
        Closing::Peer => "the server closed the connection".to_owned(),
        Closing::Broken(error) => format!("the connection broke: {}", view.text(error)),
        Closing::Deadline => "the deadline passed".to_owned(),
        Closing::Client => "the client closed the connection".to_owned(),
        Closing::GaveUp => "we closed the connection".to_owned(),
        Closing::Unseen => "the capture ends".to_owned(),
    };
    let time = format!("{:>1$} ms", milliseconds(closed.at), columns.time);
    page.hang(Line::indent(2).dim(time).plain("    "), Style::Plain, &text);
}
