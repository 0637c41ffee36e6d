//! Events of an input, turned into report lines as they arrive.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Decode;
use super::exchange::kind;
use super::out::Out;
use crate::cli::options::Format;
use crate::clients;
use crate::diagnosis::{Body, Case};
use crate::gateways;
use crate::http::{Carries, Ended, Event, Opened, Outcome, Place, Seen};
use crate::report::decode::frames::FrameLines;
use crate::report::decode::summary::Summary;
use crate::report::decode::{self, Kind, human, json};
use crate::report::{Options, Report, Target, Timing};
use crate::rpc::web;
use crate::rules;
use crate::schema::{Method, Schema};
use crate::source::terminal;
use crate::wire::{Direction, Payload, What};

/// How many methods of a schema are kept as they were found; a service has some tens.
const METHODS_KEPT: usize = 1_000;

/// Turns events into report lines as they arrive.
pub(super) struct Watcher<'a, 'o> {
    command: &'a Decode,
    schema: Option<Schema>,
    methods: HashMap<String, Option<Method>>,
    options: Options,
    /// Writes frames as JSON.
    lines: FrameLines,
    out: &'a Out<'o>,
    connections: HashMap<u64, Connection>,
    summary: Summary,
    /// When the first connection of the input was seen.
    first: Option<Duration>,
    counts: Counts,
    failed: bool,
    text: String,
}

/// What was read of an input.
#[derive(Debug, Default)]
struct Counts {
    /// Connections that carry something that is read, and those of them that are shown.
    found: u64,
    connections: u64,
    frames: u64,
    calls: u64,
    failed: u64,
    /// Sentences on the input that were reported.
    notes: u64,
    /// Calls that the filters leave out.
    passed_over: u64,
}

/// A connection that was opened.
struct Connection {
    opened: Opened,
    /// Whether its heading was printed.
    shown: bool,
}

impl<'a, 'o> Watcher<'a, 'o> {
    pub(super) fn new(command: &'a Decode, schema: Option<Schema>, out: &'a Out<'o>) -> Self {
        let options = command.output.options();
        // Who reads a file or a pipe looks for names there.
        let whole = command.output.destination.file().is_some() || !terminal::is_seen();
        let summary = Summary::new(whole);
        if command.summary {
            out.print(&summary.head(&options));
        }
        Self {
            command,
            schema,
            methods: HashMap::new(),
            lines: FrameLines::new(&options),
            options,
            out,
            connections: HashMap::new(),
            summary,
            first: None,
            counts: Counts::default(),
            failed: false,
            text: String::new(),
        }
    }

