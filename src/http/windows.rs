//! Flow control (RFC 9113, 5.2 and 6.9).

use std::collections::BTreeMap;

use crate::wire::{Direction, Flags, Frame, FrameType, Payload, SettingId};

/// The window of a connection, and of a stream unless SETTINGS say otherwise, in bytes (RFC 9113, 6.9.2).
const INITIAL_WINDOW: i64 = 65_535;

/// How many streams have their windows followed; the windows of others are not judged.
const STREAMS_KEPT: usize = 1_000;

/// The windows that a client grants its peer. A client that shrinks them is not followed: the peer may not have known.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// Whether a frame may be missing, so that nobody knows how large they are.
    lost: bool,
    connection: i64,
    initial: i64,
    streams: BTreeMap<u32, i64>,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            lost: false,
            connection: INITIAL_WINDOW,
            initial: INITIAL_WINDOW,
            streams: BTreeMap::new(),
        }
    }
}

impl Windows {
    /// Takes a frame into account. What a DATA frame of the peer has too much: of the stream's window, else of the
    /// connection's (stream 0), with the bytes.
    pub(super) fn take(&mut self, direction: Direction, frame: Frame<'_>) -> Option<(u32, u64)> {
        if self.lost {
            return None;
        }
        let stream = frame.header.stream;
        match (direction, frame.view()) {
            (Direction::Sent, payload @ Payload::Settings(_))
                if !frame.header.flags.has(Flags::ACK) =>
            {
                let initial = payload
                    .settings()
                    .filter(|setting| setting.id == SettingId::INITIAL_WINDOW_SIZE);
                for setting in initial {
                    let grown = i64::from(setting.value).max(self.initial) - self.initial;
                    self.initial += grown;
                    self.streams
                        .values_mut()
                        .for_each(|window| *window += grown);
                }
                None
            }
            (Direction::Sent, Payload::WindowUpdate(increment)) if stream == 0 => {
                self.connection += i64::from(increment);
                None
            }
            (Direction::Sent, Payload::WindowUpdate(increment)) => {
                *self.stream(stream)? += i64::from(increment);
                None
            }
            (Direction::Received, _) if frame.header.kind == FrameType::DATA => {
                let length = i64::from(frame.header.length);
                self.connection -= length;
                let connection = self.connection;
                let window = self.stream(stream)?;
                *window -= length;
                [(stream, *window), (0, connection)]
                    .into_iter()
                    .find(|(_, window)| *window < 0)
                    .map(|(stream, window)| (stream, window.unsigned_abs()))
            }
            _ => None,
        }
    }

    /// Tells that frames may be missing.
    pub(super) fn lose(&mut self) {
        self.lost = true;
        self.streams.clear();
    }

    /// Forgets a stream on which nothing more is to come.
    pub(super) fn forget(&mut self, stream: u32) {
        self.streams.remove(&stream);
    }

    fn stream(&mut self, stream: u32) -> Option<&mut i64> {
        if self.streams.len() >= STREAMS_KEPT && !self.streams.contains_key(&stream) {
            return None;
        }
        Some(self.streams.entry(stream).or_insert(self.initial))
    }
}
