//! Which calls to show.

use std::time::{Duration, SystemTime};

use clap::Args;

use crate::check::Glob;

/// Which calls to show, and to count.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filter")]
pub(super) struct Filter {
    /// Only the connection of that number
    #[arg(long, value_name = "N")]
    pub(super) connection: Option<u64>,
    /// Only the stream of that number
    #[arg(long, value_name = "N")]
    pub(super) stream: Option<u32>,
    /// Only calls whose :path fits, * being any run of characters and ? any one
    #[arg(long, value_name = "GLOB")]
    path: Option<String>,
    /// Only calls with an error
    #[arg(long)]
    failed: bool,
    /// Only calls that begin then or later: 2026-01-31T12:00:00Z, or a time since the first connection, as 1.5s
    #[arg(long, value_name = "TIME", value_parser = when)]
    since: Option<When>,
    /// Only calls that begin before then
    #[arg(long, value_name = "TIME", value_parser = when)]
    until: Option<When>,
}

/// A time in an input.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Since the Unix epoch.
    At(Duration),
    /// Since the first connection of the input.
    After(Duration),
}

impl Filter {
    /// Whether a call's frames cannot be told from others before it has ended.
    pub(super) const fn looks_at_calls(&self) -> bool {
        self.path.is_some() || self.failed || self.since.is_some() || self.until.is_some()
    }

    /// Whether a connection is one to show.
    pub(super) fn takes_connection(&self, number: u64) -> bool {
        self.connection.is_none_or(|wanted| wanted == number)
    }

    /// Whether a frame on a stream is one to show.
    pub(super) fn takes_stream(&self, stream: u32) -> bool {
        self.stream.is_none_or(|wanted| wanted == stream)
    }

    /// Whether a call is one to show that begins at `at`, in an input that begins at `first`.
    pub(super) fn takes_call(
        &self,
        path: &str,
        at: Option<Duration>,
        first: Option<Duration>,
    ) -> bool {
        let path_fits = self
            .path
            .as_ref()
            .is_none_or(|glob| Glob::new(glob).fits(path));
        let absolute = |when: When| match when {
            When::At(time) => Some(time),
            When::After(time) => Some(first?.saturating_add(time)),
        };
        // A call of which nobody knows the time is not left out for it.
        let late_enough = self
            .since
            .and_then(absolute)
            .zip(at)
            .is_none_or(|(since, at)| at >= since);
        let early_enough = self
            .until
            .and_then(absolute)
            .zip(at)
            .is_none_or(|(until, at)| at < until);
        path_fits && late_enough && early_enough
    }

    /// Whether calls without an error are left out.
    pub(super) const fn only_failed(&self) -> bool {
        self.failed
    }
}

/// A time as it is given.
fn when(text: &str) -> Result<When, String> {
    if let Ok(time) = humantime::parse_rfc3339_weak(text) {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        return since.map(When::At).map_err(|error| error.to_string());
    }
    let seconds = text.parse::<f64>().ok();
    let after = match seconds {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => humantime::parse_duration(text).ok(),
    };
    after
        .map(When::After)
        .ok_or_else(|| "neither a time as 2026-01-31T12:00:00Z nor a duration as 1.5s".to_owned())
}
