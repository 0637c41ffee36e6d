//! How long the phases of calls took, against a budget and over several calls.

use std::time::Duration;

use super::hint;
use crate::diagnosis::Step;

/// A phase of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Looking the name up.
    Resolve,
    /// Connecting.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From the first byte sent over HTTP/2 to the HEADERS frame of the response.
    FirstByte,
    /// From the start to the end of the exchange.
    Total,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 5] = [
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::FirstByte,
        Self::Total,
    ];

    /// The phase in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "first-byte",
            Self::Total => "total",
        }
    }

    /// The step that takes too long where the phase does.
    pub(super) const fn step(self) -> Step {
        match self {
            Self::Resolve => Step::Resolve,
            Self::Connect => Step::Connect,
            Self::Tls => Step::Tls,
            Self::FirstByte => Step::Response,
            Self::Total => Step::GrpcStatus,
        }
    }
}

/// How long each phase of a call took, in their order; `None` for one that was not reached.
pub type Took = [Option<Duration>; Phase::ALL.len()];

/// The longest that a phase may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Which.
    pub phase: Phase,
    /// How long.
    pub within: Duration,
}

impl std::str::FromStr for Budget {
    type Err = String;

    /// `first-byte=200ms`; a plain number is seconds.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, time) = text
            .split_once('=')
            .ok_or_else(|| format!("a budget is PHASE=DURATION ({text:?} is not that)"))?;
        let name = name.trim();
        let phase = Phase::ALL.into_iter().find(|phase| phase.name() == name);
        let phase = phase.ok_or_else(|| {
            let hint = hint(name, Phase::ALL.iter().map(|phase| phase.name()));
            format!("there is no phase {name:?}; {hint}")
        })?;
        let within = duration(time.trim())?;
        Ok(Self { phase, within })
    }
}

/// A duration as `10s`, `300ms`, `1m 30s`, or a plain number of seconds.
///
/// # Errors
/// Where it is none, or nothing.
pub fn duration(text: &str) -> Result<Duration, String> {
    let parsed = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string()),
    };
    let parsed = parsed.map_err(|error| format!("{text:?} is no duration: {error}"))?;
    if parsed.is_zero() {
        return Err("a deadline of nothing cannot be met".to_owned());
    }
    Ok(parsed)
}

/// What the durations of one phase in several calls come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// Which.
    pub phase: Phase,
    /// The shortest.
    pub min: Duration,
    /// The one in the middle; of two, the longer.
    pub median: Duration,
    /// The longest.
    pub max: Duration,
}

impl Latency {
    /// The latencies of the phases that any of the calls reached.
    #[must_use]
    pub fn of(calls: &[Took]) -> Vec<Self> {
        let phases = Phase::ALL.into_iter().enumerate();
        let latencies = phases.filter_map(|(index, phase)| {
            let mut times: Vec<Duration> = calls.iter().filter_map(|took| took[index]).collect();
            times.sort_unstable();
            Some(Self {
                phase,
                min: *times.first()?,
                median: *times.get(times.len() / 2)?,
                max: *times.last()?,
            })
        });
        latencies.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read() {
        let budget: Budget = "first-byte=200ms".parse().unwrap();
        assert_eq!(budget.phase, Phase::FirstByte);
        assert_eq!(budget.within, Duration::from_millis(200));
        for (text, sentence) in [
            ("200ms", "PHASE=DURATION"),
            ("fist-byte=1s", "did you mean first-byte?"),
            ("x=1s", "there are resolve, connect, tls, first-byte, total"),
            ("total=soon", "no duration"),
            ("total=0", "cannot be met"),
            ("total=-1", "no duration"),
        ] {
            let error = text.parse::<Budget>().expect_err(text);
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }

    #[test]
    fn the_middle_of_calls() {
        let took = |total| {
            let total = Some(Duration::from_millis(total));
            [None, Some(Duration::from_millis(1)), None, None, total]
        };
        let [connect, total] = Latency::of(&[took(30), took(10), took(20)])[..] else {
            panic!("two phases");
        };
        assert_eq!(connect.phase, Phase::Connect);
        assert_eq!(total.phase, Phase::Total);
        let times = [total.min, total.median, total.max].map(|time| time.as_millis());
        assert_eq!(times, [10, 20, 30]);
        assert_eq!(Latency::of(&[took(5), took(9)])[1].median.as_millis(), 9);
        assert!(Latency::of(&[]).is_empty());
    }
}
