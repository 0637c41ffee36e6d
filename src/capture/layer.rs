//! The layers of a connection, each told by the bytes that it begins with: TLS, HTTP/1.1 that leads to something else,
//! HTTP/2.

mod http1;
mod tls;

use std::time::Duration;

use self::http1::Http1;
use self::tls::Tls;
use super::opening::{Chunk, Decision, Opening};
use super::tls::{Facts, KeyLog};
use crate::http::{Assembler, Carries, Event, EventSink, Opened, Place};
use crate::wire::Direction;

pub(super) use self::tls::seen;

/// A layer.
#[derive(Debug)]
pub(super) enum Layer {
    /// Nothing tells yet.
    Undecided(Opening),
    /// TLS, and what is in it.
    Tls(Box<Tls>),
    /// TLS that could not be decrypted, and is followed no further.
    Sealed(Box<Facts>),
    /// A request of HTTP/1.1 and the answer, which may lead to another layer.
    Http1(Box<Http1>),
    /// HTTP/2.
    Http2(Box<Assembler>),
    /// Something that is not read.
    Other,
}

/// What a layer needs to know while it takes bytes.
pub(super) struct Context<'a> {
    pub(super) opened: &'a mut Opened,
    pub(super) announced: &'a mut bool,
    pub(super) epoch: &'a mut Option<Duration>,
    pub(super) swapped: &'a mut bool,
    /// Since the Unix epoch.
    pub(super) at: Duration,
    pub(super) place: Option<Place>,
    pub(super) keys: &'a KeyLog,
    pub(super) emit: EventSink<'a>,
}

impl Context<'_> {
    fn since(&mut self) -> Duration {
        self.at.saturating_sub(*self.epoch.get_or_insert(self.at))
    }

    fn emit_opened(&mut self, carries: Carries) {
        if !std::mem::replace(self.announced, true) {
            self.opened.carries = carries;
            if let (Some(at), Some(epoch)) = (&mut self.opened.at, *self.epoch) {
                *at = epoch;
            }
            (self.emit)(Event::Opened(self.opened));
        }
    }

    /// The same context at the time and place of a chunk that was held.
    fn at_chunk(&mut self, chunk: &Chunk) -> Context<'_> {
        Context {
            opened: self.opened,
            announced: self.announced,
            epoch: self.epoch,
            swapped: self.swapped,
            at: chunk.at,
            place: chunk.place,
            keys: self.keys,
            emit: &mut *self.emit,
        }
    }
}

impl Layer {
    /// A layer of which nothing was seen.
    pub(super) const fn new(from_start: bool) -> Self {
        Self::Undecided(Opening::new(from_start))
    }

    /// Takes bytes.
    pub(super) fn bytes(&mut self, direction: Direction, bytes: &[u8], context: &mut Context<'_>) {
        match self {
            Self::Undecided(opening) => {
                opening.add(Chunk {
                    direction,
                    at: context.at,
                    place: context.place,
                    bytes: Ok(bytes.to_vec()),
                });
                self.decide(false, context);
            }
            Self::Tls(tls) => tls.take(context, |decryptor, keys, out| {
                decryptor.feed(direction, bytes, keys, out);
            }),
            Self::Http1(http1) => {
                if let Some(next) = http1.bytes(direction, bytes, context) {
                    let rest = http1.take_rest();
                    *self = next;
                    self.replay(rest, context);
                }
            }
            Self::Http2(assembler) => {
                let (at, place) = (context.since(), context.place);
                let connection = context.opened.number;
                assembler.follow(direction, bytes, at, place, &mut |seen| {
                    (context.emit)(Event::Seen { connection, seen });
                });
            }
            Self::Sealed(_) | Self::Other => {}
        }
    }

    /// Tells that bytes are missing.
    pub(super) fn missing(&mut self, direction: Direction, bytes: u64, context: &mut Context<'_>) {
        match self {
            Self::Undecided(opening) => {
                opening.add(Chunk {
                    direction,
                    at: context.at,
                    place: None,
                    bytes: Err(bytes),
                });
                self.decide(false, context);
            }
            Self::Tls(tls) => tls.take(context, |decryptor, keys, out| {
                decryptor.missing(direction, bytes, keys, out);
            }),
            // A head with a hole in it leads nowhere.
            Self::Http1(_) => *self = Self::Other,
            Self::Http2(assembler) => {
                let at = context.since();
                let connection = context.opened.number;
                assembler.miss(direction, bytes, at, &mut |seen| {
                    (context.emit)(Event::Seen { connection, seen });
                });
            }
            Self::Sealed(_) | Self::Other => {}
        }
    }

