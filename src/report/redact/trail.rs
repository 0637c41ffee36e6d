//! Secrets of a body that is shown frame by frame. An earlier frame may hold the name.

use super::{Secrets, scrub};
use crate::wire::{Direction, Span};

/// The number of bytes of a stream that are searched together with the next frame: a frame of the usual size.
const KEPT: usize = 16 * 1024;

/// The number of bytes of a frame that are searched: more than a dump shows.
const SEARCHED: usize = 64 * 1024;

/// The number of bytes that are kept before a value that may go on: the longest name, a separator, a quotation mark.
const BEFORE: usize = 160;

/// The number of bytes that are kept of the value itself.
const START: usize = 32;

/// The end of the body so far.
#[derive(Debug, Default)]
pub struct Trail(Vec<u8>);

impl Secrets {
    /// Takes the body bytes of a frame, which begin at `offset` of their direction and follow `trail`.
    /// Returns the places of secrets in it that earlier frames name.
    #[must_use]
    pub fn follow(&self, trail: &mut Trail, offset: u64, bytes: &[u8]) -> Vec<Span> {
        let mut places = Vec::new();
        if self.shown {
            return places;
        }
        let text = &mut trail.0;
        let before = text.len();
        text.extend_from_slice(&bytes[..bytes.len().min(SEARCHED)]);
        // Secrets that the first frame names are found when it is shown.
        if before > 0 {
            let found = scrub::find(text, &self.names);
            for range in found.iter().filter(|range| range.end > before) {
                let start = range.start.max(before) - before;
                places.push(Span {
                    offset: offset + start as u64,
                    length: (range.end - before - start) as u64,
                });
            }
            // A value that may go on is followed by its name, however long it is.
            if let Some(open) = found.last().filter(|open| open.end == text.len()) {
                text.truncate(open.end.min(open.start + START));
                text.drain(..text.len().saturating_sub(BEFORE + START));
            }
        }
        if bytes.len() > SEARCHED {
            text.clear();
            text.extend_from_slice(&bytes[bytes.len() - KEPT..]);
        }
        text.drain(..text.len().saturating_sub(KEPT));
        text.shrink_to(2 * KEPT);
        places
    }

    /// Takes places of one direction for those of the next frame that is shown.
    pub fn set_places(&mut self, direction: Direction, places: Vec<Span>) {
        self.places.clear();
        let places = places.into_iter().map(|span| (direction, span));
        self.places.extend(places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::redact::Hidden;

    #[test]
    fn a_value_is_hidden_however_it_is_cut() {
        let long = "x".repeat(500);
        for (text, secret) in [
            (
                r#"{"a":1,"api_key": "0123456789","b":"seen"}"#,
                "0123456789",
            ),
            (&*format!("token={long}&b=seen"), &*long),
        ] {
            for size in 1..text.len() {
                let mut secrets = Secrets::new(&Hidden::default(), false);
                let mut trail = Trail::default();
                let mut shown = String::new();
                let mut offset = 0;
                for frame in text.as_bytes().chunks(size) {
                    let places = secrets.follow(&mut trail, offset, frame);
                    secrets.set_places(Direction::Received, places);
                    let bytes = secrets.bytes(Direction::Received, Some(offset), frame);
                    shown.extend(bytes.iter().map(|byte| byte.map_or('*', char::from)));
                    offset += frame.len() as u64;
                    assert!(trail.0.len() <= KEPT);
                }
                let hidden = "*".repeat(secret.len());
                assert_eq!(shown, text.replace(secret, &hidden), "{size}");
            }
        }
    }
}
