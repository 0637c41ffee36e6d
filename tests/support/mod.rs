//! What several test binaries share: a writer of HTTP/2 and a server that misbehaves by script.
//!
//! Nothing here imports the crate under test. An oracle that shares code with what it judges agrees with its mistakes.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "each test binary uses a part of this, over real sockets"
)]

mod actions;
pub mod capture;
pub mod certificates;
pub mod command;
pub mod frames;
mod huffman;
pub mod packets;
pub mod script;
pub mod server;
mod socket;
mod words;
