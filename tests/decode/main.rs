//! `grpc-probe decode`: what it makes of captures, whole and damaged, and how it says so.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests read fixtures, start the command, and a fault of their own ends them"
)]

mod captures;
mod conversations;
mod copies;
mod damage;
mod inputs;
mod lines;
mod live;
mod made;
mod output;
#[path = "../support/probe.rs"]
mod probe;
mod process;
mod reading;
mod robust;
mod scripts;
mod streams;
#[path = "../support/mod.rs"]
mod support;
