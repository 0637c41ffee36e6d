//! What the environment says of the terminal: whether to use colour, and how wide it is.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};

/// Columns of a report that goes to no terminal.
const WIDTH: usize = 80;

/// Columns that a report uses at most: longer lines are hard to read.
const WIDTH_MAX: usize = 100;

/// Columns that a report needs at least.
const WIDTH_MIN: usize = 60;

/// Whether a report on standard output is to have colour where the user leaves it to us: on a terminal that is not
/// `TERM=dumb`, unless `NO_COLOR` is set; `CLICOLOR_FORCE` asks for it anywhere.
#[must_use]
pub fn wants_color() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") {
        return false;
    }
    if set("CLICOLOR_FORCE") && env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    io::stdout().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether standard output is a terminal.
#[must_use]
pub fn is_seen() -> bool {
    io::stdout().is_terminal()
}

/// How many columns a report on standard output may use.
#[must_use]
pub fn width() -> usize {
    match terminal_size::terminal_size_of(io::stdout()) {
        Some((terminal_size::Width(columns), _)) => {
            usize::from(columns).clamp(WIDTH_MIN, WIDTH_MAX)
        }
        None => WIDTH,
    }
}

/// A line on standard error that says how far a run is; on a terminal alone, and gone once it is dropped.
#[derive(Debug)]
pub struct Progress {
    on: bool,
}

impl Progress {
    /// A line that says nothing yet. There is none where it is not `wanted`, where the terminal can do no more than print,
    /// and where `CI` is set, as build servers do: they keep what is overwritten.
    #[must_use]
    pub fn start(wanted: bool) -> Self {
        let build_server = env::var_os("CI").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            on: wanted && !build_server && !dumb && io::stderr().is_terminal(),
        }
    }

    /// Says this in the place of what was said.
    pub fn say(&self, text: &str) {
        if self.on {
            // Where standard error is closed nobody looks at it.
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.say("");
    }
}
