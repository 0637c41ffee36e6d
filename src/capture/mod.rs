//! What others captured, read back: packets, raw bytes, hexadecimal text, logs.
//!
//! The way of a byte: an [`input`] is recognised by its content. Packets (`packets`, `link`, `tcp`) become connections, whose
//! layers (`conversation`, `opening`, `layer`, with `tls` and `http1`) lead to HTTP/2 and so to the assembler of calls;
//! bytes without packets (`bare`, undressed by `text`) go the same way. Logs (`log`, `logged`) and archives of HTTP
//! (`har`, `exchanges`) show frames or messages, and go to the assembler at once. What is found is emitted as
//! [events](crate::http::Event) while the input is read.

mod bare;
mod beginnings;
mod body;
mod captured;
mod conversation;
mod copy;
mod count;
mod exchanges;
mod frameless;
pub mod har;
mod http1;
pub mod input;
mod kept;
mod layer;
pub mod link;
pub mod log;
mod logged;
mod opening;
pub mod packets;
pub mod pcapng;
pub mod portions;
pub mod tcp;
pub mod text;
pub mod tls;
mod utf16;

#[cfg(test)]
mod crafted;
#[cfg(test)]
mod fixtures;

pub use copy::Copy;
pub use input::{Form, Input, Options, Unread, read};
pub use tls::KeyLog;
