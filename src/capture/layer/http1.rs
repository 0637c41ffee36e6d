//! A request of HTTP/1.1 and its answer, as far as they lead to another layer.

use super::super::http1::{Head, Leads, is_request, leads};
use super::super::opening::{ALLOCATION, CHUNKS_MAX, Chunk};
use super::{Context, Layer};
use crate::http::{Assembler, Carries, Event};
use crate::rpc::content_type;
use crate::wire::Direction;

/// How many bytes may follow the heads before it is clear where they lead; more is a body of no interest.
const REST_MAX: usize = 64 * 1024;

/// The heads of one exchange.
#[derive(Debug, Default)]
pub(in super::super) struct Http1 {
    request: Head,
    answer: Head,
    /// What came after the heads, before it was clear where they lead.
    rest: Vec<Chunk>,
    held: usize,
    /// Whether it is clear that they lead nowhere.
    nowhere: bool,
}

impl Http1 {
    /// Takes bytes; the layer that they lead to, once that is clear.
    pub(super) fn bytes(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        context: &mut Context<'_>,
    ) -> Option<Layer> {
        if self.nowhere {
            self.next_request(direction, bytes, context);
            return None;
        }
        let head = match direction {
            Direction::Sent => &mut self.request,
            Direction::Received => &mut self.answer,
        };
        let was_whole = head.is_whole();
        let rest = head.feed(bytes);
        if direction == Direction::Sent && !was_whole && self.request.is_whole() {
            self.tell_grpc(context);
        }
        if !rest.is_empty() {
            self.held += rest.len();
            self.rest.push(Chunk {
                direction,
                at: context.at,
                place: context.place,
                bytes: Ok(rest.to_vec()),
            });
        }
        let endless = self.request.is_too_long() || self.answer.is_too_long();
        if endless || self.held > REST_MAX || self.rest.len() > CHUNKS_MAX {
            self.lead_nowhere();
        } else if self.request.is_whole() && self.answer.is_whole() {
            match leads(&self.request, &self.answer) {
                Leads::Upgrade => {
                    let mut assembler = Assembler::by_call();
                    assembler.was_upgraded();
                    context.emit_opened(Carries::Upgraded);
                    return Some(Layer::Http2(Box::new(assembler)));
                }
                Leads::Tunnel => return Some(Layer::new(true)),
                Leads::Nowhere => self.lead_nowhere(),
            }
        }
        None
    }

    /// What came after the heads, to be taken by the layer that they lead to.
    pub(super) fn take_rest(&mut self) -> Vec<Chunk> {
        std::mem::take(&mut self.rest)
    }

    /// How much memory it takes, in bytes.
    pub(super) const fn memory(&self) -> usize {
        let chunks = self.rest.capacity() * size_of::<Chunk>() + self.rest.len() * ALLOCATION;
        size_of::<Self>() + self.request.memory() + self.answer.memory() + chunks + self.held
    }

    fn lead_nowhere(&mut self) {
        self.nowhere = true;
        self.rest = Vec::new();
        self.held = 0;
        // The answer was the last that could have led anywhere.
        self.answer = Head::default();
    }

    /// Looks at a further request on a connection that stays with HTTP/1.1. One that begins within a packet is not seen.
    fn next_request(&mut self, direction: Direction, bytes: &[u8], context: &mut Context<'_>) {
        if direction != Direction::Sent {
            return;
        }
        if is_request(bytes) {
            self.request = Head::default();
        }
        if !self.request.is_whole() {
            self.request.feed(bytes);
            if self.request.is_whole() {
                self.tell_grpc(context);
            }
        }
    }

    /// Tells of a gRPC request that was sent over HTTP/1.1.
    fn tell_grpc(&self, context: &mut Context<'_>) {
        let Some(value) = self.request.field("content-type") else {
            return;
        };
        let prefix = b"application/grpc";
        if !value
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        {
            return;
        }
        let web = !content_type::is_grpc(value);
        let line = String::from_utf8_lossy(self.request.line());
        let value = String::from_utf8_lossy(value);
        let why = if web {
            "gRPC-Web, which HTTP/1.1 carries; its bodies are not judged"
        } else {
            "gRPC needs HTTP/2: HTTP/1.1 has no trailers that clients read"
        };
        (context.emit)(Event::Note {
            connection: Some(context.opened.number),
            place: context.place,
            text: format!("\"{line}\" was sent over HTTP/1.1 with content-type {value}: {why}"),
        });
    }
}
