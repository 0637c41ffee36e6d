//! Where bytes come from: the IO shell.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the IO shell: it opens sockets and files, and reads the clock that everything else is handed"
)]

mod alert;
pub mod capture;
mod certificate;
pub mod clock;
pub mod environment;
pub mod file;
mod foreign;
pub mod interrupt;
pub mod live;
pub mod pcapng;
pub mod proto;
pub mod terminal;
