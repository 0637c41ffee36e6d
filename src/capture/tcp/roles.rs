//! Who of two ends is the client.

use std::collections::HashSet;
use std::net::SocketAddr;

use super::Segment;

/// How many servers are remembered, at 32 bytes each.
const SERVERS_MAX: usize = 4_096;

/// The first port that is not reserved for servers of the system (RFC 6335, 6).
const USER_PORTS: u16 = 1_024;

/// The ports that gRPC's own examples listen on, and thus half the world.
const GRPC_PORTS: std::ops::RangeInclusive<u16> = 50_051..=50_059;

/// The first port that Linux picks for clients; other systems pick from 49,152 on (RFC 6335, 6), above it.
const EPHEMERAL_PORTS: u16 = 32_768;

/// The two ends of a connection.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    /// Whether that is known.
    pub(super) handshake: bool,
}

/// Who was seen to be a server.
#[derive(Default)]
pub(super) struct Roles {
    servers: HashSet<SocketAddr>,
}

impl Roles {
    /// The roles in the connection that a segment is the first of.
    ///
    /// A SYN tells. Without one it is a guess: the end that was a server in another handshake of this capture is one
    /// again, else the end with the likelier port is, by [`rank`]; of two alike the one with the lower port, and of two
    /// equal ports the one that does not send first.
    pub(super) fn of(&mut self, segment: &Segment<'_>) -> Ends {
        let (source, destination) = (segment.source, segment.destination);
        let from_client = if segment.syn {
            segment.acknowledgement.is_none()
        } else {
            let likelihood =
                |it: SocketAddr| (!self.servers.contains(&it), rank(it.port()), it.port());
            likelihood(destination) <= likelihood(source)
        };
        let (client, server) = if from_client {
            (source, destination)
        } else {
            (destination, source)
        };
        if segment.syn && self.servers.len() < SERVERS_MAX {
            self.servers.insert(server);
        }
        Ends {
            client,
            server,
            handshake: segment.syn,
        }
    }
}

/// How likely a port is a server's; the lowest is the likeliest.
fn rank(port: u16) -> u8 {
    match port {
        _ if port < USER_PORTS => 0,
        _ if GRPC_PORTS.contains(&port) => 1,
        _ if port < EPHEMERAL_PORTS => 2,
        _ => 3,
    }
}
