//! Where bytes come from: the IO shell.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the IO shell: it opens sockets and files, and reads the clock that everything else is given"
)]

pub mod clock;
pub mod environment;
pub mod file;
pub mod interrupt;
pub mod live;
pub mod proto;
pub mod terminal;
