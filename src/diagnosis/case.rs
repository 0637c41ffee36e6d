//! A call as the rules see it: the connection, both halves, and what the body is once seen through its defects.

use std::time::Duration;

use super::{Body, MethodKind, Step, Vantage};
use crate::http::connection::{Goaway, Role};
use crate::http::frames::Frames;
use crate::http::part::Origin;
use crate::http::tls::{Alpn, Tls};
use crate::http::{Block, Call, Closing, Connection, Dial, End, Half};
use crate::rpc::{Code, metadata, timeout};
use crate::schema::{Method, rpc};
use crate::wire::{ErrorCode, FrameType};

/// For how many days certificates should still be valid, unless the caller says otherwise: half of the 30 days before
/// their end at which the usual tools renew certificates of 90 days, so that a renewal has failed for a while.
pub const CERTIFICATE_DAYS: u32 = 14;

/// One call, ready to be judged.
#[derive(Debug)]
pub struct Case<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// The call.
    pub call: &'a Call,
    /// The frames of both.
    pub frames: Frames<'a>,
    /// From where they were seen.
    pub vantage: Vantage,
    /// The method's types, where a schema is at hand.
    pub method: Option<&'a Method>,
    /// The response body.
    pub body: Body<'a>,
    /// The error details (`grpc-status-details-bin`) of the block that ends the stream, or why they cannot be read;
    /// `None` where there are none.
    pub status_details: Option<Result<rpc::Status, String>>,
    /// When the call was made, in seconds since the Unix epoch; `None` where nobody can tell.
    pub called_at: Option<i64>,
    /// For how many days certificates should still be valid.
    pub certificate_days: u32,
}

/// What ended a response before its END_STREAM.
#[derive(Clone, Copy, Debug)]
pub enum Cut<'a> {
    /// The peer reset the stream.
    Reset {
        /// Its source.
        origin: Origin,
        /// Why.
        code: ErrorCode,
    },
    /// The peer ended the connection with GOAWAY and left our stream out.
    Goaway(&'a Goaway),
    /// The peer closed the connection.
    Closed,
    /// The connection broke, in the operating system's words.
    Broken(&'a str),
    /// The deadline passed: ours, or that of the client that was captured.
    Deadline,
    /// The client that was captured reset the stream, or closed the connection.
    Cancelled(Option<ErrorCode>),
    /// We stopped: a strict client refused what the peer sent, in its words, or the peer fell silent after that.
    GaveUp(Option<&'a str>),
}

impl Cut<'_> {
    /// The cut as a fragment that follows "before": "the server reset the stream (CANCEL)".
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Reset { code, .. } => format!("the server reset the stream ({code})"),
            Self::Goaway(goaway) => format!(
                "the server ended the connection with GOAWAY ({})",
                goaway.code
            ),
            Self::Closed => "the server closed the connection".to_owned(),
            Self::Broken(error) => format!("the connection broke ({error})"),
            Self::Deadline => "the deadline passed".to_owned(),
            Self::Cancelled(Some(code)) => format!("the client reset the stream ({code})"),
            Self::Cancelled(None) => "the client closed the connection".to_owned(),
            Self::GaveUp(Some(words)) => format!("the h2 crate refused the exchange ({words})"),
            Self::GaveUp(None) => "the exchange stopped".to_owned(),
        }
    }
}

fn status_details(response: &Half) -> Option<Result<rpc::Status, String>> {
    let value = response
        .closing_block()?
        .fields
        .get("grpc-status-details-bin")?;
    Some(rpc::read(metadata::decode_binary(value)?.first()?))
}

impl<'a> Case<'a> {
    /// The case of `call`.
    #[must_use]
    pub fn new(connection: &'a Connection, call: &'a Call, method: Option<&'a Method>) -> Self {
        Self {
            connection,
            call,
            frames: connection.frames(),
            vantage: Vantage::of(connection, call, method),
            method,
            body: Body::read(&call.response, method),
            status_details: status_details(&call.response),
            called_at: None,
            certificate_days: CERTIFICATE_DAYS,
        }
    }

