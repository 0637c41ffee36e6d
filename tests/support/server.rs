//! A server that does on a real loopback socket what its script says.
//!
//! Threads and blocking sockets, no runtime: what it sends, and when, is what is written. Every connection ends after
//! [`LIMIT`] whatever the client does, so no test can hang on it.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::certificates;
use super::frames::{self, END_STREAM, PREFACE};
use super::script::{Action, Listen, Script};
use super::socket::{Socket, Stream};

/// The longest that a connection lasts.
pub const LIMIT: Duration = Duration::from_secs(10);

/// A running server. Dropping it ends its connections and joins its threads.
pub struct Server {
    /// `127.0.0.1:PORT`, or the path of a unix socket.
    pub address: String,
    /// The URL that the script wants called.
    pub url: String,
    /// The CA to trust, where the script says `tls`. It did not issue the certificates that are self-signed or of an
    /// unknown issuer.
    pub ca_pem: Option<String>,
    /// Certificate and key for the client, where the script says `client-cert required`.
    pub client_pem: Option<(String, String)>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    wake: Wake,
    _directory: Option<tempfile::TempDir>,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    connections: Mutex<Vec<Connection>>,
}

struct Connection {
    /// A second handle on the socket to end it by, gone where the script has taken the socket down.
    socket: Option<Socket>,
    received: Arc<Mutex<Vec<u8>>>,
}

