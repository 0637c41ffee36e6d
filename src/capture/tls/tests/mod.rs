//! Connections of a real TLS library, made in memory, and what is made of their bytes.

mod captured;
mod connections;
mod gaps;
mod peers;
mod resumption;
mod robustness;
mod strangers;

use super::{Alert, Decryptor, Facts, KeyLog, Output};
use crate::wire::Direction;

/// An [`Output`] that is kept; plaintext of one direction in a row is one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    Plaintext(Direction, Vec<u8>),
    Missing(Direction, Option<u64>),
    Alert(Direction, Alert),
    CloseNotify(Direction),
}

/// A decryptor, and what came out of it.
#[derive(Default)]
struct Listener {
    decryptor: Decryptor,
    keys: KeyLog,
    events: Vec<Event>,
}

impl Listener {
    fn with(keys: &str) -> Self {
        let mut listener = Self::default();
        listener.keys.add(keys.as_bytes());
        listener
    }

    fn feed(&mut self, direction: Direction, bytes: &[u8]) {
        let events = &mut self.events;
        let out = &mut |output: Output<'_>| note(events, output);
        self.decryptor.feed(direction, bytes, &self.keys, out);
    }

    fn missing(&mut self, direction: Direction, bytes: usize) {
        let events = &mut self.events;
        let out = &mut |output: Output<'_>| note(events, output);
        self.decryptor
            .missing(direction, bytes as u64, &self.keys, out);
    }

    fn finish(mut self) -> Seen {
        let events = &mut self.events;
        let out = &mut |output: Output<'_>| note(events, output);
        self.decryptor.finish(&self.keys, out);
        Seen {
            facts: self.decryptor.facts().clone(),
            events: self.events,
        }
    }
}

fn note(events: &mut Vec<Event>, output: Output<'_>) {
    match output {
        Output::Plaintext(direction, bytes) => {
            if let Some(Event::Plaintext(last, before)) = events.last_mut()
                && *last == direction
            {
                before.extend_from_slice(bytes);
            } else {
                events.push(Event::Plaintext(direction, bytes.to_vec()));
            }
        }
        Output::Missing(direction, bytes) => events.push(Event::Missing(direction, bytes)),
        Output::Alert(direction, alert) => events.push(Event::Alert(direction, alert)),
        Output::CloseNotify(direction) => events.push(Event::CloseNotify(direction)),
    }
}

/// All that was seen of a connection.
#[derive(Debug)]
struct Seen {
    facts: Facts,
    events: Vec<Event>,
}

impl Seen {
    /// Everything that a decryptor makes of these bytes.
    fn of(wire: &[(Direction, Vec<u8>)], keys: &str) -> Self {
        let mut listener = Listener::with(keys);
        for (direction, bytes) in wire {
            listener.feed(*direction, bytes);
        }
        listener.finish()
    }

    /// The plaintext of a direction.
    fn plaintext(&self, wanted: Direction) -> Vec<u8> {
        let mut all = Vec::new();
        for event in &self.events {
            if let Event::Plaintext(direction, bytes) = event
                && *direction == wanted
            {
                all.extend_from_slice(bytes);
            }
        }
        all
    }

    /// What was said to be missing of a direction.
    fn missing(&self, wanted: Direction) -> Vec<Option<u64>> {
        let missing = self.events.iter().filter_map(|event| match event {
            Event::Missing(direction, bytes) if *direction == wanted => Some(*bytes),
            _ => None,
        });
        missing.collect()
    }
}
