//! One report value, one file per format. Reports never decode: everything they show was decoded before.

pub mod catalogue;
pub mod check;
pub mod decode;
pub mod escape;
pub mod explain;
pub mod human;
pub mod json;
pub mod redact;
pub mod tour;

#[cfg(test)]
mod samples;
mod style;
mod view;
mod wrap;

use std::sync::Arc;
use std::time::Duration;

use crate::check::Took;
use crate::clients::ClientSays;
use crate::diagnosis::{Body, Case, Diagnosis};
use crate::gateways::Identified;

/// One call, ready to be shown.
#[derive(Debug)]
pub struct Report<'a> {
    /// What was called.
    pub target: Target<'a>,
    /// The call.
    pub case: &'a Case<'a>,
    /// What the rules made of it.
    pub diagnosis: &'a Diagnosis,
    /// Who answered, the surest first.
    pub gateways: &'a [Identified],
    /// What clients print, for each finding of the diagnosis in its order.
    pub clients: &'a [Vec<ClientSays>],
    /// The request body, read.
    pub request: &'a Body<'a>,
    /// How long each phase took.
    pub timing: Timing,
    /// When the call was made, in seconds since the Unix epoch, to tell how long a certificate has left; `None` where
    /// that is not known.
    pub called_at: Option<i64>,
    /// Sentences about the run itself, e.g. that a key log was written.
    pub notes: &'a [String],
}

/// What was called.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The URL as it was given.
    pub url: &'a str,
    /// `:authority`.
    pub authority: &'a str,
    /// `:path`.
    pub path: &'a str,
}

/// How long each phase took; `None` where there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Looking the name up.
    pub resolve: Option<Duration>,
    /// Connecting.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the first byte sent over HTTP/2 to the HEADERS frame of the response.
    pub first_byte: Option<Duration>,
    /// From the start to the end of the exchange.
    pub total: Duration,
}

impl Timing {
    /// The phases in their order.
    #[must_use]
    pub const fn took(&self) -> Took {
        let total = Some(self.total);
        [self.resolve, self.connect, self.tls, self.first_byte, total]
    }
}

/// How a report is to look.
#[derive(Clone, Debug)]
pub struct Options {
    /// Colour, in formats that have it.
    pub color: bool,
    /// HPACK representations and offsets.
    pub verbose: bool,
    /// The verdict alone.
    pub quiet: bool,
    /// How many bytes a hex dump shows.
    pub hex: usize,
    /// Whether secrets are shown as they are.
    pub show_secrets: bool,
    /// Secrets that the user names.
    pub hidden: Arc<redact::Hidden>,
    /// Columns.
    pub width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            color: false,
            verbose: false,
            quiet: false,
            hex: 64,
            show_secrets: false,
            hidden: Arc::default(),
            width: 80,
        }
    }
}
