//! One connection of a capture: what it carries is told by its content, on any port, layer by layer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::count::sentence;
use super::kept::Keeps;
use super::layer::{Context, Layer, seen};
use super::tls::{KeyLog, RANDOM_LENGTH};
use crate::http::connection::{Closed, Closing, Connection};
use crate::http::tls::Security;
use crate::http::{Call, Carries, Ended, Event, EventSink, Opened, Place};
use crate::wire::Direction;

/// What a connection takes beside what its layers keep, in bytes: itself, in a node of a B-tree, which may be half empty.
const OVERHEAD: usize = 2 * size_of::<Conversation>();

/// Connections of TLS that are not told of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strangers {
    /// Those whose client offers protocols, but not HTTP/2.
    not_http2: u64,
    /// Those whose ClientHello is not in the input.
    no_hello: u64,
}

impl Strangers {
    /// How many there were, in sentences.
    pub(super) fn notes(self) -> impl Iterator<Item = String> {
        let of = [
            (self.not_http2, "that do not offer h2"),
            (self.no_hello, "whose ClientHello is not in it"),
        ];
        of.into_iter()
            .filter_map(|(number, rest)| sentence(number, "TLS connection", rest, "passed over"))
    }
}

/// A connection as its bytes come.
#[derive(Debug)]
pub(super) struct Conversation {
    opened: Opened,
    /// Whether [`Event::Opened`] was emitted.
    announced: bool,
    /// Whether its client random was told.
    named: bool,
    /// When the first byte of HTTP/2 was seen, since the Unix epoch.
    epoch: Option<Duration>,
    last: Duration,
    /// Whether the end that was taken for the client turned out to be the server.
    swapped: bool,
    layer: Layer,
    /// Whether what it carries is followed no further.
    given_up: bool,
    /// How it ended, once it has.
    closing: Option<Closing>,
}

impl Conversation {
    /// A connection of which the first packet was seen; `from_start` says whether that opened it.
    pub(super) fn new(
        number: u64,
        ends: Option<(SocketAddr, SocketAddr)>,
        from_start: bool,
        at: Duration,
        place: Option<Place>,
    ) -> Self {
        Self {
            opened: Opened {
                number,
                ends,
                name: None,
                at: Some(at),
                place,
                carries: Carries::Http2,
                tls: None,
            },
            announced: false,
            named: false,
            epoch: None,
            last: at,
            swapped: false,
            layer: Layer::new(from_start),
            given_up: false,
            closing: None,
        }
    }

    /// A connection of an input that has neither times nor addresses.
    pub(super) fn untimed(number: u64, from_start: bool) -> Self {
        let mut conversation = Self::new(number, None, from_start, Duration::ZERO, None);
        conversation.opened.at = None;
        conversation
    }

    /// Takes bytes from one end.
    pub(super) fn bytes(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        (at, place): (Duration, Option<Place>),
        keys: &KeyLog,
        emit: EventSink<'_>,
    ) {
        let direction = self.direction(from_client);
        self.within((at, place), keys, emit, |layer, context| {
            layer.bytes(direction, bytes, context);
        });
    }

    /// Tells that bytes from one end are missing from the input.
    pub(super) fn missing(
        &mut self,
        from_client: bool,
        bytes: u64,
        at: Duration,
        keys: &KeyLog,
        emit: EventSink<'_>,
    ) {
        let direction = self.direction(from_client);
        self.within((at, None), keys, emit, |layer, context| {
            layer.missing(direction, bytes, context);
        });
    }

    /// Tells that one end sends no more.
    pub(super) fn ended(&mut self, from_client: bool, reset: bool, at: Duration) {
        self.last = at;
        let by_server = from_client == self.swapped;
        self.closing
            .get_or_insert_with(|| match (by_server, reset) {
                (true, true) => Closing::Broken("the server reset it".to_owned()),
                (true, false) => Closing::Peer,
                (false, _) => Closing::Client,
            });
    }

    /// Hands out what has ended, since nothing more comes for a while.
    pub(super) fn settle(&mut self, emit: EventSink<'_>) {
        if let Some(assembler) = self.layer.assembler() {
            assembler.settle();
        }
        self.hand_out(emit);
    }

    /// What names the connection in a key log, once it is known; told once.
    pub(super) fn new_client_random(&mut self) -> Option<[u8; RANDOM_LENGTH]> {
        let random = self.layer.tls_facts()?.client_random?;
        (!std::mem::replace(&mut self.named, true)).then_some(random)
    }

