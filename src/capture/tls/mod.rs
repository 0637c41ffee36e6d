//! TLS records decrypted with a key log: TLS 1.3 (RFC 8446) and the AEAD suites of TLS 1.2 (RFC 5246).
//!
//! A [`Decryptor`] takes the bytes of both directions of one connection, in any chunking, and hands out plaintext; what
//! the handshake shows is in its [`Facts`], with or without keys. Nothing is verified but that a record decrypts: that
//! is the proof of the key and of the place of the record in its direction.
//!
//! The way of a byte: `record` finds records, `keys` open them (by the secrets of `keylog`), `messages` puts handshake
//! messages together, `hello` and `handshake` read them, and the `decryptor` ties these.

mod decryptor;
mod facts;
mod handshake;
mod held;
mod hello;
mod keylog;
mod keys;
mod messages;
mod opening;
mod output;
mod reader;
mod record;
mod record_key;
mod side;
mod suite;

pub use decryptor::Decryptor;
pub use facts::{Alert, Facts, NoPlaintext, SideFacts};
pub use held::HELD_MAX;
pub use keylog::{Added, KeyLog, RANDOM_LENGTH};
pub use output::Output;
pub use record::is_tls;

#[cfg(test)]
mod tests;
