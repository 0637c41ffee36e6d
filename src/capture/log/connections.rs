//! Frames of several connections, held back until it is known which end of theirs wrote the log.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::build::Fields;
use super::{Logged, LoggedFrame, Out, What};
use crate::http::part::Place;
use crate::wire::hpack::LIST_LIMIT;
use crate::wire::{Direction, FrameHeader, FrameType};

/// Frames of a connection that are held back: 1024. A few precede the first HEADERS.
const HELD_MAX: usize = 1024;

/// Bytes of payload and of fields that a connection's held frames may have: as much as one header block.
const HELD_BYTES_MAX: usize = LIST_LIMIT;

/// Bytes of payload and of fields that all held frames may have: 16 header blocks' worth. Beyond it, none are held.
const TOTAL_BYTES_MAX: usize = 16 * LIST_LIMIT;

/// Connections that are told apart at a time: 4096. Of more, the one is forgotten that was silent for longest.
const CONNECTIONS_MAX: usize = 4096;

/// The longest name of a connection that is used, in bytes: Go's pointers have 18 characters, Netty's identifiers 10.
const NAME_MAX: usize = 64;

/// Which end wrote the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The one that sends requests.
    Client,
    /// The one that answers.
    Server,
}

impl Role {
    fn direction(self, wrote: bool) -> Direction {
        if wrote == (self == Self::Client) {
            Direction::Sent
        } else {
            Direction::Received
        }
    }
}

/// A frame whose direction is not told yet.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) at: Option<Duration>,
    pub(super) place: Place,
    /// Whether the log's writer wrote it; else it read it.
    pub(super) wrote: bool,
    /// Which end wrote the log, where the line says so itself.
    pub(super) role: Option<Role>,
    pub(super) header: FrameHeader,
    pub(super) payload: Vec<u8>,
    pub(super) length_known: bool,
    /// The fields, where the log shows them.
    pub(super) fields: Option<Fields>,
    /// Whether the log ends, or could not be read, before its fields are over.
    pub(super) incomplete: bool,
    pub(super) guessed: bool,
}

impl Entry {
    fn size(&self) -> usize {
        self.payload.len() + self.fields.as_ref().map_or(0, Fields::size)
    }

    /// Which end wrote the log, as the frame tells: requests have a method, responses a status. Without fields, HEADERS
    /// on a stream that a client opens are taken for a request where they were written, since what is read is shown.
    fn role(&self) -> Option<Role> {
        if self.role.is_some() || self.header.kind != FrameType::HEADERS {
            return self.role;
        }
        let has = |name| self.fields.as_ref().is_some_and(|fields| fields.has(name));
        let request = match &self.fields {
            Some(_) if has(":method") => true,
            Some(_) if has(":status") => false,
            None if self.header.stream % 2 == 1 => self.wrote,
            _ => return None,
        };
        Some(if request == self.wrote {
            Role::Client
        } else {
            Role::Server
        })
    }
}

#[derive(Debug, Default)]
struct Connection {
    role: Option<Role>,
    held: VecDeque<Entry>,
    /// The place in the queue of the header block whose fields are still coming.
    open: Option<usize>,
    /// When it was last heard of.
    heard: u64,
}

impl Connection {
    /// Takes the header block whose fields are still coming, with the role that it tells.
    fn close(&mut self) -> Option<&mut Entry> {
        let entry = self.held.get_mut(self.open.take()?)?;
        self.role = self.role.or(entry.role());
        Some(entry)
    }

    /// Hands on the frames that wait for nothing, or all of them; the size of those.
    fn release(&mut self, name: &str, all: bool, out: &mut Out<'_>) -> usize {
        let mut size = 0;
        if all && let Some(entry) = self.close() {
            entry.incomplete = true;
        }
        let Some(role) = self.role.or(all.then_some(Role::Client)) else {
            return size;
        };
        while self.open != Some(0)
            && let Some(mut entry) = self.held.pop_front()
        {
            self.open = self.open.map(|at| at - 1);
            size += entry.size();
            if entry.incomplete
                && let Some(fields) = &mut entry.fields
            {
                fields.mark_incomplete();
            }
            let fields = entry.fields.as_ref();
            out(Logged {
                connection: name,
                at: entry.at,
                place: entry.place,
                what: What::Frame(LoggedFrame {
                    direction: role.direction(entry.wrote),
                    header: entry.header,
                    payload: entry.payload,
                    fields: fields.map(Fields::block),
                    incomplete: entry.incomplete || fields.is_some_and(Fields::is_incomplete),
                    length_known: entry.length_known,
                    guessed: entry.guessed,
                }),
            });
        }
        size
    }

    fn is_full(&self) -> bool {
        self.held.len() > HELD_MAX
            || self.held.iter().map(Entry::size).sum::<usize>() > HELD_BYTES_MAX
    }
}

/// The connections of a log.
#[derive(Debug, Default)]
pub(super) struct Connections {
    by_name: BTreeMap<String, Connection>,
    /// Frames so far.
    count: u64,
    /// The size of all frames that are held.
    size: usize,
}

impl Connections {
    /// Takes in a frame; `open` says that the fields of its header block are to come.
    ///
    /// A log that never tells its role, in as many frames as are held back, is taken for a client's.
    pub(super) fn push(&mut self, name: &str, entry: Entry, open: bool, out: &mut Out<'_>) {
        let name = name.get(..NAME_MAX).unwrap_or(name);
        self.count += 1;
        if !self.by_name.contains_key(name) && self.by_name.len() == CONNECTIONS_MAX {
            self.forget(out);
        }
        let connection = self.by_name.entry(name.to_owned()).or_default();
        connection.heard = self.count;
        if open {
            connection.open = Some(connection.held.len());
        } else {
            connection.role = connection.role.or(entry.role());
        }
        self.size += entry.size();
        connection.held.push_back(entry);
        let full = connection.is_full();
        self.size -= connection.release(name, full, out);
        if self.size > TOTAL_BYTES_MAX {
            self.finish(out);
        }
    }

    pub(super) fn role(&self, name: &str) -> Option<Role> {
        self.by_name.get(name)?.role
    }

    /// The header block of a connection whose fields are still coming.
    pub(super) fn open(&mut self, name: &str) -> Option<&mut Entry> {
        let connection = self.by_name.get_mut(name)?;
        connection.held.get_mut(connection.open?)
    }

    /// A field of that header block has come.
    pub(super) fn push_field(&mut self, connection: &str, name: &[u8], value: &[u8]) {
        if let Some(entry) = self.open(connection) {
            let before = entry.size();
            entry.fields.get_or_insert_default().push(name, value);
            let more = entry.size() - before;
            self.size += more;
        }
    }

    /// The fields of that header block have come.
    pub(super) fn close(&mut self, name: &str, out: &mut Out<'_>) {
        if let Some(connection) = self.by_name.get_mut(name)
            && connection.close().is_some()
        {
            self.size -= connection.release(name, false, out);
        }
    }

    /// The log ends, or too much is held.
    pub(super) fn finish(&mut self, out: &mut Out<'_>) {
        for (name, connection) in &mut self.by_name {
            self.size -= connection.release(name, true, out);
        }
    }

    /// Forgets the connection that was silent for longest.
    fn forget(&mut self, out: &mut Out<'_>) {
        let silent = self.by_name.iter().min_by_key(|(_, c)| c.heard);
        if let Some(name) = silent.map(|(name, _)| name.clone())
            && let Some(mut connection) = self.by_name.remove(&name)
        {
            self.size -= connection.release(&name, true, out);
        }
    }
}
