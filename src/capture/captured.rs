//! Packets, and the connections in them.

use std::collections::BTreeSet;
use std::io::Read;
use std::time::Duration;

use super::conversation::{Conversation, Strangers};
use super::count::sentence;
use super::kept::{Kept, Shed};
use super::link::Layers;
use super::packets::{Item, Packets};
use super::tcp::{ConnectionId, Event, Reassembler};
use super::{Copy, KeyLog, Options, Unread};
use crate::http::{EventSink, Outcome, Place};

/// The connections of a capture.
#[derive(Debug, Default)]
struct Connections {
    open: Kept<Conversation>,
    /// How many connections the inputs before had.
    before: u64,
    seen: u64,
    /// Those with a call that has ended and waits for what follows it.
    waiting: BTreeSet<u64>,
    strangers: Strangers,
}

/// Reads a capture.
pub(super) fn read(
    reader: impl Read,
    options: &mut Options,
    emit: EventSink<'_>,
) -> Result<Outcome, Unread> {
    let mut packets = Packets::new(Vec::new(), reader);
    let mut layers = Layers::default();
    let mut tcp = Reassembler::default();
    let mut connections = Connections {
        before: options.numbered,
        ..Connections::default()
    };
    let (mut count, mut snapped) = (0, 0);
    while let Some(item) = packets.next_item() {
        match item {
            Item::Secrets(text) => {
                options.keys.add(text);
                if let Some(copy) = &mut options.copy {
                    copy.secrets(&String::from_utf8_lossy(text));
                }
            }
            Item::Packet(packet) => {
                count += 1;
                snapped += u64::from((packet.data.len() as u64) < packet.original_length.into());
                let Some(segment) = layers.segment(&packet) else {
                    continue;
                };
                // An acknowledgement says that what was sent has arrived: no more belongs to it.
                if segment.payload.is_empty() && !connections.waiting.is_empty() {
                    connections.settle(emit);
                }
                tcp.segment(&segment, packet.at, &mut |id, event, at, place| {
                    connections.take(id, event, (at, place), options, emit);
                });
            }
        }
    }
    tcp.finish(&mut |id, event, at, place| {
        connections.take(id, event, (at, place), options, emit);
    });
    let stopped = packets
        .stopped()
        .map(|stopped| (stopped.offset, stopped.why.to_string()));
    if count == 0
        && let Some((offset, why)) = &stopped
    {
        let why = format!("read as pcap or pcapng, it has no packet: {why} (byte {offset})");
        return Err(Unread::Unfit(why));
    }
    Ok(Outcome {
        format: packets.format_name().to_owned(),
        bytes: packets.read(),
        packets: Some(count),
        connections: connections.seen,
        stopped,
        notes: notes(snapped, layers.skipped(), &connections),
    })
}

/// What was cut short and what was passed over, in sentences.
fn notes(snapped: u64, skipped: super::link::Skipped, connections: &Connections) -> Vec<String> {
    let link = skipped.unknown_link.map_or(0, |link| link.0);
    let packets = [
        (
            skipped.quic,
            "UDP packet",
            "of port 443 (QUIC, most likely)",
        ),
        (skipped.udp, "UDP packet", ""),
        (skipped.other, "packet", "of another protocol"),
        (skipped.malformed, "packet", "with corrupt or cut headers"),
        (skipped.fragments, "IP fragment", "without the others"),
        (
            skipped.unknown_links,
            "packet",
            &format!("of the link type {link}"),
        ),
    ];
    let packets = packets
        .into_iter()
        .filter_map(|(number, noun, rest)| sentence(number, noun, rest, "not read"));
    let cut = "cut short as captured: capture them whole (tcpdump: -s 0)";
    let snapped = sentence(snapped, "packet", "", cut);
    snapped
        .into_iter()
        .chain(packets)
        .chain(connections.strangers.notes())
        .chain(connections.open.note())
        .collect()
}

impl Connections {
    fn take(
        &mut self,
        id: ConnectionId,
        event: Event<'_>,
        (at, place): (Duration, Place),
        options: &mut Options,
        emit: EventSink<'_>,
    ) {
        let ConnectionId(id) = id;
        let number = self.before + id;
        let keys = &options.keys;
        let copy = &mut options.copy;
        if let Event::Closed = event {
            if let Some(copy) = copy {
                copy.close(number);
            }
            self.close(number, keys, emit);
            return;
        }
        if let Event::Opened {
            client,
            server,
            handshake,
        } = event
        {
            self.seen = self.seen.max(id);
            let ends = Some((client, server));
            if let Some(copy) = copy {
                copy.open(number, ends, at);
            }
            let conversation = Conversation::new(number, ends, handshake, at, Some(place));
            self.open.insert(number, conversation);
        } else {
            let waits = self.open.with(number, |conversation| {
                follow(conversation, event, (at, place), keys, copy, emit);
                conversation.is_waiting()
            });
            if waits == Some(true) {
                self.waiting.insert(number);
            }
        }
        loop {
            match self.open.shed() {
                Shed::Enough => return,
                Shed::Less => {}
                Shed::Close(number) => self.close(number, keys, emit),
            }
        }
    }

    /// Ends a connection, of which nothing more comes.
    fn close(&mut self, number: u64, keys: &KeyLog, emit: EventSink<'_>) {
        self.waiting.remove(&number);
        if let Some(conversation) = self.open.remove(number) {
            conversation.close(keys, &mut self.strangers, emit);
        }
    }

    /// Hands out calls that have ended.
    fn settle(&mut self, emit: EventSink<'_>) {
        for number in std::mem::take(&mut self.waiting) {
            self.open
                .with(number, |conversation| conversation.settle(emit));
        }
    }
}

/// Follows a connection that is open.
fn follow(
    conversation: &mut Conversation,
    event: Event<'_>,
    (at, place): (Duration, Place),
    keys: &KeyLog,
    copy: &mut Option<Copy>,
    emit: EventSink<'_>,
) {
    let number = conversation.number();
    match event {
        Event::Bytes { from_client, bytes } => {
            if let Some(copy) = copy {
                copy.bytes(number, from_client, bytes, at);
            }
            conversation.bytes(from_client, bytes, (at, Some(place)), keys, emit);
            // The secrets of a connection have to stand before what they decrypt, which follows the ClientHello.
            if let (Some(copy), Some(random)) = (copy, conversation.new_client_random()) {
                copy.secrets(&keys.lines_for(&random));
            }
        }
        Event::Missing { from_client, bytes } => {
            if let Some(copy) = copy {
                copy.missing(number, from_client, bytes);
            }
            conversation.missing(from_client, bytes, at, keys, emit);
        }
        Event::Ended { from_client, reset } => {
            if let Some(copy) = copy {
                copy.end(number, from_client, reset, at);
            }
            conversation.ended(from_client, reset, at);
        }
        Event::Opened { .. } | Event::Closed => {}
    }
}

#[cfg(test)]
mod tests;
