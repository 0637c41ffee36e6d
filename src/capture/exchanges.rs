//! An HTTP archive, and the exchanges of gRPC in it.

use std::time::Duration;

use super::Unread;
use super::frameless::{PAYLOAD_MAX, header};
use super::har::{self, Exchange};
use crate::http::connection::{Closing, Connection};
use crate::http::{Assembler, Carries, Event, EventSink, Opened, Outcome, Place, Unseen, Within};
use crate::wire::{Direction, Frame, FrameType, HeaderBlock};

/// Reads an archive as one connection of that number, since it tells none apart.
pub(super) fn read(text: &[u8], number: u64, emit: EventSink<'_>) -> Result<Outcome, Unread> {
    let archive = har::read(text)
        .map_err(|error| Unread::Unfit(format!("read as an HTTP archive, it is none: {error}")))?;
    emit(Event::Opened(&Opened {
        number,
        ends: None,
        name: Some(archive.creator.clone()).filter(|creator| !creator.is_empty()),
        at: None,
        place: None,
        carries: Carries::Messages,
        tls: None,
    }));
    for exchange in &archive.exchanges {
        let place = Place {
            offset: 0,
            within: Within::Entry(exchange.entry as u64 + 1),
        };
        if exchange
            .http_version
            .to_ascii_lowercase()
            .starts_with("http/1")
            && is_grpc(exchange)
        {
            emit(Event::Note {
                connection: Some(number),
                place: Some(place),
                text: format!(
                    "{} {} is gRPC over {}: gRPC needs HTTP/2",
                    exchange.method, exchange.url, exchange.http_version
                ),
            });
        } else {
            take(exchange, number, place, emit);
        }
    }
    emit(Event::Closed {
        connection: number,
        facts: &Connection::default(),
    });
    let others = archive.entries - archive.exchanges.len();
    let mut notes = Vec::new();
    if !archive.exchanges.is_empty() {
        notes.push(
            "an HTTP archive has no trailers, so that the status of gRPC is not in it".to_owned(),
        );
    }
    if others > 0 {
        notes.push(format!(
            "{others} of {} entries are not of gRPC",
            archive.entries
        ));
    }
    Ok(Outcome {
        format: "HTTP archive".to_owned(),
        bytes: text.len() as u64,
        packets: None,
        connections: 1,
        stopped: None,
        notes,
    })
}

fn is_grpc(exchange: &Exchange) -> bool {
    let mut fields = exchange.request_headers.iter();
    let content_type = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    content_type.is_some_and(|(_, value)| crate::rpc::content_type::is_grpc(value.as_bytes()))
}

/// Tells of one exchange as of a call.
fn take(exchange: &Exchange, number: u64, place: Place, emit: EventSink<'_>) {
    const STREAM: u32 = 1;
    let mut assembler = Assembler::by_call();
    assembler.has_no_frames();
    let mut add = |direction, kind, bytes: &[u8], fields: Option<&HeaderBlock>| {
        let frame = Frame {
            header: header(kind, 0, bytes.len() as u64, STREAM),
            payload: bytes,
        };
        assembler.logged(direction, frame, fields, Duration::ZERO, place, &mut |_| {});
    };
    let (scheme, rest) = exchange
        .url
        .split_once("://")
        .unwrap_or(("", &exchange.url));
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let pseudo = [
        (":method", exchange.method.as_str()),
        (":scheme", scheme),
        (":authority", authority),
        (":path", path),
    ];
    let request = block(&pseudo, &exchange.request_headers);
    let status = exchange.status.to_string();
    let response = block(&[(":status", &status)], &exchange.response_headers);
    add(Direction::Sent, FrameType::HEADERS, &[], Some(&request));
    for piece in pieces(&exchange.request_body) {
        add(Direction::Sent, FrameType::DATA, piece, None);
    }
    if exchange.status != 0 {
        add(
            Direction::Received,
            FrameType::HEADERS,
            &[],
            Some(&response),
        );
        for piece in pieces(&exchange.response_body) {
            add(Direction::Received, FrameType::DATA, piece, None);
        }
    }
    let unseen = |body: &Option<Vec<u8>>| Unseen {
        headers: false,
        body: body.is_none(),
        trailers: true,
    };
    let (sent, received) = (
        unseen(&exchange.request_body),
        unseen(&exchange.response_body),
    );
    assembler.hide(STREAM, sent, received);
    assembler.end_half(STREAM, Direction::Sent, Duration::ZERO);
    if exchange.status != 0 {
        assembler.end_half(STREAM, Direction::Received, Duration::ZERO);
    }
    assembler.end(Duration::ZERO, Closing::Unseen, &mut |_| {});
    while let Some(ended) = assembler.ended() {
        emit(Event::Ended {
            connection: number,
            ended,
        });
    }
}

/// A body in pieces that a frame's length can give.
fn pieces(body: &Option<Vec<u8>>) -> impl Iterator<Item = &[u8]> {
    body.iter().flat_map(|bytes| bytes.chunks(PAYLOAD_MAX))
}

/// A header block of these fields; pseudo-header fields that an archive has among the others are not said twice.
fn block(pseudo: &[(&str, &str)], fields: &[(String, String)]) -> HeaderBlock {
    let regular: Vec<(String, &str)> = fields
        .iter()
        // Archives keep the case of HTTP/1.1, and names have none.
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
        .filter(|(name, _)| !name.starts_with(':'))
        .collect();
    let pseudo = pseudo
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let regular = regular
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    HeaderBlock::of_text(pseudo.chain(regular))
}