    /// Takes into account that nothing more comes.
    pub(super) fn finish(&mut self, context: &mut Context<'_>) {
        match self {
            Self::Undecided(_) => {
                self.decide(true, context);
                if !matches!(self, Self::Undecided(_) | Self::Other) {
                    self.finish(context);
                }
            }
            Self::Tls(tls) => {
                tls.take(context, |decryptor, keys, out| decryptor.finish(keys, out));
                tls.inner().finish(context);
            }
            Self::Sealed(_) | Self::Http1(_) | Self::Http2(_) | Self::Other => {}
        }
    }

    /// The assembler of HTTP/2, where there is one.
    pub(super) fn assembler(&mut self) -> Option<&mut Assembler> {
        match self {
            Self::Http2(assembler) => Some(assembler),
            Self::Tls(tls) => tls.inner().assembler(),
            _ => None,
        }
    }

    /// What the outermost TLS showed.
    pub(super) fn tls_facts(&self) -> Option<&Facts> {
        match self {
            Self::Tls(tls) => Some(tls.facts()),
            Self::Sealed(facts) => Some(facts),
            _ => None,
        }
    }

    /// Gives up bytes that are kept; whether the layer is followed no further for that.
    pub(super) fn shed(&mut self) -> bool {
        match self {
            Self::Http2(assembler) => {
                assembler.shed();
                false
            }
            // The calls in it are followed on, whatever it costs of them.
            Self::Tls(tls) => {
                if tls.inner().assembler().is_some() {
                    tls.shed();
                    return false;
                }
                *self = Self::Sealed(Box::new(tls.facts().clone()));
                true
            }
            Self::Undecided(_) | Self::Http1(_) => {
                *self = Self::Other;
                true
            }
            Self::Sealed(_) | Self::Other => false,
        }
    }

    /// How much memory it takes beside itself, in bytes.
    pub(super) fn kept(&self) -> usize {
        match self {
            Self::Undecided(opening) => opening.memory(),
            Self::Tls(tls) => tls.memory(),
            Self::Sealed(facts) => size_of::<Facts>() + facts.memory(),
            Self::Http1(http1) => http1.memory(),
            Self::Http2(assembler) => assembler.memory(),
            Self::Other => 0,
        }
    }

    /// Becomes what the bytes held show it to be, if they do.
    fn decide(&mut self, at_end: bool, context: &mut Context<'_>) {
        let Self::Undecided(opening) = self else {
            return;
        };
        let Some(decision) = opening.decide(at_end) else {
            return;
        };
        let mut chunks = std::mem::take(&mut opening.chunks);
        let (next, swap) = match decision {
            Decision::Http2 { received_late } => {
                let mut assembler = Assembler::by_call();
                if received_late {
                    assembler.begins_late(Direction::Received);
                }
                (Self::Http2(Box::new(assembler)), false)
            }
            Decision::Http2InTheMiddle { swap } => {
                let mut assembler = Assembler::by_call();
                assembler.begins_late(Direction::Sent);
                assembler.begins_late(Direction::Received);
                (Self::Http2(Box::new(assembler)), swap)
            }
            Decision::Tls { swap } => (Self::Tls(Box::default()), swap),
            Decision::Http1 => (Self::Http1(Box::default()), false),
            Decision::Other => (Self::Other, false),
        };
        *self = next;
        if swap {
            *context.swapped = !*context.swapped;
            context.opened.ends = context.opened.ends.map(|(client, server)| (server, client));
            for chunk in &mut chunks {
                chunk.direction = match chunk.direction {
                    Direction::Sent => Direction::Received,
                    Direction::Received => Direction::Sent,
                };
            }
        }
        if let Self::Http2(_) = self {
            if let Some(first) = chunks.first() {
                context.epoch.get_or_insert(first.at);
            }
            context.emit_opened(match decision {
                Decision::Http2InTheMiddle { .. } => Carries::Guessed,
                _ => Carries::Http2,
            });
        }
        self.replay(chunks, context);
    }

    fn replay(&mut self, chunks: Vec<Chunk>, context: &mut Context<'_>) {
        for chunk in chunks {
            let mut context = context.at_chunk(&chunk);
            match &chunk.bytes {
                Ok(bytes) => self.bytes(chunk.direction, bytes, &mut context),
                Err(missing) => self.missing(chunk.direction, *missing, &mut context),
            }
        }
    }

    /// Tells that bytes are missing, nobody knows how many.
    fn lose(&mut self, direction: Direction, context: &mut Context<'_>) {
        let at = context.since();
        let connection = context.opened.number;
        if let Self::Http2(assembler) = self {
            assembler.lose(direction, at, &mut |seen| {
                (context.emit)(Event::Seen { connection, seen });
            });
        } else {
            self.missing(direction, 1, context);
        }
    }
}
