//! What is read, written again as a capture.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::capture::pcapng::{Connection, End, Writer};
use crate::wire::Direction;

/// The addresses of a connection whose input has none.
const MADE_UP: (SocketAddr, SocketAddr) = (
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 49_152),
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 80),
);

/// A capture that is written while another input is read.
pub struct Copy {
    writer: Writer<Box<dyn Write + Send>>,
    /// The only connection to be written, where one is asked for.
    only: Option<u64>,
    connections: BTreeMap<u64, Connection>,
    /// How many connections were written.
    written: u64,
    /// The first failure to write; nothing is written after it.
    failure: Option<io::Error>,
}

impl Copy {
    /// Begins the capture. Nobody else may read what is written to `to`: it shows whatever the input did.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(to: Box<dyn Write + Send>, only: Option<u64>) -> io::Result<Self> {
        Ok(Self {
            writer: Writer::new(to)?,
            only,
            connections: BTreeMap::new(),
            written: 0,
            failure: None,
        })
    }

    /// Ends the capture. Gives the number of its connections.
    ///
    /// # Errors
    /// Where it, or something before, could not be written.
    pub fn finish(self) -> io::Result<u64> {
        match self.failure {
            Some(failure) => Err(failure),
            None => self.writer.finish().map(|()| self.written),
        }
    }

    /// Writes TLS secrets.
    pub(super) fn secrets(&mut self, key_log: &str) {
        if !key_log.is_empty() {
            let done = self.writer.secrets(key_log);
            self.note(done);
        }
    }

    pub(super) fn open(
        &mut self,
        number: u64,
        ends: Option<(SocketAddr, SocketAddr)>,
        at: Duration,
    ) {
        if self.failure.is_some() || self.only.is_some_and(|only| only != number) {
            return;
        }
        let (client, server) = ends.unwrap_or(MADE_UP);
        match self.writer.connect(client, server, at, Duration::ZERO) {
            Ok(connection) => {
                self.written += 1;
                self.connections.insert(number, connection);
            }
            Err(error) => self.note(Err(error)),
        }
    }

    /// Opens a connection whose input has neither times nor addresses, unless it is.
    pub(super) fn open_once(&mut self, number: u64) {
        if !self.connections.contains_key(&number) {
            self.open(number, None, Duration::ZERO);
        }
    }

    pub(super) fn bytes(&mut self, number: u64, from_client: bool, bytes: &[u8], at: Duration) {
        if let Some(connection) = self.connections.get_mut(&number) {
            let done = self
                .writer
                .bytes(connection, direction(from_client), bytes, at);
            self.note(done);
        }
    }

    pub(super) fn missing(&mut self, number: u64, from_client: bool, bytes: u64) {
        if let Some(connection) = self.connections.get_mut(&number) {
            connection.missing(direction(from_client), bytes);
        }
    }

    pub(super) fn end(&mut self, number: u64, from_client: bool, reset: bool, at: Duration) {
        if let Some(connection) = self.connections.get_mut(&number) {
            let end = if reset { End::Reset } else { End::Closed };
            let done = self.writer.end(connection, direction(from_client), end, at);
            self.note(done);
        }
    }

    pub(super) fn close(&mut self, number: u64) {
        self.connections.remove(&number);
    }

    fn note(&mut self, done: io::Result<()>) {
        if let Err(error) = done
            && self.failure.is_none()
        {
            self.failure = Some(error);
            self.connections.clear();
        }
    }
}

impl fmt::Debug for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copy").finish_non_exhaustive()
    }
}

const fn direction(from_client: bool) -> Direction {
    if from_client {
        Direction::Sent
    } else {
        Direction::Received
    }
}
