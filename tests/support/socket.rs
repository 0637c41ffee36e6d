//! The server's end of a socket, with or without TLS, TCP or unix.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustls::{ServerConnection, StreamOwned};

pub enum Stream {
    Plain(Socket),
    Tls(Box<StreamOwned<ServerConnection, Socket>>),
}

impl Stream {
    pub fn close(&mut self) {
        let socket = match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => {
                stream.conn.send_close_notify();
                let _ = stream.flush();
                &mut stream.sock
            }
        };
        let _ = socket.shutdown(Shutdown::Write);
    }

    pub fn reset(self) {
        let socket = match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.into_parts().1,
        };
        // A unix socket knows no reset.
        let Socket::Tcp(stream, _) = socket else {
            return;
        };
        // The standard library cannot set SO_LINGER. tokio can, and wants a runtime for it.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        runtime.block_on(async {
            stream.set_nonblocking(true).unwrap();
            tokio::net::TcpStream::from_std(stream)
                .unwrap()
                .set_zero_linger()
                .unwrap();
        });
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// A socket that no read and no write outlives its deadline on.
pub enum Socket {
    Tcp(TcpStream, Instant),
    Unix(UnixStream, Instant),
}

impl Socket {
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(stream, deadline) => Self::Tcp(stream.try_clone()?, *deadline),
            Self::Unix(stream, deadline) => Self::Unix(stream.try_clone()?, *deadline),
        })
    }

    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Tcp(stream, _) => stream.shutdown(how),
            Self::Unix(stream, _) => stream.shutdown(how),
        }
    }
}

fn left(deadline: Instant) -> io::Result<Option<Duration>> {
    match deadline.checked_duration_since(Instant::now()) {
        Some(left) if !left.is_zero() => Ok(Some(left)),
        _ => Err(io::ErrorKind::TimedOut.into()),
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream, deadline) => {
                stream.set_read_timeout(left(*deadline)?)?;
                stream.read(buffer)
            }
            Self::Unix(stream, deadline) => {
                stream.set_read_timeout(left(*deadline)?)?;
                stream.read(buffer)
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream, deadline) => {
                stream.set_write_timeout(left(*deadline)?)?;
                stream.write(bytes)
            }
            Self::Unix(stream, deadline) => {
                stream.set_write_timeout(left(*deadline)?)?;
                stream.write(bytes)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
