//! What was found for programs: JSON lines, `grpc-probe.decode/1`. Within the version members are only added.

mod line;

use super::{Call, Input, carries_text, time_text};
use crate::diagnosis::open_step;
use crate::http::connection::NotKept;
use crate::http::frames::FrameRecord;
use crate::http::tls::Tls;
use crate::http::{Carries, Closing, Connection, Opened, Place, Within};
use crate::report::json::build;
use crate::report::json::connection::tls;
use crate::report::json::frames::{frame, microseconds};
use crate::report::json::schema_of;
use crate::report::view::{Lens, View};
use crate::report::{Options, escape};
use line::{
    At, CallLine, CallTiming, ClosedLine, ConnectionLine, FindingLine, FrameLine, InputLine, Line,
    NotKeptLine, NoteLine, StoppedAt, TlsLine, WebLine,
};

/// The format of every line, with its version.
const FORMAT: &str = "grpc-probe.decode/1";

/// The line of a connection.
#[must_use]
pub fn connection(opened: &Opened, options: &Options) -> String {
    let lens = Lens::json(options);
    let (client, server) = opened.ends.unzip();
    write(&Line::Connection(ConnectionLine {
        format: FORMAT,
        connection: opened.number,
        client: client.map(|address| address.to_string()),
        server: server.map(|address| address.to_string()),
        name: opened.name.as_deref().map(|name| lens.text(name)),
        time: opened.at.and_then(time_text),
        at: opened.place.map(at),
        carries: carries_text(opened.carries),
        guessed: opened.carries == Carries::Guessed,
        tls: opened.tls.as_deref().map(|seen| tls_line(&lens, seen)),
    }))
}

fn tls_line(lens: &Lens, seen: &Tls) -> TlsLine {
    TlsLine {
        tls: tls(lens, seen),
        complete: seen.complete,
        not_decrypted: seen.not_decrypted.as_deref().map(|why| lens.text(why)),
    }
}

/// The line of a frame.
#[must_use]
pub(super) fn frame_line(connection: u64, record: &FrameRecord, lens: &Lens) -> String {
    write(&Line::Frame(FrameLine {
        format: FORMAT,
        connection,
        frame: frame(lens, record),
        at: record.place.map(at),
    }))
}

/// The lines of the frames that are kept with a call: its own, and those of the connection that were not told of.
#[must_use]
pub fn frames(call: &Call<'_>, options: &Options) -> String {
    let view = View::json(call.report, options);
    let frames = call.report.case.frames.iter();
    frames
        .filter(|record| !record.told)
        .map(|record| frame_line(call.connection, record, &view))
        .collect()
}

/// The lines of a call: its own, and one for each finding.
#[must_use]
pub fn call(call: &Call<'_>, options: &Options) -> String {
    let report = call.report;
    let view = View::json(report, options);
    let judged = report.diagnosis.steps.iter();
    let open = match report.diagnosis.verdict.step {
        Some(_) => None,
        None => open_step(&report.diagnosis.steps),
    };
    let mut lines = write(&Line::Call(Box::new(CallLine {
        format: FORMAT,
        connection: call.connection,
        stream: call.stream,
        authority: view.text(report.target.authority),
        path: view.text(report.target.path),
        protocol: call.kind.name(),
        time: call.at.and_then(time_text),
        at: call.place.map(at),
        verdict: build::verdict(&view),
        open_step: open.map(|judged| judged.step.name()),
        steps: judged.map(|judged| build::step(&view, judged)).collect(),
        web: call.web.map(|web| WebLine {
            messages: web.messages.clone(),
            trailers: web.trailers.as_deref().map(|it| view.wire_text(it)),
            rest: web.rest,
        }),
        request_length: report.case.call.request.body.length,
        response: build::response(&view),
        timing: CallTiming {
            first_byte_us: report.timing.first_byte.map(microseconds),
            total_us: call.took.map(microseconds),
        },
    })));
    for (index, finding) in report.diagnosis.findings.iter().enumerate() {
        let clients = report.clients.get(index).map_or(&[][..], Vec::as_slice);
        let mut frames = finding
            .evidence
            .iter()
            .filter_map(|evidence| evidence.anchor.frame());
        let place = frames.find_map(|frame| report.case.frames.get(frame)?.place);
        lines.push_str(&write(&Line::Finding(Box::new(FindingLine {
            format: FORMAT,
            connection: call.connection,
            stream: call.stream,
            at: place.map(at),
            finding: build::finding(&view, finding, clients),
        }))));
    }
    lines
}

/// The line of a connection's end.
#[must_use]
pub fn closed(connection: u64, facts: &Connection, options: &Options) -> String {
    let lens = Lens::json(options);
    let not_kept = facts.not_kept;
    let how = facts.closed.as_ref().map(|closed| &closed.how);
    write(&Line::Closed(ClosedLine {
        format: FORMAT,
        connection,
        how: match how {
            Some(Closing::Peer) => "server",
            Some(Closing::Broken(_)) => "broken",
            Some(Closing::Client | Closing::GaveUp) => "client",
            Some(Closing::Deadline | Closing::Unseen) | None => "unseen",
        },
        sent: facts.sent,
        received: facts.received,
        frames: facts.frames_seen,
        error: match how {
            Some(Closing::Broken(error)) => Some(lens.text(error)),
            _ => None,
        },
        late: facts.late as u64,
        not_kept: (not_kept != NotKept::default()).then_some(NotKeptLine {
            frames: not_kept.frames,
            blocks: not_kept.blocks,
            streams: not_kept.streams,
            body: not_kept.body,
        }),
        sent_missing: facts.missing[0],
        received_missing: facts.missing[1],
    }))
}

/// The line of a note.
#[must_use]
pub fn note(
    connection: Option<u64>,
    place: Option<Place>,
    text: &str,
    options: &Options,
) -> String {
    let lens = Lens::json(options);
    write(&Line::Note(NoteLine {
        format: FORMAT,
        connection,
        at: place.map(at),
        text: lens.text(text),
    }))
}

/// The line of an input.
#[must_use]
pub fn input(input: &Input, options: &Options) -> String {
    let outcome = &input.outcome;
    let lens = Lens::json(options);
    write(&Line::Input(InputLine {
        format: FORMAT,
        name: lens.text(&input.name),
        kind: outcome.format.clone(),
        bytes: outcome.bytes,
        packets: outcome.packets,
        connections: input.connections,
        frames: input.frames,
        calls: input.calls.0,
        failed: input.calls.1,
        stopped: outcome.stopped.as_ref().map(|(offset, why)| StoppedAt {
            offset: *offset,
            why: lens.text(why),
        }),
        notes: outcome.notes.iter().map(|note| lens.text(note)).collect(),
    }))
}

/// The JSON Schema (draft 2020-12) of a line.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_of::<Line>()
}

fn at(place: Place) -> At {
    let mut at = At {
        offset: Some(place.offset),
        packet: None,
        line: None,
        entry: None,
    };
    match place.within {
        Within::Packet(number) | Within::Encrypted(number) => at.packet = Some(number),
        Within::Line(number) => at.line = Some(number),
        Within::Entry(number) => {
            at.entry = Some(number);
            at.offset = None;
        }
        Within::Bytes => {}
    }
    at
}

fn write(line: &Line) -> String {
    // Numbers, strings and lists of them always have a JSON form.
    let mut text = escape::json_line(line).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
