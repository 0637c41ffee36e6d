//! An input read through the library, and its calls judged.

use std::path::Path;

use grpc_probe::capture::{self, Input, KeyLog, Options, Unread};
use grpc_probe::diagnosis::{Case, Diagnosis};
use grpc_probe::http::{Carries, Ended, Event, Outcome};
use grpc_probe::rules;
use grpc_probe::schema::Method;
use grpc_probe::wire::{Direction, What};

/// A call of an input, and what the rules make of it.
pub(crate) struct Found {
    pub(crate) connection: u64,
    pub(crate) ended: Ended,
    pub(crate) diagnosis: Diagnosis,
}

/// An event, as far as it says which bytes it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) connection: u64,
    pub(crate) direction: Direction,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) is_frame: bool,
}

/// All that an input has.
#[derive(Default)]
pub(crate) struct Reading {
    pub(crate) opened: Vec<(u64, Carries)>,
    pub(crate) calls: Vec<Found>,
    pub(crate) seen: Vec<Seen>,
    /// Per connection that ended: its number, and the bytes of it, sent and received.
    pub(crate) closed: Vec<(u64, [u64; 2])>,
    pub(crate) notes: Vec<String>,
    pub(crate) outcome: Outcome,
}

impl Found {
    pub(crate) fn stream(&self) -> u32 {
        self.ended.call.stream
    }

    pub(crate) fn path(&self) -> String {
        let path = self.ended.call.request.header(":path").unwrap_or_default();
        String::from_utf8(path.to_vec()).unwrap()
    }

    pub(crate) fn messages(&self) -> u64 {
        self.ended.call.response.body.scanner.count
    }

    pub(crate) fn status(&self) -> Option<u32> {
        Some(self.case().code()?.0)
    }

    pub(crate) fn case(&self) -> Case<'_> {
        Case::new(&self.ended.connection, &self.ended.call, None)
    }

    /// The rules that fired, in the ladder's order.
    pub(crate) fn rules(&self) -> Vec<&'static str> {
        let findings = self.diagnosis.findings.iter();
        findings.map(|finding| finding.rule.name).collect()
    }

    /// The steps by the first letter of their status: `u` unknown, `p` pass, `s` skipped, `f` fail.
    pub(crate) fn steps(&self) -> String {
        let steps = self.diagnosis.steps.iter();
        steps.map(|step| &step.status.name()[..1]).collect()
    }

    /// The first step that fails.
    pub(crate) fn failing(&self) -> Option<&'static str> {
        self.diagnosis.verdict.step.map(|step| step.name())
    }
}

impl Reading {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::try_of(bytes, "").unwrap()
    }

    /// The reading of an input, with TLS secrets.
    pub(crate) fn try_of(bytes: &[u8], keys: &str) -> Result<Self, Unread> {
        Self::of_input(Input::One(Box::new(bytes)), keys)
    }

    pub(crate) fn of_input(input: Input<'_>, keys: &str) -> Result<Self, Unread> {
        Self::of_method(input, keys, None)
    }

    /// The reading of an input all of whose calls are of this method.
    pub(crate) fn of_method(
        input: Input<'_>,
        keys: &str,
        method: Option<&Method>,
    ) -> Result<Self, Unread> {
        let mut options = Options {
            keys: KeyLog::default(),
            ..Options::default()
        };
        options.keys.add(keys.as_bytes());
        let mut reading = Self::default();
        let outcome = capture::read(input, &mut options, &mut |event| {
            reading.take(event, method)
        })?;
        reading.outcome = outcome;
        Ok(reading)
    }

    fn take(&mut self, event: Event<'_>, method: Option<&Method>) {
        match event {
            Event::Opened(opened) => self.opened.push((opened.number, opened.carries)),
            Event::Seen { connection, seen } => self.seen.push(Seen {
                connection,
                direction: seen.direction,
                offset: seen.event.span.offset,
                length: seen.event.span.length,
                is_frame: matches!(seen.event.what, What::Frame { .. }),
            }),
            Event::Ended { connection, ended } => {
                let diagnosis = rules::diagnose(&Case::new(&ended.connection, &ended.call, method));
                self.calls.push(Found {
                    connection,
                    ended: *ended,
                    diagnosis,
                });
            }
            Event::Closed { connection, facts } => {
                self.closed.push((connection, [facts.sent, facts.received]));
            }
            Event::Note { text, .. } => self.notes.push(text),
        }
    }
}

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read(folder.join(name)).unwrap()
}

/// Path, steps and rules of the calls of a capture, by connection and stream.
pub(crate) fn calls(file: &[u8]) -> Vec<(u64, u32, String, Vec<&'static str>)> {
    let reading = Reading::of(file);
    let calls = reading.calls.iter();
    calls
        .map(|call| (call.connection, call.stream(), call.steps(), call.rules()))
        .collect()
}