    /// Takes an event.
    pub(super) fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Opened(opened) => self.opened(opened),
            Event::Seen { connection, seen } => self.seen(connection, &seen),
            Event::Ended { connection, ended } => self.ended(connection, &ended),
            Event::Closed { connection, facts } => {
                let Some(it) = self.connections.remove(&connection) else {
                    return;
                };
                if self.json() {
                    self.lines
                        .flush(connection, &self.options.hidden, &mut self.text);
                    self.print();
                    self.out
                        .print(&json::closed(connection, facts, &self.options));
                } else if self.plain() {
                    let rest = self.rest(facts);
                    if !it.shown && (it.opened.carries == Carries::Tls || !rest.is_empty()) {
                        self.heading(&it.opened);
                    }
                    let text = human::closed(connection, facts, &self.options);
                    self.out.print(&(rest + &text));
                }
            }
            Event::Note {
                connection,
                place,
                text,
            } => {
                self.note(connection, place, &text);
            }
        }
    }

    /// Takes an input as read, and reports on it as a whole.
    pub(super) fn finish(&mut self, name: String, mut outcome: Outcome) {
        let counts = std::mem::take(&mut self.counts);
        let notes = &mut outcome.notes;
        if counts.found == 0 && counts.notes == 0 {
            notes.push("no HTTP/2 was found in it".to_owned());
        } else if let (0, Some(wanted)) = (counts.connections, self.command.filter.connection) {
            let found = counts.found;
            notes.push(format!(
                "connection {wanted} is none of the {found} that were read"
            ));
        } else if counts.calls == 0 && counts.passed_over > 0 {
            notes.push(format!(
                "no call fits the filters, of {} that were read",
                counts.passed_over
            ));
        }
        let input = decode::Input {
            name,
            outcome,
            connections: counts.connections,
            frames: counts.frames,
            calls: (counts.calls, counts.failed),
        };
        let text = match self.json() {
            true => json::input(&input, &self.options),
            false => human::input(&input, &self.options),
        };
        if !self.command.summary
            || input.outcome.stopped.is_some()
            || !input.outcome.notes.is_empty()
        {
            self.out.print(&text);
        }
        self.first = None;
        self.connections.clear();
    }

    /// Ends the report; whether a call has an error.
    pub(super) fn end(self) -> bool {
        if self.command.summary {
            self.out.print(&self.summary.totals(&self.options));
        }
        self.failed
    }

    fn json(&self) -> bool {
        self.command.output.format == Format::Json
    }

    /// Whether calls are written out for people.
    fn plain(&self) -> bool {
        !self.json() && !self.command.summary && !self.options.quiet
    }

    fn opened(&mut self, opened: &Opened) {
        let number = opened.number;
        self.first = self.first.or(opened.at);
        self.counts.found += 1;
        if !self.command.filter.takes_connection(number) {
            return;
        }
        self.counts.connections += 1;
        if self.json() {
            let text = json::connection(opened, &self.options);
            self.out.print(&text);
        }
        let connection = Connection {
            opened: opened.clone(),
            shown: false,
        };
        self.connections.insert(number, connection);
    }

    fn seen(&mut self, number: u64, seen: &Seen<'_>) {
        let What::Frame { frame, block } = &seen.event.what else {
            return;
        };
        // A later frame or call may show what this one has. A summary shows paths, and nothing that a server sent.
        let shown = !self.command.summary || seen.direction == Direction::Sent;
        if let Some(block) = block.filter(|_| shown) {
            Arc::make_mut(&mut self.options.hidden).learn(block, seen.direction);
        }
        if let Payload::Data { data, .. } = frame.view()
            && !self.command.summary
        {
            Arc::make_mut(&mut self.options.hidden).learn_text(data, seen.direction);
        }
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        // Where an input shows no frames, none are written.
        if matches!(connection.opened.carries, Carries::Messages | Carries::Body) {
            return;
        }
        self.counts.frames += 1;
        let filter = &self.command.filter;
        if self.command.output.format == Format::Json
            && !filter.looks_at_calls()
            && filter.takes_stream(frame.header.stream)
        {
            self.lines
                .take(number, seen, &self.options.hidden, &mut self.text);
            self.print();
        }
    }

    fn print(&mut self) {
        self.out.print(&self.text);
        self.text.clear();
    }

    fn note(&mut self, connection: Option<u64>, place: Option<Place>, text: &str) {
        let filter = &self.command.filter;
        if connection.is_some_and(|number| !filter.takes_connection(number)) {
            return;
        }
        self.counts.notes += 1;
        if self.json() {
            self.out
                .print(&json::note(connection, place, text, &self.options));
        } else {
            self.out
                .print(&human::note(connection, place, text, &self.options));
        }
    }

    /// The frames of a connection that stand with no call, for people.
    fn rest(&self, facts: &crate::http::Connection) -> String {
        if facts.frames().is_empty() {
            return String::new();
        }
        let call = crate::http::Call::default();
        let case = Case::new(facts, &call, None);
        let diagnosis = rules::not_judged();
        let request = Body::read_request(&call.request.body, None, None);
        human::rest(
            &Report {
                target: Target {
                    url: "",
                    authority: "",
                    path: "",
                },
                case: &case,
                diagnosis: &diagnosis,
                gateways: &[],
                clients: &[],
                request: &request,
                timing: Timing::default(),
                called_at: None,
                notes: &[],
            },
            &self.options,
        )
    }

    /// Prints the heading of a connection.
    fn heading(&self, opened: &Opened) {
        self.out.print(&human::connection(opened, &self.options));
    }

    fn ended(&mut self, number: u64, ended: &Ended) {
        let filter = &self.command.filter;
        let stream = ended.call.stream;
        let Some(connection) = self.connections.get(&number) else {
            return;
        };
        let start = start(ended);
        let since = connection.opened.at;
        let at =
            since.map(|since| since.saturating_add(start.map_or(Duration::ZERO, |(at, _)| at)));
        let path = text(ended, ":path");
        if !filter.takes_stream(stream) || !filter.takes_call(&path, at, self.first) {
            self.counts.passed_over += 1;
            return;
        }
        let method = self.method(&path);
        let case = Case::new(&ended.connection, &ended.call, method.as_ref())
            .called_at(at.and_then(|at| i64::try_from(at.as_secs()).ok()));
        let kind = kind(ended);
        let diagnosis = if matches!(kind, Kind::Grpc | Kind::Sealed) {
            rules::diagnose(&case)
        } else {
            rules::not_judged()
        };
        let failed = diagnosis.has_error();
        if self.command.filter.only_failed() && !failed {
            return;
        }
        self.counts.calls += u64::from(kind != Kind::Sealed);
        self.counts.failed += u64::from(failed);
        self.failed |= failed;
        self.report(number, ended, &case, diagnosis, (kind, at, &path));
    }

    fn report(
        &mut self,
        number: u64,
        ended: &Ended,
        case: &Case<'_>,
        mut diagnosis: crate::diagnosis::Diagnosis,
        (kind, at, path): (Kind, Option<Duration>, &str),
    ) {
        // Who stands in front is shown to people, and bears on what was found.
        let gateways = if self.plain() || !self.command.summary && !diagnosis.findings.is_empty() {
            gateways::advise(case, &mut diagnosis.findings)
        } else {
            Vec::new()
        };
        let findings = diagnosis.findings.iter();
        let clients: Vec<_> = findings
            .map(|finding| clients::say(finding, case))
            .collect();
        let authority = text(ended, ":authority");
        let request = &ended.call.request;
        let coding = request.header("grpc-encoding");
        let request = Body::read_request(&request.body, coding, case.method);
        let start = start(ended);
        let first = ended
            .call
            .response
            .headers
            .as_ref()
            .map(|block| block.origin.at);
        let begun = start.map_or(Duration::ZERO, |(at, _)| at);
        let report = Report {
            target: Target {
                url: path,
                authority: &authority,
                path,
            },
            case,
            diagnosis: &diagnosis,
            gateways: &gateways,
            clients: &clients,
            request: &request,
            timing: Timing {
                first_byte: first.map(|first| first.saturating_sub(begun)),
                ..Timing::default()
            },
            called_at: case.called_at,
            notes: &[],
        };
        let web = (kind == Kind::GrpcWeb).then(|| {
            let response = &ended.call.response;
            let content_type = response.header("content-type").unwrap_or_default();
            web::read(&response.body.bytes, content_type)
        });
        let call = decode::Call {
            connection: number,
            stream: ended.call.stream,
            place: start.and_then(|(_, place)| place),
            at,
            took: case.ended_at().map(|end| end.saturating_sub(begun)),
            kind,
            web: web.as_ref(),
            report: &report,
        };
        if self.command.summary {
            let row = self.summary.row(&call, &self.options);
            self.out.print(&row);
        } else if self.json() {
            if self.command.filter.looks_at_calls() {
                self.out.print(&json::frames(&call, &self.options));
            }
            self.out.print(&json::call(&call, &self.options));
        } else {
            self.show_heading(number);
            self.out.print(&human::call(&call, &self.options));
        }
    }

    fn show_heading(&mut self, number: u64) {
        if self.options.quiet {
            return;
        }
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        if !std::mem::replace(&mut connection.shown, true) {
            let text = human::connection(&connection.opened, &self.options);
            self.out.print(&text);
        }
    }

    /// The types of the method that a path names, where the schema has it.
    fn method(&mut self, path: &str) -> Option<Method> {
        let schema = self.schema.as_ref()?;
        if let Some(known) = self.methods.get(path) {
            return known.clone();
        }
        let mut segments = path.rsplit('/');
        let (method, service) = (segments.next()?, segments.next()?);
        let found = schema.method(&format!("{service}/{method}")).ok();
        // Paths that nobody knows may be of any length.
        if found.is_some() && self.methods.len() < METHODS_KEPT {
            self.methods.insert(path.to_owned(), found.clone());
        }
        found
    }
}

/// When the first frame of a call was seen on its connection, and where it stands.
fn start(ended: &Ended) -> Option<(Duration, Option<Place>)> {
    let mut frames = ended.connection.frames().iter();
    let first = frames.find(|record| record.header.stream == ended.call.stream)?;
    Some((first.at, first.place))
}

/// A field of the request as text; empty where it is not known.
fn text(ended: &Ended, name: &str) -> String {
    let value = ended.call.request.header(name).unwrap_or_default();
    crate::diagnosis::text(value)
}
