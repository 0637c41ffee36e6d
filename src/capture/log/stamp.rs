//! The times in front of log lines.

use std::time::Duration;

/// What times count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The Unix epoch, as if the log were in UTC: logs seldom say which zone their hours are of.
    Epoch,
    /// The first time that the log shows, or the start of the program that wrote it.
    Start,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How far into a line a time is looked for, in bytes: what loggers, and those that gather logs, put in front.
const PREFIX_MAX: usize = 256;

/// Reads the times of a log, all on the clock that the first of them sets.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    clock: Option<Clock>,
    /// The first time of day, the latest, and the days between them.
    first: Duration,
    time_of_day: Option<Duration>,
    days: u32,
    latest: Option<Duration>,
}

impl Stamps {
    pub(super) fn clock(&self) -> Option<Clock> {
        self.clock
    }

    /// The time in what precedes a line's text.
    pub(super) fn read(&mut self, prefix: &[u8]) -> Option<Duration> {
        let (date, time) = find(&prefix[..prefix.len().min(PREFIX_MAX)])?;
        let clock = *self.clock.get_or_insert(match date {
            Some(_) => Clock::Epoch,
            None => Clock::Start,
        });
        let at = match (clock, date) {
            (Clock::Epoch, date) => DAY * date? + time,
            (Clock::Start, _) => {
                let latest = *self.time_of_day.get_or_insert_with(|| {
                    self.first = time;
                    time
                });
                // Lines of several threads may be a little out of order, at midnight too.
                let of_yesterday = time > latest + DAY / 2;
                if !of_yesterday {
                    self.days += u32::from(time + DAY / 2 < latest);
                    self.time_of_day = Some(time);
                }
                let days = self.days.saturating_sub(u32::from(of_yesterday));
                (DAY * days + time).saturating_sub(self.first)
            }
        };
        self.latest = Some(at);
        self.latest
    }

    /// The latest time that was read.
    pub(super) fn latest(&self) -> Option<Duration> {
        self.latest
    }
}

/// The first time of day, with the date before it as days since the epoch.
fn find(prefix: &[u8]) -> Option<(Option<u32>, Duration)> {
    let minutes = (1..prefix.len()).find(|at| is_time(prefix, *at))?;
    let hours = if minutes >= 2 && prefix[minutes - 2].is_ascii_digit() {
        minutes - 2
    } else {
        minutes - 1
    };
    let mut hour = number(&prefix[hours..minutes])?;
    let (minute, second) = (
        number(&prefix[minutes + 1..minutes + 3])?,
        number(&prefix[minutes + 4..minutes + 6])?,
    );
    let rest = &prefix[minutes + 6..];
    let fraction = match rest.first() {
        Some(b'.' | b',') => rest[1..].iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    };
    let mut nanoseconds = 0;
    for place in 0..9 {
        let digit = if place < fraction {
            rest[1 + place] - b'0'
        } else {
            0
        };
        nanoseconds = nanoseconds * 10 + u32::from(digit);
    }
    // Java's own logger has twelve hours.
    if rest.starts_with(b" PM") || rest.starts_with(b" AM") {
        hour = hour % 12 + if rest[1] == b'P' { 12 } else { 0 };
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let time = Duration::new(u64::from(hour * 3600 + minute * 60 + second), nanoseconds);
    Some((date(&prefix[..hours]), time))
}

/// Whether the colon after the hours of a time stands at `at`.
fn is_time(text: &[u8], at: usize) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    text[at] == b':'
        && text[at - 1].is_ascii_digit()
        && digits(at + 1..at + 3)
        && text.get(at + 3) == Some(&b':')
        && digits(at + 4..at + 6)
}

fn number(digits: &[u8]) -> Option<u32> {
    super::cursor::decimal(digits)
}

/// The date at the end of a text, as days since the epoch: `2026/11/22 `, `2026-11-22T`, `Nov 22, 2026 `.
fn date(before: &[u8]) -> Option<u32> {
    let text = before
        .strip_suffix(b" ")
        .or_else(|| before.strip_suffix(b"T"))?;
    let last = text.get(text.len().checked_sub(10)?..)?;
    let (year, month, day) = match last {
        [y @ .., b'/' | b'-', a, b, b'/' | b'-', c, d] => {
            (number(y)?, number(&[*a, *b])?, number(&[*c, *d])?)
        }
        _ => {
            let mut words = text.rsplit(|b| *b == b' ');
            let year = number(words.next()?)?;
            let day = number(words.next()?.strip_suffix(b",")?)?;
            let month = words.next()?.last_chunk::<3>()?;
            let months = b"JanFebMarAprMayJunJulAugSepOctNovDec";
            let index = months.chunks(3).position(|name| name == month)?;
            (year, index as u32 + 1, day)
        }
    };
    days(year, month, day)
}

/// Days from the epoch to a date of the Gregorian calendar.
fn days(year: u32, month: u32, day: u32) -> Option<u32> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let leap = |year: u32| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let leaps = |year: u32| year / 4 - year / 100 + year / 400;
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let of_year = before[month as usize - 1] + day - 1 + u32::from(month > 2 && leap(year));
    Some((year - 1970) * 365 + leaps(year - 1) - leaps(1969) + of_year)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of lines in nanoseconds, the expected ones worked out by `date -u -d … +%s`.
    fn times(prefixes: &[&str]) -> (Vec<Option<u128>>, Option<Clock>) {
        let mut stamps = Stamps::default();
        let times = prefixes
            .iter()
            .map(|prefix| stamps.read(prefix.as_bytes()).map(|at| at.as_nanos()))
            .collect();
        (times, stamps.clock())
    }

    #[test]
    fn dates_count_from_the_epoch() {
        let (found, clock) = times(&[
            "2026/11/22 13:26:38 ",
            "E  2018/10/11 11:40:14.000123 ",
            "2024-02-29T23:59:59.5Z stderr F 2024/03/01 00:00:00 ",
            "2026-11-22 01:02:03,007 [main] DEBUG ",
            "Nov 22, 2026 1:26:38 PM io.grpc.okhttp",
            "no time",
            "13:26:38 ",
        ]);
        let second = 1_000_000_000;
        assert_eq!(
            found,
            [
                Some(1_795_353_998 * second),
                Some(1_539_258_014 * second + 123_000),
                Some(1_709_251_199 * second + 500_000_000),
                Some(1_795_309_323 * second + 7_000_000),
                Some(1_795_353_998 * second),
                None,
                None,
            ]
        );
        assert_eq!(clock, Some(Clock::Epoch));
    }

    #[test]
    fn times_of_day_count_from_the_first() {
        let (found, clock) = times(&[
            "23:59:59.999999 ",
            "00:00:00.000001 ",
            "23:59:59.9 ",
            "00:00:01 ",
            "99:00:00 ",
            "12:34 ",
        ]);
        assert_eq!(found[0], Some(0));
        assert_eq!(found[1], Some(2000));
        assert_eq!(found[2], Some(0));
        assert_eq!(found[3], Some(1_000_001_000));
        assert_eq!(found[4..], [None, None]);
        assert_eq!(clock, Some(Clock::Start));
    }
}
