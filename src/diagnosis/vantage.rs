//! The point of view from which a call was seen.

use std::time::Duration;

use crate::http::connection::Role;
use crate::http::{Call, Connection};
use crate::schema::Method;

/// Facts about a call that are not on the wire. None is inferred from the way to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vantage {
    /// The maker of the call: we, or a client that was observed.
    pub role: Role,
    /// Per direction (sent, received): true if every byte was seen. Then anything that is not there was not sent.
    pub whole: [bool; 2],
    /// True if the client's first bytes were seen, or it sent none.
    pub from_start: bool,
    /// False if the directions may be a little out of step.
    pub ordered: bool,
    /// The number of messages that go each way.
    pub kind: MethodKind,
    /// The time at which the client began to wait for the response.
    pub waiting_since: Duration,
}

/// The four kinds of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// One message each way.
    Unary,
    /// Many requests, one reply.
    ClientStreaming,
    /// One request, many replies.
    ServerStreaming,
    /// Many messages each way.
    Bidirectional,
    /// Neither a schema nor the caller says.
    Unknown,
}

impl MethodKind {
    /// The kind of a method of a schema.
    #[must_use]
    pub const fn of(method: &Method) -> Self {
        match (method.client_streaming, method.server_streaming) {
            (false, false) => Self::Unary,
            (true, false) => Self::ClientStreaming,
            (false, true) => Self::ServerStreaming,
            (true, true) => Self::Bidirectional,
        }
    }

    /// Returns true if a success is known to carry exactly one message.
    #[must_use]
    pub const fn has_one_reply(self) -> bool {
        matches!(self, Self::Unary | Self::ClientStreaming)
    }
}

impl Vantage {
    pub(super) fn of(connection: &Connection, call: &Call, method: Option<&Method>) -> Self {
        let role = connection.role;
        let [sent, received] = connection.missing;
        let [sent_late, received_late] = connection.begins_late;
        let from_start = role == Role::Caller || connection.from_start;
        let begun = call.request.headers.as_ref().map(|block| block.origin.at);
        Self {
            role,
            whole: [sent == 0 && !sent_late, received == 0 && !received_late],
            from_start,
            ordered: connection.ordered,
            kind: method.map_or(MethodKind::Unknown, MethodKind::of),
            waiting_since: match role {
                // The clock begins with the first byte that we sent.
                Role::Caller => Duration::ZERO,
                Role::Observer => begun.unwrap_or_default(),
            },
        }
    }
}