    /// The case with the time at which the call was made, in seconds since the Unix epoch.
    #[must_use]
    pub fn called_at(mut self, time: Option<i64>) -> Self {
        self.called_at = time;
        self
    }

    /// The case of a call that its caller knows to be of this kind, unless the schema says otherwise.
    #[must_use]
    pub fn kind(mut self, kind: MethodKind) -> Self {
        if self.vantage.kind == MethodKind::Unknown {
            self.vantage.kind = kind;
        }
        self
    }

    /// The case with another number of days for which certificates should still be valid; 0 asks for none.
    #[must_use]
    pub fn certificate_days(mut self, days: u32) -> Self {
        self.certificate_days = days;
        self
    }

    /// How the connection was reached; `None` in captures.
    #[must_use]
    pub fn reach(&self) -> Option<&'a Dial> {
        self.connection.reach.as_ref()
    }

    /// The TLS handshake, made or captured.
    #[must_use]
    pub fn tls(&self) -> Option<&'a Tls> {
        self.connection.security.tls()
    }

    /// Whether a capture has TLS that nobody decrypted, and so no call.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        let captured = self.tls().filter(|_| self.vantage.role == Role::Observer);
        self.call.stream == 0 && captured.is_some_and(|tls| tls.failure.is_none())
    }

    /// Whether the server's answer on ALPN is known, where there was a handshake.
    #[must_use]
    pub fn alpn_seen(&self) -> bool {
        self.tls().is_none_or(|tls| tls.alpn != Alpn::Unseen)
    }

    /// Whether a connection stands on which HTTP/2 could be spoken.
    #[must_use]
    pub fn connected(&self) -> bool {
        let own = self.connection.own_tls();
        self.reach().is_none_or(|dial| dial.peer.is_some()) && own.is_none_or(Tls::usable)
    }

    /// Whether the peer spoke HTTP/2: its first frame is SETTINGS.
    #[must_use]
    pub fn speaks_http2(&self) -> bool {
        self.frames
            .received()
            .next()
            .is_some_and(|(_, first)| first.header.kind == FrameType::SETTINGS)
    }

    /// The final response's header block.
    #[must_use]
    pub fn response_headers(&self) -> Option<&'a Block> {
        self.call.response.headers.as_ref()
    }

    /// The block that ends the response: trailers, or headers with END_STREAM.
    #[must_use]
    pub fn closing_block(&self) -> Option<&'a Block> {
        self.call.response.closing_block()
    }

    /// `:status` as a number.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        let value = self.call.response.header(":status")?;
        (value.len() == 3).then(|| std::str::from_utf8(value).ok()?.parse().ok())?
    }

    /// The `grpc-status` value in the block that ends the stream.
    #[must_use]
    pub fn grpc_status(&self) -> Option<&'a [u8]> {
        self.closing_block()?.fields.get("grpc-status")
    }

    /// The status that the call ended with, where the closing block has a well-formed one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        Code::parse(self.grpc_status()?)
    }

    /// What `grpc-message` of that block says, percent-decoded. It should be UTF-8, but may be anything.
    #[must_use]
    pub fn grpc_message(&self) -> Option<Vec<u8>> {
        let message = self.closing_block()?.fields.get("grpc-message")?;
        Some(metadata::decode_message(message))
    }

    /// Whether the response ended by END_STREAM.
    #[must_use]
    pub fn ended(&self) -> bool {
        matches!(self.call.response.end, Some(End::Headers(_) | End::Data(_)))
    }

    /// When the call was over on its connection's clock, where it was: the response had ended, or a side had reset it.
    #[must_use]
    pub fn ended_at(&self) -> Option<Duration> {
        let reset = match self.call.request.end {
            Some(End::Reset(origin, _)) => Some(origin.at),
            _ => None,
        };
        let ended = self.call.response.end.map(|end| end.origin().at);
        ended.or(reset)
    }

    /// How long the client waited until the call was over, or the connection: in a capture from its request on, since others
    /// may have come before it.
    #[must_use]
    pub fn waited(&self) -> Option<Duration> {
        let closed = self.connection.closed.as_ref().map(|closed| closed.at);
        let over = match self.vantage.role {
            Role::Caller => closed,
            Role::Observer => self.ended_at().or(closed),
        };
        Some(over?.saturating_sub(self.vantage.waiting_since))
    }

    /// Whether a capture ends before the response does, so that nobody can tell what came of it.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.vantage.role == Role::Observer && !self.ended() && self.cut().is_none()
    }

    /// What cut the response off; `None` where it ended by END_STREAM.
    #[must_use]
    pub fn cut(&self) -> Option<Cut<'a>> {
        if let Some(End::Reset(origin, code)) = self.call.response.end {
            return Some(Cut::Reset { origin, code });
        }
        if self.ended() {
            return None;
        }
        // A reset of ours follows our own decision to stop.
        if self.vantage.role == Role::Observer
            && let Some(End::Reset(origin, code)) = self.call.request.end
        {
            return Some(if self.deadline_passed(origin.at) {
                Cut::Deadline
            } else {
                Cut::Cancelled(Some(code))
            });
        }
        // Where bytes of the server are missing from a capture, the rest of the response may be among them.
        if self.connection.missing[1] > 0 {
            return None;
        }
        let closed = self.connection.closed.as_ref()?;
        // A graceful GOAWAY that covers our stream is no cut of it; what came after is.
        let goaway = self.connection.goaways.iter().rev().find(|goaway| {
            goaway.last_stream < self.call.stream || goaway.code != ErrorCode::NO_ERROR
        });
        if let Some(goaway) = goaway {
            return Some(Cut::Goaway(goaway));
        }
        Some(match &closed.how {
            Closing::Peer => Cut::Closed,
            Closing::Broken(error) => Cut::Broken(error),
            Closing::Deadline => Cut::Deadline,
            Closing::Client => {
                if self.deadline_passed(closed.at) {
                    Cut::Deadline
                } else {
                    Cut::Cancelled(None)
                }
            }
            Closing::GaveUp => Cut::GaveUp(
                self.connection
                    .witness
                    .as_ref()
                    .map(|witness| witness.words.as_str()),
            ),
            Closing::Unseen => return None,
        })
    }

    /// Whether the time that `grpc-timeout` gives had passed at `at`, but for what a clock's tick may take from it.
    fn deadline_passed(&self, at: Duration) -> bool {
        const TICK: Duration = Duration::from_millis(5);
        let Some(headers) = &self.call.request.headers else {
            return false;
        };
        let timeout = headers.fields.get("grpc-timeout").and_then(timeout::parse);
        timeout.is_some_and(|timeout| {
            at.saturating_add(TICK) >= headers.origin.at.saturating_add(timeout)
        })
    }

    /// Why nothing can be said of a step, where the source does not show what it takes.
    #[must_use]
    pub fn unseen(&self, step: Step) -> Option<&'static str> {
        let response = &self.call.response;
        let headers = response.headers.is_none() && response.unseen.headers;
        match step {
            Step::Response | Step::HttpStatus | Step::ContentType if headers => {
                Some("the response headers are not in this source")
            }
            Step::Base64 | Step::LengthPrefix | Step::Compression | Step::Message
                if response.unseen.body =>
            {
                Some("the body is not in this source, or not whole")
            }
            Step::Trailers | Step::GrpcStatus
                if response.closing_block().is_none()
                    && (response.unseen.trailers || headers && !self.ended_by_data()) =>
            {
                Some("the trailers are not in this source")
            }
            _ => None,
        }
    }

    fn ended_by_data(&self) -> bool {
        matches!(self.call.response.end, Some(End::Data(_)))
    }
}
