//! Connections with anything done to them.

use super::peers::{Configs, Peers, Setting, TLS12, TLS13};
use super::{Event, Listener};
use crate::wire::Direction::{Received, Sent};

/// A generator of numbers that are the same in every run (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn mutations_are_survived_and_never_read_as_plaintext() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (version, client_certificate) in [(TLS12, None), (TLS13, None), (TLS13, Some(true))] {
        let setting = Setting {
            client_certificate,
            ..Setting::new(version)
        };
        let mut peers = Peers::connected(&Configs::new(&setting));
        peers.exchange(b"one", 400);
        peers.client.refresh_traffic_keys().ok();
        peers.exchange(b"two", 3000);
        peers.close();
        let keys = peers.keys();
        for round in 0..500 {
            let mut wire = peers.wire.clone();
            for _ in 0..=random.below(4) {
                let place = random.below(wire.len());
                let bytes = &mut wire[place].1;
                let at = random.below(bytes.len().max(1)).min(bytes.len());
                match random.below(6) {
                    0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
                    1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
                    2 => bytes.truncate(at),
                    3 => drop(bytes.drain(..at)),
                    4 => {
                        let copy = bytes[at..].to_vec();
                        bytes.extend_from_slice(&copy);
                    }
                    _ => {
                        let other = random.below(wire.len());
                        wire.swap(place, other);
                    }
                }
            }
            let mut listener = Listener::default();
            let late = if round % 3 == 0 { random.below(8) } else { 0 };
            for (at, (direction, bytes)) in wire.iter().enumerate() {
                if at == late {
                    listener.keys.add(keys.as_bytes());
                }
                if random.below(9) == 0 {
                    listener.missing(*direction, random.below(2000));
                }
                let size = 1 + random.below(3000);
                for chunk in bytes.chunks(size) {
                    listener.feed(*direction, chunk);
                }
            }
            let seen = listener.finish();
            // What decrypts was sent, whatever happened to the rest.
            for event in &seen.events {
                if let Event::Plaintext(direction, bytes) = event {
                    let all = match direction {
                        Sent => &peers.sent,
                        Received => &peers.received,
                    };
                    let whole = memchr::memmem::find(all, bytes).is_some();
                    assert!(whole, "round {round}: not as it was sent");
                }
            }
        }
    }
}

#[test]
fn noise_is_survived() {
    let mut random = Random(77);
    for _ in 0..300 {
        let mut listener = Listener::default();
        for _ in 0..20 {
            let mut noise: Vec<u8> = (0..random.below(600))
                .map(|_| random.below(256) as u8)
                .collect();
            // Something that begins like a record.
            if let [kind, major, minor, high, ..] = noise.as_mut_slice() {
                (*kind, *major, *minor, *high) = (20 + *kind % 5, 3, *minor % 5, 0);
            }
            let direction = if random.below(2) == 0 { Sent } else { Received };
            listener.feed(direction, &noise);
        }
        let seen = listener.finish();
        let shown = |it: &Event| !matches!(it, Event::Alert(..) | Event::CloseNotify(_));
        assert!(!seen.events.iter().any(shown));
    }
}