/// What makes a blocked `accept` return; or, where nobody listens, what keeps the port from being given away.
enum Wake {
    Tcp(SocketAddr),
    Unix(PathBuf),
    Nobody { _port: tokio::net::TcpSocket },
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Server {
    pub fn start(script: &Script) -> Self {
        let mut directory = None;
        let (address, wake, listener) = match script.listen {
            Listen::Tcp => {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let address = listener.local_addr().unwrap();
                (
                    address.to_string(),
                    Wake::Tcp(address),
                    Some(Listener::Tcp(listener)),
                )
            }
            Listen::Unix => {
                let path = directory
                    .insert(tempfile::tempdir().unwrap())
                    .path()
                    .join("stage.sock");
                let listener = UnixListener::bind(&path).unwrap();
                (
                    path.to_str().unwrap().to_owned(),
                    Wake::Unix(path),
                    Some(Listener::Unix(listener)),
                )
            }
            Listen::Nobody => {
                let port = tokio::net::TcpSocket::new_v4().unwrap();
                port.bind("127.0.0.1:0".parse().unwrap()).unwrap();
                (
                    port.local_addr().unwrap().to_string(),
                    Wake::Nobody { _port: port },
                    None,
                )
            }
        };
        let shared = Arc::new(Shared::default());
        let thread = listener.map(|listener| {
            let (shared, script) = (Arc::clone(&shared), Arc::new(script.clone()));
            let tls = script.tls.as_ref().map(certificates::server_config);
            thread::spawn(move || accept(&listener, &script, tls, &shared))
        });
        let tls = script.tls.as_ref();
        Self {
            url: url(script, &address),
            address,
            ca_pem: tls.map(|_| certificates::ca_pem()),
            client_pem: tls
                .filter(|tls| tls.client_cert)
                .map(|_| certificates::client_pem()),
            shared,
            thread,
            wake,
            _directory: directory,
        }
    }

    /// What the client has sent so far on its first connection: without the TLS around it, but with the ClientHello
    /// where the server speaks no TLS.
    pub fn received(&self) -> Vec<u8> {
        self.connections().into_iter().next().unwrap_or_default()
    }

    /// The same of every connection.
    pub fn connections(&self) -> Vec<Vec<u8>> {
        let connections = self.shared.connections.lock().unwrap();
        connections
            .iter()
            .map(|connection| connection.received.lock().unwrap().clone())
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // It only has to return from `accept`: where that cannot be reached, it has already.
        let _ = match &self.wake {
            Wake::Tcp(address) => TcpStream::connect(address).map(drop),
            Wake::Unix(path) => UnixStream::connect(path).map(drop),
            Wake::Nobody { .. } => Ok(()),
        };
        for connection in self.shared.connections.lock().unwrap().iter() {
            if let Some(socket) = &connection.socket {
                let _ = socket.shutdown(Shutdown::Both);
            }
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn url(script: &Script, address: &str) -> String {
    if script.listen == Listen::Unix && script.url.is_none() {
        return format!("unix:{address}");
    }
    let scheme = if script.is_https() { "https" } else { "http" };
    let default = format!("{scheme}://{{address}}/hello.HelloService/Hello");
    let host = match (&script.host, address.rsplit_once(':')) {
        (Some(host), Some((_, port))) => format!("{host}:{port}"),
        _ => address.to_owned(),
    };
    script
        .url
        .as_ref()
        .unwrap_or(&default)
        .replace("{address}", &host)
}

fn accept(
    listener: &Listener,
    script: &Arc<Script>,
    tls: Option<Arc<ServerConfig>>,
    shared: &Arc<Shared>,
) {
    let mut threads = Vec::new();
    loop {
        let deadline = || Instant::now() + LIMIT;
        let accepted = match listener {
            Listener::Tcp(listener) => listener.accept().map(|(stream, _)| {
                // Small frames must not wait for one another.
                let _ = stream.set_nodelay(true);
                Socket::Tcp(stream, deadline())
            }),
            Listener::Unix(listener) => listener
                .accept()
                .map(|(stream, _)| Socket::Unix(stream, deadline())),
        };
        let Ok(socket) = accepted else { break };
        let received = Arc::new(Mutex::new(Vec::new()));
        let index = {
            let mut connections = shared.connections.lock().unwrap();
            // Under the lock, so that a connection is either seen by `drop` or never begun.
            if shared.stopped.load(Ordering::SeqCst) {
                break;
            }
            connections.push(Connection {
                socket: socket.try_clone().ok(),
                received: Arc::clone(&received),
            });
            connections.len() - 1
        };
        let (script, shared, tls) = (Arc::clone(script), Arc::clone(shared), tls.clone());
        threads.push(thread::spawn(move || {
            let stream = match tls.map(ServerConnection::new) {
                Some(connection) => {
                    Stream::Tls(Box::new(StreamOwned::new(connection.unwrap(), socket)))
                }
                None => Stream::Plain(socket),
            };
            let forget = || drop(shared.connections.lock().unwrap()[index].socket.take());
            Peer {
                stream,
                received,
                read: 0,
                shared: &shared,
            }
            .run(&script.actions, forget);
            forget();
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// The server's end of one connection.
struct Peer<'a> {
    stream: Stream,
    received: Arc<Mutex<Vec<u8>>>,
    /// How much of `received` the script has been through.
    read: usize,
    shared: &'a Shared,
}

impl Peer<'_> {
    /// Runs the script. A fault means that the client has gone, or spoke no TLS: the script ends where it stands.
    fn run(mut self, actions: &[Action], forget: impl Fn()) {
        for action in actions {
            let done = match action {
                Action::ReadPreface => self.read_until(PREFACE.len()),
                Action::ReadRequest => self.read_request(),
                Action::ReadHello => self.read_hello(),
                Action::ReadConnect => self.read_connect(),
                Action::Open => self
                    .stream
                    .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n"),
                Action::Write(bytes) => self
                    .stream
                    .write_all(bytes)
                    .and_then(|()| self.stream.flush()),
                Action::Wait(time) => self.wait(*time),
                Action::Hang => break,
                Action::Close => {
                    self.stream.close();
                    break;
                }
                Action::Reset => {
                    forget();
                    return self.stream.reset();
                }
            };
            if done.is_err() {
                // An alert may just have been written: it must not be lost to a reset.
                self.stream.close();
                break;
            }
        }
        while self.read_more().is_ok() {}
    }

    /// Waits, unless the server is dropped meanwhile.
    fn wait(&self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if self.shared.stopped.load(Ordering::SeqCst) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            thread::sleep(left.min(Duration::from_millis(20)));
        }
        Ok(())
    }

    /// Reads what there is, at least a byte.
    fn read_more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16384];
        let length = self.stream.read(&mut buffer)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.received.lock().unwrap().extend(&buffer[..length]);
        Ok(())
    }

    fn read_until(&mut self, length: usize) -> io::Result<()> {
        while self.received.lock().unwrap().len() < length {
            self.read_more()?;
        }
        Ok(())
    }

    fn read_request(&mut self) -> io::Result<()> {
        self.read_until(PREFACE.len())?;
        self.read = self.read.max(PREFACE.len());
        loop {
            let frame = frames::read_one(&self.received.lock().unwrap()[self.read..]);
            match frame {
                Some((frame, length)) => {
                    self.read += length;
                    if matches!(frame.kind, frames::DATA | frames::HEADERS)
                        && frame.flags & END_STREAM != 0
                    {
                        return Ok(());
                    }
                }
                None => self.read_more()?,
            }
        }
    }

    /// Reads a request of HTTP/1, which is not part of what the server behind a proxy receives.
    fn read_connect(&mut self) -> io::Result<()> {
        loop {
            let mut received = self.received.lock().unwrap();
            let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            if let Some(end) = end {
                received.drain(..end + 4);
                return Ok(());
            }
            drop(received);
            self.read_more()?;
        }
    }

    fn read_hello(&mut self) -> io::Result<()> {
        self.read_until(5)?;
        let length = {
            let received = self.received.lock().unwrap();
            usize::from(u16::from_be_bytes([received[3], received[4]]))
        };
        self.read_until(5 + length)
    }
}