    /// Its number.
    pub(super) const fn number(&self) -> u64 {
        self.opened.number
    }

    /// How many calls are under way; `None` where no HTTP/2 was found yet.
    pub(super) fn under_way(&mut self) -> Option<usize> {
        let assembler = self.layer.assembler()?;
        Some(assembler.under_way())
    }

    /// Whether a call has ended and waits for what follows it.
    pub(super) fn is_waiting(&mut self) -> bool {
        let assembler = self.layer.assembler();
        assembler.is_some_and(|assembler| assembler.is_waiting())
    }

    /// Takes the connection's end into account: nothing more comes of it.
    pub(super) fn close(mut self, keys: &KeyLog, strangers: &mut Strangers, emit: EventSink<'_>) {
        let at = self.last;
        self.within((at, None), keys, emit, |layer, context| {
            layer.finish(context)
        });
        let how = self.closing.take().unwrap_or(Closing::Unseen);
        let since = at.saturating_sub(self.epoch.unwrap_or(at));
        let number = self.opened.number;
        if let Some(assembler) = self.layer.assembler() {
            assembler.end(since, how, &mut |seen| {
                let connection = number;
                emit(Event::Seen { connection, seen });
            });
            self.hand_out(emit);
            if let Some(assembler) = self.layer.assembler() {
                let facts = assembler.connection();
                emit(Event::Closed {
                    connection: number,
                    facts,
                });
            }
            return;
        }
        let Some(facts) = self.layer.tls_facts() else {
            return;
        };
        if facts.client_random.is_none() {
            strangers.no_hello += 1;
            return;
        }
        let tls = seen(facts);
        // To offer nothing at all is what a client does wrong.
        let mut offered = tls.offered.iter();
        if offered.len() > 0 && !offered.any(|offered| offered == "h2") {
            strangers.not_http2 += 1;
            return;
        }
        self.opened.carries = Carries::Tls;
        self.opened.tls = Some(Arc::clone(&tls));
        self.emit_opened(emit);
        let connection = Connection {
            security: Security::Tls(tls),
            closed: Some(Closed { at: since, how }),
            ..Connection::default()
        };
        emit(Event::Ended {
            connection: number,
            ended: Box::new(Ended {
                connection: connection.clone(),
                call: Call::default(),
            }),
        });
        emit(Event::Closed {
            connection: number,
            facts: &connection,
        });
    }

    const fn direction(&self, from_client: bool) -> Direction {
        if from_client == self.swapped {
            Direction::Received
        } else {
            Direction::Sent
        }
    }

    /// Has the layers do something.
    fn within(
        &mut self,
        (at, place): (Duration, Option<Place>),
        keys: &KeyLog,
        emit: EventSink<'_>,
        then: impl FnOnce(&mut Layer, &mut Context<'_>),
    ) {
        self.last = at;
        let mut context = Context {
            opened: &mut self.opened,
            announced: &mut self.announced,
            epoch: &mut self.epoch,
            swapped: &mut self.swapped,
            at,
            place,
            keys,
            emit: &mut *emit,
        };
        then(&mut self.layer, &mut context);
        self.hand_out(emit);
    }

    fn emit_opened(&mut self, emit: EventSink<'_>) {
        if !std::mem::replace(&mut self.announced, true) {
            emit(Event::Opened(&self.opened));
        }
    }

    /// Tells of the calls that ended.
    fn hand_out(&mut self, emit: EventSink<'_>) {
        let number = self.opened.number;
        let tls = &self.opened.tls;
        let Some(assembler) = self.layer.assembler() else {
            return;
        };
        while let Some(mut ended) = assembler.ended() {
            ended.connection.security = match tls {
                Some(tls) => Security::Tls(Arc::clone(tls)),
                // A capture of packets shows that there is none.
                None if self.opened.ends.is_some() => Security::Plaintext,
                None => Security::Unknown,
            };
            emit(Event::Ended {
                connection: number,
                ended,
            });
        }
    }
}

impl Keeps for Conversation {
    fn kept(&self) -> usize {
        OVERHEAD + self.layer.kept()
    }

    fn shed(&mut self) {
        self.given_up |= self.layer.shed();
    }

    fn is_given_up(&self) -> bool {
        self.given_up
    }
}
