//! What calls send and receive, beneath TLS and all else, written to a capture as it passes.

use std::fmt;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::tee::{Ending, Watch};
use crate::capture::pcapng::{Connection, End, SEGMENT_MAX, Writer};
use crate::source::file;
use crate::wire::Direction;

/// How long after its first byte what is received still counts as one arrival: the answer of a proxy is read byte by
/// byte, and came in one.
const ARRIVAL: Duration = Duration::from_micros(100);

/// The ports that a connection over a unix socket has in a capture, where ports there must be: one for clients, and
/// one on which readers look for HTTP.
const UNIX_PORTS: [u16; 2] = [49_152, 80];

type File = Box<dyn Write + Send>;

/// A capture that calls are written to. Clones share it.
#[derive(Clone)]
pub struct Capture {
    state: Arc<Mutex<State>>,
    /// One moment by two clocks, so that a wall clock that is set meanwhile disturbs nothing.
    begun: (Instant, Duration),
}

struct State {
    /// Until a write fails.
    writer: io::Result<Writer<File>>,
    connections: u32,
    /// Those that came since the last packet.
    secrets: String,
}

impl Capture {
    /// Begins a capture in place of what the file held; `-` is standard output.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        // Whoever reads it can read the calls.
        let to = file::create_private(path)?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Self {
            state: Arc::new(Mutex::new(State {
                writer: Ok(Writer::new(to)?),
                connections: 0,
                secrets: String::new(),
            })),
            begun: (Instant::now(), since.unwrap_or_default()),
        })
    }

    /// Ends the capture: what comes now is not in it. Gives the number of its connections.
    ///
    /// # Errors
    /// Where not all of it could be written.
    pub fn finish(&self) -> io::Result<u32> {
        let mut state = self.lock();
        state.write(|_| Ok(()));
        let ended = Err(io::Error::other("it is finished"));
        std::mem::replace(&mut state.writer, ended)?.finish()?;
        Ok(state.connections)
    }

    /// Takes a line of a key log.
    pub(super) fn secret(&self, line: &str) {
        self.lock().secrets.push_str(line);
    }

    /// Writes that a connection has come about, and gives what watches it. `ends` are the addresses of both sides,
    /// ours first, and missing where they are not those of TCP.
    pub(super) fn connected(
        &self,
        ends: Option<(SocketAddr, SocketAddr)>,
        took: Duration,
    ) -> Watcher {
        let (client, server) = ends.unwrap_or_else(|| {
            let [client, server] = UNIX_PORTS.map(|port| (Ipv4Addr::LOCALHOST, port).into());
            (client, server)
        });
        let at = self.now().saturating_sub(took);
        let mut state = self.lock();
        state.connections += 1;
        let connection = state.write(|writer| writer.connect(client, server, at, took));
        Watcher {
            capture: self.clone(),
            connection,
            arrived: Vec::new(),
            arrived_at: Duration::ZERO,
            ending: None,
        }
    }

    /// The time since the Unix epoch.
    fn now(&self) -> Duration {
        let (instant, epoch) = self.begun;
        epoch.saturating_add(instant.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

impl State {
    /// Writes to the capture, the secrets that came since the last time before all else. The first failure ends the
    /// capture and is kept for [`Capture::finish`]: it is no reason to lose the call.
    fn write<T>(&mut self, what: impl FnOnce(&mut Writer<File>) -> io::Result<T>) -> Option<T> {
        let writer = self.writer.as_mut().ok()?;
        let secrets = std::mem::take(&mut self.secrets);
        let told = if secrets.is_empty() {
            Ok(())
        } else {
            writer.secrets(&secrets)
        };
        match told.and_then(|()| what(writer)) {
            Ok(done) => Some(done),
            Err(error) => {
                self.writer = Err(error);
                None
            }
        }
    }
}

/// Watches one connection from beneath, and writes what it sees. Dropping it closes the connection, as dropping a
/// socket does.
///
/// What was received last is held back until something else happens. TLS works out its secrets from what it has
/// received before it reads on or writes, so that they stand before the packets that need them.
pub(super) struct Watcher {
    capture: Capture,
    /// `None` where the capture had failed by then.
    connection: Option<Connection>,
    /// What is held back.
    arrived: Vec<u8>,
    /// When the first of it came.
    arrived_at: Duration,
    ending: Option<Ending>,
}

impl Watcher {
    fn write(&mut self, what: impl FnOnce(&mut Writer<File>, &mut Connection) -> io::Result<()>) {
        if let Some(connection) = &mut self.connection {
            let mut state = self.capture.lock();
            state.write(|writer| what(writer, connection));
        }
    }

    /// Writes what was held back.
    fn release(&mut self) {
        let mut arrived = std::mem::take(&mut self.arrived);
        let at = self.arrived_at;
        if !arrived.is_empty() {
            self.write(|writer, it| writer.bytes(it, Direction::Received, &arrived, at));
        }
        arrived.clear();
        self.arrived = arrived;
    }

    fn end(&mut self, direction: Direction, end: End) {
        self.release();
        let at = self.capture.now();
        self.write(|writer, it| writer.end(it, direction, end, at));
    }
}

impl Watch for Watcher {
    fn sent(&mut self, bytes: &[u8]) {
        self.release();
        let at = self.capture.now();
        self.write(|writer, it| writer.bytes(it, Direction::Sent, bytes, at));
    }

    fn received(&mut self, bytes: &[u8]) {
        let now = self.capture.now();
        let late = now.saturating_sub(self.arrived_at) > ARRIVAL;
        if late || self.arrived.len() + bytes.len() > SEGMENT_MAX {
            self.release();
        }
        if self.arrived.is_empty() {
            self.arrived_at = now;
        }
        self.arrived.extend_from_slice(bytes);
    }

    fn ended(&mut self, ending: Ending) {
        if self.ending.is_some() {
            return;
        }
        match ending {
            Ending::Closed => self.end(Direction::Received, End::Closed),
            Ending::Broken { reset: true, .. } => self.end(Direction::Received, End::Reset),
            // No packet said so.
            Ending::Broken { reset: false, .. } => {}
        }
        self.ending = Some(ending);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        match self.ending {
            // Nothing is sent on what is broken.
            Some(Ending::Broken { .. }) => self.release(),
            Some(Ending::Closed) | None => self.end(Direction::Sent, End::Closed),
        }
    }
}
